"""The loudspeaker: a MAX98357A amplifier at an I2S port."""

import asyncio
import select

from machine import I2S, Pin
from wearable import drivers

from .failing import fail
from .pcm import scale
from .tables import AmplifierPins

_PORT = 1  # 0 is the microphone's
_HARDWARE_MS = 200
_PIECE_BYTES = 960  # 20 ms at 24 kHz: what is scaled at once
_STUCK_S = 1.0
_FULL_PERCENT = 100


def factor_of(percent: int) -> int:
    """A volume in percent as a factor of 4096: its square, because ears hear ratios."""
    percent = max(0, min(_FULL_PERCENT, percent))
    return percent * percent * 4096 // (_FULL_PERCENT * _FULL_PERCENT)


class BoardSpeaker(drivers.Speaker):
    """Plays silence by itself when it has nothing; the amplifier sleeps while nothing is to be heard."""

    def __init__(self, pins: AmplifierPins, clock: drivers.Clock, rate_hz: int = 24000) -> None:
        """`rate_hz` is 24000 or 16000; 24000 needs no resampling of answers."""
        self.rate_hz = rate_hz
        self._pins = pins
        self._clock = clock
        self._enable = Pin(pins.enable, Pin.OUT, value=0)
        self._i2s = None
        self._writer = None
        self._end_ms = 0
        self._factor = factor_of(80)
        self._scaled = memoryview(bytearray(_PIECE_BYTES))

    def begin(self, turn: int | None) -> None:
        """Wakes the amplifier, after the clocks run: it clicks otherwise."""
        self._open()
        self._enable.value(1)

    async def write(self, pcm: memoryview) -> None:
        """Queues samples at the present volume; the caller's memory is left as it is."""
        self._open()
        for offset in range(0, len(pcm), _PIECE_BYTES):
            piece = pcm[offset : offset + _PIECE_BYTES]
            scaled = self._scaled[: len(piece)]
            scale(scaled, piece, len(piece) // 2, self._factor)
            self._end_ms = max(self._end_ms, self._clock.ms()) + len(piece) * 500 // self.rate_hz
            self._writer.write(scaled)
            try:
                await asyncio.wait_for(self._writer.drain(), _STUCK_S)
            except asyncio.TimeoutError:
                fail("the speaker is stuck")
            except OSError as error:
                fail("the speaker stopped", error)

    def queued_ms(self) -> int:
        """By the clock: the hardware does not tell."""
        return max(0, self._end_ms - self._clock.ms())

    def clear(self) -> None:
        """Silence at once: the amplifier sleeps and the hardware's memory goes away with the port."""
        self._enable.value(0)
        self.close()

    def end(self) -> None:
        """The amplifier sleeps; a cue that follows wakes it."""
        self._enable.value(0)

    def set_volume(self, percent: int) -> None:
        """For what is written from now on."""
        self._factor = factor_of(percent)

    def close(self) -> None:
        """Gives the port and its memory back."""
        running, self._i2s, self._writer = self._i2s, None, None
        self._end_ms = 0
        if running is not None:
            running.deinit()

    def _open(self) -> None:
        if self._i2s is not None:
            return
        pins = self._pins
        try:
            self._i2s = I2S(
                _PORT,
                sck=Pin(pins.sck),
                ws=Pin(pins.ws),
                sd=Pin(pins.sd),
                mode=I2S.TX,
                bits=16,
                format=I2S.MONO,
                rate=self.rate_hz,
                ibuf=self.rate_hz * _HARDWARE_MS // 1000 * 2,
            )
        except (OSError, ValueError, MemoryError) as error:
            fail("the speaker does not start", error)
        # Being polled once puts the port into its asyncio mode: before that a write waits until all is played.
        poll = select.poll()
        poll.register(self._i2s, select.POLLOUT)
        poll.poll(0)
        self._writer = asyncio.StreamWriter(self._i2s)
