"""What the server refuses, spoken to over a raw WebSocket in both dialects: always a close code and a reason."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.local_live.server_parts import (
    BY_MARKERS,
    DEFAULT_MODEL,
    MODEL_25,
    MODEL_31,
    PATH,
    Brains,
    hear_turn,
    pinned,
    raw,
    running,
    say,
    set_up,
    setup_message,
    written,
)

SOUND = base64.b64encode(bytes(3200)).decode()
PICTURE = base64.b64encode(b"\xff\xd8\xff a picture").decode()
TYPE = "audio/pcm;rate=16000"
THINKING_38 = "gemini-3.8-live-extended-thinking"


async def closing(connection: ClientConnection) -> tuple[int | None, str]:
    """Read until the server closes; say with what."""
    with pytest.raises(ConnectionClosed) as closed:
        await asyncio.wait_for(connection.recv(), 5)
    assert closed.value.rcvd is not None, "the server closed without a close frame"
    return closed.value.rcvd.code, closed.value.rcvd.reason


def realtime(**fields: Any) -> dict[str, Any]:
    return {"realtimeInput": fields}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("{", "Parsing failed"),
        ("[]", "exactly one"),
        ("{}", "exactly one"),
        ("null", "exactly one"),
        ("[" * 100_000, "Parsing failed"),
        (b"\xff\xfe", "Parsing failed"),
        ({"setup": {}, "clientContent": {}}, "exactly one"),
        ({"hello": {}}, '"hello"'),
        (setup_message(), "only once"),
        (realtime(), "exactly one"),
        (realtime(audio={"data": SOUND, "mimeType": TYPE}, activityEnd={}), "exactly one"),
        (realtime(audio={"data": SOUND, "mimeType": TYPE + ";channels=1"}), "MIME type"),
        (realtime(audio={"data": SOUND, "mimeType": "audio/pcm;rate=24000"}), "MIME type"),
        (realtime(audio={"data": SOUND, "mimeType": "audio/pcm"}), "MIME type"),
        (realtime(audio={"data": SOUND}), "MIME type"),
        (realtime(audio={"data": "!!!", "mimeType": TYPE}), "realtime_input.audio.data"),
        (realtime(audio={"data": "ä", "mimeType": TYPE}), "realtime_input.audio.data"),
        (realtime(audio={"data": 7, "mimeType": TYPE}), "realtime_input.audio.data"),
        (realtime(audio={"data": "", "mimeType": TYPE}), "realtime_input.audio.data"),
        (realtime(audio=[SOUND]), "realtime_input.audio"),
        (realtime(video={"data": PICTURE, "mimeType": "video/mp4"}), "MIME type"),
        (realtime(mediaChunks=[{"data": SOUND, "mimeType": TYPE}]), "media_chunks is deprecated"),
        (realtime(text=3), "realtime_input.text"),
        ('{"realtimeInput": {"text": "\\ud800"}}', "realtime_input.text"),
        ('{"\\ud800": 1}', "Unknown name"),
        (realtime(sound={}), '"sound"'),
        (realtime(activityStart={}), "automatic activity detection"),
        (realtime(activityEnd={}), "automatic activity detection"),
        (realtime(audioStreamEnd="yes"), "audio_stream_end"),
        ({"clientContent": {"turns": [{"role": "system", "parts": []}]}}, "valid role"),
        ({"clientContent": {"turns": "x"}}, "client_content.turns"),
        ({"clientContent": {"turnComplete": "true"}}, "turn_complete"),
        ({"clientContent": {"turns": [{"parts": [{"txt": "x"}]}]}}, "client_content.turns[0].parts[0]"),
        ({"toolResponse": {"functionResponses": [{"id": "1", "response": "ok"}]}}, "response"),
        ({"toolResponse": {"functionResponses": [{"ID": "1"}]}}, '"ID"'),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_message_that_gemini_would_not_take_closes_the_session_with_1007(
    tmp_path: Path, message: Any, words: str
) -> None:
    async with running(tmp_path) as server, raw(server) as connection:
        await set_up(connection)
        await connection.send(message if isinstance(message, str | bytes) else json.dumps(message))
        code, reason = await closing(connection)
    assert code == 1007
    assert words in reason


@pytest.mark.parametrize(
    ("model", "more", "words"),
    [
        (DEFAULT_MODEL, {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}}, "Thinking level"),
        (DEFAULT_MODEL, {"proactivity": {"proactiveAudio": False}}, "Proactive audio"),
        (DEFAULT_MODEL, {"generationConfig": {"responseModalities": ["TEXT"]}}, "modalities"),
        (
            DEFAULT_MODEL,
            {"generationConfig": {"thinking_level": "LOW"}},
            '"thinking_level" at \'setup.generation_config',
        ),
        (DEFAULT_MODEL, {"voice": "x"}, "\"voice\" at 'setup'"),
        (DEFAULT_MODEL, {"generationConfig": 4}, "setup.generation_config"),
        (DEFAULT_MODEL, {"tools": [{"functionDeclarations": [{"description": "no name"}]}]}, "name is required"),
        (
            DEFAULT_MODEL,
            {"realtimeInputConfig": {"automaticActivityDetection": {"silenceDurationMs": -5}}},
            "silence_duration_ms",
        ),
        (DEFAULT_MODEL, {"realtimeInputConfig": {"turnCoverage": "EVERYTHING"}}, "turnCoverage"),
        (DEFAULT_MODEL, {"system_instruction": {"parts": [{"text": 1}]}}, "setup.system_instruction.parts[0].text"),
        (DEFAULT_MODEL, {"systemInstruction": {}, "system_instruction": {}}, "twice"),
        (THINKING_38, {}, "required"),
        (MODEL_31, {"proactivity": {"proactiveAudio": True}}, "Proactive audio"),
        (
            MODEL_31,
            {"tools": [{"functionDeclarations": [{"name": "f", "behavior": "NON_BLOCKING"}]}]},
            "Non-blocking",
        ),
        (MODEL_25, {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}}, "Thinking level"),
        ("", {}, "setup.model"),
    ],
)
async def test_a_setup_that_the_model_would_not_take_is_refused(
    tmp_path: Path, model: str, more: dict[str, Any], words: str
) -> None:
    async with running(tmp_path) as server, raw(server) as connection:
        message = setup_message(model, **more)
        if not model:
            del message["setup"]["model"]
        await say(connection, message)
        code, reason = await closing(connection)
    assert code == 1007
    assert words in reason


async def test_a_model_nobody_knows_is_not_found(tmp_path: Path) -> None:
    async with running(tmp_path) as server, raw(server) as connection:
        await say(connection, setup_message("gemini-live-2.5-flash-preview"))
        code, reason = await closing(connection)
    assert code == 1008
    assert "models/gemini-live-2.5-flash-preview is not found for API version v1beta" in reason


async def test_nothing_may_come_before_the_setup(tmp_path: Path) -> None:
    async with running(tmp_path) as server, raw(server) as connection:
        await say(connection, realtime(text="hello?"))
        code, reason = await closing(connection)
    assert code == 1007
    assert "setup" in reason


async def test_nothing_may_come_before_the_setup_is_confirmed(tmp_path: Path) -> None:
    brains = Brains()
    async with running(tmp_path, brains) as server, raw(server) as connection:
        await say(connection, setup_message())
        await say(connection, written("Where is the bread?"))
        code, reason = await closing(connection)
    assert code == 1007
    assert "setupComplete" in reason
    assert not brains.first.questions


async def test_who_never_sends_a_setup_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_live.session.SETUP_LIMIT_S", 0.1)
    async with running(tmp_path) as server, raw(server) as connection:
        code, reason = await closing(connection)
    assert code == 1011
    assert "setup" in reason


async def test_31_refuses_a_picture_in_written_content(tmp_path: Path) -> None:
    picture = {"inlineData": {"mimeType": "image/jpeg", "data": PICTURE}}
    async with running(tmp_path) as server, raw(server) as connection:
        await set_up(connection, MODEL_31)
        await say(connection, {"clientContent": {"turns": [{"parts": [picture]}], "turnComplete": True}})
        assert (await closing(connection))[0] == 1007


async def test_extended_thinking_refuses_scheduling(tmp_path: Path) -> None:
    thinking = {"generationConfig": {"thinkingConfig": {"thinkingLevel": "HIGH"}}}
    responses = [{"id": "1", "name": "f", "response": {"scheduling": "SILENT"}}]
    async with running(tmp_path) as server, raw(server) as connection:
        await set_up(connection, THINKING_38, **thinking)
        await say(connection, {"toolResponse": {"functionResponses": responses}})
        code, reason = await closing(connection)
    assert code == 1007
    assert "cheduling" in reason


async def test_a_response_to_a_call_nobody_made_is_ignored(tmp_path: Path) -> None:
    responses = [{"id": "x", "name": "f", "response": {"ok": True, "scheduling": "SILENT"}}]
    async with running(tmp_path) as server, raw(server) as connection:
        await set_up(connection)
        await say(connection, {"toolResponse": {"functionResponses": responses}})
        await say(connection, written("Still there?"))
        assert await hear_turn(connection)


async def test_a_message_of_more_than_8_mib_is_too_big(tmp_path: Path) -> None:
    async with running(tmp_path) as server, raw(server) as connection:
        await set_up(connection)
        await connection.send("x" * (8 * 1024 * 1024 + 1))
        assert (await closing(connection))[0] == 1009


async def test_more_sessions_than_there_is_room_for_are_refused_until_one_ends(tmp_path: Path) -> None:
    brains = Brains()
    async with running(tmp_path, brains, max_sessions=1) as server:
        async with raw(server) as connection:
            await set_up(connection)
            with pytest.raises(InvalidStatus) as refused:
                async with raw(server):
                    pass
        assert refused.value.response.status_code == 429
        await asyncio.wait_for(brains.first.closed.wait(), 5)
        async with raw(server) as connection:
            await set_up(connection)


@pytest.mark.parametrize(
    ("path", "headers", "code", "words"),
    [
        (PATH, {}, 1008, "unregistered callers"),
        (PATH + "?key=", {}, 1008, "unregistered callers"),
        (PATH + "?key=wrong", {}, 1007, "API key not valid"),
        (PATH, {"x-goog-api-key": "wrong"}, 1007, "API key not valid"),
        (PATH + "Constrained", {"Authorization": "Token wrong"}, 1007, "API key not valid"),
    ],
)
async def test_a_caller_without_the_key_is_refused_as_gemini_does_it(
    tmp_path: Path, path: str, headers: dict[str, str], code: int, words: str
) -> None:
    async with running(tmp_path, key="right") as server, raw(server, path, additional_headers=headers) as connection:
        await say(connection, setup_message())
        closed = await closing(connection)
    assert closed[0] == code
    assert words in closed[1]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (PATH, {"x-goog-api-key": "right"}),
        ("/" + PATH + "?key=right", {}),
        (PATH + "Constrained", {"Authorization": "Token right"}),
        (PATH + "Constrained?access_token=right", {}),
    ],
)
async def test_the_key_is_taken_wherever_a_client_puts_it(tmp_path: Path, path: str, headers: dict[str, str]) -> None:
    async with running(tmp_path, key="right") as server, raw(server, path, additional_headers=headers) as connection:
        await set_up(connection)


@pytest.mark.parametrize("path", ["/elsewhere", PATH + "s", PATH.replace("v1beta", "v9"), PATH + "/../x"])
async def test_there_is_nothing_at_other_paths(tmp_path: Path, path: str) -> None:
    async with running(tmp_path) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with raw(server, path):
                pass
    assert refused.value.response.status_code == 404


async def test_a_browser_sees_what_this_is(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        with pytest.raises(InvalidStatus) as shown:
            async with raw(server, "/"):
                pass
    assert shown.value.response.status_code == 200
    assert b"Live" in shown.value.response.body


async def test_markers_are_taken_twice_and_ends_without_beginnings_are_nothing(tmp_path: Path) -> None:
    brains = Brains()
    async with running(tmp_path, brains) as server, raw(server) as connection:
        await set_up(connection, realtimeInputConfig=BY_MARKERS)
        await say(connection, realtime(activityEnd={}))
        await say(connection, realtime(audio={"data": SOUND, "mimeType": TYPE}))
        await say(connection, realtime(activityStart={}))
        await say(connection, realtime(audio={"data": SOUND, "mimeType": TYPE}))
        await say(connection, realtime(activityStart={}))
        await say(connection, realtime(activityEnd={}))
        await hear_turn(connection)
    assert brains.first.sounds == [bytes(3200)], "sound before the marker belongs to no turn"


async def test_text_with_odd_characters_is_answered(tmp_path: Path) -> None:
    brains = Brains()
    brains.first.text = "A NUL\0 and \x07 and 日本 and 🍞."
    async with running(tmp_path, brains) as server, raw(server) as connection:
        await set_up(connection)
        await say(connection, written("a\0b 🍞"))
        assert len(await hear_turn(connection)) > 3


async def test_strangers_at_the_door_leave_one_line_each_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "local_live")
    async with running(tmp_path) as server:
        _, plain = await asyncio.open_connection("127.0.0.1", server.port)
        plain.write(b"GET / HTTP/1.0\r\n\r\n")
        await plain.drain()
        _, rude = await asyncio.open_connection("127.0.0.1", server.port, ssl=pinned(server))
        rude.write(b"GET / NONSENSE/1.1\r\n\r\n")
        await rude.drain()
        async with raw(server) as connection:
            await set_up(connection)
        plain.close()
        rude.close()
    lines = [record.getMessage() for record in caplog.records if record.name == "local_live.sockets"]
    assert len(lines) == 2, lines
    assert any("TLS handshake" in line for line in lines)
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_caller_who_goes_away_while_the_call_is_read_leaves_one_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "local_live")
    async with running(tmp_path) as server:
        answers, gone = await asyncio.open_connection("127.0.0.1", server.port, ssl=pinned(server))
        path = "/v1beta/models/gemini-3.8-flash:generateContent?key=any"
        gone.write(
            f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert b"100" in await answers.readline(), "from now on it reads the call"
        gone.write(bytes(9000))
        await gone.drain()
        gone.transport.abort()
        async with raw(server) as connection:
            await set_up(connection)
    assert not [record for record in caplog.records if record.exc_info]
