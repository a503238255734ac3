"""From the first press to the end of the follow-up time, or of a mode that goes on by itself: what comes next, and what it stops.

| waiting for                 | what comes           | then                                                    |
| --------------------------- | -------------------- | ------------------------------------------------------- |
| a question being asked or answered | a press, or a voice where the wearable cancels its echo | it stops, is flushed, and the new question begins |
| a question being asked or answered | a written question, something of the house | it waits until the other is over |
| something of the house (an announcement, a conversation of Assist) | a press | it stops, is flushed, and the new question begins |
| follow-up time              | speech               | a question without a press, in the same talk             |
| follow-up time              | a press, a written question, something of the house | that one, in the same talk |
| follow-up time              | nothing              | the talk ends                                            |
| a word after a press        | none, and somebody waits for such a press | it was not meant as a question: they are told, and the talk ends |
| translating, watching       | a press              | the mode ends, and says so                               |
| guiding                     | a press              | a new question; where none is asked, guiding is over, and says so |
| anything                    | the talk's limit in seconds or tokens | it is said, and the talk ends            |
| anything                    | the wearable leaves   | all stops; written questions get an error                |

How one of them is served stands in serving.py.
"""

import asyncio
from collections.abc import Callable
import logging
from typing import Any

from .answering import Answering
from .ear import HomePress, Press
from .floor import QuestionStoppedError
from .link.connection import LinkClosedError
from .listeners import Listeners
from .live.talk import Talk
from .outcome import Outcome
from .serving import Serving
from .sight.intake import RunsInExecutor
from .tasks import stop
from .triggers import FollowUp, Lease, Trigger, Triggers, Written
from .wearable import Wearable, WearableState

_LOGGER = logging.getLogger(__name__)


class Conversation:
    """What one wearable's person asks, one thing after the other. `run` is its task."""

    def __init__(
        self,
        wearable: Wearable,
        answering: Answering,
        in_executor: RunsInExecutor,
        finished: Callable[[Outcome], None],
        mode_key: Callable[[], str],
        talk_over: Callable[[Talk], None],
        silent_presses: Listeners[[]],
    ) -> None:
        self._wearable = wearable
        self._triggers = Triggers()
        self._serving = Serving(
            wearable, answering, in_executor, finished, mode_key, self._triggers, talk_over, silent_presses
        )
        self.over = False

    def press(self, press: Press | HomePress) -> None:
        """The person pressed: stop what is going on and listen."""
        self._triggers.press(press)

    def ask(self, written: Written | Lease) -> bool:
        """A written question, or something else of the house; False when too many wait already."""
        return self._triggers.write(written)

    @property
    def occupied(self) -> bool:
        """True while a mode goes on by itself: a question in writing would wait until somebody ends it."""
        return self._serving.goes_on

    async def run(self) -> None:
        """Answer until nobody asks any more."""
        try:
            trigger: Trigger | None = await self._triggers.next()
            while trigger is not None:
                trigger = await self._handle(trigger)
        finally:
            # No await before these two: a press that comes from now on finds `over` and begins another conversation.
            self.over = True
            self._wearable.set_state(WearableState.IDLE)
            for written in self._triggers.left_over():
                written.fail(QuestionStoppedError("the conversation ended"))
            await self._serving.end()

    async def _handle(self, trigger: Trigger) -> Trigger | None:
        """One question; the next trigger, or None when the conversation is over."""
        asking = asyncio.create_task(self._serving.serve(trigger), name="shelfsight question")
        try:
            while not asking.done() and not self._interrupts(trigger):
                arrived = asyncio.ensure_future(self._triggers.arrival())
                try:
                    await asyncio.wait({asking, arrived}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    arrived.cancel()
            if not asking.done():
                await self._stop_asking(asking)
                return await self._triggers.next()
        finally:
            await stop(asking)
            if isinstance(trigger, Written | Lease):
                trigger.fail(QuestionStoppedError("a press stopped it, or the wearable left"))
        follow_up = asking.result()
        return await self._triggers.next() if self._triggers else follow_up

    def _interrupts(self, trigger: Trigger) -> bool:
        """True when what waits does not wait for the end of what is going on."""
        if self._triggers.aloud:
            return True
        return isinstance(trigger, FollowUp) and self._triggers.written and not self._serving.has_begun

    async def _stop_asking(self, asking: asyncio.Task[Any]) -> None:
        await stop(asking)
        await self._serving.stopped()
        try:
            await self._wearable.flush()
        except LinkClosedError:
            _LOGGER.debug("The wearable left while its answer was stopped")
