"""Calls to the client's functions: which are open, and what the place report says.

A place is reported by a function named ``report_place`` if the client declared one, since Live has no other way to
give structured values beside speech.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from local_live import replies
from local_live.brain import Place
from local_live.profiles import Calls, Profile
from local_live.refusal import invalid
from local_live.setup import Function
from local_live.wire import ToolAnswers

REPORT_PLACE: Final = "report_place"
RESPONSE_LIMIT_S: Final = 10.0  # a client that never responds must not leave the person in silence


def find_function(functions: Iterable[Function], name: str) -> Function | None:
    """Find a declared function by its name."""
    return next((function for function in functions if function.name == name), None)


def place_arguments(place: Place, properties: frozenset[str] | None) -> dict[str, object]:
    """Make the call's arguments: what is known of a place, as far as the declared schema has a name for it."""
    known: dict[str, object] = {
        "found": place.found,
        "item": place.item,
        "shelf": place.shelf,
        "shelf_count": place.shelf_count,
        "counted_from": place.counted_from,
        "side": place.side,
        "read_text": place.read_text,
        "price": place.price,
        "confidence": round(place.confidence, 3),
        "box": list(place.box) if place.box else None,
    }
    return {
        name: value for name, value in known.items() if value is not None and (properties is None or name in properties)
    }


class OpenCalls:
    """The calls of one session that have no response yet."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._open: dict[str, asyncio.Event] = {}
        self._count = 0

    def open(self, prefix: str) -> tuple[str, asyncio.Event]:
        """Open a call; returns its id and the event that its response sets."""
        self._count += 1
        call_id = f"{prefix}{self._count}"
        self._open[call_id] = responded = asyncio.Event()
        return call_id, responded

    def take(self, message: ToolAnswers) -> None:
        """Take the client's responses; those to calls nobody made, or to cancelled ones, are ignored.

        Raises:
            RefusalError: 1007, a scheduling this model does not know.
        """
        for answer in message.answers:
            if answer.scheduling and self._profile.calls is Calls.NON_BLOCKING_ONLY:
                raise invalid("Scheduling of function responses is not supported for this model.")
            responded = self._open.pop(answer.call_id, None)
            if responded is not None:
                responded.set()

    def forget(self, call_id: str) -> bool:
        """Forget one call; returns whether it was still open."""
        return self._open.pop(call_id, None) is not None

    def cancel(self) -> list[str]:
        """Forget all open calls; returns their ids."""
        call_ids = list(self._open)
        self._open.clear()
        return call_ids


async def await_response(
    calls: OpenCalls, call_id: str, responded: asyncio.Event, send: Callable[[replies.Reply], Awaitable[None]]
) -> None:
    """Wait until a call has its response; after 10 s it is cancelled."""
    try:
        async with asyncio.timeout(RESPONSE_LIMIT_S):
            await responded.wait()
    except TimeoutError:
        if calls.forget(call_id):
            await send(replies.tool_call_cancellation([call_id]))
