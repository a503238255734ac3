"""What a person hears from a wearable: cues by name, answers by their number, phrases by their name; and when."""

from dataclasses import dataclass, field
from functools import cache
import time

import numpy as np
from numpy.typing import NDArray

from custom_components.shelfsight.sound.pcm import resample, samples
from custom_components.shelfsight.sound.phrases import PHRASES_HZ, load

from .coded_sound import ANSWER_HZ, answer_in

# A phrase is told from the others by this much of its sound, from the first loud sample on.
_ENOUGH_SAMPLES = ANSWER_HZ // 4
_ALIKE = 0.95
_LOUD = 300


@dataclass(slots=True)
class Sounding:
    """One thing that was played. `turn` is None for what the wearable plays by itself; `cue` is its name then."""

    turn: int | None
    began_s: float
    cue: str | None = None
    pcm: bytearray = field(default_factory=bytearray, repr=False)
    first_s: float | None = None
    """When its first audible sample was heard; None while there was none."""
    last_s: float = 0.0
    """When its last audible sample so far is heard."""
    cleared: bool = False

    def wrote(self, pcm: bytes, starts_s: float) -> None:
        """More of it, heard from `starts_s` on."""
        loud = np.flatnonzero(np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)) > _LOUD)
        if loud.size:
            if self.first_s is None:
                self.first_s = starts_s + int(loud[0]) / ANSWER_HZ
            self.last_s = starts_s + (int(loud[-1]) + 1) / ANSWER_HZ
        self.pcm += pcm

    def clear(self) -> None:
        """What is not heard by now never will be."""
        self.cleared = True
        self.last_s = min(self.last_s, time.monotonic())
        if self.first_s is not None and self.first_s > self.last_s:
            self.first_s = None

    @property
    def answer(self) -> int | None:
        """The question's number in an answer; None where this is none, or not all of one."""
        return answer_in(bytes(self.pcm)) if self.turn is not None else None

    @property
    def phrase(self) -> str | None:
        """The integration's phrase that this is, or begins; None where it is none."""
        return phrase_in(bytes(self.pcm)) if self.turn is not None else None

    @property
    def name(self) -> str:
        """For tables and messages."""
        if self.turn is None:
            return f"cue {self.cue}"
        if (number := self.answer) is not None:
            return f"answer {number}"
        return f"phrase {self.phrase}" if self.phrase else f"{len(self.pcm) // 48} ms of something"


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
    size = min(one.size, other.size)
    a, b = one[:size], other[:size]
    return float(a @ b / max(1.0, np.linalg.norm(a) * np.linalg.norm(b)))
