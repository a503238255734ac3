"""One picture, checked before it is decoded and measured once. Runs in an executor: decoding takes milliseconds."""

from dataclasses import dataclass, field
import io

import numpy as np
from PIL import Image, UnidentifiedImageError

from .jpeg import MAX_PIXELS, MIN_SIDE_PX, JpegError, outline

MAX_JPEG_BYTES = 4 * 1024 * 1024

# Measuring happens on a small grey copy: libjpeg decodes at 1/2 to 1/8 for a fraction of the cost (Pillow's draft mode).
_MEASURE_WIDTH_PX = 480
_THUMBNAIL = (32, 24)
_BROKEN = (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError)


class FrameError(Exception):
    """This is no picture we take. `reason` is a word for the log; nothing of the content is in it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole JPEG and what was measured on it.

    `brightness` is the mean grey, 0 to 255. `sharpness` is the variance of the Laplacian on a copy of about 480 pixels'
    width (grey levels squared); only ratios between frames of one view mean much. `thumbnail` is grey, float32, 24 x 32.
    """

    jpeg: bytes = field(repr=False)
    width: int
    height: int
    received_s: float
    brightness: float
    sharpness: float
    thumbnail: np.ndarray = field(repr=False, compare=False)

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
        image.draft("L", (_MEASURE_WIDTH_PX, _MEASURE_WIDTH_PX))
        image.load()
    except JpegError as err:
        raise FrameError(str(err)) from err
    except _BROKEN as err:
        raise FrameError("damaged") from err
    grey = image.convert("L")
    grey.thumbnail((_MEASURE_WIDTH_PX, _MEASURE_WIDTH_PX))
    pixels = np.asarray(grey, dtype=np.float32)
    laplacian = pixels[1:-1, :-2] + pixels[1:-1, 2:] + pixels[:-2, 1:-1] + pixels[2:, 1:-1] - 4.0 * pixels[1:-1, 1:-1]
    thumbnail = np.asarray(grey.resize(_THUMBNAIL, Image.Resampling.BOX), dtype=np.float32)
    return Frame(
        jpeg=data,
        width=width,
        height=height,
        received_s=received_s,
        brightness=float(pixels.mean()),
        sharpness=float(laplacian.var()) if laplacian.size else 0.0,
        thumbnail=thumbnail,
    )


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
    image.draft("RGB", (max_side_px, max_side_px))
    image = image.convert("RGB")
    image.thumbnail((max_side_px, max_side_px), Image.Resampling.LANCZOS)
    while True:
        for quality in (85, 78, 70, 60, 50):
            encoded = _encode(image, quality)
            if len(encoded) <= max_bytes:
                return encoded
        if min(image.size) <= 2 * MIN_SIDE_PX:
            return encoded
        image = image.resize((image.width * 4 // 5, image.height * 4 // 5), Image.Resampling.LANCZOS)


def _opened(data: bytes) -> Image.Image:
    """A JPEG as Pillow sees it: checked, and without the segments that Pillow would read beside the picture itself.

    Raises:
        JpegError: it is none that is taken.
    """
    return Image.open(io.BytesIO(outline(data).bare(data)), formats=["JPEG"])


def _encode(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
