"""What may be said, as a network of states: trees of sounds, so that what begins alike is followed once.

A tree's state has one state before it, but for the first of each branch, which is entered from outside.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

STATES: Final = 3
"""Of each sound."""

Phrase = tuple[str, ...]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tree:
    """States (n,): ``senones``, the state ``before`` each (its own number where it is a first one), logarithms of ``stay``.

    ``enter`` (n,) is the logarithm of leaving the state before. ``ends`` (m,) are the last states of the ways to say the
    ``phrases``, ``end_phrases`` (m,) whose, ``end_costs`` (m,) the logarithm of leaving the state. ``firsts`` are the states
    that are entered from outside; ``chances`` (phrases,) are logarithms, the likeliest 0.
    """

    senones: Ints
    before: Ints
    firsts: Ints
    stay: Floats
    enter: Floats
    ends: Ints
    end_phrases: Ints
    end_costs: Floats
    phrases: tuple[Phrase, ...]
    chances: Floats


type Way = Sequence[tuple[int, Sequence[int]]]
"""A way to say a phrase: the number of each sound, and its states."""


class Speech(Protocol):
    """What sounds there are. ``stay`` and ``go`` (sounds, 3) are logarithms of staying in a state and of leaving it."""

    stay: Floats
    go: Floats

    def ways(self, phrase: Phrase, left: str, right: str) -> Iterable[Way]:
        """The ways to say a phrase between two sounds ("" for silence, "ə" for the end of an article)."""


class _Maker:
    def __init__(self) -> None:
        self._nodes: dict[tuple[int, int, tuple[int, ...]], int] = {}
        self.senones: list[int] = []
        self.before: list[int] = []
        self.phone: list[int] = []
        self.ends: dict[tuple[int, int], None] = {}

    def add(self, number: int, way: Way) -> None:
        node = -1
        for phone, senones in way:
            node = self._node(node, phone, tuple(senones))
        self.ends[node, number] = None

    def _node(self, parent: int, phone: int, senones: tuple[int, ...]) -> int:
        """The last state of a sound behind a parent's last state (-1: at the beginning)."""
        key = parent, phone, senones
        if key not in self._nodes:
            for senone in senones:
                self.before.append(parent if parent >= 0 else len(self.senones))
                self.senones.append(senone)
                self.phone.append(phone)
                parent = len(self.senones) - 1
            self._nodes[key] = parent
        return self._nodes[key]


def make_tree(
    speech: Speech, chances: Mapping[Phrase, float], left: str = "", right: str = "", weight: float = 1.0
) -> Tree:
    """The tree of phrases with their chances (any positive numbers; ``weight`` sharpens them).

    ``left`` and ``right`` are the sounds beside it.
    """
    maker = _Maker()
    phrases = tuple(chances)
    for number, phrase in enumerate(phrases):
        for way in speech.ways(phrase, left, right):
            maker.add(number, way)
    senones = np.array(maker.senones, np.int32)
    before = np.array(maker.before, np.int32)
    phone = np.array(maker.phone, np.int32)
    inside = np.arange(len(senones)) % STATES
    is_first = before == np.arange(len(senones))
    ends = np.array([end for end, _ in maker.ends], np.int32)
    likely = np.array([chances[phrase] for phrase in phrases], np.float64)
    return Tree(
        senones,
        before,
        np.flatnonzero(is_first).astype(np.int32),
        speech.stay[phone, inside],
        np.where(is_first, 0.0, speech.go[phone[before], inside[before]]).astype(np.float32),
        ends,
        np.array([number for _, number in maker.ends], np.int32),
        speech.go[phone[ends], inside[ends]],
        phrases,
        (weight * np.log(likely / likely.max())).astype(np.float32),
    )


def needed(trees: Sequence[Tree], others: Iterable[int]) -> Ints:
    """The states that occur in trees, and others."""
    return np.unique(np.concatenate([*(tree.senones for tree in trees), np.fromiter(others, np.int32)]))
