"""A stand-in for the ESP32's `machine`, as MicroPython 1.26 has it: same names, same arguments, refused where it refuses.

Sound runs in real time: what nobody fetches in time is lost, what nobody plays is not heard. `world` at the end is for the
test to look at and to turn.
"""

import hashlib
import io
import time

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
_POLL, _READABLE, _WRITABLE = 3, 1, 4


class World:
    """What is outside the chip."""

    def __init__(self):
        self.levels = {}  # of input pins; a pull-up makes 1 of what is missing
        self.pins = {}
        self.outputs = {}
        self.reset_cause = PWRON_RESET
        self.resets = 0
        self.unique_id = b"\x01\x02\x03\x04\x05\x06"
        self.frequency_hz = 240000000
        self.slept_ms = []
        self.on_sleep = None
        self.watchdog = None
        self.microvolts = {}
        self.date = None
        self.microphone_starts = []
        self.ports = []
        self.heard = bytearray()
        self.keep_heard = True
        self.heard_bytes = 0
        self.hashed = None
        self.hash_left = 0
        self.lost_samples = 0
        self.deaf = False
        self.flat = False
        self.stuck = False
        self.no_memory = False

    def hash_heard(self, count):
        """From now on, the first `count` bytes that are heard go into `hashed`."""
        self.hashed, self.hash_left = hashlib.sha256(), count

    def push(self, pin, level):
        """A contact changes."""
        self.levels[pin] = level
        for one in self.pins.get(pin, ()):
            one.interrupt(level)


class Pin:
    IN, OUT, PULL_UP, PULL_DOWN = 1, 3, 2, 1
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, number, mode=-1, pull=-1, *, value=None):
        assert isinstance(number, int) and 0 <= number <= 48 and number not in range(22, 33), (
            "the ESP32-S3 has no such pin"
        )
        self.number = number
        self.mode = mode
        self.pull = pull
        self._handler = None
        self._trigger = 0
        if value is not None:
            world.outputs[number] = value

    def value(self, level=None):
        if level is not None:
            assert self.mode == Pin.OUT
            world.outputs[self.number] = level
            return None
        if self.mode == Pin.OUT:
            return world.outputs.get(self.number, 0)
        return world.levels.get(self.number, 1 if self.pull == Pin.PULL_UP else 0)

    def irq(self, handler=None, trigger=3):
        assert self.mode == Pin.IN
        self._handler, self._trigger = handler, trigger
        world.pins.setdefault(self.number, []).append(self)

    def interrupt(self, level):
        if self._handler is not None and self._trigger & (Pin.IRQ_RISING if level else Pin.IRQ_FALLING):
            self._handler(self)


class ADC:
    ATTN_11DB = 3

    def __init__(self, pin, *, atten=0):
        assert 1 <= pin.number <= 10, "only ADC1 works beside Wi-Fi"
        assert atten == ADC.ATTN_11DB, "with less attenuation half a cell's voltage is out of range"
        self._number = pin.number

    def read_uv(self):
        return world.microvolts.get(self._number, 0)


class I2S(io.IOBase):
    RX, TX = 2, 1
    MONO, STEREO = 0, 1

    def __init__(self, port, *, sck, ws, sd, mode, bits, format, rate, ibuf):  # noqa: A002 -- machine.I2S calls it so
        if world.no_memory:
            raise OSError(257, "ESP_ERR_NO_MEM")
        self._begin(port, sck, ws, sd, mode, bits, format, rate, ibuf)

    def _begin(self, port, sck, ws, sd, mode, bits, form, rate, ibuf):
        assert port in (0, 1) and bits in (16, 32) and form in (I2S.MONO, I2S.STEREO)
        assert all(isinstance(pin, Pin) for pin in (sck, sd)) and (ws is None or isinstance(ws, Pin))
        assert port not in world.ports, "this port is in use"
        world.ports.append(port)
        self.port, self.mode, self._bytes, self._rate = port, mode, bits // 8, rate
        frame = 8 if mode != I2S.TX else 2
        self._capacity = ibuf // frame
        self._began_ms = time.ticks_ms()
        self._given = 0
        self._polled = False
        self._held = bytearray()
        if mode != I2S.TX:
            world.microphone_starts.append((mode, bits, rate, ibuf))
            del world.microphone_starts[:-4]

    def deinit(self):
        if self.port is not None:
            self._play()
            world.ports.remove(self.port)
            self.port = None

    def ioctl(self, request, argument):
        if request != _POLL:
            return -1
        self._polled = True
        if self.mode == I2S.TX:
            self._play()
            return argument & _WRITABLE if len(self._held) // 2 < self._capacity and not world.stuck else 0
        return argument & _READABLE if self._ready() else 0

    def readinto(self, target):
        assert self._polled, "a read before asyncio has polled would hold everything up"
        count = min(self._ready(), len(target) // self._bytes)
        for index in range(count):
            self._sample(target, index, self._given + index)
        self._given += count
        return count * self._bytes

    def write(self, source):
        assert self._polled, "a write before asyncio has polled would hold everything up"
        self._play()
        if world.stuck:
            return 0
        count = min(len(source) // 2, self._capacity - len(self._held) // 2) * 2
        self._held += bytes(source[:count])
        return count

    def _ready(self):
        """How many samples are there; the oldest that did not fit are gone."""
        if world.deaf:
            return 0
        taken = time.ticks_diff(time.ticks_ms(), self._began_ms) * self._rate // 1000
        if taken - self._given > self._capacity:
            world.lost_samples += taken - self._given - self._capacity
            self._given = taken - self._capacity
        return taken - self._given

    def _sample(self, target, index, number):
        """A 32-bit sample has the number in the bits that the driver is to keep; noise below."""
        if self._bytes == 4:
            value = 0 if world.flat else ((number & 0x7FF) << 13) | 0x155
            target[4 * index : 4 * index + 4] = value.to_bytes(4, "little")
        else:
            value = 0 if world.flat else number & 0x7FF
            target[2 * index : 2 * index + 2] = value.to_bytes(2, "little")

    def _play(self):
        """What was heard since the last look goes out."""
        now_ms = time.ticks_ms()
        due = time.ticks_diff(now_ms, self._began_ms) * self._rate // 1000 * 2
        count = min(len(self._held), max(0, due - self._given * 2))
        if count:
            world.heard_bytes += count
            if world.hash_left:
                first = bytes(self._held[: min(count, world.hash_left)])
                world.hash_left -= len(first)
                world.hashed.update(first)
            if world.keep_heard:
                world.heard += self._held[:count]
            self._held = self._held[count:]
        self._given = due // 2


class PdmI2S(I2S):
    """`machine.I2S` of a build with pull request 14176: what `allow_pdm` puts in its place."""

    PDM_RX = 3

    def __init__(self, port, *, sck, sd, mode, bits, format, rate, ibuf, ws=None):  # noqa: A002 -- machine.I2S calls it so
        assert mode != PdmI2S.PDM_RX or port == 0, "only port 0 reads PDM"
        assert mode == PdmI2S.PDM_RX or ws is not None
        self._begin(port, sck, ws, sd, mode, bits, format, rate, ibuf)


class WDT:
    def __init__(self, id=0, timeout=5000):  # noqa: A002 -- machine.WDT calls it so
        assert world.watchdog is None, "it is started once and for all"
        self.timeout_ms, self.feeds, self.last_ms = timeout, 0, time.ticks_ms()
        world.watchdog = self

    def feed(self):
        assert time.ticks_diff(time.ticks_ms(), self.last_ms) < self.timeout_ms, "the watchdog has bitten"
        self.feeds += 1
        self.last_ms = time.ticks_ms()


class RTC:
    def datetime(self, date):
        assert len(date) == 8
        world.date = date


class ResetError(BaseException):
    """What `reset` does here."""


def reset():
    world.resets += 1
    raise ResetError


def reset_cause():
    return world.reset_cause


def unique_id():
    return world.unique_id


def freq(hertz=None):
    if hertz is not None:
        assert hertz in (80000000, 160000000, 240000000)
        world.frequency_hz = hertz
    return world.frequency_hz


def lightsleep(time_ms):
    world.slept_ms.append(time_ms)
    if world.on_sleep is not None:
        world.on_sleep()


world = World()
