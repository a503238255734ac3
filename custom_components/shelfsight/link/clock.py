"""The wearable's clock in the home's terms, from the stamps its messages carry."""

_WRAP_MS = 1 << 32

# Stamps are cut to whole milliseconds, and the offset gets better with every faster message: what happened at once may seem
# to have happened this much too early.
STAMP_SLACK_S = 0.02


class WearableClock:
    """Learns the offset between the two clocks as the smallest delay seen. Stamps are u32 milliseconds that wrap."""

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._last_ms = 0
        self._turns = 0

    def _unwrapped_ms(self, stamp_ms: int) -> int:
        """Stamps of one connection never lie half a turn apart."""
        difference = stamp_ms - self._last_ms
        if difference < -_WRAP_MS // 2:
            self._turns += 1
        elif difference > _WRAP_MS // 2:
            return stamp_ms + (self._turns - 1) * _WRAP_MS  # a late message from before the wrap
        self._last_ms = stamp_ms
        return stamp_ms + self._turns * _WRAP_MS

    def stamp_s(self, stamp_ms: int, received_s: float) -> float:
        """A stamp in seconds that do not wrap, of the wearable's clock; the offset is learnt on the way."""
        wearable_s = self._unwrapped_ms(stamp_ms) / 1000
        offset_s = received_s - wearable_s
        if self._offset_s is None or offset_s < self._offset_s:
            self._offset_s = offset_s
        return wearable_s

    def to_home_s(self, stamp_s: float) -> float:
        """The home's seconds for a stamp, as well as is known by now: it may move to earlier, never to later."""
        return stamp_s + (self._offset_s or 0.0)

    def home_s(self, stamp_ms: int, received_s: float) -> float:
        """When something stamped `stamp_ms` that came in at `received_s` happened, in the home's seconds.

        Never later than `received_s`; wrong by no more than the fastest message's time on the way.
        """
        return self.to_home_s(self.stamp_s(stamp_ms, received_s))
