"""The board's clock."""

import time

from ...wearable import drivers


class MonotonicClock(drivers.Clock):
    """This computer's monotonic clock."""

    def ms(self) -> int:
        """Milliseconds from some start."""
        return time.monotonic_ns() // 1_000_000
