"""``generateContent`` on the same port: by the real google-genai SDK, and by plain HTTP where the SDK is too polite."""

import homeassistant  # noqa: F401  before google.genai: it decides which httpx there is

# isort: split
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
import io
import json
from pathlib import Path
import time
from typing import Any
import wave

import aiohttp
from google import genai
from google.genai import errors, types
from pydantic import BaseModel
import pytest

from local_live import orders
from local_live.brain import Answer
from local_live.json_answer import json_answer
from local_live.server import Server
from tests.local_live.server_parts import BREAD, Brains, hum, pinned, running, sdk

MODEL = "gemini-3.8-flash"
SPEECH_MODEL = "gemini-3.8-flash-lite-tts"
JPEG = b"\xff\xd8\xff\xe0 not looked at by these tests \xff\xd9"
PCM = bytes(range(256)) * 125
SCHEMA: dict[str, Any] = {
    "type": "OBJECT",
    "properties": {
        "heard": {"type": "STRING"},
        "answer": {"type": "STRING"},
        "place": {
            "type": "OBJECT",
            "nullable": True,
            "properties": {"found": {"type": "BOOLEAN"}, "shelf": {"type": "INTEGER"}, "weight": {"type": "NUMBER"}},
            "required": ["found", "weight"],
        },
    },
    "required": ["heard", "answer"],
}
SPEECH = types.GenerateContentConfig(response_modalities=[types.Modality.AUDIO])


def wav(pcm: bytes = PCM, rate_hz: int = 16_000, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(pcm)
    return file.getvalue()


def picture() -> types.Part:
    return types.Part.from_bytes(data=JPEG, mime_type="image/jpeg")


def as_json(**more: Any) -> types.GenerateContentConfig:
    return types.GenerateContentConfig(response_mime_type="application/json", **more)


async def generate(client: genai.Client, contents: Any, config: Any = None, model: str = MODEL) -> Any:
    return await client.aio.models.generate_content(model=model, contents=contents, config=config)


@asynccontextmanager
async def posting(server: Server) -> AsyncIterator[Any]:
    """Post plain HTTP; gives status and JSON."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=pinned(server))) as session:

        async def post(
            body: Any = None, path: str = f"/v1beta/models/{MODEL}:generateContent", **headers: str
        ) -> tuple[int, Any]:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            url = f"https://127.0.0.1:{server.port}{path}"
            async with session.post(url, data=data, headers=headers) as response:
                return response.status, await response.json()

        yield post


def asking(text: str = "Where?", **more: Any) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], **more}


async def test_a_written_question_about_a_picture_is_answered_in_words_and_with_a_bill(tmp_path: Path) -> None:
    brains = Brains()
    async with running(tmp_path, brains) as server:
        response = await generate(sdk(server), [picture(), "Where is the bread?"])
    assert response.text == "Answer number 1, after 1 pictures."
    assert brains.first.pictures == [JPEG]
    assert brains.first.questions == ["Where is the bread?"]
    assert brains.first.closed.is_set()
    usage = response.usage_metadata
    assert usage.total_token_count == usage.prompt_token_count + usage.candidates_token_count > 256
    assert response.model_version == MODEL
    assert response.candidates[0].finish_reason is types.FinishReason.STOP


async def test_a_spoken_question_is_heard_from_its_wav(tmp_path: Path) -> None:
    brains = Brains()
    sound = types.Part.from_bytes(data=wav(), mime_type="audio/wav")
    talk = types.Part.from_text(text="The talk so far: ...")
    async with running(tmp_path, brains) as server:
        response = await generate(sdk(server), [picture(), talk, sound])
    assert brains.first.sounds == [PCM]
    assert response.usage_metadata.prompt_tokens_details
    assert {detail.modality.value for detail in response.usage_metadata.prompt_tokens_details} == {
        "TEXT",
        "AUDIO",
        "IMAGE",
    }


async def test_only_the_newest_content_asks(tmp_path: Path) -> None:
    brains = Brains()
    talk = [
        types.Content(role="user", parts=[picture(), types.Part.from_bytes(data=wav(), mime_type="audio/wav")]),
        types.Content(role="model", parts=[types.Part.from_text(text="On the third shelf.")]),
        types.Content(role="user", parts=[types.Part.from_text(text="And the milk?")]),
    ]
    async with running(tmp_path, brains) as server:
        await generate(sdk(server), talk)
    assert (brains.first.questions, brains.first.sounds, brains.first.pictures) == (["And the milk?"], [], [JPEG])


async def test_a_question_with_the_answer_it_had_is_asked_again_without_it(tmp_path: Path) -> None:
    brains = Brains()
    async with running(tmp_path, brains) as server:
        await generate(sdk(server), [picture(), "Asked: Where is the milk?\nAnswered: First shelf.\nFar left."])
    assert brains.first.questions == ["Where is the milk?"]


async def test_an_answer_takes_the_form_of_a_schema(tmp_path: Path) -> None:
    brains = Brains()
    brains.first.place = BREAD
    async with running(tmp_path, brains) as server:
        config = as_json(response_schema=types.Schema.model_validate(SCHEMA))
        response = await generate(sdk(server), [picture(), "Where?"], config)
    assert json.loads(response.text) == {
        "heard": "Where?",
        "answer": "Answer number 1, after 1 pictures.",
        "place": {"found": True, "shelf": 3, "weight": None},
    }


class Spot(BaseModel):
    found: bool
    side: str | None = None


class Reply(BaseModel):
    answer: str
    place: Spot | None = None


async def test_a_json_schema_with_references_is_understood(tmp_path: Path) -> None:
    brains = Brains()
    brains.first.place = BREAD
    async with running(tmp_path, brains) as server:
        config = as_json(response_json_schema=Reply.model_json_schema())
        response = await generate(sdk(server), "Where?", config)
    assert Reply.model_validate_json(response.text).place == Spot(found=True, side="far right")


def test_without_a_schema_all_that_is_known_is_told_and_with_a_flat_one_the_place_alone() -> None:
    flat = {"properties": {"found": {}, "item": {}, "box": {}, "side": {}}, "required": ["found", "item"]}
    known = Answer("Where?", "There.", BREAD)
    assert json_answer(known, flat) == {
        "found": True,
        "item": "bread",
        "box": [400, 800, 600, 990],
        "side": "far right",
    }
    assert json_answer(Answer("Where?", "Nowhere.", None), flat) == {"found": False, "item": ""}
    assert set(json_answer(known, None)) == {"heard", "answer", "place"}


async def test_a_text_is_spoken_word_for_word_by_a_speech_model(tmp_path: Path) -> None:
    spoken: list[str] = []

    def voice(text: str) -> Any:
        spoken.append(text)
        return hum(text)

    async with running(tmp_path, voice=voice) as server:
        response = await generate(sdk(server), "On the third shelf.", SPEECH, SPEECH_MODEL)
    blob = response.candidates[0].content.parts[0].inline_data
    assert blob.mime_type == "audio/L16;codec=pcm;rate=24000"
    assert len(blob.data) == 48_000, "one second"
    assert spoken == ["On the third shelf."]
    assert response.usage_metadata.candidates_token_count == 25


@pytest.mark.parametrize("version", ["v1", "v1alpha", "v1beta"])
async def test_every_version_and_any_number_of_slashes_are_served(tmp_path: Path, version: str) -> None:
    async with running(tmp_path) as server, posting(server) as post:
        for slashes in ("/", "//"):
            status, body = await post(asking(), f"{slashes}{version}/models/{MODEL}:generateContent")
            assert status == 200, body


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
async def test_both_spellings_and_both_alphabets_are_read(tmp_path: Path, encode: Any) -> None:
    brains, data = Brains(), bytes([251, 255, 254]) * 9
    snake = {"inline_data": {"mime_type": "image/jpeg", "data": encode(data).decode()}}
    camel = {"inlineData": {"mimeType": "image/jpeg", "data": encode(data).decode()}}
    body = {
        "contents": {"parts": [snake, camel, {"text": "What?"}]},
        "system_instruction": {"parts": [{"text": "Be brief."}]},
        "generation_config": {"response_mime_type": "application/json", "speech_config": {"language_code": "de-DE"}},
    }
    async with running(tmp_path, brains) as server, posting(server) as post:
        status, answer = await post(body)
    assert status == 200, answer
    assert brains.first.pictures == [data, data]


KEY_QUERY = f"/v1beta/models/{MODEL}:generateContent?key="


async def test_a_key_is_asked_for_in_googles_words(tmp_path: Path) -> None:
    async with running(tmp_path, key="right") as server, posting(server) as post:
        for status, answer in [
            await post(asking(), KEY_QUERY + "wrong"),
            await post(asking(), **{"x-goog-api-key": "x"}),
        ]:
            assert status == 400
            assert answer["error"]["code"] == 400
            assert answer["error"]["status"] == "INVALID_ARGUMENT"
            assert answer["error"]["message"].startswith("API key not valid")
            assert answer["error"]["details"][0]["reason"] == "API_KEY_INVALID"
        status, answer = await post(asking())
        assert (status, answer["error"]["status"]) == (403, "PERMISSION_DENIED")
        assert (await post(asking(), KEY_QUERY + "right"))[0] == 200
        with pytest.raises(errors.ClientError) as refused:
            await generate(sdk(server, "wrong"), "Where?")
        assert refused.value.code == 400


@pytest.mark.parametrize("model", ["gemini-3.8-live", "gemini-1.0-pro", "-tts"])
async def test_a_model_that_cannot_be_asked_this_way_is_not_found(tmp_path: Path, model: str) -> None:
    async with running(tmp_path) as server:
        with pytest.raises(errors.ClientError) as refused:
            await generate(sdk(server), "Where?", model=model)
    assert (refused.value.code, refused.value.status) == (404, "NOT_FOUND")
    assert f"models/{model} is not found for API version v1beta" in str(refused.value)


def with_part(**part: Any) -> dict[str, Any]:
    return {"contents": [{"parts": [part]}]}


def blob(mime_type: str, data: bytes | str) -> dict[str, Any]:
    encoded = data if isinstance(data, str) else base64.b64encode(data).decode()
    return with_part(inlineData={"mimeType": mime_type, "data": encoded})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "Parsing failed"),
        (b"\xff", "Parsing failed"),
        (b"[" * 100_000, "Parsing failed"),
        ([], "object"),
        ({}, "contents is not specified"),
        ({"contents": []}, "contents is not specified"),
        (asking(colour="red"), '"colour"'),
        (asking(generationConfig={"responseSchemas": {}}), "generation_config"),
        (asking(generationConfig={"responseSchema": SCHEMA}), "response_mime_type"),
        (asking(generationConfig={"responseModalities": ["AUDIO"]}), "modalities"),
        (asking(generationConfig={"responseModalities": ["IMAGE"]}), "modalities"),
        ({"contents": [{"role": "system", "parts": []}]}, "valid role"),
        (with_part(txt="x"), '"txt"'),
        (blob("image/jpeg", "!!!"), "inline_data.data"),
        (blob("image/jpeg", ""), "empty"),
        (blob("video/mp4", b"x"), "MIME type"),
        (blob("audio/wav", b"RIFF"), "input audio"),
        (blob("audio/wav", wav(rate_hz=8_000)), "16000"),
        (blob("audio/wav", wav(channels=2)), "16000"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_google_would_not_take_is_a_400_that_says_why(tmp_path: Path, body: Any, words: str) -> None:
    async with running(tmp_path) as server, posting(server) as post:
        status, answer = await post(body)
    assert status == answer["error"]["code"] == 400
    assert answer["error"]["status"] == "INVALID_ARGUMENT"
    assert words in answer["error"]["message"]


async def test_a_speech_model_writes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, voice=hum) as server:
        for config in (None, types.GenerateContentConfig(response_modalities=[types.Modality.TEXT])):
            with pytest.raises(errors.ClientError) as refused:
                await generate(sdk(server), "Say this.", config, SPEECH_MODEL)
            assert refused.value.code == 400


async def test_a_request_of_more_than_20_mib_is_too_big(tmp_path: Path) -> None:
    async with running(tmp_path) as server, posting(server) as post:
        status, answer = await post(b" " * (20 * 1024 * 1024 + 1))
    assert (status, answer["error"]["code"]) == (400, 400)
    assert "exceeds the limit" in answer["error"]["message"]


async def test_calls_count_as_sessions(tmp_path: Path) -> None:
    async with running(tmp_path, max_sessions=0) as server:
        with pytest.raises(errors.ClientError) as refused:
            await generate(sdk(server), "Where?")
    assert (refused.value.code, refused.value.status) == (429, "RESOURCE_EXHAUSTED")


async def test_who_thinks_too_long_is_a_504(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_live.generating.THINKING_LIMIT_S", 0.1)
    brains = Brains()
    brains.first.gate.clear()
    async with running(tmp_path, brains) as server, posting(server) as post:
        status, answer = await post(asking())
    assert (status, answer["error"]["status"]) == (504, "DEADLINE_EXCEEDED")
    assert brains.first.closed.is_set()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
async def test_a_failure_can_be_ordered_for_one_call(tmp_path: Path, status: int) -> None:
    async with running(tmp_path) as server:
        plan = server.order_generate(orders.FailGenerate(HTTPStatus(status)))
        with pytest.raises(errors.APIError) as failed:
            await generate(sdk(server), "Where?")
        assert failed.value.code == status
        assert plan.acted.is_set()
        assert (await generate(sdk(server), "Where?")).text


async def test_a_late_a_broken_and_an_empty_answer_can_be_ordered(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        client = sdk(server)
        server.order_generate(orders.SlowGenerate(by_s=0.3))
        server.order_generate(orders.NoCandidates())
        server.order_generate(orders.Blocked("SAFETY"))
        server.order_generate(orders.BrokenText())
        began_s = time.monotonic()
        assert (await generate(client, "Where?")).text
        assert time.monotonic() - began_s >= 0.3
        assert not (await generate(client, "Where?")).candidates
        blocked = (await generate(client, "Where?")).candidates[0]
        assert blocked.finish_reason is types.FinishReason.SAFETY and blocked.content is None
        with pytest.raises(ValueError):
            json.loads((await generate(client, "Where?", as_json())).text)


async def test_a_connection_lost_in_a_call_can_be_ordered(tmp_path: Path) -> None:
    async with running(tmp_path) as server, posting(server) as post:
        server.order_generate(orders.DropGenerate())
        with pytest.raises(aiohttp.ClientConnectionError):
            await post(asking())
        assert (await post(asking()))[0] == 200


async def test_orders_for_calls_and_for_sessions_wait_in_queues_of_their_own(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        session, call = server.order(orders.EmptyAnswer()), server.order_generate(orders.NoCandidates())
        await generate(sdk(server), "Where?")
    assert call.acted.is_set() and not session.taken.is_set()
