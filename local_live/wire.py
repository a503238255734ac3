"""What a client may send after its setup: text frames in, frozen values out.

The grammar is Gemini's ``BidiGenerateContentClientMessage``. ``realtimeInput`` carries exactly one thing; its sound is
``audio/pcm;rate=16000`` and nothing else, because Gemini closes on every other spelling. What the session makes of a
message, and when it may come, is not decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import json
from typing import Final, cast

from local_live.fields import Fields, camel, names, unknown_name
from local_live.refusal import RefusalError, invalid
from local_live.setup import CONTENT_NAMES, PART_NAMES, Setup, parse_setup

SOUND_TYPE: Final = "audio/pcm;rate=16000"
PICTURE_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
_BLOB_NAMES: Final = names("data", "mimeType", "displayName")
_REALTIME_NAMES: Final = names("audio", "video", "text", "activityStart", "activityEnd", "audioStreamEnd")
_RESPONSE_NAMES: Final = names("id", "name", "response", "scheduling", "willContinue", "parts")


@dataclass(frozen=True, slots=True)
class Sound:
    """Microphone sound as it streams: s16le mono at 16 kHz; a chunk may end in the middle of a sample."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """One encoded picture."""

    encoded: bytes


@dataclass(frozen=True, slots=True)
class Typed:
    """Text written into the stream."""

    text: str


@dataclass(frozen=True, slots=True)
class ActivityStart:
    """The person begins, says the client."""


@dataclass(frozen=True, slots=True)
class ActivityEnd:
    """The person has finished, says the client."""


@dataclass(frozen=True, slots=True)
class SoundEnd:
    """The microphone was closed."""


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of a conversation as written down: who ("user" or "model"), and its parts in order."""

    role: str
    parts: tuple[Typed | Picture | Sound, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """Conversation handed over in writing; ``turn_complete`` asks for an answer."""

    turns: tuple[Said, ...]
    turn_complete: bool


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a function returned, by the id of its call; ``scheduling`` is "" where the client named none."""

    call_id: str
    name: str
    scheduling: str
    response: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ToolAnswers:
    """What the client's functions returned."""

    answers: tuple[ToolAnswer, ...]


type RealtimeInput = Sound | Picture | Typed | ActivityStart | ActivityEnd | SoundEnd
type ClientMessage = Setup | Content | ToolAnswers | RealtimeInput


def parse(frame: str | bytes) -> ClientMessage:
    """Read one frame; text and binary frames are the same to Gemini.

    Raises:
        RefusalError: 1007, naming what is wrong.
    """
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError) as error:  # ValueError: no JSON, or no UTF-8
        raise invalid("Invalid JSON payload received. Parsing failed.") from error
    if not isinstance(message, dict) or len(message) != 1:
        raise invalid("A message must hold exactly one of setup, client_content, realtime_input and tool_response.")
    written, value = cast(tuple[str, object], next(iter(message.items())))
    match camel(written):
        case "setup":
            return parse_setup(value)
        case "clientContent":
            return _content(Fields(value, "client_content", names("turns", "turnComplete")))
        case "realtimeInput":
            return _realtime_input(value)
        case "toolResponse":
            return _tool_answers(Fields(value, "tool_response", names("functionResponses")))
    raise unknown_name(written, "")


def _realtime_input(value: object) -> RealtimeInput:
    if isinstance(value, dict) and ("mediaChunks" in value or "media_chunks" in value):
        raise invalid("realtime_input.media_chunks is deprecated. Use audio, video, or text instead.")
    fields = Fields(value, "realtime_input", _REALTIME_NAMES)
    held = list(fields)
    if len(held) != 1:
        raise invalid(f"realtime_input must hold exactly one of its fields, found {len(held)}: {', '.join(held)}")
    match held[0]:
        case "audio":
            return Sound(_blob(fields, "audio", frozenset({SOUND_TYPE})))
        case "video":
            return Picture(_blob(fields, "video", PICTURE_TYPES))
        case "text":
            return Typed(fields.text("text") or "")
        case "activityStart":
            fields.child("activityStart", ())
            return ActivityStart()
        case "activityEnd":
            fields.child("activityEnd", ())
            return ActivityEnd()
    if not fields.flag("audioStreamEnd"):
        raise invalid("Invalid value at 'realtime_input.audio_stream_end' (TYPE_BOOL), only true means something")
    return SoundEnd()


def _blob(fields: Fields, name: str, types: frozenset[str]) -> bytes:
    blob = fields.child(name, _BLOB_NAMES)
    written = (blob.text("mimeType") if blob else None) or ""
    data = blob.data("data") if blob else None
    if written.lower() not in types:
        raise invalid(f"Unsupported MIME type '{written[:40]}' at '{fields.path}.{name}', use {min(types)}")
    if not data:
        raise invalid(f"Invalid value at '{fields.path}.{name}.data' (TYPE_BYTES), it is empty")
    return data


def _content(fields: Fields) -> Content:
    turns = []
    for turn in fields.children("turns", CONTENT_NAMES):
        role = turn.text("role") or "user"
        if role not in {"user", "model"}:
            raise invalid(f"Invalid value at '{turn.path}.role', please use a valid role: user, model.")
        parts = [read for part in turn.children("parts", PART_NAMES) if (read := _part(part)) is not None]
        turns.append(Said(role, tuple(parts)))
    return Content(tuple(turns), turn_complete=bool(fields.flag("turnComplete")))


def _part(part: Fields) -> Typed | Picture | Sound | None:
    """Read what this server can use of a part: text, a picture, sound; old function calls and thoughts are left out."""
    if part.flag("thought"):
        return None
    if "inlineData" not in part:
        return Typed(text) if (text := part.text("text")) else None
    encoded = _blob(part, "inlineData", PICTURE_TYPES | {SOUND_TYPE})
    blob = part.child("inlineData", _BLOB_NAMES)
    is_sound = blob is not None and (blob.text("mimeType") or "").lower() == SOUND_TYPE
    return Sound(encoded) if is_sound else Picture(encoded)


def _tool_answers(fields: Fields) -> ToolAnswers:
    answers = []
    for answer in fields.children("functionResponses", _RESPONSE_NAMES):
        response = answer.raw("response")
        if response is not None and not isinstance(response, dict):
            raise RefusalError(1007, f"Invalid value at '{answer.path}.response', it must be an object")
        # Both places are in use: a field of the answer (SDK), and a key of the response (Gemini's guide).
        scheduling = answer.text("scheduling") or (response or {}).get("scheduling")
        answers.append(
            ToolAnswer(
                call_id=answer.text("id") or "",
                name=answer.text("name") or "",
                scheduling=scheduling if isinstance(scheduling, str) else "",
                response=response or {},
            )
        )
    return ToolAnswers(tuple(answers))
