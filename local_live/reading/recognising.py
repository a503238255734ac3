"""Reads single lines of text: crops in, letters with their places and sureness out, and the words they make.

The network (RapidOCR's recogniser) gives a probability of each letter for each column of eight pixels, at a height of 48. What
it gives is decoded here, because words must have places and a sureness of their own, accents and all.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Rgb8 = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Network = Callable[[Floats], npt.NDArray[np.floating]]
"""Lines (n x 3 x 48 x width, -1 to 1, blue first) to probabilities (n x columns x letters); the first letter is none."""

_HEIGHT = 48
_LEAST_WIDTH = 64
_MOST_WIDTH = 2400
_STEP = 32
"""Widths are filled up to whole steps, so that few different ones occur."""

_BATCH = 6
"""Lines read at once: more fill up more, fewer use the processor less well."""

_GAP = 5
"""Columns without a letter that part two words where no space was read."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One word: its letters, and where it begins and ends, 0 to 1 of the line's width; ``score`` 0 to 1."""

    text: str
    start: float
    end: float
    score: float


def read_lines(
    network: Network, letters: Sequence[str], crops: Sequence[Rgb8], executor: Executor
) -> list[list[Glyphs]]:
    """The words of each crop (height x width x 3, blue first; text from the left to the right).

    Batches are read in ``executor``, whose workers must not wait for this one.
    """
    widths = [_width(crop) for crop in crops]
    order = sorted(range(len(crops)), key=widths.__getitem__)
    batches = [order[begin : begin + _BATCH] for begin in range(0, len(order), _BATCH)]

    def read(batch: list[int]) -> list[list[Glyphs]]:
        return _read_batch(network, letters, [crops[index] for index in batch], [widths[index] for index in batch])

    found: list[list[Glyphs]] = [[] for _ in crops]
    for batch, lines in zip(batches, executor.map(read, batches), strict=True):
        for index, words in zip(batch, lines, strict=True):
            found[index] = words
    return found


def _read_batch(network: Network, letters: Sequence[str], crops: list[Rgb8], widths: list[int]) -> list[list[Glyphs]]:
    """The words of each crop; ``widths`` are those at the network's height, the widest last."""
    full = max(_LEAST_WIDTH, -(-widths[-1] // _STEP) * _STEP)
    batch = np.zeros((len(crops), 3, _HEIGHT, full), np.float32)
    for row, (crop, width) in enumerate(zip(crops, widths, strict=True)):
        line = cv2.resize(crop, (width, _HEIGHT))
        batch[row, :, :, :width] = line.astype(np.float32).transpose(2, 0, 1) / 127.5 - 1.0
    return [_words(chances, letters, width / full) for chances, width in zip(network(batch), widths, strict=True)]


def _width(crop: Rgb8) -> int:
    height, width = crop.shape[:2]
    return min(_MOST_WIDTH, max(8, round(_HEIGHT * width / max(1, height))))


def _words(chances: npt.NDArray[np.floating], letters: Sequence[str], part: float) -> list[Glyphs]:
    """Decode one line (columns x letters); its text fills ``part`` of the columns."""
    best = chances.argmax(axis=1)
    sure = chances.max(axis=1)
    columns = max(1.0, len(best) * part)
    words: list[list[tuple[str, int, float]]] = [[]]
    last = -1
    for column, letter in enumerate(best):
        if letter == 0 or (column and letter == best[column - 1]):
            continue
        text = letters[letter]
        if text.isspace():
            words.append([])
            continue
        if words[-1] and column - last > _GAP:
            words.append([])
        words[-1].append((text, column, float(sure[column])))
        last = column
    kept = [word for word in words if word]
    half = _half_a_letter(kept)
    return [
        Glyphs(
            "".join(text for text, _, _ in word),
            max(0.0, (word[0][1] + 0.5 - half) / columns),
            min(1.0, (word[-1][1] + 0.5 + half) / columns),
            sum(score for _, _, score in word) / len(word),
        )
        for word in kept
    ]


def _half_a_letter(words: list[list[tuple[str, int, float]]]) -> float:
    """Half of a letter's usual width, in columns."""
    steps = [(word[-1][1] - word[0][1]) / (len(word) - 1) for word in words if len(word) > 1]
    return 0.5 * (sum(steps) / len(steps)) if steps else 1.5
