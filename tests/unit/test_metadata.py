"""The files that tell Home Assistant and HACS about the integration, held against the code and against hassfest's rules."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

import pytest
import yaml

from custom_components.shelfsight import action_fields, event
from custom_components.shelfsight.const import ASSIST_PLATFORMS, PLATFORMS
from custom_components.shelfsight.issues import Misfit, Shortage, Unreached
from custom_components.shelfsight.live.faults import Trouble
from custom_components.shelfsight.repairs import RETRY_ERRORS
from custom_components.shelfsight.spatial import Mode
from custom_components.shelfsight.wearable import WearableState
from tests.metadata.icon_rules import OF_DEVICE_CLASS

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "custom_components" / "shelfsight"
SOURCES = {path.relative_to(HOUSE).as_posix(): path.read_text(encoding="utf-8") for path in HOUSE.rglob("*.py")}
CODE = "\n".join(SOURCES.values())
WORDS = json.loads((HOUSE / "translations" / "en.json").read_text(encoding="utf-8"))


def calls(source: str, name: str) -> Iterator[ast.Call]:
    """All calls of a function or method of this name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if called == name:
                yield node


def texts(node: ast.AST | None) -> set[str]:
    """The words written in an expression."""
    return {
        leaf.value
        for leaf in ast.walk(node or ast.Pass())
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
    }


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def test_every_repair_has_its_words_and_every_words_their_repair() -> None:
    source, issues = SOURCES["repairs.py"], WORDS["issues"]
    assert set(issues) == {*Shortage, *Misfit, *Unreached, "certificate_changed", "media_kept", "rivals"}
    for key in Shortage:
        assert set(issues[key]["fix_flow"]["error"]) == RETRY_ERRORS
    for key in Unreached:
        assert set(issues[key]["fix_flow"]["error"]) == set(Unreached)
    mended = [issue for issue in issues.values() if "fix_flow" in issue]
    assert all("description" in issue for issue in issues.values() if issue not in mended)
    aborts = {reason for issue in mended for reason in issue["fix_flow"].get("abort", {})}
    assert aborts == set().union(*(texts(keyword(call, "reason")) for call in calls(source, "async_abort")))


def test_the_words_of_a_repair_use_what_the_code_gives() -> None:
    given = {
        **{key: {"name", "answerer", "url"} for key in Shortage}, "certificate_changed": {"name", "answerer", "url"},
        **{key: {"name", "has", "needs"} for key in Misfit}, **{key: {"url"} for key in Unreached},
        "media_kept": {"name", "until"}, "rivals": {"name"},
    }  # fmt: skip
    for key, issue in WORDS["issues"].items():
        assert set(re.findall(r"\{(\w+)\}", json.dumps(issue))) <= given[key], key


def test_what_system_health_tells_has_its_words_and_every_words_their_figure() -> None:
    told = set(re.findall(r'info\["(\w+)"\] =', SOURCES["system_health.py"]))
    assert told == set(WORDS["system_health"]["info"])


def test_every_exception_has_its_words_and_every_words_their_exception() -> None:
    words = set(WORDS["exceptions"])
    raised = set(re.findall(r'translation_key="(\w+)"', CODE))
    raised |= set(re.findall(r'(?:_error|invalid|VoiceError|MediaError)\("(\w+)"', CODE))
    raised |= set(re.findall(r'_refuse\([^)]*"(\w+)"\)', CODE))  # errors of WebSocket commands
    assert raised <= words
    written = {text for source in SOURCES.values() for text in texts(ast.parse(source))}
    assert words <= written, "nobody raises it"


def test_the_words_of_an_exception_use_what_the_code_gives() -> None:
    for call in [*calls(CODE, "HomeAssistantError"), *calls(CODE, "ServiceValidationError")]:
        given = keyword(call, "translation_placeholders")
        names = set().union(*(texts(key) for key in given.keys)) if isinstance(given, ast.Dict) else set()
        for key in texts(keyword(call, "translation_key")):
            assert set(re.findall(r"\{(\w+)\}", WORDS["exceptions"][key]["message"])) == names, key
    for call in [*calls(CODE, "invalid"), *calls(CODE, "checked")]:
        for key in texts(call.args[-1]):
            names = {str(given.arg) for given in call.keywords}
            assert set(re.findall(r"\{(\w+)\}", WORDS["exceptions"][key]["message"])) == names, key


ENTITIES = {
    "assist_satellite": {"satellite"},
    "binary_sensor": {"charging", "connected", "privacy_switch"},
    "button": {"ask", "describe", "stop"},
    "camera": {"camera"},
    "event": {"button"},
    "image": {"answer"},
    "media_player": {"speaker"},
    "number": {"volume"},
    "select": {"mode", "voice"},
    "sensor": {
        "battery", "cost_today", "cost_total", "first_audio", "last_answer", "last_question", "signal", "state",
        "tokens_today", "tokens_total",
    },
    "switch": {"follow_up", "privacy"},
}  # fmt: skip
# Rooms that hold a part of a platform.
PLATFORM_OF_ROOM = {"spending": "sensor"}


def pairs(words: dict[str, Any]) -> set[tuple[str, str]]:
    return {(platform, key) for platform, keys in words.items() for key in keys}


def test_every_entity_has_a_name_and_an_icon() -> None:
    rooms = {path.removesuffix(".py"): source for path, source in SOURCES.items()}
    made = {
        (PLATFORM_OF_ROOM.get(room, room), key)
        for room, source in rooms.items()
        if PLATFORM_OF_ROOM.get(room, room) in (*PLATFORMS, *ASSIST_PLATFORMS)
        for key in re.findall(r'(?:\bkey=|\(entry, |\(self, entry, )(?:wearable, )?"(\w+)"', source)
    }
    icons = json.loads((HOUSE / "icons.json").read_text())
    # The icons of device classes tell more than one of ours could: they follow the level of a battery.
    assert made == pairs(ENTITIES) == pairs(WORDS["entity"]) == pairs(icons["entity"]) | pairs(OF_DEVICE_CLASS)


def test_every_mode_that_can_be_selected_has_its_words_and_its_icon() -> None:
    icons = json.loads((HOUSE / "icons.json").read_text())["entity"]["select"]["mode"]["state"]
    assert set(WORDS["entity"]["select"]["mode"]["state"]) == set(icons) == set(Mode)


def test_every_state_has_its_words_and_its_icon() -> None:
    states = {state.value for state in WearableState}
    assert set(WORDS["entity"]["sensor"]["state"]["state"]) == states
    assert set(json.loads((HOUSE / "icons.json").read_text())["entity"]["sensor"]["state"]["state"]) == states
    button = WORDS["entity"]["event"]["button"]["state_attributes"]["event_type"]["state"]
    assert set(button) == set(map(str, event._EVENTS.values()))


@pytest.mark.parametrize("action", ["ask", "find_next_item"])
def test_every_field_of_an_action_has_its_words_and_every_words_their_field(action: str) -> None:
    actions = yaml.safe_load((HOUSE / "services.yaml").read_text())
    schema = {"ask": action_fields.ASK, "find_next_item": action_fields.FIND_NEXT_ITEM}[action]
    wanted = {str(field) for field in schema.schema}
    assert set(actions) == set(WORDS["services"]) == set(json.loads((HOUSE / "icons.json").read_text())["services"])
    assert set(actions[action]["fields"]) == set(WORDS["services"][action]["fields"]) == wanted
    assert all(set(field) == {"name", "description"} for field in WORDS["services"][action]["fields"].values())


def test_the_modes_of_the_action_are_those_there_are() -> None:
    field = yaml.safe_load((HOUSE / "services.yaml").read_text())["ask"]["fields"]["mode"]
    # The others go on by themselves, and begin with a press.
    going_on = {Mode.GUIDE, Mode.TRANSLATE, Mode.WATCH}
    assert field["selector"]["select"]["options"] == [mode.value for mode in Mode if mode not in going_on]
    assert set(WORDS["selector"][field["selector"]["select"]["translation_key"]]["options"]) == set(Mode)


def test_every_trouble_of_a_check_is_told_in_the_flow_or_as_no_connection() -> None:
    named = set(re.findall(r"Trouble\.(\w+): \"", SOURCES["runtime.py"]))
    # A check asks nothing: what can be wrong with an answer is no matter of it.
    answers = {"NO_ANSWER", "CUT_OFF", "NOT_ADDRESSED", "REJECTED"}
    assert {trouble.name for trouble in Trouble} - named == {"NO_SERVER", *answers}


MANIFEST = json.loads((HOUSE / "manifest.json").read_text())


def test_requirements_are_ranges_that_leave_other_integrations_their_version() -> None:
    assert MANIFEST["requirements"] == ["google-genai>=2.25,<4"]


def test_the_rooms_that_are_tested_alone_use_nothing_of_home_assistant() -> None:
    for path, source in SOURCES.items():
        if path.split("/")[0] in {"sight", "sound", "live"} or (
            path.startswith("link/") and not path.endswith("view.py")
        ):
            assert "homeassistant" not in source, path


def test_the_integration_needs_nothing_outside_its_own_folder() -> None:
    for path, source in SOURCES.items():
        for package in ("firmware_bridge", "local_live", "demo", "tests", "drawn_shelves"):
            assert not re.search(rf"^\s*(?:from|import) {package}", source, re.MULTILINE), path


@pytest.mark.parametrize("path", sorted(SOURCES))
def test_no_file_tells_a_path_of_the_machine_it_was_written_on(path: str) -> None:
    assert not re.search(r"(?:/home/|/root/|/work/|/Users/|C:\\)", SOURCES[path])
