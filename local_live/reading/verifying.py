"""Reads again, larger, what somebody's health or money hangs on, before it is said: claims on packs, and prices.

What a second reading does not bear out is taken off the map, so that nothing can be said of it.
"""

from dataclasses import replace

from local_live.reading.asking import Asked
from local_live.reading.finding import SAFETY, Run, find
from local_live.reading.labels import Label
from local_live.reading.looking import Seen
from local_live.reading.ocr import Box, Reader
from local_live.reading.prices import price
from local_live.reading.shelfmap import ShelfMap, Tag
from local_live.reading.words import Word, alike, tokens

_TRIES = 3
"""So many packs are looked at for one that bears a claim out."""

_PRICES = 4
"""At most so many tags are read again for an answer."""

_ROOMS = ((0.15, 0.1), (0.35, 0.25))
"""How much round a word is read with it, in parts of its height to the sides, and above and below."""

_UNSURE = 0.5
"""What the sureness of a word becomes that the second reading does not bear out: too little for a claim."""

_LEAST = 0.8
"""How alike and how surely read a word of a claim must be."""


_SURELY = 0.95
"""A price must be read again so surely: one digit taken for another makes another price."""

_LEAST_PX = 11.0
"""Prices on tags whose print is lower are not said."""


def verify(reader: Reader, seen: Seen, asked: Asked) -> Seen:
    """The same view, without what a second reading of the places that would be told of does not bear out. Blocks."""
    shelf_map = seen.shelf_map
    for _ in range(_TRIES):
        runs = find(shelf_map, asked.thing)
        if not runs or _bears_out(reader, shelf_map, runs[0]):
            break
        shelf_map = _doubted(shelf_map, runs[0].hit.label)
    things = [runs[0] for thing in (asked.thing, asked.other) if thing and (runs := find(shelf_map, thing))]
    for run in things:
        shelf_map = without_doubtful_prices(reader, shelf_map, run)
    return replace(seen, shelf_map=shelf_map)


def _bears_out(reader: Reader, shelf_map: ShelfMap, run: Run) -> bool:
    """Whether all claims among the matched words are read again."""
    claims = [(word, claim) for word in run.hit.matched for claim in tokens(word.text) if claim in SAFETY]
    boxes = [_round(word, *room) for word, _ in claims for room in _ROOMS]
    read = reader.read_boxes(shelf_map.rgb, boxes) if boxes else []
    return all(
        any(_says(text, score, claim) for text, score in read[len(_ROOMS) * index : len(_ROOMS) * (index + 1)])
        for index, (_, claim) in enumerate(claims)
    )


def _says(text: str, score: float, word: str) -> bool:
    return score >= _LEAST and any(alike(word, other) >= _LEAST for other in tokens(text))


def _doubted(shelf_map: ShelfMap, doubtful: Label) -> ShelfMap:
    """The map with the claims of one label as unsure words."""
    words = tuple(
        replace(word, score=min(word.score, _UNSURE)) if set(tokens(word.text)) & SAFETY else word
        for word in doubtful.words
    )
    labels = tuple(replace(label, words=words) if label is doubtful else label for label in shelf_map.labels)
    return replace(shelf_map, labels=labels)


def without_doubtful_prices(reader: Reader, shelf_map: ShelfMap, run: Run) -> ShelfMap:
    """The map without those prices near a run that are read otherwise, or not at all, when they are read again."""
    pack = run.hit.box[2] - run.hit.box[0]
    near = [
        tag for tag in shelf_map.tags
        if tag.shelf == run.hit.label.shelf and run.left - pack <= tag.x <= run.right + pack
    ][:_PRICES]  # fmt: skip
    boxes = [_round(tag.word, *room) for tag in near for room in _ROOMS]
    read = (
        [text if score >= _SURELY else "" for text, score in reader.read_boxes(shelf_map.rgb, boxes)] if boxes else []
    )
    doubtful = {
        id(tag)
        for index, tag in enumerate(near)
        if not _is_price(tag, read[len(_ROOMS) * index : len(_ROOMS) * (index + 1)])
    }
    return replace(shelf_map, tags=tuple(tag for tag in shelf_map.tags if id(tag) not in doubtful))


def _is_price(tag: Tag, texts: list[str]) -> bool:
    """Whether every reading gives the same price, surely, in digits that are large enough to be told apart."""
    again = [{amount for part in (text, *text.split()) if (amount := price(part))} for text in texts]
    return tag.word.height >= _LEAST_PX and all(amounts == {tag.price} for amounts in again)


def _round(word: Word, across: float, along: float) -> Box:
    return (
        word.left - across * word.height, word.top - along * word.height,
        word.right + across * word.height, word.bottom + along * word.height,
    )  # fmt: skip
