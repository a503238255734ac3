"""What a stranger's ear makes of a WAV: is it speech, and which words are in it?"""

from dataclasses import dataclass
from pathlib import Path
import wave

import numpy as np
from pocketsphinx import Decoder

_EAR_HZ = 16_000
_NUMBERS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
# Words an answer may hold beside the place: the recogniser must be able to hear something else than what is hoped for.
_OTHERS = "of the from top far left right middle a an it is not there one two three four five six seven bag box green label says"
_GRAMMAR = (
    f"#JSGF V1.0; grammar place; public <any> = <word>+; <word> = shelf | {' | '.join(_NUMBERS)} | "
    f"{' | '.join(_OTHERS.split())};"
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A WAV as numbers: seconds, peak in dBFS, and its samples at 16 kHz."""

    seconds: float
    peak_dbfs: float
    samples_16k: np.ndarray


def read(path: Path) -> Recording:
    """A mono s16 WAV."""
    with wave.open(str(path), "rb") as wav:
        assert (wav.getnchannels(), wav.getsampwidth()) == (1, 2)
        rate_hz = wav.getframerate()
        data = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2").astype(np.float64)
    peak = float(np.abs(data).max()) if data.size else 0.0
    seconds = data.size / rate_hz
    moments = np.arange(int(seconds * _EAR_HZ)) / _EAR_HZ * rate_hz
    resampled = np.interp(moments, np.arange(data.size), data).astype(np.int16)
    return Recording(seconds, 20 * np.log10(max(peak, 1) / 32768), resampled)


def words(recording: Recording) -> list[str]:
    """What pocketsphinx hears, out of a grammar of places and fillers in any order."""
    decoder = Decoder(lm=None, samprate=_EAR_HZ, loglevel="FATAL")
    decoder.add_jsgf_string("place", _GRAMMAR)
    decoder.activate_search("place")
    decoder.start_utt()
    decoder.process_raw(recording.samples_16k.tobytes(), full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return hypothesis.hypstr.split() if hypothesis else []


def ordinal(shelf: int) -> str:
    """The word for a shelf's number."""
    return _NUMBERS[shelf - 1]
