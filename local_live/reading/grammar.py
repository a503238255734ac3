"""How the things on a shelf may be called, out of what is read on their labels."""

from collections import Counter
from itertools import combinations, pairwise
import re

from local_live.reading.naming import spelling
from local_live.reading.pronouncing import spoken
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.words import plain

_MOST_PHRASES = 400
"""From the shelf; each makes the listening a little slower."""

_SHORT = frozenset(
    ["al", "da", "de", "del", "der", "di", "do", "du", "el", "en", "et", "la", "le", "los", "of", "un", "y"]
)
"""Short words that stand inside of names; what else is so short was mostly misread."""

Phrase = tuple[str, ...]


def shelf_phrases(shelf_map: ShelfMap) -> dict[Phrase, int]:
    """How things on the shelf may be called, with how often it stands there.

    Runs of words of a label, and of short labels two or three words with others left out; 'and' stands for the sign
    between words that were joined by one.
    """
    spell = spelling(shelf_map.labels)
    joined = _joined(shelf_map)
    found: Counter[Phrase] = Counter()
    for label in shelf_map.labels:
        read = [(text, word) for text, word in zip(label.tokens, label.words, strict=True) if word.score >= 0.8]
        # A number is part of a name only behind its sign: '#1', not the 40 of 40 bags.
        known = [
            text if text in _SHORT or (word.text.startswith("#") and text.isdigit()) else spell.get(text, "")
            for text, word in read
        ]
        words = [word for text in known if text for word in spoken(text)]
        words = [word for index, word in enumerate(words) if not index or word != words[index - 1]][:8]
        runs = {tuple(words[i : i + n]) for i in range(len(words)) for n in range(1, 6) if i + n <= len(words)}
        if len(words) <= 5:
            runs |= {some for n in (2, 3) for some in combinations(words, n)}
        for run in runs:
            found[run] += 1
            if run[0] == "one" and len(run) > 1:
                found["number", *run] += 1
            for at in range(1, len(run)):
                if run[at - 1 : at + 1] in joined:
                    found[*run[:at], "and", *run[at:]] += 1
    ranked = sorted(found, key=lambda run: (-found[run], len(run), run))
    return {run: found[run] for run in ranked[:_MOST_PHRASES]}


def _joined(shelf_map: ShelfMap) -> set[Phrase]:
    """Pairs of words that '&' or '+' joins somewhere on the shelf."""
    pairs: set[Phrase] = set()
    for word in shelf_map.words:
        parts = [plain(part) for part in re.split("[&+]", word.text)]
        pairs |= {pair for pair in pairwise(parts) if all(len(part) > 1 for part in pair)}
    for one, other in pairwise(shelf_map.words):
        if one.line == other.line and one.text.endswith(("&", "+")):
            pairs.add((plain(one.text), plain(other.text)))
    return pairs
