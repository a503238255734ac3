"""What a person at home changes and presses: it holds at once, it is kept, and no wearable is sent away for it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
import json
from typing import Any

import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import answering as answering_room
from custom_components.shelfsight.live.answerer import Answerer, make_client
from custom_components.shelfsight.live.models import VOICES
from custom_components.shelfsight.spatial import Mode
from local_live import wire
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.hearing import hears, spoken, tones, utterances
from tests.home.parts import (
    SILENCE,
    WEARABLE_ID,
    FakeWearable,
    choose,
    entity_id,
    eventually,
    question,
    running_tasks,
    state,
    until_state,
)
from tests.local_live.server_parts import Brains

SHELF = pictures.jpeg(1, (1600, 1200))

pytestmark = pytest.mark.usefixtures("clean_log", "quick_tries")


@pytest.fixture
def live_options() -> dict[str, Any]:
    return {"voice": tones}


@pytest.fixture
def answerer_data() -> dict[str, Any]:
    return {"follows_instructions": True}


async def act(hass: HomeAssistant, service: str, key: str, **data: Any) -> None:
    """Use an entity as the frontend does."""
    platform, action = service.split(".")
    target = {"entity_id": entity_id(hass, platform, key)}
    await hass.services.async_call(platform, action, {**target, **data}, blocking=True)


async def there(hass: HomeAssistant, platform: str, key: str) -> None:
    """Wait until the wearable has told what this needs."""
    registry = er.async_get(hass)
    await until_state(
        hass,
        lambda: (
            (found := registry.async_get_entity_id(platform, "shelfsight", f"{WEARABLE_ID}_{key}")) is not None
            and (told := hass.states.get(found)) is not None
            and told.state != "unavailable"
        ),
    )


async def stays(hass: HomeAssistant, entry: MockConfigEntry, wearable: FakeWearable) -> None:
    """What was chosen did not reload anything; and a reload does not lose it."""
    assert not wearable.socket.closed and not wearable.all("bye") and entry.runtime_data.wearable.connected
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


# --- buttons ----------------------------------------------------------------------------------------------------------


async def test_ask_listens_and_answers_as_after_a_press(hass: HomeAssistant, dial: Dial, brains: Brains) -> None:
    wearable = await dial()
    brains.first.text = "Third shelf."
    await there(hass, "button", "ask")
    await act(hass, "button.press", "ask")
    asked = await wearable.heard("capture")
    assert asked["audio"] and asked["video"] is not None
    await wearable.heard("cue", name="listening")
    await wearable.show(SHELF)
    await wearable.say(question() + SILENCE)
    await hears(wearable, "Third shelf.")
    assert len(brains.first.sounds) == 1 and brains.first.pictures
    assert state(hass, "event", "button") == "unknown", "nobody touched the button"


async def test_ask_stops_what_is_said_and_a_press_of_the_person_stops_ask(
    hass: HomeAssistant, dial: Dial, brains: Brains
) -> None:
    wearable = await dial()
    await there(hass, "button", "ask")
    brains.first.gate.clear()
    await wearable.ask(SHELF)
    await brains.first.asked.wait()
    wearable.forget()
    await act(hass, "button.press", "ask")
    await wearable.heard("flush")
    await wearable.heard("cue", name="listening")
    assert wearable.order.index("flush") < wearable.order.index("cue", wearable.order.index("flush"))
    brains.first.gate.set()
    wearable.forget()
    await wearable.press()
    await wearable.heard("flush")
    await wearable.release()
    await wearable.show(SHELF)
    await wearable.say(question() + SILENCE)
    await wearable.heard("spoken")


async def test_whoever_says_nothing_after_ask_is_told(hass: HomeAssistant, dial: Dial) -> None:
    wearable = await dial()
    await there(hass, "button", "ask")
    await act(hass, "button.press", "ask")
    await wearable.heard("capture")
    await wearable.say(bytes(32 * 7000))
    await hears(wearable, "no_speech")


async def test_ask_is_refused_while_privacy_is_on(hass: HomeAssistant, dial: Dial) -> None:
    wearable = await dial()
    await there(hass, "button", "ask")
    await act(hass, "switch.turn_on", "privacy")
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, "button.press", "ask")
    assert caught.value.translation_key == "wearable_private"
    assert not wearable.all("capture") and not running_tasks() & {"shelfsight conversation"}


async def test_describe_says_what_the_wearable_sees_whatever_mode_is_chosen(
    hass: HomeAssistant, dial: Dial, brains: Brains
) -> None:
    wearable = await dial()
    wearable.still_jpeg = SHELF
    brains.first.text = "A shelf."
    await there(hass, "button", "describe")
    await act(hass, "button.press", "describe")
    await hears(wearable, "A shelf.")
    assert brains.first.questions == ["Describe what is there"]
    assert state(hass, "sensor", "last_question") == "Describe what is there"
    told = hass.states.get(entity_id(hass, "sensor", "last_question"))
    assert told is not None and told.attributes["mode"] == "describe"


async def test_stop_silences_the_answer(hass: HomeAssistant, dial: Dial, brains: Brains) -> None:
    wearable = await dial(speaker={"rate_hz": 24000, "buffer_ms": 200})
    brains.first.text = "It is " + "very " * 100 + "far away."
    await wearable.ask(SHELF)
    await wearable.heard("speak")
    await act(hass, "button.press", "stop")
    await wearable.heard("flush")
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    assert not wearable.all("spoken")
    (said,) = utterances(wearable)
    assert len(said) < len(spoken(brains.first.text)) // 4
    await eventually(lambda: "shelfsight conversation" not in running_tasks())


async def test_stop_ends_a_mode_that_goes_on_and_that_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Brains
) -> None:
    await choose(hass, entry, mode="watch")
    brains.first.text = "<nothing>"
    wearable = await dial()
    wearable.still_jpeg = SHELF
    await wearable.press()
    await wearable.release()
    await hears(wearable, "watching")
    wearable.forget()
    await act(hass, "button.press", "stop")
    await hears(wearable, "watching_over")


async def test_stop_where_nothing_is_said_does_nothing(hass: HomeAssistant, dial: Dial) -> None:
    wearable = await dial()
    await there(hass, "button", "stop")
    await act(hass, "button.press", "stop")
    await eventually(lambda: "shelfsight conversation" not in running_tasks())
    assert wearable.texts == []


async def test_a_button_of_a_wearable_that_leaves_just_now_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await there(hass, "button", "stop")
    button = hass.data["entity_components"]["button"].get_entity(entity_id(hass, "button", "stop"))
    await wearable.leave()
    await eventually(lambda: not entry.runtime_data.wearable.connected)
    with pytest.raises(HomeAssistantError) as caught:
        await button.async_press()
    assert caught.value.translation_key == "wearable_not_connected"


# --- selects ----------------------------------------------------------------------------------------------------------


async def test_the_mode_is_used_from_the_next_press_on_and_kept(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Brains
) -> None:
    wearable = await dial()
    assert state(hass, "select", "mode") == "find"
    await act(hass, "select.select_option", "mode", option="read")
    assert state(hass, "select", "mode") == "read" == entry.options["mode"]
    await wearable.ask(SHELF)
    await wearable.heard("spoken")
    await eventually(lambda: entry.runtime_data.last is not None)
    assert entry.runtime_data.last.mode == "read"
    await stays(hass, entry, wearable)
    assert state(hass, "select", "mode") == "read"


async def test_modes_of_ones_own_are_chosen_by_their_names(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await choose(hass, entry, own_modes=[{"name": "Prices first", "instructions": "Say prices first."}])
    told = hass.states.get(entity_id(hass, "select", "mode"))
    assert told is not None
    assert told.attributes["options"] == [*(mode.value for mode in Mode), "Prices first"]
    await act(hass, "select.select_option", "mode", option="Prices first")
    assert state(hass, "select", "mode") == "Prices first"
    assert entry.options["mode"] == "own_prices_first" == entry.runtime_data.answering.options.mode
    with pytest.raises(ServiceValidationError):
        await act(hass, "select.select_option", "mode", option="own_prices_first")


async def test_a_shelf_reader_offers_the_modes_that_it_can_do(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await choose(hass, entry, {"follows_instructions": False}, mode="translate")
    told = hass.states.get(entity_id(hass, "select", "mode"))
    assert told is not None
    assert set(told.attributes["options"]) == set(Mode) - {Mode.TRANSLATE}
    assert told.state == "unknown"


@pytest_asyncio.fixture
async def gemini(hass: HomeAssistant, live: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MockConfigEntry]:
    """An entry of Gemini, which is the Live server as far as its address goes."""

    def dialled(answerer: Answerer) -> Any:
        pem = live.identity.certificate_path.read_text()
        return make_client(replace(answerer, host="127.0.0.1", port=live.port, certificate_pem=pem))

    monkeypatch.setattr(answering_room, "make_client", dialled)
    data = {"wearable_id": WEARABLE_ID, "name": "Desk", "link_key": bytes(range(32)).hex()}
    made = MockConfigEntry(
        domain="shelfsight", title="Desk", unique_id=WEARABLE_ID, data={**data, "answerer": {"api_key": "right"}}
    )
    made.add_to_hass(hass)
    assert await async_setup_component(hass, "http", {})
    assert await hass.config_entries.async_setup(made.entry_id)
    yield made
    await hass.config_entries.async_unload(made.entry_id)


def leaves(value: Any) -> Iterator[Any]:
    """What stands in a message, whatever its fields are called."""
    if isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    else:
        yield value


@pytest.fixture
def setups(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The setup of each session, as it came to the Live server."""
    frames: list[dict[str, Any]] = []
    parse = wire.parse

    def noting(frame: Any) -> Any:
        message = json.loads(frame)
        if "setup" in message:
            frames.append(message["setup"])
        return parse(frame)

    monkeypatch.setattr(wire, "parse", noting)
    return frames


async def test_the_voice_is_that_of_the_next_talk_and_kept(
    hass: HomeAssistant, gemini: MockConfigEntry, setups: list[dict[str, Any]], hass_client_no_auth: Any
) -> None:
    wearable = await FakeWearable.dial(await hass_client_no_auth())
    told = hass.states.get(entity_id(hass, "select", "voice"))
    assert told is not None and told.state == "default"
    assert told.attributes["options"] == ["default", *VOICES] and len(VOICES) == 30
    await wearable.ask(SHELF)
    await wearable.heard("spoken")
    await act(hass, "select.select_option", "voice", option="Sulafat")
    assert state(hass, "select", "voice") == "Sulafat"
    await act(hass, "button.press", "stop")
    await eventually(lambda: "shelfsight conversation" not in running_tasks())
    await wearable.ask(SHELF)
    await wearable.heard("spoken", count=2)
    voices = [one["generationConfig"].get("speechConfig") for one in setups]
    first, second = voices  # in camel case or not, as the SDK writes it
    assert first is None and [*leaves(second)] == ["Sulafat"]
    await stays(hass, gemini, wearable)
    assert state(hass, "select", "voice") == "Sulafat"
    await act(hass, "select.select_option", "voice", option="default")
    assert gemini.options["voice"] == ""
    await wearable.leave()


def test_a_server_of_this_network_has_its_own_voice(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert er.async_get(hass).async_get_entity_id("select", "shelfsight", f"{WEARABLE_ID}_voice") is None


# --- switches ---------------------------------------------------------------------------------------------------------


async def test_privacy_is_told_to_the_wearable_at_once_and_when_it_comes_back(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    assert wearable.welcome["settings"]["privacy"] is False
    await act(hass, "switch.turn_on", "privacy")
    assert (await wearable.heard("settings"))["settings"]["privacy"] is True
    assert entry.options["privacy"] is True
    await stays(hass, entry, wearable)
    assert state(hass, "switch", "privacy") == "on"
    back = await dial()
    assert back.welcome["settings"]["privacy"] is True
    await act(hass, "switch.turn_off", "privacy")
    assert (await back.heard("settings"))["settings"]["privacy"] is False


async def test_privacy_can_be_switched_while_the_wearable_is_away(hass: HomeAssistant, dial: Dial) -> None:
    await act(hass, "switch.turn_on", "privacy")
    assert state(hass, "switch", "privacy") == "on"
    assert (await dial()).welcome["settings"]["privacy"] is True


async def test_privacy_ends_a_question_that_is_being_asked(hass: HomeAssistant, dial: Dial, brains: Brains) -> None:
    wearable = await dial()
    await wearable.press()
    await wearable.release()
    await wearable.show(SHELF)
    await wearable.say(question()[:16_000])
    await until_state(hass, lambda: state(hass, "sensor", "state") == "listening")
    await act(hass, "switch.turn_on", "privacy")
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    await wearable.heard("capture", audio=False, video=None)
    assert not brains.first.sounds


async def test_follow_up_is_switched_off_and_on_without_losing_its_time(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    await choose(hass, entry, follow_up_s=20)
    wearable = await dial()
    assert state(hass, "switch", "follow_up") == "on"
    await act(hass, "switch.turn_off", "follow_up")
    assert state(hass, "switch", "follow_up") == "off"
    await wearable.ask(SHELF)
    await wearable.heard("spoken")
    await eventually(lambda: "shelfsight conversation" not in running_tasks())
    await act(hass, "switch.turn_on", "follow_up")
    assert (entry.options["follow_up_s"], entry.runtime_data.answering.options.follow_up_wait_s) == (20, 20)
    wearable.forget()
    await wearable.ask(SHELF)
    await wearable.heard("spoken")
    await wearable.heard("capture", audio=True)
    await until_state(hass, lambda: state(hass, "sensor", "state") == "listening")
    await stays(hass, entry, wearable)
    assert state(hass, "switch", "follow_up") == "on"


async def test_follow_up_that_was_off_in_the_options_comes_on_with_its_usual_time(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await choose(hass, entry, follow_up_s=0)
    assert state(hass, "switch", "follow_up") == "off"
    await act(hass, "switch.turn_on", "follow_up")
    assert state(hass, "switch", "follow_up") == "on"
    assert entry.runtime_data.answering.options.follow_up_wait_s == 8


# --- volume -----------------------------------------------------------------------------------------------------------


async def test_the_volume_is_told_to_the_wearable_and_kept(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await there(hass, "number", "volume")
    assert state(hass, "number", "volume") == "unknown" and "volume" not in wearable.welcome["settings"]
    await act(hass, "number.set_value", "volume", value=35)
    assert (await wearable.heard("settings"))["settings"]["volume"] == 35
    assert state(hass, "number", "volume") == "35"
    await stays(hass, entry, wearable)
    back = await dial()
    assert back.welcome["settings"]["volume"] == 35
    await until_state(hass, lambda: state(hass, "number", "volume") == "35")
    with pytest.raises(ServiceValidationError):
        await act(hass, "number.set_value", "volume", value=101)


async def test_what_is_chosen_again_is_not_told_again(hass: HomeAssistant, dial: Dial) -> None:
    wearable = await dial()
    await there(hass, "number", "volume")
    for _ in range(3):
        await act(hass, "number.set_value", "volume", value=35)
    await act(hass, "switch.turn_off", "privacy")
    await act(hass, "number.set_value", "volume", value=40)
    await wearable.until(lambda: any(one["settings"]["volume"] == 40 for one in wearable.all("settings")))
    assert [one["settings"]["volume"] for one in wearable.all("settings")] == [35, 40]
