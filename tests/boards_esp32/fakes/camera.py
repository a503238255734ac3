"""A stand-in for the community camera module (cnadler86/micropython-camera-API, src/modcamera.c and modcamera_api.c).

Pictures lie outside MicroPython's heap, as on the chip. `world.modern` chooses between the module with properties and
`frame_available`, and the older one with set_ methods.
"""

import time

import ffi
import uctypes

_JPEG_START, _JPEG_END = b"\xff\xd8\xff\xe0", b"\xff\xd9"
_SIZES = {"QVGA": 6, "VGA": 10, "SVGA": 11, "XGA": 12, "SXGA": 14, "UXGA": 15}
_malloc = ffi.open("libc.so.6").func("P", "malloc", "L")


class World:
    def __init__(self):
        self.running = None
        self.starts = 0
        self.jpeg_bytes = 20000
        self.frame_ms = 20
        self.missing = False
        self.blind = False
        self.broken_frames = 0
        self.taken = 0
        self.modern = True
        self.memory = None
        self.options = {}
        self.settings = []

    def buffer(self):
        """The picture, written once."""
        if self.memory is None or len(self.memory) != self.jpeg_bytes:
            self.memory = uctypes.bytearray_at(_malloc(self.jpeg_bytes), self.jpeg_bytes)
            for index in range(self.jpeg_bytes):
                self.memory[index] = index * 7 & 0xFF
            self.memory[:4] = _JPEG_START
            self.memory[-2:] = _JPEG_END
        return self.memory


class PixelFormat:
    JPEG = 4


class GrabMode:
    WHEN_EMPTY, LATEST = 0, 1


class FrameSize:
    pass


for _name, _value in _SIZES.items():
    setattr(FrameSize, _name, _value)


class _Camera:
    def __init__(
        self,
        *,
        data_pins,
        pclk_pin,
        vsync_pin,
        href_pin,
        sda_pin,
        scl_pin,
        xclk_pin,
        xclk_freq=20000000,
        powerdown_pin=-1,
        reset_pin=-1,
        pixel_format=0,
        frame_size=6,
        jpeg_quality=85,
        fb_count=2,
        grab_mode=1,
        init=True,
    ):
        if not isinstance(data_pins, list) or len(data_pins) != 8:
            raise ValueError("data_pins must have 8 elements")
        assert world.running is None, "the driver is started twice"
        if world.missing:
            raise OSError("Camera not found")
        world.starts += 1
        world.running = self
        world.options = {
            "data_pins": data_pins,
            "pins": (pclk_pin, vsync_pin, href_pin, sda_pin, scl_pin, xclk_pin),
            "pixel_format": pixel_format,
            "frame_size": frame_size,
            "fb_count": fb_count,
            "grab_mode": grab_mode,
        }
        self._largest = frame_size
        self._next_ms = time.ticks_ms() + world.frame_ms
        self._view = None

    def deinit(self):
        assert world.running is self
        world.running = None
        self._view = None

    def free_buffer(self):
        assert world.running is self, "the camera is off"
        self._view = None

    def capture(self):
        assert world.running is self, "the camera is off"
        if world.blind:
            return None
        wait_ms = time.ticks_diff(self._next_ms, time.ticks_ms())
        if wait_ms > 0:
            time.sleep_ms(wait_ms)
        self._next_ms = time.ticks_ms() + world.frame_ms
        world.taken += 1
        memory = world.buffer()
        if world.broken_frames:
            world.broken_frames -= 1
            return memoryview(b"\x00" * 100)
        self._view = memoryview(memory)
        return self._view

    def _set(self, name, value):
        if name == "frame_size" and value > self._largest:
            raise ValueError("the buffers are too small for this size")
        world.settings.append((name, value))


class ModernCamera(_Camera):
    def frame_available(self):
        return not world.blind and time.ticks_diff(time.ticks_ms(), self._next_ms) >= 0

    @property
    def frame_size(self):
        return None

    @frame_size.setter
    def frame_size(self, value):
        self._set("frame_size", value)

    @property
    def quality(self):
        return None

    @quality.setter
    def quality(self, value):
        self._set("quality", value)


class OlderCamera(_Camera):
    def set_frame_size(self, value):
        self._set("frame_size", value)

    def set_quality(self, value):
        self._set("quality", value)


def Camera(**options):  # noqa: N802 -- the module's class
    return (ModernCamera if world.modern else OlderCamera)(**options)


world = World()
