"""Puts what was found into words for somebody who does not see the shelf.

Place first, shelves counted from the top with the number seen, the wearer's left and right, at most 35 words, label words
apart from what a thing looks like, nothing claimed that was not read, and one move where something is missing.
"""

from local_live.brain import Answer, Place
from local_live.reading.asking import Asked, Kind, understand
from local_live.reading.colours import pack_colour
from local_live.reading.finding import SAFETY, SMALL_WORDS, Run, find, nearest, telling
from local_live.reading.naming import names
from local_live.reading.picture import Trouble
from local_live.reading.shelfmap import ShelfMap, Tag
from local_live.reading.wording import capital, count_word, listed, place_words, shelf_word, short, with_article
from local_live.reading.words import Word, alike, plain, tokens

MOST_WORDS = 35

NO_PICTURE = "I have no picture yet. Hold your head still towards the shelf and ask again."
NOT_HEARD = "I heard no question. Press the button and ask again, for example: where is the bread?"
UNREADABLE = "The picture did not arrive whole. Hold your head still and ask again."
NOT_UNDERSTOOD = "I did not understand the question. Ask where something is, what it costs, or what is on a shelf."

_TROUBLES = {
    Trouble.DARK: "The picture is too dark to read. Turn towards the light and ask again.",
    Trouble.BLURRED: "The picture is blurred. Hold your head still for two seconds and ask again.",
    Trouble.SMALL: "The picture is too small to read. Ask for a larger picture size in the settings.",
    None: "I could not read any label in the picture. Take one step closer to the shelf and ask again.",
}


def ask_back(heard: str, other: str) -> Answer:
    """When two things are as likely to have been asked."""
    one, two = (" ".join(understand(text).thing) or text for text in (heard, other))
    if one == two:
        one, two = heard, other
    return Answer(heard, f"I am not sure what I heard: {one}, or {two}? Please ask again, a little slower.", None)


def say(asked: Asked, shelf_map: ShelfMap, trouble: Trouble | None, heard: str) -> Answer:
    """The answer to a question about one frame."""
    if asked.kind is Kind.UNKNOWN:
        return Answer(heard, NOT_UNDERSTOOD, None)
    if not shelf_map.labels:
        return Answer(heard, _TROUBLES[trouble], None)
    if asked.kind is Kind.COUNT:
        return Answer(
            heard, f"{count_word(shelf_map.shelf_count).capitalize()} {_shelves(shelf_map)} in the picture.", None
        )
    if asked.kind is Kind.DESCRIBE:
        return Answer(heard, _describe(asked, shelf_map), None)
    runs = find(shelf_map, asked.thing)
    if asked.shelf is not None:
        wanted = asked.shelf if asked.shelf > 0 else shelf_map.shelf_count
        runs = [run for run in runs if run.hit.label.shelf == wanted] or runs
    if not runs:
        return _absent(asked, shelf_map, heard)
    return _price(asked, shelf_map, runs, heard) if asked.kind is Kind.PRICE else _found(asked, shelf_map, runs, heard)


def where(shelf_map: ShelfMap, run: Run) -> str:
    """The shelf and the side of a run."""
    return place_words(run.hit.label.shelf, shelf_map.shelf_count, shelf_map.side(run.x))


def _shelves(shelf_map: ShelfMap) -> str:
    return "shelf" if shelf_map.shelf_count == 1 else "shelves"


def _found(asked: Asked, shelf_map: ShelfMap, runs: list[Run], heard: str) -> Answer:
    run = runs[0]
    colour = _colour(shelf_map, run)
    first = where(shelf_map, run) + (f", {with_article(colour)} {colour} pack" if colour else "")
    tag = _tag(shelf_map, run)
    sentences = [capital(first) + ".", f"The label says {read_out(run, asked)}."]
    if run.hit.sureness < 0.6:
        sentences.append("I am not sure; take one step closer and ask again.")
    if tag:
        sentences.append(f"The tag below says {spoken_price(tag.price)}.")
    others = [other for other in runs[1:] if other.hit.sureness >= 0.6][:1]
    if others:
        also = where(shelf_map, others[0]).split(" of ")[0] + ", " + shelf_map.side(others[0].x)
        sentences.append(f"Also {also}.")
    return Answer(heard, short(sentences, MOST_WORDS), place(shelf_map, run, asked, found=True, tag=tag))


def _price(asked: Asked, shelf_map: ShelfMap, runs: list[Run], heard: str) -> Answer:
    run = next((run for run in runs if _tag(shelf_map, run)), runs[0])
    tag = _tag(shelf_map, run)
    name, there = read_out(run, asked), where(shelf_map, run)
    if tag:
        text = f"{spoken_price(tag.price)} on the tag below. The label says {name}: {there}."
        return Answer(heard, short([capital(text)], MOST_WORDS), place(shelf_map, run, asked, found=True, tag=tag))
    near = sorted({near.price for near in _tags_below(shelf_map, run)})
    if near:
        why = f"The tags below say {' and '.join(spoken_price(amount) for amount in near[:2])}; which is its, I cannot tell."
    else:
        why = "I could not read its price. Take one step closer and ask again."
    return Answer(
        heard, short([f"{capital(there)}: {name}.", why], MOST_WORDS), place(shelf_map, run, asked, found=True)
    )


def _absent(asked: Asked, shelf_map: ShelfMap, heard: str) -> Answer:
    name = " ".join(asked.thing)
    near = nearest(shelf_map, asked.thing)
    wanted = telling(asked.thing)
    if near and _worth_saying(near, wanted):
        there = where(shelf_map, near)
        read, missing = read_out(near, asked), " ".join(near.hit.missing)
        if _may_be(near):
            text = [
                f"Perhaps {there}: I read {read} there, but could not read {missing}.",
                "Step closer and ask again.",
            ]
        else:
            text = [
                f"I did not find {name}.",
                f"{capital(there)}, I read {read}, but not {missing}.",
                _move(shelf_map),
            ]
        return Answer(heard, short(text, MOST_WORDS), place(shelf_map, near, asked, found=False))
    seen = names(shelf_map.labels)[:3]
    text = [
        f"I read no {name} on the {count_word(shelf_map.shelf_count)} {_shelves(shelf_map)} in the picture.",
        f"I read {listed(seen)}." if seen else "",
        _move(shelf_map),
    ]
    nowhere = Place(False, name, None, shelf_map.shelf_count, "top", None, "", None, 0.0, None)
    return Answer(heard, short([part for part in text if part], MOST_WORDS), nowhere)


def _worth_saying(near: Run, wanted: tuple[str, ...]) -> bool:
    """Whether a near thing helps: it is of the asked kind (its last word), or half of the words that say something."""
    read = [word for word in wanted if word not in near.hit.missing and word not in SAFETY]
    return bool(read) and (wanted[-1] in read or 2 * len(near.hit.missing) <= len(wanted))


def _may_be(near: Run) -> bool:
    """Whether the missing words may just be too small to read: no claim is among them, and nothing else stands there."""
    matched = {id(word) for word in near.hit.matched}
    other = [word for word in near.hit.label.words if id(word) not in matched and word.score >= 0.85]
    return not set(near.hit.missing) & SAFETY and not any(len(plain(word.text)) >= 3 for word in other)


def _move(shelf_map: ShelfMap) -> str:
    """One move towards where the shelf goes on: the side of the frame that its labels reach."""
    left = min(label.left for label in shelf_map.labels)
    right = shelf_map.width - max(label.right for label in shelf_map.labels)
    side = "left" if left < right else "right"
    return f"Take one step to the {side} and ask again."


def _describe(asked: Asked, shelf_map: ShelfMap) -> str:
    count = shelf_map.shelf_count
    if asked.shelf is not None:
        number = asked.shelf if asked.shelf > 0 else count
        if number > count:
            return f"There are only {count_word(count)} shelves in the picture. Look further down and ask again."
        seen = names([label for label in shelf_map.labels if label.shelf == number])[:5]
        named = capital(shelf_word(number, count))
        if not seen:
            return f"{named}: I could not read its labels. Take one step closer and ask again."
        return short([f"{named}, from the left: {listed(seen)}."], MOST_WORDS)
    seen = names(shelf_map.labels)
    spread = seen[:: max(1, len(seen) // 5)][:5]
    return short(
        [f"{count_word(count).capitalize()} {_shelves(shelf_map)}.", f"Among others I read {listed(spread)}."],
        MOST_WORDS,
    )


def read_out(run: Run, asked: Asked) -> str:
    """The words of the label from the first asked one of a row to the last, as asked where a letter was misread."""
    matched = {id(word) for word in run.hit.matched}
    said = []
    for word in run.hit.label.words:
        row = [other for other in run.hit.matched if abs(other.y - word.y) < 0.5 * word.height]
        if id(word) in matched:
            said.append(_as_asked(word, asked.thing))
        elif row and word.score >= 0.9 and min(o.left for o in row) < word.left < max(o.left for o in row):
            said.append(word.text.lower())
    return " ".join(said[:8])


def _as_asked(word: Word, thing: tuple[str, ...]) -> str:
    text = plain(word.text)
    for length in (3, 2, 1):
        for start in range(len(thing) - length + 1):
            part = thing[start : start + length]
            if text == "".join(part) or (length == 1 and alike(part[0], text) and text != part[0] + "s"):
                return " ".join(part) if part[0] not in SMALL_WORDS else word.text.lower()
    return " ".join(tokens(word.text)) or word.text.lower()


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
        shelf_count=shelf_map.shelf_count,
        counted_from="top",
        side=shelf_map.side(run.x),
        read_text=" ".join(word.text for word in run.hit.label.words),
        price=tag.price if tag else None,
        confidence=round(min(1.0, run.hit.sureness), 2),
        box=box,
    )


def _per_mille(value: float, whole: int) -> int:
    return min(1000, max(0, round(1000 * value / whole)))


def _tags_below(shelf_map: ShelfMap, run: Run) -> list[Tag]:
    """The prices on the rail of a run's shelf, within its width and half a pack on either side."""
    left, _, right, _ = run.hit.box
    reach = 0.5 * (right - left)
    return [
        tag
        for tag in shelf_map.tags
        if tag.shelf == run.hit.label.shelf and run.left - reach <= tag.x <= run.right + reach
    ]


def _tag(shelf_map: ShelfMap, run: Run) -> Tag | None:
    """The one price that clearly belongs to a run, or None."""
    below = _tags_below(shelf_map, run)
    return below[0] if len({tag.price for tag in below}) == 1 else None


def _colour(shelf_map: ShelfMap, run: Run) -> str | None:
    """The colour of the pack whose words answer: looked for in a part of its shelf that is about as large as a pack."""
    left, top, right, bottom = run.hit.box
    shelf_px = shelf_map.height / max(1, shelf_map.shelf_count)
    return pack_colour(shelf_map.rgb, run.hit.box, (left, top - 0.2 * shelf_px, right, bottom + 0.2 * shelf_px))


def spoken_price(amount: str) -> str:
    """A price as a voice says it well: '3.59' stays, a sign becomes a word behind it."""
    for sign, word in (("$", "dollars"), ("€", "euros"), ("£", "pounds"), ("¥", "yen")):
        if amount.startswith(sign):
            return f"{amount[1:]} {word}"
    return amount
