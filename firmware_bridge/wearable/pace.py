"""How much of what was sent the system may hold. Pure.

Sound waits for all that is ahead of it: little has to be there where the link is slow. But where the home is far away much
has to be under way at once, or pictures take for ever. How long a WebSocket ping takes in the midst of a picture tells the
two apart: longer than without a picture means that it waited in a queue, and then the limit is lowered.
"""

LEAST_BYTES = 4096
_MOST_BYTES = 65536
# A home allows ten pings and pongs a second (of a wearable that keeps within its limits).
_EVERY_MS = 120
_LOST_MS = 2000
_FAR_MS = 25
_QUEUE_MS = (10, 30)  # less than the first: there is room; more than the second: too much is under way


class Pace:
    """The limit of one connection."""

    def __init__(self) -> None:
        self.limit_bytes = LEAST_BYTES
        self._asked_ms = None
        self._waiting = False
        self._least_ms = None

    def ask(self, now_ms: int) -> bool:
        """Whether to send a ping now; to be asked when the connection opens, and in the midst of pictures."""
        if self._asked_ms is not None and now_ms - self._asked_ms < (_LOST_MS if self._waiting else _EVERY_MS):
            return False
        self._asked_ms = now_ms
        self._waiting = True
        return True

    def answered(self, now_ms: int) -> bool:
        """A pong came; returns whether the limit is another one now."""
        if not self._waiting:
            return False
        self._waiting = False
        took_ms = now_ms - self._asked_ms
        first = self._least_ms is None
        if first or took_ms < self._least_ms:
            self._least_ms = took_ms
        queue_ms, before = took_ms - self._least_ms, self.limit_bytes
        if first:
            # Asked when the connection opened, nothing was ahead of it: that is the way there and back.
            self.limit_bytes = min(_MOST_BYTES, before * (1 + took_ms // _FAR_MS))
        elif queue_ms < _QUEUE_MS[0]:
            self.limit_bytes = min(_MOST_BYTES, before * 3 // 2)
        elif queue_ms > _QUEUE_MS[1]:
            self.limit_bytes = max(LEAST_BYTES, before // 2)
        return self.limit_bytes != before
