"""PCM arithmetic: levels and sample rates. Arrays in, arrays out."""

from math import gcd, log10

import numpy as np
from numpy.typing import NDArray

type Samples = NDArray[np.int16]

SILENCE_DBFS = -96.0

# Half width of the interpolation kernel in input samples (or output samples when going down): 16 taps a side put images
# and aliases below -70 dB for speech.
_HALF_TAPS = 16


def samples(pcm: bytes) -> Samples:
    """s16le bytes as a one-dimensional array of int16."""
    return np.frombuffer(pcm, dtype="<i2")


def level_dbfs(chunk: Samples) -> float:
    """Root mean square in dB below full scale; -96 for digital silence."""
    if not chunk.size:
        return SILENCE_DBFS
    # Fifty times a second for everybody who speaks: the quickest way, and without BLAS, whose threads would wake for it.
    wide = chunk.astype(np.float32)
    mean_square = float(np.add.reduce(wide * wide)) / wide.size
    if mean_square < 1.0:
        return SILENCE_DBFS
    return 10.0 * log10(mean_square / 32768.0**2)


class Resampler:
    """Changes the rate of a stream, chunk by chunk, with a windowed-sinc (Kaiser) kernel.

    The output lags by the kernel's half width (1 ms at 16 kHz) until `flush`.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        divisor = gcd(from_hz, to_hz)
        self._up, self._down = to_hz // divisor, from_hz // divisor
        self.same = from_hz == to_hz
        """True where nothing is changed."""
        if self.same:
            return  # there is no kernel to make: that takes a tenth of a millisecond, at each press
        # Going down, the kernel is widened so that it cuts at the new, lower half rate.
        stretch = max(1.0, self._down / self._up)
        self._half = int(np.ceil(_HALF_TAPS * stretch))
        offsets = np.arange(-self._half + 1, self._half + 1, dtype=np.float64)
        phases = np.arange(self._up, dtype=np.float64)[:, None] / self._up
        distance = (offsets[None, :] - phases) / stretch
        window = np.i0(8.0 * np.sqrt(np.clip(1.0 - np.square(distance / _HALF_TAPS), 0.0, None))) / np.i0(8.0)
        kernel = np.sinc(distance) * window
        self._kernel = (kernel / kernel.sum(axis=1, keepdims=True)).astype(np.float32)
        self._pending = np.zeros(self._half - 1, dtype=np.float32)
        # Position of the next output sample after the first pending one's centre, in 1/up input samples.
        self._position = 0

    def feed(self, chunk: Samples) -> Samples:
        """All output samples whose kernel is covered by what came so far."""
        if self.same:
            return chunk
        self._pending = np.concatenate((self._pending, chunk.astype(np.float32)))
        available = self._pending.size - 2 * self._half + 1
        if available <= 0:
            return np.zeros(0, dtype=np.int16)
        count = max(0, -(-(available * self._up - self._position) // self._down))
        steps = self._position + np.arange(count, dtype=np.int64) * self._down
        first, phase = np.divmod(steps, self._up)
        taps = first[:, None] + np.arange(2 * self._half, dtype=np.int64)[None, :]
        out = np.einsum("ij,ij->i", self._pending[taps], self._kernel[phase])
        next_position = self._position + count * self._down
        used = min(next_position // self._up, self._pending.size - 2 * self._half + 1)
        self._pending = self._pending[used:]
        self._position = next_position - used * self._up
        clipped: Samples = np.clip(np.rint(out), -32768, 32767).astype(np.int16)
        return clipped

    def flush(self) -> Samples:
        """What is left; the stream ends."""
        if self.same:
            return np.zeros(0, dtype=np.int16)
        return self.feed(np.zeros(self._half, dtype=np.int16))


def resample(chunk: Samples, from_hz: int, to_hz: int) -> Samples:
    """A whole sound at another rate."""
    resampler = Resampler(from_hz, to_hz)
    return np.concatenate((resampler.feed(chunk), resampler.flush()))
