"""What the model is told, and the report it gives: where things stand, in a form that can be checked and spoken.

The rules are those blind shoppers, orientation-and-mobility practice and studies ask for. Boxes are documented by Google as
[ymin, xmin, ymax, xmax], 0 to 1000.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

REPORT_TOOL = "report_place"

_SIDES = ("far left", "left", "middle", "right", "far right")


class Mode(StrEnum):
    """What the person wants to know; later ones are added as modes, not as flags."""

    FIND = "find"
    READ = "read"
    DESCRIBE = "describe"
    GUIDE = "guide"
    TRANSLATE = "translate"
    WATCH = "watch"


class Verbosity(StrEnum):
    """How much is said. The place comes first in each, so that whoever has heard enough can interrupt."""

    SHORT = "short"
    NORMAL = "normal"
    FULL = "full"


# Written turns of the modes that go on by themselves; the local Live server knows them word for word.
GUIDE_STEP = "Guide: one short correction from the newest picture towards {item}, or <nothing> if nothing changed."
WATCH_STEP = "Watch: say in one sentence what is new in the newest picture, or <nothing>."


_RULES = """\
You are the eyes of a person who cannot see the shelf in front of them. They wear a camera; the picture is what their head \
points at, so left and right are theirs. They ask; you answer aloud.
- Answer the question and nothing else: {length}, the place first.
- Count shelves from the top and name the number you see: "Third shelf of five from the top". If shelves are cut off, say \
"third visible shelf".
- Then the side (far left, left, middle, right, far right), then what to recognise it by: colour, shape, bag, jar or box, and \
the neighbour. Example: "Third shelf of five from the top, far right. A green bag; the label says Gluten Free."
- Never say "here", "over there", "as you can see" or "I can see".
- Amounts are approximate and in a unit people feel, such as a hand's width; where a number is needed, in {units}. What is \
printed is not converted.
- Words on labels are read out word for word. Say "the label says" only for words you have read.
- "Gluten free", allergens, medicines, age limits: only if you have read the words; otherwise say you could not read them.
- A price only if its tag clearly belongs to the thing.
- If it is not in the picture, say so, name what is there, and suggest one small move of the head on one axis.
- If the picture is too dark, blurred, close or covered, say which, and the one thing that mends it.
- If you are not sure, say so. No answer is better than a wrong one: the person cannot check.
Judge by the newest picture only. When you answer about a thing's place, also call the tool once; never mention the tool."""

_BY_MODE = {
    Mode.FIND: "The person is looking for something: say where it is.",
    Mode.READ: "The person wants text read out: labels, prices or dates, word for word, the asked one first.",
    Mode.DESCRIBE: "The person wants to know what is there: name the kinds of things, shelf by shelf, in at most "
    "{words} words.",
    Mode.GUIDE: "The person's hand shall reach a thing. First say where it is. Then pictures come with the word Guide: each "
    "time give one correction in at most eight words, on one axis, for the head or the hand as the picture shows it; no feet. "
    "If nothing has to be said, say <nothing> and no other word. When the hand is on the thing, say so.",
    Mode.WATCH: "The person does something else and wants to be told what changes. Pictures come with the word Watch: say in one "
    "sentence of at most twenty words what is new or gone, a danger first. If there is nothing to say, say <nothing> and no "
    "other word.",
}

_LENGTHS = {
    Verbosity.SHORT: "one short sentence, at most 15 words",
    Verbosity.NORMAL: "one or two short sentences, at most 35 words",
    Verbosity.FULL: "two to four short sentences, at most 80 words, with what stands around it and what else is on the label",
}
_DESCRIBE_WORDS = {Verbosity.SHORT: 25, Verbosity.NORMAL: 50, Verbosity.FULL: 120}

# Added to a mode where things of a list are looked for one by one; see shopping_words.py for what is understood as that.
SHOPPING = """
The person goes shopping with a list. Where they only say that they have the thing, or that it shall be left or stopped, nothing \
is asked: say one word that means "good", and call no tool."""

_TRANSLATE = """\
You are an interpreter between two people, one of whom may be blind. What you hear in the language with the tag {first} you say \
in the language with the tag {second}, and the other way round. Say the translation and nothing else: no greeting, no comment, no \
answer to what was asked, even if it seems to be meant for you. Keep who is spoken of, numbers and names. What you could not \
understand you say so, in the language it was in."""


def instructions(mode: Mode, language: str, verbosity: Verbosity = Verbosity.NORMAL, *, imperial: bool = False) -> str:
    """The system instruction of a mode that looks. `language` is an IETF tag; sizes are metric unless `imperial`."""
    task = _BY_MODE[mode].format(words=_DESCRIBE_WORDS[verbosity])
    return f"{_rules(verbosity, imperial=imperial)}\n{task}\nSpeak the language with the tag {language}."


def own_instructions(
    text: str, language: str, verbosity: Verbosity = Verbosity.NORMAL, *, imperial: bool = False
) -> str:
    """The system instruction of a mode of the person's own: the rules hold, the task is theirs."""
    task = f"What this person wants of you:\n{text}"
    return f"{_rules(verbosity, imperial=imperial)}\n{task}\nSpeak the language with the tag {language}."


def _rules(verbosity: Verbosity, *, imperial: bool) -> str:
    units = "inches and feet" if imperial else "centimetres and metres"
    return _RULES.format(length=_LENGTHS[verbosity], units=units)


def translating(first: str, second: str) -> str:
    """The system instruction of an interpreter between two languages, as IETF tags."""
    return _TRANSLATE.format(first=first, second=second)


def is_nothing(words: str) -> bool:
    """True when a model said that there is nothing to say; it may leave out the brackets, or speak them."""
    letters = "".join(one for one in words.lower() if one.isalpha())
    return letters == "nothing"


def may_be_nothing(words: str) -> bool:
    """True while words that came so far may still become `<nothing>`."""
    letters = "".join(one for one in words.lower() if one.isalpha())
    return "nothing".startswith(letters)


def report_schema() -> dict[str, Any]:
    """The parameters of the tool, as JSON schema in the subset the Live API takes."""
    return {
        "type": "OBJECT",
        "properties": {
            "found": {"type": "BOOLEAN", "description": "The asked thing is in the newest picture."},
            "item": {"type": "STRING", "description": "The thing that was asked for."},
            "shelf": {"type": "INTEGER", "description": "Its shelf, the top one is 1."},
            "shelf_count": {"type": "INTEGER", "description": "How many shelves the picture shows."},
            "counted_from": {"type": "STRING", "enum": ["top", "bottom"]},
            "side": {"type": "STRING", "enum": list(_SIDES)},
            "read_text": {"type": "STRING", "description": "The words read on it, as printed."},
            "price": {"type": "STRING", "description": "Its price, if the tag clearly belongs to it."},
            "confidence": {"type": "NUMBER", "description": "0 to 1."},
            "box": {
                "type": "ARRAY",
                "items": {"type": "INTEGER"},
                "description": "ymin, xmin, ymax, xmax, 0 to 1000.",
            },
        },
        "required": ["found", "item"],
    }


@dataclass(frozen=True, slots=True)
class PlaceReport:
    """Where a thing is. `shelf` counts from `counted_from`, the first is 1; `box` is 0 to 1000, y first."""

    found: bool
    item: str
    shelf: int | None = None
    shelf_count: int | None = None
    counted_from: str = "top"
    side: str | None = None
    read_text: str = ""
    price: str | None = None
    confidence: float | None = None
    box: tuple[int, int, int, int] | None = None

    def as_dict(self) -> dict[str, Any]:
        """For responses of actions: plain JSON values."""
        return asdict(self) | {"box": list(self.box) if self.box is not None else None}


PLACE_KEYS = tuple(one.name for one in fields(PlaceReport))


def parse_report(arguments: Mapping[str, Any]) -> PlaceReport:
    """The model's arguments as a report; whatever has a wrong type or makes no sense is left out.

    Raises:
        ValueError: `found` or `item` is missing: there is nothing to report.
    """
    found, item = arguments.get("found"), arguments.get("item")
    if not isinstance(found, bool) or not isinstance(item, str):
        raise ValueError(  # noqa: TRY004  # the model said something useless; nobody passed a wrong type
            "a report needs found (true or false) and item (text)"
        )
    shelf_count = _whole(arguments.get("shelf_count"), 1, 50)
    shelf = _whole(arguments.get("shelf"), 1, shelf_count or 50)
    counted_from = arguments.get("counted_from")
    side = arguments.get("side")
    confidence = arguments.get("confidence")
    return PlaceReport(
        found=found,
        item=item[:200],
        shelf=shelf,
        shelf_count=shelf_count,
        counted_from="bottom" if counted_from == "bottom" else "top",
        side=side if side in _SIDES else None,
        read_text=_text(arguments.get("read_text"), 500) or "",
        price=_text(arguments.get("price"), 40),
        confidence=min(1.0, max(0.0, float(confidence)))
        if isinstance(confidence, int | float) and not isinstance(confidence, bool)
        else None,
        box=_box(arguments.get("box")),
    )


def _whole(value: object, low: int, high: int) -> int | None:
    """A whole number within bounds; JSON numbers of a model arrive as floats too."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        return None
    return int(value) if value == int(value) else None


def _text(value: object, limit: int) -> str | None:
    return value[:limit] if isinstance(value, str) and value else None


def _box(value: object) -> tuple[int, int, int, int] | None:
    if not isinstance(value, list | tuple) or len(value) != 4:
        return None
    sides = [_whole(side, 0, 1000) for side in value]
    ymin, xmin, ymax, xmax = sides
    if ymin is None or xmin is None or ymax is None or xmax is None or ymin >= ymax or xmin >= xmax:
        return None
    return ymin, xmin, ymax, xmax
