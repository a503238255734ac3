"""Diagnostics: everything that helps, and nothing that lets anybody in, tells who or where somebody is, or what was said and seen.

The secrets here are recognisable and go the way they go in a home: into entries, options, Home Assistant's settings, the link,
the question and its answer. The whole file is searched for them, as it is downloaded.
"""

import base64
from collections.abc import Iterator
import json
from typing import Any

import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import issues
from custom_components.shelfsight.link.streams.door import new_key
from local_live.brain import Place
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import API_KEY, KEY, WEARABLE_ID, camera_entry, choose, eventually, local_answerer, wearable_entry
from tests.home.test_flight_recorder import ended
from tests.local_live.server_parts import Brains

SHELF = pictures.jpeg(1, (1600, 1200))
OTHER_ID = "0123456789abcdef"
USER_ID = "3f2b8c1d9e7a4f60b5c2d1e0f9a8b7c6"
ANSWER = "On the nightstand, beside the heart pills."


@pytest.fixture
def live_options() -> dict[str, Any]:
    return {"key": API_KEY}


@pytest.fixture
def answerer_data() -> dict[str, Any]:
    return {"api_key": API_KEY}


@pytest_asyncio.fixture(autouse=True)
async def _view(hass: HomeAssistant, _shelfsight: None) -> None:
    """Where the file is downloaded; before any client makes the web server run."""
    assert await async_setup_component(hass, "diagnostics", {})


@pytest.fixture(autouse=True)
def _user(hass: HomeAssistant) -> None:
    """Whose phone it is: nobody else's is let in."""
    MockUser(id=USER_ID, name="Grandma Rosengarten").add_to_hass(hass)


def strings(told: object) -> Iterator[str]:
    """All text in it, keys too."""
    if isinstance(told, dict):
        for key, value in told.items():
            yield str(key)
            yield from strings(value)
    elif isinstance(told, list):
        for value in told:
            yield from strings(value)
    elif isinstance(told, str):
        yield told


async def test_after_a_real_question_no_secret_of_the_home_is_in_the_file(
    hass: HomeAssistant, live: Server, entry: MockConfigEntry, brains: Brains, dial: Dial, hass_client: Any
) -> None:
    await hass.config.async_update(
        location_name="Villa Rosengarten",
        internal_url="http://rosengarten.lan:8123",
        external_url="https://rosengarten.example:8443",
    )
    hass.config_entries.async_update_entry(
        entry,
        title="Grandma's glasses",
        data={**entry.data, "name": "Grandma's glasses", "user_id": USER_ID, "home_address": "192.0.2.77"},
    )
    other = wearable_entry(live, OTHER_ID, b"k" * 32)
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    own = {"name": "Heart pills", "instructions": "Only ever look for Digoxin."}
    await choose(
        hass, entry, own_modes=[own], mode="own_heart_pills", tts_entity="tts.grandmas_voice", llm_api="grandmas_api"
    )
    brains.first.text = ANSWER
    brains.first.place = Place(True, "Digoxin 0.25", 1, 2, "top", "left", "GRANDMA ROSENGARTEN", "9.99", 0.9, None)
    bystander = await dial(wearable_id=OTHER_ID, key=b"k" * 32, name="Uncle's hat")
    wearable = await dial(name="Grandma's glasses")
    reason = "the network Rosengarten-WLAN is gone"
    await wearable.send({"type": "refused", "what": "network Rosengarten-WLAN", "code": "failed", "reason": reason})
    await choose_find(hass, entry)
    await wearable.ask(SHELF)
    await ended(entry)
    issues.report_rivals(hass, entry)
    outcome = entry.runtime_data.last
    assert outcome.answer == ANSWER and outcome.place.item == "Digoxin 0.25" and outcome.asked

    text = json.dumps(await download(hass_client, entry))
    certificate = entry.data["answerer"]["certificate"]
    secrets = {
        "the key": API_KEY, "the link key": KEY.hex(), "the id": WEARABLE_ID, "another id": OTHER_ID, "the user": USER_ID,
        "the host": "127.0.0.1", "a certificate": certificate.splitlines()[3], "certificates": "BEGIN CERT",
        "the name": "Grandma", "another name": "Uncle", "the home": "Villa", "names of the network": "osengarten",
        "addresses": "192.0.2.77", "ports of addresses": "8443", "own modes": "pills", "their words": "Digoxin",
        "what was asked": outcome.asked, "the answer": ANSWER, "words of it": "nightstand", "what was read": "ROSENGARTEN",
        "a price": "9.99", "pictures": base64.b64encode(SHELF)[100:140].decode(), "its voice": "tts.",
    }  # fmt: skip
    found = {name for name, secret in secrets.items() if secret in text}
    assert found == set()
    assert "Desk" not in text, "as the second one is called"
    assert bystander.socket.closed is False


async def choose_find(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A shelf reader does nothing else; without a reload, which would send the wearable away."""
    await entry.runtime_data.choose(mode="find")


async def download(hass_client: Any, entry: MockConfigEntry) -> dict[str, Any]:
    """The file as it is downloaded, but for what Home Assistant itself tells of itself."""
    client = await hass_client()
    response = await client.get(f"/api/diagnostics/config_entry/{entry.entry_id}")
    assert response.status == 200
    told: dict[str, Any] = await response.json()
    return {"data": told["data"], "issues": told.get("issues")}


async def test_what_helps_is_in_it(hass: HomeAssistant, entry: MockConfigEntry, dial: Dial) -> None:
    wearable = await dial()
    await wearable.ask(SHELF)
    await ended(entry)
    issues.report_rivals(hass, entry)
    told = await entry_diagnostics(hass, entry)
    assert told["entry"]["answerer"]["model"] == "gemini-3.8-live"
    assert told["wearable"] == {
        "connected": True, "state": told["wearable"]["state"], "private": False,
        "camera": True, "microphone": True, "speaker": True,
        "model": "desk", "firmware": "0.1.0", "unknown_messages": 0,
    }  # fmt: skip
    assert told["options"]["follow_up_s"] == 8 and told["options"]["own_modes"] == 0
    assert told["live_sessions"] == 1 and told["issues"] == ["rivals"]
    assert told["last_question"]["frames_sent"] == 1 and told["last_question"]["reason"] is None
    assert told["questions"][0]["result"] == "answered" and len(told["questions"][0]["events"]) > 10
    assert (told["media_kept"], told["media"]) == (False, [])


async def entry_diagnostics(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    from custom_components.shelfsight.diagnostics import async_get_config_entry_diagnostics

    return json.loads(json.dumps(await async_get_config_entry_diagnostics(hass, entry)))


@pytest.mark.parametrize("kind", ["wearable", "phone", "streams", "cameras"])
async def test_of_an_entrys_texts_only_the_model_is_told_whatever_kind_it_is(
    hass: HomeAssistant, live: Server, kind: str
) -> None:
    """What is added to an entry one day shall be thought of here, before it is told to everybody."""
    answerer = local_answerer(live, api_key=API_KEY, follows_instructions=False)
    data = {
        "wearable": {"wearable_id": WEARABLE_ID, "name": "Desk", "link_key": KEY.hex(), "home_address": "192.0.2.7"},
        "phone": {"wearable_id": WEARABLE_ID, "name": "Desk", "link_key": KEY.hex(), "user_id": USER_ID},
        "streams": {"stream_id": OTHER_ID, "stream_key": new_key(), "name": "Hall"},
        "cameras": {},
    }[kind]
    made = MockConfigEntry(domain="shelfsight", title=kind, unique_id=kind, data={**data, "answerer": answerer})
    made.add_to_hass(hass)
    assert await hass.config_entries.async_setup(made.entry_id)
    told = await entry_diagnostics(hass, made)
    names = {*data, *answerer, "answerer"}
    assert set(strings(told["entry"])) - names == {"**REDACTED**", "gemini-3.8-live"}
    assert (told["entry"]["answerer"]["port"], told["entry"]["answerer"]["follows_instructions"]) == (live.port, False)
    assert await hass.config_entries.async_unload(made.entry_id)


async def test_of_an_entry_that_was_never_used_there_is_nothing_to_tell(
    hass: HomeAssistant, live: Server, hass_client: Any
) -> None:
    made = camera_entry(live)
    made.add_to_hass(hass)
    assert await hass.config_entries.async_setup(made.entry_id)
    told = await get_diagnostics_for_config_entry(hass, hass_client, made)
    assert (told["wearable"], told["last_question"], told["live_sessions"], told["questions"]) == (None, None, 0, [])
    assert await hass.config_entries.async_unload(made.entry_id)


async def test_words_sound_and_pictures_are_in_it_while_the_person_wants_that_for_a_bug_report(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, hass_client: Any
) -> None:
    await choose(hass, entry, record_media=True)
    wearable = await dial()
    said = await wearable.ask(SHELF)
    await ended(entry)
    told = (await download(hass_client, entry))["data"]
    assert told["media_kept"] is True and told["issues"] == ["media_kept"]
    media = told["media"][0]
    assert media["answer"] == "Answer number 1, after 1 pictures."
    sound = base64.b64decode(media["question_wav"])
    assert sound[:4] == b"RIFF" and said.startswith(sound[44:]) and len(sound) > 32_000
    assert base64.b64decode(media["answer_wav"])[:4] == b"RIFF"
    assert [base64.b64decode(jpeg) for jpeg in media["pictures_jpeg"]] == [SHELF]
    await entry.runtime_data.choose(record_media=False)
    assert await hass.config_entries.async_reload(entry.entry_id)
    told = (await download(hass_client, entry))["data"]
    assert (told["media_kept"], told["media"]) == (False, []) and len(told["questions"]) >= 1
    await eventually(lambda: not entry.runtime_data.alive()["conversation"])
