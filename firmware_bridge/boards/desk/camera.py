"""The desk's camera: picture files, one after the other, or the newest frame of whatever ffmpeg can open."""

import asyncio
from collections.abc import Callable
import io
from pathlib import Path

from PIL import Image, ImageOps

from ...wearable import drivers
from ...wearable.drivers import DriverError
from ..linux.frame import BytesFrame
from .process import Running
from .sources import STREAM_CAMERA_HZ, Kind, Source, pictures_command

SIZES = [[1600, 1200], [1280, 960], [640, 480]]
_FRAME_WAIT_S = 10  # a webcam or an RTSP stream takes seconds to begin
_MAX_STREAM_FRAME_BYTES = 16 * 1024 * 1024
_MAX_HEADER_BYTES = 1024


def as_jpeg(picture: Path | bytes, width: int, height: int, quality: int) -> bytes:
    """The picture as JPEG, turned upright, shrunk to fit `width` x `height`, never enlarged. Blocks.

    Raises:
        DriverError: it is missing or no picture.
    """
    try:
        with Image.open(picture if isinstance(picture, Path) else io.BytesIO(picture)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        name = picture.name if isinstance(picture, Path) else "the camera's frame"
        raise DriverError(f"{name} is no readable picture: {error}") from error
    upright.thumbnail((width, height), Image.Resampling.LANCZOS)
    target = io.BytesIO()
    upright.save(target, "JPEG", quality=quality)
    return target.getvalue()


class DeskCamera(drivers.Camera):
    """Takes pictures from a source, which may be changed while it runs."""

    sizes = SIZES
    rate_hz = STREAM_CAMERA_HZ

    def __init__(self, source: Source, now_ms: Callable[[], int]) -> None:
        """`now_ms` is the board's clock."""
        self._now_ms = now_ms
        self._source = source
        self._next = 0
        self._wanted = False
        self._stream: Stream | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def look(self, source: Source) -> None:
        """Looks at something else from the next picture on."""
        self._source, self._next = source, 0
        self._end_stream()
        if self._wanted:
            self.start()

    def start(self) -> None:
        """Opens the stream, if it is one."""
        self._wanted = True
        if self._source.kind is Kind.STREAM and self._stream is None:
            self._stream = Stream(pictures_command(self._source.input_arguments), self._now_ms)

    async def take(self, width: int, height: int, quality: int) -> BytesFrame:
        """The next picture file, or the stream's newest frame."""
        if self._source.kind is Kind.NONE:
            raise DriverError("there is nothing to look at")
        picture: Path | bytes
        if self._source.kind is Kind.STREAM:
            picture, taken_ms = await self._newest_frame()
        else:
            picture, taken_ms = self._source.paths[self._next % len(self._source.paths)], self._now_ms()
            self._next += 1
        return BytesFrame(await asyncio.to_thread(as_jpeg, picture, width, height, quality), taken_ms)

    def stop(self) -> None:
        """Closes the stream."""
        self._wanted = False
        self._end_stream()

    async def close(self) -> None:
        """Waits until no process is left."""
        self.stop()
        await asyncio.gather(*self._closing)

    async def _newest_frame(self) -> tuple[bytes, int]:
        while (stream := self._stream) is not None:
            try:
                return await stream.newest()
            except DriverError:
                if stream is self._stream:
                    raise  # else somebody said to look elsewhere meanwhile
        raise DriverError("the camera is closed")

    def _end_stream(self) -> None:
        if self._stream is not None:
            task = asyncio.create_task(self._stream.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
            self._stream = None


class Stream:
    """ffmpeg's frames; holds the newest only, so a slow taker never sees an old one."""

    def __init__(self, command: list[str], now_ms: Callable[[], int]) -> None:
        """Starts at once."""
        self._now_ms = now_ms
        self._newest: tuple[bytes, int] | None = None
        self._failure: str | None = None
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._run(command))

    async def newest(self) -> tuple[bytes, int]:
        """The newest frame that was not given out before, waiting for one: (JPEG, when it came).

        Raises:
            DriverError: the stream ended, or no frame comes.
        """
        try:
            async with asyncio.timeout(_FRAME_WAIT_S):
                while self._newest is None:
                    if self._failure is not None:
                        raise DriverError(f"the camera's stream: {self._failure}")
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as error:
            raise DriverError(f"no picture from the camera in {_FRAME_WAIT_S} s") from error
        newest, self._newest = self._newest, None
        return newest

    async def close(self) -> None:
        """Ends the process."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, command: list[str]) -> None:
        running = None
        try:
            running = await Running.start(command)
            await self._follow(running)
        except DriverError as error:
            self._failure = str(error)
        finally:
            self._changed.set()
            if running is not None:
                await running.end()

    async def _follow(self, running: Running) -> None:
        try:
            while True:
                size = await _frame_size(running.output)
                self._newest = (await running.output.readexactly(size), self._now_ms())
                self._changed.set()
        except asyncio.IncompleteReadError:
            self._failure = await running.complaint()
        except asyncio.LimitOverrunError:
            self._failure = "no pictures are in it"


async def _frame_size(stream: asyncio.StreamReader) -> int:
    """Reads one part's header of ffmpeg's multipart stream; returns the bytes of the JPEG behind it."""
    head = await stream.readuntil(b"\r\n\r\n")
    if len(head) <= _MAX_HEADER_BYTES:
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length" and value.strip().isdigit():
                size = int(value)
                if size <= _MAX_STREAM_FRAME_BYTES:
                    return size
    raise DriverError("the stream of pictures is damaged")
