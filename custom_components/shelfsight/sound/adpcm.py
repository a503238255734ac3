"""IMA ADPCM in WAV files (format 0x11, mono): four bits a sample, which every player and ffmpeg (`adpcm_ima_wav`) knows.

A block is its first sample (s16le), the index into the table of steps, a zero byte, and then a nibble for each further
sample, the low one of a byte first. Blocks stand alone, so many are decoded beside each other, one sample of each at a
time. After "Recommended Practices for Enhancing Digital Audio Compatibility in Multimedia Systems", IMA, 1992.
"""

import numpy as np
from numpy.typing import NDArray

from .pcm import Samples

BLOCK_HEAD_BYTES = 4
_LAST_INDEX = 88
_MOVES = (-1, -1, -1, -1, 2, 4, 6, 8)

STEPS = (
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107,
    118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
    1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894,
    6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794,
    32767,
)  # fmt: skip


def change(index: int, nibble: int) -> int:
    """What a nibble adds to the sample before it, at a step."""
    step = STEPS[index]
    size = (step >> 3) + (nibble & 1) * (step >> 2) + (nibble >> 1 & 1) * (step >> 1) + (nibble >> 2 & 1) * step
    return -size if nibble & 8 else size


def next_index(index: int, nibble: int) -> int:
    """The step after a nibble."""
    return min(max(index + _MOVES[nibble & 7], 0), _LAST_INDEX)


# Both for each index and nibble at once, at 16 * index + nibble; the step after it is also kept times 16, as the kind of number
# that NumPy looks up with: a half of all the time goes into turning others into it.
_CHANGES = np.array([change(index, nibble) for index in range(_LAST_INDEX + 1) for nibble in range(16)], np.int32)
_NEXT = np.array([16 * next_index(index, nibble) for index in range(_LAST_INDEX + 1) for nibble in range(16)], np.intp)


def samples_a_block(block_bytes: int) -> int:
    """How many samples a block holds."""
    return 2 * (block_bytes - BLOCK_HEAD_BYTES) + 1


def blocks_of(data: bytes, block_bytes: int) -> NDArray[np.uint8]:
    """A file's data as blocks, shape (blocks, bytes of a block); the last one is filled up with zeros.

    Raises:
        ValueError: there is no whole head of a block, or a block begins with a step there is none of.
    """
    if block_bytes <= BLOCK_HEAD_BYTES or len(data) < BLOCK_HEAD_BYTES:
        raise ValueError(f"no ADPCM blocks: {len(data)} bytes in blocks of {block_bytes}")
    blocks = np.frombuffer(data + bytes(-len(data) % block_bytes), np.uint8).reshape(-1, block_bytes)
    if (blocks[:, 2] > _LAST_INDEX).any():
        raise ValueError("an ADPCM block with an impossible step")
    return blocks


def decode(blocks: NDArray[np.uint8]) -> Samples:
    """Blocks as `blocks_of` gives them, as samples, shape (blocks, samples of a block)."""
    sample = np.ascontiguousarray(blocks[:, :2]).view("<i2")[:, 0].astype(np.int32)
    place = 16 * blocks[:, 2].astype(np.intp)
    packed = blocks[:, BLOCK_HEAD_BYTES:].T
    nibbles = np.stack((packed & 15, packed >> 4), axis=1).reshape(-1, blocks.shape[0])
    out = np.empty((nibbles.shape[0] + 1, blocks.shape[0]), np.int16)
    out[0] = sample
    for row, nibble in enumerate(nibbles, start=1):
        place += nibble
        sample += _CHANGES[place]
        np.maximum(np.minimum(sample, 32767, out=sample), -32768, out=sample)
        out[row] = sample
        place = _NEXT[place]
    return out.T
