"""A board made of memory whose microphone speaks coded questions and whose speaker keeps what was heard, and when."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import time

from firmware_bridge.wearable import drivers
from tests.wearable.memory_board import Button, Camera, Clock, Led, Store

from .coded_sound import CHUNK_SAMPLES, NOBODY, QUESTION_HZ, Chunk, question_chunk
from .streams import Cable

_SPEAKER_HZ = 24_000


@dataclass(frozen=True, slots=True)
class Speech:
    """A question to be spoken: its number, the silence before it, and how long it is (whole chunks of 20 ms)."""

    number: int
    before_ms: int = 0
    voiced_ms: int = 300

    def chunk(self, number: int) -> Chunk:
        """The `number`th chunk since it began."""
        first = self.before_ms // 20
        return Chunk(self.number, number, first <= number < first + self.voiced_ms // 20)


SILENCE = Speech(NOBODY, 0, 0)


@dataclass(frozen=True, slots=True)
class Captured:
    """A chunk that the microphone gave, when it was full."""

    at_s: float
    chunk: Chunk


class Microphone(drivers.Microphone):
    """Real time: a chunk is given when its last sample is over. What is spoken changes with the next chunk."""

    rate_hz = QUESTION_HZ

    def __init__(self) -> None:
        self.captured: list[Captured] = []
        self._speech = SILENCE
        self._number = 0
        self._next_s = 0.0

    def begin(self, speech: Speech) -> None:
        """From the next chunk on this is heard."""
        self._speech, self._number = speech, 0

    def start(self) -> None:
        self._next_s = time.monotonic()

    async def read_into(self, target: memoryview) -> None:
        self._next_s += CHUNK_SAMPLES / QUESTION_HZ
        await asyncio.sleep(max(0.0, self._next_s - time.monotonic()))
        chunk = self._speech.chunk(self._number)
        self._number += 1
        target[:] = question_chunk(chunk)
        self.captured.append(Captured(time.monotonic(), chunk))

    def stop(self) -> None:
        self._speech = SILENCE


class Speaker(drivers.Speaker):
    """Plays at the clock's pace. `began(turn)` is told of every beginning, `wrote(pcm, at_s)` of every piece with when
    it will be heard, `cleared()` of a flush.
    """

    rate_hz = _SPEAKER_HZ

    def __init__(
        self, began: Callable[[int | None], None], wrote: Callable[[bytes, float], None], cleared: Callable[[], None]
    ) -> None:
        self._began = began
        self._wrote = wrote
        self._cleared = cleared
        self._end_s = 0.0

    def begin(self, turn: int | None) -> None:
        self._began(turn)

    async def write(self, pcm: memoryview) -> None:
        now_s = time.monotonic()
        starts_s = max(self._end_s, now_s)
        self._end_s = starts_s + len(pcm) / (2 * self.rate_hz)
        self._wrote(bytes(pcm), starts_s)

    def queued_ms(self) -> int:
        return max(0, int((self._end_s - time.monotonic()) * 1000))

    def clear(self) -> None:
        self._end_s = time.monotonic()
        self._cleared()

    def set_volume(self, percent: int) -> None:
        self.volume = percent


class Board(drivers.Board):
    """All of them together."""

    def __init__(self, name: str, device_id: str, jpeg: bytes, speaker: Speaker, cable: Cable) -> None:
        self.about = drivers.About(name, "rig", "0.1.0")
        self.clock = Clock()
        self.store = Store()
        self.store.device_id = device_id
        self.microphone = Microphone()
        self.camera = Camera(self.clock, jpeg)
        self.camera.sizes = ((1600, 1200), (640, 480))
        self.speaker = speaker
        self.button = Button(self.clock)
        self.led = Led()
        self.pairing_port = 0
        self.open_stream = cable.open_stream
