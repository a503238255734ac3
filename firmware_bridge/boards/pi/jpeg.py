"""JPEGs of camera frames: by the chip's encoder where there is one (Zero 2 W, 4), else by libjpeg (5).

Both take one frame ("request") that was captured already, so that nothing is encoded but what is wanted.
picamera2's encoders are driven as its manual shows for frames that the application captures itself: size, format and
output are set, then start, encode, stop.
"""

import queue
from typing import Any

from ...wearable.drivers import DriverError

# The chip's encoder is told a bit rate, not a quality: bits for each pixel of a frame at these qualities, between which
# it is interpolated. 1080p at 30 frames a second is 16 to 50 Mbit/s in picamera2's own table, 0.26 to 0.8 a pixel;
# small print on packs needs more than a film does.
_BITS_PER_PIXEL = ((20, 0.25), (50, 0.55), (80, 1.3), (95, 2.1))
_ENCODERS_RATE_HZ = 30  # what its rate control assumes
_WAIT_S = 2
# picamera2 gives the chip buffers of 512 KiB for what it writes; a picture that fills one was cut off.
_MAX_CHIP_BYTES = 512 * 1024


def bit_rate(width: int, height: int, quality: int) -> int:
    """The bit rate in bit/s that gives about this JPEG quality (1 to 100). Pure."""
    before = _BITS_PER_PIXEL[0]
    bits = before[1] if quality <= before[0] else _BITS_PER_PIXEL[-1][1]
    for after in _BITS_PER_PIXEL[1:]:
        if before[0] < quality <= after[0]:
            bits = before[1] + (after[1] - before[1]) * (quality - before[0]) / (after[0] - before[0])
            break
        before = after
    return int(bits * width * height * _ENCODERS_RATE_HZ)


def whole(jpeg: bytes) -> bytes:
    """A JPEG without what the chip writes behind its end.

    Raises:
        DriverError: it is none, or its end is missing.
    """
    end = jpeg.rfind(b"\xff\xd9")
    if not jpeg.startswith(b"\xff\xd8") or end < 0:
        raise DriverError(f"the encoder gave {len(jpeg)} bytes that are no whole picture")
    return jpeg[: end + 2]


class ChipJpeg:
    """The chip's encoder. Started for one stream and quality, and kept until another is wanted."""

    def __init__(self, camera: Any, encoders: Any, outputs: Any) -> None:
        """`camera` is a picamera2.Picamera2; the others are the modules picamera2.encoders and picamera2.outputs."""
        self._camera = camera
        self._encoders = encoders
        self._frames: queue.Queue[bytes] = queue.Queue(4)
        self._output = _queueing_output(outputs.Output, self._frames)
        self._encoder: Any = None
        self._started_for: tuple[str, int] | None = None

    def encode(self, request: Any, stream: str, quality: int) -> bytes:
        """One frame. Blocks.

        Raises:
            DriverError: the encoder gave nothing, or nothing whole.
        """
        if self._started_for != (stream, quality):
            self.stop()
            self._start(stream, quality)
        while not self._frames.empty():
            self._frames.get_nowait()
        self._encoder.encode(stream, request)
        try:
            jpeg = self._frames.get(timeout=_WAIT_S)
        except queue.Empty as error:
            self.stop()
            raise DriverError(f"the JPEG encoder gave nothing in {_WAIT_S} s") from error
        if len(jpeg) >= _MAX_CHIP_BYTES:
            raise DriverError("the picture is larger than the JPEG encoder's memory; ask for less quality")
        return whole(jpeg)

    def stop(self) -> None:
        """Gives the encoder back."""
        if self._encoder is not None:
            encoder, self._encoder, self._started_for = self._encoder, None, None
            encoder.stop()

    def _start(self, stream: str, quality: int) -> None:
        made = self._camera.stream_configuration(stream)
        width, height = made["size"]
        encoder = self._encoders.MJPEGEncoder(bit_rate(width, height, quality))
        encoder.width, encoder.height = width, height
        encoder.format, encoder.stride = made["format"], made["stride"]
        encoder.name = stream
        encoder.output = self._output
        encoder.start()
        self._encoder, self._started_for = encoder, (stream, quality)


class SoftwareJpeg:
    """libjpeg-turbo, through the package simplejpeg, on which picamera2 depends."""

    def __init__(self, camera: Any, simplejpeg: Any) -> None:
        """`camera` is a picamera2.Picamera2."""
        self._camera = camera
        self._simplejpeg = simplejpeg

    def encode(self, request: Any, stream: str, quality: int) -> bytes:
        """One frame. Blocks."""
        made = self._camera.stream_configuration(stream)
        width, height = made["size"]
        array = request.make_array(stream)  # rows of the whole brightness, then both colours at half size
        half = array[height:].reshape(-1)
        part = (height // 2) * (array.shape[1] // 2)
        colours = [half[i * part : (i + 1) * part].reshape(height // 2, -1)[:, : width // 2] for i in (0, 1)]
        planes = (array[:height, :width], *colours)
        try:
            return bytes(self._simplejpeg.encode_jpeg_yuv_planes(*planes, quality))
        except ValueError as error:
            raise DriverError(f"the picture cannot be encoded: {error}") from error

    def stop(self) -> None:
        """Nothing to give back."""


def _queueing_output(base: type, frames: queue.Queue[bytes]) -> Any:
    """An output of picamera2's kind that hands frames to a queue."""

    class Queueing(base):  # type: ignore[misc]  # picamera2 has no types
        def outputframe(self, frame: Any, *_rest: object, **_more: object) -> None:
            if not frames.full():
                frames.put_nowait(bytes(frame))

    return Queueing()


def find_encoder(camera: Any, encoders: Any, outputs: Any) -> ChipJpeg | SoftwareJpeg:
    """The chip's encoder if this board has one: else what picamera2 calls MJPEGEncoder is LibavMjpegEncoder.

    Raises:
        DriverError: a package is missing.
    """
    if encoders.MJPEGEncoder.__name__ == "MJPEGEncoder":
        return ChipJpeg(camera, encoders, outputs)
    try:
        import simplejpeg
    except ImportError as error:
        raise DriverError("pictures need the package simplejpeg") from error
    return SoftwareJpeg(camera, simplejpeg)
