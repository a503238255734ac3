"""Recognises a question: the sound's features against all that may be asked, in the noise that is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from local_live.reading import hear_features
from local_live.reading.hear_model import acoustic_model
from local_live.reading.hear_network import Speech, Tree, make_tree, needed
from local_live.reading.hear_neural import network
from local_live.reading.hear_phones import SILENCE, spoken_sounds
from local_live.reading.hear_questions import Questions
from local_live.reading.hear_scores import senone_scores
from local_live.reading.hear_search import Followed, entries, follow, pauses, rests
from local_live.reading.noise_model import amid, channel_of, noise_of, spread_of

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

_STAGE: Final = 1000
"""A tag is the number of a lead, counted from one, and this times that of a claim, and this twice times that of a describing word."""

_MOST: Final = 100
"""Candidates that are told."""

_FAR: Final = 30.0
"""Questions of a kind whose beginning fits so much worse than another's are not followed to their ends."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What is taken from a score (a logarithm): for each frame of silence, for a pause, for a tail, a claim, a describing word, no
    lead, a comparison, a whole question.
    """

    silence: float
    pause: float
    tail: float
    claim: float
    describing: float
    bare: float
    compared: float
    whole: float


class Ear(Protocol):
    """One way to listen."""

    @property
    def speech(self) -> Speech:
        """The sounds that it knows."""

    @property
    def costs(self) -> Costs:
        """What its scores are to be weighed with."""

    @property
    def silent(self) -> Sequence[int]:
        """The states of silence."""

    def fits(self, sound: Floats, states: Ints) -> Floats:
        """How well each of these states fits each frame, shape (frames, states): logarithms."""


@dataclass(frozen=True, slots=True)
class Gaussians:
    """PocketSphinx's acoustic model, amid noise: how much of it and of its spread to reckon with, how loud the voice is taken
    to be, how the bands are moved up for it.

    ``level`` is added to the first cepstrum of the voice's channel; 5 are one natural logarithm of power.
    """

    noise: float = 1.0
    spread: float = 2.0
    level: float = -5.0
    warp: float = 1.0
    costs: Costs = Costs(
        silence=2.0, pause=20.0, tail=15.0, claim=15.0, describing=40.0, bare=30.0, compared=20.0, whole=-45.0
    )

    @property
    def speech(self) -> Speech:
        """As `Ear`."""
        return acoustic_model()

    @property
    def silent(self) -> Sequence[int]:
        """As `Ear`."""
        return acoustic_model().silent()

    def fits(self, sound: Floats, states: Ints) -> Floats:
        """As `Ear`."""
        model = acoustic_model()
        bands = hear_features.bands(hear_features.spectrum(sound), self.warp)
        cepstra = hear_features.cepstra(bands)
        noise = self.noise * noise_of(bands)
        channel = channel_of(bands, noise, model)
        channel[0] += self.level
        amidst = amid(model, noise, channel, self.spread * spread_of(bands, cepstra))
        return senone_scores(amidst, hear_features.streams(cepstra, centred=False), states)


@dataclass(frozen=True, slots=True)
class Neural:
    """The trained network. ``share`` is how much of how usual a state is, is taken from how likely it is."""

    share: float = 0.8
    floor: float = -12.0
    costs: Costs = Costs(silence=0.0, pause=4.0, tail=4.0, claim=4.0, describing=9.0, bare=8.0, compared=2.0, whole=0.0)

    @property
    def speech(self) -> Speech:
        """As `Ear`."""
        return spoken_sounds()

    @property
    def silent(self) -> Sequence[int]:
        """As `Ear`."""
        return (SILENCE,)

    def fits(self, sound: Floats, states: Ints) -> Floats:
        """As `Ear`."""
        trained = network()
        likely = np.maximum(trained.likely(sound), self.floor) - self.share * trained.usual
        return np.asarray(likely[:, states], np.float32)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may have been asked. ``score`` is a logarithm, comparable within one listening only."""

    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Listened:
    """What may have been said, the likeliest first; ``gap`` is how much better the sound fits sounds in any order than the
    likeliest, a logarithm for each hundredth of a second of it: the less, the surer these words were said by such a voice.
    """

    candidates: list[Candidate]
    gap: float


@dataclass(frozen=True, slots=True)
class _Heard:
    """A sound as the trees are followed through it: how well each state fits each frame, and silence up to each frame."""

    fits: Floats
    silence: Floats
    before: Floats

    @property
    def quiet(self) -> Floats:
        """What silence from each frame to the end is worth."""
        return np.asarray(self.before[-1] - self.before, np.float32)

    @property
    def untagged(self) -> Ints:
        """Tags of what has nothing before it."""
        return np.zeros(len(self.before), np.int32)


class Recogniser:
    """Knows what may be asked; `prepare` it before it listens."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._trees: dict[str, Tree] = {}
        self._states = np.zeros(0, np.int32)
        self._places: dict[str, npt.NDArray[np.intp]] = {}

    def prepare(self, asked: Questions) -> None:
        """Make the trees; those of names are new for each shelf."""
        speech = self._ear.speech
        if not self._trees:
            self._trees = {
                "lead": make_tree(speech, asked.leads),
                "lead with tail": make_tree(speech, asked.leads_with_tail),
                "lead of two": make_tree(speech, asked.leads_of_two),
                "link": make_tree(speech, asked.links),
                "whole": make_tree(speech, asked.whole),
                "claim": make_tree(speech, asked.claims, left="ə"),
                "describing": make_tree(speech, asked.describing, left="ə"),
                "please": make_tree(speech, asked.please),
                "tail": make_tree(speech, asked.tails),
            }
        self._trees["name"] = make_tree(speech, asked.names, left="ə")
        self._states = needed(list(self._trees.values()), self._ear.silent)
        self._places = {name: np.searchsorted(self._states, tree.senones) for name, tree in self._trees.items()}

    def listen(self, sound: Floats, ear: Ear | None = None) -> Listened:
        """What may have been said (16 kHz, samples of 32768); ``ear`` is another with the same sounds."""
        ear = ear or self._ear
        fits = ear.fits(sound, self._states)
        silent = np.searchsorted(self._states, np.array(ear.silent))
        silence = np.asarray(fits[:, silent].max(axis=1) - ear.costs.silence, np.float32)
        heard = _Heard(fits, silence, pauses(silence))
        begun = {
            "lead": self._after("lead", heard, heard.before, heard.untagged, ear.costs, 1),
            "lead with tail": self._after("lead with tail", heard, heard.before, heard.untagged, ear.costs, 1),
            "lead of two": self._after(
                "lead of two", heard, heard.before - ear.costs.compared, heard.untagged, ear.costs, 1
            ),
        }
        ahead = np.append(np.cumsum(fits.max(axis=1)[::-1])[::-1], 0.0)  # what the rest can be worth at the most
        best = {leads: float((start + ahead).max()) for leads, (start, _) in begun.items()}
        found = self._whole(heard, ear.costs)
        for leads, (start, tags) in begun.items():
            if leads == "lead":
                found += self._one_thing(heard, ear.costs, leads, "please", start, tags)
            elif best[leads] > max(best.values()) - _FAR:
                found += (
                    self._two_things(heard, ear.costs, start)
                    if leads == "lead of two"
                    else self._one_thing(heard, ear.costs, leads, "tail", start, tags)
                )
        found = sorted(found, key=lambda one: -one.score)[:_MOST]
        voiced = int((fits.max(axis=1) > fits[:, silent].max(axis=1)).sum())
        return Listened(found, (float(fits.max(axis=1).sum()) - found[0].score) / max(1, voiced))

    def _one_thing(
        self, heard: _Heard, costs: Costs, leads: str, tails: str, start: Floats, tags: Ints
    ) -> list[Candidate]:
        """After a lead, what is said of a thing, the thing, a tail."""
        for stage, name, cost in ((_STAGE, "claim", costs.claim), (_STAGE**2, "describing", costs.describing)):
            through, through_tags = self._after(name, heard, start - cost, tags, costs, stage)
            tags = np.where(through > start, through_tags, tags).astype(np.int32)
            start = np.maximum(start, through)
        if leads == "lead":
            bare = heard.before - costs.bare
            tags = np.where(bare > start, 0, tags).astype(np.int32)
            start = np.maximum(bare, start)
        rest, said = rests(self._trees[tails], self._scores(heard, tails), heard.silence, costs.tail, costs.pause)
        names = self._follow("name", heard, start, tags, rest)
        return [
            Candidate(self._text(leads, int(names.tags[at]), int(at), tails, int(said[names.ended[at]])), float(names.best[at]))
            for at in np.argsort(-names.best)[:_MOST]
        ]  # fmt: skip

    def _two_things(self, heard: _Heard, costs: Costs, start: Floats) -> list[Candidate]:
        """After a lead, which of two things is cheaper."""
        one, ones = self._after("name", heard, start, heard.untagged, costs, 1)
        link, linked = self._after("link", heard, one, ones, costs, 0)
        names = self._follow("name", heard, link, linked, heard.quiet)
        phrases = self._trees["name"].phrases
        return [
            Candidate(
                f"which is cheaper the {' '.join(phrases[names.tags[at] - 1])} or the {' '.join(phrases[at])}",
                float(names.best[at]),
            )
            for at in np.argsort(-names.best)[:_MOST]
            if 0 < names.tags[at] != at + 1
        ]

    def _whole(self, heard: _Heard, costs: Costs) -> list[Candidate]:
        """What names no thing."""
        whole = self._follow("whole", heard, heard.before, heard.untagged, heard.quiet)
        return [
            Candidate(" ".join(self._trees["whole"].phrases[at]), float(whole.best[at]) - costs.whole)
            for at in np.argsort(-whole.best)[:_MOST]
        ]

    def _follow(self, name: str, heard: _Heard, start: Floats, tags: Ints, rest: Floats) -> Followed:
        return follow(self._trees[name], self._scores(heard, name), start, tags, rest)

    def _after(
        self, name: str, heard: _Heard, start: Floats, tags: Ints, costs: Costs, stage: int
    ) -> tuple[Floats, Ints]:
        """Where one of a tree's phrases was said, and perhaps a pause after it; the tag tells which, at its stage."""
        through = self._follow(name, heard, start, tags, np.zeros(len(start), np.float32))
        said = through.exit_tags + stage * (through.exit_phrases + 1)
        return entries(through.exits, said.astype(np.int32), heard.silence, costs.pause)

    def _scores(self, heard: _Heard, name: str) -> Floats:
        return np.asarray(heard.fits[:, self._places[name]])

    def _text(self, leads: str, tag: int, name: int, tails: str, tail: int) -> str:
        parts = [
            self._trees[tree].phrases[number - 1]
            for tree, number in (
                (leads, tag % _STAGE),
                ("claim", tag // _STAGE % _STAGE),
                ("describing", tag // _STAGE**2),
            )
            if number
        ]
        behind = self._trees[tails].phrases[tail] if tail >= 0 else ()
        return " ".join(word for part in (*parts, self._trees["name"].phrases[name], behind) for word in part)
