"""The voice: text in, speech out, whole or in chunks with the words that begin in each.

``python -m local_live.voice "Where is the bread?" question.wav`` writes a WAV file.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import sys
from typing import Final
import wave

import numpy as np

from local_live.espeak import FASTEST_WPM, SLOWEST_WPM, Utterance, VoiceError, Word, synthesise
from local_live.resample import Resampler

DEFAULT_VOICE: Final = "en-us"
DEFAULT_WPM: Final = 165  # between eSpeak's own 175 and the 150 of a calm reader: easy to follow in a noisy shop
SPEECH_HZ: Final = 24_000
CHUNK_MS: Final = 80  # small enough to start at once; 3,840 bytes, which also fits one message of a wearable's link
PEAK: Final = 0.7  # -3 dBFS: loud, and room for what the resampling adds
_SILENCE: Final = 1e-4  # below this there is nothing to make louder


@dataclass(frozen=True, slots=True)
class Spoken:
    """A chunk of speech: s16le mono, and the text whose words begin in it ("" if none does).

    The texts of all chunks, joined, are the whole text.
    """

    pcm: bytes
    text: str


def speak(
    text: str, *, voice: str = DEFAULT_VOICE, words_per_minute: int = DEFAULT_WPM, rate_hz: int = SPEECH_HZ
) -> bytes:
    """Speak a text; returns s16le mono at ``rate_hz``. Blocks, and may be called from any thread.

    Raises:
        VoiceError: eSpeak NG is missing, or there is no such voice.
        ValueError: ``words_per_minute`` is out of range.
    """
    chunks = in_chunks(text, synthesise(text, voice, words_per_minute), rate_hz=rate_hz)
    return b"".join(chunk.pcm for chunk in chunks)


def speak_in_chunks(
    text: str,
    *,
    voice: str = DEFAULT_VOICE,
    words_per_minute: int = DEFAULT_WPM,
    rate_hz: int = SPEECH_HZ,
    chunk_ms: int = CHUNK_MS,
) -> Iterator[Spoken]:
    """Speak a text chunk by chunk; as `speak`. The first chunk waits for eSpeak only, not for the resampling."""
    return in_chunks(text, synthesise(text, voice, words_per_minute), rate_hz=rate_hz, chunk_ms=chunk_ms)


def in_chunks(
    text: str, utterance: Utterance, *, rate_hz: int = SPEECH_HZ, chunk_ms: int = CHUNK_MS
) -> Iterator[Spoken]:
    """Cut an utterance of ``text`` into chunks of ``chunk_ms``, resampled as they are taken, peak at -3 dBFS."""
    peak = float(np.abs(utterance.samples).max(initial=0.0))
    loud = utterance.samples * np.float32(PEAK / peak if peak > _SILENCE else 1.0)
    resampler = Resampler(loud, utterance.rate_hz, rate_hz)
    starts = _word_starts(text, utterance.words)
    step = rate_hz * chunk_ms // 1000
    spoken_to = 0  # in characters
    for start in range(0, resampler.length, step):
        heard_to = (start + step) * utterance.rate_hz // rate_hz
        begun = [character for character, sample in starts if sample < heard_to]
        is_last = start + step >= resampler.length
        upto = len(text) if is_last else max([spoken_to, *(_word_end(text, character) for character in begun[-1:])])
        pcm = np.clip(np.rint(resampler.stretch(start, start + step) * 32767), -32768, 32767).astype("<i2").tobytes()
        yield Spoken(pcm, text[spoken_to:upto])
        spoken_to = upto


def _word_starts(text: str, words: tuple[Word, ...]) -> list[tuple[int, int]]:
    """Keep the words whose places grow; eSpeak also reports the parts of a number, all at one place."""
    starts: list[tuple[int, int]] = []
    for word in words:
        if word.character < len(text) and (not starts or word.character > starts[-1][0]):
            starts.append((word.character, word.sample))
    return starts


def _word_end(text: str, character: int) -> int:
    """Find the white space after a place in the text, or its end."""
    return next((place for place in range(character, len(text)) if text[place].isspace()), len(text))


def write_wav(path: Path, pcm: bytes, rate_hz: int) -> None:
    """Write s16le mono as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local_live.voice", description="Speak a text into a WAV file.")
    parser.add_argument("text")
    parser.add_argument("out", type=Path, help="the WAV file to write")
    parser.add_argument("--rate-hz", type=int, default=SPEECH_HZ)
    parser.add_argument("--voice", default=DEFAULT_VOICE, help="a name eSpeak NG knows, such as en-us or de")
    parser.add_argument(
        "--speed", type=int, default=DEFAULT_WPM, help=f"words a minute, {SLOWEST_WPM} to {FASTEST_WPM}"
    )
    options = parser.parse_args(arguments)
    try:
        pcm = speak(options.text, voice=options.voice, words_per_minute=options.speed, rate_hz=options.rate_hz)
        write_wav(options.out, pcm, options.rate_hz)
    except (VoiceError, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
