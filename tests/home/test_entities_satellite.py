"""The wearable as a satellite of Assist: Home Assistant's real pipeline, a wearable on a real WebSocket, the real ffmpeg."""

import asyncio
from collections.abc import AsyncIterator
import shutil
from typing import Any

from aiohttp.test_utils import TestClient
import numpy as np
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.assist_satellite import (
    AssistSatelliteConfiguration,
    AssistSatelliteEntityFeature as Feature,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from custom_components.shelfsight.link.connection import LinkClosedError
from tests import pictures
from tests.home.assist import Assist
from tests.home.conftest import Dial
from tests.home.hearing import told, utterances
from tests.home.parts import (
    SILENCE,
    WEARABLE_ID,
    FakeWearable,
    entity_id,
    eventually,
    question,
    running_tasks,
    state,
    states_from_now,
    until_state,
)
from tests.local_live.server_parts import Brains

SHELF = pictures.jpeg(1, (1600, 1200))
HZ = 440
NOTHING = "http://127.0.0.1:1/nothing.mp3"

pytestmark = [
    pytest.mark.usefixtures("assist", "clean_log"),
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not on this machine"),
]


@pytest_asyncio.fixture
async def assist(hass: HomeAssistant, hass_config_dir: str, monkeypatch: pytest.MonkeyPatch) -> Assist:
    """Assist, set up before the wearable's entry is."""
    made = Assist()
    await made.set_up(hass, monkeypatch)
    return made


async def there(hass: HomeAssistant, http: TestClient) -> None:
    """The satellite is there, and Home Assistant can be reached by ffmpeg."""
    await hass.config.async_update(internal_url=str(http.make_url("")).rstrip("/"))
    registry = er.async_get(hass)
    await until_state(
        hass,
        lambda: (
            (found := registry.async_get_entity_id("assist_satellite", "shelfsight", f"{WEARABLE_ID}_satellite"))
            is not None
            and (one := hass.states.get(found)) is not None
            and one.state == "idle"
        ),
    )


@pytest_asyncio.fixture
async def worn(hass: HomeAssistant, http: TestClient, dial: Dial) -> AsyncIterator[FakeWearable]:
    """A wearable with a satellite."""
    wearable = await dial()
    await there(hass, http)
    wearable.forget()
    yield wearable
    await eventually(lambda: not running_tasks() & {"shelfsight conversation", "shelfsight question"})


async def call(hass: HomeAssistant, action: str, *, response: bool = False, **data: Any) -> Any:
    target = {"entity_id": entity_id(hass, "assist_satellite", "satellite")}
    return await hass.services.async_call(
        "assist_satellite", action, {**target, **data}, blocking=True, return_response=response
    )


def satellite(hass: HomeAssistant) -> str:
    return state(hass, "assist_satellite", "satellite")


def features(hass: HomeAssistant) -> Feature:
    one = hass.states.get(entity_id(hass, "assist_satellite", "satellite"))
    assert one is not None
    return Feature(one.attributes["supported_features"])


def hums(pcm: bytes) -> bool:
    """Whether this is the house's voice."""
    sound = np.frombuffer(pcm, "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    return bool(abs(spectrum.argmax() * 24_000 / sound.size - HZ) < 5)


async def answer(wearable: FakeWearable, count: int = 1) -> None:
    """Speak when it listens, for the `count`-th time."""
    await wearable.heard("cue", name="listening", count=count)
    await wearable.heard("capture", audio=True, count=count)
    await wearable.say(question() + SILENCE * 2)


# --- announcing -------------------------------------------------------------------------------------------------------


async def test_an_announcement_is_heard_after_its_cue(hass: HomeAssistant, worn: FakeWearable, assist: Assist) -> None:
    assert features(hass) == Feature.ANNOUNCE | Feature.START_CONVERSATION
    states = states_from_now(hass, "assist_satellite.desk_assist")
    await call(hass, "announce", message="Dinner is ready.")
    cue, words = utterances(worn)
    assert hums(words) and not hums(cue)
    assert assist.voice.asked[0][0] == "Dinner is ready."
    await hass.async_block_till_done()
    assert states == ["responding", "idle"]
    assert not worn.all("capture"), "nobody listens to an announcement"


async def test_an_announcement_comes_without_a_cue_where_none_is_wanted(
    hass: HomeAssistant, worn: FakeWearable
) -> None:
    await call(hass, "announce", message="Dinner is ready.", preannounce=False)
    (words,) = utterances(worn)
    assert hums(words)


async def test_a_press_ends_an_announcement_and_asks(
    hass: HomeAssistant, http: TestClient, dial: Dial, assist: Assist, brains: Brains
) -> None:
    wearable = await dial(speaker={"rate_hz": 24_000, "buffer_ms": 200})
    await there(hass, http)
    announcing = asyncio.create_task(call(hass, "announce", message="Dinner.", preannounce=False))
    await wearable.heard("speak")
    await wearable.ask(SHELF)
    await announcing
    await brains.first.asked.wait()
    assert satellite(hass) == "idle"
    await wearable.heard("spoken")


async def test_an_announcement_that_cannot_be_said_is_an_error(
    hass: HomeAssistant, worn: FakeWearable, assist: Assist
) -> None:
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "announce", media_id=NOTHING, preannounce=False)
    assert caught.value.translation_key == "media_failed"
    assert satellite(hass) == "idle"


async def test_without_a_microphone_it_announces_and_starts_no_conversation(
    hass: HomeAssistant, http: TestClient, dial: Dial
) -> None:
    wearable = await dial(microphone=None)
    await there(hass, http)
    assert features(hass) == Feature.ANNOUNCE
    with pytest.raises(HomeAssistantError):
        await call(hass, "start_conversation", start_message="Hello?")
    await call(hass, "announce", message="Dinner.", preannounce=False)
    assert len(utterances(wearable)) == 1


async def test_a_wearable_that_left_announces_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, worn: FakeWearable
) -> None:
    one = hass.data["entity_components"]["assist_satellite"].get_entity("assist_satellite.desk_assist")
    await worn.leave()
    await until_state(hass, lambda: satellite(hass) == "unavailable")
    with pytest.raises(HomeAssistantError) as caught:
        await one.async_internal_announce(None, NOTHING, preannounce=False)
    assert caught.value.translation_key == "wearable_not_connected"
    with pytest.raises(HomeAssistantError):
        await one.async_internal_start_conversation(None, NOTHING, preannounce=False)


# --- conversations ----------------------------------------------------------------------------------------------------


async def test_a_conversation_is_begun_listened_to_and_answered_for_as_long_as_the_agent_asks(
    hass: HomeAssistant, worn: FakeWearable, assist: Assist
) -> None:
    assist.scribe.script = ["yes please", "the red one"]
    assist.agent.script = ["Which one?", "Done."]
    starting = asyncio.create_task(
        call(hass, "start_conversation", start_message="Shall I order bread?", preannounce=False)
    )
    await answer(worn)
    await answer(worn, 2)
    await starting
    assert assist.agent.asked == ["yes please", "the red one"]
    assert assist.agent.prompts[0] == "Shall I order bread?"
    assert [asked[0] for asked in assist.voice.asked] == ["Shall I order bread?", "Which one?", "Done."]
    assert [hums(one) for one in utterances(worn)] == [True] * 3
    assert satellite(hass) == "idle" and state(hass, "sensor", "state") == "idle"
    first = assist.scribe.heard[0]
    assert first[:32_000] in question() + SILENCE * 2, "what was said, as it was said"
    last = worn.all("capture")[-1]
    assert (last["audio"], last["video"]) == (False, None)


async def test_somebody_is_heard_to_think(
    hass: HomeAssistant, worn: FakeWearable, assist: Assist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.shelfsight.company.FIRST_AFTER_S", 0.05)
    thinking = asyncio.Event()
    process = assist.agent._async_handle_message

    async def slowly(*args: Any) -> Any:
        await thinking.wait()
        return await process(*args)

    monkeypatch.setattr(assist.agent, "_async_handle_message", slowly)
    assist.scribe.script, assist.agent.script = ["yes"], ["Done."]
    starting = asyncio.create_task(call(hass, "start_conversation", start_message="Bread?", preannounce=False))
    await answer(worn)
    await worn.heard("cue", name="thinking")
    assert state(hass, "sensor", "state") == "thinking"
    thinking.set()
    await starting


async def test_a_press_takes_the_ear_from_a_conversation(
    hass: HomeAssistant, worn: FakeWearable, assist: Assist, brains: Brains
) -> None:
    starting = asyncio.create_task(call(hass, "start_conversation", start_message="Bread?", preannounce=False))
    await worn.heard("capture", audio=True)
    await until_state(hass, lambda: satellite(hass) == "listening")
    await worn.ask(SHELF)
    with pytest.raises(HomeAssistantError) as caught:
        await starting
    assert caught.value.translation_key == "stopped"
    await brains.first.asked.wait()
    assert len(brains.first.sounds[0]) >= len(question()), "all of what was asked was heard by one ear"
    assert assist.agent.asked == [] and satellite(hass) == "idle"
    await worn.heard("spoken", count=2)


async def test_a_conversation_in_which_nobody_speaks_ends_with_a_cue(
    hass: HomeAssistant, worn: FakeWearable, assist: Assist
) -> None:
    assist.scribe.script = [""]
    starting = asyncio.create_task(call(hass, "start_conversation", start_message="Bread?", preannounce=False))
    await answer(worn)
    await starting
    await worn.heard("cue", name="done")
    assert assist.agent.asked == []


async def test_what_assist_cannot_do_is_heard_and_told(hass: HomeAssistant, worn: FakeWearable, assist: Assist) -> None:
    await assist.change(hass, stt_engine=None, stt_language=None)
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "start_conversation", start_message="Bread?", preannounce=False)
    assert caught.value.translation_key == "assist_failed"
    await worn.heard("cue", name="error")
    assert told(worn)[-1] == "went_wrong"
    assert satellite(hass) == "idle"


async def test_no_conversation_begins_while_privacy_is_on(hass: HomeAssistant, worn: FakeWearable) -> None:
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.desk_privacy"}, blocking=True)
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "start_conversation", start_media_id=NOTHING, preannounce=False)
    assert caught.value.translation_key == "wearable_private"
    assert worn.sounds == [] and not worn.all("capture")
    await call(hass, "announce", message="Dinner.", preannounce=False)  # to be told something is nobody's spying
    assert len(utterances(worn)) == 1


async def test_privacy_that_comes_while_it_speaks_or_listens_ends_the_conversation(
    hass: HomeAssistant, worn: FakeWearable, assist: Assist
) -> None:
    starting = asyncio.create_task(call(hass, "start_conversation", start_message="Bread?", preannounce=False))
    await worn.heard("capture", audio=True)
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.desk_privacy"}, blocking=True)
    await starting
    await worn.heard("cue", name="done")
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.desk_privacy"}, blocking=True)
    worn.forget()
    worn.plays = False
    starting = asyncio.create_task(call(hass, "start_conversation", start_message="Bread?", preannounce=False))
    spoken = await worn.heard("spoken")
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.desk_privacy"}, blocking=True)
    await worn.send({"type": "played", "turn": spoken["turn"], "position_ms": 1, "done": True})
    with pytest.raises(HomeAssistantError) as caught:
        await starting
    assert caught.value.translation_key == "wearable_private"
    assert not worn.all("capture", audio=True)


async def test_a_line_that_is_cut_in_a_conversation_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, worn: FakeWearable, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut() -> None:
        raise LinkClosedError("cut")

    monkeypatch.setattr(entry.runtime_data.wearable, "open_ear", cut)
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "start_conversation", start_message="Bread?", preannounce=False)
    assert caught.value.translation_key == "wearable_not_connected"


# --- questions of automations -----------------------------------------------------------------------------------------


async def test_a_question_is_answered_by_what_the_person_said(
    hass: HomeAssistant, worn: FakeWearable, assist: Assist
) -> None:
    assist.scribe.script = ["play some jazz"]
    asking = asyncio.create_task(
        call(
            hass, "ask_question", response=True, question="What shall I play?", preannounce=False,
            answers=[{"id": "stop", "sentences": ["nothing"]}, {"id": "genre", "sentences": ["play [some] {genre}"]}],
        )
    )  # fmt: skip
    await answer(worn)
    assert await asking == {"id": "genre", "sentence": "play some jazz", "slots": {"genre": "jazz"}}
    assert assist.agent.asked == [], "only what was said is wanted"
    assert len(utterances(worn)) == 1
    last = worn.all("capture")[-1]
    assert (last["audio"], last["video"]) == (False, None)


async def test_a_question_that_nobody_answers_is_an_error(
    hass: HomeAssistant, worn: FakeWearable, assist: Assist
) -> None:
    asking = asyncio.create_task(
        call(hass, "ask_question", response=True, question="What shall I play?", preannounce=False)
    )
    await answer(worn)
    with pytest.raises(HomeAssistantError):
        await asking
    await worn.heard("cue", name="done")
    assert satellite(hass) == "idle"


async def test_a_press_ends_a_question(hass: HomeAssistant, worn: FakeWearable) -> None:
    asking = asyncio.create_task(call(hass, "ask_question", response=True, question="Jazz?", preannounce=False))
    await worn.heard("capture", audio=True)
    await worn.press()
    with pytest.raises(HomeAssistantError) as caught:
        await asking
    assert caught.value.translation_key == "stopped"
    await worn.leave()


# --- what it is not ---------------------------------------------------------------------------------------------------


async def test_it_has_no_wake_words(hass: HomeAssistant, worn: FakeWearable) -> None:
    one = hass.data["entity_components"]["assist_satellite"].get_entity("assist_satellite.desk_assist")
    nothing = AssistSatelliteConfiguration([], [], 0)
    assert one.async_get_configuration() == nothing
    await one.async_set_configuration(nothing)
    with pytest.raises(HomeAssistantError) as caught:
        await one.async_set_configuration(AssistSatelliteConfiguration([], ["computer"], 1))
    assert caught.value.translation_key == "no_wake_words"


async def test_without_a_speaker_there_is_no_satellite(hass: HomeAssistant, http: TestClient, dial: Dial) -> None:
    await dial(speaker=None)
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    await hass.async_block_till_done()
    assert er.async_get(hass).async_get_entity_id("assist_satellite", "shelfsight", f"{WEARABLE_ID}_satellite") is None


async def test_an_entry_with_a_satellite_is_unloaded_whole_and_comes_back(
    hass: HomeAssistant, entry: MockConfigEntry, worn: FakeWearable
) -> None:
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert satellite(hass) == "unavailable"
    assert features(hass) == Feature(0)
