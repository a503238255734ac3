"""How much may come in a while. Pure; the time comes in."""

from enum import Enum


class Allowance:
    """A bucket that leaks: allows `per_second` units on average and `burst` at once."""

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


class Kind(Enum):
    """What a wearable sends, each with messages a second on average, and at once after the network stood still."""

    TEXT = (20, 200)
    """Buttons, five reports of playback a second, state."""
    SOUND = (100, 1500)
    """50 chunks of 20 ms a second; 30 s of them, which is more than a wearable keeps."""
    PICTURE = (1024, 2048)
    """Parts of 4 KiB: two of the largest pictures a second."""
    UNKNOWN = (100, 200)
    """Streams of a later version."""
    CONTROL = (10, 50)
    """WebSocket's own pings and pongs."""


_BYTES_PER_S, _BYTES_BURST = 4 * 1024 * 1024, 8 * 1024 * 1024


class Budget:
    """What one connection may send."""

    def __init__(self, now_s: float) -> None:
        self._messages = {kind: Allowance(*kind.value, now_s) for kind in Kind}
        self._bytes = Allowance(_BYTES_PER_S, _BYTES_BURST, now_s)

    def take(self, kind: Kind, size_bytes: int, now_s: float) -> bool:
        """True when one more message of this kind and size is allowed now."""
        return self._messages[kind].take(1, now_s) and self._bytes.take(size_bytes, now_s)
