"""The server against recorded Gemini sessions: what clients sent then it takes, what it sends has been seen there."""

import asyncio
from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_live import wire
from local_live.profiles import PROFILES
from local_live.setup import Setup
from tests.local_live.server_parts import (
    BREAD,
    MODEL_25,
    MODEL_31,
    RECORDINGS,
    Brains,
    hear,
    raw,
    running,
    say,
    set_up,
    written,
)

NAMES = [path.name for path in sorted(RECORDINGS.glob("*.yaml"))]
pytestmark = pytest.mark.skipif(not NAMES, reason="the recorded sessions are not on this machine")

# Documented in Gemini's API reference, but in none of the recordings.
DOCUMENTED = {
    "serverContent.interrupted",
    "toolCallCancellation",
    "toolCallCancellation.ids",
    "toolCallCancellation.ids[]",
    "goAway",
    "goAway.timeLeft",
}


def recorded(name: str, direction: str) -> list[dict[str, Any]]:
    interactions = yaml.safe_load((RECORDINGS / name).read_text())["interactions"]
    return [entry["data"] for entry in interactions if entry["direction"] == direction]


def paths(value: object, path: str = "") -> Iterator[str]:
    """List the key paths of a frame; what stands below a call's arguments is the client's own."""
    if isinstance(value, dict) and not path.endswith(".args"):
        for key, inner in value.items():
            yield f"{path}.{key}".lstrip(".")
            yield from paths(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            if not isinstance(inner, dict):
                yield path + "[]"
            yield from paths(inner, path + "[]")


def all_recorded_paths() -> set[str]:
    return {path for name in NAMES for frame in recorded(name, "received") for path in paths(frame)}


def shape(frame: dict[str, Any]) -> str:
    """Name a frame by its deepest telling keys."""
    content = frame.get("serverContent")
    if content is None:
        return next(iter(frame))
    if "modelTurn" in content:
        (part,) = content["modelTurn"]["parts"]
        return "thought" if part.get("thought") else "speech"
    return next(iter(content), "nothing")


@pytest.mark.parametrize("name", NAMES)
def test_everything_recorded_clients_sent_is_understood(name: str) -> None:
    messages = [wire.parse(json.dumps(message)) for message in recorded(name, "sent")]
    assert isinstance(messages[0], Setup)
    assert messages[0].transcribe_input and messages[0].transcribe_output
    assert not any(isinstance(message, Setup) for message in messages[1:])


@pytest.mark.parametrize("name", NAMES)
async def test_a_recorded_client_is_served_turn_by_turn(tmp_path: Path, name: str) -> None:
    """Replay the sent side; function responses go unread, since this server calls no functions but its own."""
    forced = next(profile for profile in PROFILES if profile.name == MODEL_25)
    is_known = "gateway" not in name  # that one names a model of another service
    sent = recorded(name, "sent")
    asked = sum(1 for message in sent if message.get("client_content", {}).get("turnComplete"))
    asked += any("realtime_input" in message for message in sent)
    brains = Brains()
    async with running(tmp_path, brains, profile=None if is_known else forced) as server, raw(server) as connection:
        await say(connection, sent[0])
        assert await hear(connection) == {"setupComplete": {}}
        answered = 0
        for message in sent[1:]:
            await say(connection, message)
            if message.get("client_content", {}).get("turnComplete"):
                answered += await turn_is_answered(connection)
        if any("realtime_input" in message for message in sent):
            answered += await turn_is_answered(connection)
    assert answered == asked
    assert len(brains.first.questions) + len(brains.first.sounds) == asked


async def turn_is_answered(connection: Any) -> bool:
    shapes = []
    async with asyncio.timeout(10):
        while not shapes or shapes[-1] != "turnComplete":
            shapes.append(shape(await hear(connection)))
    return "speech" in shapes and shapes[-2] == "generationComplete"


async def frames_of_every_kind(tmp_path: Path) -> list[dict[str, Any]]:
    """Have the server send all it can: every model, a spoken and a written turn, a call, an interruption, goAway."""
    frames: list[dict[str, Any]] = []
    wanted = {"inputAudioTranscription": {}, "outputAudioTranscription": {}, "sessionResumption": {}}
    declared = [{"functionDeclarations": [{"name": "report_place", "behavior": "NON_BLOCKING"}]}]
    for profile in PROFILES:
        brains = Brains()
        brains.first.place = BREAD
        brains.first.text = "On the third shelf. " * 5
        more = dict(wanted)
        if profile.name != MODEL_31:
            more["tools"] = declared
        if profile.name.endswith("thinking"):
            more["generationConfig"] = {"thinkingConfig": {"thinkingLevel": "LOW"}}
        options = {"speed": 1.0, "life_s": 1.5, "go_away_s": 0.5}
        async with running(tmp_path, brains, **options) as server, raw(server) as connection:
            await set_up(connection, profile.name, **more)
            frames.append({"setupComplete": {}})
            await say(connection, written("Where?"))
            while "turnComplete" not in frames[-1].get("serverContent", {}):
                frames.append(await hear(connection))
                if shape(frames[-1]) == "speech":
                    await say(connection, written("And now?"))
            async for frame in connection:
                frames.append(json.loads(frame))
                if "goAway" in frames[-1]:
                    break
    return frames


async def test_every_key_the_server_sends_was_recorded_or_is_documented(tmp_path: Path) -> None:
    frames = await frames_of_every_kind(tmp_path)
    used = {path for frame in frames for path in paths(frame)}
    assert used - all_recorded_paths() <= DOCUMENTED
    assert {"goAway", "toolCallCancellation", "serverContent.interrupted", "sessionResumptionUpdate"} <= used


async def test_every_value_has_the_type_that_was_recorded(tmp_path: Path) -> None:
    def types(frames: list[dict[str, Any]]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}

        def walk(value: object, path: str) -> None:
            found.setdefault(path, set()).add(type(value).__name__)
            if isinstance(value, dict) and not path.endswith("args"):
                for key, inner in value.items():
                    walk(inner, f"{path}.{key}")
            elif isinstance(value, list):
                for inner in value:
                    walk(inner, path + "[]")

        for frame in frames:
            walk(frame, "")
        return found

    ours = types(await frames_of_every_kind(tmp_path))
    theirs = types([frame for name in NAMES for frame in recorded(name, "received")])
    assert {path: kinds for path, kinds in ours.items() if path in theirs and not kinds <= theirs[path]} == {}


RULES = [
    ("setupComplete is the first frame", lambda shapes: shapes[0] == "setupComplete"),
    ("setupComplete comes once", lambda shapes: shapes.count("setupComplete") == 1),
    (
        "generationComplete stands right before turnComplete",
        lambda shapes: all(shapes[i - 1] == "generationComplete" for i, s in enumerate(shapes) if s == "turnComplete"),
    ),
    (
        "what was heard comes before what is said",
        lambda shapes: "inputTranscription" not in shapes[first(shapes, "speech") :],
    ),
    (
        "thoughts come before speech",
        lambda shapes: "thought" not in shapes[first(shapes, "speech") :],
    ),
    ("a call comes before speech", lambda shapes: "toolCall" not in shapes[first(shapes, "speech") :]),
]


def first(shapes: list[str], wanted: str) -> int:
    return shapes.index(wanted) if wanted in shapes else len(shapes)


@pytest.mark.parametrize(("rule", "holds"), RULES, ids=[rule for rule, _ in RULES])
async def test_the_order_rules_hold_in_the_recordings_and_here(tmp_path: Path, rule: str, holds: Any) -> None:
    for name in NAMES:
        assert holds([shape(frame) for frame in recorded(name, "received")]), f"{rule}: {name}"
    sound = next(name for name in NAMES if "audio_in" in name)
    for model in (MODEL_25, MODEL_31):
        async with running(tmp_path) as server, raw(server) as connection:
            setup, *rest = recorded(sound, "sent")
            await say(connection, {"setup": {**setup["setup"], "model": f"models/{model}"}})
            shapes = [shape(await hear(connection))]
            for message in rest:
                await say(connection, message)
            while shapes[-1] != "turnComplete":
                shapes.append(shape(await hear(connection)))
        assert "speech" in shapes
        assert "inputTranscription" in shapes
        assert holds(shapes), f"{rule}: {shapes}"


def test_the_recordings_tell_apart_how_models_join_words_and_sound() -> None:
    for name in NAMES:
        model = recorded(name, "sent")[0]["setup"]["model"].removeprefix("models/")
        profile = next((p for p in PROFILES if model in (p.name, *p.aliases)), None)
        if profile is None:
            continue
        contents = [frame.get("serverContent", {}) for frame in recorded(name, "received")]
        joined = any("modelTurn" in content and "outputTranscription" in content for content in contents)
        assert joined == profile.words_with_speech
        empty = any(frame == {"serverContent": {}} for frame in recorded(name, "received"))
        assert empty == profile.empty_frames
