"""How the view moved between two frames: where the content of the one is in the other, from the pixels alone.

Phase correlation proposes moves, also at other scales (a step closer, a step back); the likeness of what both frames then
show decides. Shelves repeat themselves, so that a proposal alone is not believed.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from local_live.reading.picture import Frame, Rgb8

Floats = npt.NDArray[np.float32]
Box = tuple[float, float, float, float]
"""left, top, right, bottom, in pixels of a frame."""

_WIDTH = 192
"""Pixels; enough to tell packs from each other, and quick."""

_SCALES = (1.0, 0.93, 1.07, 0.86, 1.16, 0.79, 1.26)
"""Of the newer frame to the older, the likeliest first; steps of 7 %, between which the correlation still holds."""

_PEAKS = 5
"""Proposals of each scale that are looked at."""

_SURE, _CERTAIN = 0.5, 0.8
"""A move must make the frames so alike (-1 to 1); at the second figure no other scale is tried."""

_LEAST_SHARE = 0.2
"""Of the frame that both must show, or chance decides."""

_PATCH = 64
"""Columns of cells of a place that is compared: letters are told apart, noise is not."""


@dataclass(frozen=True, slots=True)
class Move:
    """The content went ``right`` and ``down`` (parts of the frame's width and height) and became ``scale`` as large.

    Scaling is about the middle of the frame. ``likeness`` is that of what both frames show, 0 to 1.
    """

    scale: float
    right: float
    down: float
    likeness: float

    def box(self, box: Box, width: float, height: float) -> Box:
        """Where a box of the older frame (``width`` x ``height`` pixels) is in the newer; it may lie outside."""
        left, top, right, bottom = box
        return (self._x(left, width), self._y(top, height), self._x(right, width), self._y(bottom, height))

    def back(self) -> Move:
        """The same move from the newer frame to the older."""
        return Move(1 / self.scale, -self.right / self.scale, -self.down / self.scale, self.likeness)

    @property
    def overlap(self) -> float:
        """The part of the newer frame that the older one shows as well, about."""
        return self._common(self.right) * self._common(self.down)

    def _common(self, shift: float) -> float:
        half = self.scale / 2
        return max(0.0, min(1.0, 0.5 + shift + half) - max(0.0, 0.5 + shift - half))

    def _x(self, x: float, width: float) -> float:
        return width / 2 + self.scale * (x - width / 2) + self.right * width

    def _y(self, y: float, height: float) -> float:
        return height / 2 + self.scale * (y - height / 2) + self.down * height


def moved(older: Frame, newer: Frame) -> Move | None:
    """How the view moved, or None where that cannot be said for certain. Takes some hundredths of a second."""
    (height, width), (rows, columns) = older.rgb.shape[:2], newer.rgb.shape[:2]
    if abs(height / width - rows / columns) > 0.02:
        return None
    one, other = _relief(older.rgb), _relief(newer.rgb)
    spectrum = np.fft.rfft2(_faded(one), _twice(one))
    best: Move | None = None
    for scale in _SCALES:
        # The newer frame is brought to the size of the older, so that only a shift is left.
        scaled = other if scale == 1.0 else _relief(newer.rgb, scale)
        for move in _shifts(spectrum, one, scaled, scale):
            if best is None or move.likeness > best.likeness:
                best = move
        if best and best.likeness >= _CERTAIN:
            break
    return best if best and best.likeness >= _SURE else None


def alike_at(older: Frame, box: Box, newer: Frame, where: Box) -> float:
    """-1 to 1: how alike two frames look in two boxes that are to show the same, ``where`` being off by a little.

    The print counts, not the light and the shape of the pack, which neighbours share.
    """
    rows = max(8, min(96, round(_PATCH * (box[3] - box[1]) / max(1.0, box[2] - box[0]))))
    one = _print(older.rgb, box, _PATCH, rows)
    step_x, step_y = (where[2] - where[0]) / _PATCH, (where[3] - where[1]) / rows
    # As far as a move may be off, and a little for what a turn of the head does to the perspective.
    reach = max(3, min(12, round(1.5 * newer.rgb.shape[1] / _WIDTH / max(1e-3, step_x)) + 2))
    room = (
        where[0] - reach * step_x, where[1] - reach * step_y,
        where[2] + reach * step_x, where[3] + reach * step_y,
    )  # fmt: skip
    other = _print(newer.rgb, room, _PATCH + 2 * reach, rows + 2 * reach)
    windows = np.lib.stride_tricks.sliding_window_view(other, one.shape)
    a = one - one.mean()
    b = windows - windows.mean(axis=(2, 3), keepdims=True)
    strength = np.sqrt((a * a).sum() * (b * b).sum(axis=(2, 3)))
    return float(((a * b).sum(axis=(2, 3)) / np.maximum(strength, 1e-6 * a.size)).max())


def _print(rgb: Rgb8, box: Box, columns: int, rows: int) -> Floats:
    """A box of a frame as so many cells of gray; beyond the frame it is black."""
    whole = tuple(round(edge) for edge in box)
    left, top, right, bottom = whole[0], whole[1], max(whole[2], whole[0] + 1), max(whole[3], whole[1] + 1)
    inside = rgb[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    if inside.size == 0:
        return np.zeros((rows, columns), np.float32)
    part = Image.new("L", (right - left, bottom - top))
    part.paste(Image.fromarray(inside).convert("L"), (max(0, -left), max(0, -top)))
    return _without_light(part.resize((columns, rows), Image.Resampling.BOX), 8)


def _without_light(gray: Image.Image, cell: int) -> Floats:
    """A gray picture without what changes more slowly than over ``cell`` pixels."""
    coarse = (max(1, gray.width // cell), max(1, gray.height // cell))
    slow = gray.resize(coarse, Image.Resampling.BOX).resize(gray.size, Image.Resampling.BICUBIC)
    return np.asarray(gray, np.float32) - np.asarray(slow, np.float32)


def _relief(rgb: Rgb8, scale: float = 1.0) -> Floats:
    """A frame in small and gray, without its slow changes of light; at ``scale`` it is made 1 / scale as large.

    Its middle stays the middle; beyond its edges there is nothing (0).
    """
    height, width = rgb.shape[:2]
    rows = round(_WIDTH * height / width)
    small = Image.fromarray(rgb).convert("L").resize((_WIDTH, rows), Image.Resampling.BOX)
    relief = _without_light(small, 24)
    if scale == 1.0:
        return relief
    x, y = _WIDTH / 2, rows / 2
    image = Image.fromarray(relief)
    inverse = (scale, 0, x - scale * x, 0, scale, y - scale * y)
    return np.asarray(image.transform(image.size, Image.Transform.AFFINE, inverse, Image.Resampling.BILINEAR))


def _twice(one: Floats) -> tuple[int, int]:
    return 2 * one.shape[0], 2 * one.shape[1]


def _faded(one: Floats) -> Floats:
    """Faded out towards the edges, so that they are no edges of the spectrum."""
    rows, columns = (np.hanning(n + 2)[1:-1].astype(np.float32) ** 0.5 for n in one.shape)
    return np.asarray(one * rows[:, None] * columns[None, :])


def _shifts(spectrum: npt.NDArray[np.complexfloating], one: Floats, other: Floats, scale: float) -> list[Move]:
    """The moves that phase correlation proposes, with the likeness they bring about."""
    shape = _twice(one)
    cross = np.fft.rfft2(_faded(other), shape) * np.conj(spectrum)
    # Not wholly whitened: the smallest ripples are noise and compression.
    surface = np.fft.irfft2(cross / np.maximum(np.abs(cross), 1e-3) ** 0.8, shape)
    moves = []
    rows, columns = one.shape
    for _ in range(_PEAKS):
        y, x = (int(at) for at in np.unravel_index(int(np.argmax(surface)), shape))
        surface[np.ix_(np.arange(y - 3, y + 4) % shape[0], np.arange(x - 3, x + 4) % shape[1])] = -np.inf
        down, right = (y if y < rows else y - shape[0]), (x if x < columns else x - shape[1])
        share = (1 - abs(down) / rows) * (1 - abs(right) / columns)
        if share < _LEAST_SHARE:
            continue
        a = one[max(0, -down) : rows - max(0, down), max(0, -right) : columns - max(0, right)]
        b = other[max(0, down) : rows - max(0, -down), max(0, right) : columns - max(0, -right)]
        moves.append(Move(scale, scale * right / columns, scale * down / rows, _likeness(a, b)))
    return moves


def _likeness(one: Floats, other: Floats) -> float:
    """The correlation of two arrays of the same shape, -1 to 1; 0 where one of them is flat."""
    a, b = one - one.mean(), other - other.mean()
    strength = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / strength if strength > 1e-6 * a.size else 0.0
