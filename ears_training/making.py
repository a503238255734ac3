"""Makes the speech to learn from, in two processes."""

import multiprocessing
import sys
import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ears_training.speech import UNKNOWN, examples
from local_live.reading.hear_neural import AROUND

_EDGE: Final = max(AROUND)
_PART: Final = 100_000

type Pool = tuple[NDArray[np.float16], NDArray[np.int16]]


def make(job: tuple[int, int]) -> Pool:
    """So many frames of speech of a seed: (n, 40) and their states (n,); edges repeat, and are of no state."""
    seed, least = job
    frames: list[NDArray[np.float16]] = []
    states: list[NDArray[np.int16]] = []
    count = 0
    for example in examples(seed):
        frames.append(np.pad(example.frames, ((_EDGE, _EDGE), (0, 0)), mode="edge").astype(np.float16))
        states.append(np.pad(example.states, _EDGE, constant_values=UNKNOWN).astype(np.int16))
        count += len(example.states)
        if count >= least:
            break
    return np.concatenate(frames), np.concatenate(states)


def make_pool(seed: int, wanted: int) -> Pool:
    """Speech made by two processes."""
    begun = time.monotonic()
    parts: list[Pool] = []
    with multiprocessing.get_context("fork").Pool(2) as workers:
        each = min(_PART, -(-wanted // 2))
        jobs = [(seed * 10_000 + number, each) for number in range(-(-wanted // each))]
        for part in workers.imap(make, jobs):
            parts.append(part)
            sys.stderr.write(f"\r{len(parts)} of {len(jobs)} parts of speech, {time.monotonic() - begun:.0f} s ")
    sys.stderr.write("\n")
    return np.concatenate([frames for frames, _ in parts]), np.concatenate([states for _, states in parts])
