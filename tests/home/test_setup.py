"""Entries come and go; entities tell what is."""

import asyncio
from typing import Any

from aiohttp.test_utils import TestClient
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.camera import async_get_image
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import DOORBOOK, camera as camera_room
from custom_components.shelfsight.link.messages import ButtonAction
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import (
    WEARABLE_ID,
    camera_entry,
    entity_id,
    eventually,
    running_tasks,
    state,
    until_state,
    wearable_entry,
)

SHELF = pictures.jpeg(1, (1600, 1200))


async def test_without_any_entry_there_is_the_action_and_the_door(
    hass: HomeAssistant, hass_client_no_auth: Any
) -> None:
    assert await async_setup_component(hass, "shelfsight", {})
    assert hass.services.has_service("shelfsight", "ask")
    client = await hass_client_no_auth()
    assert (await client.get("/api/shelfsight/link")).status == 426


async def test_a_wearable_has_its_device_and_its_entities(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    (device,) = dr.async_get(hass).async_get_devices(identifiers={("shelfsight", WEARABLE_ID)})
    assert (device.name, device.manufacturer, device.entry_type) == ("Desk", "Shelfsight", None)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert {(one.domain, one.unique_id) for one in entities} >= {
        ("binary_sensor", f"{WEARABLE_ID}_connected"),
        ("camera", f"{WEARABLE_ID}_camera"),
        ("event", f"{WEARABLE_ID}_button"),
        ("sensor", f"{WEARABLE_ID}_last_answer"),
        ("sensor", f"{WEARABLE_ID}_state"),
    }, "which others there are is told by the tests of the entities"


async def test_an_entry_without_a_wearable_is_a_service(hass: HomeAssistant, live: Server) -> None:
    entry = camera_entry(live)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    (device,) = dr.async_get(hass).async_get_devices(identifiers={("shelfsight", entry.entry_id)})
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await hass.config_entries.async_remove(entry.entry_id)


async def test_entities_follow_the_connection(hass: HomeAssistant, dial: Dial) -> None:
    keys = [("event", "button"), ("sensor", "state"), ("camera", "camera")]
    assert [state(hass, *key) for key in keys] == ["unavailable"] * 3
    assert state(hass, "binary_sensor", "connected") == "off"
    wearable = await dial()
    await until_state(hass, lambda: state(hass, "binary_sensor", "connected") == "on")
    assert [state(hass, *key) for key in keys] == ["unknown", "idle", "idle"]
    await wearable.leave()
    await until_state(hass, lambda: state(hass, "binary_sensor", "connected") == "off")
    assert [state(hass, *key) for key in keys] == ["unavailable"] * 3


async def test_a_wearable_without_a_camera_has_none_available(hass: HomeAssistant, dial: Dial) -> None:
    await dial(camera=None)
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    assert state(hass, "camera", "camera") == "unavailable"


BUTTON_EVENTS = {
    ButtonAction.PRESS: "press_start",
    ButtonAction.RELEASE: "press_end",
    ButtonAction.DOUBLE: "multi_press_end",
    ButtonAction.HOLD: "long_press_start",
    ButtonAction.LONG: "very_long_press_start",
}


def test_a_stop_is_for_nobody_else_and_everything_else_a_button_does_is() -> None:
    assert set(BUTTON_EVENTS) == set(ButtonAction) - {ButtonAction.STOP}


@pytest.mark.parametrize("action", BUTTON_EVENTS)
async def test_automations_get_the_button_too(hass: HomeAssistant, dial: Dial, action: ButtonAction) -> None:
    wearable = await dial()
    await wearable.send({"type": "button", "event": action.value, "press": 1, "time_ms": 1})
    await until_state(hass, lambda: state(hass, "event", "button") not in ("unknown", "unavailable"))
    told = hass.states.get(entity_id(hass, "event", "button"))
    assert told is not None
    assert told.attributes["event_type"] == BUTTON_EVENTS[action]
    assert told.attributes.get("multi_press_count") == (2 if action is ButtonAction.DOUBLE else None)


async def test_an_unloaded_entry_sends_its_wearable_away_and_a_reloaded_one_takes_it_back(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    assert await hass.config_entries.async_unload(entry.entry_id)
    await wearable.until(lambda: "closed" in wearable.order)
    assert wearable.texts == [{"type": "bye", "reason": "shutdown"}]
    assert entry.state is ConfigEntryState.NOT_LOADED
    dialling = asyncio.create_task(dial())
    assert await hass.config_entries.async_setup(entry.entry_id)
    await dialling
    await until_state(hass, lambda: state(hass, "binary_sensor", "connected") == "on")


async def test_an_entry_that_is_unloaded_in_the_midst_of_a_question_leaves_nothing_behind(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, live: Server
) -> None:
    wearable = await dial()
    await wearable.ask(SHELF)
    await wearable.heard("speak")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await eventually(lambda: live._open == 0)
    await wearable.until(lambda: "closed" in wearable.order)
    await eventually(lambda: not running_tasks())


async def test_wearables_of_other_entries_are_not_touched(
    hass: HomeAssistant, entry: MockConfigEntry, live: Server, dial: Dial
) -> None:
    other = wearable_entry(live, "ffffffffffffffff", b"o" * 32)
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    await dial(wearable_id="ffffffffffffffff", key=b"o" * 32)
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert set(hass.data[DOORBOOK].wearables) == {"ffffffffffffffff"}
    assert state(hass, "binary_sensor", "connected", "ffffffffffffffff") == "on"
    assert await hass.config_entries.async_unload(other.entry_id)


async def test_the_camera_shows_a_picture_taken_now(hass: HomeAssistant, dial: Dial) -> None:
    wearable = await dial()
    wearable.still_jpeg = SHELF
    image = await async_get_image(hass, "camera.desk_camera")
    assert (image.content, image.content_type) == (SHELF, "image/jpeg")
    asked = wearable.all("capture")[-1]
    assert asked["still"] == {"width": 1600, "height": 1200, "quality": 80}
    assert (asked["audio"], asked["video"]) == (False, None), "a look does not open the microphone"


@pytest.mark.parametrize("jpeg", [None, pictures.damaged()], ids=["none", "damaged"])
async def test_a_camera_that_gives_no_picture_is_an_error(
    hass: HomeAssistant, dial: Dial, jpeg: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_room, "_STILL_TIMEOUT_S", 0.2)
    wearable = await dial()
    wearable.still_jpeg = jpeg
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, "camera.desk_camera")


async def test_a_camera_of_a_wearable_that_leaves_meanwhile_is_an_error(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await wearable.leave()
    await eventually(lambda: not entry.runtime_data.wearable.connected)
    camera = hass.data["entity_components"]["camera"].get_entity("camera.desk_camera")
    with pytest.raises(HomeAssistantError) as caught:
        await camera.async_camera_image()
    assert caught.value.translation_key == "wearable_not_connected"


async def watch(hass: HomeAssistant, http: TestClient) -> Any:
    told = hass.states.get("camera.desk_camera")
    assert told is not None
    response = await http.get(f"/api/camera_proxy_stream/camera.desk_camera?token={told.attributes['access_token']}")
    assert response.status == 200
    return response


async def test_whoever_watches_gets_pictures_and_the_camera_is_on_for_so_long_only(
    hass: HomeAssistant, http: TestClient, dial: Dial
) -> None:
    wearable = await dial()
    response = await watch(hass, http)
    asked = await wearable.heard("capture")
    assert (asked["audio"], asked["video"]["width"]) == (False, 1600)
    small = pictures.jpeg(2)
    for jpeg in (small, pictures.damaged(), small):
        await wearable.show(jpeg)
    part = await response.content.readuntil(small[-20:])
    assert part.startswith(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(small))
    assert part.endswith(small)
    response.close()
    await wearable.show(small)
    await wearable.show(small)
    await wearable.heard("capture", video=None)


async def test_a_viewer_is_let_go_when_the_wearable_has_left(
    hass: HomeAssistant, http: TestClient, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_room, "_LEFT_CHECK_S", 0.05)
    wearable = await dial()
    response = await watch(hass, http)
    await wearable.heard("capture")
    await wearable.leave()
    assert await asyncio.wait_for(response.content.read(), 5) == b""


async def test_what_is_wanted_for_long_is_asked_for_again(
    hass: HomeAssistant, http: TestClient, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.shelfsight.senses._RENEW_CAPTURE_S", 0.05)
    wearable = await dial()
    response = await watch(hass, http)
    await wearable.heard("capture", count=4)
    response.close()
