"""The microphone: an I2S one (INMP441 and the like), or PDM where the firmware can.

MicroPython's `machine.I2S` has no PDM as of 1.26; builds with the open pull request 14176 have `I2S.PDM_RX`. With any
other firmware the XIAO's own microphone is deaf, and an I2S one has to be wired.
"""

import asyncio

from machine import I2S, Pin
from wearable import drivers
from wearable.drivers import DriverError

from .failing import fail
from .pcm import narrow, scale
from .tables import MicrophonePins

_PORT = 0  # the only one whose hardware can do PDM
# 0.5 s in the hardware's memory, so that starting the camera costs no word. The hardware fills it with stereo frames
# of 8 bytes whatever is asked for (ports/esp32/machine_i2s.c).
_HARDWARE_MS = 500
_FRAME_BYTES = 8
_SILENCE_S = 1.0  # nothing at all for so long: it is broken
# An INMP441 hears speech at half a metre at about 50 dB below full scale: eight times that is a good level.
_SHIFT = 13
_PDM_FACTOR = 4 * 4096
_FLAT_CHUNKS = 50  # a second in which every sample is the same: no microphone at these pins


def can_pdm() -> bool:
    """Whether this firmware reads PDM microphones."""
    return hasattr(I2S, "PDM_RX")


class BoardMicrophone(drivers.Microphone):
    """Runs only between `start` and `stop`."""

    rate_hz = 16000

    def __init__(self, pins: MicrophonePins) -> None:
        """`pins.ws` None means PDM.

        Raises:
            DriverError: this firmware has no PDM.
        """
        self._pins = pins
        self._pdm = pins.ws is None
        if self._pdm and not can_pdm():
            raise DriverError("this firmware has no PDM: wire an I2S microphone")
        self._i2s = None
        self._reader = None
        self._wide = b""
        self._flat_chunks = 0

    def start(self) -> None:
        """Begins to fill the hardware's memory."""
        self.stop()
        pins = self._pins
        options = {} if self._pdm else {"ws": Pin(pins.ws)}
        try:
            self._i2s = I2S(
                _PORT,
                sck=Pin(pins.sck),
                sd=Pin(pins.sd),
                mode=I2S.PDM_RX if self._pdm else I2S.RX,
                bits=16 if self._pdm else 32,
                format=I2S.MONO,
                rate=self.rate_hz,
                ibuf=self.rate_hz * _HARDWARE_MS // 1000 * _FRAME_BYTES,
                **options,
            )
        except (OSError, ValueError, MemoryError) as error:
            fail("the microphone does not start", error)
        self._reader = asyncio.StreamReader(self._i2s)
        self._flat_chunks = 0

    async def read_into(self, target: memoryview) -> None:
        """Fills `target`; its length is a whole number of samples."""
        if self._i2s is None:
            raise DriverError("the microphone is not started")
        count = len(target) // 2
        source = target
        if not self._pdm:
            if len(self._wide) != 4 * count:
                self._wide = memoryview(bytearray(4 * count))
            source = self._wide
        await self._fill(source)
        different = scale(target, source, count, _PDM_FACTOR) if self._pdm else narrow(target, source, count, _SHIFT)
        self._flat_chunks = 0 if different else self._flat_chunks + 1
        if self._flat_chunks >= _FLAT_CHUNKS:
            raise DriverError("the microphone says nothing: is it connected?")

    def stop(self) -> None:
        """Switches it off; what was not read is gone."""
        running, self._i2s, self._reader = self._i2s, None, None
        if running is not None:
            running.deinit()

    async def _fill(self, source: memoryview) -> None:
        filled = 0
        while filled < len(source):
            try:
                got = await asyncio.wait_for(self._reader.readinto(source[filled:]), _SILENCE_S)
            except asyncio.TimeoutError:
                fail("the microphone stopped")
            except OSError as error:
                fail("the microphone stopped", error)
            filled += got or 0
