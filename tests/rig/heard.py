"""What a person hears from a wearable: cues by name, answers by their number, phrases by their name; and when."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from custom_components.shelfsight.sound.pcm import resample, samples
from custom_components.shelfsight.sound.phrases import PHRASES_HZ, load

from .coded_sound import ANSWER_HZ, answers_in

# A phrase is told from the others by this much of its sound, from the first loud sample on.
_ENOUGH_SAMPLES = ANSWER_HZ // 4
_AT_MOST_SAMPLES = 3 * ANSWER_HZ
_ALIKE = 0.95
_LOUD = 300
_HEARD_S = 0.1  # less than that is no word
_PAUSE_S = 0.4  # longer than between two words; shorter than anybody takes for the end


@dataclass(slots=True)
class Sounding:
    """One thing that was played. `turn` is None for what the wearable plays by itself; `cue` is its name then."""

    turn: int | None
    began_s: float
    cue: str | None = None
    pcm: bytearray = field(default_factory=bytearray, repr=False)
    audible: list[tuple[float, float]] = field(default_factory=list, repr=False)
    """When something of it was heard: stretches from and to, pauses as between words left out of account."""
    cleared: bool = False
    over: bool = False
    """Nothing more of it will come."""
    _known: tuple[list[int], str | None] | None = field(default=None, repr=False)

    def wrote(self, pcm: bytes, starts_s: float) -> None:
        """More of it, heard from `starts_s` on."""
        self.pcm += pcm
        loud = np.flatnonzero(np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)) > _LOUD)
        if not loud.size:
            return
        from_s, to_s = starts_s + int(loud[0]) / ANSWER_HZ, starts_s + (int(loud[-1]) + 1) / ANSWER_HZ
        if self.audible and from_s - self.audible[-1][1] < _PAUSE_S:
            from_s = self.audible.pop()[0]
        self.audible.append((from_s, to_s))

    def clear(self, now_s: float) -> None:
        """What is not heard by now never will be."""
        self.cleared = True
        self.audible = [(from_s, min(to_s, now_s)) for from_s, to_s in self.audible if from_s < now_s]

    @property
    def first_s(self) -> float | None:
        """When its first audible sample was heard; None while there was none."""
        return self.audible[0][0] if self.audible else None

    @property
    def answers(self) -> list[int]:
        """The question's number in an answer, as often as it was said; empty where this is none."""
        return self._identify()[0]

    @property
    def phrase(self) -> str | None:
        """The integration's phrase that this is, or begins; None where it is none."""
        return self._identify()[1]

    def _identify(self) -> tuple[list[int], str | None]:
        if self._known is not None:
            return self._known
        if self.turn is None:
            return [], None
        numbers = answers_in(bytes(self.pcm))
        known = (numbers, None if numbers else phrase_in(bytes(self.pcm)))
        if self.over:
            self._known = known
        return known

    @property
    def name(self) -> str:
        """For tables and messages."""
        if self.turn is None:
            return f"cue {self.cue}"
        if numbers := self.answers:
            return f"answer {numbers[0]}"
        return f"phrase {self.phrase}" if self.phrase else f"{len(self.pcm) // 48} ms of something"


def learn_phrases() -> None:
    """Reads the phrases beforehand: it takes seconds, which a run must not lose in its middle."""
    _phrases()


def heard_after_s(soundings: Iterable[Sounding], at_s: float) -> float | None:
    """How long after a moment something began to be heard; 0 where an answer or phrase went on; None for never."""
    waits = [
        max(0.0, from_s - at_s)
        for sounding in soundings
        for from_s, to_s in sounding.audible
        # A cue that began before tells nothing of what came after.
        if from_s >= at_s or (sounding.turn is not None and to_s > at_s + _HEARD_S)
    ]
    return min(waits, default=None)


def _from_first_loud(sound: NDArray[np.int16]) -> NDArray[np.float64]:
    loud = np.flatnonzero(np.abs(sound.astype(np.int32)) > _LOUD)
    return sound[loud[0] :].astype(np.float64) if loud.size else np.zeros(0)


@cache
def _phrases() -> dict[str, NDArray[np.float64]]:
    return {
        name: _from_first_loud(resample(samples(phrase.pcm), PHRASES_HZ, ANSWER_HZ))
        for name, phrase in load("en").items()
    }


def phrase_in(pcm: bytes) -> str | None:
    """Which English phrase a sound (s16le mono at 24 kHz) is; a beginning of a quarter of a second is enough."""
    heard = _from_first_loud(np.frombuffer(pcm, "<i2"))
    if heard.size < _ENOUGH_SAMPLES:
        return None
    likeness = {name: _likeness(heard, phrase) for name, phrase in _phrases().items()}
    best = max(likeness, key=likeness.__getitem__)
    return best if likeness[best] > _ALIKE else None


def _likeness(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The correlation of their common length. Not by BLAS: its threads hold up the event loop of a busy machine."""
    size = min(one.size, other.size, _AT_MOST_SAMPLES)
    a, b = one[:size], other[:size]
    energies = float(np.einsum("i,i", a, a)) * float(np.einsum("i,i", b, b))
    return float(np.einsum("i,i", a, b)) / max(1.0, energies) ** 0.5
