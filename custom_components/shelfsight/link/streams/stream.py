"""One HTTP request that lasts: which of a wearable's streams it is, and how it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The streams of a wearable: one of each at a time."""

    VIDEO = "video"
    AUDIO = "audio"
    SPEAKER = "speaker"


class Ending(StrEnum):
    """Why the home does not go on with a stream."""

    REPLACED = "replaced"
    """A newer one of the same kind has come."""
    SHUTDOWN = "shutdown"
    """The wearable's entry is unloaded."""
    STALLED = "stalled"
    """Nothing came, or nothing was taken, for too long."""
    FLOOD = "flood"
    """More came than a wearable has to send."""


class StreamEndedError(Exception):
    """The home does not go on with this stream."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.value)
        self.ending = ending


@dataclass(frozen=True, slots=True)
class Manner:
    """What a request says of its stream."""

    cancels_echo: bool = False
    """This microphone does not hear the speaker."""
    player_delay_ms: int = 0
    """How long sound is under way in the player, from the socket to the air."""


class Stream:
    """Whatever a request waits for, it waits for within `patience`, so that it can be ended from elsewhere."""

    def __init__(self, kind: Kind, manner: Manner | None = None) -> None:
        self.kind = kind
        self.manner = manner or Manner()
        self._ending: Ending | None = None
        self._timeout: asyncio.Timeout | None = None

    def end(self, ending: Ending) -> None:
        """Whatever is waited for, now or next, ends by StreamEndedError."""
        self._ending = self._ending or ending
        if self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(0)  # long ago: it is over at once

    @asynccontextmanager
    async def patience(self, timeout_s: float | None) -> AsyncIterator[None]:
        """Wait for something in here, at most so long.

        Raises:
            StreamEndedError: it took longer, or the home does not go on.
        """
        if self._ending is not None:
            raise StreamEndedError(self._ending)
        try:
            async with asyncio.timeout(timeout_s) as self._timeout:
                yield
        except TimeoutError as err:
            raise StreamEndedError(self._ending or Ending.STALLED) from err
        finally:
            self._timeout = None
