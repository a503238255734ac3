"""What the labels of a shelf are called: their large words, spelled as most packs have it."""

from collections import Counter
from functools import cache
from pathlib import Path

from pocketsphinx import get_model_path

from local_live.reading.labels import Label
from local_live.reading.words import alike, distance, plain

_MISTAKEN = (("l", "i"), ("i", "l"), ("m", "rn"), ("rn", "m"), ("d", "cl"), ("o", "c"))
"""Letters that OCR takes for others."""


def names(labels: list[Label] | tuple[Label, ...], among: tuple[Label, ...] | None = None) -> list[str]:
    """What stands on labels, in their order, each once; only what was read well, and as most of the packs have it.

    ``among`` are all labels of the shelf, which are asked how a word is spelled.
    """
    every = among or labels
    spell, known = spelling(every), agreed(every)
    found: list[str] = []
    for label in labels:
        good = [
            word for word in label.words
            if word.score >= 0.9 and not word.sideways
            and ((spelled := spell.get(plain(word.text), "")) in known or spelled in dictionary())
        ]  # fmt: skip
        if not good or 2 * len(good) < len(label.words):
            continue
        tallest = max(word.height for word in good)
        main = [spell[plain(word.text)] for word in good if word.height >= 0.6 * tallest][:4]
        name = " ".join(dict.fromkeys(main))
        if len(name) >= 4 and not any(same_name(name, other) for other in found):
            found.append(name)
    return found


def agreed(labels: list[Label] | tuple[Label, ...]) -> frozenset[str]:
    """The words of letters whose spelling can be trusted: two packs have them so, or they are words of the dictionary."""
    counts: Counter[str] = Counter()
    for label in labels:
        for text in {plain(word.text) for word in label.words if word.score >= 0.8}:
            if len(text) >= 3 and text.isalpha():
                counts[text] += 1
    usual = dictionary()
    return frozenset(text for text, count in counts.items() if count > 1 or text in usual)


@cache
def dictionary() -> frozenset[str]:
    """The English words that the recogniser of speech knows, about 120,000; read from its files once."""
    path = Path(get_model_path("en-us/cmudict-en-us.dict"))
    return frozenset(line.split(" ", 1)[0] for line in path.read_text().splitlines())


def spelling(labels: list[Label] | tuple[Label, ...]) -> dict[str, str]:
    """For each word of letters that was read: the spelling that most packs agree on."""
    counts: Counter[str] = Counter()
    for label in labels:
        for word in label.words:
            text = plain(word.text)
            if len(text) >= 3 and text.isalpha() and word.score >= 0.8:
                counts[text] += 1
    usual = dictionary()
    # What is a word goes before what is none: 'oil', not 'oll', where a letter looks like another.
    ranked = [text for text, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0] not in usual))]
    # Four letters with one wrong are another word as often as not, but not beside many packs that agree.
    return {text: next((other for other in ranked if _is_meant(text, other, counts)), _mended(text)) for text in ranked}


def _is_meant(text: str, other: str, counts: Counter[str]) -> bool:
    """Whether a word is another one with a letter misread."""
    return counts[other] >= 3 * counts[text] and len(text) >= 4 and distance(other, text) <= 1


def _mended(text: str) -> str:
    """A word that is none, as the one word it becomes where a letter is taken for another that looks like it; else as it is."""
    usual = dictionary()
    if text in usual:
        return text
    mended = {
        text[:at] + to + text[at + len(of) :]
        for of, to in _MISTAKEN
        for at in range(len(text))
        if text.startswith(of, at)
    } & usual  # fmt: skip
    return mended.pop() if len(mended) == 1 else text


def same_name(one: str, other: str) -> bool:
    """Whether the shorter of two names is in the longer, word for word, a misread letter or two aside."""
    a, b = one.split(), other.split()
    few, many = (a, b) if len(a) <= len(b) else (b, a)
    return all(any(alike(word, theirs) for theirs in many) for word in few)
