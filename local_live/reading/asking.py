"""What is asked: a question's words become a kind of question, a thing and perhaps a shelf."""

from dataclasses import dataclass
from enum import Enum
import re

from local_live.reading.words import tokens


class Kind(Enum):
    """The kinds of question that a shelf can answer."""

    FIND = "find"
    PRICE = "price"
    DESCRIBE = "describe"
    COUNT = "count"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """``thing`` is the words of what is looked for; ``shelf`` a number from the top, -1 for the lowest, or None."""

    kind: Kind
    thing: tuple[str, ...] = ()
    shelf: int | None = None


FORMS = frozenset(
    [
        "bag",
        "bags",
        "box",
        "boxes",
        "pack",
        "packs",
        "packet",
        "packets",
        "package",
        "packages",
        "jar",
        "jars",
        "can",
        "cans",
        "tin",
        "tins",
        "bottle",
        "bottles",
        "carton",
        "cartons",
        "tube",
        "tubes",
        "roll",
        "rolls",
        "piece",
        "pieces",
        "stuff",
        "thing",
        "things",
        "item",
        "items",
        "product",
        "products",
        "kind",
        "brand",
    ]
)
"""Words for what a thing comes in: good to have read, but the thing is the same without."""

_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "top": 1,
    "upper": 1, "highest": 1, "uppermost": 1, "bottom": -1, "lowest": -1, "last": -1, "1st": 1, "2nd": 2, "3rd": 3,
    "4th": 4, "5th": 5, "6th": 6,
}  # fmt: skip

_SHELF = re.compile(
    r"\b(" + "|".join(_ORDINALS) + r")\s+(?:visible\s+)?(?:shelf|row|board)\b|\bshelf\s+(?:number\s+)?(\d)\b"
)

_PRICE = (
    r"(?:how much (?:is|are|does|do|for|was)|what (?:does|do) (?=.*\b(?:cost|costs)\b)|(?:what(?: is| s|s)? )?the (?:price|cost)s? (?:of|for)|"
    r"what (?:is|are|s) the prices? (?:of|for)|prices? (?:of|for)|read (?:me )?the price of|tell me the price of)"
)
_COUNT = r"(?:how many (?:shelves|rows))"
_DESCRIBE = (
    r"(?:what (?:do|can) (?:you|i) (?:see|read|find|have)|what (?:is|s|are|stands?|else is)(?: there)?(?: \w+)? (?:on|in|at|here)|"
    r"what (?:is|are) (?:this|that|these|those|here)|what is there|describe|read (?:me )?(?:the|this|that|out|everything|all)|"
    r"tell me what|what have they)"
)
_FIND = (
    r"(?:where(?: is| are| s|s|re| can i find| do i find| could i find| would i find| will i find| do they have| have they)?|"
    r"(?:can|could|will|would) you (?:please )?(?:find|see|show me|spot|look for|tell me where|help me find)|"
    r"(?:please )?(?:find|locate|look for|search for|show me|get me|spot)|(?:help me )find|"
    r"do you (?:see|have|find|spot)|do they have|have they got|have you got|can i (?:get|find|see)|"
    r"(?:is|are) there|(?:on )?(?:which|what) (?:shelf|row|side) (?:is|are|has|have|holds?)|"
    r"i (?:need|want|am looking for|m looking for|look for|would like|d like)|i m after|looking for|"
    r"(?:guide|bring|take|lead) me to|tell me where|point me to)"
)
_FILLER = re.compile(
    r"^(?:(?:the|a|an|some|any|me|my|our|is|are|please|of|more|for|to|that|this|there|it|cost|costs)\b\s*)+"
)
_TAIL = re.compile(
    r"\s*\b(?:please|thanks|thank you|here|there|now|for me|cost|costs|is|are|today|located|standing|"
    r"(?:on|in|at|from) (?:the|this|that|these|those|any|one of the|all)?\s*"
    r"(?:shelf|shelves|picture|store|shop|aisle|rack|front of me|sale))$"
)
_LEAD = re.compile(r"^(?:(?:please|hey|hello|hi|ok|okay|so|um|uh|and|well|now|excuse me|tell me)\s+)+(?=\w)")


def understand(question: str) -> Asked:
    """The kind of a question and what it is about; a few bare words are taken for a thing to find."""
    text = " ".join(tokens(question))
    text = _LEAD.sub("", text) if not text.startswith("tell me w") else text
    shelf = _shelf(text)
    if re.search(rf"\b{_COUNT}\b", text):
        return Asked(Kind.COUNT)
    for kind, pattern in ((Kind.PRICE, _PRICE), (Kind.DESCRIBE, _DESCRIBE), (Kind.FIND, _FIND)):
        found = re.match(rf"^{pattern}\b\s*", text)
        if not found:
            continue
        if kind is Kind.DESCRIBE:
            return Asked(kind, (), shelf)
        thing = _thing(text[found.end() :])
        if thing:
            return Asked(kind, thing, shelf)
        return Asked(Kind.DESCRIBE, (), shelf) if shelf else Asked(Kind.UNKNOWN)
    thing = _thing(text)
    if 0 < len(thing) <= 6 and not re.match(r"^(?:what|who|why|when|how)\b", text):
        return Asked(Kind.FIND, thing, shelf)
    return Asked(Kind.UNKNOWN)


def _shelf(text: str) -> int | None:
    found = _SHELF.search(text)
    if not found:
        return None
    return _ORDINALS[found[1]] if found[1] else int(found[2])


def _thing(text: str) -> tuple[str, ...]:
    """The words of the thing, without articles before and places after it."""
    text = re.sub(r"\bon (?:the )?" + _SHELF.pattern + r".*$", "", text)
    before = ""
    while before != text:
        before = text
        text = _TAIL.sub("", _FILLER.sub("", text)).strip()
    return tuple(text.split())
