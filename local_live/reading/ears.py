"""Ears: what is asked, heard with PocketSphinx and a grammar of what may be asked at this shelf."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
import threading

import numpy as np
import numpy.typing as npt

from local_live.reading.asking import Asked, Kind, understand
from local_live.reading.finding import SAFETY, find, telling
from local_live.reading.grammar import grammar, shelf_phrases
from local_live.reading.listening_process import ListeningProcess
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.vocabulary import SAID
from local_live.reading.words import distance, stem

RATE_HZ = 16_000

_MOST_S = 20
"""Longer turns are no questions; the end of them counts."""

_QUIET = 120.0
"""Root mean square of the loudest tenth of a second, of 32768: below it nobody spoke into the microphone."""

_CHARACTER: dict[str, str] = {}
"""A character for each sound of ARPAbet met so far."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood, "" if nothing; ``doubtful`` where ``other`` is as likely."""

    text: str
    doubtful: bool = False
    other: str = ""


class Ears:
    """Two listening processes, started at the first use. One turn at a time; call it from an executor."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes = (ListeningProcess(), ListeningProcess())
        self._threads = ThreadPoolExecutor(len(self._processes), thread_name_prefix="ears")
        self._prepared: tuple[ShelfMap | None] | None = None

    def load(self) -> None:
        """Load the recognisers now, so that the first question does not wait for them. Blocks for about a second."""
        with self._lock:
            self._prepare(None)

    def prepare(self, shelf_map: ShelfMap | None) -> None:
        """Make ready for questions about this shelf, so that `hear` need not. Blocks.

        Raises:
            ListeningError: nothing can be heard at all.
        """
        with self._lock:
            self._prepare(shelf_map)

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.close()
        self._threads.shutdown(wait=False)

    def hear(self, pcm_16k: bytes, shelf_map: ShelfMap | None) -> Heard:
        """Understand a turn (s16le mono, 16 kHz) about what is on ``shelf_map``.

        Raises:
            ListeningError: nothing can be heard at all.
        """
        sound = speech(np.frombuffer(pcm_16k[: len(pcm_16k) // 2 * 2], "<i2").astype(np.float32))
        if sound is None:
            return Heard("")
        with self._lock:
            self._prepare(shelf_map)
            heard = decide(self._listen(np.clip(sound, -32768, 32767).astype("<i2").tobytes()))
            if shelf_map and heard.text and not heard.doubtful:
                heard = self._as_on_the_shelf(heard, shelf_map)
        return heard

    def _listen(self, pcm: bytes) -> list[str]:
        """Two listenings at once, and a third where they do not agree."""
        texts = list(self._threads.map(lambda trial: self._processes[trial].listen(pcm, trial), range(2)))
        meanings = {meaning(understand(text)) for text in texts if text}
        return texts if len(meanings) == 1 and all(texts) else [*texts, self._processes[0].listen(pcm, 2)]

    def _as_on_the_shelf(self, heard: Heard, shelf_map: ShelfMap) -> Heard:
        """Where a thing that is not there sounds like one that is ('oatmeal', 'oat milk'), that one was meant; two are asked about.

        The answer reads its label out, so that a person who did mean the other notices. Claims are left as they are.
        """
        asked = understand(heard.text)
        if not asked.thing or set(asked.thing) & SAFETY or find(shelf_map, asked.thing):
            return heard
        phrases = [phrase for phrase in shelf_phrases(shelf_map) if set(phrase).isdisjoint(SAFETY)]
        said, *others_said = (_one_a_letter(sounds) for sounds in self._processes[0].sounds([asked.thing, *phrases]))
        near = sorted(
            (apart, phrase)
            for phrase, sounds in zip(phrases, others_said, strict=True)
            if (apart := distance(said, sounds)) <= 2
        )
        if len(said) < 5 or not near:
            return heard
        before = heard.text.rpartition(" ".join(asked.thing))[0]
        best, *others = [" ".join([*before.split(), *phrase]) for apart, phrase in near if apart == near[0][0]]
        return Heard(best, doubtful=bool(others), other=others[0] if others else "")

    def _prepare(self, shelf_map: ShelfMap | None) -> None:
        """Give the recognisers the grammar of this shelf."""
        if self._prepared and self._prepared[0] is shelf_map:
            return
        text, words = grammar(shelf_map)
        sounds = {word: SAID.get(word, "") for word in sorted(words)}
        list(self._threads.map(lambda process: process.prepare(text, sounds), self._processes))
        self._prepared = (shelf_map,)


def _one_a_letter(sounds: str) -> str:
    """Sounds, one character each, so that they can be compared like letters."""
    return "".join(_CHARACTER.setdefault(sound, chr(0x100 + len(_CHARACTER))) for sound in sounds.split())


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


def decide(texts: list[str]) -> Heard:
    """One understanding from several listenings.

    What most of them say counts. Where one says a word more than the others, a claim ('gluten free') is never dropped and
    a stray word is. Else it is doubtful: better to ask back than to guess.
    """
    heard = [text for text in texts if text]
    if not heard:
        return Heard("")
    votes = Counter(meaning(understand(text)) for text in heard)
    first = {meant: next(text for text in heard if meaning(understand(text)) == meant) for meant in votes}
    (meant, most), *others = votes.most_common()
    if not others or most > 1:
        return Heard(first[meant])
    things = [set(meant[1]) for meant in votes]
    least, largest = min(things, key=len), max(things, key=len)
    if all(least <= thing <= largest for thing in things):
        keep = largest if (largest - least) & SAFETY else least
        return Heard(next(text for meant, text in first.items() if set(meant[1]) == keep))
    return Heard(heard[0], doubtful=True, other=next(text for meant, text in first.items() if text != heard[0]))


type Meaning = tuple[Kind, tuple[str, ...], int | None, tuple[str, ...], str]


def meaning(asked: Asked) -> Meaning:
    """What a question comes down to: words that make no difference are left out."""
    return asked.kind, _core(asked.thing), asked.shelf, _core(asked.other), asked.towards


def _core(thing: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({stem(word) for word in telling(thing)}))
