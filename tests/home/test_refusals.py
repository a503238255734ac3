"""What a wearable cannot or will not do: refused microphones and cameras, privacy, and settings that change."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from custom_components.shelfsight import spoken, steps
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import SILENCE, FakeWearable, choose, entity_id, eventually, question, state, until_state
from tests.home.test_question import hears_phrase, speech_of

SHELF = pictures.jpeg(1, (1600, 1200))


async def refuse(wearable: FakeWearable, what: str, code: str = "failed") -> None:
    await wearable.send({"type": "refused", "what": what, "code": code, "reason": "unplugged"})


async def tell(wearable: FakeWearable, **condition: Any) -> None:
    await wearable.send({"type": "state", **condition})


async def idle(hass: HomeAssistant) -> None:
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")


async def listening(hass: HomeAssistant) -> None:
    await until_state(hass, lambda: state(hass, "sensor", "state") == "listening")


# --- refused ----------------------------------------------------------------------------------------------------------


async def test_a_refused_microphone_ends_the_question_at_once_and_nothing_is_said_twice(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await wearable.press()
    await listening(hass)
    began_s = hass.loop.time()
    await refuse(wearable, "microphone")
    await idle(hass)
    assert hass.loop.time() - began_s < spoken._NO_SOUND_S / 2
    assert entry.runtime_data.last.phrase == "no_sound"
    assert not wearable.sounds and not wearable.all("cue", name="error")
    await wearable.heard("capture", audio=False)


async def test_a_refused_microphone_in_follow_up_time_only_ends_it(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await wearable.ask(SHELF)
    await wearable.heard("spoken")
    await listening(hass)
    await refuse(wearable, "microphone", "missing")
    await idle(hass)
    assert entry.runtime_data.last.phrase is None
    assert len(wearable.all("spoken")) == 1


async def test_a_refused_camera_is_told_at_once_as_no_picture(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spoken, "_PICTURE_WAIT_S", 60)
    wearable = await dial()
    await wearable.press()
    await wearable.release()
    await refuse(wearable, "camera")
    await wearable.say(question() + SILENCE)
    await hears_phrase(wearable, "no_picture")


async def test_a_camera_that_was_refused_and_works_again_is_seen_again(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await wearable.press()
    await refuse(wearable, "camera")
    await wearable.release()
    await wearable.show(SHELF)
    await wearable.say(question() + SILENCE)
    await wearable.heard("spoken")
    await eventually(lambda: entry.runtime_data.last is not None)
    assert entry.runtime_data.last.phrase is None


async def test_watching_with_a_camera_that_is_refused_ends_at_once_with_a_word(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "_NO_PICTURE_S", 60)
    await choose(hass, entry, mode="watch")
    wearable = await dial()
    await wearable.press()
    await until_state(hass, lambda: state(hass, "sensor", "state") == "watching")
    await refuse(wearable, "camera")
    await wearable.until(lambda: speech_of("no_picture") in wearable.played_pcm)
    await idle(hass)


async def test_a_still_that_is_refused_is_not_waited_for(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    taking = asyncio.create_task(entry.runtime_data.wearable.still(60))
    await wearable.heard("capture")
    await refuse(wearable, "camera", "missing")
    async with asyncio.timeout(2):
        assert await taking is None


async def test_a_still_that_is_waited_for_is_still_asked_for_when_something_else_changes(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    taking = asyncio.create_task(entry.runtime_data.wearable.still(60))
    await wearable.heard("capture")
    async with entry.runtime_data.wearable.look():
        await wearable.heard("capture", 2)
    await wearable.heard("capture", 3)
    assert all(order["still"] for order in wearable.all("capture")), "the wearable obeys the newest order alone"
    await wearable.show(SHELF)
    seen = await taking
    assert seen is not None and seen.frame is not None and seen.frame.jpeg == SHELF
    async with entry.runtime_data.wearable.look():
        await wearable.heard("capture", 4)
        assert wearable.all("capture")[3]["still"] is None


async def test_what_is_refused_is_logged_with_its_reason(dial: Dial, caplog: pytest.LogCaptureFixture) -> None:
    wearable = await dial()
    await wearable.send({"type": "refused", "what": "storage", "reason": "full"})
    await eventually(lambda: "could not use its 'storage' (failed): 'full'" in caplog.text)


# --- private ----------------------------------------------------------------------------------------------------------


async def test_while_private_a_press_asks_nothing(hass: HomeAssistant, entry: MockConfigEntry, dial: Dial) -> None:
    wearable = await dial()
    await tell(wearable, privacy=True)
    await eventually(lambda: entry.runtime_data.wearable.private)
    await wearable.press()
    await until_state(hass, lambda: state(hass, "event", "button") != "unknown")
    await eventually(lambda: not entry.runtime_data.alive()["conversation"])
    assert entry.runtime_data.wearable.ear is None
    assert entry.runtime_data.answering.sessions_opened == 0
    assert not wearable.sounds and not wearable.all("capture")


async def test_while_private_a_press_stops_what_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial(speaker={"rate_hz": 24000, "buffer_ms": 100})
    await wearable.ask(SHELF)
    await wearable.until(lambda: len(wearable.sounds) > 5)
    await tell(wearable, privacy=True)
    await wearable.press()
    await wearable.heard("flush")
    await idle(hass)
    assert not wearable.all("spoken")


async def test_when_privacy_begins_a_question_ends(hass: HomeAssistant, entry: MockConfigEntry, dial: Dial) -> None:
    wearable = await dial()
    await wearable.press()
    await listening(hass)
    await tell(wearable, privacy=True)
    await idle(hass)
    assert not wearable.sounds


async def test_when_privacy_is_over_the_next_press_asks(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await tell(wearable, privacy=True)
    await tell(wearable, privacy=False)
    await wearable.ask(SHELF)
    await wearable.heard("spoken")


async def test_while_private_an_automation_is_told_so(hass: HomeAssistant, entry: MockConfigEntry, dial: Dial) -> None:
    wearable = await dial()
    await tell(wearable, privacy=True)
    await eventually(lambda: entry.runtime_data.wearable.private)
    with pytest.raises(HomeAssistantError, match="Privacy is on"):
        await hass.services.async_call(
            "shelfsight", "ask", {"question": "Where is the milk?"}, blocking=True, return_response=True
        )
    assert await entry.runtime_data.wearable.still(60) is None
    assert not wearable.all("capture")


# --- condition and settings -------------------------------------------------------------------------------------------


async def test_the_condition_is_kept_and_whoever_listens_is_told_once(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    dialled = await dial()
    wearable = entry.runtime_data.wearable
    told: list[int | None] = []
    stop = wearable.listen_changed(lambda: told.append(wearable.condition.battery_percent))
    await tell(dialled, battery_percent=80, charging=True, rssi_dbm=-60, privacy=False)
    await tell(dialled, battery_percent=80, charging=True, rssi_dbm=-60, privacy=False)
    await tell(dialled, battery_percent=79)
    await eventually(lambda: told == [80, 79])
    assert wearable.condition.charging is None, "what is missing is unknown"
    stop()
    again = await dial()
    assert wearable.condition.battery_percent is None, "another connection may be another battery"
    await again.leave()


async def test_a_hold_is_told_to_whoever_follows_the_button(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    seen: list[str] = []
    stop = entry.runtime_data.wearable.listen_button(lambda button: seen.append(button.action.value))
    await wearable.press()
    await wearable.send({"type": "button", "event": "hold", "press": 1, "time_ms": 600})
    await wearable.release()
    await eventually(lambda: seen == ["press", "hold", "release"])
    stop()
    assert hass.states.get(entity_id(hass, "event", "button")) is not None


async def test_a_wearable_is_welcomed_with_the_home_s_addresses_and_language_and_told_when_they_change(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    await hass.config.async_update(internal_url="http://192.168.1.2:8123", language="de")
    await hass.async_block_till_done()
    wearable = await dial()
    settings = wearable.welcome["settings"]
    assert (settings["language"], settings["cues"], settings["led"]) == ("de", True, True)
    assert "http://192.168.1.2:8123" in settings["urls"]
    await hass.config.async_update(external_url="https://home.example", language="fr")
    told = (await wearable.heard("settings"))["settings"]
    assert told["language"] == "fr" and "https://home.example" in told["urls"]
    await hass.config.async_update(elevation=7)
    await wearable.press()
    await wearable.heard("capture")
    assert len(wearable.all("settings")) == 1, "what does not matter to it is not told"
