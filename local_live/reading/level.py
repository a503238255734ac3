"""How the shelves lie in the frame: their boards are straight, nearly level, and meet in one vanishing point."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float64]

_WIDTH = 320
"""Pixels; boards are long, a small picture shows them as well."""


@dataclass(frozen=True, slots=True)
class Level:
    """The slope of a level line through (x, y): ``slope + turn * (y / height - 0.5)``, in pixels down per pixel right."""

    width: float
    height: float
    slope: float = 0.0
    turn: float = 0.0

    def __call__(self, x: float, y: float) -> float:
        """The height of the level line through a point, where it crosses the middle of the frame: 0 top, 1 bottom."""
        return (y - (self.slope + self.turn * (y / self.height - 0.5)) * (x - self.width / 2)) / self.height


@dataclass(frozen=True, slots=True)
class Lie:
    """How the boards lie, with the edges of the small picture it was found in: from one row, or column, to the next."""

    level: Level
    _down: Floats
    _right: Floats

    def edges(self, left: float = 0.0, right: float = 1.0) -> Floats:
        """How much edge lies along each level line between two parts of the width; an array over the height, 0 to 1.

        It is 1 where a level line is an edge in the same direction (light above dark or dark above light) from one end to
        the other. Labels make edges too, but short ones in both directions.
        """
        columns = self._down.shape[1]
        part = slice(int(left * columns), max(int(left * columns) + 1, int(right * columns)))
        return np.abs(_along(self._down, self.level.slope, self.level.turn, part))

    def uprights(self) -> Floats:
        """The same for the lines that are upright on the level ones; an array over the width, 0 to 1."""
        return np.abs(_along(self._right.T, -self.level.slope, 0.0, slice(None)))


def lie(rgb: npt.NDArray[np.uint8]) -> Lie:
    """The lie of the boards of a frame (height x width x 3)."""
    height, width = rgb.shape[:2]
    rows = max(24, round(_WIDTH * height / width))
    small = Image.fromarray(rgb).convert("L").resize((_WIDTH, rows), Image.Resampling.BOX)
    gray = np.asarray(small, np.float64)
    edge = np.zeros_like(gray)
    edge[1:-1] = gray[2:] - gray[:-2]
    strong = np.percentile(np.abs(edge), 92) + 4.0
    edge = np.clip(edge / strong, -1, 1)
    across = np.zeros_like(gray)
    across[:, 1:-1] = np.clip((gray[:, 2:] - gray[:, :-2]) / strong, -1, 1)
    best = (-1.0, 0.0, 0.0)
    for slope in np.linspace(-0.12, 0.12, 25):
        for turn in np.linspace(-0.16, 0.16, 9):
            best = max(best, (_sharpness(edge, slope, turn), slope, turn))
    for slope in best[1] + np.linspace(-0.008, 0.008, 9):
        for turn in best[2] + np.linspace(-0.03, 0.03, 7):
            best = max(best, (_sharpness(edge, slope, turn), slope, turn))
    level = Level(float(width), float(height), float(best[1]), float(best[2]))
    return Lie(level, edge, across)


def _along(edge: Floats, slope: float, turn: float, part: slice) -> Floats:
    """The mean of the signed edges along each level line, in a part of the columns."""
    rows, columns = edge.shape
    x = (np.arange(columns)[None, :] - columns / 2)[:, part]
    y = np.arange(rows)[:, None]
    line = np.clip(np.rint(y - (slope + turn * (y / rows - 0.5)) * x), 0, rows - 1).astype(np.intp).ravel()
    total = np.bincount(line, edge[:, part].ravel(), rows)
    count = np.bincount(line, minlength=rows)
    return np.asarray(total / np.maximum(count, x.shape[1] * 0.3))


def _sharpness(edge: Floats, slope: float, turn: float) -> float:
    return float((_along(edge, slope, turn, slice(None)) ** 2).sum())
