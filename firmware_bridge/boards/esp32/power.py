"""Saving power, the watchdog, and why the chip started.

| what the wearable does | processor | radio |
| --- | --- | --- |
| a question, an answer, dialling | 240 MHz | awake |
| nothing, linked | 80 MHz | sleeps between beacons (modem sleep), the link stays |
| nothing, no known network here | light sleep in slices, woken by the button | off |

MicroPython's `machine.lightsleep` stops the radio, and its builds leave out the automatic light sleep that would keep a
connection: while linked more than modem sleep is not to be had.
"""

import machine

_FULL_HZ, _IDLE_HZ = 240000000, 80000000  # 80 MHz is the least with Wi-Fi
_WATCHDOG_MS = 20000
SLICE_MS = 4000  # of light sleep: well within the watchdog's time

_RESET_NAMES = ("PWRON_RESET", "HARD_RESET", "WDT_RESET", "DEEPSLEEP_RESET", "SOFT_RESET")


def reset_cause() -> str:
    """Why the chip started, as MicroPython names it, in lower case: `wdt_reset`, `pwron_reset`, ..."""
    cause = machine.reset_cause()
    for name in _RESET_NAMES:
        if cause == getattr(machine, name, None):
            return name.lower()
    return "reset_%d" % cause


class Power:
    """The whole chip. `set_radio(awake)` is Wi-Fi's."""

    def __init__(self, set_radio: object, button_pin: object) -> None:
        """`button_pin` is a machine.Pin that is low while the button is down, or None."""
        self._set_radio = set_radio
        self._button_pin = button_pin
        self._watchdog = None
        self.idle = False

    def rest(self, idle: bool) -> None:
        """The wearable has nothing to do (True), or has (False)."""
        if idle == self.idle:
            return
        self.idle = idle
        machine.freq(_IDLE_HZ if idle else _FULL_HZ)
        self._set_radio(not idle)

    def alive(self) -> None:
        """Feeds the watchdog; the first time starts it."""
        if self._watchdog is None:
            self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)
        self._watchdog.feed()

    def sleep(self) -> None:
        """One slice of light sleep, shorter if the button is pressed. The radio has to be off."""
        if self._button_pin is not None:
            import esp32

            esp32.wake_on_ext0(self._button_pin, esp32.WAKEUP_ALL_LOW)
        if self._watchdog is not None:
            self._watchdog.feed()
        machine.lightsleep(SLICE_MS)
        if self._watchdog is not None:
            self._watchdog.feed()
