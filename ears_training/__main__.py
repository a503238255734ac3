"""``scripts/train-ears``: make speech, learn from it, keep the weights."""

import argparse
from collections.abc import Iterator
import math
from pathlib import Path
import sys
import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ears_training.learning import Learner
from ears_training.making import Pool, make_pool
from local_live.reading.hear_neural import AROUND, BANDS, WEIGHTS
from local_live.reading.hear_phones import SILENCE, STATE_COUNT

_BATCH: Final = 1024
_FASTEST: Final = 1e-3
_RISE: Final = 200
_TOLD: Final = 200
_SILENCE_KEPT: Final = 0.3
"""Of the silent frames: there are so many of them."""


def _useful(states: NDArray[np.int16], rng: np.random.Generator) -> NDArray[np.intp]:
    """The frames to learn from."""
    keep = (states > SILENCE) | ((states == SILENCE) & (rng.random(len(states)) < _SILENCE_KEPT))
    return np.flatnonzero(keep)


def _batches(pool: Pool, rng: np.random.Generator) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    frames, states = pool
    around = np.array(AROUND)
    order = rng.permutation(_useful(states, rng))
    for at in range(0, len(order) - _BATCH, _BATCH):
        some = order[at : at + _BATCH]
        yield frames[some[:, None] + around].reshape(_BATCH, -1).astype(np.float32), states[some].astype(np.int64)


def _usual(states: NDArray[np.int16], rng: np.random.Generator) -> NDArray[np.float32]:
    met = np.bincount(states[_useful(states, rng)], minlength=STATE_COUNT) + 10.0
    return np.log(met / met.sum()).astype(np.float32)


def keep(learner: Learner, usual: NDArray[np.float32], path: Path) -> None:
    """Write the weights, 8 bits each, a step for each column."""
    kept: dict[str, NDArray[np.generic]] = {"usual": usual}
    for at, (weights, offsets) in enumerate(zip(learner.weights, learner.offsets, strict=True)):
        steps = np.maximum(np.abs(weights).max(axis=0) / 127, 1e-12).astype(np.float32)
        kept |= {f"weights{at}": np.rint(weights / steps).astype(np.int8), f"steps{at}": steps, f"offsets{at}": offsets}
    np.savez_compressed(path, **kept)  # type: ignore[arg-type]  # its stub takes allow_pickle by name only


def train(*, frames: int, passes: int, hidden: list[int], seed: int, out: Path) -> None:
    """Make so many frames of speech, go through them so often, and keep the weights."""
    rng = np.random.default_rng(seed)
    pool = make_pool(seed, frames)
    learner = Learner([len(AROUND) * BANDS, *hidden, STATE_COUNT], rng)
    usual = _usual(pool[1], rng)
    total = max(1, passes * (len(_useful(pool[1], rng)) // _BATCH))
    begun_s, done, losses, rights = time.monotonic(), 0, [0.0], [0.0]
    for turn in range(passes):
        for seen, states in _batches(pool, rng):
            loss, right = learner.step(seen, states, _rate(done, total))
            losses.append(loss)
            rights.append(right)
            done += 1
            if done % _TOLD == 0:
                sys.stderr.write(
                    f"\rpass {turn + 1}, step {done} of {total}, {time.monotonic() - begun_s:.0f} s: "
                    f"loss {np.mean(losses[-_TOLD:]):.3f}, {100 * np.mean(rights[-_TOLD:]):.1f} % of frames right "
                )
        keep(learner, usual, out)
        sys.stderr.write("\n")


def _rate(done: int, total: int) -> float:
    """How far a step goes: a quick rise, then down along a cosine."""
    falling = 0.01 + 0.99 * (1 + math.cos(math.pi * min(1.0, done / total))) / 2
    return _FASTEST * min(1.0, (done + 1) / min(_RISE, total)) * falling


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/train-ears", description=__doc__)
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go (default: where the ears look)")
    parser.add_argument("--frames", type=int, default=5_000_000, help="hundredths of a second of speech to make")
    parser.add_argument("--passes", type=int, default=4, help="how often to go through them")
    parser.add_argument("--hidden", type=int, nargs="*", default=[512, 512], help="the sizes of the hidden layers")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    train(**vars(options))


if __name__ == "__main__":
    main()
