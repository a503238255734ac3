"""Ears: what is asked, heard with PocketSphinx and a grammar of what may be asked at this shelf."""

from collections import Counter
from dataclasses import dataclass
import threading

import numpy as np
import numpy.typing as npt
from pocketsphinx import Decoder

from local_live.reading.asking import Asked, Kind, understand
from local_live.reading.finding import SAFETY, find, telling
from local_live.reading.grammar import grammar, shelf_phrases
from local_live.reading.pronouncing import pronounce
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.vocabulary import SAID
from local_live.reading.words import distance, stem

RATE_HZ = 16_000

_MOST_S = 20
"""Longer turns are no questions; the end of them counts."""

_QUIET = 120.0
"""Root mean square of the loudest tenth of a second, of 32768: below it nobody spoke into the microphone."""

_TRIALS = ((30.0, 6.5), (10.0, 10.0), (50.0, 8.0))
"""Listenings, each with its noise floor (of 32768) and its weight of the grammar.

The recogniser's features need some noise where sound is digitally silent. Where they understand different things, the
sound alone does not say which is right.
"""


_CHARACTER: dict[str, str] = {}
"""A character for each sound of ARPAbet met so far."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood, "" if nothing; ``doubtful`` where ``other`` is as likely."""

    text: str
    doubtful: bool = False
    other: str = ""


class Ears:
    """The recogniser, loaded at its first use. One listening at a time; call it from an executor."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._decoders: list[Decoder] = []
        self._for: ShelfMap | None = None
        self._ready = False

    def load(self) -> None:
        """Load the recogniser now, so that the first question does not wait for it. Blocks for about a second."""
        with self._lock:
            self._prepare(None)

    def hear(self, pcm_16k: bytes, shelf_map: ShelfMap | None) -> Heard:
        """Understand a turn (s16le mono, 16 kHz) about what is on ``shelf_map``."""
        sound = speech(np.frombuffer(pcm_16k[: len(pcm_16k) // 2 * 2], "<i2").astype(np.float32))
        if sound is None:
            return Heard("")
        with self._lock:
            self._prepare(shelf_map)
            texts = [
                _listen(decoder, sound, noise) for decoder, (noise, _) in zip(self._decoders, _TRIALS, strict=True)
            ]
            heard = decide(texts)
            if shelf_map and heard.text and not heard.doubtful:
                heard = self._as_on_the_shelf(heard, shelf_map)
        return heard

    def _as_on_the_shelf(self, heard: Heard, shelf_map: ShelfMap) -> Heard:
        """Where a thing that is not there sounds like one that is ('oatmeal', 'oat milk'), that one was meant; two are asked about.

        The answer reads its label out, so that a person who did mean the other notices. Claims are left as they are.
        """
        asked = understand(heard.text)
        if not asked.thing or set(asked.thing) & SAFETY or find(shelf_map, asked.thing):
            return heard
        said = self._sounds(asked.thing)
        near = sorted(
            (apart, phrase)
            for phrase in shelf_phrases(shelf_map)
            if set(phrase).isdisjoint(SAFETY) and (apart := distance(said, self._sounds(phrase))) <= 2
        )
        if len(said) < 5 or not near:
            return heard
        before = heard.text.rpartition(" ".join(asked.thing))[0]
        best, *others = [" ".join([*before.split(), *phrase]) for apart, phrase in near if apart == near[0][0]]
        return Heard(best, doubtful=bool(others), other=others[0] if others else "")

    def _sounds(self, words: tuple[str, ...]) -> str:
        """The sounds of words, one character each, so that they can be compared like letters."""
        sounds = " ".join(self._decoders[0].lookup_word(word) or pronounce(word) for word in words).split()
        return "".join(_CHARACTER.setdefault(sound, chr(0x100 + len(_CHARACTER))) for sound in sounds)

    def _prepare(self, shelf_map: ShelfMap | None) -> None:
        """Load the recogniser and give it the grammar of this shelf."""
        if not self._decoders:
            self._decoders = [Decoder(loglevel="FATAL", cmn="batch", lm=None, lw=weight) for _, weight in _TRIALS]
        if self._ready and self._for is shelf_map:
            return
        text, words = grammar(shelf_map)
        for decoder in self._decoders:
            for word in sorted(words):
                if decoder.lookup_word(word) is None:
                    decoder.add_word(word, SAID.get(word) or pronounce(word) or "AH", update=True)
            decoder.add_jsgf_string("shelf", text)
            decoder.activate_search("shelf")
        self._for, self._ready = shelf_map, True


def speech(sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float32] | None:
    """The sound at an even loudness (samples of 32768), or None where nobody speaks in it."""
    sound = sound[-_MOST_S * RATE_HZ :]
    step = RATE_HZ // 10
    if len(sound) < 3 * step:
        return None
    sound = sound - sound.mean()
    tenths = sound[: len(sound) // step * step].reshape(-1, step)
    loud = np.sqrt((tenths**2).mean(axis=1))
    # Even noise is no speech; speech has pauses, and syllables that stand out.
    if loud.max() < _QUIET or loud.max() < 1.8 * float(np.median(loud)) < 1.8 * 1.3 * float(loud.min()):
        return None
    return np.asarray(sound * (12_000 / max(1.0, float(np.abs(sound).max()))), np.float32)


def _listen(decoder: Decoder, sound: npt.NDArray[np.float32], noise: float) -> str:
    """One listening. The noise is the same each time: equal sound is understood equally."""
    pause = np.zeros(RATE_HZ // 5, np.float32)
    whole = np.concatenate([pause, sound, pause])
    whole += np.random.default_rng(0).normal(0, noise, len(whole)).astype(np.float32)
    decoder.start_utt()
    decoder.process_raw(np.clip(whole, -32768, 32767).astype("<i2").tobytes(), no_search=False, full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return str(found.hypstr) if found else ""


def decide(texts: list[str]) -> Heard:
    """One understanding from several listenings.

    What most of them say counts. Where one says a word more than the others, a claim ('gluten free') is never dropped and
    a stray word is. Else it is doubtful: better to ask back than to guess.
    """
    heard = [text for text in texts if text]
    if not heard:
        return Heard("")
    votes = Counter(_meaning(understand(text)) for text in heard)
    first = {meaning: next(text for text in heard if _meaning(understand(text)) == meaning) for meaning in votes}
    (meaning, most), *others = votes.most_common()
    if not others or most > 1:
        return Heard(first[meaning])
    things = [set(meaning[1]) for meaning in votes]
    least, largest = min(things, key=len), max(things, key=len)
    if all(least <= thing <= largest for thing in things):
        keep = largest if (largest - least) & SAFETY else least
        return Heard(next(text for meaning, text in first.items() if set(meaning[1]) == keep))
    return Heard(heard[0], doubtful=True, other=next(text for meaning, text in first.items() if text != heard[0]))


def _meaning(asked: Asked) -> tuple[Kind, tuple[str, ...], int | None]:
    """What a question comes down to: words that make no difference are left out."""
    return asked.kind, tuple(sorted({stem(word) for word in telling(asked.thing)})), asked.shelf
