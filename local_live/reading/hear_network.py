"""What may be said, as a network of states: trees of sounds, so that what begins alike is followed once.

A tree's state has one state before it, but for the first of each branch, which is entered from outside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from local_live.reading.hear_model import STATES, AcousticModel
from local_live.reading.hear_sounds import Sounds, ways_to_say

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


class _Maker:
    def __init__(self, model: AcousticModel) -> None:
        self._model = model
        self._nodes: dict[tuple[int, int, tuple[int, ...]], int] = {}
        self.senones: list[int] = []
        self.before: list[int] = []
        self.phone: list[int] = []
        self.ends: dict[tuple[int, int], None] = {}

    def add(self, number: int, sounds: Sounds, left: str, right: str) -> None:
        phones = self._model.phones
        flat = [
            (sound, "single" if len(word) == 1 else "begin" if at == 0 else "end" if at == len(word) - 1 else "inside")
            for word in sounds
            for at, sound in enumerate(word)
        ]
        node = -1
        for at, (sound, position) in enumerate(flat):
            before = flat[at - 1][0] if at else left
            after = flat[at + 1][0] if at + 1 < len(flat) else right
            senones = self._model.senones(phones[sound], phones[before], phones[after], position)
            node = self._node(node, phones[sound], senones)
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
    model: AcousticModel, chances: Mapping[Phrase, float], left: str = "SIL", right: str = "SIL", weight: float = 1.0
) -> Tree:
    """The tree of phrases with their chances (any positive numbers; ``weight`` sharpens them).

    ``left`` and ``right`` are the sounds beside it.
    """
    maker = _Maker(model)
    phrases = tuple(chances)
    for number, phrase in enumerate(phrases):
        for sounds in ways_to_say(phrase):
            maker.add(number, sounds, left, right)
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
        model.stay[phone, inside],
        np.where(is_first, 0.0, model.go[phone[before], inside[before]]).astype(np.float32),
        ends,
        np.array([number for _, number in maker.ends], np.int32),
        model.go[phone[ends], inside[ends]],
        phrases,
        (weight * np.log(likely / likely.max())).astype(np.float32),
    )


def needed(trees: Sequence[Tree], model: AcousticModel) -> Ints:
    """The senones that occur in trees, and those of silence, noise and of the phones alone."""
    alone = model.states[[row for (_, left, *_), row in model.triphones.items() if left < 0]].ravel()
    return np.unique(np.concatenate([*(tree.senones for tree in trees), alone]))
