"""What a wearable's speaker plays for the house: one thing after the other, while nobody talks.

| while                 | what comes                         | then                                                         |
| --------------------- | ---------------------------------- | ------------------------------------------------------------ |
| idle                  | a media                            | buffering, and playing with its first sound                   |
| playing               | a question in writing, an announcement | silent at once; it goes on where it was when that is over |
| playing               | a press, here or on the wearable   | over, with all that waits                                     |
| playing               | the end of the media               | the next one that waits, else idle                            |
| anything              | stop, or the wearable leaves       | idle                                                          |
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
import logging
from typing import Any

from homeassistant.exceptions import HomeAssistantError

from .decoding import Decoded
from .link.connection import LinkClosedError
from .listeners import Listeners
from .tasks import stop
from .wearable import Wearable

_LOGGER = logging.getLogger(__name__)

# More than anybody queues by hand; an automation gone wild is told that it is enough.
QUEUE_LIMIT = 32


class PlayerState(StrEnum):
    """What the player does."""

    IDLE = "idle"
    BUFFERING = "buffering"
    PLAYING = "playing"
    PAUSED = "paused"
    """Somebody talks; it goes on after that."""


@dataclass(frozen=True, slots=True)
class Media:
    """Something to play: how it is known in Home Assistant, and how to begin decoding it for a speaker of so many hertz."""

    media_id: str
    media_type: str
    title: str | None
    open: Callable[[int], Awaitable[Decoded]]


class Player:
    """One of a wearable. `begin` makes its task, which lives while there is something to play."""

    def __init__(
        self, wearable: Wearable, begin: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]
    ) -> None:
        self.state = PlayerState.IDLE
        self.current: Media | None = None
        self.changed: Listeners[[]] = Listeners()
        self._wearable = wearable
        self._begin = begin
        self._queue: deque[Media] = deque()
        self._task: asyncio.Task[None] | None = None
        self._saying: asyncio.Task[None] | None = None
        self._quiet = asyncio.Event()
        self._quiet.set()

    # --- what is wanted -----------------------------------------------------------------------------------------------

    async def play(self, media: Media) -> None:
        """Play this instead of whatever is played; what waits goes on waiting. Returns when it can be heard, or was stopped.

        Raises:
            LinkClosedError: the wearable has no speaker, or is away.
            HomeAssistantError: it cannot be played.
        """
        await self._end()
        began: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.appendleft(media)
        self._task = self._begin(self._run(began), "shelfsight player")
        await began

    def add(self, media: Media, *, next_one: bool = False) -> bool:
        """Play this after what waits, or as the next one; False when too much waits already."""
        if len(self._queue) >= QUEUE_LIMIT:
            return False
        if next_one:
            self._queue.appendleft(media)
        else:
            self._queue.append(media)
        return True

    @property
    def busy(self) -> bool:
        """True when something is played, or will go on to be."""
        return self._task is not None

    def clear(self) -> None:
        """Nothing waits any more."""
        self._queue.clear()

    async def stop(self) -> None:
        """Silence, now, and nothing waits."""
        self.clear()
        await self._end()

    # --- who else talks -----------------------------------------------------------------------------------------------

    def drop(self) -> None:
        """The person pressed: whatever is played is over. The wearable itself has silenced it."""
        self.clear()
        if self._task is not None:
            self._task.cancel()

    async def hush(self) -> None:
        """Somebody talks: be silent until `go_on`."""
        self._quiet.clear()
        if self._task is not None and self._task.cancelling():
            await asyncio.wait({self._task})
        elif self._saying is not None:
            self._set(PlayerState.PAUSED)
            await self._silence(self._saying)

    def go_on(self) -> None:
        """Nobody talks any more."""
        self._quiet.set()

    # --- playing ------------------------------------------------------------------------------------------------------

    async def _run(self, began: asyncio.Future[None]) -> None:
        try:
            while self._queue:
                self.current = self._queue.popleft()
                self._set(PlayerState.BUFFERING)
                try:
                    sound = await self.current.open(self._speaker_hz())
                except HomeAssistantError as err:
                    if began.done():
                        _LOGGER.warning("What waited to be played was left out: %s", err)
                    else:
                        began.set_exception(err)
                    continue
                if not began.done():
                    began.set_result(None)
                await self._play(sound)
        except LinkClosedError as err:
            self.clear()
            if not began.done():
                began.set_exception(err)
        finally:
            self._task = None
            if not began.done():
                began.set_result(None)  # it was stopped before it began, which is what somebody wanted
            self._set(PlayerState.IDLE)

    async def _play(self, sound: Decoded) -> None:
        """Until its end, however often somebody talks meanwhile."""
        try:
            while True:
                await self._quiet.wait()
                self._saying = saying = asyncio.create_task(
                    self._wearable.say(sound, self._speaker_hz(), lambda: self._set(PlayerState.PLAYING)),
                    name="shelfsight playing",
                )
                try:
                    await asyncio.wait({saying})
                except asyncio.CancelledError:
                    await self._silence(saying)
                    raise
                finally:
                    self._saying = None
                if not saying.cancelled():
                    saying.result()
                    return
        finally:
            await sound.close()

    async def _silence(self, saying: asyncio.Task[None]) -> None:
        await stop(saying)
        try:
            await self._wearable.flush()
        except LinkClosedError:
            _LOGGER.debug("The wearable left while something was silenced")

    async def _end(self) -> None:
        if self._task is not None:
            await stop(self._task)

    def _speaker_hz(self) -> int:
        hello = self._wearable.hello
        if not self._wearable.connected or hello is None or hello.speaker is None:
            raise LinkClosedError("the wearable has no speaker, or is away")
        return hello.speaker.rate_hz

    def _set(self, state: PlayerState) -> None:
        if state is PlayerState.IDLE:
            self.current = None
        self.state = state
        self.changed.tell()
