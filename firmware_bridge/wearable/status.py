"""What the wearable knows of itself: when the home is told, and when the person has to hear of it. Pure.

PROTOCOL.md, section 4, `state`: privacy at once; other changes that matter at most every 10 s while somebody asks or
listens and every 60 s else; free memory is told along with them and is never a reason.
"""

POLL_MS = 10000
_BUSY_MS = 10000
_IDLE_MS = 60000
_SIGNAL_DB = 6
_LOW_PERCENT = (15, 5)
_JITTER_PERCENT = 5  # a battery has to rise by so much above a warning before that is given again


class StateReports:
    """Decides when a `state` message goes out."""

    def __init__(self) -> None:
        self._told = None
        self._told_ms = 0

    def opened(self) -> None:
        """A connection begins: the home knows nothing yet."""
        self._told = None

    def due(self, state: dict, busy: bool, now_ms: int) -> bool:
        """Whether the home has to be told of `state` (as in the message) now; then it counts as told."""
        if not state:
            return False
        told = self._told
        if told is None or state.get("privacy") != told.get("privacy"):
            due = True
        else:
            due = now_ms - self._told_ms >= (_BUSY_MS if busy else _IDLE_MS) and _matters(state, told)
        if due:
            self._told, self._told_ms = state, now_ms
        return due


def _matters(state: dict, told: dict) -> bool:
    if any(state.get(name) != told.get(name) for name in ("battery_percent", "charging")):
        return True
    signal, before = state.get("rssi_dbm"), told.get("rssi_dbm")
    if signal is None or before is None:
        return signal != before
    return abs(signal - before) >= _SIGNAL_DB


class BatteryWatch:
    """Decides when the person hears that the battery is low: at 15 % and at 5 %, each once per discharge."""

    def __init__(self) -> None:
        self._warned = 0  # how many of _LOW_PERCENT

    def low(self, percent: int | None, charging: bool) -> bool:
        """Takes a measurement; returns whether to warn."""
        if percent is None:
            return False
        if charging:
            self._warned = 0
            return False
        while self._warned and percent >= _LOW_PERCENT[self._warned - 1] + _JITTER_PERCENT:
            self._warned -= 1
        reached = sum(1 for level in _LOW_PERCENT if percent <= level)
        if reached <= self._warned:
            return False
        self._warned = reached
        return True
