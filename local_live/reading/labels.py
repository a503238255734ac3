"""Puts words together to labels: the words of one pack, and no word of its neighbour."""

from collections import defaultdict
from dataclasses import dataclass, replace
import itertools
import re

from local_live.reading.shelves import Shelves, tags_among
from local_live.reading.words import Word, alike, plain

_WIDE_GAP = 0.55
"""Parts of a letter's height: a gap that is wider than this parts two packs; spaces of a label are narrower."""

_ODD_GAP = 0.33
"""A gap above this parts two packs if it is also clearly wider than the others of its line."""

_STACK = 1.4
"""How far below a line the next line of the same label may begin, in heights of the larger one."""


@dataclass(frozen=True, slots=True)
class Label:
    """The words of one pack in the order of reading, its shelf, and the box round them in pixels."""

    words: tuple[Word, ...]
    shelf: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def x(self) -> float:
        """The middle, from the left."""
        return (self.left + self.right) / 2

    @property
    def tokens(self) -> tuple[str, ...]:
        """Its words, plain."""
        return tuple(plain(word.text) for word in self.words)


def merge(first: list[Word], closer: list[Word]) -> list[Word]:
    """Words of two readings of one frame, each place once; where both read, the closer look counts.

    Words that the first reading had on different lines stay on different lines: a closer look runs the lines of
    neighbouring packs together more easily.
    """
    kept = [word for word in first if not any(_overlap(word, other) > 0.5 for other in closer)]
    base = 1 + max((word.line for word in closer), default=0)
    line_of: dict[tuple[int, int], int] = {}
    merged = []
    for word in closer:
        under = [other for other in first if _overlap(word, other) > 0.5]
        old = max(under, key=lambda other: _overlap(word, other)).line if under else -1
        better = next((other for other in under if len(under) == 1 and other.score > word.score + 0.15), None)
        line = line_of.setdefault((word.line, old), len(line_of))
        text, score = (better.text, better.score) if better else (word.text, word.score)
        merged.append(replace(word, text=text, score=score, line=line))
    top = max(base, len(line_of))
    return merged + [replace(word, line=top + word.line) for word in kept]


def _overlap(one: Word, other: Word) -> float:
    """The common area, as a part of the smaller word's."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min((w.right - w.left) * (w.bottom - w.top) for w in (one, other))
    return width * height / max(1.0, smaller)


def find_labels(words: list[Word], shelves: Shelves) -> list[Label]:
    """The labels on the shelves, from the top left to the bottom right."""
    tags = {id(word) for word, likely in tags_among(words) if likely >= 0.6}
    whole = [part for word in words if id(word) not in tags for part in _split_at_signs(word)]
    printed = _split_run_together(whole)
    by_shelf: dict[int, list[list[Word]]] = defaultdict(list)
    for line in _lines(printed):
        middle = line[len(line) // 2]
        shelf = shelves.shelf_of(middle.x, middle.y)
        if shelf is not None:
            by_shelf[shelf].append(line)
    labels = []
    for shelf in sorted(by_shelf):
        found = [_label(stack, shelf) for stack in _stacks(by_shelf[shelf])]
        labels += sorted(found, key=lambda label: label.x)
    return labels


def _split_at_signs(word: Word) -> list[Word]:
    """The parts of 'LAWN&LEAF' with the places they have by their length; signs alone are left out."""
    parts = [(part.start(), part.end(), part.group()) for part in re.finditer(r"[^\s&+/,;:|]+", word.text)]
    step = (word.right - word.left) / max(1, len(word.text))
    return [
        replace(word, text=text, left=word.left + start * step, right=word.left + end * step)
        for start, end, text in parts
        if plain(text)
    ]


def _split_run_together(words: list[Word]) -> list[Word]:
    """Part words like 'KITCHENBAGS' where both halves were read on their own elsewhere in the picture."""
    known = {plain(word.text) for word in words if word.score > 0.85 and 4 <= len(plain(word.text)) <= 12}
    parted = []
    for word in words:
        text = plain(word.text)
        cut = None
        if len(text) >= 8 and text not in {w for w in known if len(w) < 8}:
            cuts = [i for i in range(4, len(text) - 3) if _known(text[:i], known) and _known(text[i:], known)]
            cut = cuts[0] if cuts else None
        if cut is None:
            parted.append(word)
            continue
        x = word.left + (word.right - word.left) * cut / len(text)
        parted += [replace(word, text=text[:cut], right=x), replace(word, text=text[cut:], left=x)]
    return parted


def _known(text: str, known: set[str]) -> bool:
    return text in known or any(alike(word, text) >= 0.75 for word in known if abs(len(word) - len(text)) <= 1)


def _lines(words: list[Word]) -> list[list[Word]]:
    """Lines of reading, parted where the gap says that another pack begins."""
    by_line: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        by_line[word.line].append(word)
    lines = []
    for members in by_line.values():
        members.sort(key=lambda word: word.left)
        gaps = [(b.left - a.right) / max(a.height, b.height, 1.0) for a, b in itertools.pairwise(members)]
        least = min(gaps, default=0.0)
        line = [members[0]]
        for gap, word in zip(gaps, members[1:], strict=True):
            if gap > _WIDE_GAP or (len(gaps) > 1 and gap > _ODD_GAP and gap > 1.5 * max(least, 0.05)):
                lines.append(line)
                line = []
            line.append(word)
        lines.append(line)
    return lines


def _stacks(lines: list[list[Word]]) -> list[list[list[Word]]]:
    """Lines that stand above each other on one pack. Each line hangs on at most one line above it."""
    lines = sorted(lines, key=lambda line: line[0].top)
    stack_of: dict[int, int] = {}
    for low, line in enumerate(lines):
        best, best_worth = None, 0.0
        for high in range(low):
            worth = _stands_on(lines[high], line)
            if worth > best_worth:
                best, best_worth = high, worth
        stack_of[low] = stack_of[best] if best is not None else low
    stacks: dict[int, list[list[Word]]] = defaultdict(list)
    for index, line in enumerate(lines):
        stacks[stack_of[index]].append(line)
    return list(stacks.values())


def _stands_on(high: list[Word], low: list[Word]) -> float:
    """0 to 1: how surely ``low`` is the next line below ``high`` on the same pack."""
    common = min(high[-1].right, low[-1].right) - max(high[0].left, low[0].left)
    widths = (high[-1].right - high[0].left, low[-1].right - low[0].left)
    share = common / max(1.0, min(widths))
    tall = max(word.height for word in (*high, *low))
    gap = min(word.top for word in low) - max(word.bottom for word in high)
    if share < 0.5 or not -0.6 * tall < gap < _STACK * tall or low[0].y <= high[0].y:
        return 0.0
    return share * (1 - max(0.0, gap) / (2 * _STACK * tall))


def _label(stack: list[list[Word]], shelf: int) -> Label:
    words = tuple(_in_order([word for line in stack for word in line]))
    return Label(
        words,
        shelf,
        min(word.left for word in words),
        min(word.top for word in words),
        max(word.right for word in words),
        max(word.bottom for word in words),
    )


def _in_order(words: list[Word]) -> list[Word]:
    """Words row by row, each row from the left; a row is what is nearer in height than half a letter."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.y):
        if rows and abs(word.y - rows[-1][0].y) < 0.5 * min(word.height, rows[-1][0].height):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [word for row in rows for word in sorted(row, key=lambda word: word.left)]
