"""Parts of the tests of steps: a large drawn shelf, seen through a window that moves as a head does."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from drawn_shelves import Product, Scene, Truth, draw
from local_live.reading.brain import ShelfBrain
from tests.local_live.reading_parts import as_camera_sends

HEAD_AND_FOOT = 0.1
"""The part of a drawn picture's height that is no shelf."""


@dataclass(frozen=True, slots=True)
class Offset:
    """Where a thing really is from the middle of a view, in parts of its width and height.

    ``right`` is to the nearest of its packs' middles, ``shelf`` the height of a shelf.
    """

    right: float
    down: float
    shelf: float
    is_whole: bool
    side: str


@dataclass(frozen=True)
class Bay:
    """A drawn shelf, larger than the camera sees at once (``width`` x ``height``)."""

    picture: Image.Image
    truth: Truth
    width: int
    height: int

    def view(self, x: int, y: int, noise: float = 0.0, seed: int = 0) -> bytes:
        """What the camera sends when the corner of its view is at (x, y)."""
        view = self.picture.crop((x, y, x + self.width, y + self.height))
        if noise:
            pixels = np.asarray(view, np.float32)
            pixels = pixels + np.random.default_rng(seed).normal(0, noise, pixels.shape)
            view = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
        return as_camera_sends(view)

    def offset(self, product: Product, x: int, y: int) -> Offset:
        """Where a product is in the view at (x, y)."""
        ymin, xmin, ymax, xmax = (part / 1000 for part in product.box)
        left, right = (part * self.picture.width - x for part in (xmin, xmax))
        top, bottom = (part * self.picture.height - y for part in (ymin, ymax))
        half = (right - left) / product.facings / 2
        middle = min(max(self.width / 2, left + half), right - half)
        beyond = {
            "left": -(right - half), "right": left + half - self.width,
            "up": -(top + bottom) / 2, "down": (top + bottom) / 2 - self.height,
        }  # fmt: skip
        return Offset(
            middle / self.width - 0.5,
            (top + bottom) / 2 / self.height - 0.5,
            (1 - HEAD_AND_FOOT) / self.truth.shelf_count * self.picture.height / self.height,
            middle - half >= 0 and middle + half <= self.width and top >= 0 and bottom <= self.height,
            max(beyond, key=lambda side: beyond[side]),
        )


def bay(scene: Scene, width: int, height: int) -> Bay:
    """A scene that is drawn, for a camera of that many pixels."""
    return Bay(*draw(scene), width, height)


def emptied(whole: Bay, product: Product) -> Bay:
    """The same bay after all packs of a product were taken: the back of the shelf shows."""
    ymin, xmin, ymax, xmax = product.box
    width, height = whole.picture.size
    box = (xmin * width // 1000 - 6, ymin * height // 1000 - 6, xmax * width // 1000 + 7, ymax * height // 1000)
    picture = whole.picture.copy()
    rng = np.random.default_rng(product.box[0])
    back = np.clip(rng.normal(60, 3, (box[3] - box[1], box[2] - box[0], 3)), 0, 255).astype(np.uint8)
    picture.paste(Image.fromarray(back), box[:2])
    return Bay(picture, whole.truth, whole.width, whole.height)


def until_read(brain: ShelfBrain) -> None:
    """Wait for a reading that outlived its session: the next one's patience is not to be spent on it."""
    with brain._reader._lock:
        pass
