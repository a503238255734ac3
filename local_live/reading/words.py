"""Words: as they are read from a picture, and how alike two of them are when a letter or two was misread."""

from dataclasses import dataclass
from functools import lru_cache
import re
import unicodedata


@dataclass(frozen=True, slots=True)
class Word:
    """One word that was read: where, in pixels of the frame, how surely (0 to 1), and on which line of the reading.

    ``sideways`` words run up or down.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    score: float
    line: int
    sideways: bool = False

    @property
    def x(self) -> float:
        """The middle, from the left."""
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        """The middle, from the top."""
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        """Of the letters, about."""
        return self.right - self.left if self.sideways else self.bottom - self.top


NUMBERS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30", "forty": "40",
    "fifty": "50", "hundred": "100",
}  # fmt: skip

_LOOKS_LIKE = str.maketrans("015868|!$€i", "olssbblissl")
"""Digits and signs that stand for letters where a word was misread; both sides are folded, so the choice is free."""

_LOOK_LIKE = (("rn", "m"), ("vv", "w"), ("cl", "d"))
"""Letters that run together."""


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Lower case, no accents, only letters and digits; ``#1`` stays ``1``."""
    flat = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return "".join(c for c in flat if c.isalnum())


_APOSTROPHE = re.compile(r"(?<=\w)['’](?=(?:s|m|re|d|ll|ve)\b)", re.IGNORECASE)
"""Of "what's" and "I'm", which are two words; that of "d'avoine" joins."""


def tokens(text: str) -> tuple[str, ...]:
    """The plain words of a sentence or a label; 'number one' and '#1' both become '1', '&' becomes 'and'."""
    text = re.sub(
        r"\b(?:number|no\.?|nr\.?)\s+(\w+)", lambda m: NUMBERS.get(m[1].lower(), m[0]), text, flags=re.IGNORECASE
    )
    found = [plain(part) for part in re.split(r"[\s\-/_,;:!?()]+", _APOSTROPHE.sub(" ", text.replace("&", " and ")))]
    return tuple(NUMBERS.get(word, word) for word in found if word)


@lru_cache(maxsize=65536)
def distance(one: str, other: str) -> int:
    """How many letters must be put in, left out, changed or swapped (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


@lru_cache(maxsize=65536)
def alike(asked: str, read: str) -> float:
    """0 to 1: how surely a read token is the asked one; 1 equal, 0 too far apart to be taken for it.

    Short words must be equal (one letter makes a leaf of a leak), five letters may differ in one, eight in two. A plural is
    the same word.
    """
    if asked == read:
        return 1.0
    if not asked or not read or asked.isdigit() or read.isdigit():
        return 0.0
    if stem(asked) == stem(read):
        return 0.95
    a, b = look(asked), look(read)
    if a == b or look(stem(asked)) == look(stem(read)):
        return 0.9
    shorter = min(len(a), len(b))
    allowed = 0 if shorter < 5 else 1 if shorter < 8 else 2
    if abs(len(a) - len(b)) > allowed:
        return 0.0
    apart = distance(a, b)

    if apart > allowed:
        return 0.0
    return 0.85 - 0.1 * (apart - 1) - (0.1 if shorter < 6 else 0.0)


@lru_cache(maxsize=8192)
def look(word: str) -> str:
    """A word as it looks: what is mistaken for each other is the same, so that 'com' may be corn."""
    folded = word.translate(_LOOKS_LIKE)
    for letters, other in _LOOK_LIKE:
        folded = folded.replace(letters, other)
    return folded


def stem(word: str) -> str:
    """A word without the ending of its plural."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("oes", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word
