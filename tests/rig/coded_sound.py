"""Sound that says which question it belongs to: what a rig's microphone hears, and what its Live server answers with.

A question is chunks of 20 ms (320 samples of s16le mono at 16 kHz). Each begins with 13 samples no louder than 15 of
32,767: `_MAGIC`, the question's number and the chunk's number as four nibbles each, and whether the chunk is voiced. The rest is
noise at about -16 dBFS where somebody speaks, made from both numbers so that every sample can be checked, else silence.

An answer is six tones of 40 ms at 24 kHz, one of sixteen frequencies each: a start, the question's number as four
nibbles, a sum; then 60 ms of silence. It may be said several times in a row, so that half of it can be told from all.
"""

from dataclasses import dataclass
import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from local_live.espeak import Utterance

QUESTION_HZ: Final = 16_000
ANSWER_HZ: Final = 24_000
CHUNK_SAMPLES: Final = 320
CHUNK_BYTES: Final = 2 * CHUNK_SAMPLES
NOBODY: Final = 0
"""The number of what is heard when nobody asks."""
UNKNOWN: Final = 0xFFFF
"""The number in an answer to sound without a code."""
_MAGIC: Final = np.array([7, 13, 2, 11], dtype=np.int16)
_HEAD_SAMPLES: Final = 13
_NOISE_PEAK: Final = 9000
_SYMBOL_SAMPLES: Final = ANSWER_HZ * 40 // 1000
_TAIL_SAMPLES: Final = ANSWER_HZ * 60 // 1000
_TONES_HZ: Final = 500 + 150 * np.arange(16)
_START: Final = 10
_AUDIBLE: Final = 2000
_SURE: Final = 0.8  # of a symbol's energy in its one tone; speech and cues never have that six times in a row

_ANSWER_SAMPLES: Final = 6 * _SYMBOL_SAMPLES + _TAIL_SAMPLES
ANSWER_MS: Final = _ANSWER_SAMPLES * 1000 // ANSWER_HZ


@dataclass(frozen=True, slots=True)
class Chunk:
    """The code of one chunk."""

    question: int
    number: int
    voiced: bool


def question_chunk(chunk: Chunk) -> bytes:
    """The chunk's 640 bytes."""
    samples = np.zeros(CHUNK_SAMPLES, dtype="<i2")
    samples[:4] = _MAGIC
    samples[4:8] = _nibbles(chunk.question)
    samples[8:12] = _nibbles(chunk.number)
    samples[12] = chunk.voiced
    if chunk.voiced:
        noise = np.random.default_rng((chunk.question, chunk.number))
        samples[_HEAD_SAMPLES:] = noise.integers(-_NOISE_PEAK, _NOISE_PEAK, CHUNK_SAMPLES - _HEAD_SAMPLES)
    return samples.tobytes()


def chunks_in(pcm: bytes) -> list[Chunk]:
    """The codes in a sound, wherever its chunks begin, in their order."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2")
    places = samples.size - _HEAD_SAMPLES + 1
    if places <= 0:
        return []
    found = np.ones(places, dtype=bool)
    for offset, value in enumerate(_MAGIC):
        found &= samples[offset : offset + places] == value
    heads = [samples[place : place + _HEAD_SAMPLES] for place in np.flatnonzero(found)]
    return [
        Chunk(_number(head[4:8]), _number(head[8:12]), bool(head[12]))
        for head in heads
        if head[4:].min() >= 0 and head[4:].max() < 16
    ]


def question_in(pcm: bytes) -> int:
    """The number of the question that was spoken last in a sound; UNKNOWN where nobody spoke."""
    spoken = [chunk.question for chunk in chunks_in(pcm) if chunk.voiced]
    return spoken[-1] if spoken else UNKNOWN


def tones(text: str, times: int = 1) -> Utterance:
    """A voice for `local_live`: says the first number in the text so many times, UNKNOWN where there is none."""
    written = re.search(r"\d+", text)
    number = int(written.group()) & 0xFFFF if written else UNKNOWN
    symbols = [_START, *_nibbles(number)]
    symbols.append(sum(symbols) % 16)
    moments = np.arange(_SYMBOL_SAMPLES) / ANSWER_HZ
    sound = [np.sin(2 * np.pi * _TONES_HZ[symbol] * moments) for symbol in symbols]
    once = np.concatenate([*sound, np.zeros(_TAIL_SAMPLES)]).astype(np.float32)
    return Utterance(np.tile(once, times), ANSWER_HZ, ())


def answers_in(pcm: bytes) -> list[int]:
    """The numbers that a sound (s16le mono at 24 kHz) says in tones, up to the first that is not whole."""
    samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float64)
    loud = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    numbers: list[int] = []
    while loud.size:
        number = _answer_at(samples[int(loud[0]) + len(numbers) * _ANSWER_SAMPLES :])
        if number is None:
            break
        numbers.append(number)
    return numbers


def _answer_at(samples: NDArray[np.float64]) -> int | None:
    if samples.size < 6 * _SYMBOL_SAMPLES - 8:
        return None
    symbols = []
    for index in range(6):
        start = index * _SYMBOL_SAMPLES
        symbol = _tone_in(samples[start + 96 : start + _SYMBOL_SAMPLES - 96])
        if symbol is None:
            return None
        symbols.append(symbol)
    if symbols[0] != _START or sum(symbols[:5]) % 16 != symbols[5]:
        return None
    return _number(symbols[1:5])


def _tone_in(window: NDArray[np.float64]) -> int | None:
    moments = np.arange(window.size) / ANSWER_HZ
    waves = np.exp(-2j * np.pi * _TONES_HZ[:, None] * moments)
    # Not by BLAS: its threads hold up the event loop of a busy machine.
    energy = 2 * np.abs(np.einsum("ij,j", waves, window)) ** 2 / window.size
    best = int(np.argmax(energy))
    total = float(np.sum(window**2))
    return best if total > 0 and energy[best] > _SURE * total else None


def _nibbles(number: int) -> list[int]:
    return [number >> shift & 15 for shift in (12, 8, 4, 0)]


def _number(nibbles: list[int] | NDArray[np.int16]) -> int:
    high, upper, lower, low = (int(nibble) for nibble in nibbles)
    return high << 12 | upper << 8 | lower << 4 | low
