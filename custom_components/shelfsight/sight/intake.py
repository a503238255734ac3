"""Pictures on their way in: examined one at a time in an executor; while one is examined only the newest waits."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import logging
from typing import Any, Protocol

from ..seldom import Seldom
from .frame import Frame, FrameError, examine

_LOGGER = logging.getLogger(__name__)

# A picture of 24 megapixels takes a tenth of that on a Raspberry Pi; whoever asks cannot wait longer.
_LONGEST_S = 5.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture that came whole: its bytes, and when it was taken and received (seconds of the home's clock).

    `stamp_s` is when it was taken on the wearable's own clock.
    """

    jpeg: bytes
    taken_s: float
    received_s: float
    stamp_s: float


@dataclass(frozen=True, slots=True)
class Seen:
    """An examined picture, or why there is none (`frame` is None)."""

    frame: Frame | None
    taken_s: float
    stamp_s: float


class RunsInExecutor(Protocol):
    """How blocking work is run."""

    def __call__[*Ts, T](self, target: Callable[[*Ts], T], /, *args: *Ts) -> Awaitable[T]:
        """Run `target` in a thread."""


class OneAtATime:
    """Runs blocking work of several wearables one after the other: many pictures at once must not take every thread.

    Raises:
        TimeoutError: it took too long. The thread cannot be stopped: it goes on, and so does the wait of those behind it.
    """

    def __init__(self, in_executor: RunsInExecutor, longest_s: float = _LONGEST_S) -> None:
        self._in_executor = in_executor
        self._longest_s = longest_s
        self._turn = asyncio.Lock()

    async def __call__[*Ts, T](self, target: Callable[[*Ts], T], /, *args: *Ts) -> T:
        """Run `target` in a thread when it is its turn."""
        await self._turn.acquire()
        running = asyncio.ensure_future(self._in_executor(target, *args))
        running.add_done_callback(self._over)
        # Not a shield: what fails after its waiter has left would be told as an error of the loop.
        done, _ = await asyncio.wait({running}, timeout=self._longest_s)
        if not done:
            raise TimeoutError
        return running.result()

    def _over(self, running: asyncio.Future[Any]) -> None:
        self._turn.release()
        if not running.cancelled():
            running.exception()  # whoever waited has it; if nobody waits any more, nobody needs it


class Intake:
    """The eye's inner side. `run` is its task; `watch` whoever wants the pictures."""

    def __init__(self, in_executor: RunsInExecutor) -> None:
        self._in_executor = in_executor
        self._newest: Taken | None = None
        self._arrived = asyncio.Event()
        self._watchers: set[Callable[[Seen], None]] = set()
        self._keeping = False
        self._kept: Seen | None = None
        self._refused = Seldom()

    def keep(self) -> None:
        """From now on the newest picture is kept for whoever watches a moment later, as a question does after its press."""
        self._keeping = True
        self._kept = None

    def forget(self) -> None:
        """Keep nothing any more."""
        self._keeping = False
        self._kept = None

    def put(self, taken: Taken) -> None:
        """A picture arrived; one that still waits is dropped for it."""
        self._newest = taken
        self._arrived.set()

    @contextmanager
    def watch(self, watcher: Callable[[Seen], None]) -> Iterator[None]:
        """Hand every picture to `watcher` while the context lasts, and first the one that was kept, if there is one."""
        self._watchers.add(watcher)
        if self._kept is not None:
            watcher(self._kept)
        try:
            yield
        finally:
            self._watchers.discard(watcher)

    async def run(self) -> None:
        """Examine what arrives, until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            taken, self._newest = self._newest, None
            if taken is None or not (self._watchers or self._keeping):
                continue
            frame: Frame | None = None
            try:
                frame = await self._in_executor(examine, taken.jpeg, taken.received_s)
            except FrameError as err:
                self._tell_refused(str(err))
            except TimeoutError:
                self._tell_refused("it took too long to decode")
            seen = Seen(frame, taken.taken_s, taken.stamp_s)
            if self._keeping:
                self._kept = seen
            for watcher in list(self._watchers):
                watcher(seen)

    def _tell_refused(self, reason: str) -> None:
        if (due := self._refused.due("", asyncio.get_running_loop().time())) is not None:
            _LOGGER.warning("A picture from the wearable was refused: %s (%d times since told last)", reason, due[1])
