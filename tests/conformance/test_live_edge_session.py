"""The check of incoming frames within a real session: the SDK, a TLS WebSocket, and a server that sends what it should not."""

import homeassistant  # noqa: F401  before google.genai: it decides which httpx there is

# isort: split
import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
import json
import logging
from pathlib import Path
from typing import Any

from google.genai import errors, live, types
import pytest
from websockets.asyncio.server import ServerConnection, serve

from custom_components.shelfsight.live.edge import BAD_IN_A_ROW
from custom_components.shelfsight.live.faults import Trouble
from custom_components.shelfsight.live.sdk_errors import sort
from local_live.certificate import load_or_make, now_utc
from tests.conformance.scripted_https import KEY, client_of

PCM = base64.b64encode(b"\1\0\2\0").decode()
SOUND = {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": PCM}}]}}}
OVER = {"serverContent": {"turnComplete": True}, "usageMetadata": {"totalTokenCount": 9}}

type Script = Callable[[ServerConnection], Awaitable[None]]


async def send(connection: ServerConnection, *frames: Any) -> None:
    for frame in frames:
        await connection.send(frame if isinstance(frame, bytes | str) else json.dumps(frame).encode())


@asynccontextmanager
async def session_after(folder: Path, *first: Any, script: Script) -> AsyncIterator[live.AsyncSession]:
    """A session with a server that sends `first` in answer to the setup, and then follows the script."""

    async def play(connection: ServerConnection) -> None:
        await connection.recv()
        await send(connection, *first)
        await script(connection)
        await connection.wait_closed()

    identity = await asyncio.to_thread(load_or_make, folder, now_utc())
    async with serve(play, "127.0.0.1", 0, ssl=identity.context(), max_size=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        client = await asyncio.to_thread(client_of, port, identity.certificate_path.read_text())
        try:
            async with client.aio.live.connect(
                model="gemini-3.8-live", config={"response_modalities": ["AUDIO"]}
            ) as sdk:
                yield sdk
        finally:
            await client.aio.aclose()


def sending(*frames: Any) -> Script:
    async def script(connection: ServerConnection) -> None:
        await send(connection, *frames)

    return script


async def turn_of(sdk: live.AsyncSession) -> list[types.LiveServerMessage]:
    async with asyncio.timeout(10):
        return [message async for message in sdk.receive()]


WRONG: dict[str, Any] = {
    "an unknown frame": {"surprise": {"a": 1}},
    "an unknown field": {"serverContent": {"mood": "fine"}},
    "text that is no JSON": "hello",
    "bytes that are no text": b"\xff\xfe\xfd",
    "an empty frame": b"",
    "a list": [1],
    "nothing": {"serverContent": None},
    "a text for an object": {"serverContent": "done"},
    "an object for a text": {"serverContent": {"outputTranscription": {"text": {"a": 1}}}},
    "half a surrogate pair": {"serverContent": {"outputTranscription": {"text": "\ud800"}}},
    "wrong base64": {
        "serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm", "data": "A A"}}]}}
    },
    "sound at another rate": {
        "serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=8000", "data": PCM}}]}}
    },
    "a megabyte of text": {"serverContent": {"outputTranscription": {"text": "a" * 2**20}}},
    "four megabytes of text": {"serverContent": {"outputTranscription": {"text": "a" * 2**22}}},
    "a thousand levels": b'{"toolCall":' + b"[" * 1000 + b"]" * 1000 + b"}",
    "a million digits": b'{"usageMetadata":{"totalTokenCount":' + b"9" * 10**6 + b"}}",
    "not a number": b'{"usageMetadata":{"totalTokenCount":NaN}}',
}


@pytest.mark.parametrize("frame", WRONG.values(), ids=WRONG)
async def test_the_session_goes_on_after_a_frame_that_should_not_come(
    tmp_path: Path, frame: Any, caplog: pytest.LogCaptureFixture
) -> None:
    script = sending(SOUND, frame, frame, SOUND, OVER, SOUND, OVER)
    with caplog.at_level(logging.WARNING, "custom_components.shelfsight.live.edge"):
        async with session_after(tmp_path, {"setupComplete": {}}, script=script) as sdk:
            first, second = await turn_of(sdk), await turn_of(sdk)
    assert [message.data for message in first if message.data] == [b"\1\0\2\0"] * 2
    assert [message.data for message in second if message.data] == [b"\1\0\2\0"]
    assert second[-1].usage_metadata is not None and second[-1].usage_metadata.total_token_count == 9
    assert len(caplog.messages) == 1, "one line for one kind of fault, however often it comes"
    assert caplog.messages[0].startswith("Left out of what the Live server sent: ")
    assert len(caplog.messages[0]) < 200


async def test_every_kind_of_wrong_frame_in_one_session_is_named_once_and_the_turn_is_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    script = sending(*[one for frame in WRONG.values() for one in (frame, SOUND)], OVER)
    async with session_after(tmp_path, {"setupComplete": {}}, script=script) as sdk:
        turn = await turn_of(sdk)
    assert sum(bool(message.data) for message in turn) == len(WRONG)
    named = [message for message in caplog.messages if message.startswith("Left out")]
    assert len(named) == len(set(named)) > 8


async def test_the_session_is_open_only_when_the_setup_is_complete(tmp_path: Path) -> None:
    before = ({"sessionResumptionUpdate": {"resumable": False}}, "hello", {"serverContent": {}})
    script = sending(OVER)
    async with session_after(tmp_path, *before, {"setupComplete": {"sessionId": "7"}}, script=script) as sdk:
        assert sdk.setup_complete is not None and sdk.session_id == "7"
        assert (await turn_of(sdk))[-1].server_content is not None


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        ({"code": 429, "status": "RESOURCE_EXHAUSTED", "message": f"Quota of {KEY} exceeded"}, Trouble.QUOTA),
        ({"code": 400, "status": "INVALID_ARGUMENT", "message": f"API key {KEY} not valid"}, Trouble.KEY_REFUSED),
        ({"code": 400, "status": "INVALID_ARGUMENT", "message": "Unknown name"}, Trouble.BAD_REQUEST),
    ],
    ids=["quota", "key", "bad request"],
)
@pytest.mark.parametrize("at_setup", [True, False], ids=["at setup", "within a turn"])
async def test_an_error_as_a_frame_ends_the_session_as_what_it_is(
    tmp_path: Path, error: dict[str, Any], trouble: Trouble, at_setup: bool, caplog: pytest.LogCaptureFixture
) -> None:
    frame = {"error": error}
    first = frame if at_setup else {"setupComplete": {}}
    with pytest.raises(errors.APIError) as caught:
        async with session_after(tmp_path, first, script=sending(SOUND, frame)) as sdk:
            await turn_of(sdk)
    assert caught.value.code == error["code"]
    assert sort(caught.value).trouble is trouble
    assert KEY not in f"{caught.value!s}{caught.value!r}{sort(caught.value)}{caplog.text}"


async def test_a_flood_of_frames_without_use_ends_the_session(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bad = [{f"surprise{number}": 1} for number in range(BAD_IN_A_ROW + 1)]
    with pytest.raises(ValueError, match="in a row") as caught:
        async with session_after(tmp_path, {"setupComplete": {}}, script=sending(*bad)) as sdk:
            await turn_of(sdk)
    assert sort(caught.value).trouble is Trouble.BAD_REQUEST
    assert len([line for line in caplog.messages if line.startswith("Left out")]) == 50, "nor does it fill the log"


async def test_as_many_bad_frames_with_good_ones_between_end_nothing(tmp_path: Path) -> None:
    frames = [one for _ in range(3) for one in (*(["bad"] * BAD_IN_A_ROW), SOUND)]
    async with session_after(tmp_path, {"setupComplete": {}}, script=sending(*frames, OVER)) as sdk:
        assert sum(bool(message.data) for message in await turn_of(sdk)) == 3


async def test_frames_of_which_a_field_is_new_end_nothing_however_many_come(tmp_path: Path) -> None:
    new = {"serverContent": {**SOUND["serverContent"], "mood": "fine"}}
    async with session_after(tmp_path, {"setupComplete": {}}, script=sending(*[new] * 300, OVER)) as sdk:
        assert sum(bool(message.data) for message in await turn_of(sdk)) == 300


async def test_bad_frames_that_wait_already_leave_others_their_turn(tmp_path: Path) -> None:
    async def script(connection: ServerConnection) -> None:
        await send(connection, *["bad"] * BAD_IN_A_ROW, OVER)

    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    async with session_after(tmp_path, {"setupComplete": {}}, script=script) as sdk:
        ticking = asyncio.create_task(tick())
        await turn_of(sdk)
        ticking.cancel()
    assert ticks > BAD_IN_A_ROW / 2


async def test_a_close_is_what_it_was_without_the_check(tmp_path: Path) -> None:
    async def script(connection: ServerConnection) -> None:
        await connection.close(1011, "quota exceeded")

    with pytest.raises(errors.APIError) as caught:
        async with session_after(tmp_path, {"setupComplete": {}}, script=script) as sdk:
            await turn_of(sdk)
    assert (caught.value.code, caught.value.details) == (1011, "quota exceeded")


async def test_a_receiver_that_is_cancelled_loses_no_frame(tmp_path: Path) -> None:
    go_on = asyncio.Event()

    async def script(connection: ServerConnection) -> None:
        await go_on.wait()
        await send(connection, "bad", SOUND, OVER)

    async with session_after(tmp_path, {"setupComplete": {}}, script=script) as sdk:
        waiting = asyncio.create_task(turn_of(sdk))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        go_on.set()
        assert sum(bool(message.data) for message in await turn_of(sdk)) == 1
