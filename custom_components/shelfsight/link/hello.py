"""`hello`: who dials, what proves it, and, once that is proven, what it can do (PROTOCOL.md, section 3). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .fields import (
    LinkProtocolError,
    parse_object,
    read_flag,
    read_hex,
    read_identifier,
    read_number,
    read_object,
    read_rate,
    read_text,
)
from .limits import UNPROVEN_LIMIT_BYTES
from .proof import KEY_BYTES, NONCE_BYTES


@dataclass(frozen=True, slots=True)
class Claim:
    """Who an unproven wearable says it is. These fields have this form in every version of the protocol."""

    wearable_id: str
    protocol: int
    nonce: bytes
    proof: bytes


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
    buttons: int = 1
    battery: bool = False
    led: bool = False
    privacy_switch: bool = False


def parse_claim(text: str) -> Claim:
    """What is read of `hello` before its proof is checked, whatever its version.

    Raises:
        LinkProtocolError: it is no `hello`, or over the limit of the unproven.
    """
    return _claim(_hello(text))


def parse_hello(text: str) -> Hello:
    """The whole of a `hello` of a version this home speaks; to be read once its claim is proven.

    Raises:
        LinkProtocolError: it is anything else.
    """
    message = _hello(text)
    claim = _claim(message)
    microphone = read_object(message, "microphone")
    return Hello(
        wearable_id=claim.wearable_id,
        protocol=claim.protocol,
        nonce=claim.nonce,
        proof=claim.proof,
        name=read_text(message, "name", 40),
        model=read_text(message, "model", 40, ""),
        firmware=read_text(message, "firmware", 40, ""),
        camera=_camera(read_object(message, "camera")),
        microphone_hz=None if microphone is None else read_number(microphone, "rate_hz", 8000, 48000),
        speaker=_speaker(read_object(message, "speaker")),
        echo_cancellation=read_flag(message, "echo_cancellation", default=False),
        buttons=read_number(message, "buttons", 0, 16, 1),
        battery=read_flag(message, "battery", default=False),
        led=read_flag(message, "led", default=False),
        privacy_switch=read_flag(message, "privacy", default=False),
    )


def _hello(text: str) -> dict[str, Any]:
    message = parse_object(text, UNPROVEN_LIMIT_BYTES)
    if message["type"] != "hello":
        raise LinkProtocolError("the first message is not hello")
    return message


def _claim(message: Mapping[str, Any]) -> Claim:
    return Claim(
        wearable_id=read_identifier(message, "id"),
        protocol=read_number(message, "protocol", 0, 1_000_000),
        nonce=read_hex(message, "nonce", NONCE_BYTES),
        proof=read_hex(message, "proof", KEY_BYTES),
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
    return CameraAbility(tuple(checked), read_rate(ability, "rate_hz", 120, 1.0))


def _speaker(ability: Mapping[str, Any] | None) -> SpeakerAbility | None:
    if ability is None:
        return None
    return SpeakerAbility(
        rate_hz=read_number(ability, "rate_hz", 8000, 48000),
        buffer_ms=read_number(ability, "buffer_ms", 100, 10_000),
    )
