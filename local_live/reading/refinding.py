"""Finds a thing again in the next frame: a small part of it is read, round the place where it must be by now."""

from dataclasses import dataclass

from local_live.reading.finding import Run, find
from local_live.reading.labels import find_labels
from local_live.reading.level import Level
from local_live.reading.moving import Box
from local_live.reading.ocr import Reader
from local_live.reading.picture import Frame
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.shelves import Shelves

_ROOM_X, _ROOM_Y = 0.09, 0.07
"""How far round the place is read, in parts of the frame's width and height: what a registered view may be off, and a
whole label when only its middle is known."""

_LETTER_PX = 26.0
"""The part is brought to a size in which the boxes of its words are so high: read well, and no larger than need be."""

_LEAST_ZOOM, _MOST_ZOOM = 0.5, 2.5

_MOST_PX = 560.0
"""The longer side of what is read, in pixels as they are read; the time grows with its square."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a thing is in a frame, in pixels: ``box`` of the words of one pack (of a run, the nearest to the middle of
    the frame), ``letter`` the height of its words.
    """

    box: Box
    letter: float

    @property
    def x(self) -> float:
        """The middle, from the left."""
        return (self.box[0] + self.box[2]) / 2

    @property
    def y(self) -> float:
        """The middle, from the top."""
        return (self.box[1] + self.box[3]) / 2


def sighting(run: Run, width: float) -> Sighting:
    """A run of packs as the one place that is nearest to the middle of a frame of that width."""
    left, top, right, bottom = run.hit.box
    half = (right - left) / 2
    x = min(max(width / 2, run.left + half), max(run.left + half, run.right - half))
    return Sighting((x - half, top, x + half, bottom), max(word.height for word in run.hit.matched))


def find_again(reader: Reader, frame: Frame, thing: tuple[str, ...], last: Sighting) -> Sighting | None:
    """The thing, read round the place ``last`` in ``frame``, or None. Blocks for some tenths of a second."""
    height, width = frame.rgb.shape[:2]
    left, top, right, bottom = _part(last.box, width, height)
    if right - left < 24 or bottom - top < 16:
        return None
    zoom = min(_MOST_ZOOM, max(_LEAST_ZOOM, _LETTER_PX / max(1.0, last.letter)))
    zoom = min(zoom, max(_LEAST_ZOOM, _MOST_PX / max(right - left, bottom - top)))
    words = [
        word
        for word in reader.read(frame.rgb[top:bottom, left:right], zoom, (left, top))
        # What the edge of the part cuts through is read wrongly.
        if (word.left > left + 3 or left == 0) and (word.right < right - 3 or right == width)
    ]
    # Which shelf it is does not matter for so small a part: all of it is one.
    shelves = Shelves(Level(float(width), float(height)), (0.0, 1.0))
    part = ShelfMap(frame.rgb, tuple(words), shelves, tuple(find_labels(words, shelves)), ())
    places = [sighting(run, width) for run in find(part, thing)]
    return min(places, key=lambda place: abs(place.x - last.x) + abs(place.y - last.y), default=None)


def _part(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    return (
        max(0, int(box[0] - _ROOM_X * width)),
        max(0, int(box[1] - _ROOM_Y * height)),
        min(width, int(box[2] + _ROOM_X * width)),
        min(height, int(box[3] + _ROOM_Y * height)),
    )
