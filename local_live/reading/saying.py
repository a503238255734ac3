"""Puts what was found into words for somebody who does not see the shelf.

Place first, shelves counted from the top with the number seen, the wearer's left and right, at most 35 words, label words
apart from what a thing looks like, nothing claimed that was not read, and one move where something is missing.
"""

from local_live.brain import Answer, Place
from local_live.reading import telling
from local_live.reading.asking import Asked, Kind, understand
from local_live.reading.finding import SAFETY, Run, find, nearest, telling as telling_words
from local_live.reading.naming import names
from local_live.reading.picture import Trouble
from local_live.reading.placing import (
    colour,
    is_on_tag,
    neighbour,
    place,
    read_out,
    spoken_price,
    tag_of,
    tags_below,
    where,
)
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.wording import MOST_WORDS, capital, count_word, listed, shelf_word, short, with_article
from local_live.reading.words import plain

NO_PICTURE = "I have no picture yet. Hold your head still towards the shelf and ask again."
NOT_HEARD = "I heard no question. Press the button and ask again, for example: where is the bread?"
TOO_SLOW = "Reading the picture takes longer than it should. Hold still and ask again."
CANNOT_HEAR = "I cannot listen at the moment. Restart the server, or ask in writing."
UNREADABLE = "The picture did not arrive whole. Hold your head still and ask again."
TOO_LARGE = "The picture is too large to read. Choose a smaller picture size in the settings."
NOT_UNDERSTOOD = "I did not understand the question. Ask where something is, what it costs, or what is on a shelf."
NOT_ALL_READ = "I have not read all of the picture yet, and not found {name} so far. Hold still and ask again."

TROUBLES = {
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
        return Answer(heard, TROUBLES[trouble], None)
    match asked.kind:
        case Kind.LOOSE:
            return Answer(heard, telling.declined(asked, shelf_map), None)
        case Kind.COUNT:
            return Answer(heard, telling.counted(shelf_map), None)
        case Kind.DESCRIBE | Kind.ELSE:
            return Answer(heard, _describe(asked, shelf_map), None)
        case Kind.READ | Kind.DATE if not asked.thing:
            return Answer(heard, telling.read_middle(shelf_map, dates_only=asked.kind is Kind.DATE), None)
        case Kind.CHEAPER if not asked.thing:
            return Answer(heard, telling.cheapest_of_all(shelf_map), None)
    runs = find(shelf_map, asked.thing)
    if asked.shelf is not None:
        wanted = asked.shelf if asked.shelf > 0 else shelf_map.shelf_count
        runs = [run for run in runs if run.hit.label.shelf == wanted] or runs
    if not runs:
        return _absent(asked, shelf_map, heard)
    match asked.kind:
        case Kind.PRICE:
            return _price(asked, shelf_map, runs, heard)
        case Kind.HOW_MANY:
            return telling.how_many(asked, shelf_map, runs, heard)
        case Kind.CHEAPER:
            return telling.cheaper(asked, shelf_map, runs, heard)
        case Kind.NEXT_TO:
            return telling.next_to(asked, shelf_map, runs[0], heard)
        case Kind.READ | Kind.DATE:
            return telling.label_of(asked, shelf_map, runs[0], heard)
    return _found(asked, shelf_map, runs, heard)


def _found(asked: Asked, shelf_map: ShelfMap, runs: list[Run], heard: str) -> Answer:
    """Two short sentences: the place, and what to recognise it by; the price is for who asks for it."""
    packs = [run for run in runs if not is_on_tag(shelf_map, run.hit.label)]
    if not packs:
        return _on_its_tag(asked, shelf_map, runs[0], heard)
    run = packs[0]
    seen = colour(shelf_map, run)
    first = where(shelf_map, run) + (f", {with_article(seen)} {seen} pack" if seen else "")
    tag = tag_of(shelf_map, run)
    sentences = [capital(first) + ".", f"The label says {read_out(shelf_map, run, asked)}."]
    if run.hit.sureness < 0.6:
        sentences.append("I am not sure; take one step closer and ask again.")
    others = [other for other in packs[1:] if other.hit.sureness >= 0.6][:1]
    if others:
        also = where(shelf_map, others[0]).split(" of ")[0] + ", " + shelf_map.side(others[0].x)
        sentences.append(f"Also {also}.")
    beside = next(((side, name) for side in ("left", "right") if (name := neighbour(shelf_map, run, side))), None)
    if beside and not seen and not others:
        side, name = beside
        sentences.append(f"It stands {'right' if side == 'left' else 'left'} of the {name}.")
    return Answer(heard, short(sentences, MOST_WORDS), place(shelf_map, run, asked, found=True, tag=tag))


def _on_its_tag(asked: Asked, shelf_map: ShelfMap, run: Run, heard: str) -> Answer:
    text = [
        f"Perhaps {where(shelf_map, run)}: I read {read_out(shelf_map, run, asked)} on a price tag there, but on no pack.",
        "It may be sold out.",
    ]
    return Answer(heard, short(text, MOST_WORDS), place(shelf_map, run, asked, found=False))


def _price(asked: Asked, shelf_map: ShelfMap, runs: list[Run], heard: str) -> Answer:
    run = next((run for run in runs if tag_of(shelf_map, run)), runs[0])
    tag = tag_of(shelf_map, run)
    name, there = read_out(shelf_map, run, asked), where(shelf_map, run)
    if tag:
        text = f"{spoken_price(tag.price)} on the tag below. The label says {name}: {there}."
        return Answer(heard, short([capital(text)], MOST_WORDS), place(shelf_map, run, asked, found=True, tag=tag))
    near = sorted({near.price for near in tags_below(shelf_map, run)})
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
    wanted = telling_words(asked.thing)
    if near and _worth_saying(near, wanted):
        there = where(shelf_map, near)
        read, missing = read_out(shelf_map, near, asked), " ".join(near.hit.missing)
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
        f"I read no {name} on the {telling.shelves(shelf_map)} in the picture.",
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
    return f"Turn your head slightly {side} and ask again."


def _describe(asked: Asked, shelf_map: ShelfMap) -> str:
    count = shelf_map.shelf_count
    if asked.shelf is not None:
        number = asked.shelf if asked.shelf > 0 else count
        if number > count:
            return f"There are only {count_word(count)} shelves in the picture. Look further down and ask again."
        seen = names([label for label in shelf_map.labels if label.shelf == number])[:5]
        named = capital(shelf_word(number, count, cut=shelf_map.is_cut))
        if not seen:
            return f"{named}: I could not read its labels. Take one step closer and ask again."
        return short([f"{named}, from the left: {listed(seen)}."], MOST_WORDS)
    lead = "Also" if asked.kind is Kind.ELSE else "Among others"
    seen = [name for name in names(shelf_map.labels) if not (set(name.split()) & set(asked.other))]
    if not seen:
        return "I read nothing else in the picture. Turn your head slightly and ask again."
    spread = seen[:: max(1, len(seen) // 5)][:5]
    text = f"{lead} I read {listed(spread)}."
    return short([text] if asked.kind is Kind.ELSE else [telling.counted(shelf_map), text], MOST_WORDS)
