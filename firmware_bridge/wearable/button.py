"""From the raw edges of a button to press, hold, release, double and long. Pure: times come in, in milliseconds.

| state | edge or time | event | next |
| --- | --- | --- | --- |
| up | down | press; also double, if the last press began less than DOUBLE_MS ago | down |
| down | HOLD_MS pass | hold, once | down |
| down | LONG_MS pass | long, once | down |
| down | up | release | up |

An edge is believed at once, so that a press costs no time; for DEBOUNCE_MS after it nothing else is, and then the level
that was seen last counts: a bounce is not lost if it was none.
"""

DEBOUNCE_MS = 20
DOUBLE_MS = 500
HOLD_MS = 500
LONG_MS = 5000

PRESS, RELEASE, DOUBLE, HOLD, LONG = "press", "release", "double", "hold", "long"
_HELD = ((HOLD_MS, HOLD), (LONG_MS, LONG))


class ButtonState:
    """What the button is doing. `press` is the number of the newest press since power on."""

    def __init__(self) -> None:
        self.press = 0
        self.down = False
        self._level = False
        self._changed_ms = None
        self._pressed_ms = None
        self._held_said = 0  # how many of _HELD

    def edge(self, down: bool, at_ms: int) -> list:
        """Takes one raw edge; returns the events it makes, in order."""
        self._level = down
        return self._follow(at_ms)

    def tick(self, now_ms: int) -> list:
        """To be called every 50 ms or so; returns the events that time makes."""
        events = self._follow(now_ms)
        while self.down and self._held_said < len(_HELD) and now_ms - self._pressed_ms >= _HELD[self._held_said][0]:
            events.append(_HELD[self._held_said][1])
            self._held_said += 1
        return events

    def _follow(self, now_ms: int) -> list:
        if self._level == self.down:
            return []
        if self._changed_ms is not None and now_ms - self._changed_ms < DEBOUNCE_MS:
            return []
        self._changed_ms = now_ms
        self.down = self._level
        if not self.down:
            return [RELEASE]
        twice = self._pressed_ms is not None and now_ms - self._pressed_ms < DOUBLE_MS
        self._pressed_ms = now_ms
        self._held_said = 0
        self.press += 1
        return [PRESS, DOUBLE] if twice else [PRESS]
