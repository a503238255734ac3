"""The map: everything that was read in one frame, and where it stands."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from local_live.reading.labels import Label, find_labels
from local_live.reading.prices import price
from local_live.reading.shelves import Shelves, find_shelves
from local_live.reading.words import Word, plain

SIDES = ("far left", "left", "middle", "right", "far right")
"""Fifths of the frame, so that any point of a fifth is at most a tenth of the width from its middle."""

_RAIL = 0.045
"""How far from its rail, in parts of the frame's height, a tag hangs at most."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A price on a rail: below which shelf, and where, in pixels."""

    price: str
    shelf: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ShelfMap:
    """A frame (height x width x 3) with its words, its shelves if any were found, the labels and the prices on them."""

    rgb: npt.NDArray[np.uint8]
    words: tuple[Word, ...]
    shelves: Shelves | None
    labels: tuple[Label, ...]
    tags: tuple[Tag, ...]

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
        """How many shelves are seen."""
        return self.shelves.count if self.shelves else 0

    def side(self, x: float) -> str:
        """The name of the fifth in which x (pixels) lies."""
        return SIDES[min(4, max(0, int(5 * x / self.width)))]


def draw_up(rgb: npt.NDArray[np.uint8], words: list[Word]) -> ShelfMap:
    """The map of a frame from the words that were read in it."""
    shelves = find_shelves(rgb, words)
    if shelves is None:
        return ShelfMap(rgb, tuple(words), None, (), ())
    return ShelfMap(rgb, tuple(words), shelves, tuple(find_labels(words, shelves)), tuple(_tags(words, shelves)))


def _tags(words: list[Word], shelves: Shelves) -> list[Tag]:
    """Whole prices that hang on a rail; a price printed on a pack is none."""
    tags = []
    for word in words:
        amount = price(word.text)
        if amount is None or word.score < 0.8 or plain(word.text) == "":
            continue
        height = shelves.level(word.x, word.y)
        below = min(range(1, len(shelves.rails)), key=lambda number: abs(shelves.rails[number] - height))
        if abs(shelves.rails[below] - height) <= _RAIL:
            tags.append(Tag(amount, below, word.x, word.y))
    return tags
