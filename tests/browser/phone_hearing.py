"""What came out of the page's loudspeaker: answers in tones, sentences by their names, silence and its length."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
import wave

import numpy as np
from numpy.typing import NDArray

from custom_components.shelfsight.sound import phrases
from custom_components.shelfsight.sound.pcm import resample
from tests.rig.coded_sound import ANSWER_HZ, answers_in

FOLDER = Path(phrases.__file__).parents[1] / "frontend" / "phone" / "phrases"
_ALIKE = 0.8
_ENOUGH_S = 1.2
_LOUD = 0.01

type Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording: samples from -1 to 1 at `rate_hz`; `began_s` is when the first of them was heard (`time.time`)."""

    samples: Samples
    rate_hz: int
    began_s: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate_hz

    def since(self, at_s: float) -> Heard:
        """What was heard from then on."""
        start = max(0, round((at_s - self.began_s) * self.rate_hz))
        return Heard(self.samples[start:], self.rate_hz, self.began_s + start / self.rate_hz)

    def loud_s(self) -> list[float]:
        """When anything was heard, as moments of 5 ms."""
        size = self.rate_hz // 200
        whole = self.samples[: len(self.samples) // size * size].reshape(-1, size)
        return [
            self.began_s + int(at) * size / self.rate_hz for at in np.flatnonzero(np.abs(whole).max(axis=1) > _LOUD)
        ]

    def answers(self) -> list[int]:
        """The numbers that were said in tones."""
        return answers_in(resample(as_int16(self.samples), self.rate_hz, ANSWER_HZ).tobytes())

    def sentences(self, language: str = "en") -> set[str]:
        """The page's own sentences that are in it, by name."""
        return {
            name for name in _openings(language, self.rate_hz) if self._has(_openings(language, self.rate_hz)[name])
        }

    def _has(self, opening: Samples) -> bool:
        if len(self.samples) < len(opening):
            return False
        size = 1 << (len(self.samples) + len(opening)).bit_length()
        spectrum = np.fft.rfft(self.samples, size) * np.conj(np.fft.rfft(opening, size))
        match = np.fft.irfft(spectrum, size)[: len(self.samples) - len(opening) + 1]
        power = np.cumsum(np.concatenate(([0.0], self.samples.astype(np.float64) ** 2)))
        energy = np.sqrt(np.maximum(power[len(opening) :] - power[: -len(opening)], 1e-9)) * np.linalg.norm(opening)
        return bool((match / np.maximum(energy[: len(match)], 1e-3)).max() > _ALIKE)

    def save(self, path: Path) -> None:
        """As WAV."""
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self.rate_hz)
            file.writeframes(as_int16(self.samples).tobytes())


def as_int16(samples: Samples) -> NDArray[np.int16]:
    """-1 to 1 as s16."""
    return np.clip(np.rint(samples * 32767), -32768, 32767).astype("<i2")


@cache
def _openings(language: str, rate_hz: int) -> dict[str, Samples]:
    """How each sentence begins."""
    found = {}
    for path in (FOLDER / language).glob("*.wav"):
        pcm = np.frombuffer(phrases._decode({"it": phrases.read_wav(path.read_bytes())})["it"], "<i2")
        sound = resample(pcm, phrases.PHRASES_HZ, rate_hz)[: round(_ENOUGH_S * rate_hz)]
        found[path.stem] = sound.astype(np.float32) / 32768
    return found
