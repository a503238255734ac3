"""What a proven wearable says, as typed values: bytes and texts in, values out (PROTOCOL.md, sections 2 and 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import struct
from typing import Any, NamedTuple

from .fields import LinkProtocolError, parse_object, read_flag, read_number, read_text
from .limits import (
    MICROPHONE_LIMIT_BYTES,
    PICTURE_LIMIT_BYTES,
    PICTURE_PART_LIMIT_BYTES,
    STREAM_MICROPHONE,
    STREAM_PICTURE,
    TEXT_LIMIT_BYTES,
)

_HEADER = struct.Struct(">BBHI")  # stream, flags, sequence, time_ms
_PART = struct.Struct(">II")  # offset, total
BINARY_LIMIT_BYTES = _HEADER.size + _PART.size + PICTURE_PART_LIMIT_BYTES

_U32 = 0xFFFFFFFF


class ButtonAction(StrEnum):
    """What the person did with the button; `hold` and `long` come while it is still down."""

    PRESS = "press"
    RELEASE = "release"
    DOUBLE = "double"
    HOLD = "hold"
    LONG = "long"
    STOP = "stop"
    """Not of a button alone: nothing is to be said any more, and nothing asked."""


@dataclass(frozen=True, slots=True)
class Button:
    """A press of the button or what became of it; `press` counts presses since power on."""

    action: ButtonAction
    press: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class Played:
    """How much of an answer was heard."""

    turn: int
    position_ms: int
    done: bool


@dataclass(frozen=True, slots=True)
class State:
    """How the wearable is; None is unknown, or, for `privacy`, that it has no such switch."""

    battery_percent: int | None
    charging: bool | None
    rssi_dbm: int | None
    free_bytes: int | None
    privacy: bool | None = None


class RefusalCode(StrEnum):
    """Why a wearable could not do something."""

    MISSING = "missing"
    """It has no such part."""
    FAILED = "failed"
    """It has, but it did not work; also what is said of codes this version does not know."""
    PRIVACY = "privacy"
    """Its person does not want it now."""
    UNKNOWN = "unknown"
    """It does not know what that is."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Something the wearable could not do; `reason` is for the log."""

    what: str
    reason: str
    code: RefusalCode = RefusalCode.FAILED


class MicrophoneChunk(NamedTuple):
    """s16le mono PCM at the microphone's rate; `time_ms` on the wearable's clock."""

    sequence: int
    time_ms: int
    pcm: bytes


class PicturePart(NamedTuple):
    """One part of a JPEG, from `offset`, of `total` bytes; `time_ms` is when the picture was taken."""

    sequence: int
    time_ms: int
    offset: int
    total: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Ping:
    """Is the home there? Of a wearable that cannot send WebSocket pings; `number` comes back."""

    number: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of a type this version does not know: counted and ignored."""

    type: str


type FromWearable = Button | Played | State | Refused | Ping | MicrophoneChunk | PicturePart | Unknown


def parse_text(text: str) -> FromWearable:
    """A text message of a proven wearable.

    Raises:
        LinkProtocolError: too long, not JSON, or a field has the wrong type or size.
    """
    message = parse_object(text, TEXT_LIMIT_BYTES)
    match message["type"]:
        case "button":
            return _button(message)
        case "played":
            return Played(
                turn=read_number(message, "turn", 0, _U32),
                position_ms=read_number(message, "position_ms", 0, _U32),
                done=read_flag(message, "done", default=False),
            )
        case "state":
            return State(
                battery_percent=_optional_number(message, "battery_percent", 0, 100),
                charging=_optional_flag(message, "charging"),
                rssi_dbm=_optional_number(message, "rssi_dbm", -200, 20),
                free_bytes=_optional_number(message, "free_bytes", 0, 2**53),
                privacy=_optional_flag(message, "privacy"),
            )
        case "refused":
            return Refused(read_text(message, "what", 40), read_text(message, "reason", 200, ""), _code(message))
        case "ping":
            return Ping(read_number(message, "number", 0, _U32))
        case other:
            return Unknown(other[:40])


def _button(message: Mapping[str, Any]) -> Button | Unknown:
    event = read_text(message, "event", 20)
    if event not in ButtonAction:
        return Unknown(f"button {event}")
    return Button(ButtonAction(event), read_number(message, "press", 0, _U32), read_number(message, "time_ms", 0, _U32))


def _code(message: Mapping[str, Any]) -> RefusalCode:
    code = read_text(message, "code", 20, RefusalCode.FAILED)
    return RefusalCode(code) if code in RefusalCode else RefusalCode.FAILED


def _optional_number(message: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    return None if message.get(name) is None else read_number(message, name, low, high)


def _optional_flag(message: Mapping[str, Any], name: str) -> bool | None:
    return None if message.get(name) is None else read_flag(message, name)


def parse_binary(data: bytes) -> FromWearable:
    """A binary message of a proven wearable.

    Raises:
        LinkProtocolError: its size or place does not fit the protocol.
    """
    if len(data) < _HEADER.size:
        raise LinkProtocolError("binary message shorter than its header")
    stream, _flags, sequence, time_ms = _HEADER.unpack_from(data)
    if stream == STREAM_MICROPHONE:
        pcm = data[_HEADER.size :]
        if not 0 < len(pcm) <= MICROPHONE_LIMIT_BYTES or len(pcm) % 2:
            raise LinkProtocolError("microphone message of a wrong size")
        return MicrophoneChunk(sequence, time_ms, pcm)
    if stream == STREAM_PICTURE:
        if len(data) < _HEADER.size + _PART.size:
            raise LinkProtocolError("picture message shorter than its header")
        offset, total = _PART.unpack_from(data, _HEADER.size)
        part = data[_HEADER.size + _PART.size :]
        if not 0 < len(part) <= PICTURE_PART_LIMIT_BYTES:
            raise LinkProtocolError("picture part of a wrong size")
        if not 0 < total <= PICTURE_LIMIT_BYTES or offset + len(part) > total:
            raise LinkProtocolError("picture part outside its picture")
        return PicturePart(sequence, time_ms, offset, total, part)
    return Unknown(f"stream {stream}")
