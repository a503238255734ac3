"""How well the ears hear: spoken questions about drawn shelves whose map is made from the truth, without a picture and its reading.

A question counts as understood where the kind, the thing and the shelf that were heard are the ones asked; asking back and
hearing nothing are no understanding, but nothing wrong either. Two parts: what the ears may be tuned with, and what is held
out of that: other voices, speeds, noises, shelves and ways to ask.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
import json
from pathlib import Path
from random import Random
import sys
import time
from typing import Any, Final

import numpy as np

from drawn_shelves.camera import stand
from drawn_shelves.difficulty import KNOBS, middle, missing_twins, scene
from drawn_shelves.scene import plan
from drawn_shelves.truth import Product, Truth, tell
from evaluation.drawn import questions_about
from evaluation.reporting import interval, percentile
from evaluation.speaking import HELD_OUT_MANNERS, MANNERS, Manner, aloud
from local_live.reading.asking import understand
from local_live.reading.ears import Ears, Heard, meaning
from local_live.reading.finding import SAFETY
from local_live.reading.labels import Label
from local_live.reading.listening_process import ListeningError
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.words import Word

_A_SHELF: Final = 18
"""Questions about one shelf."""

_OTHERWISE: Final = 4
"""One question of so many is of another kind than those of `evaluation.drawn`."""

_KINDS: Final = (
    "how much is the {}", "how much does the {} cost", "what is next to the {}", "what is left of the {}",
    "how many {} are there", "read the label of the {}", "which is cheaper the {} or the {}", "what do you see",
    "what is on the {nth} shelf", "how many shelves are there", "what else is there",
)  # fmt: skip
_HELD_OUT_KINDS: Final = (
    "what is the price of the {}", "how much are the {}", "what is beside the {}", "what is right of the {}",
    "how many {} do you see", "what does the {} say", "is the {} cheaper than the {}", "what can you see",
    "read the {nth} shelf", "how many shelves are there", "anything else",
)  # fmt: skip
_HELD_OUT_ASKS: Final = (
    "where can I find the {}", "please find the {}", "do you have {}", "can you see the {}", "I need the {}",
    "show me the {}", "where's the {}",
)  # fmt: skip
_NTH: Final = ("first", "second", "third", "top", "bottom")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A question, about what, by whom, and the seed of the noise."""

    ask: str
    shelf_map: ShelfMap
    how: Manner
    noise_seed: int


@dataclass(frozen=True, slots=True)
class Result:
    """What was heard of a question, and how long the listening took after its last word."""

    spoken: Spoken
    heard: Heard
    listening_ms: float

    @property
    def outcome(self) -> str:
        """'right', 'asked back', 'nothing', 'wrong', or 'claim': wrong in a word on which somebody's health may hang."""
        if not self.heard.text:
            return "nothing"
        if self.heard.doubtful:
            return "asked back"
        asked, heard = understand(self.spoken.ask), understand(self.heard.text)
        if meaning(asked) == meaning(heard):
            return "right"
        return "claim" if (set(asked.thing) ^ set(heard.thing)) & SAFETY else "wrong"


def spoken_questions(questions: int, seed: int, *, held_out: bool) -> Iterator[Spoken]:
    """So many questions, each manner in turn; the same for the same seed."""
    manners = HELD_OUT_MANNERS if held_out else MANNERS
    rng = Random(f"{seed} {'held out' if held_out else 'tuned'} hearing")
    asks: list[tuple[str, ShelfMap]] = []
    number = 0
    while len(asks) < questions:
        asks += _about(rng, seed * 1000 + number + (500 if held_out else 0), held_out=held_out)
        number += 1
    for number, (ask, shelf_map) in enumerate(asks[:questions]):
        voice, speed = manners[number % len(manners)]
        yield Spoken(ask, shelf_map, Manner(voice, speed, far_voices=int(held_out)), rng.randrange(1_000_000))


def _about(rng: Random, seed: int, *, held_out: bool) -> list[tuple[str, ShelfMap]]:
    """Questions about one drawn shelf, every difficulty at its middle setting."""
    drawn = scene(seed, middle() | {"shelves": rng.choice(KNOBS["shelves"].settings)})
    truth = tell(drawn, plan(drawn), stand(drawn).inverse())
    shelf_map = map_of(truth)
    asks = [case.ask for case in questions_about(seed, truth, int(KNOBS["twins"].middle))]
    asks += [_otherwise(rng, truth, _HELD_OUT_KINDS if held_out else _KINDS) for _ in range(len(asks) // _OTHERWISE)]
    if held_out:
        names = [product.name.lower() for product in truth.products]
        missing = [name for name, _ in missing_twins(seed, int(KNOBS["twins"].middle))]
        asks += [rng.choice(_HELD_OUT_ASKS).format(rng.choice([*names, *missing])) for _ in range(len(asks) // 2)]
    rng.shuffle(asks)
    return [(ask, shelf_map) for ask in asks[:_A_SHELF]]


def _otherwise(rng: Random, truth: Truth, kinds: tuple[str, ...]) -> str:
    names = [product.name.lower() for product in truth.products]
    return rng.choice(kinds).format(*rng.sample(names, 2), nth=rng.choice(_NTH))


def map_of(truth: Truth) -> ShelfMap:
    """What a perfect reading of a drawn shelf would give: a label for each pack, with all that is printed on it."""
    words: list[Word] = []
    labels: list[Label] = []
    for product in truth.products:
        for facing in range(product.facings):
            label = _label(product, truth, facing, line=len(labels))
            labels.append(label)
            words += label.words
    return ShelfMap(np.zeros((truth.height_px, truth.width_px, 3), np.uint8), tuple(words), None, tuple(labels), ())


def _label(product: Product, truth: Truth, facing: int, line: int) -> Label:
    top, left, bottom, right = (
        part * side / 1000
        for part, side in zip(product.box, (truth.height_px, truth.width_px) * 2, strict=True)
    )  # fmt: skip
    wide = (right - left) / product.facings
    left += facing * wide
    texts = product.label.split()
    step = wide / len(texts)
    words = tuple(
        Word(text, left + at * step, top, left + (at + 0.9) * step, bottom, 1.0, line) for at, text in enumerate(texts)
    )
    return Label(words, product.shelf, left, top, left + wide, bottom)


def listen(questions: Sequence[Spoken], ears: Ears, progress: Callable[[Result], None]) -> list[Result]:
    """Have the ears hear each question. The grammar of a shelf is made before, as it is when a person asks again."""
    results = []
    for spoken in questions:
        pcm = aloud(spoken.ask, spoken.how, spoken.noise_seed)
        ears.prepare(spoken.shelf_map)
        begun_s = time.perf_counter()
        heard = ears.hear(pcm, spoken.shelf_map)
        results.append(Result(spoken, heard, 1000 * (time.perf_counter() - begun_s)))
        progress(results[-1])
    return results


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """The figures, by voice, speed and kind as well, and every question with what was heard of it."""
    times = sorted(round(one.listening_ms) for one in results)
    return {
        **_figures(results),
        "listening_ms": {"p50": percentile(times, 50), "p95": percentile(times, 95)},
        "by_voice": _by(results, lambda one: one.spoken.how.voice),
        "by_speed": _by(results, lambda one: str(one.spoken.how.words_per_minute)),
        "by_kind": _by(results, lambda one: understand(one.spoken.ask).kind.value),
        "details": [
            {
                "ask": one.spoken.ask,
                "voice": one.spoken.how.voice,
                "words_per_minute": one.spoken.how.words_per_minute,
                "heard": one.heard.text,
                "other": one.heard.other,
                "outcome": one.outcome,
                "listening_ms": round(one.listening_ms),
            }
            for one in results
        ],
    }


def _by(results: Sequence[Result], name: Callable[[Result], str]) -> dict[str, dict[str, int]]:
    return {
        each: _figures([one for one in results if name(one) == each]) for each in sorted({name(one) for one in results})
    }


def _figures(results: Sequence[Result]) -> dict[str, int]:
    outcomes = [one.outcome for one in results]
    return {
        "questions": len(outcomes),
        "understood": outcomes.count("right"),
        "asked_back": outcomes.count("asked back"),
        "nothing": outcomes.count("nothing"),
        "wrong": outcomes.count("wrong") + outcomes.count("claim"),
        "wrong_claims": outcomes.count("claim"),
    }


def table(results: Sequence[Result]) -> str:
    """What was not understood, then the figures."""
    lines = [
        f"{one.outcome:<10} {one.spoken.how.voice:<15} {one.spoken.how.words_per_minute} {one.spoken.ask:<44} "
        f"{one.heard.text}{f' | {one.heard.other}' if one.heard.other else ''}"
        for one in results
        if one.outcome != "right"
    ]
    report = as_json(results)
    for title in ("by_voice", "by_speed", "by_kind"):
        lines += ["", *(_line(name, figures) for name, figures in report[title].items())]
    low, high = interval(report["understood"], len(results))
    times = report["listening_ms"]
    lines += ["", f"{_line('all', report)}  (95 %: {100 * low:.1f} to {100 * high:.1f})"]
    lines.append(f"listening after the last word: p50 {times['p50']} ms, p95 {times['p95']} ms")
    return "\n".join(lines)


def _line(name: str, figures: dict[str, Any]) -> str:
    of = figures["questions"]
    return (
        f"{name:<16} {figures['understood']:>4} of {of:<4} understood {100 * figures['understood'] / max(1, of):5.1f} %, "
        f"{figures['asked_back']} asked back, {figures['nothing']} nothing, {figures['wrong']} wrong, "
        f"{figures['wrong_claims']} of them in a claim"
    )


def hear(questions: int, seed: int, report: Path | None, *, held_out: bool) -> int:
    """Run the command: measure, print, write the report; returns the exit status."""
    ears = Ears()
    try:
        results = listen(list(spoken_questions(questions, seed, held_out=held_out)), ears, _tell)
    except ListeningError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        ears.close()
    sys.stdout.write(f"{table(results)}\n")
    if report:
        report.write_text(json.dumps(as_json(results), indent=1) + "\n")
    return 0


def _tell(result: Result) -> None:
    sys.stderr.write("." if result.outcome == "right" else result.outcome[0])
