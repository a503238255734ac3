"""How phrases are said, in ARPAbet: as the dictionary has them, as their spelling suggests, and without the r of American English."""

from collections.abc import Iterable
from functools import cache
from itertools import islice, product
from pathlib import Path
from typing import Final

from pocketsphinx import get_model_path

from local_live.reading.pronouncing import pronounce
from local_live.reading.vocabulary import SAID

Sounds = tuple[tuple[str, ...], ...]
"""Of a phrase: the sounds of each word."""

_MOST_WAYS: Final = 4
"""Ways to say a phrase that are kept, besides the British one."""

_VOWELS: Final = frozenset(["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"])


@cache
def _dictionary() -> dict[str, tuple[str, ...]]:
    """The ways to say each word that the recogniser's dictionary has, sounds parted by spaces."""
    ways: dict[str, tuple[str, ...]] = {}
    for line in Path(get_model_path("en-us/cmudict-en-us.dict")).read_text().splitlines():
        name, _, sounds = line.partition(" ")
        word = name.partition("(")[0]
        ways[word] = (*ways.get(word, ()), sounds.strip())
    return ways


@cache
def word_sounds(word: str) -> tuple[tuple[str, ...], ...]:
    """The ways to say a word."""
    ways = _dictionary().get(word) or (SAID.get(word) or pronounce(word) or "AH",)
    return tuple(tuple(way.split()) for way in dict.fromkeys(ways))


@cache
def british(sounds: tuple[str, ...]) -> tuple[str, ...]:
    """The sounds of a word in the south of England: r only before a vowel, a rounded o."""
    said: list[str] = []
    for at, sound in enumerate(sounds):
        before_vowel = at + 1 < len(sounds) and sounds[at + 1] in _VOWELS
        if sound == "ER":
            said += ["AH", "R"] if before_vowel else ["AH"]
        elif sound == "R" and at and sounds[at - 1] in _VOWELS and not before_vowel:
            if sounds[at - 1] in {"IH", "EH", "UH"}:
                said.append("AH")
        elif sound == "AA" and sounds[at + 1 : at + 2] != ("R",):
            said.append("AO")
        else:
            said.append(sound)
    return tuple(said)


def ways_to_say(words: Iterable[str]) -> list[Sounds]:
    """The ways to say a phrase, the usual one first."""
    each = [word_sounds(word) for word in words]
    ways: list[Sounds] = list(islice(product(*each), _MOST_WAYS))
    ways.append(tuple(british(said[0]) for said in each))
    return list(dict.fromkeys(ways))
