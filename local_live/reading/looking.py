"""Looks at a frame three times: at a glance, closely, and at the place a question is about."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
import threading

from local_live.reading.asking import Asked, Kind
from local_live.reading.finding import SAFETY, find, nearest, rarity, telling
from local_live.reading.labels import Label, merge
from local_live.reading.ocr import Box, Reader
from local_live.reading.picture import Frame, Trouble, trouble
from local_live.reading.shelfmap import ShelfMap, draw_up, redraw
from local_live.reading.words import Word, alike, plain

_GLANCE_PX = 1600
"""The longer side at a glance: large names and most prices are read, in the least time."""

_CLOSER = 1.4
"""How much larger a close look is than a glance: small names are found that the detector passes over at a glance. Twice the
pixels take about the time of another glance, as what was read well before is not read again."""

_CLOSE_PX, _MOST_ZOOM = 1600, 2.0
"""The longer side that small pictures are enlarged to for it, and by how much at most."""

_READ_WELL = 0.93
"""Words that are read so surely at a glance are not read again in a close look."""

_SPOTS = 1
"""At most so many places are looked at once more for a question: over 120 questions about drawn shelves no further one found
what the likeliest did not, and each takes a third of a reading of the whole frame."""

_SPOT_ZOOM = 2.0
_SPOT_SHARE, _SPOT_MOST = 0.45, 0.09
"""How far above and below the middle of a label a spot goes, in heights of a shelf; at most so much of the picture's height."""

_LINES = 4
"""Below and above at most so many lines small print is sought."""

_STRIPS = ((0.65, 0.65), (0.75, 0.65), (0.65, 0.5), (0.65, 0.8), (0.75, 0.5), (0.75, 0.8))
"""Where the next line begins and how high it is, in heights of the box of the line above, which has room round it; the likeliest
first."""

_STRIP_SCORE = 0.6

_SURELY_ELSE = 0.9
"""A strip that is read so surely, without the word that is sought, needs no other look."""

_LEAST_PX = 7.0
"""Lines lower than this have no smaller print near them that could be read."""


_ABOUT_A_THING = frozenset({
    Kind.FIND, Kind.PRICE, Kind.HOW_MANY, Kind.CHEAPER, Kind.NEXT_TO, Kind.READ, Kind.DATE,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a frame; ``close`` when the close look is over."""

    frame: Frame
    shelf_map: ShelfMap
    trouble: Trouble | None
    close: bool


def glance(reader: Reader, frame: Frame) -> Seen:
    """The first look. Blocks for some seconds."""
    height, width = frame.rgb.shape[:2]
    words = reader.read(frame.rgb, min(1.0, _GLANCE_PX / max(height, width)))
    return Seen(frame, draw_up(frame.rgb, words), trouble(frame), close=False)


def look_closely(reader: Reader, seen: Seen) -> Seen:
    """The second look, larger. Blocks for some seconds."""
    height, width = seen.frame.rgb.shape[:2]
    longer = max(height, width)
    zoom = max(_CLOSER * min(1.0, _GLANCE_PX / longer), min(_MOST_ZOOM, _CLOSE_PX / longer))
    known = [word for word in seen.shelf_map.words if word.score >= _READ_WELL]
    closer = reader.read(seen.frame.rgb, zoom, known=known)
    return Seen(seen.frame, redraw(seen.shelf_map, merge(list(seen.shelf_map.words), closer)), seen.trouble, close=True)


def look_again(reader: Reader, seen: Seen, asked: Asked, stop: threading.Event | None = None) -> Seen:
    """Where only a part of a thing's words was read, look there once more, much larger.

    After a close look no spot is read again: in 240 questions about drawn shelves and 23 about photos that found nothing that
    the close look and the strips had not, and it takes a fifth of a reading of the whole frame.
    """
    if asked.kind not in _ABOUT_A_THING or not asked.thing or find(seen.shelf_map, asked.thing):
        return seen
    tried: set[Box] = set()
    for step in (_with_small_print,) if seen.close else (_with_small_print, _with_spots, _with_small_print):
        if stop and stop.is_set():
            break
        seen = replace(seen, shelf_map=redraw(seen.shelf_map, step(reader, seen.shelf_map, asked, tried)))
        if find(seen.shelf_map, asked.thing):
            break
    return seen


def _with_small_print(reader: Reader, shelf_map: ShelfMap, asked: Asked, tried: set[Box]) -> list[Word]:
    return [*shelf_map.words, *small_print(reader, shelf_map, asked, tried)]


def _with_spots(reader: Reader, shelf_map: ShelfMap, asked: Asked, tried: set[Box]) -> list[Word]:
    words = list(shelf_map.words)
    known = [word for word in words if word.score >= _READ_WELL]
    for left, top, right, bottom in spots(shelf_map, asked):
        # What the edge of the part cuts through was read better before.
        closer = [
            word
            for word in reader.read(shelf_map.rgb[top:bottom, left:right], _SPOT_ZOOM, (left, top), known)
            if (word.left > left + 3 or left == 0) and (word.right < right - 3 or right == shelf_map.width)
        ]
        words = merge(words, closer) if closer else words
    return words


def small_print(reader: Reader, shelf_map: ShelfMap, asked: Asked, tried: set[Box]) -> Iterator[Word]:
    """The missing words of a thing that are read right below or above a line on which the others stand.

    The detector passes over letters of five pixels; the recogniser reads them where it is told that there is a line.
    Only missing words are taken from such a reading, whatever else it says is guessed. One strip is read on each side of a line;
    the others only where that one read something, and not surely something else. ``tried`` are the strips that were read before
    for the same question.
    """
    line = 1 + max((word.line for word in shelf_map.words), default=0)
    sides = [
        (_strips(row, below=below), [word for word in telling(asked.thing) if not _on(word, label)])
        for label, row in _likely_rows(shelf_map, asked)
        for below in (True, False)
    ]
    for number in range(len(_STRIPS)):
        boxes = [strips[number] for strips, missing in sides if missing and strips[number] not in tried]
        tried |= set(boxes)
        read = dict(zip(boxes, reader.read_boxes(shelf_map.rgb, boxes), strict=True)) if boxes else {}
        for strips, missing in sides:
            box = strips[number]
            text, score = read.get(box, ("", 0.0))
            for word in [word for word in missing if score >= _STRIP_SCORE and _stands_in(word, text, asked.thing)]:
                missing.remove(word)
                yield Word(word, box[0], box[1], box[2], box[3], score, line)
                line += 1
            if not plain(text) or score >= _SURELY_ELSE:
                missing.clear()  # nothing stands there, or something else does


def _likely_rows(shelf_map: ShelfMap, asked: Asked) -> list[tuple[Label, list[Word]]]:
    """The lines on which a part of the thing was read, with their labels; the likeliest first."""
    wanted = telling(asked.thing)
    weight = {word: rarity(shelf_map, word) for word in wanted}
    rows = [
        (sum(weight[word] for word in wanted if _on(word, label)), label, row) for label in shelf_map.labels for row in _rows(label)
        if max(word.height for word in row) >= _LEAST_PX and any(alike(word, plain(read.text)) for read in row for word in wanted)
    ]  # fmt: skip
    return [(label, row) for _, label, row in sorted(rows, key=lambda one: -one[0])[:_LINES]]


def _strips(row: list[Word], *, below: bool) -> list[Box]:
    """Where the next line below, or above, may stand: left, top, right, bottom in pixels."""
    left, right = min(word.left for word in row), max(word.right for word in row)
    top, bottom = min(word.top for word in row), max(word.bottom for word in row)
    tall = bottom - top
    starts = [top + shift * tall if below else bottom - (shift + height) * tall for shift, height in _STRIPS]
    return [
        (left - 0.3 * tall, start, right + 0.3 * tall, start + height * tall)
        for start, (_, height) in zip(starts, _STRIPS, strict=True)
    ]


def _stands_in(word: str, text: str, thing: tuple[str, ...]) -> bool:
    """Whether a line says a word: alone, among others, or run together with another word of the thing."""
    whole = plain(text)
    together = [whole, *(plain(part) for part in text.split())]
    wanted = [
        word,
        *(first + last for other in thing for first, last in ((word, other), (other, word)) if other != word),
    ]
    least = 0.84 if word in SAFETY else 0.65
    return len(word) >= 4 and any(alike(want, part) >= least for want in wanted for part in together)


def _rows(label: Label) -> list[list[Word]]:
    rows: list[list[Word]] = []
    for word in label.words:
        if rows and abs(word.y - rows[-1][0].y) < 0.5 * word.height:
            rows[-1].append(word)
        else:
            rows.append([word])
    return rows


def spots(shelf_map: ShelfMap, asked: Asked) -> list[tuple[int, int, int, int]]:
    """Parts of the frame (left, top, right, bottom, pixels) where a part of the thing was read, the likeliest first."""
    wanted = telling(asked.thing)
    shelves = shelf_map.shelves
    if shelves is None or nearest(shelf_map, asked.thing) is None:
        return []
    weight = {word: rarity(shelf_map, word) for word in wanted}

    def worth(label: Label) -> float:
        return sum(weight[word] for word in wanted if _on(word, label))

    found: list[tuple[int, int, int, int]] = []
    for label in sorted(shelf_map.labels, key=worth, reverse=True):
        if worth(label) <= 0.0 or len(found) == _SPOTS:
            break
        if any(
            left <= label.x <= right and top <= label.top and label.bottom <= bottom
            for left, top, right, bottom in found
        ):
            continue
        tall = min(_SPOT_SHARE * shelf_map.height / max(1, shelf_map.shelf_count), _SPOT_MOST * shelf_map.height)
        half = max(tall, 0.7 * (label.right - label.left))
        middle = (label.top + label.bottom) / 2
        found.append(
            (
                max(0, int(label.x - half)),
                max(0, int(middle - tall)),
                min(shelf_map.width, int(label.x + half)),
                min(shelf_map.height, int(middle + tall)),
            )
        )
    return found


def _on(word: str, label: Label) -> bool:
    return any(alike(word, plain(read.text)) for read in label.words)
