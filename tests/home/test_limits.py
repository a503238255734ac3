"""What a talk may cost and how long it may last; what is counted; and that nothing of it is left when it is over."""

import asyncio
from dataclasses import replace
from http import HTTPStatus
from typing import Any, override

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from custom_components.shelfsight import company
from custom_components.shelfsight.live.accounts import Usage
from custom_components.shelfsight.sight.frame import examine
from local_live.orders import FailGenerate, LateTurnComplete, SlowGenerate
from local_live.server import Server
from local_live.setup import Setup
from tests import pictures
from tests.home.conftest import Dial
from tests.home.hearing import hears, tones
from tests.home.parts import (
    API_KEY,
    SILENCE,
    FakeWearable,
    choose,
    entity_id,
    eventually,
    question,
    running_tasks,
    state,
    until_state,
)
from tests.local_live.server_parts import BREAD, Brains, NotingBrain

SHELF, OTHER_SHELF = pictures.jpeg(1, (1600, 1200)), pictures.jpeg(2, (1600, 1200))
FIRST, SECOND = "Answer number 1, after 1 pictures.", "Answer number 2, after 2 pictures."

pytestmark = pytest.mark.usefixtures("clean_log", "quick_tries")


@pytest.fixture
def live_options() -> dict[str, Any]:
    return {"key": API_KEY, "voice": tones}


@pytest.fixture
def answerer_data() -> dict[str, Any]:
    return {"api_key": API_KEY}


def limit(entry: MockConfigEntry, **limits: float) -> None:
    """Limits that are smaller than the form lets anybody choose."""
    answering = entry.runtime_data.answering
    answering.options = replace(answering.options, **limits)


async def nothing_left(hass: HomeAssistant, live: Server) -> None:
    """No talk, no session, no microphone."""
    await until_state(hass, lambda: state(hass, "sensor", "state") in ("idle", "unavailable"))
    await eventually(lambda: live.open_sessions == 0)
    await eventually(lambda: not {name for name in running_tasks() if "eye" not in name})


async def follow_up(wearable: FakeWearable, text: str = "And the milk?") -> None:
    """Ask on without a press."""
    wearable.forget()
    await wearable.heard("capture", audio=True)
    await wearable.show(OTHER_SHELF)
    await wearable.say(question(text) + SILENCE)


def attributes(hass: HomeAssistant) -> dict[str, Any]:
    found = hass.states.get(entity_id(hass, "sensor", "last_answer"))
    assert found is not None
    return dict(found.attributes)


# --- how long it may last ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limits", [{"session_limit_s": 0.05}, {"session_limit_tokens": 50}], ids=["seconds", "tokens"])
async def test_a_talk_at_its_limit_ends_after_the_answer_and_says_so_and_a_press_begins_another(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    live: Server,
    brains: Brains,
    limits: dict[str, float],
) -> None:
    limit(entry, **limits)
    wearable = await dial()
    for _ in range(2):
        wearable.forget()
        await wearable.ask(SHELF)
        await hears(wearable, FIRST, "session_limit")
        await nothing_left(hass, live)
        assert wearable.all("capture")[-1]["audio"] is False
    assert len(brains.made) == 2


async def test_a_session_is_changed_between_turns_and_the_talk_goes_on(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, live: Server, brains: Brains, upward: list[Any]
) -> None:
    limit(entry, rotate_after_s=0.05)
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, FIRST)
    for at in range(3):
        await follow_up(wearable, f"And number {at}?")
        await hears(wearable, FIRST)  # the server's brain is a new one in each session
    setups = [one for one in upward if isinstance(one, Setup)]
    assert len(setups) >= 4 and not setups[0].resumption_handle
    assert all(setup.resumption_handle for setup in setups[1:]), "each goes on from the one before"
    heard = [sound for brain in brains.made for sound in brain.sounds]
    assert len(heard) == 4, "no question was lost, none asked twice"
    for at, sound in enumerate(heard[1:]):
        assert question(f"And number {at}?")[-6400:] in sound
    assert live.open_sessions <= 1
    assert not wearable.all("cue", name="error")


async def test_a_talk_ends_when_nobody_follows_up(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, live: Server
) -> None:
    limit(entry, follow_up_s=0.2)
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, FIRST)
    wearable.forget()
    await wearable.heard("capture", audio=True)
    await wearable.say(SILENCE)
    await wearable.heard("cue", name="done")
    await nothing_left(hass, live)


async def test_without_follow_up_time_the_microphone_does_not_open_again(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, live: Server
) -> None:
    await choose(hass, entry, follow_up_s=0)
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, FIRST)
    await nothing_left(hass, live)
    after = [
        text for text in wearable.texts[wearable.texts.index(wearable.all("spoken")[0]) :] if text["type"] == "capture"
    ]
    assert not any(one["audio"] for one in after)


async def test_an_entry_that_is_unloaded_in_the_midst_of_an_answer_leaves_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, live: Server, brains: Brains
) -> None:
    brains.first.gate.clear()
    wearable = await dial()
    await wearable.ask(SHELF)
    await brains.first.asked.wait()
    assert await hass.config_entries.async_unload(entry.entry_id)
    await eventually(lambda: not running_tasks() and live.open_sessions == 0)
    await wearable.heard("bye", reason="shutdown")


# --- what is counted --------------------------------------------------------------------------------------------------


async def test_what_a_question_took_is_shown(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Brains
) -> None:
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, FIRST)
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == FIRST)
    last = attributes(hass)
    kinds = last["tokens_by_kind"]
    assert kinds["audio_in"] > 0 and kinds["image_in"] > 0 and kinds["text_in"] > 0 and kinds["audio_out"] > 0
    assert sum(kinds.values()) == last["tokens"]
    assert last["cost_usd"] is None, "a server of this network costs nothing that anybody knows"
    assert last["tries"] == 0 and last["mode"] == "find" and last["frames_sent"] == 1
    assert 0 < last["frame_bytes_sent"] <= 400_000 and last["first_audio_ms"] is not None
    assert 1 < last["speech_s"] < 4
    await follow_up(wearable)
    await hears(wearable, SECOND)
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == SECOND)
    accounts = entry.runtime_data.accounts
    assert (accounts.questions, accounts.answered) == (2, 2)
    assert accounts.usage.total == last["tokens"] + attributes(hass)["tokens"]


async def test_the_last_turn_is_paid_for_though_it_ends_long_after_its_answer_was_heard_and_nobody_waits_for_that(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, live: Server, bills: list[Usage]
) -> None:
    await choose(hass, entry, follow_up_s=0)
    live.order(LateTurnComplete(2.0))
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, FIRST)
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    assert bills == [] and entry.runtime_data.accounts.usage == Usage() and live.open_sessions == 1
    await nothing_left(hass, live)
    assert len(bills) == 1 and bills[0].total
    assert entry.runtime_data.accounts.usage == bills[0] and entry.runtime_data.accounts.questions == 1


async def test_the_last_bill_of_a_picture_asked_about_is_waited_for_after_the_answer(
    hass: HomeAssistant, entry: MockConfigEntry, live: Server, bills: list[Usage]
) -> None:
    live.order(LateTurnComplete(2.0))
    runtime = entry.runtime_data
    frame = await hass.async_add_executor_job(examine, SHELF, hass.loop.time())
    outcome = await runtime.ask("Where?", mode=runtime.answering.mode("find"), speak=False, frame=frame, timeout_s=10)
    assert outcome.answer == FIRST and bills == []
    await eventually(lambda: live.open_sessions == 0 and not running_tasks())
    assert runtime.accounts.usage == bills[0] and bills[0].total


async def test_an_entry_that_is_unloaded_waits_for_no_bill(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, live: Server
) -> None:
    await choose(hass, entry, follow_up_s=0)
    live.order(LateTurnComplete(60))
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, FIRST)
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    assert "shelfsight live last bill" in running_tasks()
    unloaded_s = hass.loop.time()
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not {name for name in running_tasks() if "live" in name} and hass.loop.time() - unloaded_s < 2
    await eventually(lambda: live.open_sessions == 0 and not running_tasks())


# --- the place by a second call ---------------------------------------------------------------------------------------


class KnowingLater(Brains):
    """Only whoever is asked in writing knows where the bread is."""

    @override
    def __call__(self) -> NotingBrain:
        brain = super().__call__()
        brain.place = BREAD if len(self.made) > 1 else None
        return brain


async def test_the_place_is_asked_for_by_a_second_call_where_that_is_wanted(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, live: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    knowing = KnowingLater()
    monkeypatch.setattr(live, "_make_brain", knowing)
    monkeypatch.setattr(live._generator, "_make_brain", knowing)
    await choose(hass, entry, places_by_second_call=True)
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, FIRST)
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == FIRST)
    assert (attributes(hass)["item"], attributes(hass)["shelf"], attributes(hass)["side"]) == ("bread", 3, "far right")
    assert len(knowing.made) == 2 and len(knowing.made[1].pictures) == 1


async def test_a_second_call_that_fails_costs_neither_the_answer_nor_a_word(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, live: Server, brains: Brains
) -> None:
    brains.first.place = None
    await choose(hass, entry, places_by_second_call=True)
    live.order_generate(FailGenerate(HTTPStatus.SERVICE_UNAVAILABLE))
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, FIRST)
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == FIRST)
    assert attributes(hass)["item"] is None and not wearable.all("cue", name="error")


async def test_while_the_place_is_asked_for_nobody_who_has_heard_the_answer_waits(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    live: Server,
    brains: Brains,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    brains.first.place = None
    await choose(hass, entry, places_by_second_call=True, follow_up_s=0)
    live.order_generate(SlowGenerate(2.0))
    wearable = await dial()
    await wearable.ask(SHELF)
    await wearable.heard("speak")
    monkeypatch.setattr(company, "FIRST_AFTER_S", 0.05)
    monkeypatch.setattr(company, "EVERY_S", 0.05)
    await wearable.heard("spoken")
    heard, heard_s = len(wearable.texts), hass.loop.time()
    await nothing_left(hass, live)
    assert not [text for text in wearable.texts[heard:] if text["type"] == "cue"]
    assert hass.loop.time() - heard_s > 0.5, "it was indeed waited for"


@pytest.mark.parametrize("wanted", [False, True], ids=["not wanted", "not needed"])
async def test_there_is_no_second_call_where_it_is_not_wanted_or_the_place_is_known(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Brains, wanted: bool
) -> None:
    brains.first.place = BREAD if wanted else None
    await choose(hass, entry, places_by_second_call=wanted, follow_up_s=0)
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, FIRST)
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    await asyncio.sleep(0)
    assert len(brains.made) == 1
