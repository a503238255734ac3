"""Ears: what is asked, out of what may be asked at this shelf.

A trained network listens first. Where the sound does not fit what it makes of it (a voice unlike those it was trained with, other
words, no speech at all), the acoustic model of PocketSphinx, made from many people's speech, listens as well.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
import threading

import numpy as np
import numpy.typing as npt

from local_live.reading.asking import Asked, Kind, understand
from local_live.reading.finding import SAFETY, Run, find, telling
from local_live.reading.grammar import shelf_phrases
from local_live.reading.listening_process import ListeningProcess
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.words import distance, stem

RATE_HZ = 16_000

_MOST_S = 20
"""Longer turns are no questions; the end of them counts."""

_QUIET = 120.0
"""Root mean square of the loudest tenth of a second, of 32768: below it nobody spoke into the microphone."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """So much less likely (natural logarithm) another meaning must be, and one that differs in nothing but a claim on health."""

    least: float
    of_claim: float


NEURAL_DOUBT, GAUSSIANS_DOUBT = Doubt(4.0, 8.0), Doubt(10.0, 30.0)

_TRUSTED, _STRANGE = 2.0, 4.0
"""The gap up to which the network's words are taken, and from which on they say nothing. Of 98 questions understood right it was
1.95 at most, in distant talk 2.1, in music 3.8 to 6.5, in words that nobody asks for 5.1 and more."""

_CHARACTER: dict[str, str] = {}
"""A character for each sound of ARPAbet met so far."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood, "" if nothing; ``doubtful`` where ``other`` is as likely."""

    text: str
    doubtful: bool = False
    other: str = ""


class Ears:
    """Two listening processes, of each kind one, started at the first use. One turn at a time; call it from an executor."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._neural, self._gaussians = self._processes = (ListeningProcess("neural"), ListeningProcess("gaussians"))
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
            heard = self._listen(np.clip(sound, -32768, 32767).astype("<i2").tobytes())
            if shelf_map and heard.doubtful:
                heard = settled_there(heard, shelf_map)
            if shelf_map and heard.text and not heard.doubtful:
                heard = self._as_on_the_shelf(heard, shelf_map)
        return heard

    def _listen(self, pcm: bytes) -> Heard:
        first = self._neural.listen(pcm)
        heard = settle([one.texts for one in first], NEURAL_DOUBT)
        if first[0].gap <= _TRUSTED:
            return heard
        other = settle([one.texts for one in self._gaussians.listen(pcm)], GAUSSIANS_DOUBT)
        if other.doubtful:
            return Heard("")  # neither knows what it was: other words, talk in the distance, music
        return other if first[0].gap > _STRANGE else both(heard, other)

    def _as_on_the_shelf(self, heard: Heard, shelf_map: ShelfMap) -> Heard:
        """Where a thing that is not there sounds like one that is ('oatmeal', 'oat milk'), that one was meant; two are asked about.

        The answer reads its label out, so that a person who did mean the other notices. Claims are left as they are.
        """
        asked = understand(heard.text)
        if not asked.thing or set(asked.thing) & SAFETY or find(shelf_map, asked.thing):
            return heard
        phrases = [phrase for phrase in shelf_phrases(shelf_map) if set(phrase).isdisjoint(SAFETY)]
        said, *others_said = (_one_a_letter(sounds) for sounds in self._gaussians.sounds([asked.thing, *phrases]))
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
        """Tell the recognisers what is on this shelf."""
        if self._prepared and self._prepared[0] is shelf_map:
            return
        here = shelf_phrases(shelf_map) if shelf_map else {}
        list(self._threads.map(lambda process: process.prepare(here), self._processes))
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


def both(one: Heard, other: Heard) -> Heard:
    """What is understood where two ways of listening say each one thing: what both say; else it is asked which."""
    if not other.text or meaning(understand(one.text)) == meaning(understand(other.text)):
        return one
    return Heard(one.text, doubtful=True, other=other.text)


def settle(listenings: list[dict[str, float]], doubt: Doubt) -> Heard:
    """One understanding from the candidates of several listenings, each with its scores.

    The meaning that is likeliest over all of them counts. It is asked back where another is about as likely, and where one
    with a claim on health more, or less, is not much less likely.
    """
    texts: dict[Meaning, str] = {}
    scores: list[dict[Meaning, float]] = []
    for heard in filter(None, listenings):
        best: dict[Meaning, float] = {}
        for text, score in heard.items():
            meant = meaning(understand(text))
            best.setdefault(meant, score)
            texts.setdefault(meant, text)
        scores.append(best)
    # What a listening did not name is no likelier to it than the least likely that it did.
    together = {meant: sum(best.get(meant, min(best.values())) for best in scores) for meant in texts}
    ranked = sorted(together, key=lambda meant: -together[meant])
    if not ranked:
        return Heard("")
    first = ranked[0]
    for other in ranked[1:]:
        behind = (together[first] - together[other]) / len(scores)
        if behind < doubt.least or (behind < doubt.of_claim and set(first[1]) ^ set(other[1]) <= SAFETY):
            return Heard(texts[first], doubtful=True, other=texts[other])
    return Heard(texts[first])


def settled_there(heard: Heard, shelf_map: ShelfMap) -> Heard:
    """Where both of what is unsure lead to one place, or one has only a word more that is nowhere, nobody needs to be asked.

    'Tomato soup' or 'tomato soup eco': a word that was misread on one pack makes no other thing. It is still asked about where a
    claim on health makes the difference.
    """
    first, other = understand(heard.text), understand(heard.other)
    if replace(first, thing=()) != replace(other, thing=()) or (set(first.thing) ^ set(other.thing)) & SAFETY:
        return heard
    here, there = find(shelf_map, first.thing), find(shelf_map, other.thing)
    if not there:
        is_one = bool(here) and set(first.thing) < set(other.thing)
    else:
        is_one = len(here) == 1 and all(_overlap(one, here[0]) for one in there)
    if is_one:
        return Heard(heard.text)
    return heard


def _overlap(one: Run, other: Run) -> bool:
    return min(one.right, other.right) > max(one.left, other.left) and min(one.bottom, other.bottom) > max(
        one.top, other.top
    )


type Meaning = tuple[Kind, tuple[str, ...], int | None, tuple[str, ...], str]


def meaning(asked: Asked) -> Meaning:
    """What a question comes down to: words that make no difference are left out."""
    return asked.kind, _core(asked.thing), asked.shelf, _core(asked.other), asked.towards


def _core(thing: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({stem(word) for word in telling(thing)}))
