"""The dashboards' card: who gets it, when, and that its files are fit to be sent to browsers."""

import json
from pathlib import Path
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.shelfsight.dashboard import FOLDER, digest
from local_live.server import Server
from tests.home.parts import camera_entry

LANGUAGES = {"en", "de", "es", "fr", "it", "nl"}
MODULES = sorted(FOLDER.glob("*.js"))


def offered(hass: HomeAssistant) -> set[str]:
    """The card's modules among those that the frontend loads."""
    return {url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if url.startswith("/shelfsight/")}


async def set_up(hass: HomeAssistant, live: Server) -> MockConfigEntry:
    made = camera_entry(live)
    made.add_to_hass(hass)
    assert await hass.config_entries.async_setup(made.entry_id)
    await hass.async_block_till_done()
    return made


@pytest.fixture
async def frontend(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """A frontend that somebody has signed in to before: who has not is sent to another page."""
    done = ["user", "core_config", "integration", "analytics"]
    hass_storage["onboarding"] = {"version": 4, "key": "onboarding", "data": {"done": done}}
    assert await async_setup_component(hass, "frontend", {})


# --- who gets it ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("frontend")
async def test_every_page_loads_the_card_and_nobody_adds_it_by_hand(
    hass: HomeAssistant, live: Server, hass_client_no_auth: Any
) -> None:
    await set_up(hass, live)
    (url,) = offered(hass)
    client = await hass_client_no_auth()
    assert url in await (await client.get("/")).text()
    answer = await client.get(url)
    assert answer.status == 200
    assert answer.content_type.endswith("javascript")
    assert "max-age" in answer.headers["Cache-Control"]


@pytest.mark.usefixtures("frontend")
async def test_everything_that_its_modules_ask_for_is_served_beside_them(
    hass: HomeAssistant, live: Server, hass_client_no_auth: Any
) -> None:
    await set_up(hass, live)
    (url,) = offered(hass)
    client = await hass_client_no_auth()
    for path in FOLDER.rglob("*.js*"):
        served = await client.get(f"{url.rpartition('/')[0]}/{path.relative_to(FOLDER).as_posix()}")
        assert served.status == 200
        assert await served.read() == path.read_bytes()
    beside = await client.get(f"{url.rpartition('/')[0]}/../dashboard.py")
    assert b"StaticPathConfig" not in await beside.read(), (
        "at most the frontend's own page, which it has for any of a panel's paths"
    )


@pytest.mark.usefixtures("frontend")
async def test_a_reload_changes_nothing_and_the_card_goes_with_the_last_entry(
    hass: HomeAssistant, live: Server
) -> None:
    entry = await set_up(hass, live)
    before = offered(hass)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert offered(hass) == before
    other = MockConfigEntry(domain="shelfsight", data=entry.data, unique_id="other")
    other.add_to_hass(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    assert offered(hass) == before
    await hass.config_entries.async_remove(other.entry_id)
    assert offered(hass) == set()


@pytest.mark.usefixtures("frontend")
async def test_the_card_is_back_with_the_next_entry(hass: HomeAssistant, live: Server) -> None:
    entry = await set_up(hass, live)
    before = offered(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.config_entries.async_add(MockConfigEntry(domain="shelfsight", data=entry.data, unique_id="next"))
    assert offered(hass) == before


@pytest.mark.usefixtures("frontend")
async def test_other_integrations_come_and_go_without_the_card(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "shelfsight", {})
    assert offered(hass) == set()
    await hass.config_entries.async_add(MockConfigEntry(domain="nobody", disabled_by=ConfigEntryDisabler.USER))
    assert offered(hass) == set()


async def test_a_home_without_a_frontend_is_set_up_all_the_same(hass: HomeAssistant, live: Server) -> None:
    entry = await set_up(hass, live)
    assert entry.state is ConfigEntryState.LOADED
    assert DATA_EXTRA_MODULE_URL not in hass.data


def test_the_address_changes_with_any_file_of_the_card_and_with_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "card.js").write_text("one")
    (tmp_path / "texts" / "en.json").write_text("{}")
    first = digest(tmp_path)
    assert digest(tmp_path) == first
    (tmp_path / "texts" / "en.json").write_text("{ }")
    second = digest(tmp_path)
    (tmp_path / "card.js").rename(tmp_path / "other.js")
    assert len({first, second, digest(tmp_path)}) == 3


# --- its files --------------------------------------------------------------------------------------------------------


def texts(language: str) -> dict[str, str]:
    read: dict[str, str] = json.loads((FOLDER / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    return read


def gaps(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


def test_every_language_has_every_text_with_the_same_gaps() -> None:
    assert {path.stem for path in (FOLDER / "texts").iterdir()} == LANGUAGES
    english = texts("en")
    for language in LANGUAGES - {"en"}:
        translated = texts(language)
        assert list(translated) == list(english)
        assert {key: gaps(text) for key, text in translated.items()} == {
            key: gaps(text) for key, text in english.items()
        }
        same = {key for key in english if translated[key] == english[key]}
        assert len(same) <= 3, f"{language} has the English {same}"


def test_no_text_is_there_for_nothing() -> None:
    source = "".join(module.read_text(encoding="utf-8") for module in MODULES)
    made = {
        "problem_": ("choose", "gone"),
        "state_": ("away", "not_ready"),
        "button_": ("ask", "describe", "stop"),
        "doing_": ("ask", "describe", "stop"),
    }
    fields = re.findall(r'\{ name: "(\w+)"', source)
    composed = {f"{start}{end}" for start, ends in made.items() for end in ends}
    composed |= {f"form_{field}{end}" for field in fields for end in ("", "_help")}
    assert {
        key for key in texts("en") if key not in composed and not re.search(rf'texts\.{key}\b|"{key}"', source)
    } == set()
    assert composed <= texts("en").keys()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_no_module_makes_markup_or_code_of_text_nor_fetches_from_elsewhere(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setInterval", source
    )
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", source)
    assert all(re.fullmatch(r"\./\w+\.js", name) for name in re.findall(r'from "([^"]*)"', source))
