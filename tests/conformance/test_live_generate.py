"""Questions over `generateContent`, with the real SDK and a real TLS server: what goes out, what comes back, what goes wrong."""

import homeassistant  # noqa: F401  before google.genai: it decides which httpx there is

# isort: split
import asyncio
import base64
import io
import json
from pathlib import Path
import socket
import time
from typing import Any
import wave

from aiohttp import web
import numpy as np
import pytest

from custom_components.shelfsight.live import generate
from custom_components.shelfsight.live.accounts import Usage
from custom_components.shelfsight.live.faults import LiveError, Trouble
from custom_components.shelfsight.spatial import PlaceReport
from local_live.certificate import load_or_make, now_utc
from tests.conformance.scripted_https import KEY, Reply, body, client_of, saying, server_saying

MODEL, VOICE_MODEL = "gemini-3.8-flash", "gemini-3.8-flash-lite-tts"
JPEG = b"\xff\xd8\xff\xd9"
PLACE = {"found": True, "item": "bread", "shelf": 3, "shelf_count": 5}
ANSWER = json.dumps({"heard": "Where is the bread?", "answer": "Third shelf.", "place": PLACE})


def unpacked(part: dict[str, Any]) -> tuple[str, bytes]:
    blob = part["inlineData"]
    return blob.get("mimeType") or blob["mime_type"], base64.urlsafe_b64decode(blob["data"])


def parts_of(asked: dict[str, Any]) -> list[dict[str, Any]]:
    (content,) = asked["contents"]
    assert content["role"] == "user"
    return content["parts"]


async def test_a_spoken_question_goes_out_as_wav_after_its_picture(tmp_path: Path) -> None:
    pcm = bytes(range(256)) * 20
    async with server_saying(tmp_path, saying(body(ANSWER))) as (client, asked):
        await generate.ask(client, MODEL, "You are the eyes.", pcm, JPEG)
    (sent,) = asked.bodies
    picture, question = parts_of(sent)
    assert unpacked(picture) == ("image/jpeg", JPEG)
    kind, sound = unpacked(question)
    with wave.open(io.BytesIO(sound)) as file:
        assert (kind, file.getframerate(), file.getnchannels(), file.getsampwidth()) == ("audio/wav", 16_000, 1, 2)
        assert file.readframes(file.getnframes()) == pcm
    assert sent["systemInstruction"]["parts"][0]["text"].startswith("You are the eyes.")
    config = sent["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert set(config["responseSchema"]["properties"]) == {"heard", "answer", "place"}
    assert config["thinkingConfig"] in ({"thinking_level": "LOW"}, {"thinkingLevel": "LOW"})


async def test_a_written_question_follows_the_talk_so_far(tmp_path: Path) -> None:
    async with server_saying(tmp_path, saying(body(ANSWER))) as (client, asked):
        await generate.ask(client, MODEL, "", "And the milk?", JPEG, "Person: Where is the bread?\nYou: Third shelf.")
    _, history, question = parts_of(asked.bodies[0])
    assert "Person: Where is the bread?" in history["text"]
    assert question == {"text": "And the milk?"}


async def test_the_key_travels_in_a_header_and_never_in_the_address(tmp_path: Path) -> None:
    async with server_saying(tmp_path, saying(body(ANSWER))) as (client, asked):
        await generate.ask(client, MODEL, "", "Where?", JPEG)
    (request,) = asked.requests
    assert request.headers["x-goog-api-key"] == KEY
    assert request.path_qs == f"/v1beta/models/{MODEL}:generateContent"


async def test_an_answer_is_what_was_heard_what_is_said_where_it_is_and_what_it_cost(tmp_path: Path) -> None:
    counted = {
        "promptTokenCount": 1300,
        "candidatesTokenCount": 60,
        "thoughtsTokenCount": 200,
        "promptTokensDetails": [{"modality": "IMAGE", "tokenCount": 1100}, {"modality": "AUDIO", "tokenCount": 100}],
    }
    async with server_saying(tmp_path, saying(body(ANSWER, usageMetadata=counted))) as (client, _):
        written = await generate.ask(client, MODEL, "", b"\0\0", JPEG)
    assert written == generate.Written(
        "Where is the bread?",
        "Third shelf.",
        PlaceReport(found=True, item="bread", shelf=3, shelf_count=5),
        Usage(text_in=100, audio_in=100, image_in=1100, text_out=60, thoughts=200),
    )


READ_WITH_CARE: dict[str, tuple[Any, str, PlaceReport | None]] = {
    "no place": (body('{"heard": "Hi", "answer": "Hello."}'), "Hello.", None),
    "a place of null": (body('{"heard": "Hi", "answer": "Hello.", "place": null}'), "Hello.", None),
    "a place that says nothing": (body('{"answer": "Hello.", "place": {"found": "maybe"}}'), "Hello.", None),
    "a place that is a text": (body('{"answer": "Hello.", "place": "there", "heard": 7}'), "Hello.", None),
    "JSON in a fence": (body('```json\n{"answer": "Hello."}\n```'), "Hello.", None),
    "half a surrogate pair": (body('{"answer": "a\\ud800b"}'), "a\ufffdb", None),
    "unknown fields": ({**body('{"answer": "Hello.", "mood": 1}'), "surprise": {"a": 1}}, "Hello.", None),
    "in pieces, after a thought": (
        {
            "candidates": [
                {
                    "content": {
                        "parts": [
                            {"text": "Let me think.", "thought": True},
                            {"text": '{"answer": "Third'},
                            {"text": ' shelf."}'},
                        ]
                    }
                }
            ]
        },
        "Third shelf.",
        None,
    ),
}


@pytest.mark.parametrize(("response", "text", "place"), READ_WITH_CARE.values(), ids=READ_WITH_CARE)
async def test_an_answer_is_read_with_care(tmp_path: Path, response: Any, text: str, place: PlaceReport | None) -> None:
    async with server_saying(tmp_path, saying(response)) as (client, _):
        written = await generate.ask(client, MODEL, "", "Hi", JPEG)
    assert (written.text, written.place) == (text, place)


def finished(reason: str) -> dict[str, Any]:
    return {"candidates": [{"finishReason": reason}]}


NO_ANSWER: dict[str, Any] = {
    "no JSON": body("Third shelf."),
    "half of the JSON": body('{"heard": "Where", "answer": "Third', finish="MAX_TOKENS"),
    "a list": body("[1]"),
    "no answer": body('{"heard": "Where"}'),
    "an answer of nothing": body('{"answer": " "}'),
    "an answer that is a number": body('{"answer": 3}'),
    "too deep": body("[" * 100_000),
    "no text": body(None),
    "no candidates": {"candidates": []},
    "nothing": {},
    "a question that is blocked": {"promptFeedback": {"blockReason": "SAFETY"}},
    "stopped for safety": finished("SAFETY"),
    "stopped for reading aloud": finished("RECITATION"),
    "stopped for a reason nobody knows": finished("MOON " + KEY),
}


@pytest.mark.parametrize("response", NO_ANSWER.values(), ids=NO_ANSWER)
@pytest.mark.filterwarnings("ignore:.*is not a valid")
async def test_an_answer_that_cannot_be_read_is_none(tmp_path: Path, response: Any) -> None:
    async with server_saying(tmp_path, saying(response)) as (client, asked):
        with pytest.raises(LiveError) as caught:
            await generate.ask(client, MODEL, "", "Where?", JPEG)
    assert caught.value.trouble is Trouble.NO_ANSWER
    assert KEY not in str(caught.value)
    assert len(asked.bodies) == 1


NO_RESPONSE = {
    "no JSON at all": "<html>hello</html>",
    "a number": 7,
    "a list": [],
    "a text for the candidates": {"candidates": "all of them"},
    "a text for a candidate": {"candidates": ["first"]},
    "an object for a text": {"candidates": [{"content": {"parts": [{"text": {"a": 1}}]}}]},
    "a number for a text": {"candidates": [{"content": {"parts": [{"text": 7}]}}]},
    "a list for a part": {"candidates": [{"content": {"parts": [[1]]}}]},
    "no base64": {"candidates": [{"content": {"parts": [{"inlineData": {"data": "AA A", "mimeType": "audio/pcm"}}]}}]},
    "a word for a number": body(ANSWER, usageMetadata={"promptTokenCount": "many"}),
    "a number for a reason": {"candidates": [{"finishReason": 7}]},
}


@pytest.mark.parametrize("response", NO_RESPONSE.values(), ids=NO_RESPONSE)
async def test_a_response_that_is_none_is_a_trouble_and_nothing_else(tmp_path: Path, response: Any) -> None:
    async with server_saying(tmp_path, saying(response)) as (client, _):
        for asking in (
            generate.ask(client, MODEL, "", "Where?", JPEG),
            generate.say(client, VOICE_MODEL, "Kore", "Hello.", "en"),
            generate.place(client, MODEL, "Where?", "There.", JPEG),
        ):
            with pytest.raises(LiveError) as caught:
                await asking
            assert caught.value.trouble in (Trouble.NO_ANSWER, Trouble.BAD_REQUEST)
            assert KEY not in str(caught.value)


def refused(code: int, status: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "status": status, "message": message}}


REFUSALS = {
    "a wrong key": (refused(400, "INVALID_ARGUMENT", f"API key {KEY} not valid."), 400, Trouble.KEY_REFUSED),
    "a key without access": (refused(403, "PERMISSION_DENIED", f"{KEY} has no access"), 403, Trouble.KEY_REFUSED),
    "quota": (refused(429, "RESOURCE_EXHAUSTED", f"You exceeded your quota {KEY}"), 429, Trouble.QUOTA),
    "a bad request": (refused(400, "INVALID_ARGUMENT", f"Unknown name {KEY}"), 400, Trouble.BAD_REQUEST),
}


@pytest.mark.parametrize(("response", "status", "trouble"), REFUSALS.values(), ids=REFUSALS)
async def test_a_refusal_is_sorted_and_never_tried_again_by_the_sdk(
    tmp_path: Path, response: Any, status: int, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    async with server_saying(tmp_path, saying(response, status)) as (client, asked):
        with pytest.raises(LiveError) as caught:
            await generate.ask(client, MODEL, "", "Where?", JPEG)
    assert caught.value.trouble is trouble
    assert len(asked.bodies) == 1
    assert KEY not in str(caught.value) + repr(caught.value.__cause__) + caplog.text


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_in_trouble_is_asked_once(tmp_path: Path, status: int) -> None:
    async with server_saying(tmp_path, saying("<html>sorry</html>", status)) as (client, asked):
        with pytest.raises(LiveError):
            await generate.ask(client, MODEL, "", "Where?", JPEG)
    assert len(asked.bodies) == 1


async def test_a_server_that_never_answers_is_left_in_time(tmp_path: Path) -> None:
    async def never(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with server_saying(tmp_path, never) as (client, _):
        began = time.monotonic()
        with pytest.raises(LiveError) as caught:
            await generate.ask(client, MODEL, "", "Where?", JPEG, timeout_s=0.3)
        assert caught.value.trouble is Trouble.NO_ANSWER
        assert time.monotonic() - began < 2


async def test_a_server_that_answers_drop_by_drop_is_left_in_time(tmp_path: Path) -> None:
    async def dripping(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b" ")
                await asyncio.sleep(0.05)
        except OSError:
            return response  # the client has gone

    async with server_saying(tmp_path, dripping) as (client, _):
        began = time.monotonic()
        with pytest.raises(LiveError) as caught:
            await generate.ask(client, MODEL, "", "Where?", JPEG, timeout_s=0.5)
        assert caught.value.trouble is Trouble.NO_ANSWER
        assert time.monotonic() - began < 2


async def test_a_caller_who_gives_up_is_not_told_of_a_trouble(tmp_path: Path) -> None:
    arrived = asyncio.Event()

    async def never(_request: web.Request) -> web.StreamResponse:
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with server_saying(tmp_path, never) as (client, _):
        asking = asyncio.create_task(generate.ask(client, MODEL, "", "Where?", JPEG))
        await arrived.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def test_a_connection_that_breaks_is_no_server(tmp_path: Path) -> None:
    async with server_saying(tmp_path, hang_up) as (client, asked):
        with pytest.raises(LiveError) as caught:
            await generate.ask(client, MODEL, "", "Where?", JPEG)
    assert caught.value.trouble is Trouble.NO_SERVER
    assert len(asked.bodies) == 1, "and is not tried again in secret"


async def test_where_nobody_listens_there_is_no_server(tmp_path: Path) -> None:
    identity = await asyncio.to_thread(load_or_make, tmp_path, now_utc())
    with socket.socket() as taken:  # bound, and not listening: nobody else gets the port meanwhile
        taken.bind(("127.0.0.1", 0))
        client = await asyncio.to_thread(client_of, taken.getsockname()[1], identity.certificate_path.read_text())
        with pytest.raises(LiveError) as caught:
            await generate.ask(client, MODEL, "", "Where?", JPEG)
        await client.aio.aclose()
    assert caught.value.trouble is Trouble.NO_SERVER


async def test_another_certificate_than_the_pinned_one_is_told_apart(tmp_path: Path) -> None:
    other = await asyncio.to_thread(load_or_make, tmp_path / "other", now_utc())
    pinned = other.certificate_path.read_text()
    async with server_saying(tmp_path / "own", saying(body(ANSWER)), pinned=pinned) as (client, asked):
        with pytest.raises(LiveError) as caught:
            await generate.ask(client, MODEL, "", "Where?", JPEG)
    assert caught.value.trouble is Trouble.CERTIFICATE_CHANGED
    assert not asked.bodies, "nothing was sent"


def sound(data: bytes, mime: str) -> dict[str, Any]:
    blob = {"mimeType": mime, "data": base64.b64encode(data).decode()}
    return {"candidates": [{"content": {"parts": [{"inlineData": blob}]}, "finishReason": "STOP"}]}


PCM = np.arange(-1000, 1000, dtype="<i2").tobytes()
SPOKEN = {
    "as documented": (PCM, "audio/L16;codec=pcm;rate=24000"),
    "as 3.1 spells it": (PCM, "audio/l16; rate=24000; channels=1"),
    "as PCM": (PCM, "audio/pcm;rate=24000"),
    "without a rate": (PCM, "audio/pcm"),
    "as a WAV file": (generate.wav(PCM, 24_000), "audio/wav"),
    "as a WAV file by another name": (generate.wav(PCM, 24_000), "audio/x-wav"),
    "with half a sample at its end": (PCM + b"\1", "audio/L16;rate=24000"),
}


@pytest.mark.parametrize(("data", "mime"), SPOKEN.values(), ids=SPOKEN)
async def test_speech_comes_as_samples_whatever_they_are_wrapped_in(tmp_path: Path, data: bytes, mime: str) -> None:
    async with server_saying(tmp_path, saying(sound(data, mime))) as (client, _):
        assert await generate.say(client, VOICE_MODEL, "Kore", "Third shelf.", "en-GB") == PCM


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 48_000])
async def test_speech_at_another_rate_keeps_its_length_and_its_tone(tmp_path: Path, rate_hz: int) -> None:
    second = np.arange(rate_hz) / rate_hz
    tone = (10_000 * np.sin(2 * np.pi * 440 * second)).astype("<i2").tobytes()
    for reply in (sound(tone, f"audio/L16;rate={rate_hz}"), sound(generate.wav(tone, rate_hz), "audio/wav")):
        async with server_saying(tmp_path, saying(reply)) as (client, _):
            spoken = np.frombuffer(await generate.say(client, VOICE_MODEL, "Kore", "A", "en"), "<i2")
        assert abs(spoken.size - 24_000) < 50
        spectrum = np.abs(np.fft.rfft(spoken[:24_000], 24_000))
        assert int(spectrum.argmax()) == 440


NOT_SPEECH = {
    "MP3": (b"ID3" + PCM, "audio/mpeg"),
    "two channels": (PCM, "audio/L16;rate=24000;channels=2"),
    "a rate of words": (PCM, "audio/L16;rate=fast"),
    "a rate nobody uses": (PCM, "audio/L16;rate=999999"),
    "half a WAV file": (generate.wav(PCM, 24_000)[:20], "audio/wav"),
    "no samples": (b"\1", "audio/pcm"),
    "a picture": (JPEG, "image/jpeg"),
}


@pytest.mark.parametrize(("data", "mime"), NOT_SPEECH.values(), ids=NOT_SPEECH)
async def test_what_is_no_speech_is_not_played(tmp_path: Path, data: bytes, mime: str) -> None:
    async with server_saying(tmp_path, saying(sound(data, mime))) as (client, _):
        with pytest.raises(LiveError) as caught:
            await generate.say(client, VOICE_MODEL, "Kore", "Third shelf.", "en")
    assert caught.value.trouble is Trouble.NO_ANSWER


async def test_the_text_to_be_said_goes_out_word_for_word_and_directions_beside_it(tmp_path: Path) -> None:
    reply = {**sound(PCM, "audio/pcm;rate=24000"), "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 50}}
    async with server_saying(tmp_path, saying(reply)) as (client, asked):
        spoken, usage = await generate.speak(client, VOICE_MODEL, "Kore", "Drittes Fach.", "de")
    assert (spoken, usage) == (PCM, Usage(text_in=5, text_out=50))
    (part,) = parts_of(asked.bodies[0])
    directions = part.pop("speechMetadata", None) or part.pop("speech_metadata")
    assert part == {"text": "Drittes Fach."}
    assert "de." in directions["style"]
    config = asked.bodies[0]["generationConfig"]
    assert config["responseModalities"] == ["AUDIO"]
    assert "Kore" in json.dumps(config["speechConfig"])


async def test_a_place_is_reported_from_the_picture_that_was_answered_about(tmp_path: Path) -> None:
    async with server_saying(tmp_path, saying(body(json.dumps(PLACE)))) as (client, asked):
        place, usage = await generate.place(client, MODEL, "Where is the bread?", "Third shelf.", JPEG)
    assert place == PlaceReport(found=True, item="bread", shelf=3, shelf_count=5)
    assert usage == Usage()
    picture, question = parts_of(asked.bodies[0])
    assert unpacked(picture) == ("image/jpeg", JPEG)
    assert "Where is the bread?" in question["text"] and "Third shelf." in question["text"]
    assert set(asked.bodies[0]["generationConfig"]["responseSchema"]["required"]) == {"found", "item"}


async def test_a_place_of_no_use_is_none_and_is_paid_for(tmp_path: Path) -> None:
    reply: Reply = saying(body('{"found": "perhaps"}', usageMetadata={"promptTokenCount": 9}))
    async with server_saying(tmp_path, reply) as (client, _):
        assert await generate.place(client, MODEL, "Where?", "There.", JPEG) == (None, Usage(text_in=9))
