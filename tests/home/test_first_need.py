"""What only questions need comes when Home Assistant has started, or when somebody asks before that.

So does the SDK, and what is wrong with it is told then.
"""

import asyncio
import ssl
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.importlib import async_import_module
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import answering as answering_room, runtime as runtime_room
from custom_components.shelfsight.live.answerer import Answerer, make_client
from custom_components.shelfsight.live.events import OUTPUT_HZ
from custom_components.shelfsight.live.faults import Trouble
from demo.processes import ROOT
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import camera_entry, eventually, running_tasks

# The integration, its platforms, and what Home Assistant's own parts have of it; and then whatever else could be imported at the start.
# The two rooms that are left out come with a session.
_IMPORTS = """
import importlib, pathlib, sys
from custom_components.shelfsight.const import PLATFORMS
for room in (*PLATFORMS, "config_flow", "diagnostics", "repairs", "system_health"):
    importlib.import_module(f"custom_components.shelfsight.{room}")
print(*(name.rpartition(".")[2] for name in sys.modules if name.startswith("custom_components.shelfsight.")))
for room in pathlib.Path("custom_components/shelfsight").glob("*.py"):
    if room.stem not in ("house_schema", "house_tools"):
        importlib.import_module(f"custom_components.shelfsight.{room.stem}".removesuffix(".__init__"))
print(*(name for name in ("google.genai", "websockets", "pydantic") if name in sys.modules))
"""
ONLY_FOR_QUESTIONS = {"asking", "conversation", "question", "serving", "spoken", "steps", "talking"}


def test_every_other_voice_is_made_at_the_rate_in_which_a_session_speaks() -> None:
    assert answering_room.VOICE_HZ == OUTPUT_HZ


def test_home_assistant_starts_without_the_sdk_and_what_else_only_questions_need() -> None:
    done = subprocess.run([sys.executable, "-c", _IMPORTS], cwd=ROOT, capture_output=True, text=True, check=True)
    rooms, of_the_sdk = done.stdout.splitlines()
    assert "runtime" in rooms.split() and not ONLY_FOR_QUESTIONS & set(rooms.split())
    assert of_the_sdk == ""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Answerer]:
    """For whom clients were made."""
    seen: list[Answerer] = []

    def noting(answerer: Answerer) -> Any:
        seen.append(answerer)
        return make_client(answerer)

    monkeypatch.setattr(answering_room, "make_client", noting)
    return seen


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """The entry's answering."""
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, "http", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry.runtime_data.answering


async def test_the_client_is_made_once_home_assistant_has_started(
    hass: HomeAssistant, live: Server, made: list[Answerer]
) -> None:
    hass.set_state(CoreState.starting)
    await set_up(hass, camera_entry(live))
    await hass.async_block_till_done()
    assert made == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await eventually(lambda: made)
    await eventually(lambda: "shelfsight warm-up" not in running_tasks())
    assert len(made) == 1


async def test_whoever_asks_before_that_gets_it_and_only_one_is_made(
    hass: HomeAssistant, live: Server, made: list[Answerer]
) -> None:
    hass.set_state(CoreState.starting)
    answering = await set_up(hass, camera_entry(live))
    assert await answering.check() is None
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    assert await answering.check() is None
    assert len(made) == 1


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (ImportError("google-genai is broken"), Trouble.BAD_REQUEST),
        (ssl.SSLError("not enough data"), Trouble.CERTIFICATE_CHANGED),
        (ValueError("Empty certificate data"), Trouble.CERTIFICATE_CHANGED),
    ],
)
async def test_what_is_wrong_with_it_is_an_answer_that_can_be_told(
    hass: HomeAssistant,
    live: Server,
    monkeypatch: pytest.MonkeyPatch,
    clean_log: None,
    error: Exception,
    trouble: Trouble,
) -> None:
    def broken(_answerer: Answerer) -> Any:
        raise error

    monkeypatch.setattr(answering_room, "make_client", broken)
    answering = await set_up(hass, camera_entry(live))
    await eventually(lambda: "shelfsight warm-up" not in running_tasks())
    assert (await answering.check()).trouble is trouble
    monkeypatch.undo()
    assert await answering.check() is None, "the next try begins anew"


# --- whoever talks ----------------------------------------------------------------------------------------------------


@pytest.fixture
def imported(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Home Assistant still starts; what a question needs, which is long imported in this process, is there when this is set."""
    there = asyncio.Event()

    async def importing(hass: HomeAssistant, name: str) -> ModuleType:
        await there.wait()
        return await async_import_module(hass, name)

    monkeypatch.setattr(runtime_room, "async_import_module", importing)
    hass.set_state(CoreState.starting)
    return there


async def test_whoever_presses_before_that_is_listened_to_and_answered(
    imported: asyncio.Event, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await wearable.ask(pictures.jpeg())
    await eventually(lambda: "shelfsight first press" in running_tasks())
    assert not wearable.all("speak") and not entry.runtime_data.talks
    imported.set()
    await wearable.heard("spoken")


async def test_who_presses_and_leaves_before_that_asks_nothing(
    imported: asyncio.Event, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await wearable.press()
    await eventually(lambda: "shelfsight first press" in running_tasks())
    await wearable.leave()
    await eventually(lambda: not entry.runtime_data.wearable.connected)
    imported.set()
    await eventually(lambda: "shelfsight first press" not in running_tasks())
    assert not entry.runtime_data.talks


async def test_whoever_presses_first_when_all_is_imported_already_is_answered(
    hass: HomeAssistant, imported: asyncio.Event, entry: MockConfigEntry, dial: Dial
) -> None:
    """By another entry, for example: then nobody waits for anything between the press and the question."""
    imported.set()
    wearable = await dial()
    await wearable.ask(pictures.jpeg())
    await wearable.heard("spoken")


@pytest.mark.parametrize(
    "broken",
    [OSError("no such file"), ImportError("no such room"), SyntaxError("half a file")],
    ids=lambda error: type(error).__name__,
)
async def test_where_no_phrase_can_be_read_the_person_hears_that_something_is_wrong(
    imported: asyncio.Event, entry: MockConfigEntry, dial: Dial, monkeypatch: pytest.MonkeyPatch, broken: Exception
) -> None:
    def damaged(_language: str) -> Any:
        raise broken

    monkeypatch.setattr(answering_room, "load", damaged)
    imported.set()
    wearable = await dial()
    for count in (1, 2):
        await wearable.press()
        await wearable.heard("cue", count, name="error")
    monkeypatch.undo()
    await wearable.ask(pictures.jpeg())
    await wearable.heard("spoken")
