"""The network that tells speech sounds in noise: from mel bands to how likely each state of each sound is.

It was trained by ``ears_training`` on computer voices in made-up noise; ``hear_neural.npz`` holds its weights.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from local_live.reading import hear_features

Floats = npt.NDArray[np.float32]

BANDS: Final = 40
_LEAST_POWER: Final = 1e-2
AROUND: Final = (-15, -11, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8, 11, 15)
"""Which frames the network looks at, from the one it tells of."""

WEIGHTS: Final = Path(__file__).with_name("hear_neural.npz")


def looks(sound: Floats) -> Floats:
    """The logarithms of the mel bands less each band's mean, shape (frames, 40)."""
    power = hear_features.bands(hear_features.spectrum(sound), count=BANDS)
    logs = np.log(np.maximum(power, _LEAST_POWER))
    return np.asarray((logs - logs.mean(axis=0)) * 0.4, np.float32)


def with_neighbours(seen: Floats) -> Floats:
    """Each frame with those around it, shape (frames, 17 * 40)."""
    edge = max(AROUND)
    padded = np.pad(seen, ((edge, edge), (0, 0)), mode="edge")
    return np.concatenate([padded[edge + shift : edge + shift + len(seen)] for shift in AROUND], axis=1)


@dataclass(frozen=True, slots=True)
class Network:
    """Layers of weights (in, out) and offsets (out,); ``usual`` (states,) is the logarithm of how often each state is met."""

    weights: tuple[Floats, ...]
    offsets: tuple[Floats, ...]
    usual: Floats

    def likely(self, sound: Floats) -> Floats:
        """The logarithm of each state's chance, shape (frames, states), for 16 kHz samples of 32768."""
        return self.likely_of(looks(sound))

    def likely_of(self, frames: Floats) -> Floats:
        """The same for frames as `looks` gives them."""
        return self.tell(with_neighbours(frames))

    def tell(self, seen: Floats) -> Floats:
        """The same for what is put in, shape (n, inputs)."""
        value = seen
        for weights, offsets in zip(self.weights[:-1], self.offsets[:-1], strict=True):
            value = np.maximum(value @ weights + offsets, 0)
        value = value @ self.weights[-1] + self.offsets[-1]
        value = value - value.max(axis=1, keepdims=True)
        return np.asarray(value - np.log(np.exp(value).sum(axis=1, keepdims=True)), np.float32)


def load(path: Path) -> Network:
    """Read a network from where `ears_training` kept it: weights of 8 bits with a step for each column. Blocks."""
    with np.load(path) as kept:
        count = sum(name.startswith("weights") for name in kept)
        weights = tuple(kept[f"weights{at}"].astype(np.float32) * kept[f"steps{at}"] for at in range(count))
        return Network(weights, tuple(kept[f"offsets{at}"] for at in range(count)), kept["usual"])


@cache
def network() -> Network:
    """The trained network."""
    return load(WEIGHTS)
