"""Button, switch and light on GPIO pins, through gpiozero, whose callbacks come from threads of its own."""

import asyncio
from collections.abc import Callable
from typing import Any

from ...wearable import drivers
from ...wearable.drivers import DriverError
from .settings import PinSettings

_MAX_EDGES = 200  # a chattering contact must not fill the memory


def _open(make: Callable[[], Any], what: str, pin: int) -> Any:
    """A device of gpiozero.

    Raises:
        DriverError: the package is missing, or the pin cannot be had.
    """
    try:
        import gpiozero
    except ImportError as error:
        raise DriverError("GPIO needs the package gpiozero") from error
    try:
        return make()
    except (gpiozero.GPIOZeroError, OSError, ValueError, RuntimeError) as error:
        raise DriverError(f"the {what} on GPIO {pin} cannot be opened: {error}") from error


def _input(settings: PinSettings, what: str) -> Any:
    """A pin that is pulled to the level at which nothing is pressed. Bouncing is left to wearable/button.py."""

    def make() -> Any:
        from gpiozero import DigitalInputDevice

        return DigitalInputDevice(settings.pin, pull_up=settings.active_low)

    return _open(make, what, settings.pin)


class PinButton(drivers.Button):
    """A button between a pin and ground (or 3.3 V, if it is active high)."""

    def __init__(self, settings: PinSettings, now_ms: Callable[[], int]) -> None:
        """Belongs to the running loop. `now_ms` is the board's clock.

        Raises:
            DriverError: the pin cannot be had.
        """
        self._now_ms = now_ms
        self._loop = asyncio.get_running_loop()
        self._edges: asyncio.Queue[tuple[bool, int]] = asyncio.Queue(_MAX_EDGES)
        self._device = _input(settings, "button")
        self._device.when_activated = self._down
        self._device.when_deactivated = self._up
        if self._device.is_active:
            self._changed(True)  # held while the power came

    async def edge(self) -> tuple[bool, int]:
        """The next change."""
        return await self._edges.get()

    def close(self) -> None:
        """Gives the pin back."""
        self._device.close()

    def _down(self) -> None:
        self._changed(True)

    def _up(self) -> None:
        self._changed(False)

    def _changed(self, down: bool) -> None:
        """Called by gpiozero's thread."""
        try:
            self._loop.call_soon_threadsafe(self._queue, down, self._now_ms())
        except RuntimeError:
            return  # the program has ended meanwhile

    def _queue(self, down: bool, at_ms: int) -> None:
        if self._edges.full():
            self._edges.get_nowait()
        self._edges.put_nowait((down, at_ms))


class PinSwitch(drivers.Switch):
    """A switch that stays where it is put."""

    def __init__(self, settings: PinSettings) -> None:
        """Belongs to the running loop.

        Raises:
            DriverError: the pin cannot be had.
        """
        self._loop = asyncio.get_running_loop()
        self._moved = asyncio.Event()
        self._device = _input(settings, "privacy switch")
        self._device.when_activated = self._device.when_deactivated = self._changed

    @property
    def on(self) -> bool:
        """How it stands now: asked of the pin, not of what was told."""
        return bool(self._device.is_active)

    async def changed(self) -> None:
        """Waits for the next change."""
        before = self.on
        while self.on == before:
            self._moved.clear()
            if self.on != before:
                return
            await self._moved.wait()

    def close(self) -> None:
        """Gives the pin back."""
        self._device.close()

    def _changed(self) -> None:
        """Called by gpiozero's thread."""
        try:
            self._loop.call_soon_threadsafe(self._moved.set)
        except RuntimeError:
            return  # the program has ended meanwhile


class PinLed(drivers.Led):
    """A light with its resistor."""

    def __init__(self, settings: PinSettings) -> None:
        """Dark.

        Raises:
            DriverError: the pin cannot be had.
        """

        def make() -> Any:
            from gpiozero import DigitalOutputDevice

            return DigitalOutputDevice(settings.pin, active_high=not settings.active_low, initial_value=False)

        self._device = _open(make, "light", settings.pin)

    def set(self, on: bool) -> None:
        """Switches it."""
        self._device.value = on

    def close(self) -> None:
        """Dark, and gives the pin back."""
        self._device.close()
