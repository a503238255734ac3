"""The session against recorded Gemini sessions: what Gemini said then is understood, word for word and sample for sample."""

import base64
from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

import pytest
import yaml

from custom_components.shelfsight.live.events import Heard, Said, Sound, SoundOver, TurnOver
from tests.conformance.scripted_server import Gemini, session_with

RECORDINGS = Path(__file__).parents[3] / "shared" / "live-recordings"
NAMES = [path.name for path in sorted(RECORDINGS.glob("*.yaml"))]
pytestmark = pytest.mark.skipif(not NAMES, reason="the recorded sessions are not on this machine")

# Documented in Gemini's API reference, and in none of the recordings.
DOCUMENTED = {
    "contextWindowCompression",
    "contextWindowCompression.triggerTokens",
    "contextWindowCompression.slidingWindow",
    "realtimeInputConfig",
    "realtimeInputConfig.automaticActivityDetection",
    "realtimeInputConfig.automaticActivityDetection.disabled",
    "sessionResumption",
}


def interactions(name: str) -> list[dict[str, Any]]:
    recorded: list[dict[str, Any]] = yaml.safe_load((RECORDINGS / name).read_text())["interactions"]
    return recorded


def model_of(name: str) -> str:
    model: str = interactions(name)[0]["data"]["setup"]["model"]
    return model.removeprefix("models/")


def whole_samples(frame: dict[str, Any]) -> dict[str, Any]:
    """The recordings cut each piece of sound in the middle of a sample: give it back without the half one."""
    for part in frame.get("serverContent", {}).get("modelTurn", {}).get("parts", []):
        if "inlineData" in part:
            pcm = base64.b64decode(part["inlineData"]["data"])
            part["inlineData"]["data"] = base64.b64encode(pcm[: len(pcm) // 2 * 2]).decode()
    return frame


def turns_of(name: str) -> list[list[list[dict[str, Any]]]]:
    """What Gemini said to each question, in pieces between which it waited for a function's response."""
    turns: list[list[list[dict[str, Any]]]] = []
    asked = False
    for entry in interactions(name)[2:]:
        data = entry["data"]
        if entry["direction"] == "received":
            if asked:
                turns.append([[]])
            asked = False
            turns[-1][-1].append(whole_samples(data))
        elif "tool_response" in data:
            turns[-1].append([])
        else:
            asked = True
    return turns


def said(frames: list[dict[str, Any]], key: str) -> str:
    return "".join(frame.get("serverContent", {}).get(key, {}).get("text", "") for frame in frames)


def sound(frames: list[dict[str, Any]]) -> list[bytes]:
    parts = [part for frame in frames for part in frame.get("serverContent", {}).get("modelTurn", {}).get("parts", [])]
    return [base64.b64decode(part["inlineData"]["data"]) for part in parts if "inlineData" in part]


def paths(value: object, path: str = "") -> Iterator[str]:
    """The key paths of a frame, spelt as JavaScript does; what is inside a declaration is the client's own."""
    if isinstance(value, dict) and not path.endswith("functionDeclarations"):
        for key, inner in value.items():
            spelt = f"{path}.{re.sub('_(.)', lambda match: match[1].upper(), key)}".lstrip(".")
            yield spelt
            yield from paths(inner, spelt)
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, path)


@pytest.mark.parametrize("name", NAMES)
async def test_a_recorded_session_is_understood_word_for_word_and_sample_for_sample(tmp_path: Path, name: str) -> None:
    turns = turns_of(name)

    async def script(gemini: Gemini) -> None:
        for first, *others in turns:
            await gemini.question()
            await gemini.say(*first)
            for piece in others:
                await gemini.hear("tool_response")
                await gemini.say(*piece)

    async with session_with(tmp_path, script, model=model_of(name)) as (session, gemini):
        for pieces in turns:
            frames = [frame for piece in pieces for frame in piece]
            if "audio_in" in name:
                turn = await session.start_speech()
                await session.send_sound(b"\1\0" * 320)
                await session.send_picture(b"\xff\xd8\xff")
                await session.end_speech()
            else:
                turn = await session.ask("What is the weather in London?", b"\xff\xd8\xff")
            events = [event async for event in turn.events(5)]
            assert "".join(event.text for event in events if isinstance(event, Said)) == said(
                frames, "outputTranscription"
            )
            assert "".join(event.text for event in events if isinstance(event, Heard)) == said(
                frames, "inputTranscription"
            )
            assert [event.pcm for event in events if isinstance(event, Sound)] == sound(frames) != []
            assert [type(event) for event in events[-2:]] == [SoundOver, TurnOver]
            counted = [frame["usageMetadata"] for frame in frames if "usageMetadata" in frame]
            assert isinstance(events[-1], TurnOver) and events[-1].reason is None
            # Thoughts are billed beside the total; a gateway calls the answer's tokens by another name.
            answered = counted[-1].get("responseTokenCount", 0)
            whole = counted[-1]["promptTokenCount"] + answered + counted[-1].get("thoughtsTokenCount", 0)
            assert events[-1].usage.total == whole
        assert session.usable
    for message in gemini.received:
        assert len(message) == 1, "one kind of message at a time"
        assert len(message.get("realtime_input", {"": 0})) == 1, "markers never share a message with data"


async def test_the_setup_has_the_keys_that_were_recorded_and_documented_ones(tmp_path: Path) -> None:
    async def script(_gemini: Gemini) -> None:
        return

    recorded = [set(paths(interactions(name)[0]["data"]["setup"])) for name in NAMES]
    async with session_with(tmp_path, script) as (_, gemini):
        setup = gemini.received[0]["setup"]
    ours = set(paths(setup))
    assert ours - set().union(*recorded) == DOCUMENTED
    assert set.intersection(*recorded) <= ours
    assert setup["model"] == "models/gemini-3.8-live"


async def test_sound_goes_up_in_the_form_that_was_recorded(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()

    pcm = bytes(range(256)) * 5
    async with session_with(tmp_path, script) as (session, gemini):
        await session.start_speech()
        await session.send_sound(pcm)
        await session.send_picture(b"\xff\xd8\xff\xd9")
        await session.end_speech()
    start, heard, seen, end = (message["realtime_input"] for message in gemini.received[1:])
    assert (start, end) == ({"activityStart": {}}, {"activityEnd": {}})
    name = next(name for name in NAMES if "audio_in" in name)
    recorded = next(
        entry["data"]["realtime_input"] for entry in interactions(name) if "realtime_input" in entry["data"]
    )
    assert set(paths(heard)) == set(paths(recorded))
    assert next(iter(heard["audio"][key] for key in heard["audio"] if key != "data")) == "audio/pcm;rate=16000"
    assert base64.urlsafe_b64decode(heard["audio"]["data"]) == pcm
    assert base64.urlsafe_b64decode(seen["video"]["data"]) == b"\xff\xd8\xff\xd9"
