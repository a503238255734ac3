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
    HOW_MANY = "how many"
    CHEAPER = "cheaper"
    NEXT_TO = "next to"
    ELSE = "else"
    READ = "read"
    DATE = "date"
    LOOSE = "loose"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """``thing`` is the words of what is looked for; ``shelf`` a number from the top, -1 for the lowest, or None.

    ``other`` is the second thing of a comparison, ``towards`` where from a thing its neighbour is asked for: "left", "right",
    "above", "below", or "" for both sides.
    """

    kind: Kind
    thing: tuple[str, ...] = ()
    shelf: int | None = None
    other: tuple[str, ...] = ()
    towards: str = ""


FORMS = frozenset({
    "bag", "bags", "box", "boxes", "pack", "packs", "packet", "packets", "package", "packages", "jar", "jars", "can", "cans",
    "tin", "tins", "bottle", "bottles", "carton", "cartons", "tube", "tubes", "stuff", "thing", "things", "item", "items",
    "product", "products", "kind", "brand",
})  # fmt: skip
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


_CHEAPER = (
    re.compile(r"^(?:which|what)(?: one)?(?: of (?:them|these|those))? (?:is|s|are|costs?) (?:the )?(?:cheaper|cheapest|less expensive|least|less)\b(?P<rest>.*)$"),
    re.compile(r"^which (?:of the )?(?P<rest>.+?) (?:is|are|costs?) (?:the )?(?:cheaper|cheapest|less expensive|least|less)\b.*$"),
    re.compile(r"^(?:is|are) (?P<rest>.+?) (?:cheaper|less expensive) than (?P<than>.+)$"),
    re.compile(r"^(?:where (?:is|are|s)|find(?: me)?|show me) the cheapest (?P<rest>.+)$"),
)  # fmt: skip
_NEXT_TO = re.compile(
    r"^(?:what|who)(?: else)? (?:is|s|are|stands?|do you see|can you see)(?: there| standing)?(?: right| directly| just)? "
    r"(?P<where>next to|beside|near|around|(?:to |on )?(?:the )?(?:left|right)(?: side)? of|left from|right from|above|over|below|under|"
    r"underneath) (?P<rest>.+)$"
)
_HOW_MANY = re.compile(
    r"^how many (?:(?:packs?|packets?|boxes|bags|cans|jars|bottles|cartons|pieces) of )?(?P<rest>.+?)"
    r"(?: (?:are|is) (?:there|left|here|in .+|on .+)| (?:do|can) (?:you|i|they) (?:see|have|find|count))?$"
)
_ELSE = re.compile(
    r"^(?:(?:and |is there |do you see |can you see )?(?:what|anything|something) (?:else|more)\b.*|more|go on|and what else)$"
)
_READ = (
    re.compile(r"^(?:read|tell)(?: me)?(?: out)? (?:the )?(?:labels?|text|words|print|writing|ingredients|back|front)(?: (?:of|on|from) (?P<rest>.+))?$"),
    re.compile(r"^what (?:does|do) (?:the )?(?:labels?|text|it|they|pack|box|bag)(?: (?:of|on|from) (?P<rest>.+?))? say(?: on (?P<on>.+))?$"),
    re.compile(r"^what (?:is|s) (?:written|printed|it say) on (?P<rest>.+)$"),
)  # fmt: skip
_DATE = re.compile(
    r"^(?:(?:read|tell|what|when|how long|until when)\b.*?)?\b(?:best before(?: date)?|expiry(?: date)?|expiration(?: date)?|use by(?: date)?|"
    r"sell by(?: date)?|date)\b(?: (?:of|on|for) (?P<rest>.+))?$|^(?:when|how long)(?: does| do| will| is| are)? (?P<thing>.+?) "
    r"(?:expires?|run out|keeps?|go off|good)$"
)
_LOOSE = re.compile(r"^(?:something|anything|some things?|stuff)\b")


def understand(question: str) -> Asked:
    """The kind of a question and what it is about; a few bare words are taken for a thing to find."""
    text = " ".join(tokens(question))
    text = _LEAD.sub("", text) if not text.startswith("tell me w") else text
    shelf = _shelf(text)
    if re.search(rf"\b{_COUNT}\b", text):
        return Asked(Kind.COUNT)
    special = _special(text)
    if special:
        return special
    for kind, pattern in ((Kind.PRICE, _PRICE), (Kind.DESCRIBE, _DESCRIBE), (Kind.FIND, _FIND)):
        found = re.match(rf"^{pattern}\b\s*", text)
        if not found:
            continue
        if kind is Kind.DESCRIBE:
            return Asked(kind, (), shelf)
        if _LOOSE.match(text[found.end() :]):
            return Asked(Kind.LOOSE, tuple(text[found.end() :].split()))
        thing = _thing(text[found.end() :])
        if thing:
            return Asked(kind, thing, shelf)
        return Asked(Kind.DESCRIBE, (), shelf) if shelf else Asked(Kind.UNKNOWN)
    thing = _thing(text)
    if _LOOSE.match(text):
        return Asked(Kind.LOOSE, tuple(text.split()))
    if 0 < len(thing) <= 6 and not re.match(r"^(?:what|who|why|when|how)\b", text):
        return Asked(Kind.FIND, thing, shelf)
    return Asked(Kind.UNKNOWN)


def _special(text: str) -> Asked | None:
    """Questions that are more than where a thing is or what it costs."""
    for pattern in _CHEAPER:
        if found := pattern.match(text):
            one, _, other = found["rest"].partition(" or ")
            other = found.groupdict().get("than") or other
            return Asked(Kind.CHEAPER, _thing(one), other=_thing(other))
    if found := _NEXT_TO.match(text):
        where = found["where"]
        sides = {
            "left": "left",
            "right": "right",
            "above": "above",
            "over": "above",
            "below": "below",
            "under": "below",
        }
        return Asked(
            Kind.NEXT_TO,
            _thing(found["rest"]),
            towards=next((side for word, side in sides.items() if word in where), ""),
        )
    if _ELSE.match(text):
        return Asked(Kind.ELSE)
    if found := _DATE.match(text):
        return Asked(Kind.DATE, _thing(found["rest"] or found["thing"] or ""))
    for pattern in _READ:
        if found := pattern.match(text):
            return Asked(Kind.READ, _thing(found["rest"] or found.groupdict().get("on") or ""))
    if (found := _HOW_MANY.match(text)) and (thing := _thing(found["rest"])):
        return Asked(Kind.HOW_MANY, thing)
    return None


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
