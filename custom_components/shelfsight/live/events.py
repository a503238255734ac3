"""What a session tells about a turn, as small typed values, and where one turn's events end and the next one's begin."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..spatial import PlaceReport
from .accounts import Usage

if TYPE_CHECKING:
    from google.genai import types

OUTPUT_HZ = 24_000


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of what the model understood the person to say."""

    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of the answer's transcript."""

    text: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """A piece of the answer that came as text instead of sound."""

    text: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of the answer: s16le mono PCM at 24 kHz."""

    pcm: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reported:
    """The model reported a place."""

    place: PlaceReport


@dataclass(frozen=True, slots=True)
class SoundOver:
    """All of the answer's sound has come; `turnComplete` may follow seconds later."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The server stopped answering: somebody spoke, or it thought so."""


@dataclass(frozen=True, slots=True)
class TurnOver:
    """The turn is complete. `usage` is what the server counted for it, nothing where it did not say."""

    usage: Usage
    reason: str | None


type TurnEvent = Heard | Said | Wrote | Sound | Reported | SoundOver | Interrupted | TurnOver


def content_events(content: types.LiveServerContent, usage: Usage) -> list[TurnEvent]:
    """The events in one server frame, in the order in which they count.

    Every part of a frame is read; thoughts are left out: they are never spoken or shown.
    """
    events: list[TurnEvent] = []
    if content.input_transcription and content.input_transcription.text:
        events.append(Heard(content.input_transcription.text))
    if content.output_transcription and content.output_transcription.text:
        events.append(Said(content.output_transcription.text))
    for part in (content.model_turn.parts or []) if content.model_turn else []:
        if part.thought:
            continue
        if part.text:
            events.append(Wrote(part.text))
        blob = part.inline_data
        if blob is None or not blob.data:
            continue
        if (blob.mime_type or "").startswith("audio/pcm") and len(blob.data) % 2 == 0:
            events.append(Sound(blob.data))
    if content.interrupted:
        events.append(Interrupted())
    if content.generation_complete:
        events.append(SoundOver())
    if content.turn_complete:
        reason = content.turn_complete_reason
        events.append(TurnOver(usage, reason.value if reason is not None else None))
    return events


class TurnBoundary:
    """Keeps a late end of the turn before from being taken for this one's.

    A session starts a turn while the one before may still be going: its sound may be interrupted, and its `turnComplete`
    may come seconds late. Until that is seen, nothing belongs to the new turn, except what comes after the old one's
    sound was over.
    """

    def __init__(self) -> None:
        self._open = False  # a turn was begun and is not complete
        self._sound_over = False
        self._owed = False  # the turn before still owes its end
        self._owed_sound_over = False

    @property
    def open(self) -> bool:
        """True while a turn that was begun is not complete."""
        return self._open or self._owed

    def begin(self) -> None:
        """A new turn begins."""
        if self._open:
            self._owed = True
            self._owed_sound_over = self._sound_over
        self._open = True
        self._sound_over = False

    def mine(self, event: TurnEvent) -> bool:
        """True when an event belongs to the turn that was begun last."""
        if self._owed:
            match event:
                case TurnOver():
                    self._owed = False
                    return False
                case Interrupted() | SoundOver():
                    self._owed_sound_over = True
                    return False
                case _ if not self._owed_sound_over:
                    return False
            self._owed = False  # new content: the old end will not come any more
        if isinstance(event, SoundOver | Interrupted):
            self._sound_over = True
        if isinstance(event, TurnOver):
            self._open = False
        return True
