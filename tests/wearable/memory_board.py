"""A board made of memory, for both interpreters: every driver keeps what it was given and gives what it was told to."""

import asyncio
import time

try:
    from firmware_bridge.wearable import drivers, transport
except ImportError:  # MicroPython: the package stands alone
    from wearable import drivers, transport


class Clock(drivers.Clock):
    """The real time."""

    def ms(self) -> int:
        return time.ticks_ms() if hasattr(time, "ticks_ms") else int(time.monotonic() * 1000)


class SetClock(drivers.Clock):
    """A time that stands still until it is set."""

    now_ms = 0

    def ms(self) -> int:
        return self.now_ms


class Store(drivers.Store):
    """Keeps the key in memory."""

    def __init__(self, key: bytes | None = None, urls: tuple = ()) -> None:
        self.device_id = "00c0ffee12345678"
        self.key = key
        self.urls = urls
        self.fails = False

    def save(self, key: bytes, urls: list) -> None:
        if self.fails:
            raise drivers.DriverError("storage full")
        self.key, self.urls = key, urls

    def forget(self) -> None:
        self.key, self.urls = None, ()


class Frame(drivers.Frame):
    """A picture in memory that counts how it was read."""

    def __init__(self, jpeg: bytes, taken_ms: int) -> None:
        self.jpeg = jpeg
        self.size = len(jpeg)
        self.taken_ms = taken_ms
        self.largest_read = 0
        self.released = False

    def read_into(self, offset: int, target: memoryview) -> None:
        self.largest_read = max(self.largest_read, len(target))
        target[:] = self.jpeg[offset : offset + len(target)]

    def release(self) -> None:
        self.released = True


class Camera(drivers.Camera):
    """Gives the same bytes for every picture."""

    sizes = ((640, 480),)
    rate_hz = 5

    def __init__(self, clock: Clock, jpeg: bytes) -> None:
        self._clock = clock
        self.jpeg = jpeg
        self.running = False
        self.frames = []
        self.wishes = []
        self.fails = False

    def start(self) -> None:
        self.running = True

    async def take(self, width: int, height: int, quality: int) -> Frame:
        self.wishes.append((width, height, quality))
        await asyncio.sleep(0.001)
        if self.fails:
            raise drivers.DriverError("the lens is gone")
        frame = Frame(self.jpeg, self._clock.ms())
        self.frames.append(frame)
        return frame

    def stop(self) -> None:
        self.running = False


class Microphone(drivers.Microphone):
    """Counts up: each sample is one more than the one before, so that a lost one shows."""

    rate_hz = 16000

    def __init__(self) -> None:
        self.running = False
        self._given = 0
        self._began = 0

    def start(self) -> None:
        self.running, self._given, self._began = True, 0, time.time()

    async def read_into(self, target: memoryview) -> None:
        samples = len(target) // 2
        for index in range(samples):
            value = (self._given + index) & 0xFFFF
            target[2 * index] = value & 0xFF
            target[2 * index + 1] = value >> 8
        self._given += samples
        await asyncio.sleep(max(0, self._began + self._given / self.rate_hz - time.time()))

    def stop(self) -> None:
        self.running = False


class Speaker(drivers.Speaker):
    """Plays at the clock's pace and keeps what was heard, answers apart from cues."""

    def __init__(self, clock: Clock, rate_hz: int = 24000) -> None:
        self.rate_hz = rate_hz
        self._clock = clock
        self._end_ms = 0
        self._turn = None
        self.answers = {}
        self.cue_bytes = 0
        self.clears = 0
        self.fails = False

    def begin(self, turn: int | None) -> None:
        self._turn = turn
        if turn is not None:
            self.answers[turn] = b""

    async def write(self, pcm: memoryview) -> None:
        if self.fails:
            raise drivers.DriverError("the speaker is gone")
        now_ms = self._clock.ms()
        self._end_ms = max(self._end_ms, now_ms) + len(pcm) * 500 / self.rate_hz
        if self._turn is None:
            self.cue_bytes += len(pcm)
        else:
            self.answers[self._turn] += bytes(pcm)

    def queued_ms(self) -> int:
        return max(0, int(self._end_ms - self._clock.ms()))

    def clear(self) -> None:
        self.clears += 1
        self._end_ms = self._clock.ms()

    def set_volume(self, percent: int) -> None:
        self.volume = percent


class Button(drivers.Button):
    """Pressed by calling `push`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._edges = []
        self._pushed = asyncio.Event()

    def push(self, down: bool) -> None:
        self._edges.append((down, self._clock.ms()))
        self._pushed.set()

    async def edge(self) -> tuple:
        while not self._edges:
            self._pushed.clear()
            await self._pushed.wait()
        return self._edges.pop(0)


class Led(drivers.Led):
    """Remembers whether it is on."""

    on = False

    def set(self, on: bool) -> None:
        self.on = on


class MemoryBoard(drivers.Board):
    """All of them together."""

    def __init__(self, key: bytes | None, urls: tuple, jpeg: bytes, port: int = 0) -> None:
        self.about = drivers.About("Memory", "memory", "0.1.0")
        self.clock = Clock()
        self.store = Store(key, urls)
        self.microphone = Microphone()
        self.camera = Camera(self.clock, jpeg)
        self.speaker = Speaker(self.clock)
        self.button = Button(self.clock)
        self.led = Led()
        self.pairing_port = port
        self.open_stream = transport.open_stream
