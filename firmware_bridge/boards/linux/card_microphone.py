"""The microphone of a sound card: open only while it is captured from."""

import asyncio
from collections.abc import Coroutine
import contextlib
import threading
from typing import Any

from ...wearable import drivers
from ...wearable.drivers import DriverError
from ...wearable.ring import Ring
from .cards import SoundCards, Wish

RATE_HZ = 16000
_HELD_S = 1  # drivers.py wants half a second
_SILENT_S = 3  # a card that gives nothing for so long is gone; opening one takes up to a second


class Recording:
    """One capture, from start to stop. PortAudio's thread puts samples in, the loop takes them out."""

    def __init__(self, rate_hz: int) -> None:
        """Belongs to the running loop."""
        self._loop = asyncio.get_running_loop()
        self._ring = Ring(rate_hz * 2 * _HELD_S)
        self._lock = threading.Lock()
        self._more = asyncio.Event()
        self.failure: str | None = None
        self.lost_bytes = 0
        self.over = False

    def filled(self, data: Any, _frames: int, _time: object, _status: object) -> None:
        """PortAudio has samples. The newest are kept: what nobody reads is of the past."""
        samples = memoryview(bytes(data))
        with self._lock:
            excess = self._ring.count + len(samples) - self._ring.capacity
            if excess > 0:
                self._ring.drop(excess)
                self.lost_bytes += excess
            self._ring.write(samples)
        self._wake()

    def ended(self) -> None:
        """PortAudio says that the stream is over; it was not asked to unless `over` is set."""
        self.fail("the sound card stopped")

    def fail(self, reason: str) -> None:
        """There will be no more."""
        self.failure = self.failure or reason
        self._wake()

    async def read_into(self, target: memoryview) -> None:
        """Fills `target`.

        Raises:
            DriverError: the card failed, or says nothing.
        """
        while not self._take(target):
            if self.failure is not None:
                raise DriverError(self.failure)
            self._more.clear()
            if self._ring.count >= len(target):
                continue
            try:
                await asyncio.wait_for(self._more.wait(), _SILENT_S)
            except asyncio.TimeoutError as error:
                raise DriverError(f"no sound came in {_SILENT_S} s") from error

    def _take(self, target: memoryview) -> bool:
        with self._lock:
            if self._ring.count < len(target):
                return False
            self._ring.read_into(target)
            return True

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._more.set)
        except RuntimeError:
            return  # the program has ended meanwhile


class CardMicrophone(drivers.Microphone):
    """A sound card's input."""

    def __init__(self, cards: SoundCards, device: str, rate_hz: int = RATE_HZ) -> None:
        """`device` as in `cards.Wish`."""
        self.rate_hz = rate_hz
        self._cards = cards
        self._wish = Wish(device, rate_hz, output=False)
        self._recording: Recording | None = None
        self._opening: asyncio.Task[Any] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Opens the card, in its thread; a failure comes out of `read_into`."""
        self.stop()
        self._recording = Recording(self.rate_hz)
        self._opening = self._owned(self._open(self._recording))

    async def read_into(self, target: memoryview) -> None:
        """The next samples."""
        if self._recording is None:
            raise DriverError("the microphone is closed")
        try:
            await self._recording.read_into(target)
        except DriverError:
            self._cards.failed()
            raise

    def stop(self) -> None:
        """Closes the card."""
        if self._opening is not None and self._recording is not None:
            self._recording.over = True
            self._owned(self._close(self._opening))
            self._opening = self._recording = None

    async def close(self) -> None:
        """Waits until the card is closed."""
        self.stop()
        await asyncio.gather(*self._tasks)

    async def _open(self, recording: Recording) -> Any:
        try:
            return await self._cards.open(self._wish, recording.filled, recording.ended)
        except DriverError as error:
            recording.fail(str(error))
            return None

    async def _close(self, opening: asyncio.Task[Any]) -> None:
        stream = await opening
        if stream is not None:
            with contextlib.suppress(DriverError):  # it hangs; the next opening says so
                await self._cards.close(stream, at_once=True)

    def _owned(self, run: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(run)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
