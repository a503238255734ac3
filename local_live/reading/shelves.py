"""Finds the shelves: where in the frame one ends and the next begins.

Three things tell: prices stand in rows on the rails; the words of the packs stop at a board; a board is a long straight
edge. None is there always (tags may be too small to read, a rail may be dark on dark), so that they are weighed
together, and so is that shelves of one bay are about equally high. The best division is found by dynamic programming.
"""

from dataclasses import dataclass
import itertools
import re

import numpy as np
import numpy.typing as npt

from local_live.reading.level import Level, Lie
from local_live.reading.prices import tag_likelihood
from local_live.reading.words import Word, plain

Floats = npt.NDArray[np.float64]

_LINES = 250
"""Heights at which a rail may lie."""

_NEAR = 0.012
"""How far (of the frame's height) the tags of one rail spread around it."""

_TAGS, _EDGE, _WORDS, _COST = 1.2, 0.7, 1.0, 0.55
"""What a full row of tags, an edge all along and words in the way weigh, and what any rail must be worth at least."""

_UNLIKE = 2.0
"""What it costs when a shelf is not as high as the others: this times the squared logarithm of the ratio."""

_UNIT = re.compile(r"^(kg|g|mg|l|ml|cl|oz|lb|lbs|ct|count|pack|bags|pcs|gal|qt|x)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shelves:
    """The shelves of a frame: shelf n (from the top, first is 1) lies between ``rails[n - 1]`` and ``rails[n]``.

    Rails are heights of level lines, 0 to 1; the first and the last may be an edge of the frame.
    """

    level: Level
    rails: tuple[float, ...]

    @property
    def count(self) -> int:
        """How many shelves are seen."""
        return len(self.rails) - 1

    def shelf_of(self, x: float, y: float) -> int | None:
        """The shelf at a point of the frame in pixels, or None above the first and below the last."""
        height = self.level(x, y)
        for number in range(1, len(self.rails)):
            if self.rails[number - 1] <= height < self.rails[number]:
                return number
        return None


def tags_among(words: list[Word]) -> list[tuple[Word, float]]:
    """The words that look as if they stood on price tags, with how much (0 to 1). '500' before 'g' does not."""
    found = []
    for index, word in enumerate(words):
        likely = tag_likelihood(word.text)
        after = words[index + 1] if index + 1 < len(words) else None
        if likely and after and after.line == word.line and likely < 1 and _UNIT.match(after.text):
            continue
        if likely:
            found.append((word, likely))
    return found


def find_shelves(lie: Lie, words: list[Word]) -> Shelves | None:
    """The shelves of a frame in which ``words`` were read, or None where there is nothing to go by."""
    level, edges = lie
    tags = tags_among(words)
    tag_ids = {id(word) for word, _ in tags}
    printed = [word for word in words if id(word) not in tag_ids and word.score >= 0.6 and len(plain(word.text)) >= 3]
    if len(printed) < 2:
        return None
    heights = (np.arange(_LINES) + 0.5) / _LINES
    here = _worth(level, edges, tags, printed, heights)
    middles = np.array([level(word.x, word.y) for word in printed])
    content = np.concatenate(([0.0], np.cumsum(np.histogram(middles, _LINES, (0.0, 1.0))[0])))
    best: tuple[float, list[int]] = (-np.inf, [])
    for pitch in np.geomspace(0.09, 0.8, 28):
        best = max(best, _divide(here, content, pitch))
    return _shelves(level, [float(heights[line]) for line in best[1]], middles)


def _worth(level: Level, edges: Floats, tags: list[tuple[Word, float]], printed: list[Word], heights: Floats) -> Floats:
    """How much speaks for a rail at each height."""
    rows = np.zeros_like(heights)
    for word, likely in tags:
        rows += likely * np.exp(-(((heights - level(word.x, word.y)) / _NEAR) ** 2))
    at = np.linspace(0, 1, len(edges))
    reach = max(1, round(_NEAR * len(edges)))
    widest = np.array([edges[max(0, i - reach) : i + reach + 1].max() for i in range(len(edges))])
    cover = np.zeros_like(heights)
    for word in printed:
        middle, half = level(word.x, word.y), word.height * 0.42 / level.height
        cover += word.score * ((heights > middle - half) & (heights < middle + half))
    usual = max(2.0, float(np.percentile(cover[cover > 0], 80))) if (cover > 0).any() else 2.0
    return np.asarray(
        _TAGS * np.minimum(1.0, rows / 3) + _EDGE * np.interp(heights, at, widest)
        - _WORDS * np.minimum(1.0, cover / (0.5 * usual)) - _COST
    )  # fmt: skip


def _divide(here: Floats, content: Floats, pitch: float) -> tuple[float, list[int]]:
    """The best rails for shelves of about ``pitch``, and what they are worth together."""
    lines = len(here)
    usual = max(1.0, content[-1] * pitch)
    value = np.empty(lines)
    before = np.full(lines, -1)
    for line in range(lines):
        value[line] = (
            here[line]
            + _stretch(np.array([(line + 0.5) / lines]), pitch, content[line + 1 : line + 2], usual, cut=True)[0]
        )
        low, high = max(0, line - round(2.2 * pitch * lines)), line - max(2, round(0.45 * pitch * lines))
        if high >= low:
            lasts = np.arange(low, high + 1)
            inside = content[line + 1] - content[lasts + 1]
            totals = value[lasts] + here[line] + _stretch((line - lasts) / lines, pitch, inside, usual, cut=False)
            last = int(np.argmax(totals))
            if totals[last] > value[line]:
                value[line], before[line] = totals[last], low + last
    below = 1 - (np.arange(lines) + 0.5) / lines
    ends = value + _stretch(below, pitch, content[-1] - content[1:], usual, cut=True)
    line = int(np.argmax(ends))
    best = float(ends[line])
    chosen = []
    while line >= 0:
        chosen.append(line)
        line = int(before[line])
    return best, chosen[::-1]


def _stretch(heights: Floats, pitch: float, inside: Floats, usual: float, *, cut: bool) -> Floats:
    """What stretches between two rails are worth; ``cut`` where they end at the frame's edge and may be of any height."""
    ratio = heights / pitch
    worth = -_UNLIKE * np.log(np.maximum(ratio, 1e-3)) ** 2
    if cut:
        return np.asarray(np.where((ratio < 1) | (inside < 0.08 * usual), 0.0, worth))
    return np.asarray(worth - np.where(inside < 0.1 * usual, 0.4, 0.0))


def _shelves(level: Level, rails: list[float], middles: Floats) -> Shelves | None:
    """Shelves from rails: what is above the first and below the last counts where enough was read there."""
    inner = [int(((middles >= a) & (middles < b)).sum()) for a, b in itertools.pairwise(rails)]
    usual = float(np.median(inner)) if inner else float(len(middles))
    edges = list(rails)
    if (middles < rails[0]).sum() >= max(2.0, 0.2 * usual):
        edges.insert(0, 0.0)
    if (middles >= rails[-1]).sum() >= max(3.0, 0.3 * usual):
        edges.append(1.0)
    return Shelves(level, tuple(edges)) if len(edges) > 1 else None
