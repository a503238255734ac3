"""The acoustic model that comes with PocketSphinx, read into arrays: which sounds there are, and how each is likely to be.

Its own decoder prunes paths that noise makes unlikely for a moment, and tells only the best one. Here every name on the
shelf gets a score (``hear_search.py``). The formats are those of CMU Sphinx: ``mdef`` (binary), ``means``, ``variances``,
``sendump`` (8 bits), ``transition_matrices``; each phone has three states, each state a mixture of its phone's Gaussians
in three streams of 13 numbers: cepstra, their first and their second differences.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
import struct
from typing import Final

import numpy as np
import numpy.typing as npt
from pocketsphinx import get_model_path

from local_live.reading.hear_network import STATES, Phrase, Way
from local_live.reading.hear_sounds import Sounds, ways_to_say

Floats = npt.NDArray[np.float32]

_WEIGHT_STEP: Final = 1024 * float(np.log(1.0001))
"""A step of a stored weight, as a natural logarithm: 8 bits of scores to the base 1.0001, less 10 bits."""

_LEAST_VARIANCE: Final = 1e-4
_POSITIONS: Final = {"inside": 0, "begin": 1, "end": 2, "single": 3}
_STREAMS: Final = 3
_BESIDE: Final = {"": "SIL", "ə": "AH"}


@dataclass(frozen=True, slots=True)
class AcousticModel:
    """``phones`` maps a name to its number. ``triphones`` maps (phone, left, right, position) to a row of ``states``.

    Shapes: ``states`` (rows, 3), senones; ``codebook`` (senones,), the phone whose Gaussians a senone mixes;
    ``centres`` and ``precisions`` (phones, 3, 128, 13), ``offsets`` (phones, 3, 128); ``weights`` (3, 128, senones), linear;
    ``stay`` and ``go`` (phones, 3), logarithms of staying in a state and of leaving it.
    """

    phones: dict[str, int]
    triphones: dict[tuple[int, int, int, int], int]
    states: npt.NDArray[np.int32]
    codebook: npt.NDArray[np.int32]
    centres: Floats
    precisions: Floats
    offsets: Floats
    weights: Floats
    stay: Floats
    go: Floats

    def senones(self, phone: int, left: int, right: int, position: str) -> tuple[int, ...]:
        """The three states of a phone between two others; of the phone alone where the three were never heard together."""
        for where in (position, *_POSITIONS):
            row = self.triphones.get((phone, left, right, _POSITIONS[where]))
            if row is not None:
                return tuple(int(senone) for senone in self.states[row])
        return tuple(int(senone) for senone in self.states[self.triphones[phone, -1, -1, -1]])

    def ways(self, phrase: Phrase, left: str, right: str) -> list[Way]:
        """The ways to say a phrase between two sounds, each sound as it is between its neighbours."""
        return [self._way(said, _BESIDE[left], _BESIDE[right]) for said in ways_to_say(phrase)]

    def _way(self, said: Sounds, left: str, right: str) -> Way:
        flat = [
            (sound, "single" if len(word) == 1 else "begin" if at == 0 else "end" if at == len(word) - 1 else "inside")
            for word in said
            for at, sound in enumerate(word)
        ]
        beside = [left, *(sound for sound, _ in flat), right]
        return [
            (
                self.phones[sound],
                self.senones(self.phones[sound], self.phones[beside[at]], self.phones[beside[at + 2]], where),
            )
            for at, (sound, where) in enumerate(flat)
        ]

    def silent(self) -> tuple[int, ...]:
        """The states of silence."""
        return tuple(int(state) for state in self.states[self.triphones[self.phones["SIL"], -1, -1, -1]])


@cache
def acoustic_model() -> AcousticModel:
    """The model; about 10 MB, read once."""
    folder = Path(get_model_path("en-us/en-us"))
    phones, triphones, states, senone_count = _definitions((folder / "mdef").read_bytes())
    centres = _gaussians((folder / "means").read_bytes())
    variances = np.maximum(_gaussians((folder / "variances").read_bytes()), _LEAST_VARIANCE)
    offsets = np.asarray(-0.5 * np.log(2 * np.pi * variances).sum(axis=-1), np.float32)
    stay, go = _transitions((folder / "transition_matrices").read_bytes())
    codebook = np.zeros(senone_count, np.int32)
    for (phone, *_), row in triphones.items():
        codebook[states[row]] = phone
    weights = _mixtures((folder / "sendump").read_bytes(), senone_count)
    return AcousticModel(
        phones, triphones, states, codebook, centres, np.asarray(1 / variances, np.float32), offsets, weights, stay, go
    )


type _Definitions = tuple[dict[str, int], dict[tuple[int, int, int, int], int], npt.NDArray[np.int32], int]


def _definitions(data: bytes) -> _Definitions:
    """Phones, triphones, the senones of each, and how many senones there are."""
    header = struct.unpack_from("<i", data, 8)[0]
    at = 12 + header
    phone_count, all_count, _, _, senones, _, sequences, _, nodes, _ = struct.unpack_from("<10i", data, at)
    at += 40
    start = at
    names = []
    for _ in range(phone_count):
        end = data.index(b"\0", at)
        names.append(data[at:end].decode())
        at = end + 1
    at = start + (at - start + 3) // 4 * 4 + 8 * nodes
    triphones: dict[tuple[int, int, int, int], int] = {}
    for number in range(all_count):
        sequence, _, where, phone, left, right = struct.unpack_from("<iiBBBB", data, at + 12 * number)
        if number < phone_count:
            triphones[number, -1, -1, -1] = sequence
        else:
            triphones[phone, left, right, where] = sequence
    at += 12 * all_count + 4
    states = np.frombuffer(data, "<u2", sequences * STATES, at).reshape(-1, STATES).astype(np.int32)
    return {name: number for number, name in enumerate(names)}, triphones, states, senones


def _body(data: bytes) -> int:
    """Where the numbers begin: behind the header and the mark of the byte order."""
    return data.index(b"endhdr\n") + 7 + 4


def _gaussians(data: bytes) -> Floats:
    at = _body(data)
    books, streams, densities = struct.unpack_from("<3i", data, at)
    lengths = struct.unpack_from(f"<{streams}i", data, at + 12)
    at += 12 + 4 * streams + 4
    return np.frombuffer(data, "<f4", books * streams * densities * lengths[0], at).reshape(
        books, streams, densities, lengths[0]
    )


def _transitions(data: bytes) -> tuple[Floats, Floats]:
    at = _body(data)
    count, rows, columns, _ = struct.unpack_from("<4i", data, at)
    chance = np.frombuffer(data, "<f4", count * rows * columns, at + 16).reshape(count, rows, columns)
    chance = chance / chance.sum(axis=2, keepdims=True)
    stay = np.stack([chance[:, state, state] for state in range(STATES)], axis=1)
    return np.log(np.maximum(stay, 1e-4)), np.log(np.maximum(1 - stay, 1e-4))


def _mixtures(data: bytes, senones: int) -> Floats:
    at = 0
    while True:  # strings, each behind its length; none ends them
        length = struct.unpack_from("<i", data, at)[0]
        at += 4
        if length == 0:
            break
        at += length
    rows, columns = struct.unpack_from("<2i", data, at)
    stored = np.frombuffer(data, np.uint8, _STREAMS * rows * columns, at + 8).reshape(_STREAMS, rows, columns)
    return np.asarray(np.exp(-_WEIGHT_STEP * stored[:, :, :senones].astype(np.float32)), np.float32)
