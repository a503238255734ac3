"""Which entities there are, when they can be used, and that they keep their names over whatever a wearable tells."""

import asyncio
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.camera import async_get_image
from homeassistant.components.image import async_get_image as async_get_answer
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.shelfsight.sight.mark import mark
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import WEARABLE_ID, camera_entry, entity_id, eventually, state, until_state
from tests.local_live.server_parts import BREAD, Brains

SHELF = pictures.jpeg(1, (1600, 1200))
OF_EVERY_ENTRY = {
    "image.answer", "sensor.cost_today", "sensor.cost_total", "sensor.first_audio", "sensor.last_answer",
    "sensor.last_question", "sensor.tokens_today", "sensor.tokens_total",
}  # fmt: skip
OF_EVERY_WEARABLE = OF_EVERY_ENTRY | {
    "binary_sensor.connected", "button.ask", "button.describe", "button.stop", "camera.camera", "event.button",
    "select.mode", "sensor.state", "switch.follow_up", "switch.privacy",
}  # fmt: skip
WITH_A_SPEAKER = {"media_player.speaker", "number.volume"}
WITH_A_BATTERY = {"binary_sensor.charging", "sensor.battery"}


def there_are(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Platform and key of the entities that are registered."""
    identifier = entry.data.get("wearable_id", entry.entry_id)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {f"{one.domain}.{one.unique_id.removeprefix(f'{identifier}_')}" for one in entities}


async def tells(wearable: Any, **condition: Any) -> None:
    await wearable.send({"type": "state", "free_bytes": 100_000, **condition})


async def until_told(hass: HomeAssistant, platform: str, key: str, wanted: str) -> None:
    """Wait until an entity that may not be there yet has this state."""
    registry = er.async_get(hass)

    def is_so() -> bool:
        found = registry.async_get_entity_id(platform, "shelfsight", f"{WEARABLE_ID}_{key}")
        return found is not None and (told := hass.states.get(found)) is not None and told.state == wanted

    await until_state(hass, is_so)


# --- which there are --------------------------------------------------------------------------------------------------


async def test_a_wearable_that_never_dialled_has_what_every_wearable_has(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    assert there_are(hass, entry) == OF_EVERY_WEARABLE


async def test_an_entry_without_a_wearable_has_what_is_told_of_questions(hass: HomeAssistant, live: Server) -> None:
    entry = camera_entry(live)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert there_are(hass, entry) == OF_EVERY_ENTRY
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_what_a_wearable_has_comes_with_its_first_hello_and_stays(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial(battery=True, privacy=True)
    await until_told(hass, "media_player", "speaker", "idle")
    everything = OF_EVERY_WEARABLE | WITH_A_SPEAKER | WITH_A_BATTERY | {"binary_sensor.privacy_switch"}
    assert there_are(hass, entry) == everything
    await tells(wearable, battery_percent=81, charging=True, rssi_dbm=-60, privacy=False)
    await until_told(hass, "sensor", "battery", "81")
    await hass.async_block_till_done()
    assert there_are(hass, entry) == everything | {"sensor.signal"}
    names = {one.entity_id for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)}
    await wearable.leave()
    await dial(speaker=None)
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    assert state(hass, "sensor", "battery") == state(hass, "media_player", "speaker") == "unavailable"
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, "sensor", "battery") == "unavailable", "before it dials: it had one"
    assert there_are(hass, entry) == everything | {"sensor.signal"}
    assert {one.entity_id for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)} == names


async def test_what_most_people_do_without_is_not_enabled_and_what_is_no_matter_of_a_dashboard_is_set_apart(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial(battery=True, privacy=True)
    await tells(wearable, battery_percent=81, charging=True, rssi_dbm=-60, privacy=False)
    await until_told(hass, "sensor", "battery", "81")
    await hass.async_block_till_done()
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    key = {one.entity_id: one.unique_id.removeprefix(f"{WEARABLE_ID}_") for one in entities}
    assert {key[one.entity_id] for one in entities if one.disabled_by} == {"signal", "tokens_today", "tokens_total"}
    assert {key[one.entity_id] for one in entities if one.entity_category is EntityCategory.CONFIG} == {
        "follow_up", "volume",
    }  # fmt: skip
    assert {key[one.entity_id] for one in entities if one.entity_category is None} == {
        "answer", "ask", "button", "camera", "describe", "last_answer", "last_question", "mode", "privacy", "speaker", "state",
        "stop",
    }  # fmt: skip


async def test_the_device_is_what_the_wearable_last_told(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    def device() -> tuple[str | None, str | None]:
        (found,) = dr.async_get(hass).async_get_devices(identifiers={("shelfsight", WEARABLE_ID)})
        return found.model, found.sw_version

    assert device() == (None, None)
    wearable = await dial(model="esp32-s3", firmware="0.1.0")
    await eventually(lambda: device() == ("esp32-s3", "0.1.0"))
    await wearable.leave()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await dial(model="esp32-s3", firmware="0.2.0")
    await eventually(lambda: device() == ("esp32-s3", "0.2.0"))


# --- when they can be used --------------------------------------------------------------------------------------------


async def test_what_needs_the_wearable_is_unavailable_without_it_and_that_is_logged_once_each_way(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "custom_components.shelfsight")
    needs = {
        "binary_sensor.charging", "button.ask", "button.describe", "button.stop", "camera.camera", "event.button",
        "media_player.speaker", "number.volume", "sensor.battery", "sensor.state",
    }  # fmt: skip

    def unavailable() -> set[str]:
        told = {key: hass.states.get(entity_id(hass, *key.split(".", 1))) for key in there_are(hass, entry)}
        return {key for key, one in told.items() if one is not None and one.state == "unavailable"}

    for _ in range(2):
        wearable = await dial(battery=True)
        await until_told(hass, "media_player", "speaker", "idle")
        assert unavailable() == set()
        await wearable.leave()
        await until_state(hass, lambda: state(hass, "binary_sensor", "connected") == "off")
        assert unavailable() == needs
    lines = [one.getMessage() for one in caplog.records if one.name.startswith("custom_components.shelfsight")]
    assert lines == [f"Wearable {WEARABLE_ID} is connected", f"Wearable {WEARABLE_ID} is gone"] * 2


@pytest.mark.parametrize(
    ("without", "unavailable"),
    [
        ({"camera": None}, {"camera.camera", "button.describe"}),
        ({"microphone": None}, {"button.ask"}),
    ],
)
async def test_what_the_wearable_cannot_do_is_unavailable(
    hass: HomeAssistant, dial: Dial, without: dict[str, Any], unavailable: set[str]
) -> None:
    await dial(**without)
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    keys = {"camera.camera", "button.describe", "button.ask", "button.stop"}
    assert {key for key in keys if state(hass, *key.split(".")) == "unavailable"} == unavailable


async def test_without_a_speaker_there_is_none(hass: HomeAssistant, entry: MockConfigEntry, dial: Dial) -> None:
    await dial(speaker=None)
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    await hass.async_block_till_done()
    assert there_are(hass, entry) == OF_EVERY_WEARABLE


async def test_the_condition_is_as_the_wearable_tells_it(hass: HomeAssistant, dial: Dial) -> None:
    wearable = await dial(battery=True, privacy=True)
    await until_told(hass, "sensor", "battery", "unknown")
    await tells(wearable, battery_percent=81, charging=True, privacy=True)
    await until_told(hass, "sensor", "battery", "81")
    assert state(hass, "binary_sensor", "charging") == "on"
    assert state(hass, "binary_sensor", "privacy_switch") == "on"
    await tells(wearable, battery_percent=80, charging=False, privacy=False)
    await until_told(hass, "sensor", "battery", "80")
    assert state(hass, "binary_sensor", "charging") == state(hass, "binary_sensor", "privacy_switch") == "off"


async def test_the_signal_is_told_where_somebody_wants_to_know_it(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    er.async_get(hass).async_get_or_create("sensor", "shelfsight", f"{WEARABLE_ID}_signal", config_entry=entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    wearable = await dial()
    await tells(wearable, rssi_dbm=-61)
    await until_told(hass, "sensor", "signal", "-61")
    told = hass.states.get(entity_id(hass, "sensor", "signal"))
    assert told is not None and told.attributes["unit_of_measurement"] == "dBm"


async def test_the_camera_is_off_while_privacy_is_on(hass: HomeAssistant, dial: Dial) -> None:
    wearable = await dial(privacy=True)
    wearable.still_jpeg = SHELF
    assert (await async_get_image(hass, "camera.desk_camera")).content == SHELF
    await tells(wearable, privacy=True)
    await until_told(hass, "binary_sensor", "privacy_switch", "on")
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, "camera.desk_camera")


# --- what is told of a question ---------------------------------------------------------------------------------------


async def answered(hass: HomeAssistant, wearable: Any) -> None:
    """A question asked aloud, and its answer heard."""
    await wearable.ask(SHELF)
    await wearable.heard("spoken")
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") not in ("unknown", "unavailable"))


async def test_the_last_question_its_answer_and_its_time_are_told(hass: HomeAssistant, dial: Dial) -> None:
    assert state(hass, "sensor", "last_question") == state(hass, "sensor", "first_audio") == "unknown"
    await answered(hass, await dial())
    question, time = (hass.states.get(entity_id(hass, "sensor", key)) for key in ("last_question", "first_audio"))
    assert question is not None and time is not None
    assert question.state and question.state == question.attributes["full_question"]
    assert question.attributes["mode"] == "find"
    assert 0 < float(time.state) < 10_000 and time.attributes["unit_of_measurement"] == "ms"


async def test_a_long_question_is_cut_in_the_state_and_whole_beside_it(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    runtime = entry.runtime_data
    outcome = runtime.answering.new_outcome(runtime.answering.mode("find"))
    outcome.asked = outcome.answer = "bread " * 100
    runtime.finished(outcome)
    for key, whole in (("last_question", "full_question"), ("last_answer", "full_answer")):
        told = hass.states.get(entity_id(hass, "sensor", key))
        assert told is not None
        assert len(told.state) == 255 and told.attributes[whole] == outcome.asked


async def test_the_picture_of_the_last_answer_has_the_place_drawn_into_it(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Brains
) -> None:
    image = entity_id(hass, "image", "answer")
    assert state(hass, "image", "answer") == "unknown"
    with pytest.raises(HomeAssistantError):
        await async_get_answer(hass, image)
    await answered(hass, await dial())
    last = entry.runtime_data.last
    assert last.place is not None and last.place.box is not None and brains.first.place == BREAD
    drawn = await async_get_answer(hass, image)
    assert drawn.content_type == "image/jpeg"
    assert drawn.content == mark(SHELF, last.place.box, last.answer) != mark(SHELF, None, last.answer)
    assert (await async_get_answer(hass, image)).content is drawn.content, "it is drawn once"


async def test_the_picture_changes_with_each_answer_and_is_gone_where_an_answer_is_about_none(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await answered(hass, wearable)
    first = state(hass, "image", "answer")
    runtime = entry.runtime_data
    again = runtime.answering.new_outcome(runtime.answering.mode("find"))
    again.frame, again.answer = runtime.last.frame, "Elsewhere."
    await asyncio.sleep(0)
    runtime.finished(again)
    assert state(hass, "image", "answer") not in (first, "unknown")
    image = await async_get_answer(hass, entity_id(hass, "image", "answer"))
    assert image.content == mark(SHELF, None, "Elsewhere.")
    runtime.finished(runtime.answering.new_outcome(runtime.answering.mode("translate")))
    assert state(hass, "image", "answer") == "unknown"
