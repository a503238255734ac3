"""Finds a thing again in the next frame: a small part of it is read, round the place where it must be by now."""

from dataclasses import dataclass

from local_live.reading.finding import Run, find
from local_live.reading.labels import find_labels
from local_live.reading.level import Level
from local_live.reading.moving import Box
from local_live.reading.ocr import Reader
from local_live.reading.picture import Frame
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.shelves import one_bay

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
    """Where a thing is in a frame, in pixels.

    ``run`` is left and right of all its packs that stand side by side, ``words`` the box of the words of one of them,
    ``letter`` the height of these words.
    """

    run: tuple[float, float]
    words: Box
    letter: float

    def aim(self, width: float) -> Box:
        """The box of a pack's words at that place of the run which is nearest to the middle of a frame of that width."""
        left, top, right, bottom = self.words
        half = (right - left) / 2
        x = min(max(width / 2, self.run[0] + half), max(self.run[0] + half, self.run[1] - half))
        return x - half, top, x + half, bottom


def sighting(run: Run) -> Sighting:
    """What was found, as something to follow."""
    return Sighting((run.left, run.right), run.hit.box, max(word.height for word in run.hit.matched))


def find_again(reader: Reader, frame: Frame, thing: tuple[str, ...], last: Sighting) -> Sighting | None:
    """The thing, read round the place ``last`` in ``frame``, or None. Blocks for some tenths of a second."""
    height, width = frame.rgb.shape[:2]
    left, top, right, bottom = _part(last.aim(width), width, height)
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
    shelves = one_bay(Level(float(width), float(height)), (0.0, 1.0))
    part = ShelfMap(frame.rgb, tuple(words), shelves, tuple(find_labels(words, shelves)), ())
    aim = last.aim(width)
    places = [sighting(run) for run in find(part, thing)]
    place = min(places, key=lambda place: _apart(place.aim(width), aim), default=None)
    return Sighting(_whole_run(last.run, place), place.words, place.letter) if place else None


def _apart(one: Box, other: Box) -> float:
    return abs(one[0] + one[2] - other[0] - other[2]) + abs(one[1] + one[3] - other[1] - other[3])


def _whole_run(last: tuple[float, float], place: Sighting) -> tuple[float, float]:
    """A run of which a part was read: its ends as they were read now, or where they are expected if not read."""
    half = (place.words[2] - place.words[0]) / 2
    left = place.run[0] if place.run[0] < last[0] + half else last[0]
    right = place.run[1] if place.run[1] > last[1] - half else last[1]
    return left, right


def _part(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    return (
        max(0, int(box[0] - _ROOM_X * width)),
        max(0, int(box[1] - _ROOM_Y * height)),
        min(width, int(box[2] + _ROOM_X * width)),
        min(height, int(box[3] + _ROOM_Y * height)),
    )
