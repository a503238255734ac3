"""One picture, checked before it is decoded and measured once. Runs in an executor: decoding takes milliseconds."""

from dataclasses import dataclass, field
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from .jpeg import MAX_PIXELS, MIN_SIDE_PX, JpegError, outline

MAX_JPEG_BYTES = 4 * 1024 * 1024

# Measuring happens on a small grey copy, whose longer side lies between these two where the picture is that large. libjpeg
# decodes at 1/2 to 1/8 for a fraction of the cost (Pillow's draft mode); the camera's 1600 pixels come out as 400 at once.
_MEASURE_LEAST_PX, _MEASURE_MOST_PX = 400, 480
_THUMBNAIL = (32, 24)
_QUALITIES = (85, 78, 70, 60, 50)
_BROKEN = (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError)


class FrameError(Exception):
    """This is no picture we take. `reason` is a word for the log; nothing of the content is in it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole JPEG and what was measured on it.

    `brightness` is the mean grey, 0 to 255. `sharpness` is the variance of the Laplacian on a copy of 400 to 480 pixels'
    length (grey levels squared); only ratios between frames of one view mean much. `thumbnail` is grey, float32, 24 x 32.
    """

    jpeg: bytes = field(repr=False)
    width: int
    height: int
    received_s: float
    brightness: float
    sharpness: float
    thumbnail: np.ndarray = field(repr=False, compare=False)

    def fits(self, max_side_px: int, max_bytes: int) -> bool:
        """Whether `shrink` would give it back as it is."""
        return max(self.width, self.height) <= max_side_px and len(self.jpeg) <= max_bytes

    def differs_from(self, other: Frame) -> float:
        """How much the view changed: mean difference of the thumbnails in grey levels, each freed of its mean."""
        mine = self.thumbnail - self.thumbnail.mean()
        theirs = other.thumbnail - other.thumbnail.mean()
        return float(np.abs(mine - theirs).mean())


def examine(data: bytes, received_s: float) -> Frame:
    """Check and measure a picture.

    Raises:
        FrameError: too large, not a JPEG, or damaged.
    """
    if len(data) > MAX_JPEG_BYTES:
        raise FrameError("larger than 4 MiB")
    try:
        image = _opened(data)
        width, height = image.size
        _draft(image, "L", _MEASURE_LEAST_PX)
        image.load()
    except JpegError as err:
        raise FrameError(str(err)) from err
    except _BROKEN as err:
        raise FrameError("damaged") from err
    grey = image if image.mode == "L" else image.convert("L")
    grey.thumbnail((_MEASURE_MOST_PX, _MEASURE_MOST_PX))
    thumbnail = np.asarray(grey.resize(_THUMBNAIL, Image.Resampling.BOX), dtype=np.float32)
    return Frame(
        jpeg=data,
        width=width,
        height=height,
        received_s=received_s,
        brightness=float(thumbnail.mean()),
        sharpness=_sharpness(np.asarray(grey)),
        thumbnail=thumbnail,
    )


def _sharpness(grey: NDArray[np.uint8]) -> float:
    """The variance of the Laplacian, which lies within +-1020; 0 where there is nothing inside the border."""
    pixels = grey.astype(np.int16)
    laplacian = pixels[1:-1, :-2] + pixels[1:-1, 2:]
    laplacian += pixels[:-2, 1:-1]
    laplacian += pixels[2:, 1:-1]
    laplacian -= pixels[1:-1, 1:-1] << 2
    if not laplacian.size:
        return 0.0
    # Not `var`, which makes three passes: before each one this thread waits for its turn again.
    mean = float(laplacian.mean(dtype=np.float64))
    return float(np.einsum("ij,ij->", laplacian, laplacian, dtype=np.float64)) / laplacian.size - mean * mean


def _draft(image: Image.Image, mode: str, least_px: int) -> None:
    """Have a JPEG decoded as small as it can be, in that mode, with its longer side no shorter than `least_px`."""
    width, height = image.size
    scale = next((each for each in (8, 4, 2) if max(width, height) >= each * least_px), 1)
    image.draft(mode, (width // scale, height // scale))


def to_jpeg(data: bytes) -> bytes:
    """Any picture Pillow reads (a camera entity may give PNG or WebP) as JPEG; JPEG comes back unchanged.

    Raises:
        FrameError: it is too large, or no picture.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return data
    if len(data) > 4 * MAX_JPEG_BYTES:
        raise FrameError("larger than 16 MiB")
    try:
        image = Image.open(io.BytesIO(data), formats=["PNG", "WEBP", "GIF", "BMP", "TIFF"])
        if image.width * image.height > MAX_PIXELS:
            raise FrameError(f"{image.width}x{image.height} pixels")
        return _encode(image.convert("RGB"), 90)
    except _BROKEN as err:
        raise FrameError("damaged") from err


def shrink(data: bytes, max_side_px: int, max_bytes: int) -> bytes:
    """An examined picture within `max_side_px` on its longer side and `max_bytes`; unchanged where it already fits.

    Detail is kept as long as possible: quality goes down to 50 before the size does, because letters survive that.
    """
    image = _opened(data)
    if max(image.size) <= max_side_px and len(data) <= max_bytes:
        return data
    _draft(image, "RGB", max_side_px)
    small = image.convert("RGB")
    small.thumbnail((max_side_px, max_side_px), Image.Resampling.LANCZOS)
    while True:
        encoded = _encode_within(small, max_bytes)
        if len(encoded) <= max_bytes or min(small.size) <= 2 * MIN_SIDE_PX:
            return encoded
        small = small.resize((small.width * 4 // 5, small.height * 4 // 5), Image.Resampling.LANCZOS)


def _opened(data: bytes) -> ImageFile.ImageFile:
    """A JPEG as Pillow sees it: checked, and without the segments that Pillow would read beside the picture itself.

    Raises:
        JpegError: it is none that is taken.
    """
    bare = outline(data).bare(data)
    image = Image.open(io.BytesIO(bare), formats=["JPEG"])
    # In one piece: after each one the decoder waits for its turn among the threads, and the event loop waits for it.
    image.decodermaxblock = len(bare)
    return image


def _encode_within(image: Image.Image, max_bytes: int) -> bytes:
    """In the best quality with which it is no larger, else in the lowest; found by halving, as each try takes milliseconds."""
    found, low, high = b"", 0, len(_QUALITIES)
    while low < high:
        middle = (low + high) // 2
        encoded = _encode(image, _QUALITIES[middle])
        if len(encoded) <= max_bytes:
            found, high = encoded, middle
        else:
            low = middle + 1
            if low == len(_QUALITIES):
                return encoded
    return found


def _encode(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
