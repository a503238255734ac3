"""The Pi's camera, through picamera2 (its manual: Raspberry Pi, "The Picamera2 Library").

Both sizes are streams of the image processor side by side, so that changing between them costs no restart. Nothing runs
but between `start` and `stop`. Everything blocks, so it happens in one thread, in the order it was asked for.
"""

from collections.abc import Callable
import contextlib
import time
from typing import Any

from ...wearable import drivers
from ...wearable.drivers import DriverError
from ..linux.frame import BytesFrame
from ..linux.worker import Worker
from .jpeg import find_encoder
from .settings import CameraSettings

SIZES = ((1600, 1200), (640, 480))
RATE_HZ = 5
# Twice as many frames as are wanted: a frame must begin after it was asked for, and half a period is waited on average.
_FRAME_US = 1_000_000 // (2 * RATE_HZ)
_BUFFERS = 4  # 1600 x 1200 in YUV420 is 2.9 MB each; a Zero 2 W has little memory that a camera can use
_FRAME_WAIT_S = 4  # after a start the exposure has to be found first
_TAKEN_S = 10  # with a start, and an end, that are still to be done before
_FAILURES = (RuntimeError, OSError, IndexError, KeyError, ValueError, TimeoutError)


def stream_for(width: int, height: int) -> str:
    """The stream whose size is nearest: the small one if the wish fits into it. Pure."""
    small = SIZES[1]
    return "lores" if width <= small[0] and height <= small[1] else "main"


class PiCamera(drivers.Camera):
    """One camera on the ribbon cable."""

    sizes = SIZES
    rate_hz = RATE_HZ

    def __init__(self, settings: CameraSettings) -> None:
        """Opens nothing yet."""
        self._settings = settings
        self._worker = Worker("the camera")
        self._camera: Any = None
        self._encoder: Any = None
        self._failure: str | None = "the camera is closed"

    def prepare(self) -> None:
        """Opens the camera in its thread, without starting it: the first time takes seconds on a small Pi.

        Where that fails it is tried again at `start`, and said then.
        """
        self._worker.submit(self._prepare)

    def start(self) -> None:
        """Begins in the camera's thread; a failure comes out of `take`."""
        self._worker.submit(self._start)

    async def take(self, width: int, height: int, quality: int) -> BytesFrame:
        """A picture whose exposure began after this was called."""
        asked_ns = time.monotonic_ns()
        return await self._worker.run(_TAKEN_S, self._take, stream_for(width, height), quality, asked_ns)

    def stop(self) -> None:
        """Ends in the camera's thread; it stays open, which costs nothing and makes the next start quick."""
        self._worker.submit(self._stop)

    async def close(self) -> None:
        """Gives the camera back."""
        with contextlib.suppress(DriverError):
            await self._worker.run(_TAKEN_S, self._drop)
        self._worker.close()

    @property
    def stuck(self) -> bool:
        """Whether picamera2 hangs: only a start of the program helps."""
        return self._worker.stuck

    def _prepare(self) -> None:
        with contextlib.suppress(DriverError, *_FAILURES):
            self._camera, self._encoder = open_camera(self._settings)

    def _start(self) -> None:
        """Opens the camera if it is not, and starts it."""
        try:
            if self._camera is None:
                self._camera, self._encoder = open_camera(self._settings)
            self._camera.start()
            self._failure = None
        except DriverError as error:
            self._fail(str(error))
        except _FAILURES as error:
            self._fail(f"the camera does not start: {_in_words(error)}")

    def _take(self, stream: str, quality: int, asked_ns: int) -> BytesFrame:
        if self._failure is not None:
            raise DriverError(self._failure)
        try:
            request = self._camera.capture_request(wait=_FRAME_WAIT_S, flush=asked_ns)
            try:
                taken_ms = request.get_metadata()["SensorTimestamp"] // 1_000_000
                return BytesFrame(self._encoder.encode(request, stream, quality), taken_ms)
            finally:
                request.release()
        except TimeoutError as error:
            raise self._fail(f"no picture in {_FRAME_WAIT_S} s; is the cable seated?") from error
        except _FAILURES as error:
            raise self._fail(f"the camera failed: {_in_words(error)}") from error

    def _stop(self) -> None:
        self._failure = "the camera is closed"
        if self._camera is not None:
            try:
                self._encoder.stop()
                self._camera.stop()
            except _FAILURES as error:
                self._fail(_in_words(error))

    def _fail(self, reason: str) -> DriverError:
        """The next start opens it anew."""
        self._failure = reason
        self._drop()
        return DriverError(reason)

    def _drop(self) -> None:
        camera, encoder, self._camera, self._encoder = self._camera, self._encoder, None, None
        for end in (encoder and encoder.stop, camera and camera.cancel_all_and_flush, camera and camera.close):
            if end is not None:
                _try(end)


def open_camera(settings: CameraSettings) -> tuple[Any, Any]:
    """A configured `picamera2.Picamera2` and what encodes its frames. Blocks.

    Raises:
        DriverError: picamera2 is not installed.
        RuntimeError, IndexError: there is no such camera, or somebody else has it.
    """
    try:
        from libcamera import Transform, controls
        from picamera2 import Picamera2, encoders, outputs
    except ImportError as error:
        raise DriverError("the camera needs the package python3-picamera2") from error
    camera = Picamera2(settings.number)
    try:
        turned = {"transform": Transform(hflip=1, vflip=1)} if settings.upside_down else {}
        camera.configure(
            camera.create_video_configuration(
                main={"size": SIZES[0], "format": "YUV420"},
                lores={"size": SIZES[1], "format": "YUV420"},
                buffer_count=_BUFFERS,
                queue=False,
                controls={"FrameDurationLimits": (_FRAME_US, _FRAME_US)},
                **turned,
            )
        )
        # A head moves: rather some noise than a smear.
        wishes = {"AeExposureMode": controls.AeExposureModeEnum.Short}
        if "AfMode" in camera.camera_controls:
            wishes["AfMode"] = controls.AfModeEnum.Continuous
        camera.set_controls(wishes)
        return camera, find_encoder(camera, encoders, outputs)
    except BaseException:
        camera.close()
        raise


def _try(end: Callable[[], None]) -> None:
    """Ends something that may be broken already."""
    try:
        end()
    except _FAILURES:
        return  # it failed before, which was told


def _in_words(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else repr(error)
