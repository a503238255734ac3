"""Questions aloud, as the microphone hears them in a shop: six computer voices at three speeds, and noise around them.

The noise is made here: air conditioning (falling with the frequency), the hum of refrigerators, voices in the distance, and
the beep of a till. eSpeak NG itself says the same a little differently each time.
"""

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from local_live.espeak import synthesise
from local_live.voice import speak

RATE_HZ: Final = 16_000
VOICES: Final = ("en-us", "en-gb-x-rp", "en-us+f3", "en-gb-scotland", "en-us+m7", "en-us+f2")
SPEEDS_WPM: Final = (130, 160, 190)
MANNERS: Final = tuple(product(VOICES, SPEEDS_WPM))
HELD_OUT_MANNERS: Final = tuple(
    product(
        ("en-us+m3", "en-gb-x-rp+f4", "en-029+f5", "en-gb-x-gbcwmd+m2", "en-us+f5", "en-gb-x-gbclan+m2"),
        (125, 150, 180),
    )
)
"""Voices and speeds with which nothing is tuned, and no network trained; the accents are known, these throats are not."""

NOISE_DB: Final = 10.0
"""How much louder the voice is than the shop, where it speaks."""

_LEAD_S, _TAIL_S = 0.3, 0.4  # between the press and the first word, and between the last one and the release
_CROWD: Final = (
    "have you got the list no we still need some milk and the other thing",
    "it is on offer this week two for one and then we can go",
    "could somebody come to the till please thank you very much",
)
_CROWDS: Final = (("en-us+f3", "en-gb-x-rp", "en-us+m7"), ("en-gb-x-rp+f1", "en-029+m1", "en-us+m4"))


@dataclass(frozen=True, slots=True)
class Manner:
    """Who speaks: a voice of eSpeak NG, words a minute, and how much louder than the shop (None: silence round it).

    ``far_voices`` says which of two crowds talks in the distance.
    """

    voice: str
    words_per_minute: int
    above_noise_db: float | None = NOISE_DB
    far_voices: int = 0


def manner(number: int) -> Manner:
    """The manner of the question with that number: all voices and speeds in turn."""
    voice, speed = MANNERS[number % len(MANNERS)]
    return Manner(voice, speed)


def aloud(question: str, how: Manner, noise_seed: int | None = None) -> bytes:
    """A question as s16le mono at 16 kHz, from the press to the release of the button; the noise goes by the question's length."""
    spoken = speak(question, voice=how.voice, words_per_minute=how.words_per_minute, rate_hz=RATE_HZ)
    voice = np.frombuffer(spoken, "<i2").astype(np.float64)
    sound = np.concatenate([np.zeros(round(_LEAD_S * RATE_HZ)), voice, np.zeros(round(_TAIL_S * RATE_HZ))])
    if how.above_noise_db is not None:
        loud = np.sqrt((voice[np.abs(voice) > 0.02 * np.abs(voice).max()] ** 2).mean())
        noise = _shop(len(sound), len(question) if noise_seed is None else noise_seed, how.far_voices)
        sound += noise * (loud / np.sqrt((noise**2).mean()) / 10 ** (how.above_noise_db / 20))
    return np.clip(np.rint(sound * 0.8), -32768, 32767).astype("<i2").tobytes()


def _shop(length: int, seed: int, far_voices: int) -> NDArray[np.float64]:
    """The noise of a shop of that many samples, of no particular loudness."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.normal(0, 1, length))
    hertz = np.fft.rfftfreq(length, 1 / RATE_HZ)
    air = np.fft.irfft(spectrum / np.sqrt(np.maximum(hertz, 60.0)), length)
    seconds = np.arange(length) / RATE_HZ
    hum = np.sin(2 * np.pi * 100 * seconds) + 0.4 * np.sin(2 * np.pi * 200 * seconds + 1.0)
    start = int(rng.integers(0, RATE_HZ))
    crowd = np.take(_voices(far_voices), np.arange(start, start + length), mode="wrap")
    beep = np.sin(2 * np.pi * 2_000 * seconds) * (np.abs(seconds - rng.uniform(0, length / RATE_HZ)) < 0.06)
    parts = ((air, 1.0), (hum, 0.25), (crowd, 0.8), (beep, 0.15))
    return sum((part / max(1e-9, float(np.sqrt((part**2).mean()))) * share for part, share in parts), np.zeros(length))


@cache
def _voices(crowd: int) -> NDArray[np.float64]:
    """Three people who talk at once, far away."""
    voices = []
    for text, name in zip(_CROWD, _CROWDS[crowd], strict=True):
        said = synthesise(text, name, 170)
        step = said.rate_hz / RATE_HZ
        voices.append(
            np.interp(np.arange(int(len(said.samples) / step)) * step, np.arange(len(said.samples)), said.samples)
        )
    least = min(len(voice) for voice in voices)
    return np.asarray(sum(voice[:least] for voice in voices), np.float64)
