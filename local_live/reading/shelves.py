"""Finds the shelves: where in the frame one ends and the next begins, bay by bay.

Three things tell: prices stand in rows on the rails; the words of the packs stop at a board; a board is a long straight
edge. None is there always (tags may be too small to read, a rail may be dark on dark), so that they are weighed
together, and so is that shelves of one bay are about equally high. The best division is found by dynamic programming. Where
bays stand side by side with shelves at other heights, what is left and right of an upright is divided on its own.
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

_ROW = 3.0
"""Tags of a full row across the whole frame."""

_CLEARLY, _NO_LESS = 0.18, 0.9
"""Bay by bay a shelf must be worth so much more than where shelves run across the frame (of at most 1.35), and all together no
less than this part of those: a bay with a single clear rail would be worth much otherwise."""

_FITTING = 0.8
"""Where the rails of the whole frame are worth so much each (of at most 1.35) on either side of an upright, it parts nothing."""

_PITCHES = tuple(float(pitch) for pitch in np.geomspace(0.09, 0.8, 18))
"""Heights of a shelf that are tried, in parts of the frame's height."""

_UPRIGHTS, _LEAST_BAY = 2, 0.22
"""So many uprights are tried, and none that leaves a bay of less than the second figure, in parts of the frame's width."""

_CROSSED = 0.04
"""The part of the words that may lie across an upright: signs hang before it, labels do not."""

_UNIT = re.compile(r"^(kg|g|mg|l|ml|cl|oz|lb|lbs|ct|count|pack|bags|pcs|gal|qt|x)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bay:
    """A bay up to the upright at ``right`` (0 to 1 of the frame's width, where it crosses the middle of its height).

    Shelf n (from the top, first is 1) lies between ``rails[n - 1]`` and ``rails[n]``, which are heights of level lines, 0 to 1;
    the first and the last may be an edge of the frame.
    """

    right: float
    rails: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Shelves:
    """The shelves of a frame, bay by bay from the left; at least one bay, the last of which reaches to the frame's edge."""

    level: Level
    bays: tuple[Bay, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """How many shelves are seen in each bay."""
        return tuple(len(bay.rails) - 1 for bay in self.bays)

    @property
    def count(self) -> int:
        """How many shelves are seen, in the bay that shows most of them."""
        return max(self.counts)

    def bay_of(self, x: float, y: float) -> Bay:
        """The bay at a point of the frame in pixels."""
        at = upright(self.level, x, y)
        return next((bay for bay in self.bays if at < bay.right), self.bays[-1])

    def shelf_of(self, x: float, y: float) -> int | None:
        """The shelf at a point of the frame in pixels, or None above the first and below the last."""
        height, rails = self.level(x, y), self.bay_of(x, y).rails
        for number in range(1, len(rails)):
            if rails[number - 1] <= height < rails[number]:
                return number
        return None


def one_bay(level: Level, rails: tuple[float, ...]) -> Shelves:
    """Shelves that run through from one edge of the frame to the other."""
    return Shelves(level, (Bay(1.0, rails),))


def upright(level: Level, x: float, y: float) -> float:
    """Where the upright line through a point crosses the middle of the frame's height, 0 to 1 of its width."""
    return (x + level.slope * (y - level.height / 2)) / level.width


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
    tags = tags_among(words)
    tag_ids = {id(word) for word, _ in tags}
    printed = [word for word in words if id(word) not in tag_ids and word.score >= 0.6 and len(plain(word.text)) >= 3]
    if len(printed) < 2:
        return None
    bays = _bays(lie, tags, printed, 0.0, 1.0)
    # A single product has no shelf that could be told from others; it stands somewhere all the same.
    return Shelves(lie.level, tuple(bays[1])) if bays else one_bay(lie.level, (0.0, 1.0))


def _bays(
    lie: Lie, tags: list[tuple[Word, float]], printed: list[Word], left: float, right: float
) -> tuple[float, list[Bay]] | None:
    """The bays between two parts of the frame's width, as one or parted at an upright, and what that is worth."""
    whole = _one_bay(lie, tags, printed, left, right)
    if whole is None:
        return None
    for at in _uprights(lie, printed, left, right):
        sides = []
        for low, high in ((left, at), (at, right)):
            some = [word for word in printed if low <= upright(lie.level, word.x, word.y) < high]
            theirs = [one for one in tags if low <= upright(lie.level, one[0].x, one[0].y) < high]
            sides.append((theirs, some, low, high))
        if all(_fit(lie, whole[1].rails, *side) for side in sides):
            continue
        one, other = (_bays(lie, *side) for side in sides)
        if one is None or other is None or _run_through(one[1][-1].rails, other[1][0].rails):
            continue
        share = (at - left) / (right - left)
        worth = share * one[0] + (1 - share) * other[0]
        each = share * _each(*one) + (1 - share) * _each(*other)
        if each > _each(whole[0], [whole[1]]) + _CLEARLY and worth > _NO_LESS * whole[0]:
            return worth, [*one[1], *other[1]]
    return whole[0], [whole[1]]


def _each(worth: float, bays: list[Bay]) -> float:
    """What a shelf is worth where all are worth so much."""
    return worth * len(bays) / sum(len(bay.rails) - 1 for bay in bays)


def _fit(
    lie: Lie, rails: tuple[float, ...], tags: list[tuple[Word, float]], printed: list[Word], left: float, right: float
) -> bool:
    """Whether there is about as much to say for rails in a part of the width as there is where they were found."""
    here = _here(lie, tags, printed, left, right)
    reach = round(_NEAR * _LINES)
    lines = [round(rail * _LINES) for rail in rails if 0.0 < rail < 1.0]
    worth = [here[max(0, line - reach) : line + reach + 1].max() for line in lines]
    return not worth or float(np.mean(worth)) >= _FITTING


def _run_through(rails: tuple[float, ...], others: tuple[float, ...]) -> bool:
    """Whether the shelves of two bays are at the same heights."""
    return len(rails) == len(others) and all(
        abs(one - other) < 2 * _NEAR for one, other in zip(rails, others, strict=True)
    )


def _uprights(lie: Lie, printed: list[Word], left: float, right: float) -> list[float]:
    """The clearest uprights that lie across hardly any word, 0 to 1 of the frame's width."""
    strength = lie.uprights()
    at = (np.arange(len(strength)) + 0.5) / len(strength)
    half = [(upright(lie.level, word.left, word.y), upright(lie.level, word.right, word.y)) for word in printed]
    crossed = np.array([sum(a < x < b for a, b in half) for x in at])
    strength = np.where(crossed <= _CROSSED * len(printed), strength, 0.0)
    strength = np.where((at > left + _LEAST_BAY) & (at < right - _LEAST_BAY), strength, 0.0)
    found: list[float] = []
    while len(found) < _UPRIGHTS and strength.max() > 0.0:
        x = float(at[int(strength.argmax())])
        found.append(x)
        strength = np.where(np.abs(at - x) < 0.05, 0.0, strength)
    return found


def _one_bay(
    lie: Lie, tags: list[tuple[Word, float]], printed: list[Word], left: float, right: float
) -> tuple[float, Bay] | None:
    """The shelves of one bay between two parts of the width, and what they are worth."""
    if len(printed) < 2:
        return None
    here = _here(lie, tags, printed, left, right)
    middles = np.array([lie.level(word.x, word.y) for word in printed])
    content = np.concatenate(([0.0], np.cumsum(np.histogram(middles, _LINES, (0.0, 1.0))[0])))
    best: tuple[float, list[int]] = (-np.inf, [])
    for pitch in _PITCHES:
        best = max(best, _divide(here, content, pitch))
    rails = _with_ends([(line + 0.5) / _LINES for line in best[1]], middles)
    return (best[0], Bay(right, rails)) if rails else None


def _here(lie: Lie, tags: list[tuple[Word, float]], printed: list[Word], left: float, right: float) -> Floats:
    """How much speaks for a rail at each of `_LINES` heights, between two parts of the width."""
    level, edges, heights = lie.level, lie.edges(left, right), (np.arange(_LINES) + 0.5) / _LINES
    row = max(_ROW / 2, _ROW * (right - left))
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
        _TAGS * np.minimum(1.0, rows / row) + _EDGE * np.interp(heights, at, widest)
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


def _with_ends(rails: list[float], middles: Floats) -> tuple[float, ...]:
    """Rails with the frame's edges, where enough was read above the first or below the last to count as a shelf."""
    if not rails:
        return ()
    inner = [int(((middles >= a) & (middles < b)).sum()) for a, b in itertools.pairwise(rails)]
    usual = float(np.median(inner)) if inner else float(len(middles))
    edges = list(rails)
    if (middles < rails[0]).sum() >= max(2.0, 0.2 * usual):
        edges.insert(0, 0.0)
    if (middles >= rails[-1]).sum() >= max(3.0, 0.3 * usual):
        edges.append(1.0)
    return tuple(edges) if len(edges) > 1 else ()
