"""The desk's microphone: silence into which sound files are played in real time, or whatever ffmpeg can record."""

import asyncio
from collections import deque
from pathlib import Path

from ...wearable import drivers
from ...wearable.drivers import DriverError
from .process import Running, output_of
from .sources import sound_command

RATE_HZ = 16000
LONGEST_FILE_S = 300
_MAX_QUEUED_FILES = 16


async def read_sound(path: Path, rate_hz: int = RATE_HZ) -> bytes:
    """A sound file as s16le mono PCM, its first five minutes; a file that is that already comes out bit for bit.

    Raises:
        DriverError: it is missing, or ffmpeg cannot read it.
    """
    path = await asyncio.to_thread(path.expanduser)
    if not await asyncio.to_thread(path.is_file):
        raise DriverError(f"no such sound file: {path.name}")
    try:
        return await output_of(sound_command(("-i", str(path)), rate_hz, LONGEST_FILE_S))
    except DriverError as error:
        raise DriverError(f"{path.name} is no readable sound: {error}") from error


class FileMicrophone(drivers.Microphone):
    """Hears silence, and what is played to it.

    A file that is queued before capturing starts begins with the first captured sample; one that is queued while
    capturing, with the next. When capturing stops, a file that had begun is over, as a voice in a room would be.
    """

    rate_hz = RATE_HZ

    def __init__(self, each_time: bytes = b"") -> None:
        """`each_time` (s16le mono PCM) is heard from its start whenever capturing starts and nothing else is queued."""
        self._each_time = each_time
        self._queue: deque[bytes] = deque(maxlen=_MAX_QUEUED_FILES)
        self._playing = b""
        self._place = 0
        self._next_s = 0.0

    def hear(self, pcm: bytes) -> None:
        """Queues s16le mono PCM at 16 kHz."""
        self._queue.append(pcm)

    def forget(self) -> None:
        """What waits is not heard any more."""
        self._queue.clear()

    def start(self) -> None:
        """The first sample is of this moment."""
        self._next_s = asyncio.get_running_loop().time()
        if self._each_time and not self._queue:
            self._queue.append(self._each_time)

    async def read_into(self, target: memoryview) -> None:
        """Fills `target` when as much time has passed."""
        loop = asyncio.get_running_loop()
        self._next_s += len(target) / (2 * RATE_HZ)
        await asyncio.sleep(max(0.0, self._next_s - loop.time()))
        done = 0
        while done < len(target):
            if self._place >= len(self._playing):
                if not self._queue:
                    target[done:] = bytes(len(target) - done)
                    return
                self._playing, self._place = self._queue.popleft(), 0
            piece = self._playing[self._place : self._place + len(target) - done]
            target[done : done + len(piece)] = piece
            done += len(piece)
            self._place += len(piece)

    def stop(self) -> None:
        """What was playing is over; what waits still waits."""
        self._playing, self._place = b"", 0

    async def close(self) -> None:
        """Nothing to end."""


class StreamMicrophone(drivers.Microphone):
    """Records with ffmpeg while capturing; how soon its first sample comes depends on the sound card's driver."""

    rate_hz = RATE_HZ

    def __init__(self, input_arguments: tuple[str, ...]) -> None:
        """`input_arguments` as in `sources.Source`."""
        self._command = sound_command(input_arguments, RATE_HZ)
        self._opening: asyncio.Task[Running] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Opens the sound card."""
        self._opening = asyncio.create_task(Running.start(self._command))

    async def read_into(self, target: memoryview) -> None:
        """The next samples; the pipe holds about two seconds for a late reader."""
        assert self._opening is not None
        running = await asyncio.shield(self._opening)
        try:
            target[:] = await running.output.readexactly(len(target))
        except asyncio.IncompleteReadError as error:
            raise DriverError(f"the microphone: {await running.complaint()}") from error

    def stop(self) -> None:
        """Closes the sound card."""
        if self._opening is not None:
            task = asyncio.create_task(_end_when_open(self._opening))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
            self._opening = None

    async def close(self) -> None:
        """Waits until no process is left."""
        self.stop()
        await asyncio.gather(*self._closing)


async def _end_when_open(opening: asyncio.Task[Running]) -> None:
    try:
        running = await opening
    except DriverError:
        return  # it never opened; whoever read from it was told
    await running.end()
