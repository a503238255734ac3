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
# A ping that waited for less than this in a queue says that there is room; from afar times differ more. One that waited for
# more than _QUEUE_MS says that too much is under way.
_ROOM_MS, _ROOM_SHARE = 3, 8
_QUEUE_MS = 30


class Pace:
    """The limit of one connection."""

    def __init__(self) -> None:
        self.limit_bytes = LEAST_BYTES
        self._asked_ms = None
        self._number = 0
        self._waiting = False
        self._in_picture = False
        self._least_ms = None

    def due(self, now_ms: int) -> bool:
        """Whether it is time for a ping, in the midst of a picture."""
        return self._asked_ms is None or now_ms - self._asked_ms >= (_LOST_MS if self._waiting else _EVERY_MS)

    def ask(self, in_picture: bool, now_ms: int) -> bytes:
        """What a ping carries that is sent now: in the midst of a picture, or when nothing is under way.

        That is when the connection opens, and at each press: a home that was busy once must not look far away for ever.
        """
        self._number = (self._number + 1) & 0xFF
        self._asked_ms = now_ms
        self._waiting = True
        self._in_picture = in_picture
        return bytes((self._number,))

    def answered(self, payload: bytes, now_ms: int) -> bool:
        """A pong came; returns whether the limit is another one now. Only the newest ping counts."""
        if not self._waiting or bytes(payload) != bytes((self._number,)):
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
        elif not self._in_picture:
            return False
        elif queue_ms < _ROOM_MS + self._least_ms // _ROOM_SHARE:
            self.limit_bytes = min(_MOST_BYTES, before * 3 // 2)
        elif queue_ms > _QUEUE_MS:
            self.limit_bytes = max(LEAST_BYTES, before // 2)
        return self.limit_bytes != before
