"""What a client is told to do, and what it tells of it: the JSON between the tests and the foreign programs.

An errand is one conversation in one session. ``sound`` is the path of a WAV file (s16le mono, 16 kHz), None where the
question is written; ``picture`` the path of a JPEG, None where the view is still the one before. A program prints::

    {"client": "its name and versions", "turns": [{"heard", "said", "sound_bytes", "sound_types", "calls", "events",
     "first_sound_ms"}, ...]}

with the events in the order in which they came, repeats left out: ``inputTranscription``, ``toolCall``, ``toolResponse``
(the client's own), ``toolCallCancellation``, ``sound``, ``interrupted``, ``generation_complete``, ``turn_complete``.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
import json
from pathlib import Path
from typing import Any, Final

REPORT_PLACE: Final = {
    "name": "report_place",
    "description": "Report where the thing stands that was asked for.",
    "parameters": {
        "type": "object",
        "properties": {
            "found": {"type": "boolean"},
            "item": {"type": "string"},
            "shelf": {"type": "integer"},
            "shelf_count": {"type": "integer"},
            "price": {"type": "string"},
            "box": {"type": "array", "items": {"type": "integer"}},
        },
        "required": ["found"],
    },
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One turn of a conversation."""

    text: str
    sound: str | None
    picture: str | None


@dataclass(frozen=True, slots=True)
class Errand:
    """One conversation: where, with which model, and what is asked. ``function`` is offered to the model."""

    base_url: str
    key: str
    model: str
    by_markers: bool
    function: dict[str, Any] | None
    turns: tuple[Asked, ...]

    def write(self, path: Path) -> None:
        """Write it as the JSON that the programs read."""
        path.write_text(json.dumps(asdict(self)))


@dataclass(frozen=True, slots=True)
class Told:
    """What a client tells of one turn; ``first_sound_ms`` counts from the end of the question."""

    heard: str
    said: str
    sound_bytes: int
    sound_types: Sequence[str]
    calls: Sequence[dict[str, Any]]
    events: Sequence[str]
    first_sound_ms: int | None


def read_report(line: str) -> tuple[str, tuple[Told, ...]]:
    """Read a program's line: who the client is, and its turns."""
    report = json.loads(line)
    return report["client"], tuple(Told(**turn) for turn in report["turns"])
