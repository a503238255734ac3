"""What came of a question, as values that the rest of the integration shows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .flight_recorder import Mark, Timeline
from .live.accounts import Usage, cost_of_bills
from .live.events import Heard, Interrupted, Reported, Said, Sound, SoundOver, TurnEvent, TurnOver, Wrote
from .sight.frame import Frame
from .spatial import PLACE_KEYS, PlaceReport, is_nothing

# Far beyond any honest answer; what is longer is somebody's mistake and is cut.
_TEXT_LIMIT = 2000


@dataclass(slots=True)
class Outcome:
    """What came of a question; filled as it goes. Times are seconds of the loop's clock, None until they happened."""

    mode: str = "find"
    asked: str = ""
    answer: str = ""
    written: str = ""
    """What came as text instead of sound."""
    place: PlaceReport | None = None
    phrase: str | None = None
    """The spoken reason, where there is no answer."""
    silent: bool = False
    """Nothing came of it that anybody heard: it is paid for, and neither kept as the last answer nor told to anybody."""
    source: str | None = None
    bills: dict[str | None, Usage] = field(default_factory=dict)
    """Tokens by the model that took them; None is whatever costs nothing."""
    tries: int = 0
    frames_sent: int = 0
    frame_bytes_sent: int = 0
    frame: Frame | None = field(default=None, repr=False)
    """The picture the answer is about."""
    press_to_sound_ms: int | None = None
    """From the press to the first microphone message."""
    speech_ms: int | None = None
    speech_ended_s: float | None = None
    first_sound_s: float | None = None
    question_sent_s: float | None = None
    timeline: Timeline = field(default_factory=Timeline, repr=False, compare=False)
    """What happened when, for bug reports; that of a question which is no part of another one is kept."""

    def note(self, event: TurnEvent, model: str | None) -> None:
        """Keep what an event of the answer tells; `model` is whose prices hold for the turn, None where it costs nothing."""
        match event:
            case Sound(pcm):
                self.timeline.answered(pcm)
            case SoundOver():
                self.timeline.audio_over()
            case Interrupted():
                self.timeline.note(Mark.INTERRUPTED)
            case Heard(text):
                self.asked = (self.asked + text)[:_TEXT_LIMIT]
            case Said(text):
                self.answer = (self.answer + text)[:_TEXT_LIMIT]
            case Wrote(text):
                self.written = (self.written + text)[:_TEXT_LIMIT]
            case Reported(place):
                self.place = place
                self.timeline.note(Mark.PLACE)
            case TurnOver(usage):
                self.pay(model, usage)

    def pay(self, model: str | None, usage: Usage) -> None:
        """A model took so many tokens for this question; None for one that costs nothing."""
        if usage.total:
            self.bills[model] = self.bills.get(model, Usage()) + usage

    @property
    def usage(self) -> Usage:
        """All tokens, whoever took them."""
        return sum(self.bills.values(), Usage())

    def forget_answer(self) -> None:
        """The question is asked again: what came of the try before does not belong to the new one."""
        self.answer = self.written = ""
        self.place = None

    def waited_s(self, now_s: float) -> float:
        """How long the person has waited since the question was complete; 0 while it is not."""
        ended_s = self.speech_ended_s if self.speech_ended_s is not None else self.question_sent_s
        return max(0.0, now_s - ended_s) if ended_s is not None else 0.0

    @property
    def is_nothing(self) -> bool:
        """True when the model had nothing to say and said so."""
        return is_nothing(self.answer or self.written)

    @property
    def cost_usd(self) -> float | None:
        """An estimate; None where a price is not known, or nothing is to be paid."""
        return cost_of_bills(self.bills, datetime.now(UTC).date())

    @property
    def first_audio_ms(self) -> int | None:
        """From the end of speech (or a written question's sending) to the first sound of the answer."""
        began = self.speech_ended_s if self.speech_ended_s is not None else self.question_sent_s
        if self.first_sound_s is None or began is None:
            return None
        return round((self.first_sound_s - began) * 1000)

    def as_response(self) -> dict[str, Any]:
        """The response of `shelfsight.ask`: all keys are always there, null where unknown."""
        place = self.place.as_dict() if self.place is not None else dict.fromkeys(PLACE_KEYS)
        return {
            "answer": self.answer,
            **place,
            "frame_age_ms": self.frame_age_ms,
            "first_audio_ms": self.first_audio_ms,
            "source": self.source,
            "tokens": self.usage.total or None,
        }

    @property
    def frame_age_ms(self) -> int | None:
        """How old the picture was when the question was complete."""
        if self.frame is None or self.question_sent_s is None:
            return None
        return max(0, round((self.question_sent_s - self.frame.received_s) * 1000))
