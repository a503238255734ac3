"""Answers to what is asked beside where a thing is: how many, which is cheaper, what stands next to it, what its label says."""

import re

from local_live.brain import Answer
from local_live.reading.asking import Asked
from local_live.reading.finding import Run, find
from local_live.reading.labels import Label
from local_live.reading.naming import names
from local_live.reading.placing import is_on_tag, neighbour, place, read_out, spoken_price, tag_of, where
from local_live.reading.shelfmap import ShelfMap, Tag
from local_live.reading.wording import MOST_WORDS, capital, count_word, listed, short
from local_live.reading.words import plain

_DATE = re.compile(r"^(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{2}|\d{4})|\d{4}-\d{2}-\d{2}|\d{1,2}[./-]20\d{2})$")
_READABLE = 0.8
_MOST_READ = 18
"""Words of a label that are read out."""

_MONEY = re.compile(r"\d+\.\d{2}")


def shelves(shelf_map: ShelfMap) -> str:
    """'three shelves'; 'one shelf'; 'four and five shelves' of bays side by side that are unlike."""
    counts = dict.fromkeys(shelf_map.shelves.counts if shelf_map.shelves else (0,))
    return f"{listed([count_word(count) for count in counts])} {'shelf' if set(counts) == {1} else 'shelves'}"


def counted(shelf_map: ShelfMap) -> str:
    """How many shelves there are; that the picture may cut some off."""
    more = " There may be more outside it." if shelf_map.is_cut else ""
    beside = " side by side" if shelf_map.shelves and len(set(shelf_map.shelves.counts)) > 1 else ""
    return f"{capital(shelves(shelf_map))}{beside} in the picture.{more}"


def declined(asked: Asked, shelf_map: ShelfMap) -> str:
    """To 'something for breakfast': what is on the labels is known, what it is good for is not."""
    seen = names(shelf_map.labels)[:4]
    there = f"I read {listed(seen)}." if seen else ""
    text = [
        f"What {' '.join(asked.thing[1:]) or 'that'} means I cannot judge; I only read labels.",
        there,
        "Name a thing.",
    ]
    return short([part for part in text if part], MOST_WORDS)


def how_many(asked: Asked, shelf_map: ShelfMap, runs: list[Run], heard: str) -> Answer:
    """The packs whose words were read, place by place; others may stand behind them."""
    packs = [run for run in runs if not is_on_tag(shelf_map, run.hit.label)] or runs
    total = sum(run.count for run in packs)
    side_by_side = " side by side" if len(packs) == 1 and total > 1 else ""
    text = [
        f"{capital(where(shelf_map, packs[0]))}: I count {count_word(total)} in front{side_by_side}.",
        f"The label says {read_out(shelf_map, packs[0], asked)}.",
        f"They stand in {count_word(len(packs))} places." if len(packs) > 1 else "",
    ]
    return Answer(
        heard, short([part for part in text if part], MOST_WORDS), place(shelf_map, packs[0], asked, found=True)
    )


def cheaper(asked: Asked, shelf_map: ShelfMap, runs: list[Run], heard: str) -> Answer:
    """Which of two things, or of several of one kind, has the lower price on its own tag."""
    groups = [runs, find(shelf_map, asked.other)] if asked.other else [[run] for run in runs]
    if asked.other and not groups[1]:
        text = [
            f"I read no {' '.join(asked.other)} in the picture.",
            _costs(asked, shelf_map, runs),
            "So I cannot compare.",
        ]
        return Answer(heard, short(text, MOST_WORDS), place(shelf_map, runs[0], asked, found=True))
    named = (asked, Asked(asked.kind, asked.other) if asked.other else asked)
    priced: list[tuple[float, Run, Tag, str]] = []
    for number, group in enumerate(groups):
        one = next(((run, tag) for run in group if (tag := tag_of(shelf_map, run))), None)
        if one:
            run, tag = one
            priced.append(
                (_amount(tag.price), run, tag, read_out(shelf_map, run, named[number] if asked.other else asked))
            )
    if len(priced) < 2:
        known = " ".join(f"The {name} costs {spoken_price(tag.price)}." for _, _, tag, name in priced)
        text = [known, "I could not read the prices of both. Step closer and ask again."]
        return Answer(heard, short([part for part in text if part], MOST_WORDS), None)
    priced.sort(key=lambda one: one[0])
    (low, run, tag, name), (high, _, other, than) = priced[0], priced[-1]
    if low == high:
        text = [f"Both cost {spoken_price(tag.price)}: {name}, and {than}."]
    else:
        text = [
            f"{capital(name)}, {spoken_price(tag.price)}: {where(shelf_map, run)}.",
            f"{capital(than)} costs {spoken_price(other.price)}.",
        ]
    return Answer(heard, short(text, MOST_WORDS), place(shelf_map, run, asked, found=True, tag=tag))


def cheapest_of_all(shelf_map: ShelfMap) -> str:
    """Where no thing was named."""
    return "Which things shall I compare? Name two, for example: which is cheaper, the honey or the jam?"


def _costs(asked: Asked, shelf_map: ShelfMap, runs: list[Run]) -> str:
    tag = next((tag for run in runs if (tag := tag_of(shelf_map, run))), None)
    return f"The {' '.join(asked.thing)} costs {spoken_price(tag.price)}." if tag else ""


def _amount(price: str) -> float:
    found = _MONEY.search(price)
    return float(found.group()) if found else float("inf")


def next_to(asked: Asked, shelf_map: ShelfMap, run: Run, heard: str) -> Answer:
    """What stands on either side of a thing, or above or below it."""
    name = read_out(shelf_map, run, asked)
    if asked.towards in {"above", "below"}:
        text = _across(shelf_map, run, asked.towards, name)
    else:
        sides = [asked.towards] if asked.towards else ["left", "right"]
        beside = [f"{capital(side)} of it: {found}." for side in sides if (found := neighbour(shelf_map, run, side))]
        text = beside or [
            f"I could not read what stands {asked.towards or 'next'} {'of' if asked.towards else 'to'} it."
        ]
    sentences = [*text, f"{capital(name)} is on the {where(shelf_map, run)}."]
    return Answer(heard, short(sentences, MOST_WORDS), place(shelf_map, run, asked, found=True))


def _across(shelf_map: ShelfMap, run: Run, towards: str, name: str) -> list[str]:
    shelf = run.hit.label.shelf + (1 if towards == "below" else -1)
    if not 1 <= shelf <= shelf_map.count_at(run.hit.label):
        return [f"There is no shelf {towards} the {name} in the picture."]
    near = [
        label for label in shelf_map.labels
        if label.shelf == shelf and run.left - 0.1 * shelf_map.width < label.x < run.right + 0.1 * shelf_map.width
    ]  # fmt: skip
    called = names([label for label in near if not is_on_tag(shelf_map, label)])[:3]
    return (
        [f"On the shelf {towards}: {listed(called)}."]
        if called
        else [f"I could not read what is on the shelf {towards}."]
    )


def label_of(asked: Asked, shelf_map: ShelfMap, run: Run, heard: str) -> Answer:
    """What is printed on a pack word for word, or its date."""
    dates_only = asked.kind.value == "date"
    text = [_words(run.hit.label, dates_only=dates_only), f"{capital(where(shelf_map, run))}."]
    return Answer(heard, short(text, MOST_WORDS), place(shelf_map, run, asked, found=True))


def read_middle(shelf_map: ShelfMap, *, dates_only: bool) -> str:
    """What is printed on the pack straight ahead: the largest label near the middle of the picture."""
    middle = (shelf_map.width / 2, shelf_map.height / 2)
    if dates_only:
        dated = [label for label in shelf_map.labels if any(_DATE.match(word.text) for word in label.words)]
        if not dated:
            return _words(None, dates_only=True)
    near = min(
        dated if dates_only else shelf_map.labels,
        key=lambda label: abs(label.x - middle[0]) + abs((label.top + label.bottom) / 2 - middle[1])
        - 4 * max(word.height for word in label.words),
    )  # fmt: skip
    return _words(near, dates_only=dates_only)


def _words(label: Label | None, *, dates_only: bool) -> str:
    read = [word.text for word in label.words if word.score >= _READABLE and plain(word.text)] if label else []
    if dates_only:
        dates = [text for text in read if _DATE.match(text)]
        if not dates:
            return "I read no date. Hold the pack before you, turn it slowly, and ask again."
        return f"The label says {listed(dates[:2])}."
    if not read:
        return "I could not read the label. Take one step closer and ask again."
    return f"The label says: {' '.join(read[:_MOST_READ])}."
