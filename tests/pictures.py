"""Pictures for tests, made on the spot: a view full of edges, and the same view as other cameras and mishaps give it."""

import io

import numpy as np
from PIL import Image


def view(seed: int = 1, size: tuple[int, int] = (640, 480), level: float = 1.0) -> Image.Image:
    """A view of coloured rectangles; another `seed` is another view, a `level` under 1 is a darker one."""
    random = np.random.default_rng(seed)
    width, height = size
    pixels = np.full((height, width, 3), 128, dtype=np.float64)
    for _ in range(120):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        pixels[y : y + height // 8, x : x + width // 12] = random.integers(0, 256, 3)
    return Image.fromarray((pixels * level).astype(np.uint8))


def encoded(image: Image.Image, form: str = "JPEG", quality: int = 85) -> bytes:
    """The picture as a file's bytes."""
    out = io.BytesIO()
    image.save(out, form, quality=quality)
    return out.getvalue()


def jpeg(seed: int = 1, size: tuple[int, int] = (640, 480), level: float = 1.0) -> bytes:
    """A view as JPEG."""
    return encoded(view(seed, size, level))


def dark() -> bytes:
    """A view at night."""
    return jpeg(level=0.03)


def damaged() -> bytes:
    """A JPEG of which the last third got lost."""
    whole = jpeg()
    return whole[: len(whole) * 2 // 3]


def smeared() -> bytes:
    """A view that was moved while it was taken: nothing in it has an edge."""
    ramp = np.linspace(60, 200, 640)[None, :] + np.zeros((480, 1))
    return encoded(Image.fromarray(ramp.astype(np.uint8)).convert("RGB"), quality=95)
