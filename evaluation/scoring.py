"""The rubric: what an answer claims, and whether that is true. Pure: words and truth in, points out.

An answer is right when it names one of the shelves of the thing and a side that lies in one of its spans, 0.06 of the width
either way; where the thing is not there, when it says so. A confident wrong answer scores nothing at all. The words are what
counts, for they are what the person hears; where a box was reported, its middle must lie in the span as well.
"""

from dataclasses import dataclass
import re
from typing import Final

from evaluation.cases import Case, There

MOST_WORDS: Final = 35
SLACK: Final = 0.06
"""Parts of the picture's width by which a side or a box may miss a span."""

_SIDES: Final = {
    "far left": (0.0, 0.2), "left": (0.2, 0.4), "middle": (0.4, 0.6), "right": (0.6, 0.8), "far right": (0.8, 1.0),
}  # fmt: skip
_ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
)  # fmt: skip
_NUMBERS: Final = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_NTH: Final = "|".join((*_ORDINALS, "top", "bottom", "lowest", "uppermost", r"\d+(?:st|nd|rd|th)"))
_COUNT: Final = "|".join((*_NUMBERS, r"\d+"))
_SHELF: Final = re.compile(
    rf"\b(?P<nth>{_NTH})(?: visible)? shelf\b|\bshelf(?: number)? (?P<count>{_COUNT})\b|\bnumber (?P<of>\d+) shelf\b"
    rf"|\b(?P<only>(?:the )?one shelf|the only shelf|single shelf)\b|\balso (?:on the )?(?P<also>{_NTH})\b"
)
_FROM: Final = re.compile(rf"\bof (?P<count>{_COUNT})\b|from the (?P<end>top|bottom)")
_SIDE: Final = re.compile(
    r"\b(?P<side>far left|far right|left|right|middle|centre|center)\b(?!(?:-hand)? (?:of|from|neighbou?r|next)\b)"
)
_FAR: Final = re.compile(r"\b(left|right)(?:most| end| edge| corner)\b|\bextreme (left|right)\b")
_ABSENT: Final = re.compile(
    r"\b(?:i (?:read|found|find|saw|see) no\b|(?:did|do|could|can) ?(?:not|n't) (?:find|see|spot)|cannot (?:find|see)|"
    r"(?:is|are) ?(?:not|n't) (?:there|in|on|visible)|not there|there (?:is|are) no\b|no \w+(?: \w+)* (?:in|on) the)"
)
_UNSURE: Final = re.compile(
    r"\b(?:perhaps|maybe|might|may be|possibly|probably|not sure|not certain|could be|which of)\b"
)
_FORBIDDEN: Final = re.compile(r"\b(?:here|over there|as you can see)\b|^i can see\b")
_CLAIMS: Final = re.compile(
    r"\b(?:gluten|lactose|sugar|dairy|nut|alcohol|caffeine) free\b|\b(?:vegan|organic|halal|kosher)\b"
)
_NOT_READ: Final = re.compile(
    r"\b(?:no|not|cannot|could not|without|did not|but not|nothing)\b[^.;]*$|\b(?:find|read|for)\b[^.;]*\bno\b[^.;]*$"
)
_COLOUR: Final = re.compile(
    r"\ban? (red|orange|yellow|green|blue|purple|pink|brown|white|black|gr[ae]y|beige) (?:pack|bag|box|jar|can|carton|bottle|tin)\b"
)
_AMOUNT: Final = re.compile(r"\b(\d{1,3})[.,](\d{2})\b")


@dataclass(frozen=True, slots=True)
class Claim:
    """A place that an answer names: shelf from the top (None where it names none), side (None likewise)."""

    shelf: int | None
    side: str | None


@dataclass(frozen=True, slots=True)
class Points:
    """The ten questions of the rubric; None where one does not apply. ``axis`` is of corrections, which are scored elsewhere."""

    shelf: bool | None
    end_named: bool | None
    side: bool | None
    product: bool | None
    nothing_invented: bool
    honest: bool | None
    short: bool
    no_pointing: bool
    safety: bool

    def share(self) -> float:
        """The part of the points that apply which was won."""
        known = [
            point
            for point in (
                self.shelf, self.end_named, self.side, self.product, self.nothing_invented,
                self.honest, self.short, self.no_pointing, self.safety,
            )
            if point is not None
        ]  # fmt: skip
        return sum(known) / len(known)


@dataclass(frozen=True, slots=True)
class Score:
    """What came of one answer. ``missed``: said not to be there, or left open, though it is there."""

    right: bool
    wrong_claim: bool
    unsure: bool
    missed: bool
    score: float
    points: Points


def claims(text: str, shelf_count: int) -> tuple[Claim, ...]:
    """The places that an answer names, in its order; the sides of one shelf each as a claim of their own."""
    flat = re.sub(r"\s+", " ", text.lower().replace("’", "'"))
    found = list(_SHELF.finditer(flat))
    named: list[Claim] = []
    for index, shelf in enumerate(found):
        until = found[index + 1].start() if index + 1 < len(found) else len(flat)
        after = flat[shelf.end() : until].split(". ")[0] if index + 1 == len(found) else flat[shelf.end() : until]
        before = flat[found[index - 1].end() if index else 0 : shelf.start()].split(". ")[-1]
        number = _number(shelf, after, shelf_count)
        sides = _sides(after) or _sides(before)
        named += [Claim(number, side) for side in sides[:1]] or [Claim(number, None)]
    if not named and (sides := _sides(flat.split(". ")[0])):
        return (Claim(None, sides[0]),)
    return tuple(dict.fromkeys(named))


def _number(shelf: re.Match[str], after: str, shelf_count: int) -> int:
    if shelf["only"]:
        return 1
    word = shelf["nth"] or shelf["count"] or shelf["of"] or shelf["also"]
    counted = _FROM.search(after)
    total = _value(counted["count"]) if counted and counted["count"] else shelf_count
    if word in {"bottom", "lowest"}:
        return shelf_count
    number = 1 if word in {"top", "uppermost"} else _value(word)
    return total + 1 - number if "from the bottom" in after else number


def _value(word: str) -> int:
    for names in (_ORDINALS, _NUMBERS):
        if word in names:
            return names.index(word) + 1
    return int(re.sub(r"\D", "", word))


def _sides(text: str) -> list[str]:
    text = _FAR.sub(lambda match: f"far {match[1] or match[2]}", text)
    text = re.sub(r"\b(?:turn|move|step|look|go)\b[^.;]*\b(?:left|right)\b", "", text)
    return [
        "middle" if side["side"] in {"centre", "center"} else side["side"]
        for side in _SIDE.finditer(re.sub(r"from the (?:top|bottom),?", "", text))
    ]


def score(
    case: Case, answer: str, box: tuple[int, int, int, int] | None, found: bool | None, shelf_count: int
) -> Score:
    """Score one answer.

    ``box`` (ymin, xmin, ymax, xmax, 0 to 1000) and ``found`` are of the report that came with it, None where none came.
    """
    flat = answer.lower().replace("’", "'")
    is_absent = bool(_ABSENT.search(flat)) or found is False
    is_unsure = bool(_UNSURE.search(flat))
    named = claims(answer, shelf_count)
    places = [claim for claim in named if claim.shelf is not None and claim.side is not None]
    claimed = bool(places) and (found is True or not is_absent)
    held = [_holds(claim, case.places) for claim in places]
    box_holds = box is None or not claimed or _box_holds(box, case.places)
    in_place = claimed and held[0] and box_holds
    right = (in_place and not (is_absent and not is_unsure)) if case.present else is_absent and found is not True
    if is_unsure and found is False and places:
        # 'Perhaps on the third shelf': an honest pointer, right where the thing is there.
        right = held[0] if case.present else not held[0] and is_absent
        claimed = False
    wrong = claimed and not is_unsure and not (case.present and all(held) and box_holds)
    amounts = {f"{int(whole)}.{cents}" for whole, cents in _AMOUNT.findall(answer)}
    invented = bool(case.price) and claimed and bool(amounts - {_plain_price(case.price)})
    label = case.label.lower()
    said = " ".join(match.lower() for match in re.findall(r"label says ([^.;]*)", answer))
    extra = [word for word in re.findall(r"[^\W\d_]{3,}", said) if label and word not in label] if claimed else []
    colour = _COLOUR.search(flat) if claimed and case.colour else None
    discoloured = bool(colour) and colour is not None and colour[1] != case.colour
    points = Points(
        shelf=claimed and any(claim.shelf == there.shelf for claim in places[:1] for there in case.places)
        if case.present
        else None,
        end_named=bool(
            re.search(r"from the (?:top|bottom)|top shelf|bottom shelf|lowest shelf|one shelf|visible shelf", flat)
        )
        if claimed
        else None,
        side=in_place if case.present else None,
        product=in_place and not extra if case.present else None,
        nothing_invented=not invented and not extra and not discoloured,
        honest=None if case.present else right,
        short=0 < len(answer.split()) <= MOST_WORDS,
        no_pointing=not _FORBIDDEN.search(flat),
        safety=_keeps_safety(case, flat, claimed=claimed),
    )
    wrong = wrong or (claimed and not points.safety)
    return Score(
        right=right and not wrong,
        wrong_claim=wrong,
        unsure=is_unsure,
        missed=case.present and not claimed and not right,
        score=0.0 if wrong else points.share(),
        points=points,
    )


def _holds(claim: Claim, places: tuple[There, ...]) -> bool:
    """Whether a named shelf and side are of the thing: the fifth of the width that is named meets one of its spans."""
    if claim.side is None:
        return False
    low, high = _SIDES[claim.side]
    return any(
        claim.shelf == there.shelf and any(left - SLACK <= high and low <= right + SLACK for left, right in there.spans)
        for there in places
    )


def _box_holds(box: tuple[int, int, int, int], places: tuple[There, ...]) -> bool:
    middle = (box[1] + box[3]) / 2000
    return any(left - SLACK <= middle <= right + SLACK for there in places for left, right in there.spans)


def _plain_price(price: str) -> str:
    found = _AMOUNT.search(price)
    return f"{int(found[1])}.{found[2]}" if found else price


def _keeps_safety(case: Case, flat: str, *, claimed: bool) -> bool:
    """A claim on health is said only where it is printed; where the truth does not tell what is, where the thing asked is there."""
    for claim in _CLAIMS.finditer(flat):
        if _NOT_READ.search(flat[: claim.start()]) or not claimed:
            continue
        printed = case.label.lower() if case.label else case.ask.lower() if case.present else ""
        if claim.group() not in printed:
            return False
    return True
