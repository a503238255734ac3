"""Two wearables with one id, told apart from one that comes back. Pure; the time comes in.

A copied memory card or flash makes two wearables that share id and key: each that connects throws the other one out, which
waits 15 to 30 s and does the same. One wearable whose network is bad replaces its own connection as well, but that one is
dead: only those that answered the goodbye count here.
"""

from collections import deque

REPLACEMENTS = 3
WITHIN_S = 120.0
OVER_AFTER_S = 300.0


class Rivalry:
    """One id's replacements that a living wearable answered."""

    def __init__(self) -> None:
        self._at_s: deque[float] = deque(maxlen=REPLACEMENTS)

    def replaced(self, now_s: float) -> bool:
        """One more; True when two wearables share this id, as far as can be told."""
        self._at_s.append(now_s)
        return len(self._at_s) == REPLACEMENTS and now_s - self._at_s[0] <= WITHIN_S
