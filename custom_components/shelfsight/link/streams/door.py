"""Where the plain streams of one wearable come in, and who may bring them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..messages import ButtonAction
    from .stream import Stream
    from .way import StreamsWay

KEY_BYTES = 32
STREAM_PATH = "/api/shelfsight/stream"


def new_key() -> str:
    """A bearer key: 256 random bits as hex, which no shell and no header takes for anything else."""
    return secrets.token_hex(KEY_BYTES)


def same_key(right: str, given: str) -> bool:
    """Whether they are equal, in a time that does not tell where they differ."""
    return secrets.compare_digest(right.encode(), given.encode(errors="surrogatepass"))


class NobodyThereError(Exception):
    """None of the wearable's streams is open: nobody would hear an answer."""


class PlainStreams:
    """The streams of one wearable that is set up.

    `live_with(way)` starts a task that lives with a new way until it is over; `is_private()` says whether nothing may be
    captured now.
    """

    def __init__(
        self, wearable_id: str, name: str, live_with: Callable[[StreamsWay], None], is_private: Callable[[], bool]
    ) -> None:
        self._wearable_id = wearable_id
        self._name = name
        self._live_with = live_with
        self._is_private = is_private
        self._way: StreamsWay | None = None

    @asynccontextmanager
    async def open(self, stream: Stream) -> AsyncIterator[StreamsWay]:
        """A stream is open while this lasts. The first makes the wearable be there, the last lets it go."""
        from .way import StreamsWay  # whoever has a stream has imported it

        way = self._way
        if way is None or way.over:
            way = self._way = StreamsWay(self._wearable_id, self._name)
            self._live_with(way)
        way.enter(stream)
        try:
            yield way
        finally:
            way.leave(stream)

    def push(self, actions: tuple[ButtonAction, ...], now_s: float) -> None:
        """These were done with the button, at once.

        Raises:
            NobodyThereError: no stream is open.
        """
        if self._way is None or self._way.over:
            raise NobodyThereError
        for action in actions:
            self._way.push(action, now_s, private=self._is_private())


@dataclass(frozen=True, slots=True)
class Resident:
    """A wearable of plain streams that belongs to this home; `streams` is None while its entry is not loaded."""

    key: str = field(repr=False)
    streams: PlainStreams | None
