"""Sound that carries when it was made: every latency is a difference of two readings of one clock, the second taken off the data.

A chunk of s16le mono begins with 27 samples, each the code of one ASCII character: too quiet (under -60 dBFS over a chunk of
20 ms) to be taken for a voice. The clock is CLOCK_MONOTONIC, which all processes of a machine share.
"""

from collections.abc import Iterator
import time
from typing import Final, NamedTuple

import numpy as np

UP_HZ: Final = 16_000
UP_CHUNK_BYTES: Final = 640
"""20 ms of a microphone."""
DOWN_HZ: Final = 24_000
DOWN_CHUNK_BYTES: Final = 1920
"""40 ms of an answer: what a home sends a wearable in one message."""
_MAGIC: Final = "Sb".encode("utf-16-le")
HEAD_BYTES: Final = 54
_PEAK: Final = 6000


class Stamp(NamedTuple):
    """Which question a chunk is of, its number in it, whether it is voiced, and when it was made."""

    question: int
    number: int
    voiced: bool
    at_us: int


def now_us() -> int:
    """The clock of every stamp."""
    return time.monotonic_ns() // 1000


def _bodies(chunk_bytes: int) -> tuple[bytes, bytes]:
    """A silent and a voiced rest of a chunk."""
    samples = (chunk_bytes - HEAD_BYTES) // 2
    noise = np.random.default_rng(samples).integers(-_PEAK, _PEAK, samples).astype("<i2")
    return bytes(2 * samples), noise.tobytes()


_BODIES: Final = {size: _bodies(size) for size in (UP_CHUNK_BYTES, DOWN_CHUNK_BYTES)}


def stamped(stamp: Stamp, chunk_bytes: int) -> bytes:
    """A chunk of that size with the stamp at its beginning."""
    head = f"Sb{stamp.question:04x}{stamp.number:04x}{stamp.voiced:d}{stamp.at_us:016x}"
    return head.encode("utf-16-le") + _BODIES[chunk_bytes][stamp.voiced]


def stamp_at(data: bytes, offset: int) -> Stamp | None:
    """The stamp at that place; None where there is none."""
    if not data.startswith(_MAGIC, offset) or len(data) < offset + HEAD_BYTES:
        return None
    text = data[offset + len(_MAGIC) : offset + HEAD_BYTES].decode("utf-16-le", "replace")
    try:
        return Stamp(int(text[:4], 16), int(text[4:8], 16), text[8] == "1", int(text[9:], 16))
    except ValueError:
        return None


def stamps_in(pcm: bytes, chunk_bytes: int) -> Iterator[Stamp]:
    """The stamps of a sound made of whole chunks."""
    for offset in range(0, len(pcm) - HEAD_BYTES, chunk_bytes):
        if (stamp := stamp_at(pcm, offset)) is not None:
            yield stamp
