"""JPEGs out of a stream of bytes: the parts of a multipart body, or one after the other. Pure: bytes in, JPEGs out.

A JPEG says itself where it ends (ITU-T T.81, annex B): so neither boundaries nor lengths have to be believed, and what stands
between two pictures is passed over.

| state   | reads                                  | goes to                                                              |
| ------- | -------------------------------------- | -------------------------------------------------------------------- |
| BETWEEN | anything but a start of image          | MARKER at one                                                        |
| MARKER  | a marker, of one byte after 0xFF       | BETWEEN at the end of image, CODED or SEGMENT, MARKER at a bare one  |
| SEGMENT | its length, and so many bytes          | MARKER, or CODED after a start of scan                               |
| CODED   | coded data, up to the next marker      | MARKER                                                               |

A start of image where none belongs begins a new picture: the one before was cut short, and is dropped. So is one over the limit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
import re

from ..limits import PICTURE_LIMIT_BYTES

# A multipart's headers are a few hundred bytes; who sends more than this between two pictures sends no pictures.
BETWEEN_LIMIT_BYTES = 65_536

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_START_OF_IMAGE = b"\xff\xd8\xff"
# Coded data ends at a marker that is neither a stuffed 0xFF, nor a restart, nor filling.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


class NoPicturesError(Exception):
    """What comes is no stream of JPEGs."""


@dataclass(frozen=True, slots=True)
class Came:
    """A whole JPEG, and when its first byte came."""

    jpeg: bytes = field(repr=False)
    began_s: float


class _At(Enum):
    BETWEEN = auto()
    MARKER = auto()
    SEGMENT = auto()
    CODED = auto()


class PictureStream:
    """Cuts one stream into JPEGs. Holds at most one picture, and of one that nobody wants nothing."""

    def __init__(self) -> None:
        self._at = _At.BETWEEN
        self._tail = b""  # read, and not enough yet to go on with
        self._picture = bytearray()
        self._wanted = False
        self._size = 0
        self._segment_left = 0
        self._scan_follows = False
        self._between = 0
        self._began_s = 0.0
        self._now_s = 0.0
        self.dropped = 0
        """How many wanted pictures were cut short or too large."""

    def feed(self, data: bytes, now_s: float, *, wanted: bool) -> Iterator[Came]:
        """The pictures that are complete with `data`. One that begins while none is `wanted` is passed over.

        Raises:
            NoPicturesError: far more stands between two pictures than any sender would put there.
        """
        self._now_s = now_s
        data = self._tail + data
        position = 0
        while (after := self._step(data, position, wanted)) is not None:
            if self._at is _At.BETWEEN and self._picture:
                yield Came(bytes(self._picture), self._began_s)
                self._picture = bytearray()
            position = after
        self._tail = data[position:]

    def _step(self, data: bytes, position: int, wanted: bool) -> int | None:
        """Go on from `position`; where to go on from then, or None when more must come first."""
        match self._at:
            case _At.BETWEEN:
                return self._between_pictures(data, position, wanted)
            case _At.MARKER:
                return self._marker(data, position, wanted)
            case _At.SEGMENT:
                return self._segment(data, position)
            case _At.CODED:
                return self._coded(data, position)

    def _between_pictures(self, data: bytes, position: int, wanted: bool) -> int | None:
        found = data.find(_START_OF_IMAGE, position)
        passed = (found if found >= 0 else max(position, len(data) - 2)) - position
        self._between += passed
        if self._between > BETWEEN_LIMIT_BYTES:
            raise NoPicturesError("no JPEG in it")
        if found >= 0:
            self._begin(wanted)
            return found + 2
        return position + passed if passed else None

    def _begin(self, wanted: bool) -> None:
        if self._picture:
            self.dropped += 1
        self._picture = bytearray(_START_OF_IMAGE[:2] if wanted else b"")
        self._wanted = wanted
        self._size = 2
        self._began_s = self._now_s
        self._between = 0
        self._at = _At.MARKER

    def _marker(self, data: bytes, position: int, wanted: bool) -> int | None:
        if len(data) - position < 2:
            return None
        marker = data[position + 1]
        if data[position] != 0xFF:
            self._drop()
            return position
        if marker == 0xFF:  # filling
            self._keep(b"\xff")
            return position + 1
        if marker == _START:
            self._begin(wanted)
            return position + 2
        if marker == _END:
            self._keep(data[position : position + 2])
            self._at = _At.BETWEEN
            return position + 2
        if 0xD0 <= marker <= 0xD7 or marker == 0x01:  # alone, without a length
            self._keep(data[position : position + 2])
            return position + 2
        if len(data) - position < 4:
            return None
        length = int.from_bytes(data[position + 2 : position + 4])
        if length < 2 or marker == 0x00:
            self._drop()
            return position + 2
        self._segment_left = length + 2
        self._scan_follows = marker == _SCAN
        self._at = _At.SEGMENT
        return position

    def _segment(self, data: bytes, position: int) -> int | None:
        there = min(self._segment_left, len(data) - position)
        if not there:
            return None
        self._keep(data[position : position + there])
        self._segment_left -= there
        if not self._segment_left and self._at is _At.SEGMENT:
            self._at = _At.CODED if self._scan_follows else _At.MARKER
        return position + there

    def _coded(self, data: bytes, position: int) -> int | None:
        found = _MARKER.search(data, position)
        # The last byte may be the first half of a marker.
        stop = found.start() if found is not None else max(position, len(data) - 1)
        self._keep(data[position:stop])
        if found is not None and self._at is _At.CODED:
            self._at = _At.MARKER
            return stop
        return stop if stop > position else None

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > PICTURE_LIMIT_BYTES:
            self._drop()
        elif self._wanted:
            self._picture += piece

    def _drop(self) -> None:
        """This is no picture, or none that is taken: look for the next."""
        self.dropped += bool(self._picture)
        self._picture = bytearray()
        self._at = _At.BETWEEN
