"""Words on packs and tags, in the one scalable font that Pillow carries, so that every machine draws the same."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations, pairwise

from PIL import ImageDraw, ImageFont

from drawn_shelves.goods import Rgb


@lru_cache(maxsize=256)
def font(size_px: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font. Raises `RuntimeError` where Pillow was built without FreeType."""
    found = ImageFont.load_default(size_px)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow without FreeType cannot letter packs")  # noqa: TRY004 - the build is wrong, not a type
    return found


def _breaks(words: list[str]) -> Iterator[list[str]]:
    """Every way to set words in one to three lines."""
    for lines in range(1, min(3, len(words)) + 1):
        for cuts in combinations(range(1, len(words)), lines - 1):
            edges = (0, *cuts, len(words))
            yield [" ".join(words[a:b]) for a, b in pairwise(edges)]


@lru_cache(maxsize=1024)
def fit(text: str, width_px: int, height_px: int, stroke_px: int = 0) -> tuple[tuple[str, ...], int]:
    """Lines and the largest size in pixels at which ``text`` fits into a box."""
    best: tuple[tuple[str, ...], int] = ((text,), 6)
    for lines in _breaks(text.split()):
        widest = max(font(100).getlength(line) for line in lines)
        size = min(int((width_px - 2 * stroke_px) * 100 / widest), int(height_px / (1.14 * len(lines))))
        if size > best[1]:
            best = (tuple(lines), size)
    return best


def letter(
    pen: ImageDraw.ImageDraw, text: str, box: tuple[float, float, float, float], ink: Rgb, *, bold: float = 0.0
) -> None:
    """Write ``text`` as large as it fits, centred in ``box`` (left, top, right, bottom); ``bold`` is a part of the size."""
    left, top, right, bottom = box
    lines, size = fit(text, max(8, int(right - left)), max(8, int(bottom - top)), 2)
    step = size * 1.14
    y = (top + bottom) / 2 - step * (len(lines) - 1) / 2
    for line in lines:
        stroke = round(size * bold)
        pen.text(((left + right) / 2, y), line, ink, font(size), anchor="mm", stroke_width=stroke, stroke_fill=ink)
        y += step
