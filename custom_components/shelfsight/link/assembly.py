"""Pictures put together from their parts: at most one at a time, never more than the limit."""

from dataclasses import dataclass

from .messages import PicturePart


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole JPEG as it came off the wire (not yet looked at); `taken_ms` on the wearable's clock."""

    sequence: int
    taken_ms: int
    jpeg: bytes


class PictureAssembly:
    """Joins the parts of one picture after the other; a gap or a change of mind drops the unfinished one."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._current: tuple[int, int, int] | None = None  # sequence, total, time_ms
        self.dropped = 0

    def add(self, part: PicturePart) -> Picture | None:
        """The picture, when this part was its last."""
        key = (part.sequence, part.total, part.time_ms)
        if part.offset == 0:
            if self._buffer:
                self.dropped += 1
            self._buffer = bytearray()
            self._current = key
        elif key != self._current or part.offset != len(self._buffer):
            if self._current is not None:
                self.dropped += 1
            self.clear()
            return None
        self._buffer += part.data
        if len(self._buffer) < part.total:
            return None
        jpeg = bytes(self._buffer)
        self.clear()
        return Picture(part.sequence, part.time_ms, jpeg)

    def clear(self) -> None:
        """Forget what is unfinished."""
        self._buffer = bytearray()
        self._current = None
