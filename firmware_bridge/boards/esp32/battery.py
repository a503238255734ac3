"""How full the battery is, from its voltage at an ADC pin behind two equal resistors."""

from machine import ADC, Pin

_SAMPLES = 8
_DIVIDER = 2
# Open-circuit voltage of a LiPo cell, as commonly measured at a light load; (millivolts, percent), rising.
_CURVE = ((3300, 0), (3600, 10), (3700, 25), (3750, 40), (3800, 50), (3870, 60), (3950, 75), (4050, 90), (4180, 100))
_NO_BATTERY_MV = 2500  # a cell's own protection has cut it off before; with no cell the pin floats around here


def percent_of(millivolts: int) -> int:
    """Percent of a LiPo cell at this voltage, between the points of the curve in straight lines."""
    before = _CURVE[0]
    for point in _CURVE:
        if millivolts < point[0]:
            span_mv = point[0] - before[0]
            return before[1] + (point[1] - before[1]) * (millivolts - before[0]) // span_mv if span_mv else 0
        before = point
    return 100


class Battery:
    """A cell behind a divider."""

    def __init__(self, pin: int) -> None:
        self._adc = ADC(Pin(pin), atten=ADC.ATTN_11DB)

    def millivolts(self) -> int:
        """The cell's voltage, averaged over some samples."""
        total_uv = sum(self._adc.read_uv() for _ in range(_SAMPLES))
        return total_uv * _DIVIDER // (_SAMPLES * 1000)

    def percent(self) -> int | None:
        """How full it is; None where there seems to be no cell."""
        millivolts = self.millivolts()
        return None if millivolts < _NO_BATTERY_MV else percent_of(millivolts)
