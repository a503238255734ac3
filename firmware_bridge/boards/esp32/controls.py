"""What fingers and eyes use: the button, the privacy switch, the LED."""

import asyncio
import time

from machine import Pin
from wearable import drivers

from .clock import BoardClock
from .tables import LedPin

_MAX_EDGES = 32  # a contact that bounces longer than this is broken; then the newest edge counts
_SWITCH_S = 0.1


class BoardButton(drivers.Button):
    """A contact to ground. Interrupts put edges into a bounded queue; debouncing is the logic's."""

    def __init__(self, pin: int, clock: BoardClock) -> None:
        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP)
        self._clock = clock
        self._edges = []
        self._noticed = asyncio.ThreadSafeFlag()
        self._level = False
        self._down_since_ms = None
        self._pin.irq(self._interrupt, Pin.IRQ_RISING | Pin.IRQ_FALLING)

    @property
    def pin(self) -> Pin:
        """For waking from sleep."""
        return self._pin

    @property
    def down(self) -> bool:
        """Whether it is held now."""
        return self._pin.value() == 0

    def held_ms(self) -> int:
        """For how long it has been down; 0 if it is up."""
        if not self.down:
            self._down_since_ms = None
            return 0
        if self._down_since_ms is None:
            self._down_since_ms = self._clock.ms()
        return self._clock.ms() - self._down_since_ms

    def check(self) -> None:
        """Notices a change that no interrupt told of: in sleep there are none."""
        if self.down != self._level:
            self._interrupt(self._pin)

    async def edge(self) -> tuple:
        """The next change."""
        while not self._edges:
            await self._noticed.wait()
        down, ticks = self._edges.pop(0)
        return down, self._clock.ms_at(ticks)

    def _interrupt(self, pin: Pin) -> None:
        self._level = pin.value() == 0
        if len(self._edges) >= _MAX_EDGES:
            self._edges.pop()
        self._edges.append((self._level, time.ticks_ms()))
        self._noticed.set()


class BoardSwitch(drivers.Switch):
    """The privacy switch: closed to ground means that capturing is allowed, so that a broken wire means privacy."""

    def __init__(self, pin: int) -> None:
        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP)

    @property
    def on(self) -> bool:
        """Whether nothing may be captured."""
        return self._pin.value() == 1

    async def changed(self) -> None:
        """Looks ten times a second; a bounce is over before it is looked at twice."""
        was = self.on
        while True:
            await asyncio.sleep(_SWITCH_S)
            if self.on != was:
                return


class BoardLed(drivers.Led):
    """One LED at one pin."""

    def __init__(self, led: LedPin) -> None:
        self._lit = led.lit
        self._pin = Pin(led.pin, Pin.OUT, value=1 - led.lit)

    def set(self, on: bool) -> None:
        """Switches it."""
        self._pin.value(self._lit if on else 1 - self._lit)
