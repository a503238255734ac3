"""Who has the floor: realtime input in, beginnings and ends of turns out. Pure.

Turns end by the client's markers where automatic detection is disabled, else by silence. Which of the two is settled by
the setup; the wrong kind of message for it is refused, as Gemini does.

| state | by markers      | by silence                      | next  | gives                            |
| ----- | --------------- | ------------------------------- | ----- | -------------------------------- |
| idle  | `ActivityStart` | speech begins                   | open  | `Began`                          |
| idle  | sound           | silence                         | idle  | nothing; by markers it is lost   |
| idle  | text: kept      | text                            | idle  | by silence `Began` and the `Turn` |
| open  | `ActivityEnd`   | silence, `SoundEnd`, text       | idle  | the `Turn`                       |
"""

from dataclasses import dataclass
from typing import Final

from local_live.refusal import invalid
from local_live.setup import Detection
from local_live.speech_gate import MAX_SOUND_S, RATE_HZ, Ended, SpeechGate
from local_live.wire import ActivityEnd, ActivityStart, Sound, SoundEnd, Typed

_MAX_SOUND_BYTES: Final = MAX_SOUND_S * RATE_HZ * 2
_MAX_TEXT_CHARACTERS: Final = 16_384


@dataclass(frozen=True, slots=True)
class Began:
    """The person begins to speak."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the person said: sound (s16le mono at 16 kHz, at most 60 s) or, where there is any, text."""

    pcm: bytes = b""
    text: str = ""


type Event = Began | Turn


class Listener:
    """Finds the turns of one session."""

    def __init__(self, detection: Detection, *, stream_end_ends_turn: bool) -> None:
        """Begin idle. ``stream_end_ends_turn``: whether this model heeds `SoundEnd`."""
        self._by_markers = detection.disabled
        self._stream_end_ends_turn = stream_end_ends_turn
        self._gate = SpeechGate(detection.silence_ms, detection.prefix_ms, eager=detection.eager_start)
        self._marked = False
        self._sound = bytearray()
        self._text = ""

    @property
    def open(self) -> bool:
        """Whether the person is in the middle of a turn."""
        return self._marked or self._gate.in_speech

    def take(self, message: Sound | Typed | ActivityStart | ActivityEnd | SoundEnd) -> list[Event]:
        """Take the next message; returns what it brought about, in order.

        Raises:
            RefusalError: 1007, a marker while automatic detection is on.
        """
        match message:
            case ActivityStart() | ActivityEnd() if not self._by_markers:
                raise invalid(
                    "Explicit activity control is not supported when automatic activity detection is enabled."
                )
            case ActivityStart():
                return self._start()
            case ActivityEnd():
                return self._end()
            case Sound(pcm):
                return self._hear(pcm)
            case Typed(text):
                return self._read(text)
            case SoundEnd():
                ended = self._gate.end() if self._stream_end_ends_turn and not self._by_markers else None
                return [Turn(ended.pcm)] if ended else []

    def _start(self) -> list[Event]:
        if self._marked:  # said twice: the turn goes on
            return []
        self._marked = True
        self._sound.clear()
        return [Began()]

    def _end(self) -> list[Event]:
        if not self._marked:  # an end without a beginning: nothing was said
            return []
        self._marked = False
        turn = Turn(bytes(self._sound[: len(self._sound) // 2 * 2]), self._text)
        self._sound.clear()
        self._text = ""
        return [turn]

    def _hear(self, pcm: bytes) -> list[Event]:
        if self._by_markers:
            if self._marked:
                self._sound += pcm
                excess = max(0, len(self._sound) - _MAX_SOUND_BYTES)
                del self._sound[: excess + excess % 2]  # the oldest goes, in whole samples
            return []
        return [Turn(event.pcm) if isinstance(event, Ended) else Began() for event in self._gate.feed(pcm)]

    def _read(self, text: str) -> list[Event]:
        if not text.strip():  # sent by clients that only want to move the model to answer what it has
            return []
        joined = f"{self._text} {text}".strip()[-_MAX_TEXT_CHARACTERS:]
        if self._by_markers:
            self._text = joined
            return []
        began: list[Event] = [] if self._gate.in_speech else [Began()]
        self._gate.end()
        return [*began, Turn(text=joined)]
