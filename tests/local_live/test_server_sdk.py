"""The real google-genai SDK holds conversations with the server, over TLS with a pinned certificate."""

import homeassistant  # noqa: F401  before google.genai: it decides which httpx there is

# isort: split
import asyncio
from pathlib import Path

from google.genai import errors, types
import numpy as np
import pytest

from local_live.voice import speak
from tests.local_live.server_parts import BREAD, DEFAULT_MODEL, MODEL_25, MODEL_31, Brains, running, sdk

CHUNK_BYTES = 3200  # 100 ms
MANUAL = types.RealtimeInputConfig(automatic_activity_detection=types.AutomaticActivityDetection(disabled=True))
JPEG = b"\xff\xd8\xff\xe0 not looked at by these tests \xff\xd9"
REPORT = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="report_place",
            parameters=types.Schema(
                type=types.Type.OBJECT,
                properties={
                    "found": types.Schema(type=types.Type.BOOLEAN),
                    "shelf": types.Schema(type=types.Type.INTEGER),
                    "box": types.Schema(type=types.Type.ARRAY, items=types.Schema(type=types.Type.INTEGER)),
                    "price": types.Schema(type=types.Type.STRING),
                },
            ),
        )
    ]
)


def config(**more):
    more.setdefault("realtime_input_config", MANUAL)
    return types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        **more,
    )


async def stream(session, pcm):
    for start in range(0, len(pcm), CHUNK_BYTES):
        blob = types.Blob(data=pcm[start : start + CHUNK_BYTES], mime_type="audio/pcm;rate=16000")
        await session.send_realtime_input(audio=blob)


async def speak_turn(session, pcm, pictures=()):
    await session.send_realtime_input(activity_start=types.ActivityStart())
    for picture in pictures:
        await session.send_realtime_input(video=types.Blob(data=picture, mime_type="image/jpeg"))
    await stream(session, pcm)
    await session.send_realtime_input(activity_end=types.ActivityEnd())


async def turn_of(session):
    messages = [message async for message in session.receive()]
    contents = [message.server_content for message in messages if message.server_content]
    parts = [part for content in contents if content.model_turn for part in content.model_turn.parts or []]
    return {
        "messages": messages,
        "heard": "".join(c.input_transcription.text or "" for c in contents if c.input_transcription),
        "said": "".join(c.output_transcription.text or "" for c in contents if c.output_transcription),
        "sound": b"".join(part.inline_data.data for part in parts if part.inline_data),
        "types": {part.inline_data.mime_type for part in parts if part.inline_data},
        "interrupted": any(content.interrupted for content in contents),
        "generated": any(content.generation_complete for content in contents),
        "calls": [call for message in messages if message.tool_call for call in message.tool_call.function_calls],
        "usage": messages[-1].usage_metadata,
    }


async def test_a_question_between_markers_is_heard_whole_and_answered_in_speech(tmp_path: Path) -> None:
    brains, question = Brains(), speak("Where is the bread?", rate_hz=16000)
    async with (
        running(tmp_path, brains) as server,
        sdk(server).aio.live.connect(model=DEFAULT_MODEL, config=config()) as session,
    ):
        await speak_turn(session, question, [JPEG, JPEG + b"2"])
        turn = await turn_of(session)
    assert brains.first.sounds == [question]
    assert brains.first.pictures == [JPEG, JPEG + b"2"]
    assert turn["said"] == "Answer number 1, after 2 pictures."
    assert turn["heard"].strip().endswith("seconds of sound")
    assert turn["types"] == {"audio/pcm;rate=24000"}
    assert 1.0 < len(turn["sound"]) / 48000 < 6.0
    assert np.abs(np.frombuffer(turn["sound"], "<i2")).max() > 0.25 * 32768
    assert turn["generated"] and not turn["interrupted"]


async def test_silence_ends_a_question_when_detection_is_automatic(tmp_path: Path) -> None:
    brains, question = Brains(), speak("Where is the bread?", rate_hz=16000)
    async with running(tmp_path, brains) as server:
        settings = config(realtime_input_config=None)
        async with sdk(server).aio.live.connect(model=DEFAULT_MODEL, config=settings) as session:
            await stream(session, bytes(16000) + question + bytes(32000))
            turn = await turn_of(session)
    assert turn["said"]
    (sound,) = brains.first.sounds
    assert len(question) * 0.9 < len(sound) < len(question) + 32000
    assert sound.strip(b"\0") in question, "nothing of the question was lost"


async def test_many_turns_of_every_kind_share_one_session_and_its_growing_context(tmp_path: Path) -> None:
    brains, question = Brains(), speak("And the milk?", rate_hz=16000)
    prompts = []
    async with (
        running(tmp_path, brains) as server,
        sdk(server).aio.live.connect(model=DEFAULT_MODEL, config=config()) as session,
    ):
        for number in range(12):
            if number % 2:
                await session.send_client_content(turns={"role": "user", "parts": [{"text": "And the milk?"}]})
            else:
                await speak_turn(session, question, [JPEG])
            turn = await turn_of(session)
            assert turn["said"].startswith(f"Answer number {number + 1},")
            prompts.append(turn["usage"].prompt_token_count)
            assert turn["usage"].total_token_count == prompts[-1] + turn["usage"].response_token_count
    assert prompts == sorted(set(prompts)), "every turn pays for all before it"


async def test_a_typed_question_brings_its_picture_along(tmp_path: Path) -> None:
    brains = Brains()
    parts = [types.Part(inline_data=types.Blob(data=JPEG, mime_type="image/jpeg")), types.Part(text="What is this?")]
    async with (
        running(tmp_path, brains) as server,
        sdk(server).aio.live.connect(model=DEFAULT_MODEL, config=config()) as session,
    ):
        await session.send_client_content(turns=types.Content(role="user", parts=parts))
        turn = await turn_of(session)
    assert brains.first.pictures == [JPEG]
    assert brains.first.questions == ["What is this?"]
    assert turn["heard"] == "", "what was typed is not transcribed"
    modalities = {detail.modality.value: detail.token_count for detail in turn["usage"].prompt_tokens_details}
    assert modalities["IMAGE"] == 256


async def test_text_in_the_stream_is_a_question(tmp_path: Path) -> None:
    brains = Brains()
    async with running(tmp_path, brains) as server:
        settings = config(realtime_input_config=None)
        async with sdk(server).aio.live.connect(model=DEFAULT_MODEL, config=settings) as session:
            await session.send_realtime_input(text="Where is the milk?")
            turn = await turn_of(session)
    assert brains.first.questions == ["Where is the milk?"]
    assert turn["said"]


async def test_who_speaks_into_an_answer_interrupts_it(tmp_path: Path) -> None:
    brains, question = Brains(), speak("Stop!", rate_hz=16000)
    brains.first.text = "This is a very long answer that goes on and on. " * 10
    async with (
        running(tmp_path, brains, speed=1.0) as server,
        sdk(server).aio.live.connect(model=DEFAULT_MODEL, config=config()) as session,
    ):
        await speak_turn(session, question)
        receiver = session.receive()
        async for message in receiver:
            if message.data:
                break
        brains.first.text = "Yes."
        await session.send_realtime_input(activity_start=types.ActivityStart())
        rest = [message async for message in receiver]
        await stream(session, question)
        await session.send_realtime_input(activity_end=types.ActivityEnd())
        second = await turn_of(session)
    ends = [message.server_content for message in rest if message.server_content][-2:]
    assert ends[0].interrupted and ends[1].turn_complete
    assert not any(message.server_content and message.server_content.generation_complete for message in rest)
    assert second["said"] == "Yes." and second["generated"]


@pytest.mark.parametrize("model", [DEFAULT_MODEL, MODEL_31, MODEL_25])
async def test_a_place_is_reported_through_the_declared_function(tmp_path: Path, model: str) -> None:
    brains = Brains()
    brains.first.place = BREAD
    async with (
        running(tmp_path, brains) as server,
        sdk(server).aio.live.connect(model=model, config=config(tools=[REPORT])) as session,
    ):
        await speak_turn(session, speak("Where is the bread?", rate_hz=16000))
        order = []
        async for message in session.receive():
            if message.tool_call:
                (call,) = message.tool_call.function_calls
                order.append("call")
                await session.send_tool_response(
                    function_responses=types.FunctionResponse(id=call.id, name=call.name, response={"ok": True})
                )
            elif message.data:
                order.append("sound")
    assert call.name == "report_place" and call.id
    assert call.args == {"found": True, "shelf": 3, "box": [400, 800, 600, 990]}, "what is declared and known"
    assert order[0] == "call" and order.count("call") == 1 and "sound" in order


async def test_the_default_model_speaks_on_while_its_call_is_unanswered(tmp_path: Path) -> None:
    brains = Brains()
    brains.first.place = BREAD
    async with (
        running(tmp_path, brains) as server,
        sdk(server).aio.live.connect(model=DEFAULT_MODEL, config=config(tools=[REPORT])) as session,
    ):
        await speak_turn(session, speak("Where is the bread?", rate_hz=16000))
        async with asyncio.timeout(5):
            turn = await turn_of(session)
    assert turn["calls"] and turn["sound"] and turn["generated"]


async def test_31_says_nothing_until_its_call_is_answered(tmp_path: Path) -> None:
    brains = Brains()
    brains.first.place = BREAD
    async with (
        running(tmp_path, brains) as server,
        sdk(server).aio.live.connect(model=MODEL_31, config=config(tools=[REPORT])) as session,
    ):
        await speak_turn(session, speak("Where is the bread?", rate_hz=16000))
        receiver = session.receive()
        async for message in receiver:
            if message.tool_call:
                break
        waiting = asyncio.ensure_future(anext(receiver))
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done
        (call,) = message.tool_call.function_calls
        await session.send_tool_response(
            function_responses=types.FunctionResponse(id=call.id, name=call.name, response={"ok": True})
        )
        await asyncio.wait_for(waiting, 5)
        assert any([message.data async for message in receiver])


async def test_a_session_is_resumed_with_its_context(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        client = sdk(server)
        fresh = config(session_resumption=types.SessionResumptionConfig())
        async with client.aio.live.connect(model=DEFAULT_MODEL, config=fresh) as session:
            await session.send_client_content(turns={"parts": [{"text": "Remember this long sentence. " * 20}]})
            turn = await turn_of(session)
            updates = [m.session_resumption_update for m in turn["messages"] if m.session_resumption_update]
            handle = updates[-1].new_handle
            before = turn["usage"].prompt_token_count
            resumed = config(session_resumption=types.SessionResumptionConfig(handle=handle))
            with pytest.raises(errors.APIError) as still_open:
                async with client.aio.live.connect(model=DEFAULT_MODEL, config=resumed):
                    pass
            assert still_open.value.code == 1011
        async with client.aio.live.connect(model=DEFAULT_MODEL, config=resumed) as session:
            await session.send_client_content(turns={"parts": [{"text": "Hi."}]})
            turn = await turn_of(session)
    assert updates[-1].resumable
    assert turn["usage"].prompt_token_count >= before


async def test_the_server_says_when_it_will_close_and_does(tmp_path: Path) -> None:
    async with (
        running(tmp_path, life_s=0.4, go_away_s=0.2) as server,
        sdk(server).aio.live.connect(model=DEFAULT_MODEL, config=config()) as session,
    ):
        receiver = session.receive()
        warning = await anext(receiver)
        with pytest.raises(errors.APIError) as closed:
            await anext(receiver)
    assert warning.go_away.time_left == "0.2s"
    assert closed.value.code == 1011


async def test_a_wrong_key_an_unknown_model_and_no_key_are_api_errors(tmp_path: Path) -> None:
    async with running(tmp_path, key="right") as server:
        for key, model, code, words in [
            ("wrong", DEFAULT_MODEL, 1007, "API key not valid"),
            ("right", "gemini-2.0-flash-live-001", 1008, "not found"),
        ]:
            with pytest.raises(errors.APIError) as refused:
                async with sdk(server, key).aio.live.connect(model=model, config=config()):
                    pass
            assert refused.value.code == code
            assert words in str(refused.value)
        async with sdk(server, "right").aio.live.connect(model=DEFAULT_MODEL, config=config()) as session:
            await session.send_client_content(turns={"parts": [{"text": "Hi."}]})
            assert (await turn_of(session))["said"]


@pytest.mark.parametrize("version", ["v1", "v1alpha", "v1beta"])
async def test_every_api_version_is_served(tmp_path: Path, version: str) -> None:
    async with (
        running(tmp_path) as server,
        sdk(server, version=version).aio.live.connect(model=DEFAULT_MODEL, config=config()) as session,
    ):
        await session.send_client_content(turns={"parts": [{"text": "Hi."}]})
        assert (await turn_of(session))["said"]
