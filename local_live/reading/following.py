"""Follows one thing from frame to frame: how the view moved says where it must be, reading it there says that it is.

| what is known                                        | what it is      |
| ---------------------------------------------------- | --------------- |
| its words were read where it must be                 | in view, read   |
| they were not, but the place looks as it did         | in view         |
| how the view moved leads out of the frame            | out of view     |
| it leads to the edge of the frame, which cuts it     | in view         |
| it leads to a place in the frame that looks otherwise | covered         |
| how the view moved cannot be said                    | lost            |
"""

from dataclasses import dataclass, replace
from enum import Enum
import itertools
from statistics import median

from local_live.reading.correcting import Direction, Offset
from local_live.reading.finding import find
from local_live.reading.looking import Seen
from local_live.reading.moving import Box, Move, alike_at, moved
from local_live.reading.ocr import Reader
from local_live.reading.picture import Frame
from local_live.reading.refinding import Sighting, find_again, sighting
from local_live.reading.shelfmap import ShelfMap

_SAME = 0.7
"""So alike (-1 to 1) the place of a thing must look, that it is taken for the thing without its words."""

_REACH = 0.1
"""So far beyond the frame, in parts of it, a thing is still looked for at its edge: following errs a little."""

_EDGE = 0.01
"""Of the frame's width: what is so near to an edge may be cut by it, for the place is known no better."""


class Where(Enum):
    """What is known of a thing in the newest frame; the table above."""

    IN_VIEW = "in view"
    OUT_OF_VIEW = "out of view"
    COVERED = "covered"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Track:
    """Where a thing is in ``frame``, perhaps outside; ``shelf_px`` is the height of a shelf there, if known.

    ``read_in`` and ``read_at`` are the last frame in which its words were read, and where.
    """

    frame: Frame
    last: Sighting
    shelf_px: float | None
    read_in: Frame
    read_at: Box

    @property
    def offset(self) -> Offset:
        """From the middle of the frame."""
        height, width = self.frame.rgb.shape[:2]
        shelf = self.shelf_px / height if self.shelf_px else None
        left, top, right, bottom = self.last.aim(width)
        return Offset((left + right) / 2 / width - 0.5, (top + bottom) / 2 / height - 0.5, height / width, shelf)


def begin(seen: Seen, thing: tuple[str, ...], near: Box | None = None) -> Track | None:
    """A track from a frame that was read as a whole: the surest place of a thing, or the one nearest to ``near``."""
    places = [sighting(run) for run in find(seen.shelf_map, thing)]
    if not places:
        return None
    place = places[0]
    if near:
        place = min(places, key=lambda one: _apart(one, near))
    return Track(seen.frame, place, shelf_height_px(seen.shelf_map), seen.frame, place.words)


def shelf_height_px(shelf_map: ShelfMap) -> float | None:
    """The usual height of the shelves that are seen whole, or None where none is."""
    bays = shelf_map.shelves.bays if shelf_map.shelves else ()
    heights = [low - high for bay in bays for high, low in itertools.pairwise(bay.rails) if high > 0.0 and low < 1.0]
    return median(heights) * shelf_map.height if heights else None


def follow(reader: Reader, track: Track, frame: Frame, thing: tuple[str, ...]) -> tuple[Track, Where]:
    """The track in the next frame, and what is known there. Blocks for some tenths of a second.

    A lost track stays in the frame in which it was last known, so that a view that comes back finds it.
    """
    height, width = frame.rgb.shape[:2]
    move = moved(track.frame, frame)
    expected = _moved(track.last, move, width, height) if move else track.last
    scale = move.scale if move else 1.0
    known = replace(track, frame=frame, last=expected, shelf_px=track.shelf_px * scale if track.shelf_px else None)
    aim = expected.aim(width)
    if _near(aim, width, height):
        again = find_again(reader, frame, thing, expected)
        if again:
            # How much larger it became is known from the view, or else from the letters.
            by_letters = again.letter / expected.letter if not move else 1.0
            shelf_px = known.shelf_px * by_letters if known.shelf_px else None
            return Track(frame, again, shelf_px, frame, again.words), Where.IN_VIEW
    if move is None:
        return track, Where.LOST
    if not _inside(aim, width, height):
        return known, Where.OUT_OF_VIEW
    if _is_cut(aim, width, height) or _is_cut(expected.words, width, height):
        return known, Where.IN_VIEW
    if alike_at(track.read_in, track.read_at, frame, expected.words) >= _SAME:
        return known, Where.IN_VIEW
    return known, Where.COVERED


def way_back(track: Track) -> Direction | None:
    """In which direction a thing was last known to be, or None where it was in the middle."""
    offset = track.offset
    across, along = offset.right, offset.down * offset.aspect
    if max(abs(across), abs(along)) < 0.15:
        return None
    if abs(across) - 0.5 >= abs(along) - 0.5 * offset.aspect:
        return Direction.RIGHT if across > 0 else Direction.LEFT
    return Direction.DOWN if along > 0 else Direction.UP


def _moved(last: Sighting, move: Move, width: float, height: float) -> Sighting:
    left, _, right, _ = move.box((last.run[0], 0.0, last.run[1], 0.0), width, height)
    return Sighting((left, right), move.box(last.words, width, height), last.letter * move.scale)


def _apart(place: Sighting, box: Box) -> float:
    """How far, in pixels, a run is from the middle of a box."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return max(place.run[0] - x, x - place.run[1], 0.0) + abs(y - (place.words[1] + place.words[3]) / 2)


def _near(box: Box, width: int, height: int) -> bool:
    x, y = (box[0] + box[2]) / 2 / width, (box[1] + box[3]) / 2 / height
    return -_REACH < x < 1 + _REACH and -_REACH < y < 1 + _REACH


def _inside(box: Box, width: int, height: int) -> bool:
    """Whether the middle of a box is in the frame."""
    return 0 <= box[0] + box[2] <= 2 * width and 0 <= box[1] + box[3] <= 2 * height


def _is_cut(box: Box, width: int, height: int) -> bool:
    """Whether the edge of the frame may cut through a box, so that nothing in it can be read or compared."""
    room = _EDGE * width
    return box[0] < room or box[1] < room or box[2] > width - room or box[3] > height - room
