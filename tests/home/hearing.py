"""What a wearable hears, compared sample by sample: phrases, answers in a quick voice of tones, or parts of them."""

from functools import cache
import math
from zlib import crc32

import numpy as np

from custom_components.shelfsight.sound.pcm import resample, samples
from custom_components.shelfsight.sound.phrases import PHRASES_HZ, load
from local_live.espeak import Utterance, Word
from local_live.voice import SPEECH_HZ, in_chunks
from tests.home.parts import FakeWearable

_WORD_S = 0.25


@cache
def phrases(language: str = "en") -> dict[str, bytes]:
    """All phrases as a speaker of 24 kHz gets them."""
    return {
        name: resample(samples(phrase.pcm), PHRASES_HZ, SPEECH_HZ).tobytes() for name, phrase in load(language).items()
    }


def tones(text: str) -> Utterance:
    """A voice that is quicker than words: a quarter of a second a word, at a pitch of this text's own."""
    words = text.split()
    hz = 300 + crc32(text.encode()) % 2000
    moments = np.arange(round(max(1, len(words)) * _WORD_S * SPEECH_HZ)) / SPEECH_HZ
    places, at = [], 0
    for number, word in enumerate(words):
        at = text.index(word, at)
        places.append(Word(at, round(number * _WORD_S * SPEECH_HZ)))
        at += len(word)
    return Utterance(np.sin(2 * math.pi * hz * moments).astype(np.float32), SPEECH_HZ, tuple(places))


@cache
def spoken(text: str) -> bytes:
    """A text in the voice of tones, as a Live server sends it: s16le mono at 24 kHz."""
    return b"".join(chunk.pcm for chunk in in_chunks(text, tones(text)))


def utterances(wearable: FakeWearable) -> list[bytes]:
    """The sound that came since `forget`, one after the other: each begins at position 0."""
    said: list[bytes] = []
    for _, position_ms, pcm in wearable.sounds:
        if position_ms == 0 or not said:
            said.append(b"")
        said[-1] += pcm
    return said


def told(wearable: FakeWearable, *answers: str) -> list[str]:
    """What was said, by name: a phrase's, an answer's words, "..." behind one that was broken off."""
    known = phrases() | {answer: spoken(answer) for answer in answers}
    return [_name(pcm, known) for pcm in utterances(wearable)]


def _name(pcm: bytes, known: dict[str, bytes]) -> str:
    for name, whole in known.items():
        if pcm == whole:
            return name
    for name, whole in known.items():
        if whole.startswith(pcm):
            return f"{name} ..."
    return f"{len(pcm)} bytes of something else"


async def hears(wearable: FakeWearable, *names: str, timeout_s: float = 15) -> None:
    """Just these were said since `forget`, whole and in this order: phrases by their name, answers by their words."""
    answers = [name for name in names if name not in phrases()]
    try:
        await wearable.until(lambda: len(wearable.all("spoken")) >= len(names), timeout_s)
    except TimeoutError:
        pass  # what came instead says more
    heard = told(wearable, *answers)
    assert heard == list(names), f"{heard} and the cues {[cue['name'] for cue in wearable.all('cue')]}"
