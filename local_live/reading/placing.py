"""Where a run of packs is, in words and as a value, and what belongs to it: its label, its price, its colour, its neighbour."""

from local_live.brain import Place
from local_live.reading.asking import FORMS, Asked
from local_live.reading.colours import pack_colour
from local_live.reading.finding import SAFETY, SMALL_WORDS, Run
from local_live.reading.labels import Label
from local_live.reading.naming import agreed, names, same_name
from local_live.reading.shelfmap import ShelfMap, Tag
from local_live.reading.wording import place_words
from local_live.reading.words import Word, alike, plain, tokens

_MAIN = 0.6
"""Words of a label that are so high, in parts of those that were asked for, are part of its name."""

_SURELY = 0.95
"""Read so surely, a word that nobody asked for is said."""

_MOST_NAME = 8
"""Words of a name at the most."""

_BESIDE = 0.25
"""Parts of the frame's width: what is further away is no neighbour."""

_LONG = 6
"""Letters of a name that is one word."""

_SMALL_PRINT, _ON_TAG = 0.55, 0.5
"""The name on a price tag is lower than the first part of its price, and no further above or below it than the second."""


def where(shelf_map: ShelfMap, run: Run) -> str:
    """The shelf and the side of a run."""
    count = shelf_map.count_at(run.hit.label)
    return place_words(run.hit.label.shelf, count, shelf_map.side(run.x), cut=shelf_map.is_cut)


def place(shelf_map: ShelfMap, run: Run, asked: Asked, *, found: bool, tag: Tag | None = None) -> Place:
    """The place of a run as a value; the box holds its words with a little room round them."""
    room = 0.5 * max(word.height for word in run.hit.label.words)
    box = (
        _per_mille(run.top - room, shelf_map.height),
        _per_mille(run.left - room, shelf_map.width),
        _per_mille(run.bottom + room, shelf_map.height),
        _per_mille(run.right + room, shelf_map.width),
    )
    return Place(
        found=found,
        item=" ".join(asked.thing),
        shelf=run.hit.label.shelf,
        shelf_count=shelf_map.count_at(run.hit.label),
        counted_from="top",
        side=shelf_map.side(run.x),
        read_text=" ".join(word.text for word in run.hit.label.words),
        price=tag.price if tag else None,
        confidence=round(min(1.0, run.hit.sureness), 2),
        box=box,
    )


def _per_mille(value: float, whole: int) -> int:
    return min(1000, max(0, round(1000 * value / whole)))


def read_out(shelf_map: ShelfMap, run: Run, asked: Asked) -> str:
    """The words of the label's name, as asked where a letter was misread: those that were asked for, and others as large."""
    matched = {id(word) for word in run.hit.matched}
    high = _MAIN * min(word.height for word in run.hit.matched)
    known = agreed(shelf_map.labels)
    said = []
    for word in run.hit.label.words:
        if id(word) in matched:
            said.append(_as_asked(word, asked.thing))
        elif plain(word.text) in known and word.score >= _SURELY and word.height >= high and not word.sideways:
            said.append(word.text.lower())
    if len(said) > _MOST_NAME:
        said = [_as_asked(word, asked.thing) for word in run.hit.label.words if id(word) in matched]
    said = said[:_MOST_NAME]
    # What is left of a sign before it, or of a line that goes on, is no part of a name.
    while len(said) > 1 and said[0] in SMALL_WORDS and said[0] not in asked.thing:
        said = said[1:]
    while len(said) > 1 and said[-1] in SMALL_WORDS and said[-1] not in asked.thing:
        said = said[:-1]
    return " ".join(word for at, word in enumerate(said) if not at or word != said[at - 1])


def _as_asked(word: Word, thing: tuple[str, ...]) -> str:
    text = plain(word.text)
    for length in (3, 2, 1):
        for start in range(len(thing) - length + 1):
            part = thing[start : start + length]
            if text == "".join(part) or (length == 1 and alike(part[0], text) and text != part[0] + "s"):
                return " ".join(part) if part[0] not in SMALL_WORDS else word.text.lower()
    return " ".join(tokens(word.text)) or word.text.lower()


def tags_below(shelf_map: ShelfMap, run: Run) -> list[Tag]:
    """The prices on the rail of a run's shelf, within its width and half a pack on either side."""
    left, _, right, _ = run.hit.box
    reach = 0.5 * (right - left)
    return [
        tag
        for tag in shelf_map.tags
        if tag.shelf == run.hit.label.shelf and run.left - reach <= tag.x <= run.right + reach
    ]


def tag_of(shelf_map: ShelfMap, run: Run) -> Tag | None:
    """The one price that clearly belongs to a run, or None."""
    below = tags_below(shelf_map, run)
    return below[0] if len({tag.price for tag in below}) == 1 else None


def is_on_tag(shelf_map: ShelfMap, label: Label) -> bool:
    """Whether a label is small print beside a price on a rail: it says what belongs there, not that it is there."""
    letter = max(word.height for word in label.words)
    for tag in shelf_map.tags:
        price, tall = tag.word, tag.word.height
        near = label.right > price.left - 3 * tall and label.left < price.right + 3 * tall
        level = label.bottom > price.top - _ON_TAG * tall and label.top < price.bottom + _ON_TAG * tall
        if near and level and letter < _SMALL_PRINT * tall:
            return True
    return False


def colour(shelf_map: ShelfMap, run: Run) -> str | None:
    """The colour of the pack whose words answer: looked for in a part of its shelf that is about as large as a pack."""
    left, top, right, bottom = run.hit.box
    shelf_px = shelf_map.height / max(1, shelf_map.shelf_count)
    return pack_colour(shelf_map.rgb, run.hit.box, (left, top - 0.2 * shelf_px, right, bottom + 0.2 * shelf_px))


def neighbour(shelf_map: ShelfMap, run: Run, side: str) -> str | None:
    """What stands next to a run on its shelf, towards "left" or "right", by name; None where nothing near was read well."""
    own = " ".join(plain(word.text) for word in run.hit.matched)
    shelf = [
        label for label in shelf_map.labels if label.shelf == run.hit.label.shelf and not is_on_tag(shelf_map, label)
    ]
    beyond = [
        (label.left - run.right if side == "right" else run.left - label.right, label)
        for label in shelf
        if (label.x > run.right if side == "right" else label.x < run.left)
    ]
    for apart, label in sorted(beyond, key=lambda one: one[0]):
        if apart > _BESIDE * shelf_map.width:
            return None
        called = names([label], shelf_map.labels)
        if called and _tells(called[0]) and not same_name(called[0], own):
            return called[0]
    return None


def _tells(name: str) -> bool:
    """Whether a name is enough to recognise a neighbour by; claims are left out, for nobody has read them again."""
    words = [word for word in name.split() if word not in FORMS]
    return SAFETY.isdisjoint(words) and (len(words) > 1 or any(len(word) >= _LONG for word in words))


def spoken_price(amount: str) -> str:
    """A price as a voice says it well: '3.59' stays, a sign becomes a word behind it."""
    for sign, word in (("$", "dollars"), ("€", "euros"), ("£", "pounds"), ("¥", "yen")):
        if amount.startswith(sign):
            return f"{amount[1:]} {word}"
    return amount
