"""The link's messages as typed values, both ways. Pure: bytes and texts in, values out.

Limits, names and layout are those of firmware_bridge/PROTOCOL.md; its vectors are this file's tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import json
import struct
from typing import Any

from .fields import (
    LinkProtocolError,
    parse_object,
    read_flag,
    read_hex,
    read_identifier,
    read_number,
    read_object,
    read_text,
)
from .proof import KEY_BYTES, NONCE_BYTES

PROTOCOL = 1
UNPROVEN_LIMIT_BYTES = 4096
TEXT_LIMIT_BYTES = 16384
MICROPHONE_LIMIT_BYTES = 2048
PICTURE_PART_LIMIT_BYTES = 4096
PICTURE_LIMIT_BYTES = 2 * 1024 * 1024
SPEAKER_LIMIT_BYTES = 4096

STREAM_MICROPHONE = 1
STREAM_PICTURE = 2
STREAM_SPEAKER = 3

_HEADER = struct.Struct(">BBHI")
_PART = struct.Struct(">II")
BINARY_LIMIT_BYTES = _HEADER.size + _PART.size + PICTURE_PART_LIMIT_BYTES

_U32 = 0xFFFFFFFF


# --- wearable to home -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CameraAbility:
    """What the camera can do; sizes as (width, height), largest first."""

    sizes: tuple[tuple[int, int], ...]
    rate_hz: float


@dataclass(frozen=True, slots=True)
class SpeakerAbility:
    """What the speaker can do."""

    rate_hz: int
    buffer_ms: int


@dataclass(frozen=True, slots=True)
class Hello:
    """Who is there, and what it can do."""

    wearable_id: str
    protocol: int
    nonce: bytes
    proof: bytes
    name: str
    model: str
    firmware: str
    camera: CameraAbility | None
    microphone_hz: int | None
    speaker: SpeakerAbility | None
    echo_cancellation: bool


class ButtonAction(StrEnum):
    """What the person did with the button."""

    PRESS = "press"
    RELEASE = "release"
    DOUBLE = "double"
    LONG = "long"


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
    """How the wearable is; None is unknown."""

    battery_percent: int | None
    charging: bool | None
    rssi_dbm: int | None
    free_bytes: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Something the wearable could not do."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class MicrophoneChunk:
    """s16le mono PCM at the microphone's rate; `time_ms` on the wearable's clock."""

    sequence: int
    time_ms: int
    pcm: bytes


@dataclass(frozen=True, slots=True)
class PicturePart:
    """One part of a JPEG, from `offset`, of `total` bytes; `time_ms` is when the picture was taken."""

    sequence: int
    time_ms: int
    offset: int
    total: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of a type this version does not know: counted and ignored."""

    type: str


type FromWearable = Button | Played | State | Refused | MicrophoneChunk | PicturePart | Unknown


def parse_hello(text: str) -> Hello:
    """The only message an unproven wearable may send.

    Raises:
        LinkProtocolError: it is anything else.
    """
    message = parse_object(text, UNPROVEN_LIMIT_BYTES)
    if message["type"] != "hello":
        raise LinkProtocolError("the first message is not hello")
    microphone = read_object(message, "microphone")
    speaker = read_object(message, "speaker")
    return Hello(
        wearable_id=read_identifier(message, "id"),
        protocol=read_number(message, "protocol", 0, 1_000_000),
        nonce=read_hex(message, "nonce", NONCE_BYTES),
        proof=read_hex(message, "proof", KEY_BYTES),
        name=read_text(message, "name", 40),
        model=read_text(message, "model", 40, ""),
        firmware=read_text(message, "firmware", 40, ""),
        camera=_camera(read_object(message, "camera")),
        microphone_hz=None if microphone is None else read_number(microphone, "rate_hz", 8000, 48000),
        speaker=None
        if speaker is None
        else SpeakerAbility(
            rate_hz=read_number(speaker, "rate_hz", 8000, 48000),
            buffer_ms=read_number(speaker, "buffer_ms", 100, 10_000),
        ),
        echo_cancellation=read_flag(message, "echo_cancellation", default=False),
    )


def _camera(ability: Mapping[str, Any] | None) -> CameraAbility | None:
    if ability is None:
        return None
    sizes = ability.get("sizes")
    if not isinstance(sizes, list) or not 1 <= len(sizes) <= 16:
        raise LinkProtocolError("camera.sizes is not a list of 1 to 16 sizes")
    checked: list[tuple[int, int]] = []
    for size in sizes:
        if not isinstance(size, list) or len(size) != 2:
            raise LinkProtocolError("camera.sizes holds something that is not [width, height]")
        width, height = (read_number({"size": side}, "size", 16, 10_000) for side in size)
        checked.append((width, height))
    rate = ability.get("rate_hz", 1)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 120:
        raise LinkProtocolError("camera.rate_hz is not a rate up to 120")
    return CameraAbility(tuple(checked), float(rate))


def parse_text(text: str) -> FromWearable:
    """A text message of a proven wearable.

    Raises:
        LinkProtocolError: too long, not JSON, or a field has the wrong type or size.
    """
    message = parse_object(text, TEXT_LIMIT_BYTES)
    match message["type"]:
        case "button":
            event = read_text(message, "event", 20)
            if event not in ButtonAction:
                return Unknown(f"button {event}")
            return Button(
                ButtonAction(event), read_number(message, "press", 0, _U32), read_number(message, "time_ms", 0, _U32)
            )
        case "played":
            return Played(
                turn=read_number(message, "turn", 0, _U32),
                position_ms=read_number(message, "position_ms", 0, _U32),
                done=read_flag(message, "done", default=False),
            )
        case "state":
            return State(
                battery_percent=_optional_number(message, "battery_percent", 0, 100),
                charging=read_flag(message, "charging") if message.get("charging") is not None else None,
                rssi_dbm=_optional_number(message, "rssi_dbm", -200, 20),
                free_bytes=_optional_number(message, "free_bytes", 0, 2**53),
            )
        case "refused":
            return Refused(read_text(message, "what", 40), read_text(message, "reason", 200, ""))
        case other:
            return Unknown(other[:40])


def _optional_number(message: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    return None if message.get(name) is None else read_number(message, name, low, high)


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


# --- home to wearable -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Video:
    """Pictures to send: at most this size in pixels, this often, at this JPEG quality (1 to 95)."""

    width: int
    height: int
    rate_hz: float
    quality: int

    def as_dict(self) -> dict[str, Any]:
        """The form on the wire."""
        return {"width": self.width, "height": self.height, "rate_hz": self.rate_hz, "quality": self.quality}


@dataclass(frozen=True, slots=True)
class Capture:
    """What the wearable shall send from now on; `still` asks for one picture at once (its rate is ignored)."""

    press: int
    audio: bool
    video: Video | None
    still: Video | None = None


def challenge(nonce: bytes) -> str:
    """The home's first message."""
    return _dump(type="challenge", protocol=PROTOCOL, nonce=nonce.hex())


def welcome(proof: bytes, home_name: str, settings: Mapping[str, Any]) -> str:
    """The home's proof and the settings."""
    return _dump(type="welcome", protocol=PROTOCOL, proof=proof.hex(), home=home_name, settings=dict(settings))


def capture(what: Capture) -> str:
    """Ask for sound and pictures, or for nothing."""
    still = what.still and {"width": what.still.width, "height": what.still.height, "quality": what.still.quality}
    return _dump(
        type="capture", press=what.press, audio=what.audio, video=what.video and what.video.as_dict(), still=still
    )


def cue(name: str) -> str:
    """Play a sound that is built in."""
    return _dump(type="cue", name=name)


def speak(turn: int, rate_hz: int) -> str:
    """An answer begins."""
    return _dump(type="speak", turn=turn, rate_hz=rate_hz)


def spoken(turn: int) -> str:
    """All of the answer has been sent."""
    return _dump(type="spoken", turn=turn)


def flush() -> str:
    """Throw away what is not yet played."""
    return _dump(type="flush")


def bye(reason: str) -> str:
    """The home is about to close."""
    return _dump(type="bye", reason=reason)


def speaker_chunk(sequence: int, position_ms: int, pcm: bytes) -> bytes:
    """A part of an answer: s16le mono PCM, whose first sample stands at `position_ms` of the answer."""
    if len(pcm) > SPEAKER_LIMIT_BYTES or len(pcm) % 2:
        raise ValueError("speaker chunk of a wrong size")
    return _HEADER.pack(STREAM_SPEAKER, 0, sequence & 0xFFFF, position_ms & _U32) + pcm


def _dump(**message: Any) -> str:
    return json.dumps(message, separators=(",", ":"))
