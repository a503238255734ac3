"""What the home says to a wearable: values in, texts and bytes out (PROTOCOL.md, sections 3 and 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
import json
import struct
from typing import Any

from .limits import HOME_NAME_LIMIT, OLDEST_PROTOCOL, PROTOCOL, SPEAKER_LIMIT_BYTES, STREAM_SPEAKER, fitting_urls

_HEADER = struct.Struct(">BBHI")  # stream, flags, sequence, time_ms


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


@dataclass(frozen=True, slots=True)
class FromPress:
    """What a wearable sends from a press on, by itself."""

    audio: bool
    video: Video | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a wearable shall behave; what is None stays as it is there.

    `volume` is 0 to 100; `privacy` true: it captures nothing, whatever its own switch says; `urls` are where it finds
    this home (those over the protocol's limits are left out); `language` is that of its phrases, as BCP 47 writes it.
    """

    from_press: FromPress | None = None
    cues: bool | None = None
    led: bool | None = None
    volume: int | None = None
    privacy: bool | None = None
    urls: tuple[str, ...] | None = None
    language: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The form on the wire."""
        named: dict[str, Any] = {
            "cues": self.cues,
            "led": self.led,
            "volume": self.volume,
            "privacy": self.privacy,
            "urls": fitting_urls(list(self.urls or ())) or None,
            "language": self.language,
        }
        if self.from_press is not None:
            video = self.from_press.video
            named["capture"] = {"audio": self.from_press.audio, "video": video and video.as_dict()}
        return {name: value for name, value in named.items() if value is not None}


def challenge(nonce: bytes) -> str:
    """The home's first message, with the versions it speaks."""
    return _dump(type="challenge", protocol=PROTOCOL, oldest=OLDEST_PROTOCOL, nonce=nonce.hex())


def welcome(proof: bytes, home_name: str, settings: Mapping[str, Any], version: int = PROTOCOL) -> str:
    """The home's proof and all settings (`Settings.as_dict`), in the version that `hello` named."""
    return _dump(
        type="welcome",
        protocol=version,
        proof=proof.hex(),
        home=home_name[:HOME_NAME_LIMIT],
        settings=dict(settings),
    )


def settings(change: Mapping[str, Any]) -> str:
    """Settings that changed (`Settings.as_dict`); what is not named stays."""
    return _dump(type="settings", settings=dict(change))


def capture(what: Capture) -> str:
    """Ask for sound and pictures, or for nothing."""
    still = what.still and {"width": what.still.width, "height": what.still.height, "quality": what.still.quality}
    return _dump(
        type="capture", press=what.press, audio=what.audio, video=what.video and what.video.as_dict(), still=still
    )


def cue(name: str) -> str:
    """Play a sound that is built in."""
    return _dump(type="cue", name=name)


def speak(turn: int, rate_hz: int, press: int) -> str:
    """An answer begins; ``press`` is the newest that was seen on this connection, 0 before the first."""
    return _dump(type="speak", turn=turn, rate_hz=rate_hz, press=press)


def spoken(turn: int) -> str:
    """All of the answer has been sent."""
    return _dump(type="spoken", turn=turn)


def flush() -> str:
    """Throw away what is not yet played."""
    return _dump(type="flush")


def pong(number: int) -> str:
    """The answer to a ping in a text message."""
    return _dump(type="pong", number=number)


def bye(reason: str) -> str:
    """The home is about to close; with `version` it says which versions it speaks."""
    if reason == "version":
        return _dump(type="bye", reason=reason, protocol=PROTOCOL, oldest=OLDEST_PROTOCOL)
    return _dump(type="bye", reason=reason)


def speaker_chunk(sequence: int, position_ms: int, pcm: bytes) -> bytes:
    """A part of an answer: s16le mono PCM, whose first sample stands at `position_ms` of the answer."""
    if len(pcm) > SPEAKER_LIMIT_BYTES or len(pcm) % 2:
        raise ValueError("speaker chunk of a wrong size")
    return _HEADER.pack(STREAM_SPEAKER, 0, sequence & 0xFFFF, position_ms & 0xFFFFFFFF) + pcm


def _dump(**message: Any) -> str:
    return json.dumps(message, separators=(",", ":"))
