"""The frames themselves, over a raw WebSocket: both dialects in, the order and shape of what comes out."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from local_live.voice import speak
from tests.local_live.server_parts import (
    BREAD,
    BY_MARKERS,
    DEFAULT_MODEL,
    MODEL_25,
    MODEL_31,
    Brains,
    hear,
    hear_turn,
    kinds,
    raw,
    running,
    say,
    set_up,
    written,
)

TYPE = "audio/pcm;rate=16000"
TRANSCRIBED: dict[str, Any] = {"inputAudioTranscription": {}, "outputAudioTranscription": {}}
REPORT = {"tools": [{"functionDeclarations": [{"name": "report_place"}]}]}


def sound(pcm: bytes, encode: Any = base64.b64encode) -> dict[str, Any]:
    return {"realtimeInput": {"audio": {"data": encode(pcm).decode(), "mimeType": TYPE}}}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            DEFAULT_MODEL,
            ["inputTranscription", "toolCall", "modelTurn", "generationComplete", "turnComplete"],
        ),
        (
            MODEL_25,
            ["inputTranscription", "modelTurn", "toolCall", "outputTranscription", "modelTurn"],
        ),
        (
            MODEL_31,
            ["nothing", "inputTranscription", "toolCall", "sessionResumptionUpdate", "modelTurn", "generationComplete"],
        ),
    ],
)
async def test_a_spoken_turn_has_each_models_order_of_frames(tmp_path: Path, model: str, expected: list[str]) -> None:
    brains = Brains()
    brains.first.place = BREAD
    async with running(tmp_path, brains) as server, raw(server) as connection:
        await set_up(connection, model, realtimeInputConfig=BY_MARKERS, **TRANSCRIBED, **REPORT)
        await say(connection, {"realtimeInput": {"activityStart": {}}})
        await say(connection, sound(speak("Where is the bread?", rate_hz=16000)))
        await say(connection, {"realtimeInput": {"activityEnd": {}}})
        frames = []
        while not frames or not frames[-1].get("serverContent", {}).get("turnComplete"):
            frames.append(await hear(connection))
            if call := frames[-1].get("toolCall"):
                (made,) = call["functionCalls"]
                answer = {"id": made["id"], "name": made["name"], "response": {"ok": True}}
                await say(connection, {"toolResponse": {"functionResponses": [answer]}})
    assert kinds(frames)[: len(expected)] == expected
    assert kinds(frames)[-2:] == ["generationComplete", "turnComplete"]
    assert frames[-1]["usageMetadata"]["totalTokenCount"] > 0


@pytest.mark.parametrize("model", [DEFAULT_MODEL, MODEL_31, MODEL_25])
async def test_only_25_puts_words_and_sound_into_frames_of_their_own(tmp_path: Path, model: str) -> None:
    async with running(tmp_path) as server, raw(server) as connection:
        await set_up(connection, model, **TRANSCRIBED)
        await say(connection, written("Hi."))
        contents = [frame.get("serverContent", {}) for frame in await hear_turn(connection)]
    joined = [content for content in contents if "modelTurn" in content and "outputTranscription" in content]
    assert bool(joined) == (model != MODEL_25)
    words = "".join(content.get("outputTranscription", {}).get("text", "") for content in contents)
    assert words == "Answer number 1, after 0 pictures."


async def test_transcripts_come_only_when_they_were_asked_for(tmp_path: Path) -> None:
    async with running(tmp_path) as server, raw(server) as connection:
        await set_up(connection, realtimeInputConfig=BY_MARKERS)
        await say(connection, {"realtimeInput": {"activityStart": {}}})
        await say(connection, sound(bytes(32000)))
        await say(connection, {"realtimeInput": {"activityEnd": {}}})
        frames = await hear_turn(connection)
    assert "ranscription" not in json.dumps(frames)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
async def test_both_base64_alphabets_and_both_spellings_are_read(tmp_path: Path, encode: Any) -> None:
    brains, pcm = Brains(), bytes([251, 255, 254]) * 800
    async with running(tmp_path, brains) as server, raw(server, compression=None) as connection:
        await set_up(connection, realtime_input_config={"automatic_activity_detection": {"disabled": True}})
        await say(connection, {"realtime_input": {"activity_start": {}}})
        await say(connection, {"realtime_input": {"audio": {"data": encode(pcm).decode(), "mime_type": TYPE}}})
        await say(connection, {"realtime_input": {"activityEnd": {}}})
        await hear_turn(connection)
    assert brains.first.sounds == [pcm]


async def test_sound_is_sent_in_short_chunks_ahead_of_the_listener_but_not_all_at_once(tmp_path: Path) -> None:
    brains = Brains()
    brains.first.text = "One two three four five six seven eight nine ten eleven twelve."
    async with running(tmp_path, brains, speed=1.0) as server, raw(server) as connection:
        await set_up(connection)
        clock = asyncio.get_running_loop().time
        await say(connection, written("Count."))
        asked_s, chunks, arrivals = clock(), [], []
        while True:
            content = (await hear(connection))["serverContent"]
            if "generationComplete" in content:
                break
            (part,) = content["modelTurn"]["parts"]
            chunks.append(len(base64.b64decode(part["inlineData"]["data"])) / 48)
            arrivals.append(clock())
        generated_s = clock()
        assert "turnComplete" in (await hear(connection))["serverContent"]
        completed_s = clock()
    heard_s = sum(chunks) / 1000
    assert all(40 <= chunk_ms <= 100 for chunk_ms in chunks[:-1])
    assert arrivals[0] - asked_s < 0.3
    assert heard_s * 0.5 < arrivals[-1] - arrivals[0] < heard_s * 0.95
    assert generated_s < completed_s
    assert completed_s - arrivals[0] >= heard_s * 0.98, "the turn is over when the listener has heard it"


async def test_an_interrupted_answer_has_no_generation_complete_and_open_calls_are_cancelled(tmp_path: Path) -> None:
    brains = Brains()
    brains.first.place = BREAD
    brains.first.text = "A long answer. " * 30
    async with running(tmp_path, brains, speed=1.0) as server, raw(server) as connection:
        await set_up(connection, realtimeInputConfig=BY_MARKERS, **REPORT)
        await say(connection, written("Where?"))
        call_id = (await hear(connection))["toolCall"]["functionCalls"][0]["id"]
        await hear(connection)
        await say(connection, {"realtimeInput": {"activityStart": {}}})
        frames = await hear_turn(connection)
        seen = len([frame for frame in frames if "modelTurn" in frame.get("serverContent", {})])
    assert kinds(frames[seen:]) == ["toolCallCancellation", "interrupted", "turnComplete"]
    assert frames[seen]["toolCallCancellation"]["ids"] == [call_id]
    spoken = frames[-1]["usageMetadata"]["responseTokenCount"]
    assert 0 < spoken < 100, "only what was sent is paid for"


async def test_a_written_turn_interrupts_even_the_thinking(tmp_path: Path) -> None:
    brains = Brains()
    brains.first.gate.clear()
    async with running(tmp_path, brains) as server, raw(server) as connection:
        await set_up(connection)
        await say(connection, written("One?"))
        await asyncio.wait_for(brains.first.asked.wait(), 5)
        await say(connection, written("Two?"))
        first = await hear_turn(connection)
        brains.first.gate.set()
        second = await hear_turn(connection)
    assert kinds(first) == ["interrupted", "turnComplete"]
    assert kinds(second) == ["modelTurn", "generationComplete", "turnComplete"]
    assert brains.first.questions == ["One?", "Two?"]


async def test_a_client_may_ask_not_to_be_interrupted(tmp_path: Path) -> None:
    brains = Brains()
    brains.first.gate.clear()
    settings = {**BY_MARKERS, "activityHandling": "NO_INTERRUPTION"}
    async with running(tmp_path, brains) as server, raw(server) as connection:
        await set_up(connection, realtimeInputConfig=settings)
        for _ in range(2):
            await say(connection, {"realtimeInput": {"activityStart": {}}})
            await say(connection, sound(bytes(3200)))
            await say(connection, {"realtimeInput": {"activityEnd": {}}})
        await asyncio.wait_for(brains.first.asked.wait(), 5)
        brains.first.gate.set()
        turns = [await hear_turn(connection), await hear_turn(connection)]
    assert [kinds(turn)[-2:] for turn in turns] == [["generationComplete", "turnComplete"]] * 2
    assert "interrupted" not in json.dumps(turns)


@pytest.mark.parametrize(("model", "ends"), [(DEFAULT_MODEL, False), (MODEL_31, True), (MODEL_25, True)])
async def test_the_end_of_the_stream_ends_a_turn_on_models_that_heed_it(
    tmp_path: Path, model: str, *, ends: bool
) -> None:
    brains = Brains()
    async with running(tmp_path, brains) as server, raw(server) as connection:
        await set_up(connection, model)
        await say(connection, sound(bytes(9600) + speak("Where is the bread?", rate_hz=16000)[:32000]))
        await say(connection, {"realtimeInput": {"audioStreamEnd": True}})
        if not ends:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(brains.first.asked.wait(), 0.3)
            await say(connection, sound(bytes(32000)))
        await hear_turn(connection)
    assert len(brains.first.sounds) == 1


async def test_what_was_said_before_is_context_and_not_asked_again(tmp_path: Path) -> None:
    brains = Brains()
    past = [
        {"role": "user", "parts": [{"text": "Where is the bread?"}]},
        {"role": "model", "parts": [{"text": "On the third shelf."}]},
    ]
    async with running(tmp_path, brains) as server, raw(server) as connection:
        await set_up(connection)
        await say(connection, {"clientContent": {"turns": past}})
        await say(connection, {"clientContent": {"turns": [{"parts": [{"text": "And the"}]}]}})
        await say(connection, written("milk?"))
        frames = await hear_turn(connection)
    assert brains.first.questions == ["And the\nmilk?"]
    assert frames[-1]["usageMetadata"]["promptTokenCount"] >= 10


async def test_pictures_reach_the_brain_while_the_person_is_still_talking(tmp_path: Path) -> None:
    brains, picture = Brains(), base64.b64encode(b"\xff\xd8\xff picture").decode()
    async with running(tmp_path, brains) as server, raw(server) as connection:
        await set_up(connection, realtimeInputConfig=BY_MARKERS)
        await say(connection, {"realtimeInput": {"activityStart": {}}})
        await say(connection, {"realtimeInput": {"video": {"data": picture, "mimeType": "image/jpeg"}}})
        await asyncio.wait_for(brains.first.looked.wait(), 5)
        assert not brains.first.asked.is_set()


async def test_the_sound_of_a_session_is_kept_only_when_asked_and_sample_by_sample(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    pcm = speak("Where is the bread?", rate_hz=16000)
    for number, folder in enumerate([None, kept]):
        async with running(tmp_path / str(number), keep_sound_dir=folder) as server, raw(server) as connection:
            await set_up(connection, realtimeInputConfig=BY_MARKERS)
            await say(connection, sound(pcm[:10_000]))
            await say(connection, {"realtimeInput": {"activityStart": {}}})
            await say(connection, sound(pcm[10_000:]))
            await say(connection, {"realtimeInput": {"activityEnd": {}}})
            await hear_turn(connection)
    (file,) = kept.iterdir()
    assert file.read_bytes() == pcm
    assert {path.name for path in (tmp_path / "0").iterdir()} == {"certificate.pem", "key.pem"}


async def test_the_brain_is_closed_when_the_client_leaves_in_the_middle_of_an_answer(tmp_path: Path) -> None:
    brains = Brains()
    brains.first.text = "A long answer. " * 30
    async with running(tmp_path, brains, speed=1.0) as server:
        async with raw(server) as connection:
            await set_up(connection)
            await say(connection, written("Where?"))
            await hear(connection)
            connection.transport.abort()
        await asyncio.wait_for(brains.first.closed.wait(), 5)


async def test_a_fault_in_the_brain_ends_the_session_with_1011(tmp_path: Path) -> None:
    brains = Brains()

    async def fail(question: str) -> None:
        raise RuntimeError(question)

    brains.first.answer_text = fail  # type: ignore[method-assign, assignment]
    async with running(tmp_path, brains) as server, raw(server) as connection:
        await set_up(connection)
        await say(connection, written("Where?"))
        await connection.wait_closed()
        assert connection.close_code == 1011
    assert brains.first.closed.is_set()


async def test_who_thinks_too_long_is_ended_with_1011(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_live.answering.THINKING_LIMIT_S", 0.1)
    brains = Brains()
    brains.first.gate.clear()
    async with running(tmp_path, brains) as server, raw(server) as connection:
        await set_up(connection)
        await say(connection, written("Where?"))
        await connection.wait_closed()
        assert connection.close_code == 1011
        assert "Deadline" in (connection.close_reason or "")


async def test_a_blocking_call_without_response_is_cancelled_and_the_answer_spoken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_live.calls.RESPONSE_LIMIT_S", 0.1)
    brains = Brains()
    brains.first.place = BREAD
    async with running(tmp_path, brains) as server, raw(server) as connection:
        await set_up(connection, MODEL_25, **REPORT)
        await say(connection, written("Where?"))
        frames = await hear_turn(connection)
    assert kinds(frames)[1:4] == ["toolCall", "toolCallCancellation", "modelTurn"]
    assert kinds(frames)[-2:] == ["generationComplete", "turnComplete"]
