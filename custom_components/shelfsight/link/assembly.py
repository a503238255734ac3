"""Pictures put together from their parts: at most one at a time, never more than the limit."""

from dataclasses import dataclass

from .limits import PICTURE_LIMIT_BYTES, PICTURE_PART_LIMIT_BYTES
from .messages import PicturePart

# The largest picture in the largest parts comes in so many; a part of one byte takes forty in memory, so more are joined at once.
_MOST_APART = PICTURE_LIMIT_BYTES // PICTURE_PART_LIMIT_BYTES


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole JPEG as it came off the wire (not yet looked at); `taken_ms` on the wearable's clock."""

    sequence: int
    taken_ms: int
    jpeg: bytes


class PictureAssembly:
    """Joins the parts of one picture after the other; a gap or a change of mind drops the unfinished one."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size_bytes = 0
        self._current: tuple[int, int, int] | None = None  # sequence, total, time_ms
        self.dropped = 0

    def add(self, part: PicturePart) -> Picture | None:
        """The picture, when this part was its last."""
        key = (part.sequence, part.total, part.time_ms)
        if part.offset == 0:
            if self._parts:
                self.dropped += 1
            self.clear()
            self._current = key
        elif key != self._current or part.offset != self._size_bytes:
            if self._current is not None:
                self.dropped += 1
            self.clear()
            return None
        if len(self._parts) == _MOST_APART:
            self._parts = [b"".join(self._parts)]
        self._parts.append(part.data)
        self._size_bytes += len(part.data)
        if self._size_bytes < part.total:
            return None
        jpeg = b"".join(self._parts)  # once: a buffer that grows is moved again and again
        self.clear()
        return Picture(part.sequence, part.time_ms, jpeg)

    def clear(self) -> None:
        """Forget what is unfinished."""
        self._parts = []
        self._size_bytes = 0
        self._current = None
