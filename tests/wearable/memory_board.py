"""A board made of memory, for both interpreters: every driver keeps what it was given and gives what it was told to.

`fails` of a part is False, or how it fails: "known" (a DriverError, as drivers should), "wild" (an exception that no
driver should let out) or "silent" (nothing comes any more).
"""

import asyncio
import hashlib
import time

try:
    from firmware_bridge.wearable import drivers, transport
except ImportError:  # MicroPython: the package stands alone
    from wearable import drivers, transport


class Clock(drivers.Clock):
    """The real time, or one that runs `speed` times as fast and can be put forward."""

    speed = 1
    forward_ms = 0

    def ms(self) -> int:
        real_ms = time.ticks_ms() if hasattr(time, "ticks_ms") else int(time.monotonic() * 1000)
        return real_ms * self.speed + self.forward_ms


def keep_last(kept: list, value: object) -> None:
    """Appends, and forgets what came ten before: a board that runs for an hour must not grow."""
    kept.append(value)
    if len(kept) > 10:
        kept.pop(0)


class Failing:
    """What all parts have in common."""

    fails = False
    reason = "it is gone"

    def try_it(self) -> None:
        if self.fails == "known":
            raise drivers.DriverError(self.reason)
        if self.fails == "wild":
            raise ZeroDivisionError("a mistake in a driver")

    async def wait_for_it(self) -> None:
        if self.fails == "silent":
            await asyncio.sleep(1000000)
        self.try_it()


class SetClock(drivers.Clock):
    """A time that stands still until it is set."""

    now_ms = 0

    def ms(self) -> int:
        return self.now_ms


class Store(Failing, drivers.Store):
    """Keeps the key in memory."""

    reason = "storage full"

    def __init__(self, key: bytes | None = None, urls: tuple = ()) -> None:
        self.device_id = "00c0ffee12345678"
        self.key = key
        self.urls = urls

    def save(self, key: bytes, urls: list) -> None:
        self.try_it()
        self.key, self.urls = key, urls

    def save_urls(self, urls: list) -> None:
        self.try_it()
        self.urls = urls

    def forget(self) -> None:
        self.try_it()
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


class FileFrame(drivers.Frame):
    """A picture that stays outside the heap, as one does in a camera's own buffer: in a file, read in parts."""

    def __init__(self, camera: object, taken_ms: int) -> None:
        self._camera = camera
        self.size = camera.file_bytes
        self.taken_ms = taken_ms
        self.released = False

    def read_into(self, offset: int, target: memoryview) -> None:
        if self._camera.lost:
            raise drivers.DriverError("the frame buffer is gone")
        self._camera.file.seek(offset)
        self._camera.file.readinto(target)

    def release(self) -> None:
        self.released = True
        self._camera.held -= 1


class Camera(Failing, drivers.Camera):
    """Gives the same bytes for every picture: `jpeg`, or those of a file (`use_file`)."""

    reason = "the lens is gone"

    sizes = ((640, 480),)
    rate_hz = 5

    def __init__(self, clock: Clock, jpeg: bytes) -> None:
        self._clock = clock
        self.jpeg = jpeg
        self.running = False
        self.frames = []
        self.wishes = []
        self.starts = 0
        self.held = 0
        self.lost = False
        self.file = None
        self.file_bytes = 0

    def use_file(self, path: str) -> None:
        self.file = open(path, "rb")  # noqa: SIM115, PTH123 -- open as long as the camera; MicroPython has no pathlib
        self.file_bytes = self.file.seek(0, 2)

    def start(self) -> None:
        self.starts += 1
        self.running = True

    async def take(self, width: int, height: int, quality: int) -> Frame:
        keep_last(self.wishes, (width, height, quality))
        await asyncio.sleep(0.001)
        await self.wait_for_it()
        if self.file is not None:
            self.held += 1
            return FileFrame(self, self._clock.ms())
        frame = Frame(self.jpeg, self._clock.ms())
        self.frames.append(frame)
        return frame

    def stop(self) -> None:
        self.running = False


class Microphone(Failing, drivers.Microphone):
    """Counts up: each sample is one more than the one before, so that a lost one shows."""

    rate_hz = 16000

    def __init__(self) -> None:
        self.running = False
        self.starts = 0
        self.speed = 1
        self.chunks = 0
        self._given = 0
        self._began = 0

    def start(self) -> None:
        self.starts += 1
        self.running, self._given, self._began = True, 0, time.time()

    async def read_into(self, target: memoryview) -> None:
        await self.wait_for_it()
        samples = len(target) // 2
        for index in range(samples):
            value = (self._given + index) & 0xFFFF
            target[2 * index] = value & 0xFF
            target[2 * index + 1] = value >> 8
        self._given += samples
        self.chunks += 1
        await asyncio.sleep(max(0, self._began + self._given / self.rate_hz / self.speed - time.time()))

    def stop(self) -> None:
        self.running = False


class Speaker(Failing, drivers.Speaker):
    """Plays at the clock's pace and keeps what was heard, answers apart from cues."""

    def __init__(self, clock: Clock, rate_hz: int = 24000) -> None:
        self.rate_hz = rate_hz
        self._clock = clock
        self._end_ms = 0
        self._turn = None
        self.answers = {}  # what was heard, by turn; where it is not to be kept, only [its bytes, its SHA-256]
        self.keep = True
        self.cue_bytes = 0
        self.clears = 0
        self.begins = 0

    def begin(self, turn: int | None) -> None:
        self.begins += 1
        self._turn = turn
        if turn is not None:
            self.answers[turn] = b"" if self.keep else [0, hashlib.sha256()]
            if not self.keep:
                self.answers.pop(turn - 3, None)

    async def write(self, pcm: memoryview) -> None:
        await self.wait_for_it()
        now_ms = self._clock.ms()
        self._end_ms = max(self._end_ms, now_ms) + len(pcm) * 500 / self.rate_hz
        if self._turn is None:
            self.cue_bytes += len(pcm)
        elif self.keep:
            self.answers[self._turn] += bytes(pcm)
        else:
            self.answers[self._turn][0] += len(pcm)
            self.answers[self._turn][1].update(pcm)

    def queued_ms(self) -> int:
        return max(0, int(self._end_ms - self._clock.ms()))

    def clear(self) -> None:
        self.clears += 1
        self._end_ms = self._clock.ms()

    def set_volume(self, percent: int) -> None:
        self.volume = percent


class Button(Failing, drivers.Button):
    """Pressed by calling `push`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._edges = []
        self._pushed = asyncio.Event()

    def push(self, down: bool) -> None:
        self._edges.append((down, self._clock.ms()))
        self._pushed.set()

    def wake(self) -> None:
        """Lets `edge` look whether it has to fail."""
        self._pushed.set()

    async def edge(self) -> tuple:
        self.try_it()
        while not self._edges:
            self._pushed.clear()
            await self._pushed.wait()
            self.try_it()
        return self._edges.pop(0)


class Led(Failing, drivers.Led):
    """Remembers whether it is on."""

    on = False

    def set(self, on: bool) -> None:
        self.try_it()
        self.on = on


class Switch(Failing, drivers.Switch):
    """Put by calling `put`."""

    def __init__(self) -> None:
        self.on = False
        self._changed = asyncio.Event()

    def put(self, on: bool) -> None:
        self.on = on
        self._changed.set()

    async def changed(self) -> None:
        await self._changed.wait()
        self._changed.clear()
        self.try_it()


class Network(Failing, drivers.Network):
    """Changes by calling `change`."""

    def __init__(self) -> None:
        self.why = None
        self._changed = asyncio.Event()

    def change(self, why: str | None) -> None:
        self.why = why
        self._changed.set()

    async def changed(self) -> None:
        await self._changed.wait()
        self._changed.clear()
        self.try_it()

    def trouble(self) -> str | None:
        self.try_it()
        return self.why


class Phrases(Failing, drivers.Phrases):
    """A tenth of a second of the same sample for each phrase."""

    language = None

    async def pieces(self, name: str, detail: str, rate_hz: int) -> object | None:
        await self.wait_for_it()
        return (b"\x01" * (rate_hz // 50 * 2) for _ in range(5))

    def set_language(self, tag: str) -> None:
        self.language = tag


class MemoryBoard(drivers.Board):
    """All of them together; switch, network and phrases only where a test puts them in."""

    def __init__(self, key: bytes | None, urls: tuple, jpeg: bytes, port: int = 0) -> None:
        self.known = {}
        self.rests = []
        self.alives = 0
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

    def state(self) -> dict:
        return dict(self.known)

    def rest(self, idle: bool) -> None:
        keep_last(self.rests, idle)

    def alive(self) -> None:
        self.alives += 1
