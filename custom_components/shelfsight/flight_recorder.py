"""The flight recorder: the last questions of an entry as timelines, for bug reports. What happened when, in memory only.

A timeline holds moments and figures: no words, no sound, no pictures, nothing a wearable or a server has said. Only while the
person has switched it on for a bug report, `flight_media.py` keeps those of the newest questions beside it.

All moments are of one clock, that of the event loop, and told in milliseconds since the press, or whatever began the question.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
import time
from typing import Any, Final

from .flight_media import Media
from .sight.frame import Frame

QUESTIONS: Final = 20
QUESTIONS_WITH_MEDIA: Final = 3
# A question makes some forty; guiding a hand for three minutes makes a thousand, of which its begin and its end tell most.
_FIRST_EVENTS, _LAST_EVENTS = 150, 100

type Figure = str | int | float | bool | None


class Beginning(StrEnum):
    """What began a question."""

    PRESS = "press"
    PRESS_AT_HOME = "press_at_home"
    FOLLOW_UP = "follow_up"
    """Nobody pressed: the microphone was open for it."""
    VOICE = "voice"
    """Somebody spoke into an answer."""
    WRITTEN = "written"


class Ended(StrEnum):
    """What became of it."""

    ANSWERED = "answered"
    REASON_TOLD = "reason_told"
    """There was no answer, and the person was told why."""
    NOTHING_ASKED = "nothing_asked"
    STOPPED = "stopped"
    """By a press, by the end of the connection, or by whoever asked in writing."""
    WEARABLE_LEFT = "wearable_left"
    BROKE = "broke"
    """An error in Shelfsight itself."""


class Mark(StrEnum):
    """What can happen in a question."""

    SERVED = "served"
    BUTTON = "button"
    CAPTURE_ASKED = "capture_asked"
    CUE = "cue"
    FIRST_SOUND_IN = "first_sound_in"
    SPEECH = "speech"
    """The person surely speaks."""
    SPEECH_OVER = "speech_over"
    REFUSED = "refused"
    """The wearable could not do it, or was not allowed to."""
    FRAME_TAKEN = "frame_taken"
    FRAME_SENT = "frame_sent"
    QUESTION_SENT = "question_sent"
    SESSION = "session"
    TROUBLE = "trouble"
    ANOTHER_WAY = "another_way"
    FIRST_AUDIO = "first_audio"
    """The answer's first sound came from the server."""
    PLACE = "place"
    INTERRUPTED = "interrupted"
    """By the server."""
    AUDIO_OVER = "audio_over"
    SPEAK = "speak"
    """The first sound went to the wearable: of the answer, or of a phrase."""
    SPOKEN = "spoken"
    """The last one did."""
    PLAYED = "played"
    FLUSH = "flush"
    STEP = "step"
    """A mode that goes on by itself has asked once more."""
    LEFT = "left"
    """The wearable is gone."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Event:
    """A moment in milliseconds since the question began, what happened, and figures of it."""

    at_ms: int
    mark: Mark
    figures: dict[str, Figure]

    def as_dict(self) -> dict[str, Figure]:
        """As it stands in a bug report."""
        return {"ms": self.at_ms, "event": self.mark.value, **self.figures}


class Timeline:
    """One question. Made without arguments it is one that nobody will read, for whatever is done outside of questions.

    `now_s` is the event loop's clock, which is this one (asyncio's documentation of `loop.time`).
    """

    def __init__(
        self,
        beginning: Beginning | None = None,
        mode: str = "",
        began_s: float | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.beginning = beginning
        self.mode = mode
        self.ended: Ended | None = None
        self.media: Media | None = None
        self._now_s = now_s
        now = now_s()
        self._began_s = now if began_s is None else min(began_s, now)
        self.began_at = datetime.now(UTC) - timedelta(seconds=now - self._began_s)
        self._first: list[Event] = []
        self._last: deque[Event] = deque(maxlen=_LAST_EVENTS)
        self._count = 0
        self._seen: set[Mark] = set()
        self._answer_bytes = 0

    def note(self, mark: Mark, **figures: Figure) -> None:
        """Something happens now. Figures are numbers, or words of ours: nothing that anybody has said."""
        event = Event(round((self._now_s() - self._began_s) * 1000), mark, figures)
        self._seen.add(mark)
        self._count += 1
        if len(self._first) < _FIRST_EVENTS:
            self._first.append(event)
        else:
            self._last.append(event)

    def has(self, mark: Mark) -> bool:
        """Whether that has happened."""
        return mark in self._seen

    # --- sound and pictures: of each only that it came, unless they are kept ------------------------------------------

    def heard(self, pcm: bytes) -> None:
        """Sound of the question: s16le mono at 16 kHz."""
        if Mark.FIRST_SOUND_IN not in self._seen:
            self.note(Mark.FIRST_SOUND_IN)
        if self.media is not None:
            self.media.hear(pcm)

    def frame_taken(self, frame: Frame | None, *, counts: bool) -> None:
        """A picture came, None for a damaged one; `counts` False where it was taken too early or too late."""
        if frame is None:
            self.note(Mark.FRAME_TAKEN, damaged=True, counts=counts)
            return
        self.note(
            Mark.FRAME_TAKEN, width=frame.width, height=frame.height, bytes=len(frame.jpeg), counts=counts,
            brightness=round(frame.brightness), sharpness=round(frame.sharpness),
        )  # fmt: skip

    def sent(self, jpeg: bytes) -> None:
        """A picture went up."""
        self.note(Mark.FRAME_SENT, bytes=len(jpeg))
        if self.media is not None:
            self.media.see(jpeg)

    def answered(self, pcm: bytes) -> None:
        """Sound of the answer, from the server: s16le mono at 24 kHz."""
        if Mark.FIRST_AUDIO not in self._seen:
            self.note(Mark.FIRST_AUDIO)
        self._answer_bytes += len(pcm)
        if self.media is not None:
            self.media.say(pcm)

    def audio_over(self) -> None:
        """No more sound of this answer will come."""
        self.note(Mark.AUDIO_OVER, bytes=self._answer_bytes)

    # --- its end ------------------------------------------------------------------------------------------------------

    def end(self, ended: Ended, **figures: Figure) -> None:
        """It is over."""
        self.ended = ended
        self.note(Mark.ENDED, result=ended.value, **figures)

    @property
    def came_to_something(self) -> bool:
        """False for a follow-up that nobody asked: after every answer there is one."""
        if self.beginning is not Beginning.FOLLOW_UP or self.has(Mark.SPEECH):
            return True
        return self.ended not in (Ended.NOTHING_ASKED, Ended.STOPPED, Ended.WEARABLE_LEFT)

    def as_dict(self) -> dict[str, Any]:
        """As it stands in a bug report."""
        kept = [*self._first, *self._last]
        return {
            "began_at": self.began_at.isoformat(timespec="seconds"),
            "began_by": self.beginning and self.beginning.value,
            "mode": self.mode,
            "result": self.ended and self.ended.value,
            "events": [event.as_dict() for event in kept],
            "events_left_out": self._count - len(kept),
        }


class FlightRecorder:
    """The last timelines of one entry, the newest last. It outlives the entry's reloads, and nothing else."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._timelines: deque[Timeline] = deque(maxlen=QUESTIONS)
        self._current = Timeline()
        self._keeps_media = False
        self._day: date | None = None
        self._asked_on_day = 0

    # --- questions ----------------------------------------------------------------------------------------------------

    def begin(
        self, beginning: Beginning, mode: str, began_s: float | None = None, *, uses_wearable: bool = True
    ) -> Timeline:
        """A question begins, or began at `began_s` of the loop's clock; what the wearable does from now on belongs to it."""
        timeline = Timeline(beginning, mode, began_s, self._now_s)
        if self._keeps_media:
            timeline.media = Media()
        self._timelines.append(timeline)
        self._forget_media_of(list(self._timelines)[:-QUESTIONS_WITH_MEDIA])
        if uses_wearable:
            self._current = timeline
        timeline.note(Mark.SERVED)
        return timeline

    def end(self, timeline: Timeline, ended: Ended, **figures: Figure) -> None:
        """It is over; it is kept, unless it came to nothing."""
        timeline.end(ended, **figures)
        if self._current is timeline:
            self._current = Timeline()
        if not timeline.came_to_something and timeline in self._timelines:
            self._timelines.remove(timeline)

    def note(self, mark: Mark, **figures: Figure) -> None:
        """The wearable does something now: it belongs to the question that is being asked, if one is."""
        self._current.note(mark, **figures)

    @property
    def timelines(self) -> list[Timeline]:
        """Those that are kept, the newest last; the last one may still go on."""
        return list(self._timelines)

    # --- how many -----------------------------------------------------------------------------------------------------

    def count(self, day: date) -> None:
        """One more question was asked on this local day."""
        self._asked_on_day = self.asked_on(day) + 1
        self._day = day

    def asked_on(self, day: date) -> int:
        """How many questions were asked on this day, since Home Assistant started."""
        return self._asked_on_day if day == self._day else 0

    # --- words, sound and pictures ------------------------------------------------------------------------------------

    @property
    def keeps_media(self) -> bool:
        """True while words, sound and pictures of the newest questions are kept."""
        return self._keeps_media

    def keep_media(self) -> None:
        """From the next question on keep its words, sound and pictures."""
        self._keeps_media = True

    def forget_media(self) -> None:
        """Keep none from now on, and forget those there are."""
        self._keeps_media = False
        self._forget_media_of(list(self._timelines))

    @staticmethod
    def _forget_media_of(timelines: list[Timeline]) -> None:
        for timeline in timelines:
            timeline.media = None
