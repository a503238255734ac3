"""Whether this process had its turn in time: a rig that stood still for a moment has measured the machine, not the house."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import time

_EVERY_S = 0.02


class Pulse:
    """Notes how late the event loop was, for as long as `beating` lasts."""

    def __init__(self) -> None:
        self._late: list[tuple[float, float]] = []

    def worst_s(self, since_s: float) -> float:
        """The longest that anything had to wait for its turn since then; short waits are not noted."""
        return max((late_s for at_s, late_s in self._late if at_s >= since_s), default=0.0)

    async def beat(self) -> None:
        """For ever."""
        while True:
            due_s = time.monotonic() + _EVERY_S
            await asyncio.sleep(_EVERY_S)
            now_s = time.monotonic()
            if now_s - due_s > _EVERY_S:
                self._late.append((now_s, now_s - due_s))


@asynccontextmanager
async def beating() -> AsyncIterator[Pulse]:
    """A pulse that beats while the context lasts."""
    pulse = Pulse()
    task = asyncio.create_task(pulse.beat(), name="pulse")
    try:
        yield pulse
    finally:
        task.cancel()
        await asyncio.wait({task})
