"""Recognises a question: the sound's features against all that may be asked, in the noise that is there."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from local_live.reading import hear_features
from local_live.reading.hear_model import AcousticModel, acoustic_model
from local_live.reading.hear_network import Tree, make_tree, needed
from local_live.reading.hear_questions import Questions
from local_live.reading.hear_scores import senone_scores
from local_live.reading.hear_search import entries, follow, pauses, rests
from local_live.reading.noise_model import amid, channel_of, noise_of, spread_of

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

_SILENCE_COST: Final = 2.0
"""For each frame: silence fits everything a little."""

_PAUSE_COST, _TAIL_COST, _CLAIM_COST, _BARE_COST, _WHOLE_COST = 20.0, 15.0, 15.0, 30.0, -45.0
_CLAIMED: Final = 1000
"""A tag is the number of a lead, and this times that of a claim, counted from one."""

_MOST: Final = 100
"""Candidates that are told."""


@dataclass(frozen=True, slots=True)
class Listening:
    """How to listen: how much of the noise and of its spread to reckon with, and how loud the voice is taken to be;
    how the bands are moved up for it.

    ``level`` is added to the first cepstrum of the voice's channel; 5 are one natural logarithm of power.
    """

    noise: float = 1.0
    spread: float = 2.0
    level: float = -5.0
    warp: float = 1.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may have been asked. ``score`` is a logarithm, comparable within one listening only."""

    text: str
    score: float


class Recogniser:
    """Knows what may be asked; `prepare` it before it listens."""

    def __init__(self) -> None:
        self._model = acoustic_model()
        self._trees: dict[str, Tree] = {}
        self._senones = np.zeros(0, np.int32)
        self._places: dict[str, npt.NDArray[np.intp]] = {}
        self._silence = np.zeros(0, np.intp)

    def prepare(self, asked: Questions) -> None:
        """Make the trees; those of names are new for each shelf."""
        model = self._model
        if not self._trees:
            self._trees = {
                "lead": make_tree(model, asked.leads),
                "whole": make_tree(model, asked.whole),
                "claim": make_tree(model, asked.claims, left="AH"),
                "tail": make_tree(model, asked.tails),
            }
        self._trees["name"] = make_tree(model, asked.names, left="AH")
        self._senones = needed(list(self._trees.values()), model)
        self._places = {name: np.searchsorted(self._senones, tree.senones) for name, tree in self._trees.items()}
        silent = model.states[model.triphones[model.phones["SIL"], -1, -1, -1]]
        self._silence = np.searchsorted(self._senones, silent)

    def listen(self, sound: Floats, how: Listening) -> list[Candidate]:
        """What may have been said (16 kHz, samples of 32768), the likeliest first."""
        fits = self._fits(sound, how)
        silence = fits[:, self._silence].max(axis=1) - _SILENCE_COST
        before = pauses(silence)
        quiet = before[-1] - before
        untagged = np.full(len(before), -1, np.int32)

        def scores(name: str) -> Floats:
            return np.asarray(fits[:, self._places[name]])

        whole = follow(self._trees["whole"], scores("whole"), before, untagged, quiet, tag_phrases=True)
        lead = follow(self._trees["lead"], scores("lead"), before, untagged, quiet, tag_phrases=True)
        start, tags = entries(lead.exits, lead.exit_tags, silence, _PAUSE_COST)
        start, tags = self._claimed(scores("claim"), start, tags, silence)
        bare = before - _BARE_COST
        tags = np.where(bare > start, -1, tags).astype(np.int32)
        start = np.maximum(bare, start)
        rest, tails = rests(self._trees["tail"], scores("tail"), silence, _TAIL_COST, _PAUSE_COST)
        names = follow(self._trees["name"], scores("name"), start, tags, rest, tag_phrases=True)
        found = [
            Candidate(self._text(int(names.tags[at]), int(at), int(tails[names.ended[at]])), float(names.best[at]))
            for at in np.argsort(-names.best)[:_MOST]
        ]
        found += [
            Candidate(" ".join(self._trees["whole"].phrases[at]), float(whole.best[at]) - _WHOLE_COST)
            for at in np.argsort(-whole.best)[:_MOST]
        ]
        return sorted(found, key=lambda one: -one.score)[:_MOST]

    def _fits(self, sound: Floats, how: Listening) -> Floats:
        """How well each needed senone fits each frame."""
        bands = hear_features.bands(hear_features.spectrum(sound), how.warp)
        cepstra = hear_features.cepstra(bands)
        noise = how.noise * noise_of(bands)
        channel = channel_of(bands, noise, self._model)
        channel[0] += how.level
        model: AcousticModel = amid(self._model, noise, channel, how.spread * spread_of(bands, cepstra))
        return senone_scores(model, hear_features.streams(cepstra, centred=False), self._senones)

    def _claimed(self, scores: Floats, start: Floats, tags: Ints, silence: Floats) -> tuple[Floats, Ints]:
        """From the leads to the names: at once, or over a claim, which the tag then tells."""
        tree, quiet = self._trees["claim"], np.zeros(len(start), np.float32)
        which = follow(tree, scores, start - _CLAIM_COST, tags, quiet, tag_phrases=True)
        led = follow(tree, scores, start - _CLAIM_COST, tags, quiet, tag_phrases=False)
        claimed = np.where(led.exit_tags < 0, led.exit_tags, led.exit_tags + _CLAIMED * (which.exit_tags + 1))
        through, through_tags = entries(led.exits, claimed.astype(np.int32), silence, _PAUSE_COST)
        is_better = through > start
        return np.where(is_better, through, start), np.where(is_better, through_tags, tags).astype(np.int32)

    def _text(self, tag: int, name: int, tail: int) -> str:
        lead = self._trees["lead"].phrases[tag % _CLAIMED] if tag >= 0 else ()
        claim = self._trees["claim"].phrases[tag // _CLAIMED - 1] if tag >= _CLAIMED else ()
        behind = self._trees["tail"].phrases[tail] if tail >= 0 else ()
        return " ".join((*lead, *claim, *self._trees["name"].phrases[name], *behind))
