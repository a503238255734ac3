"""Sound becomes features: 13 mel cepstra in every hundredth of a second, as the acoustic model was trained with."""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

RATE_HZ: Final = 16_000
STEP: Final = 160
"""Samples from frame to frame."""

_WINDOW: Final = 410
_FFT: Final = 512
_BANDS: Final = 25
_LOWEST_HZ, _HIGHEST_HZ = 130.0, 6800.0
_CEPSTRA: Final = 13
_LIFTER: Final = 22
_EMPHASIS: Final = 0.97
_LEAST: Final = 1e-4


@cache
def _mel(warp: float, count: int) -> Floats:
    """The bands as weights of the spectrum, shape (257, count). ``warp`` above 1 moves them up, for a short vocal tract."""

    def mel(hertz: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
        return np.asarray(2595 * np.log10(1 + np.asarray(hertz) / 700))

    edges = 700 * (10 ** (np.linspace(mel(_LOWEST_HZ), mel(_HIGHEST_HZ), count + 2) / 2595) - 1)
    width = RATE_HZ / _FFT
    edges = np.round(np.minimum(edges * warp, RATE_HZ / 2) / width) * width
    hertz = np.arange(_FFT // 2 + 1) * width
    bands = np.zeros((len(hertz), count))
    for band in range(count):
        low, middle, high = edges[band : band + 3]
        area = 2 / (high - low)  # each band has the same area
        rising = (hertz - low) / max(middle - low, 1e-9)
        falling = (high - hertz) / max(high - middle, 1e-9)
        bands[:, band] = area * np.maximum(0, np.minimum(rising, falling))
    return bands.astype(np.float32)


@cache
def cosines() -> Floats:
    """From the bands to cepstra: shape (25, 13), with the lifter."""
    band, order = np.arange(_BANDS) + 0.5, np.arange(_CEPSTRA)
    cosines = np.cos(np.pi * np.outer(band, order) / _BANDS) * np.sqrt(2 / _BANDS)
    cosines[:, 0] *= np.sqrt(0.5)
    lifter = 1 + _LIFTER / 2 * np.sin(order * np.pi / _LIFTER)
    return np.asarray(cosines * lifter, np.float32)


def spectrum(sound: Floats) -> Floats:
    """The power spectrum of each frame, shape (frames, 257)."""
    emphasised = np.append(sound[:1], sound[1:] - _EMPHASIS * sound[:-1])
    count = max(1, (len(sound) - _WINDOW) // STEP + 1)
    places = np.arange(_WINDOW)[None, :] + STEP * np.arange(count)[:, None]
    window = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(_WINDOW) / (_WINDOW - 1))
    return np.asarray(np.abs(np.fft.rfft(emphasised[places] * window, _FFT)) ** 2, np.float32)


def bands(power: Floats, warp: float = 1.0, count: int = _BANDS) -> Floats:
    """The power in each mel band, shape (frames, count)."""
    return np.asarray(power @ _mel(warp, count), np.float32)


def cepstra(power_in_bands: Floats) -> Floats:
    """Shape (frames, 13)."""
    return np.asarray(np.log(np.maximum(power_in_bands, _LEAST)) @ cosines(), np.float32)


def streams(cepstrum: Floats, *, centred: bool = True) -> Floats:
    """Cepstra (less their mean, where ``centred``), and their differences: shape (3, frames, 13)."""
    even = cepstrum - cepstrum.mean(axis=0) if centred else cepstrum
    padded = np.pad(even, ((3, 3), (0, 0)), mode="edge")
    count = len(even)

    def at(shift: int) -> Floats:
        return padded[3 + shift : 3 + shift + count]

    return np.stack([even, at(2) - at(-2), (at(3) - at(-1)) - (at(1) - at(-3))])
