"""What is said in training: questions about anything, and plain rows of words, so that no name is known beforehand."""

from functools import cache
from typing import Final

import numpy as np

from local_live.reading.hear_questions import questions
from local_live.reading.naming import dictionary
from local_live.reading.vocabulary import KINDS, phrases

_CHANCES: Final = (("question", 0.45), ("kind", 0.25), ("words", 0.3))


@cache
def _parts() -> tuple[list[str], list[str], list[str], list[str], list[str]]:
    known = questions({})
    return (
        [" ".join(lead) for lead in known.leads],
        [" ".join(whole) for whole in known.whole],
        [" ".join(claim) for claim in known.claims],
        [" ".join(kind) for kind in phrases(KINDS)],
        [word for word in sorted(dictionary()) if word.isalpha() and len(word) > 1],
    )


def a_text(rng: np.random.Generator) -> str:
    """Something to say."""
    leads, wholes, claims, kinds, words = _parts()

    def some(texts: list[str]) -> str:
        return texts[int(rng.integers(len(texts)))]

    which = rng.random()
    if which < _CHANCES[2][1]:
        return " ".join(some(words) for _ in range(int(rng.integers(2, 7))))
    if which > 0.97:
        return some(wholes)
    claim = [some(claims)] if rng.random() < 0.2 else []
    if which < _CHANCES[2][1] + _CHANCES[1][1]:
        name = [some(kinds)] if rng.random() < 0.6 else [some(kinds), some(kinds)]
    else:
        name = [some(words) for _ in range(int(rng.integers(1, 5)))]
    return " ".join([some(leads), *claim, *name])


def babble(rng: np.random.Generator) -> str:
    """What somebody in the background says."""
    *_, words = _parts()
    return " ".join(words[int(at)] for at in rng.integers(len(words), size=12))
