"""The map: everything that was read in one frame, and where it stands."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
import numpy.typing as npt

from local_live.reading.labels import Label, find_labels
from local_live.reading.level import Lie, lie
from local_live.reading.prices import price
from local_live.reading.shelves import Shelves, find_shelves
from local_live.reading.words import Word, plain

SIDES = ("far left", "left", "middle", "right", "far right")
"""Fifths of the frame, so that any point of a fifth is at most a tenth of the width from its middle."""

_RAIL = 0.045
"""How far from its rail, in parts of the frame's height, a tag hangs at most."""

_EDGE = 0.012
"""So near to an edge of the frame, in parts of its height, words are cut off by it, or the next pack would be."""

_SEVERAL, _WIDE = 3, 0.4
"""Labels that the edge cuts, and over which part of the width they are spread at least."""

_PART = 0.6
"""A shelf at the frame's edge that is lower than this part of the others is seen in part."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A price on a rail: below which shelf, and as which word it was read."""

    price: str
    shelf: int
    word: Word

    @property
    def x(self) -> float:
        """The middle, from the left, in pixels."""
        return self.word.x


@dataclass(frozen=True, slots=True)
class ShelfMap:
    """A frame (height x width x 3) with its words, its shelves if any were found, the labels and the prices on them.

    ``lie`` does not depend on what was read, and is kept for the next map of the same frame.
    """

    rgb: npt.NDArray[np.uint8]
    words: tuple[Word, ...]
    shelves: Shelves | None
    labels: tuple[Label, ...]
    tags: tuple[Tag, ...]
    lie: Lie | None = None

    @property
    def width(self) -> int:
        """Of the frame, in pixels."""
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        """Of the frame, in pixels."""
        return int(self.rgb.shape[0])

    @property
    def shelf_count(self) -> int:
        """How many shelves are seen; where bays stand side by side, in that with most of them."""
        return self.shelves.count if self.shelves else 0

    def count_at(self, label: Label) -> int:
        """How many shelves are seen in the bay of a label."""
        if self.shelves is None:
            return 0
        return len(self.shelves.bay_of(label.x, (label.top + label.bottom) / 2).rails) - 1

    @property
    def is_cut(self) -> bool:
        """Whether there may be more shelves above the first or below the last one that is seen."""
        return self.shelves is not None and is_cut(self.shelves, self.labels, self.height)

    def side(self, x: float) -> str:
        """The name of the fifth in which x (pixels) lies."""
        return SIDES[min(4, max(0, int(5 * x / self.width)))]


def draw_up(rgb: npt.NDArray[np.uint8], words: list[Word], lying: Lie | None = None) -> ShelfMap:
    """The map of a frame from the words that were read in it; ``lying`` is how its shelves lie, where that is known."""
    lying = lying or lie(rgb)
    shelves = find_shelves(lying, words)
    if shelves is None:
        return ShelfMap(rgb, tuple(words), None, (), (), lying)
    labels, tags = tuple(find_labels(words, shelves)), tuple(_tags(words, shelves))
    return ShelfMap(rgb, tuple(words), shelves, labels, tags, lying)


def redraw(shelf_map: ShelfMap, words: list[Word]) -> ShelfMap:
    """The map of the same frame from more words; the same map where there are no others."""
    return shelf_map if tuple(words) == shelf_map.words else draw_up(shelf_map.rgb, words, shelf_map.lie)


def is_cut(shelves: Shelves, labels: tuple[Label, ...], height_px: int) -> bool:
    """Whether the frame's upper or lower edge cuts through a shelf: it is much lower than the others, or the words of several
    packs reach the edge (those of one may be a sign's).
    """
    bays = [bay.rails for bay in shelves.bays]
    inner = [low - high for rails in bays for high, low in pairwise(rails) if high > 0.0 and low < 1.0]
    usual = median(inner) if inner else 0.0
    edge = _EDGE * height_px
    above = [label.x for label in labels if label.shelf == 1 and label.top < edge]
    below = [label.x for label in labels if label.bottom > height_px - edge]
    is_top, is_bottom = any(rails[0] <= 0.0 for rails in bays), any(rails[-1] >= 1.0 for rails in bays)
    if (is_top and _spread(above, shelves.level.width)) or (is_bottom and _spread(below, shelves.level.width)):
        return True
    return any(
        (rails[0] <= 0.0 and rails[1] < _PART * usual) or (rails[-1] >= 1.0 and 1 - rails[-2] < _PART * usual)
        for rails in bays
    )


def _spread(places: list[float], width: float) -> bool:
    """Whether labels are several, and not all of them at one place, as those of a sign are."""
    return len(places) >= _SEVERAL and max(places) - min(places) > _WIDE * width


def _tags(words: list[Word], shelves: Shelves) -> list[Tag]:
    """Whole prices that hang on a rail; a price printed on a pack is none."""
    tags = []
    for word in words:
        amount = price(word.text)
        if amount is None or word.score < 0.8 or plain(word.text) == "":
            continue
        height, rails = shelves.level(word.x, word.y), shelves.bay_of(word.x, word.y).rails
        apart, below = min((abs(rail - height), number) for number, rail in enumerate(rails[1:], 1))
        if apart <= _RAIL:
            tags.append(Tag(amount, below, word))
    return tags
