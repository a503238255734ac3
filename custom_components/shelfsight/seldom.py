"""Log lines that somebody outside can cause: one a minute for each cause, with a count. Pure; the time comes in."""

EVERY_S = 60.0
_CAUSES = 64
_OTHERS = "others"


class Seldom:
    """Says when a line is due. More causes in a minute than it keeps share one line, called `others`."""

    def __init__(self, every_s: float = EVERY_S, causes: int = _CAUSES) -> None:
        self._every_s = every_s
        self._causes = causes
        self._told: dict[str, tuple[float, int]] = {}  # when the last line was due, and how often it happened since

    def due(self, cause: str, now_s: float) -> tuple[str, int] | None:
        """It happened again: (whose line, how often since its last line, with this time), or None when no line is due."""
        if cause not in self._told:
            if len(self._told) >= self._causes:
                self._told = {one: told for one, told in self._told.items() if now_s - told[0] < self._every_s}
            if len(self._told) >= self._causes:
                cause = _OTHERS
        at_s, count = self._told.get(cause, (float("-inf"), 0))
        if now_s - at_s < self._every_s:
            self._told[cause] = (at_s, count + 1)
            return None
        self._told[cause] = (now_s, 0)
        return cause, count + 1
