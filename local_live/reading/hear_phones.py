"""How phrases are said, in speech sounds (IPA), as eSpeak NG says them in several accents; each sound has three states.

The sounds are eSpeak NG's own, but for those that are hardly ever met: they count as the one that they are most like.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from local_live.espeak import phones
from local_live.reading.hear_network import STATES, Phrase, Way

ACCENTS: Final = ("en-us", "en-gb-x-rp", "en-gb-scotland", "en-us-nyc", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029")
"""Accents whose ways to say things are known; the usual one first."""

SILENCE: Final = 0
"""The state of silence."""

PHONES: Final = (
    "n", "ɪ", "s", "l", "t", "ə", "k", "d", "m", "ɹ", "ɛ", "b", "z", "p", "æ", "f", "ɡ", "r", "ʌ", "ŋ", "aɪ", "ɒ",
    "iː", "eɪ", "v", "ɑː", "ɐ", "oʊ", "h", "ʃ", "w", "i", "uː", "ɔː", "dʒ", "a", "j", "əl", "ɚ", "əʊ", "oː", "ɜ",
    "tʃ", "ɾ", "e", "eː", "θ", "ɜː", "iə", "aʊ", "ɛə", "ʊ", "əɪ", "ʉː", "aː", "ɑːɹ", "ɔ", "ɔɪ", "ʉ", "ɔːɹ", "ʌʉ", "o",
    "ʌɹ", "eə", "aɪə", "ð", "ʒ", "ʊɹ", "ʊə", "ɪɹ", "ʔ", "n̩", "ɛɹ",
)  # fmt: skip

_STAY: Final = 0.65
"""How likely a state goes on for another hundredth of a second."""

_LIKE: Final = {
    "ᵻ": "ɪ", "x": "k", "a:": "aː", "ʍ": "w", "ɑ̃": "ɑː", "ɔ̃": "ɔː", "eʲ": "eː", "aɪɚ": "aɪə", "əɹ": "ɚ", "ʉɹ": "ʊɹ", "aa": "aː",
    "ei": "eɪ", "əu": "əʊ", "ʌʊ": "əʊ", "æʊ": "aʊ", "oɪ": "ɔɪ", "ɑə": "ɑː", "oə": "ɔː", "ɔə": "ɔː", "t̪": "t", "l̩": "əl",
    "aʊɚ": "aʊ", "aʊə": "aʊ", "ɔɪə": "ɔɪ", "u": "uː", "ɡʲ": "ɡ", "ɬ": "l", "ɲ": "n", "y": "uː", "oːɹ": "ɔːɹ", "o͡ʊ": "oʊ",
}  # fmt: skip
_NUMBERS: Final = {phone: number for number, phone in enumerate(PHONES)}


def number_of(ipa: str) -> int | None:
    """The number of a sound of eSpeak NG's among `PHONES`; None where it is none of them."""
    plain = ipa.strip("ˈˌ")
    return _NUMBERS.get(_LIKE.get(plain, plain))


def states_of(phone: int) -> tuple[int, ...]:
    """The states of a phone, in their order."""
    return tuple(SILENCE + 1 + STATES * phone + part for part in range(STATES))


_THE: Final = (_NUMBERS["ɪ"], _NUMBERS["i"])

STATE_COUNT: Final = 1 + STATES * len(PHONES)


@cache
def ways_to_say(phrase: Phrase) -> tuple[tuple[int, ...], ...]:
    """The numbers of the sounds of a phrase, a tuple for each way to say it, the usual one first."""
    text = " ".join(phrase)
    said = (
        tuple(number for ipa in phones(text, accent) if (number := number_of(ipa)) is not None) for accent in ACCENTS
    )
    ways = [way for way in said if way]
    if phrase[-1] == "the":  # before a vowel
        ways += [(*way[:-1], vowel) for way in ways for vowel in _THE]
    return tuple(dict.fromkeys(ways))


@dataclass(frozen=True, slots=True)
class SpokenSounds:
    """The sounds as `make_tree` takes them; each state lasts about three hundredths of a second."""

    stay: npt.NDArray[np.float32]
    go: npt.NDArray[np.float32]

    def ways(self, phrase: Phrase, left: str, right: str) -> list[Way]:
        """The ways to say a phrase; a sound is the same between all others."""
        return [[(phone, states_of(phone)) for phone in way] for way in ways_to_say(phrase)]


@cache
def spoken_sounds() -> SpokenSounds:
    """All sounds."""
    shape = len(PHONES), STATES
    return SpokenSounds(np.full(shape, np.log(_STAY), np.float32), np.full(shape, np.log(1 - _STAY), np.float32))
