"""Made-up noise around a voice: air, hum, beeps, talk and rattling in ever other shares.

Nothing here is taken from the noise that `evaluation` measures with.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ears_training.texts import babble
from local_live.espeak import synthesise

Floats = NDArray[np.float64]
RATE_HZ: Final = 16_000


class Noise:
    """Noise of any length, other each time."""

    def __init__(self, rng: np.random.Generator, talkers: tuple[str, ...], voices: int = 40) -> None:
        """Have so many talkers say something; pieces of it are mixed later."""
        self._rng = rng
        self._talk = [self._voice(str(rng.choice(talkers))) for _ in range(voices)]

    def around(self, length: int) -> Floats:
        """So many samples, of the loudness 1 (root mean square)."""
        rng = self._rng
        parts = [(self._air(length), rng.uniform(0.2, 1.0))]
        for part, chance in ((self._hum, 0.6), (self._crowd, 0.7), (self._beeps, 0.4), (self._rattle, 0.3)):
            if rng.random() < chance:
                parts.append((part(length), rng.uniform(0.1, 1.0)))
        mixed = sum((_even(part) * share for part, share in parts), np.zeros(length))
        return _even(mixed)

    def _voice(self, voice: str) -> Floats:
        said = synthesise(babble(self._rng), voice, int(self._rng.integers(130, 200)), int(self._rng.integers(25, 75)))
        step = said.rate_hz / RATE_HZ
        return np.interp(np.arange(0, len(said.samples) - 1, step), np.arange(len(said.samples)), said.samples)

    def _air(self, length: int) -> Floats:
        """Noise that falls, or rises, with the frequency."""
        spectrum = np.fft.rfft(self._rng.normal(0, 1, length))
        hertz = np.maximum(np.fft.rfftfreq(length, 1 / RATE_HZ), self._rng.uniform(30, 200))
        return np.fft.irfft(spectrum * hertz ** self._rng.uniform(-1.2, 0.1), length)

    def _hum(self, length: int) -> Floats:
        rng, seconds = self._rng, np.arange(length) / RATE_HZ
        base = rng.uniform(45, 180)
        return sum(
            (rng.uniform(0, 1) / n * np.sin(2 * np.pi * base * n * seconds + rng.uniform(0, 6.3)) for n in range(1, 6)),
            np.zeros(length),
        )

    def _crowd(self, length: int) -> Floats:
        rng = self._rng
        mixed = np.zeros(length)
        for _ in range(int(rng.integers(1, 6))):
            talk = self._talk[int(rng.integers(len(self._talk)))]
            start = int(rng.integers(len(talk)))
            mixed += np.take(talk, np.arange(start, start + length), mode="wrap") * rng.uniform(0.3, 1)
        if rng.random() < 0.5:  # far away: what is high is lost on the way
            spectrum = np.fft.rfft(mixed)
            mixed = np.fft.irfft(spectrum / (1 + np.fft.rfftfreq(length, 1 / RATE_HZ) / rng.uniform(600, 4000)), length)
        return mixed

    def _beeps(self, length: int) -> Floats:
        rng, seconds = self._rng, np.arange(length) / RATE_HZ
        mixed = rng.normal(0, 1e-4, length)
        for _ in range(int(rng.integers(1, 4))):
            moment, long_s = rng.uniform(0, length / RATE_HZ), rng.uniform(0.03, 0.3)
            mixed += np.sin(2 * np.pi * rng.uniform(600, 4500) * seconds) * (np.abs(seconds - moment) < long_s / 2)
        return mixed

    def _rattle(self, length: int) -> Floats:
        """Short knocks, as of trolleys and tins."""
        rng = self._rng
        mixed = rng.normal(0, 1e-4, length)
        for _ in range(int(rng.integers(1, 8))):
            at, long = int(rng.integers(length)), int(rng.integers(160, 2400))
            knock = rng.normal(0, 1, long) * np.exp(-np.arange(long) / (long / 5))
            mixed[at : at + long] += knock[: length - at] * rng.uniform(0.2, 1)
        return mixed


def _even(sound: Floats) -> Floats:
    return sound / max(1e-9, float(np.sqrt((sound**2).mean())))
