"""A bucket that leaks: how much may come in a while. Pure; the time comes in."""


class Allowance:
    """Allows `per_second` units on average and `burst` at once."""

    def __init__(self, per_second: float, burst: float, now_s: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._left = burst
        self._at_s = now_s

    def take(self, units: float, now_s: float) -> bool:
        """True when `units` more are allowed now."""
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_second)
        self._at_s = now_s
        if units > self._left:
            return False
        self._left -= units
        return True
