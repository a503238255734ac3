"""How full the battery is, where the wearable's power board can say so."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ...wearable.drivers import DriverError
from .settings import BatterySettings

_EVERY_S = 30
_POWER_SUPPLY = Path("/sys/class/power_supply")


@dataclass(frozen=True, slots=True)
class Charge:
    """`percent` 0 to 100; `charging` None if it is not known."""

    percent: int
    charging: bool | None


class Gauge(Protocol):
    """What measures. Power boards differ: another one is one more class with this method."""

    def read(self) -> Charge:
        """Measures; may block for some milliseconds.

        Raises:
            DriverError: it cannot.
        """


class Max17048:
    """Analog Devices' MAX17048 fuel gauge at I2C address 0x36 (its data sheet, table 2: registers)."""

    _ADDRESS, _SOC, _CRATE = 0x36, 0x04, 0x16
    # CRATE is signed, 0.208 % an hour a step. A full cell on the charger drifts around nothing.
    _CHARGING_STEPS = 5

    def __init__(self, bus: Any) -> None:
        """`bus` is an open smbus2.SMBus."""
        self._bus = bus

    def read(self) -> Charge:
        """The state of charge, and whether it rises."""
        try:
            soc = self._word(self._SOC)
            rate = self._word(self._CRATE)
        except OSError as error:
            raise DriverError(f"the battery's gauge does not answer: {error.strerror}") from error
        signed = rate - 0x10000 if rate & 0x8000 else rate
        # SOC's upper byte is whole percents; a cell may read a little above 100.
        return Charge(min(100, (soc + 128) >> 8), signed >= self._CHARGING_STEPS)

    def _word(self, register: int) -> int:
        """SMBus reads words low byte first, the chip sends the high one first."""
        word = self._bus.read_word_data(self._ADDRESS, register)
        return (word & 0xFF) << 8 | word >> 8


class PowerSupply:
    """A battery for which the kernel has a driver: a folder of /sys/class/power_supply."""

    def __init__(self, folder: Path) -> None:
        """`folder` has `capacity` and perhaps `status`."""
        self._folder = folder

    def read(self) -> Charge:
        """What the kernel says."""
        try:
            percent = int((self._folder / "capacity").read_text())
        except (OSError, ValueError) as error:
            raise DriverError(f"no battery in {self._folder}: {error}") from error
        try:
            status = (self._folder / "status").read_text().strip()
        except OSError:
            status = "Unknown"
        charging = None if status == "Unknown" else status in ("Charging", "Full", "Not charging")
        return Charge(min(100, max(0, percent)), charging)


def open_gauge(settings: BatterySettings) -> Gauge:
    """The gauge of the settings.

    Raises:
        DriverError: its bus cannot be opened.
    """
    if settings.kind == "file":
        return PowerSupply(_POWER_SUPPLY / settings.folder)
    try:
        import smbus2

        return Max17048(smbus2.SMBus(settings.bus))
    except (ImportError, OSError) as error:
        raise DriverError(f"the battery's I2C bus {settings.bus} cannot be opened: {error}") from error


class Battery:
    """Measures now and then, in a thread, so that asking is quick."""

    def __init__(self, gauge: Gauge, report: Callable[..., None]) -> None:
        """`report(event, **details)` is told once when it begins to fail."""
        self._gauge = gauge
        self._report = report
        self._failing = False
        self.charge: Charge | None = None

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                self.charge = await asyncio.to_thread(self._gauge.read)
                self._failing = False
            except DriverError as error:
                self.charge = None
                if not self._failing:
                    self._failing = True
                    self._report("no_battery_reading", reason=str(error))
            await asyncio.sleep(_EVERY_S)
