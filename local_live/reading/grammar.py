"""What may be asked at this shelf, as a JSGF grammar: the ways people ask, the words on the packs, and common goods."""

from collections import Counter
from itertools import combinations, pairwise
import re

from local_live.reading.asking import FORMS
from local_live.reading.naming import spelling
from local_live.reading.pronouncing import spoken
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.vocabulary import KINDS, QUALITIES, phrases
from local_live.reading.words import plain

_LEADS = (
    "where is", "where are", "where's", "where can i find", "where do i find", "find", "find me", "can you find",
    "do you see", "can you see", "do you have", "is there", "is there any", "are there any", "how much is",
    "how much are", "what is the price of", "which shelf is", "which shelf has", "i need", "i want", "i am looking for",
    "i'm looking for", "show me", "look for", "search for",
)  # fmt: skip

_OTHER = (
    "what do you see", "what can you see", "what is there", "what is this", "what is here", "what is on this shelf",
    "describe the shelf", "how many shelves are there", "what is on the <nth> shelf", "what is on shelf <n>",
    "read the <nth> shelf",
)  # fmt: skip

_MOST_PHRASES = 400
"""From the shelf; each makes the listening a little slower."""

_HERE = 40.0
"""How much likelier than something else a thing is asked for that is read on many packs."""

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
        known = [text if word.text.startswith("#") and text.isdigit() else spell.get(text, "") for text, word in read]
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


def grammar(shelf_map: ShelfMap | None) -> tuple[str, frozenset[str]]:
    """The grammar, and all words in it. What is on the shelf is likelier to be asked for than what is not.

    Phrases are written as a tree, each beginning once: the recogniser then has few ways to follow at a time.
    """
    here = shelf_phrases(shelf_map) if shelf_map else {}
    weights: dict[Phrase, float] = dict.fromkeys(phrases(KINDS), 1.0)
    for phrase, count in here.items():
        weights[phrase] = weights.get(phrase, 0.0) + _HERE * min(count, 4) / 4
    # A form, or a whole kind of bag, may follow what a label says: 'clear tall' and then 'kitchen bags'.
    forms = FORMS & {word for phrase in here for word in phrase}
    more = {phrase: 1.0 for phrase in phrases(KINDS) if phrase[-1] in forms} | {(form,): 2.0 for form in forms}
    things = _tree(weights)
    qualities = _tree(dict.fromkeys(phrases(QUALITIES), 1.0))
    rules = {
        "question": f"/1/ <lead> <thing> | /0.2/ <thing> | /0.5/ ({' | '.join(_OTHER)})",
        "lead": f"({_tree(dict.fromkeys((tuple(lead.split()) for lead in _LEADS), 1.0))}) "
        "(/0.4/ the | /0.1/ a | /0.05/ an | /0.05/ any | /0.05/ some | /0.05/ my | /0.3/ <NULL>)",
        "thing": "(/1/ <NULL> | /0.03/ <quality>) <name>" + (" (/1/ <NULL> | /0.2/ <more>)" if more else ""),
        "more": _tree(more) if more else "bags",
        "name": things,
        "quality": qualities,
        "nth": "first | second | third | fourth | fifth | sixth | seventh | top | bottom | lowest | last",
        "n": "one | two | three | four | five | six | seven",
    }
    body = " ".join(f"{'public ' if name == 'question' else ''}<{name}> = {rule};" for name, rule in rules.items())
    words = {word for rule in rules.values() for word in re.findall(r"(?<![<\w])[a-z']+(?![>\w])", rule)}
    return f"#JSGF V1.0; grammar shelf; {body}", frozenset(words)


def _tree(weights: dict[Phrase, float], at: int = 0) -> str:
    """Phrases as nested alternatives; the weight of a branch is the sum of its phrases'."""
    branches: dict[str, dict[Phrase, float]] = {}
    ends = 0.0
    for phrase, weight in sorted(weights.items()):
        if len(phrase) == at:
            ends += weight
        else:
            branches.setdefault(phrase[at], {})[phrase] = weight
    parts = [f"/{ends:.3f}/ <NULL>"] if ends else []
    for word, inside in branches.items():
        rest = _tree(inside, at + 1) if any(len(phrase) > at + 1 for phrase in inside) else ""
        parts.append(f"/{sum(inside.values()):.3f}/ {word}" + (f" ({rest})" if rest else ""))
    return " | ".join(parts)
