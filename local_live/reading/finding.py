"""Looks a thing up on the map: all of its words on one label, or honestly not."""

from dataclasses import dataclass, replace
from itertools import pairwise
import math

from local_live.reading.asking import FORMS
from local_live.reading.labels import Label
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.words import Word, alike, plain

SMALL_WORDS = frozenset(
    ["the", "a", "an", "and", "of", "with", "for", "in", "on", "or", "to", "my", "some", "any", "s"]
)
"""Words that say nothing about which thing it is."""

SAFETY = frozenset(
    [
        "gluten",
        "free",
        "vegan",
        "vegetarian",
        "organic",
        "lactose",
        "halal",
        "kosher",
        "bio",
        "alcohol",
        "caffeine",
        "decaf",
        "allergen",
        "allergens",
        "without",
        "no",
        "zero",
    ]
)
"""Claims on which somebody's health may hang: they count only when they stand on the same label, word for word.

'Milk' and 'nuts' are things as well; in 'nut free' it is 'free' that must be read.
"""


_LONG, _SURE = 6, 0.75
"""Letters of a word that may be broken, and how alike its parts together must be to it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A label that answers, with how surely each asked word was read (0 to 1) and which were not read there."""

    label: Label
    matched: tuple[Word, ...]
    missing: tuple[str, ...]
    sureness: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Round the words that answer: left, top, right, bottom, in pixels."""
        words = self.matched
        return (
            min(word.left for word in words),
            min(word.top for word in words),
            max(word.right for word in words),
            max(word.bottom for word in words),
        )

    @property
    def x(self) -> float:
        """The middle of the words that answer, from the left."""
        left, _, right, _ = self.box
        return (left + right) / 2


@dataclass(frozen=True, slots=True)
class Run:
    """Packs of one thing side by side on one shelf; ``hit`` is the one nearest to their middle, the box in pixels."""

    hit: Hit
    count: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def x(self) -> float:
        """The middle, from the left."""
        return (self.left + self.right) / 2


def telling(thing: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a thing that must be read; where nothing but claims would be left ('gluten free rolls'), its form as well."""
    words = tuple(word for word in thing if word not in SMALL_WORDS)
    without = tuple(word for word in words if word not in FORMS)
    return without if any(word not in SAFETY for word in without) else words


def find(shelf_map: ShelfMap, thing: tuple[str, ...]) -> list[Run]:
    """The places of a thing, the surest first; empty where not all of its telling words were read together."""
    asked = telling(thing)
    hits = [hit for label in shelf_map.labels if (hit := _match(asked, thing, label)) and not hit.missing]
    if not hits:
        hits = _over_columns(shelf_map, asked, thing)
    return _runs(shelf_map, hits)


def nearest(shelf_map: ShelfMap, thing: tuple[str, ...]) -> Run | None:
    """The place on which most of the telling words were read, where it is at least one that says something."""
    asked = telling(thing)
    hits = [hit for label in shelf_map.labels if (hit := _match(asked, thing, label)) and hit.matched]
    if not hits:
        return None
    weight = {word: rarity(shelf_map, word) for word in asked}
    runs = _runs(shelf_map, [max(hits, key=lambda hit: _closeness(hit, asked, weight))])
    return runs[0] if runs else None


def rarity(shelf_map: ShelfMap, word: str) -> float:
    """How much reading an asked word says: much if few labels have it, nothing if it is a claim or was not read at all.

    'Gluten free' says which of two pastas it is, not that something is a pasta.
    """
    if word in SAFETY:
        return 0.0
    count = sum(any(alike(word, text) for text in label.tokens) for label in shelf_map.labels)
    return math.log(1 + len(shelf_map.labels) / count) if count else 0.0


def _closeness(hit: Hit, asked: tuple[str, ...], weight: dict[str, float]) -> tuple[float, float]:
    """Rare words count most; the last word names the thing and counts a little more than the others."""
    read = [word for word in asked if word not in hit.missing]
    return sum(weight[word] for word in read) + (0.5 if asked[-1] in read else 0.0), hit.sureness


def _match(asked: tuple[str, ...], thing: tuple[str, ...], label: Label) -> Hit | None:
    """How a label answers; None where it has not a single asked word."""
    texts = label.tokens
    matched: dict[int, float] = {}
    missing = []
    position = 0
    while position < len(asked):
        # 'KITCHENBAGS' is two words in one, 'LAWN&LEAF' three.
        for length in (3, 2, 1):
            joined = asked[position : position + length]
            if len(joined) < length:
                continue
            index, worth = _best("".join(joined), texts, label, joined)
            if worth > 0:
                matched[index] = max(matched.get(index, 0.0), worth)
                position += length
                break
        else:
            broken = _broken(asked[position], texts, label)
            matched |= broken
            if not broken:
                missing.append(asked[position])
            position += 1
    if not matched:
        return None
    for extra in set(thing) - set(asked):
        index, worth = _best(extra, texts, label, (extra,))
        if worth > 0:
            matched.setdefault(index, worth)
        elif extra in FORMS and _comes_in_another_form(texts, matched):
            missing.append(extra)
    words = tuple(word for index, word in enumerate(label.words) if index in matched)
    found = len(asked) - len(missing)
    return Hit(label, words, tuple(missing), sum(matched.values()) / len(matched) * max(0, found) / len(asked))


def _broken(word: str, texts: tuple[str, ...], label: Label) -> dict[int, float]:
    """The two parts of a long word that is broken over lines, or by a gap, with how surely they were read."""
    if len(word) < _LONG:
        return {}
    for index, (first, second) in enumerate(pairwise(texts)):
        worth = alike(word, first + second) if len(first) > 1 and len(second) > 1 else 0.0
        if worth >= _SURE:
            least = min(label.words[index].score, label.words[index + 1].score)
            return {index: worth * least, index + 1: worth * least}
    return {}


def _comes_in_another_form(texts: tuple[str, ...], matched: dict[int, float]) -> bool:
    """Whether another form stands right behind the asked words: a 'trash can' is no trash bag."""
    return any(index + 1 < len(texts) and texts[index + 1] in FORMS for index in matched)


def _best(text: str, texts: tuple[str, ...], label: Label, asked: tuple[str, ...]) -> tuple[int, float]:
    """The word of a label that is most like ``text``, and how much, weighed with how surely it was read."""
    best = (-1, 0.0)
    strict = any(word in SAFETY for word in asked)
    for index, read in enumerate(texts):
        worth = alike(text, read)
        if strict and (worth < 0.8 or label.words[index].score < 0.8):
            worth = 0.0
        worth *= min(1.0, label.words[index].score + 0.1)
        if worth > best[1]:
            best = (index, worth)
    return best if best[1] >= 0.45 else (-1, 0.0)


def _over_columns(shelf_map: ShelfMap, asked: tuple[str, ...], thing: tuple[str, ...]) -> list[Hit]:
    """Hits over labels that stand above each other: one pack whose words lie far apart, as brand and kind.

    Claims on health are never put together this way.
    """
    if any(word in SAFETY for word in asked):
        return []
    hits = []
    for label in shelf_map.labels:
        first = _match(asked, thing, label)
        if not first:
            continue
        column = [
            other
            for other in shelf_map.labels
            if other.shelf == label.shelf
            and min(label.right, other.right) - max(label.left, other.left)
            >= 0.6 * min(label.right - label.left, other.right - other.left)
        ]
        words = tuple(
            sorted((word for other in column for word in other.words), key=lambda word: (word.top, word.left))
        )
        whole = replace(label, words=words, top=min(o.top for o in column), bottom=max(o.bottom for o in column))
        hit = _match(asked, thing, whole)
        if hit and not hit.missing:
            hits.append(replace(hit, sureness=0.9 * hit.sureness))
    return hits


def _runs(shelf_map: ShelfMap, hits: list[Hit]) -> list[Run]:
    """Hits side by side on one shelf, put together; the surest and then the longest run first."""
    runs: list[list[Hit]] = []
    for hit in sorted(hits, key=lambda hit: (hit.label.shelf, hit.x)):
        last = runs[-1][-1] if runs else None
        if last and last.label.shelf == hit.label.shelf and not _between(shelf_map, last, hit):
            runs[-1].append(hit)
        else:
            runs.append([hit])
    found = []
    for run in runs:
        boxes = [hit.box for hit in run]
        left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
        middle = min(run, key=lambda hit: (abs(hit.x - (left + right) / 2), -hit.sureness))
        best = replace(middle, sureness=max(hit.sureness for hit in run))
        found.append(Run(best, len(run), left, min(box[1] for box in boxes), right, max(box[3] for box in boxes)))
    return sorted(found, key=lambda run: (-round(run.hit.sureness, 1), len(run.hit.label.words), -run.count))


def _between(shelf_map: ShelfMap, one: Hit, other: Hit) -> bool:
    """Whether something else stands between two hits of a shelf, or too wide a gap."""
    if other.box[0] - one.box[2] > 0.15 * shelf_map.width:
        return True
    hits = {id(one.label), id(other.label)}
    names = {plain(word.text) for word in (*one.matched, *other.matched)}
    return any(
        label.shelf == one.label.shelf
        and id(label) not in hits
        and one.x < label.x < other.x
        and min(label.bottom, one.box[3]) - max(label.top, one.box[1]) > 0.5 * (one.box[3] - one.box[1])
        and not names & set(label.tokens)
        and sum(len(plain(word.text)) for word in label.words if word.score > 0.8) >= 5
        for label in shelf_map.labels
    )
