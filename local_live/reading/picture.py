"""Frames before they are read: taking a JPEG apart safely, is it worth reading, is it the one read before."""

from dataclasses import dataclass
from enum import Enum
import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

Rgb8 = npt.NDArray[np.uint8]

MOST_PIXELS = 120_000_000
"""Of a JPEG that is taken apart at all (about 12,000 x 10,000); read from its header, before anything is unpacked."""

LONGEST_SIDE_PX = 2200
"""Larger frames are made smaller: they are read no better, only later."""

_SKETCH = (64, 48)


class UnreadablePictureError(ValueError):
    """The bytes are no picture."""


class TooLargePictureError(UnreadablePictureError):
    """A picture with more pixels than are taken apart."""


class Trouble(Enum):
    """What keeps a frame from being read."""

    DARK = "dark"
    BLURRED = "blurred"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame: ``rgb`` is height x width x 3; ``sketch`` is it in gray, very small, to compare it with others."""

    rgb: Rgb8
    sketch: npt.NDArray[np.float32]


def open_frame(jpeg: bytes) -> Frame:
    """Take a JPEG apart, upright as its camera says it is held.

    Raises:
        TooLargePictureError: it has more pixels than `MOST_PIXELS`.
        UnreadablePictureError: the bytes are no picture.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > MOST_PIXELS:
                raise TooLargePictureError(f"a picture of {image.width} x {image.height} pixels is too large")
            image.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
            whole = ImageOps.exif_transpose(image).convert("RGB")
    except TooLargePictureError:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadablePictureError(f"no picture: {error}") from error
    whole.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS)
    sketch = np.asarray(whole.convert("L").resize(_SKETCH, Image.Resampling.BOX), np.float32)
    return Frame(np.asarray(whole), sketch)


def same_view(one: Frame, other: Frame) -> bool:
    """Whether two frames show the same so nearly that what was read in one holds for the other.

    Noise and compression change a cell of the sketch by a step or two; a move by a hundredth of the width changes
    many cells by ten and more, and a single pack that was taken away changes some by more than that.
    """
    apart = np.abs((one.sketch - one.sketch.mean()) - (other.sketch - other.sketch.mean()))
    return one.rgb.shape == other.rgb.shape and bool(apart.mean() < 1.5 and apart.max() < 12)


def trouble(frame: Frame) -> Trouble | None:
    """Why little may be read in a frame, or None where nothing speaks against it."""
    height, width = frame.rgb.shape[:2]
    if min(height, width) < 100:
        return Trouble.SMALL
    if float(np.percentile(frame.sketch, 95)) < 45:
        return Trouble.DARK
    small = Image.fromarray(frame.rgb).convert("L")
    small.thumbnail((800, 800), Image.Resampling.BOX)
    gray = np.asarray(small, np.float32)
    ripple = 4 * gray[1:-1, 1:-1] - gray[:-2, 1:-1] - gray[2:, 1:-1] - gray[1:-1, :-2] - gray[1:-1, 2:]
    contrast = float(gray.std())
    # Something is there, but nothing of it has an edge.
    if contrast > 8 and float(np.percentile(np.abs(ripple), 98)) < 0.25 * contrast:
        return Trouble.BLURRED
    return None
