"""What the labels of a shelf are called: their large words, spelled as most packs have it."""

from collections import Counter

from local_live.reading.labels import Label
from local_live.reading.words import alike, distance, plain


def names(labels: list[Label] | tuple[Label, ...]) -> list[str]:
    """What stands on labels, in their order, each once; only what was read well, and as most of the packs have it."""
    spell = spelling(labels)
    found: list[str] = []
    for label in labels:
        good = [word for word in label.words if word.score >= 0.9 and plain(word.text) in spell]
        if not good or 2 * len(good) < len(label.words):
            continue
        tallest = max(word.height for word in good)
        main = [spell[plain(word.text)] for word in good if word.height >= 0.6 * tallest][:4]
        name = " ".join(dict.fromkeys(main))
        if len(name) >= 4 and not any(same_name(name, other) for other in found):
            found.append(name)
    return found


def spelling(labels: list[Label] | tuple[Label, ...]) -> dict[str, str]:
    """For each word of letters that was read: the spelling that most packs agree on."""
    counts: Counter[str] = Counter()
    for label in labels:
        for word in label.words:
            text = plain(word.text)
            if len(text) >= 3 and text.isalpha() and word.score >= 0.8:
                counts[text] += 1
    ranked = [text for text, _ in counts.most_common()]
    # Four letters with one wrong are another word as often as not, but not beside many packs that agree.
    return {
        text: next(
            (
                other
                for other in ranked
                if counts[other] >= 3 * counts[text] and len(text) >= 4 and distance(other, text) <= 1
            ),
            text,
        )
        for text in ranked
    }


def same_name(one: str, other: str) -> bool:
    """Whether the shorter of two names is in the longer, word for word, a misread letter or two aside."""
    a, b = one.split(), other.split()
    few, many = (a, b) if len(a) <= len(b) else (b, a)
    return all(any(alike(word, theirs) for theirs in many) for word in few)
