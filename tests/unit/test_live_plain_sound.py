"""Frames that hold nothing but an answer's sound are read past the SDK, to the same sound; no other frame is."""

import homeassistant  # noqa: F401  before google.genai: it decides which httpx there is

# isort: split
import base64
import json
from typing import Any

from google.genai import types
import pytest

from custom_components.shelfsight.live.accounts import Usage
from custom_components.shelfsight.live.edge import check
from custom_components.shelfsight.live.events import Sound, content_events
from custom_components.shelfsight.live.plain_sound import plain_sound

PCM = bytes(range(256)) * 2 + b"\xfb\xff"  # its base64 has characters in which the two alphabets differ


def part(data: str | None = None, kind: str = "audio/pcm;rate=24000", **more: Any) -> dict[str, Any]:
    blob = {"mimeType": kind, "data": base64.b64encode(PCM).decode() if data is None else data}
    return {"inlineData": blob, **more}


def frame(*parts: Any, turn: dict[str, Any] | None = None, content: Any = None, message: Any = None) -> bytes:
    said = {"modelTurn": {"parts": list(parts), **(turn or {})}, **(content or {})}
    return json.dumps({"serverContent": said, **(message or {})}).encode()


def by_the_sdk(raw: bytes) -> list[bytes]:
    """The sound of what the edge leaves of a frame, in the SDK's own types."""
    checked = check(raw).frame
    content = types.LiveServerMessage.model_validate_json(checked).server_content if checked is not None else None
    return [event.pcm for event in content_events(content, Usage()) if isinstance(event, Sound)] if content else []


@pytest.mark.parametrize(
    "raw",
    [
        frame(part()),
        frame(part(), part(base64.b64encode(b"ab").decode())),
        frame(part(kind="audio/pcm")),
        frame(part("YWI")),  # without its filling
        frame(part(base64.urlsafe_b64encode(PCM).decode()), turn={"role": "model"}),
    ],
)
def test_plain_sound_is_the_sound_that_the_sdk_would_give(raw: bytes) -> None:
    assert plain_sound(raw) == by_the_sdk(raw)
    assert plain_sound(raw)


@pytest.mark.parametrize(
    "raw",
    [
        frame(part(), content={"turnComplete": True}),
        frame(part(), content={"outputTranscription": {"text": "Third shelf"}}),
        frame(part(), message={"usageMetadata": {"totalTokenCount": 5}}),
        frame(part(), message={"goAway": {"timeLeft": "5s"}}),
        frame(part(), turn={"role": "user"}),
        frame(part(thought=True)),
        frame(part(text="a word")),
        frame(part(), {"text": "a word"}),
        frame(part(kind="audio/pcm;rate=16000")),
        frame(part(kind="image/jpeg")),
        frame(part("")),
        frame(part("YQ==")),  # half a sample
        frame(part("no base64!")),
        frame(part(), None),
        frame(),
        b'{"setupComplete": {}}',
        b'{"serverContent": {"modelTurn": {"parts": "none"}}}',
        b"[]",
        b"{",
        b"\xff",
        b'{"serverContent": ' * 100_000,
    ],
)
def test_every_other_frame_goes_the_whole_way(raw: bytes) -> None:
    assert plain_sound(raw) is None
