"""What goes past the SDK is what the SDK would have sent."""

import homeassistant  # noqa: F401  before google.genai: it decides which httpx there is

# isort: split
import base64
import json
from typing import Any

from google import genai
from google.genai import live, types
import pytest

from custom_components.shelfsight.live.upstream import picture_frame, sound_frame
from local_live import wire

SOUND = bytes(range(256)) * 2 + b"\xfb\xff"  # its base64 has characters in which the two alphabets differ


class Noting:
    """The SDK's socket."""

    def __init__(self) -> None:
        self.frame = ""

    async def send(self, frame: str) -> None:
        self.frame = frame


async def by_the_sdk(**one: types.Blob) -> Any:
    socket = Noting()
    client = genai.Client(api_key="none", vertexai=False)
    await live.AsyncSession(api_client=client._api_client, websocket=socket).send_realtime_input(**one)  # type: ignore[arg-type]
    return json.loads(socket.frame)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 640, 514])
async def test_sound_goes_up_as_the_sdk_would_write_it(size: int) -> None:
    pcm = SOUND[:size]
    said, expected = (
        json.loads(sound_frame(pcm)),
        await by_the_sdk(audio=types.Blob(data=pcm, mime_type="audio/pcm;rate=16000")),
    )
    assert base64.b64decode(said["realtime_input"]["audio"].pop("data"), validate=True) == pcm
    assert base64.urlsafe_b64decode(expected["realtime_input"]["audio"].pop("data")) == pcm
    assert said == expected


async def test_a_picture_goes_up_as_the_sdk_would_write_it() -> None:
    said, expected = (
        json.loads(picture_frame(SOUND)),
        await by_the_sdk(video=types.Blob(data=SOUND, mime_type="image/jpeg")),
    )
    assert base64.b64decode(said["realtime_input"]["video"].pop("data"), validate=True) == SOUND
    assert base64.urlsafe_b64decode(expected["realtime_input"]["video"].pop("data")) == SOUND
    assert said == expected


def test_a_live_server_takes_both() -> None:
    assert wire.parse(sound_frame(SOUND)) == wire.Sound(SOUND)
    assert wire.parse(picture_frame(SOUND)) == wire.Picture(SOUND)
