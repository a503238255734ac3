"""The camera, through the community module `camera` (cnadler86/micropython-camera-API).

The JPEG stays in the module's buffer, in PSRAM outside MicroPython's heap, and is read in parts through a memoryview.
The sensor runs only while pictures are wanted: nothing is captured while nobody asks, and it is the hungriest part.
"""

import asyncio

import camera
from wearable import drivers
from wearable.drivers import DriverError

from .failing import fail
from .tables import Table

_FAILURES = (OSError, RuntimeError, ValueError, MemoryError, NotImplementedError)
_FRAME_S = 4  # as long as the module's own driver waits for a frame
_POLL_S = 0.01
# Starting the sensor holds everything up for some tenths of a second: the cue for the press has to be out before, and
# the microphone's memory (0.5 s) bridges it.
_BEFORE_START_S = 0.15
_DARK_FRAMES = 2  # the first ones after the start are taken before the exposure fits
_BROKEN_AT_MOST = 3
_BEST_QUALITY = 90  # above it a full-size JPEG may not fit into the module's buffer (a fifth of the pixels, in bytes)


class BoardFrame(drivers.Frame):
    """A JPEG in the camera module's buffer."""

    def __init__(self, view: memoryview, taken_ms: int, free: object) -> None:
        """`free()` gives the buffer back."""
        self._view = view
        self._free = free
        self.size = len(view)
        self.taken_ms = taken_ms

    def read_into(self, offset: int, target: memoryview) -> None:
        """Copies a part; after `release` there is nothing left to copy."""
        if self._view is None:
            raise DriverError("the picture is gone")
        target[:] = self._view[offset : offset + len(target)]

    def release(self) -> None:
        """The camera may take the next one."""
        if self._view is not None:
            self._view = None
            self._free()


class BoardCamera(drivers.Camera):
    """One sensor. It is started by the first `take` after `start`."""

    rate_hz = 5

    def __init__(self, table: Table, clock: drivers.Clock) -> None:
        self.sizes = [size for _name, size in table.sizes]
        self._table = table
        self._clock = clock
        self._wanted = False
        self._camera = None
        self._frame = None
        self._size = None
        self._quality = None

    def start(self) -> None:
        """Pictures will be wanted: the sensor starts with the first one."""
        self._wanted = True

    def stop(self) -> None:
        """Switches the sensor off."""
        self._wanted = False
        self._forget_frame()
        running, self._camera = self._camera, None
        if running is not None:
            try:
                running.deinit()
            except _FAILURES:
                return  # it is off then; the next start says so if it is not

    async def take(self, width: int, height: int, quality: int) -> BoardFrame:
        """A picture of the nearest size."""
        self._forget_frame()
        if self._camera is None:
            await asyncio.sleep(_BEFORE_START_S)
            if not self._wanted:
                raise DriverError("the camera was stopped")
            self._open()
            for _ in range(_DARK_FRAMES):
                await self._capture()
        self._configure(nearest(self._table.sizes, width, height)[0], min(quality, _BEST_QUALITY))
        for _ in range(_BROKEN_AT_MOST):
            view = await self._capture()
            if view[0] & 0xFF == 0xFF and view[1] & 0xFF == 0xD8:
                self._frame = BoardFrame(view, self._clock.ms(), self._free)
                return self._frame
        raise DriverError("the camera gives pictures that are none")

    def _open(self) -> None:
        pins = self._table.camera
        try:
            # The buffers are made for this first size: the largest, so that every other fits.
            self._camera = camera.Camera(
                data_pins=list(pins.data),
                pclk_pin=pins.pclk,
                vsync_pin=pins.vsync,
                href_pin=pins.href,
                sda_pin=pins.sda,
                scl_pin=pins.scl,
                xclk_pin=pins.xclk,
                xclk_freq=pins.xclk_hz,
                powerdown_pin=-1,
                reset_pin=-1,
                pixel_format=camera.PixelFormat.JPEG,
                frame_size=getattr(camera.FrameSize, self._table.sizes[0][0]),
                jpeg_quality=80,
                fb_count=2,
                grab_mode=camera.GrabMode.LATEST,
            )
        except _FAILURES as error:
            fail("the camera does not start", error)
        self._size, self._quality = self._table.sizes[0][0], 80

    def _configure(self, size: str, quality: int) -> None:
        try:
            if size != self._size:
                _set(self._camera, "frame_size", getattr(camera.FrameSize, size))
                self._size = size
            if quality != self._quality:
                _set(self._camera, "quality", quality)
                self._quality = quality
        except _FAILURES as error:
            fail("the camera does not take %s at %d" % (size, quality), error)

    async def _capture(self) -> memoryview:
        """The next frame, which is exposed after this call: the one that waits is thrown away."""
        running = self._camera
        try:
            running.free_buffer()
            if hasattr(running, "frame_available"):
                for _ in range(int(_FRAME_S / _POLL_S)):
                    if running.frame_available():
                        break
                    await asyncio.sleep(_POLL_S)
                    if self._camera is not running:
                        raise DriverError("the camera was stopped")
                else:
                    raise DriverError("the camera gives no picture")
            view = running.capture()
        except _FAILURES as error:
            fail("the camera gives no picture", error)
        if view is None or len(view) < 4:
            raise DriverError("the camera gives no picture")
        return view

    def _free(self) -> None:
        self._frame = None
        if self._camera is not None:
            try:
                self._camera.free_buffer()
            except _FAILURES:
                return  # the next take says what is wrong

    def _forget_frame(self) -> None:
        if self._frame is not None:
            self._frame.release()


def nearest(sizes: tuple, width: int, height: int) -> tuple:
    """Of (name, (width, height)) pairs the one whose number of pixels is nearest to what is wished, by ratio."""

    def distance(size: tuple) -> float:
        have, wish = size[1][0] * size[1][1], width * height
        return have / wish if have > wish else wish / have

    return min(sizes, key=distance)


def _set(running: object, name: str, value: int) -> None:
    """Sets a property: by its method where the module still has those, else by its name."""
    setter = getattr(running, "set_" + name, None)
    if setter is None:
        setattr(running, name, value)
    else:
        setter(value)
