"""Time: milliseconds for the logic, and the date, which certificates need."""

import time

import machine
from wearable import drivers

_EARLIEST_YEAR = 2025  # this program is younger: a date before is a clock that nobody has set


class BoardClock(drivers.Clock):
    """MicroPython's ticks, which wrap after some days, made into a time that does not."""

    def __init__(self) -> None:
        self._ticks = time.ticks_ms()
        self._ms = 0

    def ms(self) -> int:
        """The time now; to be asked at least once in six days (half of the ticks' period)."""
        ticks = time.ticks_ms()
        self._ms += time.ticks_diff(ticks, self._ticks)
        self._ticks = ticks
        return self._ms

    def ms_at(self, ticks: int) -> int:
        """The time that was when `time.ticks_ms()` gave `ticks`."""
        now_ms = self.ms()
        return now_ms - time.ticks_diff(self._ticks, ticks)


def is_set() -> bool:
    """Whether the date is plausible."""
    return time.gmtime()[0] >= _EARLIEST_YEAR


def set_date(unix_s: int) -> None:
    """Sets the date, given as seconds since 1970."""
    # gmtime counts from the port's own epoch (2000 on an ESP32, 1970 elsewhere).
    year, month, day, hour, minute, second = time.gmtime(unix_s - _epoch_s())[:6]
    machine.RTC().datetime((year, month, day, 0, hour, minute, second, 0))


def _epoch_s() -> int:
    return 946684800 if time.gmtime(0)[0] == 2000 else 0
