"""The speaker of a sound card: opened for the first sound, closed while the wearable rests."""

import asyncio
import contextlib
import threading
import time
from typing import Any

from ...wearable import drivers
from ...wearable.drivers import DriverError
from ...wearable.ring import Ring
from .cards import SoundCards, Wish

RATE_HZ = 24000
_HELD_S = 1
_STUCK_S = 2  # a card that takes nothing for so long is gone


class Output:
    """One open output. The loop puts samples in, PortAudio's thread takes them out."""

    def __init__(self, rate_hz: int) -> None:
        """Belongs to the running loop."""
        self._loop = asyncio.get_running_loop()
        self._rate_hz = rate_hz
        self._ring = Ring(rate_hz * 2 * _HELD_S)
        self._lock = threading.Lock()
        self._room = asyncio.Event()
        self._asked_s = time.monotonic()
        self.failure: str | None = None
        self.stream: Any = None

    def fill(self, target: Any, _frames: int, _time: object, _status: object) -> None:
        """PortAudio wants samples; silence where there are none."""
        view = memoryview(target).cast("B")
        with self._lock:
            count = self._ring.read_into(view)
            self._asked_s = time.monotonic()
        view[count:] = bytes(len(view) - count)
        if count:
            self._wake()

    def ended(self) -> None:
        """PortAudio says that the stream is over."""
        self.failure = self.failure or "the sound card stopped"
        self._wake()

    @property
    def lost(self) -> bool:
        """Whether nothing will be heard of it any more."""
        return self.failure is not None or time.monotonic() - self._asked_s > _STUCK_S

    async def write(self, pcm: bytes) -> None:
        """Queues samples, waiting for room.

        Raises:
            DriverError: the card failed, or takes nothing.
        """
        rest = memoryview(pcm)
        while True:
            with self._lock:
                rest = rest[self._ring.write(rest) :]
            if self.lost:
                raise DriverError(self.failure or f"it took no sound in {_STUCK_S} s")
            if not rest:
                return
            self._room.clear()
            try:
                await asyncio.wait_for(self._room.wait(), _STUCK_S)
            except asyncio.TimeoutError as error:
                raise DriverError(f"it took no sound in {_STUCK_S} s") from error

    def queued_ms(self) -> int:
        """What waits here.

        Not what the card holds (`cards.py` asks for 40 ms): the card fills up with silence as soon as nothing waits, and
        whoever writes only when little is queued (wearable/playback.py) would write too late, again and again.
        """
        return 0 if self.lost else -(-self._ring.count * 500 // self._rate_hz)

    def clear(self) -> None:
        """Silence as soon as the card has played what it holds."""
        with self._lock:
            self._ring.clear()
        self._room.set()

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._room.set)
        except RuntimeError:
            return  # the program has ended meanwhile


class CardSpeaker(drivers.Speaker):
    """A sound card's output."""

    last_answer = None

    def __init__(self, cards: SoundCards, device: str, rate_hz: int = RATE_HZ) -> None:
        """`device` as in `cards.Wish`."""
        self.rate_hz = rate_hz
        self._cards = cards
        self._wish = Wish(device, rate_hz, output=True)
        self._output: Output | None = None
        self._volume = 100
        self._turns = asyncio.Lock()
        self._resting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Opens the card, if it is not open; a lost one is looked for again.

        Raises:
            DriverError: there is none.
        """
        async with self._turns:
            if self._output is not None and self._output.lost:
                await self._shut(at_once=True)
                self._cards.failed()
            if self._output is None:
                output = Output(self.rate_hz)
                output.stream = await self._cards.open(self._wish, output.fill, output.ended)
                self._output = output

    async def write(self, pcm: memoryview) -> None:
        """Queues samples."""
        loud = bytes(pcm) if self._volume == 100 else scaled(pcm, self._volume)
        output = self._output
        if output is None or output.lost:
            await self.open()
            output = self._output
        assert output is not None
        try:
            await output.write(loud)
        except DriverError as error:
            raise DriverError(f"{self._wish.name}: {error}") from error

    def queued_ms(self) -> int:
        """What waits for the card."""
        return 0 if self._output is None else self._output.queued_ms()

    def clear(self) -> None:
        """Throws away what waits here; what the card holds is still heard."""
        if self._output is not None:
            self._output.clear()

    def set_volume(self, percent: int) -> None:
        """How loud, 0 to 100."""
        self._volume = int(percent)

    def rest(self, idle: bool) -> None:
        """Closes the card while nothing is played: an open one costs power and hisses."""
        if self._resting is not None:
            self._resting.cancel()
        self._resting = asyncio.get_running_loop().create_task(self._rest()) if idle else None

    async def close(self) -> None:
        """Closes the card when it has played what it holds."""
        self.rest(False)
        async with self._turns:
            await self._shut(at_once=self._output is not None and self._output.lost)

    async def _rest(self) -> None:
        async with self._turns:
            if self.queued_ms() == 0:
                await self._shut(at_once=False)

    async def _shut(self, *, at_once: bool) -> None:
        if self._output is not None:
            output, self._output = self._output, None
            with contextlib.suppress(DriverError):  # it hangs; the next opening says so
                await self._cards.close(output.stream, at_once=at_once)


def scaled(pcm: memoryview, percent: int) -> bytes:
    """s16le PCM at `percent` of its loudness."""
    import numpy as np

    samples = np.frombuffer(pcm, "<i2").astype(np.int32) * percent // 100
    return samples.astype("<i2").tobytes()
