"""Watches a shelf: what came and what went between two frames that were read, in one sentence, or nothing.

A word that was read once and not the other time is no news: OCR misses and misreads words. News is only what the pixels
bear out: its place must look otherwise than before, after the move of the camera is taken back.
"""

from dataclasses import dataclass

from local_live.reading.labels import Label
from local_live.reading.looking import Seen
from local_live.reading.moving import Box, Move, alike_at, moved
from local_live.reading.naming import names, same_name
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.steps import NOTHING
from local_live.reading.wording import capital, count_word, listed, place_words, short
from local_live.reading.words import alike, distance, plain

MOST_WORDS = 20

_SAME = 0.6
"""A place that looks so alike (-1 to 1) has not changed, whatever was read there."""

_RAIL, _RAIL_SHARE = 0.045, 0.2
"""So near to a rail, in parts of the frame's height or of a shelf's, a label is that of a price tag."""

_MARGIN = 0.01
"""Of the frame: what is nearer to its edge may have been cut off before, or be cut off now."""

_SAME_VIEW = 0.6
"""The part of the frame that was seen before: above it, what the camera's move uncovered at the edge is no news."""

_OTHER_VIEW = 0.5
"""Where the view cannot be compared, so much of the names must be new that it is another view."""


@dataclass(frozen=True, slots=True)
class Named:
    """A label that can be called something."""

    name: str
    label: Label


def watch(before: Seen | None, seen: Seen) -> tuple[Seen | None, str]:
    """What the next frame is to be compared with, and what is said of this one: at most 20 words, or `NOTHING`.

    The frame to compare with stays until there is news, so that many small changes and moves add up.
    """
    if not seen.shelf_map.labels or seen.trouble:
        return before, NOTHING
    if before is None:
        text = _in_view(seen.shelf_map)
        return (seen, text) if text else (None, NOTHING)
    move = moved(before.frame, seen.frame)
    if move is None or move.overlap < _SAME_VIEW:
        return _other_view(before, seen)
    came = _came(before, seen, move)
    went = _came(seen, before, move.back())
    if not came and not went:
        return before, NOTHING
    return seen, _told(came, seen.shelf_map, went, before.shelf_map)


def _in_view(shelf_map: ShelfMap) -> str:
    """The first sentence: how many shelves, and some of what stands there, one name a shelf first."""
    standing = _standing(shelf_map)
    by_shelf = [
        names([label for label in standing if label.shelf == number]) for number in range(1, shelf_map.shelf_count + 1)
    ]
    some = [called[turn] for turn in range(3) for called in by_shelf if len(called) > turn]
    shelves = f"{count_word(shelf_map.shelf_count)} {'shelf' if shelf_map.shelf_count == 1 else 'shelves'}"
    return _fitting(f"In view: {shelves}, with", _distinct(some)) if some else ""


def _other_view(before: Seen, seen: Seen) -> tuple[Seen, str]:
    """Where the camera looks somewhere else: the names that were not there before, if they are most of them."""
    here = _distinct(names(_standing(seen.shelf_map)))
    known = names(before.shelf_map.labels)
    fresh = [name for name in here if not any(same_name(name, other) for other in known)]
    if not fresh or len(fresh) < _OTHER_VIEW * len(here):
        return before, NOTHING
    return seen, _fitting("Now in view:", fresh)


def _came(old: Seen, new: Seen, move: Move) -> list[Named]:
    """What is named in ``new`` and was not in ``old``, though its place was in view, and looks otherwise now."""
    height, width = new.frame.rgb.shape[:2]
    known = [label.tokens for label in _standing(old.shelf_map)]
    back = move.back()
    found: list[list[Named]] = []
    for named in _named(new.shelf_map):
        box = _grown(named.label)
        before = back.box(box, width, height)
        inside = _inside(box, width, height) and _inside(before, *_size(old))
        if not inside or _is_known(named.name, known) or alike_at(old.frame, before, new.frame, box) >= _SAME:
            continue
        packs = next((packs for packs in found if _is_variant(named.name, packs[0].name)), None)
        if packs is None:
            found.append([named])
        else:
            packs.append(named)
    return [max(packs, key=lambda one: _standard(one, packs)) for packs in found]


def _standard(one: Named, packs: list[Named]) -> tuple[int, float]:
    """How much speaks for the spelling of one pack: how many have it, and how surely it was read."""
    return sum(one.name == other.name for other in packs), min(word.score for word in one.label.words)


def _named(shelf_map: ShelfMap) -> list[Named]:
    """The labels that have a name, spelled as the shelf has it, the largest letters first."""
    every = names(shelf_map.labels)
    found = []
    for label in _standing(shelf_map):
        own = names([label], shelf_map.labels)
        spelled = next((name for name in every if own and same_name(own[0], name)), None)
        if spelled:
            found.append(Named(spelled, label))
    return sorted(found, key=lambda one: -max(word.height for word in one.label.words))


def _standing(shelf_map: ShelfMap) -> list[Label]:
    """The labels of packs. A name on a price tag stays when the thing is gone, and is there before it comes."""
    return [label for label in shelf_map.labels if not _on_rail(label, shelf_map)]


def _on_rail(label: Label, shelf_map: ShelfMap) -> bool:
    shelves = shelf_map.shelves
    if shelves is None:
        return False
    middle = (label.top + label.bottom) / 2
    height, rails = shelves.level(label.x, middle), shelves.bay_of(label.x, middle).rails
    usual = (rails[-1] - rails[0]) / (len(rails) - 1)
    return any(abs(rail - height) < min(_RAIL, _RAIL_SHARE * usual) for rail in rails if 0.0 < rail < 1.0)


def _is_known(name: str, labels: list[tuple[str, ...]]) -> bool:
    """Whether one label had all words of a name, also with letters misread or words run together."""
    words = [plain(word) for word in name.split()]
    return any(
        all(any(alike(word, other) or (len(word) >= 4 and word in other) for other in label) for word in words)
        for label in labels
    )


def _grown(label: Label) -> Box:
    """A label with the surface round it."""
    room = 0.6 * max(word.height for word in label.words)
    return label.left - room, label.top - room, label.right + room, label.bottom + room


def _size(seen: Seen) -> tuple[int, int]:
    height, width = seen.frame.rgb.shape[:2]
    return int(width), int(height)


def _inside(box: Box, width: int, height: int) -> bool:
    return (
        box[0] > _MARGIN * width and box[1] > _MARGIN * height
        and box[2] < (1 - _MARGIN) * width and box[3] < (1 - _MARGIN) * height
    )  # fmt: skip


def _told(came: list[Named], here: ShelfMap, went: list[Named], there: ShelfMap) -> str:
    """One sentence: what came with its place, then what went with its place, as far as 20 words go."""
    parts = [part for part in (_part("new", came, here), _part("gone or covered", went, there)) if part]
    whole = "; ".join(parts)
    if len(whole.split()) > MOST_WORDS:
        whole = "; ".join(_names_only(lead, some) for lead, some in (("new", came), ("gone or covered", went)) if some)
    return f"{capital(whole)}."


def _part(lead: str, some: list[Named], shelf_map: ShelfMap) -> str:
    if not some:
        return ""
    if len(some) > 1:
        return _names_only(lead, some)
    label = some[0].label
    return f"{lead}: {some[0].name}, {place_words(label.shelf, shelf_map.count_at(label), shelf_map.side(label.x))}"


def _names_only(lead: str, some: list[Named]) -> str:
    return f"{lead}: {listed([one.name for one in some[:2]])}"


def _fitting(lead: str, called: list[str]) -> str:
    """A lead and as many names as fit."""
    for count in range(len(called), 1, -1):
        text = f"{lead} {listed(called[:count])}."
        if len(text.split()) <= MOST_WORDS:
            return text
    return short([f"{lead} {called[0]}."], MOST_WORDS)


def _distinct(called: list[str]) -> list[str]:
    found: list[str] = []
    for name in called:
        if not any(_is_variant(name, other) for other in found):
            found.append(name)
    return found


def _is_variant(one: str, other: str) -> bool:
    """Whether two names are of one thing: most words in common, or a letter or two misread."""
    a, b = set(one.split()), set(other.split())
    few = 2 * len(a & b) > max(len(a), len(b))
    return same_name(one, other) or few or 5 * distance(one, other) <= min(len(one), len(other))
