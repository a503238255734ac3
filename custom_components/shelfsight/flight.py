"""What became of a question, told to the flight recorder however it ends."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import sys
from typing import TYPE_CHECKING

from .ear import HomePress, Press
from .flight_recorder import Beginning, Ended, Figure, FlightRecorder, Mark
from .link.connection import LinkClosedError
from .options import told_mode
from .outcome import Outcome
from .triggers import FollowUp, Question

if TYPE_CHECKING:
    from .live.session import LiveSession  # it brings the SDK along, which takes long to import


@contextmanager
def recorded(recorder: FlightRecorder, question: Question, outcome: Outcome) -> Iterator[None]:
    """Keep the timeline of this question while the context lasts; `outcome` carries it through the house."""
    began_s = question.at_s if isinstance(question, Press) else None
    outcome.timeline = recorder.begin(_beginning(question), told_mode(outcome.mode), began_s)
    with _ending(recorder, outcome):
        yield


@contextmanager
def _ending(recorder: FlightRecorder, outcome: Outcome) -> Iterator[None]:
    """End a timeline that has begun with what the context comes to."""
    ended = Ended.BROKE
    try:
        yield
        ended = _result(outcome)
    except asyncio.CancelledError:
        ended = Ended.STOPPED
        raise
    except LinkClosedError:
        ended = Ended.WEARABLE_LEFT
        raise
    finally:
        if (media := outcome.timeline.media) is not None:
            media.read(outcome.asked, outcome.answer or outcome.written)
        broken_by = type(sys.exception()).__name__ if ended is Ended.BROKE else None
        recorder.end(outcome.timeline, ended, error=broken_by, **_figures(outcome))


@contextmanager
def recorded_in_writing(recorder: FlightRecorder, outcome: Outcome) -> Iterator[None]:
    """The same for a question about a picture, of which no wearable knows."""
    outcome.timeline = recorder.begin(Beginning.WRITTEN, told_mode(outcome.mode), uses_wearable=False)
    with _ending(recorder, outcome):
        yield


def step(timeline_of: Outcome, outcome: Outcome) -> None:
    """A mode that goes on by itself has asked once more: that belongs to the question which began it."""
    timeline_of.timeline.note(Mark.STEP, silent=outcome.silent, **_figures(outcome))


def session_kind(session: LiveSession) -> str:
    """How a question came by its session; to be asked before its turn begins."""
    if session.turns_begun:
        return "reused"
    return "resumed" if session.terms.handle else "opened"


def _beginning(question: Question) -> Beginning:
    match question:
        case Press():
            return Beginning.PRESS
        case HomePress():
            return Beginning.PRESS_AT_HOME
        case FollowUp(ear=None):
            return Beginning.FOLLOW_UP
        case FollowUp():
            return Beginning.VOICE
        case _:
            return Beginning.WRITTEN


def _result(outcome: Outcome) -> Ended:
    if outcome.phrase is not None:
        return Ended.REASON_TOLD
    return Ended.NOTHING_ASKED if outcome.silent else Ended.ANSWERED


def _figures(outcome: Outcome) -> dict[str, Figure]:
    return {
        "reason": outcome.phrase,
        "tries": outcome.tries,
        "frames_sent": outcome.frames_sent,
        "first_audio_ms": outcome.first_audio_ms,
        "speech_ms": outcome.speech_ms,
        "tokens": outcome.usage.total,
    }
