"""People with devices, many in one process: what a glasses' link and a plain relay's client have in common."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from .stamps import UP_CHUNK_BYTES, Stamp, now_us, stamped

CHUNK_S: Final = 0.02
CAMERA_EVERY_S: Final = 1.0
"""Both cameras give a picture a second: Google's own examples of Live send as many."""


@dataclass(slots=True)
class Asked:
    """One question as its person lived it; microseconds of the stamps' clock."""

    question: int
    began_us: int
    talk_s: float
    before_s: float
    last_voiced_us: int = 0
    first_heard_us: int = 0
    """When the first sound of its answer came off the device's socket."""
    came: list[tuple[Stamp, int]] = field(default_factory=list)
    """Each piece of the answer, with when it came."""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def chunk(self, at_us: int) -> Stamp:
        """What the microphone hears at that time."""
        since_s = (at_us - self.began_us) / 1e6
        voiced = self.before_s <= since_s < self.before_s + self.talk_s
        if voiced:
            self.last_voiced_us = at_us
        return Stamp(self.question, round(since_s / CHUNK_S) & 0xFFFF, voiced, at_us)

    def heard(self, stamp: Stamp, at_us: int) -> None:
        """A piece of an answer came."""
        if stamp.question == self.question:
            self.first_heard_us = self.first_heard_us or at_us
            self.came.append((stamp, at_us))


class Worn(Protocol):
    """A device on somebody."""

    number: int

    async def ask(self, talk_s: float) -> Asked:
        """Ask, and hear the answer out.

        Raises:
            TimeoutError: it was not answered.
        """

    async def leave(self) -> None:
        """Disconnect."""


async def microphone(send: Callable[[bytes], object], speech: Callable[[], Asked | None]) -> None:
    """For ever, in real time: chunks of 20 ms, stamped the moment before `send`, which must not block."""
    loop = asyncio.get_running_loop()
    next_s = loop.time()
    while True:
        asked, at_us = speech(), now_us()
        stamp = asked.chunk(at_us) if asked is not None else Stamp(0, 0, False, at_us)
        sending = send(stamped(stamp, UP_CHUNK_BYTES))
        if asyncio.iscoroutine(sending):
            await sending
        next_s = max(next_s + CHUNK_S, loop.time() - 0.2)
        await asyncio.sleep(max(0.0, next_s - loop.time()))


class Ticking:
    """Calls something every 20 ms while it is on; lighter than a task, for a hundred wearables in one process."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._timer: asyncio.TimerHandle | None = None

    def switch(self, *, on: bool) -> None:
        """On, from now on, or off."""
        if on and self._timer is None:
            self._tick(asyncio.get_running_loop(), asyncio.get_running_loop().time())
        elif not on and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self, loop: asyncio.AbstractEventLoop, due_s: float) -> None:
        self._call()
        next_s = max(due_s + CHUNK_S, loop.time() - 0.2)
        self._timer = loop.call_at(next_s, self._tick, loop, next_s)
