"""Changing the sample rate of a sound that is wholly there: windowed sinc, any output range at a time.

The ratio of the rates is a fraction ``up/down`` (24,000 from 22,050 Hz is 160/147), so only ``up`` different filters
exist; they stand in a table, and an output sample is the product of one of them with the input around it.
"""

from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

_HALF_TAPS: Final = 16  # input samples on either side at equal rates: transition band of about a tenth of the rate
_KAISER_BETA: Final = 8.0  # about 80 dB of stop band, below what 16 bits of speech show
_ROLL_OFF: Final = 0.94  # where the pass band ends, as part of the lower rate's half: leaves room for the transition


class Resampler:
    """Gives any stretch of a sound at another rate."""

    def __init__(self, samples: NDArray[np.float32], from_hz: int, to_hz: int) -> None:
        """Prepare a sound: ``samples`` is mono, shape (n,).

        Raises:
            ValueError: a rate is not positive.
        """
        if from_hz <= 0 or to_hz <= 0:
            raise ValueError(f"sample rates must be positive, not {from_hz} and {to_hz} Hz")
        ratio = Fraction(to_hz, from_hz)
        self._up, self._down = ratio.numerator, ratio.denominator
        self._table = _filters(self._up, self._down)
        half = self._table.shape[1] // 2
        padded = np.pad(samples, (half - 1, half + 1))
        self._windows = np.lib.stride_tricks.sliding_window_view(padded, self._table.shape[1])
        self.length = len(samples) * self._up // self._down

    def stretch(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return the output samples from ``start`` to before ``stop`` (cut at the sound's end), shape (m,)."""
        position = np.arange(start, min(stop, self.length), dtype=np.int64) * self._down
        windows = self._windows[position // self._up]
        result: NDArray[np.float32] = np.einsum("ij,ij->i", windows, self._table[position % self._up])
        return result


def resample(samples: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """Return a whole mono sound, shape (n,), at another rate."""
    resampler = Resampler(samples, from_hz, to_hz)
    return resampler.stretch(0, resampler.length)


def _filters(up: int, down: int) -> NDArray[np.float32]:
    """Make the filters, shape (up, taps): row ``p`` gives the value ``p/up`` of a sample after the window's middle."""
    narrow = min(1.0, up / down)  # going down in rate, the filter must cut at the new rate's half, and gets longer
    half = int(np.ceil(_HALF_TAPS / narrow))
    offset = np.arange(-half + 1, half + 1) - np.arange(up)[:, None] / up
    window = np.i0(_KAISER_BETA * np.sqrt(np.clip(1 - (offset / half) ** 2, 0, 1))) / np.i0(_KAISER_BETA)
    rows = np.sinc(offset * narrow * _ROLL_OFF) * window
    table: NDArray[np.float32] = (rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)
    return table
