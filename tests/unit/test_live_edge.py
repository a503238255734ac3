"""What comes in from a Live server: the SDK sees what it can take, and nothing else."""

import homeassistant  # noqa: F401  before google.genai: it decides which httpx there is

# isort: split
import asyncio
import base64
from enum import Enum
import json
from pathlib import Path
import random
import time
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin

from google.genai import errors, live, types
import pydantic
import pytest
import yaml

from custom_components.shelfsight.live.edge import FRAME_LIMIT_BYTES, Checked, check, is_answer_sound

RECORDINGS = sorted((Path(__file__).parents[3] / "shared" / "live-recordings").glob("*.yaml"))
KEY = "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def spoken(data: str = b64(b"\1\0\2\0"), mime: Any = "audio/pcm;rate=24000", **more: Any) -> dict[str, Any]:
    parts = [{"inlineData": {"mimeType": mime, "data": data}}]
    return {"serverContent": {"modelTurn": {"parts": parts}, **more}}


def checked(message: Any) -> Checked:
    return check(json.dumps(message).encode())


def left(message: Any) -> Any:
    frame = checked(message).frame
    return None if frame is None else json.loads(frame)


class OneFrame:
    """A socket that has received one frame."""

    def __init__(self, frame: bytes) -> None:
        self._frame = frame

    async def recv(self, *, decode: bool) -> bytes:
        assert not decode
        return self._frame


def taken_by_the_sdk(frame: bytes) -> types.LiveServerMessage:
    """The frame, read by the SDK's own session."""

    async def read() -> types.LiveServerMessage:
        session = live.AsyncSession(SimpleNamespace(vertexai=False), OneFrame(frame))  # type: ignore[arg-type]
        return await anext(session.receive())

    return asyncio.run(read())


def example(annotation: Any) -> Any:
    """A value that the annotation allows, with every field that there is."""
    inner = [one for one in get_args(annotation) if one is not type(None)]
    if get_origin(annotation) is list:
        return [example(inner[0])]
    if get_origin(annotation) is dict:
        return {"found": True, "item": "bread", "box": [1, 2, 3, 4], "deep": {"er": [None, 0.5]}}
    if get_origin(annotation) is Literal:
        return inner[0]
    if inner:
        return example(inner[0])
    if issubclass(annotation, pydantic.BaseModel):
        return {field.alias: example(field.annotation) for field in annotation.model_fields.values()}
    if issubclass(annotation, Enum):
        return list(annotation)[-1].value
    simple = {str: "one\u00e9", bytes: b64(b"four"), bool: True, int: 7, float: 0.5, Any: {"a": 1}}
    return simple[annotation]


EVERYTHING: dict[str, Any] = example(types.LiveServerMessage)
EVERYTHING["serverContent"]["modelTurn"]["parts"][0]["inlineData"]["mimeType"] = "audio/pcm;rate=24000"


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
def test_the_sdk_reads_the_same_in_recorded_frames_as_without_the_check(path: Path) -> None:
    for entry in yaml.safe_load(path.read_text())["interactions"]:
        if entry["direction"] != "received":
            continue
        for part in entry["data"].get("serverContent", {}).get("modelTurn", {}).get("parts", []):
            if "inlineData" in part:  # the recordings cut each piece of sound in the middle of a sample
                pcm = base64.b64decode(part["inlineData"]["data"])
                part["inlineData"]["data"] = b64(pcm[: len(pcm) // 2 * 2])
        frame = json.dumps(entry["data"]).encode()
        result = check(frame)
        assert all(fault.endswith(": unknown field") for fault in result.faults), "one gateway has its own token counts"
        assert result.frame is not None
        assert taken_by_the_sdk(result.frame) == taken_by_the_sdk(frame)


def test_recordings_are_there_or_the_test_above_says_nothing() -> None:
    if not RECORDINGS:
        pytest.skip("the recorded sessions are not on this machine")


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_kind_of_frame_that_the_sdk_knows_comes_through_with_all_its_fields(name: str) -> None:
    frame = json.dumps({name: EVERYTHING[name]}).encode()
    assert check(frame) == Checked(frame)
    assert set(taken_by_the_sdk(frame).model_dump(exclude_none=True, by_alias=True)) == {name}


FAULTS: dict[str, tuple[Any, Any, str]] = {
    "an unknown frame": ({"surprise": {}}, None, "surprise: unknown field"),
    "an unknown frame beside a known one": (
        {"goAway": {"timeLeft": "60s"}, "surprise": 1},
        {"goAway": {"timeLeft": "60s"}},
        "surprise: unknown field",
    ),
    "a frame's name as Python spells it": ({"server_content": {}}, None, "server_content: unknown field"),
    "an unknown field": (
        {"serverContent": {"interrupted": True, "mood": "fine"}},
        {"serverContent": {"interrupted": True}},
        "serverContent.mood: unknown field",
    ),
    "another rate": (
        spoken(mime="audio/pcm;rate=8000", generationComplete=True),
        {"serverContent": {"modelTurn": {"parts": []}, "generationComplete": True}},
        "serverContent.modelTurn.parts[0].inlineData.mimeType: audio/pcm;rate=8000",
    ),
    "another codec": (
        spoken(mime="audio/opus"),
        {"serverContent": {"modelTurn": {"parts": []}}},
        "serverContent.modelTurn.parts[0].inlineData.mimeType: audio/opus",
    ),
    "sound of no kind": (
        spoken(mime=None),
        {"serverContent": {"modelTurn": {"parts": []}}},
        "serverContent.modelTurn.parts[0].inlineData.mimeType: missing",
    ),
    "half a sample": (
        spoken(b64(b"\1\0\2")),
        {"serverContent": {"modelTurn": {"parts": []}}},
        "serverContent.modelTurn.parts[0].inlineData.data: half a sample",
    ),
    "not base64": (
        spoken("AA A"),
        {"serverContent": {"modelTurn": {"parts": []}}},
        "serverContent.modelTurn.parts[0].inlineData.data: not base64",
    ),
    "a number for a text": (
        {"serverContent": {"outputTranscription": {"text": 7, "finished": True}}},
        {"serverContent": {"outputTranscription": {"finished": True}}},
        "serverContent.outputTranscription.text: not a text",
    ),
    "an object for a text": (
        {"serverContent": {"outputTranscription": {"text": {"a": 1}}}},
        {"serverContent": {"outputTranscription": {}}},
        "serverContent.outputTranscription.text: not a text",
    ),
    "a text for an object": ({"serverContent": "done"}, None, "serverContent: not an object"),
    "an object for a list": (
        {"toolCall": {"functionCalls": {"name": "x"}}},
        {"toolCall": {}},
        "toolCall.functionCalls: not a list",
    ),
    "nothing in a list": (
        {"toolCall": {"functionCalls": [None, {"id": "1"}]}},
        {"toolCall": {"functionCalls": [{"id": "1"}]}},
        "toolCall.functionCalls[0]: not an object",
    ),
    "a word for a switch": (
        {"serverContent": {"turnComplete": "yes", "interrupted": True}},
        {"serverContent": {"interrupted": True}},
        "serverContent.turnComplete: neither true nor false",
    ),
    "a reason nobody knows": (
        {"serverContent": {"turnComplete": True, "turnCompleteReason": "MOON_PHASE"}},
        {"serverContent": {"turnComplete": True}},
        "serverContent.turnCompleteReason: unknown value",
    ),
    "more tokens than 64 bits hold": (
        {"usageMetadata": {"promptTokenCount": 10**40, "totalTokenCount": 9}},
        {"usageMetadata": {"totalTokenCount": 9}},
        "usageMetadata.promptTokenCount: not a whole number",
    ),
    "half a surrogate pair": (
        {"serverContent": {"outputTranscription": {"text": "a\ud800b"}}},
        {"serverContent": {"outputTranscription": {"text": "a\ufffdb"}}},
        "serverContent.outputTranscription.text: half a surrogate pair",
    ),
    "a megabyte of text": (
        {"serverContent": {"outputTranscription": {"text": "a" * 2**20}}},
        {"serverContent": {"outputTranscription": {"text": "a" * 16_384}}},
        "serverContent.outputTranscription.text: longer than 16384 characters",
    ),
    "a handle too long to be one": (
        {"sessionResumptionUpdate": {"newHandle": "h" * 70_000, "resumable": True}},
        {"sessionResumptionUpdate": {"resumable": True}},
        "sessionResumptionUpdate.newHandle: longer than 65536 characters",
    ),
    "a thousand parts": (
        {"serverContent": {"modelTurn": {"parts": [{}] * 1000}}},
        {"serverContent": {"modelTurn": {"parts": [{}] * 256}}},
        "serverContent.modelTurn.parts: more than 256 items",
    ),
    "the same field twice": (
        {"goAway": {"timeLeft": "60s", "time_left": "5s"}},
        {"goAway": {"timeLeft": "60s"}},
        "goAway.time_left: a second timeLeft",
    ),
    "a frame of nothing": ({"serverContent": None}, None, "frame: nothing in it"),
    "a list": ([1, 2], None, "frame: not an object"),
    "a number": (1, None, "frame: not an object"),
}


@pytest.mark.parametrize(("message", "expected", "fault"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_used_is_left_out_and_named(message: Any, expected: Any, fault: str) -> None:
    result = checked(message)
    assert fault in result.faults
    assert left(message) == expected
    if result.frame is not None:
        taken_by_the_sdk(result.frame)


NOT_JSON = {
    "nothing": b"",
    "text": b"hello",
    "half a frame": b'{"serverContent": {',
    "not a number": b'{"usageMetadata": {"totalTokenCount": NaN}}',
    "infinity": b'{"usageMetadata": {"totalTokenCount": -Infinity}}',
    "no UTF-8": b'{"goAway": {"timeLeft": "\xff\xfe"}}',
    "a number of a million digits": b'{"usageMetadata": {"totalTokenCount": ' + b"9" * 10**6 + b"}}",
    "a hundred thousand levels": b"[" * 100_000,
    "as many, closed": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "eight megabytes": b" " * 8 * 2**20,
    "eight megabytes of text": b'{"serverContent":{"outputTranscription":{"text":"' + b"a" * 8 * 2**20 + b'"}}}',
}


@pytest.mark.parametrize("frame", NOT_JSON.values(), ids=NOT_JSON)
def test_a_frame_that_is_no_message_is_dropped_and_the_session_goes_on(frame: bytes) -> None:
    result = check(frame)
    assert result.frame is None
    assert len(result.faults) == 1 and result.faults[0].startswith("frame: ")


def test_an_empty_frame_means_nothing_and_is_no_fault() -> None:
    assert checked({}) == Checked(b"{}")
    assert taken_by_the_sdk(b"{}") == types.LiveServerMessage()


def test_of_several_parts_only_the_bad_one_goes() -> None:
    message = spoken()
    good = message["serverContent"]["modelTurn"]["parts"][0]
    bad = {"inlineData": {"mimeType": "audio/pcm;rate=8000", "data": "AAAA"}}
    message["serverContent"]["modelTurn"]["parts"] = [good, bad, {"text": "thinking", "thought": True}, good]
    assert left(message)["serverContent"]["modelTurn"]["parts"] == [
        good,
        {"text": "thinking", "thought": True},
        good,
    ]


def test_a_call_keeps_its_name_and_id_when_its_arguments_are_too_deep() -> None:
    deep: Any = "bottom"
    for _ in range(100):
        deep = {"a": deep}
    call = {"id": "call-1", "name": "report_place", "args": {"item": "bread", "deep": deep}}
    result = left({"toolCall": {"functionCalls": [call]}})["toolCall"]["functionCalls"][0]
    assert (result["id"], result["name"], result["args"]["item"]) == ("call-1", "report_place", "bread")
    assert "bottom" not in json.dumps(result)


def test_the_last_of_duplicate_keys_counts_for_the_check_and_for_the_sdk() -> None:
    frame = b'{"serverContent": 1, "serverContent": {"interrupted": false, "interrupted": true}}'
    assert check(frame) == Checked(frame)
    content = taken_by_the_sdk(frame).server_content
    assert content is not None and content.interrupted is True


@pytest.mark.parametrize("data", ["-_-_-_-_", "+/+/+/+/", "AAE=", "AAE"], ids=["urlsafe", "standard", "padded", "bare"])
def test_both_alphabets_of_base64_are_taken_as_the_sdk_takes_them(data: str) -> None:
    frame = json.dumps(spoken(data)).encode()
    assert check(frame) == Checked(frame)
    turn = taken_by_the_sdk(frame).server_content.model_turn  # type: ignore[union-attr]
    assert turn.parts[0].inline_data.data == base64.urlsafe_b64decode(  # type: ignore[union-attr,index]
        data.replace("+", "-").replace("/", "_").rstrip("=") + "=" * (-len(data.rstrip("=")) % 4)
    )


def test_what_is_sound_of_an_answer() -> None:
    for mime in ("audio/pcm;rate=24000", "audio/pcm", "Audio/PCM; rate=24000", "audio/pcm;rate=24000;channels=1"):
        assert is_answer_sound(mime), mime
    for mime in ("audio/pcm;rate=16000", "audio/pcm;rate=24000;channels=2", "audio/wav", "audio/pcmu", ""):
        assert not is_answer_sound(mime), mime


ERRORS: dict[str, tuple[Any, int, str]] = {
    "quota": (
        {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": f"You exceeded your current quota {KEY}"}},
        429,
        "exceeded quota",
    ),
    "key": (
        {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": f"API key {KEY} not valid; api_key expired"}},
        400,
        "api key not api key expired",
    ),
    "status without a code": ({"error": {"status": "UNAVAILABLE", "message": "overloaded"}}, 503, "overloaded"),
    "a text": ({"error": f"permission denied for {KEY}"}, 1011, "permission denied"),
    "a list": ({"error": [KEY]}, 1011, ""),
    "a code that is none": ({"error": {"code": KEY, "status": KEY, "message": {"a": KEY}}}, 1011, ""),
    "no error around it": (
        {"code": 403, "message": "PERMISSION_DENIED", "status": "PERMISSION_DENIED"},
        403,
        "permission denied",
    ),
    "beside something else": ({"serverContent": {"turnComplete": True}, "error": {"code": 500}}, 500, ""),
}


@pytest.mark.parametrize(("message", "code", "words"), ERRORS.values(), ids=ERRORS)
def test_an_error_as_a_frame_is_raised_with_what_sorts_it_and_without_the_key(
    message: Any, code: int, words: str
) -> None:
    with pytest.raises(errors.APIError) as caught:
        checked(message)
    assert (caught.value.code, caught.value.message) == (code, words)
    assert KEY not in f"{caught.value!s} {caught.value!r} {caught.value.details}"


JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, -(2**70), 1e300, 0.25, "", "x", "\ud800", "\udfff\ud83d", "AAAA", "A", "a" * 20_000, [], [None], [[]],
    {}, {"": None}, {"a": {"b": []}}, [{"text": 1}], {"parts": [1]}, {"inlineData": {}}, "NULL_VALUE", "audio/pcm;rate=1e9", "\x00",
)  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a message, as the container and its key."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, one in inner for place in ((value, key), *places(one))]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_put_into_a_frame_the_sdk_takes_what_is_left(seed: int) -> None:
    chance = random.Random(seed)
    plain = json.dumps(EVERYTHING)
    left_whole = dropped = 0
    for _ in range(120):
        message = json.loads(plain)
        for _ in range(chance.randrange(1, 6)):
            container, key = chance.choice(places(message))
            if isinstance(container, dict) and chance.random() < 0.2:
                container[chance.choice(["new", "\ud800", "mime_type", "text", "parts"])] = chance.choice(JUNK)
            else:
                container[key] = chance.choice(JUNK)
        result = checked(message)
        left_whole += not result.faults
        dropped += result.frame is None
        if result.frame is not None:
            taken_by_the_sdk(result.frame)
            assert check(result.frame) == Checked(result.frame), "what is left has no fault"
        assert all(len(fault) < 300 and fault.isprintable() for fault in result.faults)
    assert left_whole < 100 and dropped < 20, "the frames were damaged, and most were of use"


@pytest.mark.parametrize("seed", range(4))
def test_cut_and_flipped_bytes_raise_nothing(seed: int) -> None:
    chance = random.Random(seed)
    plain = json.dumps(EVERYTHING).encode()
    for _ in range(150):
        frame = bytearray(plain[: chance.randrange(len(plain))] if chance.random() < 0.3 else plain)
        for _ in range(chance.randrange(1, 4)):
            if frame:
                frame[chance.randrange(len(frame))] = chance.randrange(256)
        result = check(bytes(frame))
        if result.frame is not None:
            taken_by_the_sdk(result.frame)


def test_a_frame_of_ten_kilobytes_costs_less_than_half_a_millisecond() -> None:
    frame = json.dumps(spoken(b64(bytes(7680)))).encode()
    assert 10_000 < len(frame) < FRAME_LIMIT_BYTES
    check(frame)
    durations_s = []
    for _ in range(50):
        began = time.perf_counter()
        check(frame)
        durations_s.append(time.perf_counter() - began)
    assert sorted(durations_s)[25] < 0.0005
