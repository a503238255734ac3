"""The network while it learns: layers of weights, and steps downhill (Adam, D. Kingma and J. Ba)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_FADE: Final = (0.9, 0.999)
_TINY: Final = 1e-8


class Learner:
    """Layers with rectifiers between them, trained to tell states apart."""

    def __init__(self, sizes: Sequence[int], rng: np.random.Generator) -> None:
        self.weights = [
            rng.normal(0, np.sqrt(2 / inside), (inside, out)).astype(np.float32) for inside, out in pairwise(sizes)
        ]
        self.offsets = [np.zeros(out, np.float32) for out in sizes[1:]]
        self._means = [np.zeros_like(part) for part in self._all()]
        self._squares = [np.zeros_like(part) for part in self._all()]
        self._steps = 0

    def _all(self) -> list[Floats]:
        return [*self.weights, *self.offsets]

    def step(self, seen: Floats, states: Ints, rate: float) -> tuple[float, float]:
        """Learn from frames (n, inputs) and their states (n,); the mean loss, and the part that was told right."""
        values = [seen]
        for weights, offsets in zip(self.weights[:-1], self.offsets[:-1], strict=True):
            values.append(np.maximum(values[-1] @ weights + offsets, 0))
        told = values[-1] @ self.weights[-1] + self.offsets[-1]
        told -= told.max(axis=1, keepdims=True)
        chances = np.exp(told)
        chances /= chances.sum(axis=1, keepdims=True)
        rows = np.arange(len(states))
        loss = float(-np.log(np.maximum(chances[rows, states], 1e-9)).mean())
        right = float((chances.argmax(axis=1) == states).mean())
        pull = chances
        pull[rows, states] -= 1
        pull /= len(states)
        slopes: list[Floats] = [np.zeros(0, np.float32)] * (2 * len(self.weights))
        for at in range(len(self.weights) - 1, -1, -1):
            slopes[at] = values[at].T @ pull
            slopes[len(self.weights) + at] = pull.sum(axis=0)
            if at:
                pull = (pull @ self.weights[at].T) * (values[at] > 0)
        self._downhill(slopes, rate)
        return loss, right

    def _downhill(self, slopes: Sequence[Floats], rate: float) -> None:
        self._steps += 1
        slow, fast = _FADE
        even = np.sqrt(1 - fast**self._steps) / (1 - slow**self._steps)
        for part, slope, mean, square in zip(self._all(), slopes, self._means, self._squares, strict=True):
            mean += (1 - slow) * (slope - mean)
            square += (1 - fast) * (slope * slope - square)
            part -= np.float32(rate * even) * mean / (np.sqrt(square) + np.float32(_TINY))
