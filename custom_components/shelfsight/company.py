"""Cues while nothing is said: somebody is there. Silence is a fault, and a fault is heard at once."""

import asyncio

from .link.connection import LinkClosedError
from .wearable import Wearable

FIRST_AFTER_S = 1.0
# A soft tick: nobody in front of a shelf may wonder for longer than 1.5 s whether anything still happens.
EVERY_S = 1.4


class Company:
    """Keeps one question company. `run` is its task; quiet until `begin`, and while something else is heard."""

    def __init__(self, wearable: Wearable | None) -> None:
        self._wearable = wearable
        self._waiting = False
        self._at_once = False
        self._first_s = FIRST_AFTER_S
        self._last_s = float("-inf")
        self._changed = asyncio.Event()

    def begin(self, waited_s: float = 0.0) -> None:
        """The person waits from now on, and has heard nothing for `waited_s` already."""
        self._first_s = max(0.0, FIRST_AFTER_S - waited_s)
        self._set(waiting=True)

    def begin_late(self, first_after_s: float) -> None:
        """The person waits from now on, and is used to it: only what takes longer than that is told."""
        self.hush()  # whatever is waited for since earlier is over
        self._first_s = first_after_s
        self._set(waiting=True)

    def hush(self) -> None:
        """Something is said now, or the person speaks."""
        self._set(waiting=False)

    def fault(self) -> None:
        """Something failed and will be tried again: the person hears that at once."""
        self._at_once = True
        self._changed.set()

    def slow(self) -> None:
        """Something takes longer than it should, while the person may still speak: that is heard, if nothing was just now."""
        if asyncio.get_running_loop().time() - self._last_s >= FIRST_AFTER_S:
            self.fault()

    def _set(self, *, waiting: bool) -> None:
        if waiting is not self._waiting:
            self._waiting = waiting
            self._changed.set()

    async def run(self) -> None:
        """Until cancelled, or the wearable leaves."""
        wearable = self._wearable
        if wearable is None:
            return
        delay_s = FIRST_AFTER_S
        try:
            while True:
                if self._at_once:
                    self._at_once = False
                    await self._cue(wearable)
                    delay_s = EVERY_S
                if await self._change_within(delay_s if self._waiting else None):
                    delay_s = self._first_s
                    continue
                await self._cue(wearable)
                delay_s = EVERY_S
        except LinkClosedError:
            return  # whoever talks to the wearable finds out by itself

    async def _cue(self, wearable: Wearable) -> None:
        self._last_s = asyncio.get_running_loop().time()
        await wearable.cue("thinking")

    async def _change_within(self, seconds: float | None) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            if not self._changed.is_set():  # the answer may have begun in the very moment in which the time was up
                return False
        self._changed.clear()
        return True
