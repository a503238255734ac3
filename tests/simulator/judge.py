"""Judges a seed: what the person heard, what was captured, what was left. Pure: what happened in, complaints out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.faults.case import TIMES
from tests.rig import heard as rig_heard
from tests.rig.heard import Sounding

HEARD_WITHIN_S = 1.5
SILENT_AT_MOST_S = 1.5
ENDED_WITHIN_S = 45.0
_SILENT_WITHIN_S = 0.1
_ROUNDING_S = 0.02
# So long a wearable goes on capturing on its own, with nobody to tell it (PROTOCOL.md, section 4).
_SAFETY_STOP_S = 20.2
_STOPS_CAPTURING_WITHIN_S = 0.6
_ON_THE_WAY = {
    "answering",
    "asking_another_way",
    "asking_local",
    "back",
    "battery_low",
    "listening",
    "lost",
    "ready",
    "thinking",
    "trying_again",
}
# What glasses without a voice play by themselves when nobody is left to answer.
_FINAL_CUES = {"lost", "refused"}

type Stretch = tuple[float, float]


@dataclass(slots=True)
class Question:
    """A question as it came about. `pressed_s` is None where nobody pressed; `by_s` is when something else took its place."""

    number: int
    began_s: float
    pressed_s: float | None
    spoken_s: float
    by_s: float | None = None


@dataclass(slots=True)
class Record:
    """All that is known of a seed when it is over."""

    questions: list[Question] = field(default_factory=list)
    heard: list[Sounding] = field(default_factory=list)
    excused: list[Stretch] = field(default_factory=list)
    """When nothing that the home says can reach the person, and the glasses cannot know."""
    off: list[Stretch] = field(default_factory=list)
    """When the glasses had no power."""
    captures: list[Stretch] = field(default_factory=list)
    to_server: list[float] = field(default_factory=list)
    """When sound or a picture came to a Live server."""
    safety_stops: list[float] = field(default_factory=list)
    follow_up_s: float = 0.0
    """So long a question is waited for after an answer, without a press."""
    left: list[str] = field(default_factory=list)
    """What was there that should not be, in words."""
    longest_wait_s: float = 0.0
    """From a press until something was heard; figures that `complaints` fills in."""
    longest_silence_s: float = 0.0
    """From the end of the person's words to the end of a question."""


def end_of(record: Record, question: Question) -> float | None:
    """When a question had ended for the person: an answer, a reason, or that nobody is left to answer; None if never."""
    ends = [at_s for at_s in record.safety_stops if at_s >= question.began_s]
    ends += [from_s for from_s, _ in record.off if from_s >= question.began_s]
    heard = [one for one in record.heard if one.began_s >= question.began_s and one.audible]
    for place, sounding in enumerate(heard):
        if sounding.turn is None:
            if sounding.cue in _FINAL_CUES:
                ends.append(sounding.began_s)
        elif _is_reason(sounding) or _whole_answer(heard[: place + 1], question.number):
            ends.append(sounding.audible[-1][1])
    return min(ends, default=None)


def _whole_answer(heard: Sequence[Sounding], number: int) -> bool:
    """Whether the last soundings are an answer, whole: one whose server was late comes in several pieces."""
    pcm = b""
    for sounding in reversed([one for one in heard if one.turn is not None]):
        pcm = bytes(sounding.pcm) + pcm
        if rig_heard.answers_in(pcm) == [number] * TIMES:
            return True
        if sounding.phrase is not None:
            break
    return False


def _is_reason(sounding: Sounding) -> bool:
    return not sounding.answers and sounding.phrase is not None and sounding.phrase not in _ON_THE_WAY


def complaints(record: Record) -> list[str]:
    """What the person had to bear, and what was left; empty if all was as it should be."""
    found: list[str] = []
    for question in record.questions:
        found += [f"question {question.number}: {complaint}" for complaint in _of_question(record, question)]
    found += _of_captures(record)
    return found + record.left


def _of_question(record: Record, question: Question) -> Iterable[str]:
    audible = sorted(stretch for sounding in record.heard for stretch in sounding.audible)
    if question.pressed_s is not None and not _within(record.off, question.pressed_s):
        after = [from_s for from_s, _ in audible if from_s >= question.pressed_s]
        waited_s = min(after, default=float("inf")) - question.pressed_s
        until_s = min(
            [question.by_s or float("inf"), *(from_s for from_s, _ in record.off if from_s >= question.pressed_s)]
        )
        if until_s > question.pressed_s + waited_s:
            record.longest_wait_s = max(record.longest_wait_s, waited_s)
        if waited_s > HEARD_WITHIN_S and until_s > question.pressed_s + HEARD_WITHIN_S:
            yield f"nothing was heard for {waited_s:.2f} s after the press"
        yield from _went_on(record, question.pressed_s)
    yield from _wrong_answers(record, question)
    end_s = end_of(record, question)
    if question.by_s is not None and (end_s is None or end_s > question.by_s):
        end_s = question.by_s
    elif question.pressed_s is not None and (end_s is None or end_s - question.began_s > ENDED_WITHIN_S):
        yield f"no end within {ENDED_WITHIN_S:g} s"
        return
    if end_s is None:
        return  # spoken without a press: perhaps nobody listened
    if question.pressed_s is not None:
        for from_s, to_s in _silences(audible, record.excused, question.spoken_s, end_s):
            record.longest_silence_s = max(record.longest_silence_s, to_s - from_s)
            if to_s - from_s > SILENT_AT_MOST_S + _ROUNDING_S:
                yield f"silence for {to_s - from_s:.2f} s from {from_s:.2f} on"


def _went_on(record: Record, pressed_s: float) -> Iterable[str]:
    for sounding in record.heard:
        if sounding.turn is not None and sounding.began_s < pressed_s:
            for from_s, to_s in sounding.audible:
                if from_s < pressed_s and to_s > pressed_s + _SILENT_WITHIN_S:
                    yield f"what was said before went on for {to_s - pressed_s:.2f} s after the press"


def _wrong_answers(record: Record, question: Question) -> Iterable[str]:
    """What begins to be said after a question began, and before the next one does, is its answer."""
    until_s = question.by_s if question.by_s is not None else _next_began_s(record, question)
    for sounding in record.heard:
        if question.began_s <= sounding.began_s < until_s and sounding.turn is not None:
            wrong = set(sounding.answers) - {question.number}
            if wrong and question.pressed_s is not None:
                yield f"heard the answer to {sorted(wrong)}"


def _next_began_s(record: Record, question: Question) -> float:
    return min((one.began_s for one in record.questions if one.began_s > question.began_s), default=float("inf"))


def _silences(audible: Sequence[Stretch], excused: Sequence[Stretch], from_s: float, to_s: float) -> list[Stretch]:
    """Stretches without a sound between two moments; what is excused counts as a sound."""
    found: list[Stretch] = []
    at_s = from_s
    for begins_s, ends_s in sorted([*audible, *excused, (to_s, to_s)]):
        if begins_s > at_s:
            found.append((at_s, min(begins_s, to_s)))
        at_s = max(at_s, ends_s)
        if at_s >= to_s:
            break
    return found


def _within(stretches: Iterable[Stretch], at_s: float) -> bool:
    return any(from_s <= at_s <= to_s for from_s, to_s in stretches)


def _of_captures(record: Record) -> Iterable[str]:
    """Nothing is captured but for a question, and nothing is sent to a server either."""
    allowed = []
    for question in record.questions:
        ends = [question.began_s + _SAFETY_STOP_S if (end_s := end_of(record, question)) is None else end_s]
        ends += [one.began_s for one in record.heard if one.began_s > question.began_s and one.answers]
        allowed.append((question.began_s - _ROUNDING_S, min(ends)))
    allowed += _follow_ups(record)
    allowed = [(from_s, to_s + _STOPS_CAPTURING_WITHIN_S) for from_s, to_s in [*allowed, *record.excused]]
    for from_s, to_s in record.captures:
        left = _without((from_s, to_s), allowed)
        if left > _STOPS_CAPTURING_WITHIN_S:
            yield f"captured for {left:.2f} s while nobody asked, from {from_s:.2f} to {to_s:.2f}"
    stray = [at_s for at_s in record.to_server if not _within(allowed, at_s)]
    if stray:
        yield f"{len(stray)} pieces of sound or pictures went to a server while nobody asked, from {stray[0]:.2f} on"


def _follow_ups(record: Record) -> Iterable[Stretch]:
    """After an answer, as soon as the home knows that it is over, one question is waited for without a press."""
    ends = [one.audible[-1][1] for one in record.heard if one.turn is not None and one.phrase is None and one.audible]
    for over_s in ends:
        begins_s = next((from_s for from_s, _ in record.captures if from_s >= over_s), over_s)
        yield over_s, over_s + record.follow_up_s
        yield begins_s, begins_s + record.follow_up_s


def _without(stretch: Stretch, others: Iterable[Stretch]) -> float:
    """How much of a stretch lies in none of the others."""
    at_s, to_s = stretch
    left_s = 0.0
    for begins_s, ends_s in sorted(others):
        if begins_s >= to_s:
            break
        left_s += max(0.0, begins_s - at_s)
        at_s = max(at_s, ends_s)
    return left_s + max(0.0, to_s - at_s)
