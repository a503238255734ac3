"""What the camera of a demonstration sees: parts of a drawn shelf, as a head that turns, and a shelf somebody takes from.

All pure. A view is a part of the drawn picture, (left, top) in its pixels. Offsets are parts of the view's width and height.
"""

from dataclasses import dataclass
import re

import numpy as np
from PIL import Image, ImageEnhance

from drawn_shelves.truth import Product, Truth

_VIEW = 0.6
"""Of the drawn picture's width and height: what the camera sees at once."""

_HEAD_AND_FOOT = 0.1
"""Of a drawn picture's height: what is no shelf."""

_AHEAD, _SURE = 0.12, 0.02
"""Parts of the view's width: "straight ahead" may be so far off; a side is only wrong from the second on."""

_TURNS = {"a little": 0.1, "quite far": 0.35}
_TURN = 0.22
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4}
_WAY = re.compile(r"\b(left|right|up|down)\b")
_THERE = re.compile(r"\b(?:straight ahead|reach out|hand is on)\b")
_AXES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


@dataclass(frozen=True, slots=True)
class Corner:
    """Where a view begins in the drawn picture."""

    left: int
    top: int


@dataclass(frozen=True, slots=True)
class Offset:
    """From the middle of a view to a product: ``right`` to the nearest of its packs, ``shelf`` the height of a shelf."""

    right: float
    down: float
    shelf: float


@dataclass(frozen=True)
class Bay:
    """A drawn shelf, larger than the camera sees at once."""

    picture: Image.Image
    truth: Truth

    @property
    def view_px(self) -> tuple[int, int]:
        """Width and height of what is seen at once."""
        return round(self.picture.width * _VIEW), round(self.picture.height * _VIEW)

    def view(self, corner: Corner) -> Image.Image:
        """What the camera sees there."""
        width, height = self.view_px
        return self.picture.crop((corner.left, corner.top, corner.left + width, corner.top + height))

    def within(self, left: float, top: float) -> Corner:
        """The nearest place at which the view is whole."""
        width, height = self.view_px
        return Corner(
            round(min(max(0.0, left), self.picture.width - width)),
            round(min(max(0.0, top), self.picture.height - height)),
        )

    def beside(self, product: Product) -> Corner:
        """A view in which a product is, but not in the middle: to the left of it, and a little too high."""
        width, height = self.view_px
        ymin, _, _, xmax = product.box
        return self.within(
            xmax / 1000 * self.picture.width - 0.28 * width, ymin / 1000 * self.picture.height - 0.1 * height
        )

    def offset(self, product: Product, corner: Corner) -> Offset:
        """Where a product really is in a view."""
        width, height = self.view_px
        ymin, xmin, ymax, xmax = (part / 1000 for part in product.box)
        left, right = (part * self.picture.width - corner.left for part in (xmin, xmax))
        half_pack = (right - left) / product.facings / 2
        nearest = min(max(width / 2, left + half_pack), right - half_pack)
        down = ((ymin + ymax) / 2 * self.picture.height - corner.top) / height - 0.5
        shelf = (1 - _HEAD_AND_FOOT) / self.truth.shelf_count * self.picture.height / height
        return Offset(nearest / width - 0.5, down, shelf)

    def turned(self, corner: Corner, words: str) -> Corner:
        """Where a person's head points who did what was said; the same view where no direction was said."""
        way = _WAY.search(words.lower())
        if way is None:
            return corner
        width, height = self.view_px
        across, along = _AXES[way[1]]
        part = next((turn for said, turn in _TURNS.items() if said in words.lower()), _TURN)
        shelves = re.search(rf"\b({'|'.join(_COUNTS)}) shel(?:f|ves)\b", words.lower())
        # Counting shelves is what a blind shopper does by touch: the head goes by their real height.
        shelf_px = (1 - _HEAD_AND_FOOT) / self.truth.shelf_count * self.picture.height
        down_px = _COUNTS[shelves[1]] * shelf_px if shelves else part * height
        return self.within(corner.left + across * part * width, corner.top + along * down_px)


def is_there(words: str) -> bool:
    """Whether a correction says that the thing is in front of the person."""
    return _THERE.search(words.lower()) is not None


def wrong(words: str, offset: Offset) -> str | None:
    """What is wrong with a correction, by where the thing really is; None where it is right, or says no direction."""
    where = f"it is {offset.right:+.2f} of the width to the right, {offset.down:+.2f} of the height down"
    if is_there(words):
        near = abs(offset.right) <= _AHEAD and abs(offset.down) <= 0.75 * offset.shelf
        return None if near else f"{words!r}, but {where}"
    way = _WAY.search(words.lower())
    if way is None:
        return None
    across, along = _AXES[way[1]]
    return f"{words!r}, but {where}" if across * offset.right + along * offset.down <= _SURE else None


def without(picture: Image.Image, product: Product) -> Image.Image:
    """The picture after all packs of a product were taken: the dark back of the shelf shows, with the sensor's noise."""
    ymin, xmin, ymax, xmax = product.box
    width, height = picture.size
    left, top = xmin * width // 1000 - 6, ymin * height // 1000 - 6
    right, bottom = xmax * width // 1000 + 7, ymax * height // 1000
    noise = np.random.default_rng(xmin).normal(60, 3, (bottom - top, right - left, 3))
    changed = picture.copy()
    changed.paste(Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8)), (left, top))
    return changed


def dimmed(picture: Image.Image) -> Image.Image:
    """The picture in less light: everything looks otherwise, and nothing came or went."""
    return ImageEnhance.Brightness(picture).enhance(0.7)
