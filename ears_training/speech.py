"""Speech to learn from: computer voices of all kinds with their sounds marked, through ever other rooms, in noise."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ears_training.noise import RATE_HZ, Noise
from ears_training.texts import a_text
from local_live.espeak import Utterance, synthesise
from local_live.reading.hear_features import STEP
from local_live.reading.hear_neural import looks
from local_live.reading.hear_phones import ACCENTS, SILENCE, STATES, number_of, states_of

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

VARIANTS: Final = (
    "", "", "", "f1", "f2", "f3", "m1", "m4", "m6", "m7", "m8", "croak", "klatt", "klatt2", "klatt4", "Alex", "Andy", "Annie",
    "Denis", "Gene", "Jacky", "Lee", "Michael", "Mike", "adam", "aunty", "belinda", "benjamin", "boris", "caleb", "david",
    "ed", "edward", "grandma", "grandpa", "ian", "john", "linda", "max", "norbert", "paul", "quincy", "rob", "robert",
    "shelby", "steph", "steph2", "travis", "victor", "zac", "Andrea", "Marco", "Alicia", "anika", "sandro", "marcelo",
)  # fmt: skip
"""Variants of a voice. Those that `evaluation.speaking` holds out (f4, f5, m2, m3) are not among them."""

UNKNOWN: Final = -1
_MIDDLE: Final = 205  # samples from a frame's beginning to its middle
_WPM: Final = (105, 215)
_LOUD: Final = 12_000.0
_FLOOR: Final = 10.0


@dataclass(frozen=True, slots=True)
class Example:
    """Frames (n, 40) of an utterance, and the state that each is in (n,); `UNKNOWN` where it is of no known sound."""

    frames: Floats
    states: Ints


def voices() -> tuple[str, ...]:
    """All voices to learn from."""
    return tuple(f"{accent}+{variant}" if variant else accent for accent, variant in product(ACCENTS, VARIANTS))


def examples(seed: int) -> Iterator[Example]:
    """Examples without end: for the same seed the same, but for what eSpeak NG says a little otherwise each time."""
    rng = np.random.default_rng(seed)
    all_voices = voices()
    noise = Noise(rng, all_voices)
    while True:
        speed, pitch = int(rng.integers(*_WPM)), int(rng.integers(25, 75))
        said = synthesise(a_text(rng), all_voices[int(rng.integers(len(all_voices)))], speed, pitch)
        if len(said.samples) > RATE_HZ // 2:
            yield _example(said, rng, noise)


def _example(said: Utterance, rng: np.random.Generator, noise: Noise) -> Example:
    # A little faster or slower than it was made: the throat gets shorter or longer with it.
    step = said.rate_hz / RATE_HZ * (rng.uniform(0.88, 1.14) if rng.random() < 0.6 else 1.0)
    before, after = int(rng.uniform(0.05, 0.8) * RATE_HZ), int(rng.uniform(0.1, 0.9) * RATE_HZ)
    voice = _room(_at_rate(said.samples.astype(np.float64), step), rng)
    sound = np.concatenate([np.zeros(before), voice, np.zeros(after)])
    if rng.random() < 0.9:
        loud = np.sqrt((voice[np.abs(voice) > 0.02 * np.abs(voice).max()] ** 2).mean())
        sound += noise.around(len(sound)) * loud / 10 ** (rng.uniform(3, 24) / 20)
    sound *= _LOUD / max(1e-9, float(np.abs(sound).max()))
    sound += rng.normal(0, _FLOOR, len(sound))
    frames = looks(sound.astype(np.float32))
    return Example(frames, _states(said, before, step, len(frames)))


def _at_rate(samples: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Samples ``step`` apart, with nothing above half the new rate."""
    spectrum = np.fft.rfft(samples)
    spectrum[int(len(spectrum) * min(1.0, 0.96 / step)) :] = 0
    even = np.fft.irfft(spectrum, len(samples))
    return np.interp(np.arange(0, len(samples) - 1, step), np.arange(len(samples)), even)


def _room(voice: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Through a microphone that is better at some frequencies, in a room that echoes a little."""
    spectrum = np.fft.rfft(voice, len(voice) + RATE_HZ // 4)
    places = np.linspace(0, RATE_HZ / 2, 7)
    gains_db = np.interp(np.fft.rfftfreq(len(voice) + RATE_HZ // 4, 1 / RATE_HZ), places, rng.normal(0, 3, 7))
    spectrum *= 10 ** (gains_db / 20)
    if rng.random() < 0.3:
        echo = rng.normal(0, 1, RATE_HZ // 5) * np.exp(-np.arange(RATE_HZ // 5) / (RATE_HZ * rng.uniform(0.01, 0.06)))
        echo *= rng.uniform(0.05, 0.3) / np.sqrt((echo**2).sum())
        echo[0] = 1.0
        spectrum *= np.fft.rfft(echo, len(voice) + RATE_HZ // 4)
    return np.fft.irfft(spectrum, len(voice) + RATE_HZ // 4)[: len(voice)]


def _states(said: Utterance, before: int, step: float, frames: int) -> Ints:
    """The state in the middle of each frame."""
    middles = (np.arange(frames) * STEP + _MIDDLE - before) * step
    starts = np.array([phone.sample for phone in said.phones] or [0], np.float64)
    numbers = [
        SILENCE if not phone.ipa else -1 if (n := number_of(phone.ipa)) is None else 1 + n for phone in said.phones
    ]
    which = np.searchsorted(starts, middles, side="right") - 1
    ends = np.append(starts[1:], len(said.samples))
    states = np.full(frames, SILENCE, np.int64)
    for frame, (at, middle) in enumerate(zip(which, middles, strict=True)):
        if at < 0 or middle >= len(said.samples) or numbers[at] == SILENCE:
            continue
        if numbers[at] < 0:
            states[frame] = UNKNOWN
            continue
        part = int(STATES * (middle - starts[at]) / max(1.0, ends[at] - starts[at]))
        states[frame] = states_of(numbers[at] - 1)[min(STATES - 1, part)]
    return states
