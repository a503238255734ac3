"""Parts of the reading tests: pictures in the form in which they arrive."""

import io

from PIL import Image


def as_camera_sends(image: Image.Image, most_bytes: int = 300_000) -> bytes:
    """JPEG of at most 1600 pixels and so many bytes, as it comes over the link."""
    image.thumbnail((1600, 1600), Image.Resampling.LANCZOS)
    for quality in range(90, 20, -5):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        if out.tell() <= most_bytes:
            break
    return out.getvalue()
