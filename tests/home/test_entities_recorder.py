"""How much of a question Home Assistant's real recorder keeps."""

import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from sqlalchemy import text

from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.util import session_scope
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import WEARABLE_ID, eventually, running_tasks, state, until_state

SHELF = pictures.jpeg(1, (1600, 1200))
ROWS_A_QUESTION = 50


@pytest.fixture
def enable_custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """The recorder must be there before Home Assistant runs."""


def rows(hass: HomeAssistant) -> list[tuple[str, str]]:
    """Every row of the states of this device: entity and what else is kept of it."""
    with session_scope(hass=hass, read_only=True) as session:
        found = session.execute(
            text(
                "SELECT m.entity_id, a.shared_attrs FROM states s JOIN states_meta m ON s.metadata_id = m.metadata_id "
                "LEFT JOIN state_attributes a ON s.attributes_id = a.attributes_id ORDER BY s.state_id"
            )
        )
        return [(entity, attributes) for entity, attributes in found if ".desk_" in entity]


async def kept(hass: HomeAssistant) -> list[tuple[str, str]]:
    await async_wait_recording_done(hass)
    return await get_instance(hass).async_add_executor_job(rows, hass)


async def test_a_question_costs_fewer_than_50_rows_with_everything_enabled(
    recorder_mock: Recorder, hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    registry = er.async_get(hass)
    wearable = await dial(battery=True, privacy=True)
    await wearable.send({"type": "state", "battery_percent": 80, "charging": False, "rssi_dbm": -60, "privacy": False})
    await until_state(hass, lambda: bool(registry.async_get_entity_id("sensor", "shelfsight", f"{WEARABLE_ID}_signal")))
    for one in er.async_entries_for_config_entry(registry, entry.entry_id):
        registry.async_update_entity(one.entity_id, disabled_by=None)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    wearable = await dial(battery=True, privacy=True)
    await wearable.send({"type": "state", "battery_percent": 80, "charging": False, "rssi_dbm": -60, "privacy": False})
    await until_state(hass, lambda: state(hass, "sensor", "signal") == "-60")
    before = len(await kept(hass))
    await wearable.ask(SHELF)
    await wearable.heard("spoken")
    await wearable.heard("capture", audio=True)  # the follow-up
    await wearable.press()
    await wearable.release()
    await wearable.say(bytes(32 * 7000))  # nobody asks
    await eventually(lambda: "shelfsight conversation" not in running_tasks())
    await eventually(lambda: "shelfsight live last bill" not in running_tasks())
    new = (await kept(hass))[before:]
    counted: dict[str, int] = {}
    for name, _ in new:
        counted[name] = counted.get(name, 0) + 1
    assert 10 < len(new) < ROWS_A_QUESTION, counted


async def test_what_is_big_or_private_in_the_attributes_is_not_recorded(
    recorder_mock: Recorder, hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await wearable.ask(SHELF)
    await wearable.heard("spoken")
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") != "unknown")
    names: dict[str, set[str]] = {}
    for name, attributes in await kept(hass):
        names.setdefault(name, set()).update(json.loads(attributes or "{}"))
        assert len(attributes or "") < 1000
    private: set[Any] = {"full_answer", "full_question", "box", "tokens_by_kind", "access_token", "entity_picture"}
    assert not names["sensor.desk_last_answer"] & private
    assert not names["sensor.desk_last_question"] & private
    assert not names["image.desk_picture_of_the_last_answer"] & private
