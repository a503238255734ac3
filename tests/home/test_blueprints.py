"""The blueprints, as Home Assistant installs, fills and runs them; and the examples of docs/automations.md, which a user copies.

Real are the blueprint code, the automations, the actions and the link; loudspeakers of the house are mocks.
"""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
import re
import shutil
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker
import yaml

from homeassistant.components.automation.config import ValidationStatus, async_validate_config_item
from homeassistant.components.blueprint.importer import fetch_blueprint_from_url
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.components.camera import Camera
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml

from local_live.brain import Answer
from tests.home.conftest import Dial
from tests.home.hearing import hears, tones
from tests.home.parts import WEARABLE_ID, FakeWearable, entity_id, eventually
from tests.home.shopping_parts import LIST, SHELF, fill, items, press_without_a_word, set_up_list
from tests.local_live.server_parts import BREAD, Brains, NotingBrain

ROOT = Path(__file__).parents[2]
BLUEPRINTS = sorted((ROOT / "blueprints").glob("*/*/*.yaml"))
TEXTS = {path: path.read_text(encoding="utf-8") for path in BLUEPRINTS}
DOCUMENT = (ROOT / "docs" / "automations.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^### (.+?)\n.*?```yaml\n(.*?)```", DOCUMENT, re.MULTILINE | re.DOTALL)
ANSWER = "Answer number 1, after 1 pictures."
PRESS = [{"trigger": "event", "event_type": "pressed"}]

type Automate = Callable[..., Coroutine[Any, Any, None]]


@pytest.fixture
def live_options() -> dict[str, Any]:
    return {"voice": tones}


@pytest_asyncio.fixture(autouse=True)
async def groceries(hass: HomeAssistant) -> MockConfigEntry:
    """The shopping list."""
    return await set_up_list(hass)


def install(name: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "blueprints" / "automation" / "shelfsight" / f"{name}.yaml", folder)


@pytest.fixture
def automate(hass: HomeAssistant) -> Automate:
    """Installs a blueprint as a user has it, makes an automation of it, and presses."""

    async def run(name: str, **inputs: Any) -> None:
        install(name, Path(hass.config.path("blueprints", "automation", "shelfsight")))
        automation = {"use_blueprint": {"path": f"shelfsight/{name}.yaml", "input": inputs}, "alias": name}
        assert await async_setup_component(hass, "automation", {"automation": automation})
        state = hass.states.get(f"automation.{name}")
        assert state is not None and state.state == "on"
        hass.bus.async_fire("pressed")

    return run


@pytest_asyncio.fixture
async def wearable(dial: Dial) -> FakeWearable:
    """Connected, in front of a shelf."""
    made = await dial()
    made.still_jpeg = SHELF
    return made


def glasses(hass: HomeAssistant) -> str:
    (device,) = dr.async_get(hass).async_get_devices(identifiers={("shelfsight", WEARABLE_ID)})
    return device.id


def source_url(path: Path) -> str:
    manifest = parse_yaml((ROOT / "custom_components" / "shelfsight" / "manifest.json").read_text())
    assert isinstance(manifest, dict)
    return f"{manifest['documentation']}/blob/main/{path.relative_to(ROOT).as_posix()}"


def test_there_are_three() -> None:
    assert [path.stem for path in BLUEPRINTS] == ["announce_missing", "ask_at_button", "shopping_tour"]


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
async def test_a_blueprint_installs_by_its_link(
    hass: HomeAssistant, aioclient_mock: AiohttpClientMocker, path: Path
) -> None:
    url = source_url(path)
    raw = url.replace("https://github.com/", "https://raw.githubusercontent.com/").replace("/blob/", "/")
    aioclient_mock.get(raw, text=TEXTS[path])
    imported = await fetch_blueprint_from_url(hass, url)
    assert imported.suggested_filename == f"shelfsight/{path.stem}"
    assert imported.blueprint.metadata["source_url"] == url and imported.blueprint.validate() is None
    links = [parse_qs(urlsplit(link).query)["blueprint_url"] for link in
             re.findall(r"https://my\.home-assistant\.io/redirect/blueprint_import/\?[^)\s]+", DOCUMENT)]  # fmt: skip
    assert [url] in links, "the document has a link that installs it"


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
def test_every_input_has_a_name_a_selector_and_a_use(path: Path) -> None:
    data = parse_yaml(TEXTS[path])
    assert isinstance(data, dict)
    blueprint = Blueprint(data, path=path.name, expected_domain="automation", schema=BLUEPRINT_SCHEMA)
    for name, about in blueprint.inputs.items():
        assert about["name"] and about["selector"] and f"!input {name}\n" in TEXTS[path], name


async def test_any_button_opens_the_microphone_of_the_glasses(
    hass: HomeAssistant, wearable: FakeWearable, automate: Automate
) -> None:
    await automate("ask_at_button", press=PRESS, ask_button=entity_id(hass, "button", "ask"))
    await wearable.heard("capture", audio=True)


async def test_any_button_asks_a_question_of_its_own(
    hass: HomeAssistant, wearable: FakeWearable, automate: Automate, brains: Brains
) -> None:
    ask_button = entity_id(hass, "button", "ask")
    await automate("ask_at_button", press=PRESS, ask_button=ask_button, question=" Which tea is this? ", mode="read")
    await hears(wearable, ANSWER)
    assert brains.first.questions == ["Which tea is this?"] and not wearable.all("capture", audio=True)


class Pantry(Camera):
    """A camera that is no wearable."""

    _attr_name = "Pantry"

    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes | None:
        return SHELF


@pytest_asyncio.fixture
async def pantry(hass: HomeAssistant) -> str:
    """The camera entity."""
    assert await async_setup_component(hass, "camera", {})
    await hass.data["entity_components"]["camera"].async_add_entities([Pantry()])
    return "camera.pantry"


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({"milk": True, "eggs": False, "rice": None}, "Missing in the pantry: eggs. Could not be checked: rice."),
        ({"milk": False, "eggs": False}, "Missing in the pantry: milk, eggs."),
        ({"milk": True, "eggs": None, "rice": True}, "Could not be checked: eggs."),
        ({"milk": True, "eggs": True}, None),
    ],
)
async def test_what_the_pantry_misses_is_announced_and_what_is_not_known_too(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    pantry: str,
    automate: Automate,
    monkeypatch: pytest.MonkeyPatch,
    there: dict[str, bool | None],
    said: str | None,
) -> None:
    async def answer_text(self: NotingBrain, question: str) -> Answer:
        self.questions.append(question)
        found = there[question.removeprefix("Where is ").removesuffix("?")]
        return Answer(question, "An answer.", None if found is None else replace(BREAD, found=found))

    monkeypatch.setattr(NotingBrain, "answer_text", answer_text)
    announced = async_mock_service(hass, "assist_satellite", "announce")
    await automate(
        "announce_missing", when=PRESS, camera=pantry, things=list(there), satellites=["assist_satellite.hall"]
    )
    await hass.async_block_till_done()
    assert [" ".join(call.data["message"].split()) for call in announced] == ([said] if said else [])
    assert all(call.data["entity_id"] == ["assist_satellite.hall"] for call in announced)


async def test_a_pantry_that_cannot_be_asked_is_not_said_to_be_empty(
    hass: HomeAssistant, entry: MockConfigEntry, automate: Automate
) -> None:
    announced = async_mock_service(hass, "assist_satellite", "announce")
    await automate(
        "announce_missing", when=PRESS, camera="camera.away", things=["milk"], satellites=["assist_satellite.hall"]
    )
    await hass.async_block_till_done()
    assert [" ".join(call.data["message"].split()) for call in announced] == ["Could not be checked: milk."]


async def test_a_shopping_tour_goes_through_the_list(
    hass: HomeAssistant, wearable: FakeWearable, automate: Automate
) -> None:
    done = async_mock_service(hass, "notify", "home")
    await fill(hass, "Bread", "Milk")
    afterwards = [{"action": "notify.home", "data": {"message": "{{ tour.remaining }} of {{ tour['items'] | count }}"}}]
    await automate("shopping_tour", start=PRESS, glasses=glasses(hass), todo_list=LIST, afterwards=afterwards)
    await hears(wearable, "errand_how", "I am looking for Bread.", ANSWER)
    for looked_for in ("Bread", "Milk"):
        wearable.forget()
        await press_without_a_word(wearable)
        if looked_for == "Bread":
            await wearable.until(lambda: len(wearable.all("spoken")) >= 3)  # ticked off, the next one, where it is
    await eventually(lambda: done)
    assert done[0].data["message"] == "0 of 2" and await items(hass, "completed") == ["Bread", "Milk"]


# --- the document -----------------------------------------------------------------------------------------------------


def test_the_document_has_examples() -> None:
    assert len(EXAMPLES) >= 5 and len(EXAMPLES) == DOCUMENT.count("```yaml")


@pytest.mark.parametrize(("title", "text"), EXAMPLES, ids=[title for title, _ in EXAMPLES])
async def test_an_example_of_the_document_is_valid_and_runs(
    hass: HomeAssistant, wearable: FakeWearable, pantry: str, title: str, text: str
) -> None:
    (automation,) = yaml.safe_load(text)
    checked = await async_validate_config_item(hass, "example", automation)
    assert checked is not None and checked.validation_status is ValidationStatus.OK, checked
    await fill(hass, "Bread")
    mocks = {name: async_mock_service(hass, *name.split(".")) for name in
             ("notify.mobile_app_phone", "assist_satellite.announce", "light.turn_on")}  # fmt: skip
    assert await async_setup_component(hass, "automation", {"automation": automation})
    (entity,) = hass.states.async_entity_ids("automation")
    press = hass.async_create_task(
        hass.services.async_call("automation", "trigger", {"entity_id": entity}, blocking=True)
    )
    if "find_next_item" in text:
        await hears(wearable, "errand_how", "I am looking for Bread.", ANSWER)
        await press_without_a_word(wearable)
    await press
    await hass.async_block_till_done()
    used = re.findall(r"action: (notify\.\w+|assist_satellite\.\w+|light\.\w+)", text)
    assert [name for name, calls in mocks.items() if calls] == [name for name in mocks if name in used], title
    await hass.services.async_call("automation", "turn_off", {"entity_id": entity}, blocking=True)
