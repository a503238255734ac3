"""Modes from the press to the last word: what is asked, what is said, what is not said, and how each of them ends."""

import asyncio
from itertools import pairwise
from typing import Any, override

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from custom_components.shelfsight import company, question as question_room, serving, steps
from custom_components.shelfsight.live.accounts import Usage
from custom_components.shelfsight.outcome import Outcome
from custom_components.shelfsight.sight.frame import Frame
from custom_components.shelfsight.sound.phrases import load
from custom_components.shelfsight.spatial import GUIDE_STEP, WATCH_STEP
from local_live.brain import Answer
from local_live.orders import Close, Drop, Ending, Moment, TextOnly
from local_live.server import Server
from local_live.setup import Setup
from tests import pictures
from tests.home.conftest import Dial
from tests.home.hearing import hears, told, tones
from tests.home.parts import (
    API_KEY,
    SILENCE,
    FakeWearable,
    choose,
    eventually,
    question,
    running_tasks,
    state,
    until_state,
)
from tests.local_live.server_parts import BREAD, Brains, NotingBrain

SHELF, OTHER_SHELF = pictures.jpeg(1, (1600, 1200)), pictures.jpeg(2, (1600, 1200))
FIRST = "Third shelf of five from the top, far right."

pytestmark = pytest.mark.usefixtures("clean_log", "quick_tries")


class ReadingBrain(NotingBrain):
    """Says what the script says, one after the other, then <nothing>."""

    def __init__(self, script: list[str]) -> None:
        super().__init__()
        self.script = script
        self.place = BREAD

    @override
    async def _answer(self, heard: str) -> Answer:
        self.text = self.script.pop(0) if self.script else "<nothing>"
        return await super()._answer(heard)


class Actors(Brains):
    """Brains of one script, whichever session asks."""

    def __init__(self) -> None:
        super().__init__()
        self.script: list[str] = []

    @override
    def __call__(self) -> NotingBrain:
        self.made.append(ReadingBrain(self.script))
        return self.made[-1]

    @property
    def questions(self) -> list[str]:
        """What was asked in writing, in all sessions."""
        return [asked for brain in self.made for asked in brain.questions]


@pytest.fixture
def brains() -> Actors:
    return Actors()


@pytest.fixture
def live_options() -> dict[str, Any]:
    return {"key": API_KEY, "voice": tones}


@pytest.fixture
def answerer_data() -> dict[str, Any]:
    return {"api_key": API_KEY, "follows_instructions": True}


def recorded(entry: MockConfigEntry) -> list[Outcome]:
    """What is kept as asked and answered, from now on."""
    outcomes: list[Outcome] = []
    entry.runtime_data.listen_outcome(outcomes.append)
    return outcomes


async def idle(hass: HomeAssistant) -> None:
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    await eventually(lambda: not any(name.startswith("shelfsight live") for name in running_tasks()))


# --- find, read, describe, modes of one's own -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "told_to_model"),
    [
        ("find", "looking for something"),
        ("read", "wants text read out"),
        ("describe", "wants to know what is there"),
        ("own_recipes", "Say what could be cooked of it."),
    ],
)
async def test_a_mode_tells_the_model_what_is_wanted(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    brains: Actors,
    upward: list[Any],
    mode: str,
    told_to_model: str,
) -> None:
    own = [{"name": "Recipes", "instructions": "Say what could be cooked of it."}]
    await choose(hass, entry, mode=mode, own_modes=own, follow_up_s=0)
    outcomes = recorded(entry)
    brains.script += [FIRST]
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, FIRST)
    assert isinstance(upward[0], Setup) and told_to_model in upward[0].system_text
    assert "No answer is better than a wrong one" in upward[0].system_text, "the rules hold in every mode that looks"
    await idle(hass)
    assert [(one.mode, one.answer) for one in outcomes] == [(mode, FIRST)]


@pytest.mark.parametrize("mode", ["translate", "own_recipes"])
async def test_a_shelf_reader_says_at_once_that_it_cannot_do_a_mode(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Actors, mode: str
) -> None:
    own = [{"name": "Recipes", "instructions": "Say what could be cooked of it."}]
    await choose(hass, entry, {"follows_instructions": False}, mode=mode, own_modes=own)
    wearable = await dial()
    pressed_s = hass.loop.time()
    await wearable.press()
    await hears(wearable, "mode_unsupported")
    assert wearable.moments("cue", name="error")[0] - pressed_s < 0.5
    await idle(hass)
    assert brains.made == [], "nobody was asked"
    assert wearable.all("capture")[-1]["audio"] is False and wearable.all("capture")[-1]["video"] is None
    assert state(hass, "sensor", "last_answer") == load("en")["mode_unsupported"].text


# --- guide ------------------------------------------------------------------------------------------------------------


async def guided(wearable: FakeWearable, *then: str) -> None:
    """Ask, and be told where it is and that guiding begins; then this is said, and nothing else."""
    wearable.still_jpeg = SHELF
    await wearable.ask(SHELF)
    await hears(wearable, FIRST, "guiding", *then)


async def test_guiding_gives_corrections_from_a_picture_a_second_and_is_silent_where_nothing_changed(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Actors, upward: list[Any]
) -> None:
    await choose(hass, entry, mode="guide")
    outcomes = recorded(entry)
    brains.script += [FIRST, "<nothing>", "A little left.", "nothing", "Nothing.", "Down one shelf."]
    wearable = await dial()
    await guided(wearable, "A little left.", "Down one shelf.")
    assert brains.questions[:5] == [GUIDE_STEP.format(item="bread")] * 5
    taken_s = [
        at_s for at_s, text in zip(wearable.moments("capture"), wearable.all("capture"), strict=True) if text["still"]
    ]
    gaps = [later - earlier for earlier, later in pairwise(taken_s[:5])]
    assert all(0.9 <= gap <= 1.6 for gap in gaps), gaps
    await eventually(lambda: len(outcomes) == 3)
    assert [one.answer for one in outcomes] == [FIRST, "A little left.", "Down one shelf."], "<nothing> is kept nowhere"
    turns = [message for message in upward if type(message).__name__ == "Content"]
    assert [type(part).__name__ for turn in turns for said in turn.turns for part in said.parts][:2] == [
        "Picture",
        "Typed",
    ]
    assert state(hass, "sensor", "state") in ("thinking", "answering")
    await wearable.leave()
    await eventually(lambda: not running_tasks())


async def test_a_press_while_guiding_asks_something_new(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Actors
) -> None:
    await choose(hass, entry, mode="guide")
    brains.script += [FIRST, "A little left."]
    wearable = await dial()
    await guided(wearable, "A little left.")
    wearable.forget()
    brains.script[:] = ["It is on the floor."]
    await wearable.ask(OTHER_SHELF)
    await hears(wearable, "It is on the floor.", "guiding")


async def test_guiding_ends_when_nothing_is_new_for_long(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Actors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "_QUIET_STEPS", 3)
    monkeypatch.setattr(steps, "GUIDE_EVERY_S", 0.05)
    await choose(hass, entry, mode="guide")
    brains.script += [FIRST, "A little left."]
    wearable = await dial()
    await guided(wearable, "A little left.", "guiding_over")
    await idle(hass)
    assert len(brains.questions) == 4


@pytest.mark.parametrize("waits_for", ["a word", "a picture"])
async def test_a_step_of_guiding_that_takes_long_is_heard_to_go_on_and_a_quick_one_is_silent(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    brains: Actors,
    monkeypatch: pytest.MonkeyPatch,
    waits_for: str,
) -> None:
    assert steps._GUIDE_SILENCE_S == 3.0
    monkeypatch.setattr(steps, "_GUIDE_SILENCE_S", 0.6)
    monkeypatch.setattr(steps, "GUIDE_EVERY_S", 0.1)
    monkeypatch.setattr(company, "EVERY_S", 0.1)
    await choose(hass, entry, mode="guide")
    brains.script += [FIRST, "<nothing>", "A little left."]
    wearable = await dial()
    await guided(wearable, "A little left.")
    await eventually(lambda: len(brains.questions) >= 4)
    assert not wearable.moments("cue", name="thinking"), "a quick step says nothing, or its word"
    if waits_for == "a word":
        brains.made[-1].gate.clear()
        brains.made[-1].asked.clear()
        await brains.made[-1].asked.wait()
    else:
        wearable.still_jpeg = None
    wearable.forget()
    stopped_s = hass.loop.time()
    await wearable.heard("cue", name="thinking", count=4)
    ticks_s = wearable.moments("cue", name="thinking")
    assert 0.3 < ticks_s[0] - stopped_s < 1.5
    assert all(later - earlier < 0.5 for earlier, later in pairwise(ticks_s))
    brains.script += ["Down one shelf."]
    brains.made[-1].gate.set()
    wearable.still_jpeg = SHELF
    await wearable.show(SHELF)
    await hears(wearable, "Down one shelf.")
    await eventually(lambda: len(brains.questions) >= 8)
    # A tick may have been on its way when the word began.
    assert wearable.moments("cue", name="thinking")[-1] < wearable.moments("speak")[0] + 0.05


async def test_steps_in_which_nothing_is_said_are_paid_for_and_are_no_answers(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    brains: Actors,
    bills: list[Usage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steps, "_QUIET_STEPS", 3)
    monkeypatch.setattr(steps, "GUIDE_EVERY_S", 0.05)
    await choose(hass, entry, mode="guide")
    outcomes = recorded(entry)
    brains.script += [FIRST, "A little left."]
    wearable = await dial()
    await guided(wearable, "A little left.", "guiding_over")
    await idle(hass)
    accounts = entry.runtime_data.accounts
    assert len(bills) == 5 and all(one.total for one in bills)
    assert accounts.usage == sum(bills, Usage())
    assert (accounts.questions, accounts.answered, len(outcomes)) == (2, 2, 2)
    assert entry.runtime_data.last is outcomes[-1]


async def test_a_question_that_was_stopped_while_it_was_answered_is_paid_for(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, live: Server, brains: Actors, bills: list[Usage]
) -> None:
    await choose(hass, entry, mode="describe", follow_up_s=0)
    live.order(TextOnly())
    brains.script += [FIRST, "It is on the floor."]
    wearable = await dial(speaker={"rate_hz": 24000, "buffer_ms": 400})
    await wearable.ask(SHELF)
    await wearable.until(lambda: f"{FIRST} ..." in told(wearable, FIRST))
    await wearable.ask(OTHER_SHELF)
    await wearable.until(lambda: told(wearable, "It is on the floor.")[-1:] == ["It is on the floor."])
    await idle(hass)
    accounts = entry.runtime_data.accounts
    (answered,) = (one for one in (entry.runtime_data.last,) if one is not None)
    assert len(bills) == 2 and accounts.questions == 1
    assert accounts.usage.image_in == bills[0].image_in + bills[1].image_in
    assert accounts.usage.total > answered.usage.total


async def test_guiding_ends_with_a_word_where_no_picture_comes_any_more(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Actors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_room, "_STILL_TIMEOUT_S", 0.3)
    await choose(hass, entry, mode="guide")
    brains.script += [FIRST]
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, FIRST, "guiding", "no_picture")
    await idle(hass)


async def test_guiding_goes_on_over_a_lost_session(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    brains: Actors,
    live: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steps, "GUIDE_EVERY_S", 0.05)
    await choose(hass, entry, mode="guide")
    live.order(Drop(at=Moment.QUESTION, turn=3))
    brains.script += [FIRST, "A little left.", "Down one shelf."]
    wearable = await dial()
    await guided(wearable, "A little left.", "Down one shelf.")
    assert len(brains.made) == 2 and wearable.all("cue", name="thinking"), "it is heard that something was wrong"


async def test_guiding_says_why_it_ends_where_the_server_is_gone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    brains: Actors,
    live: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steps, "GUIDE_EVERY_S", 0.05)
    await choose(hass, entry, mode="guide")
    live.order(Drop(at=Moment.QUESTION, turn=2))
    for _ in range(6):
        live.order(Close(at=Moment.UPGRADE, ending=Ending(1011, "Internal error encountered.")))
    brains.script += [FIRST]
    wearable = await dial()
    await guided(wearable, "no_server")
    await idle(hass)


# --- watch ------------------------------------------------------------------------------------------------------------


async def watching(wearable: FakeWearable) -> None:
    """Press, and be told that it is watching now."""
    await wearable.press()
    await wearable.release()
    await hears(wearable, "watching")
    await wearable.until(lambda: any(one["video"] and not one["audio"] for one in wearable.all("capture")))


async def test_watching_tells_what_is_new_only_when_the_view_changed_and_not_all_the_time(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    brains: Actors,
    upward: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert steps.WATCH_EVERY_S == 5.0
    monkeypatch.setattr(steps, "WATCH_EVERY_S", 0.6)
    began_s: list[float] = []
    step = steps.Watch._step

    async def noted(self: steps.Watch, text: str, frame: Frame) -> Any:
        began_s.append(hass.loop.time())  # here, because what a busy server sees of the pace is late by chance
        return await step(self, text, frame)

    monkeypatch.setattr(steps.Watch, "_step", noted)
    await choose(hass, entry, mode="watch")
    outcomes = recorded(entry)
    brains.script += ["A man came in.", "<nothing>", "The man has gone."]
    wearable = await dial()
    await watching(wearable)
    assert state(hass, "sensor", "state") == "watching"
    for at in range(300):  # the view changes at every second picture, 20 pictures a second
        await wearable.show((SHELF, SHELF, OTHER_SHELF, OTHER_SHELF)[at % 4])
        await asyncio.sleep(0.05)
        if len(brains.questions) == 3:
            break
    await hears(wearable, "watching", "A man came in.", "The man has gone.")
    assert set(brains.questions) == {WATCH_STEP} and 3 <= len(brains.questions) <= 4
    assert len(began_s) >= 3 and all(later - earlier > 0.59 for earlier, later in pairwise(began_s))
    await eventually(lambda: len(outcomes) == 2)
    assert [one.answer for one in outcomes] == ["A man came in.", "The man has gone."], "<nothing> is kept nowhere"
    assert not [message for message in upward if type(message).__name__ == "Sound"], "nobody listens"
    asked = len(brains.questions)
    still = pictures.jpeg(3, (1600, 1200))
    await asyncio.sleep(0.6)
    for _ in range(20):
        await wearable.show(still)
        await asyncio.sleep(0.05)
    assert len(brains.questions) <= asked + 1, "once for what is new in it"


async def test_a_press_ends_watching_and_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Actors
) -> None:
    await choose(hass, entry, mode="watch")
    wearable = await dial()
    await watching(wearable)
    await wearable.show(SHELF)
    await eventually(lambda: brains.questions)
    await wearable.press()
    await wearable.release()
    await hears(wearable, "watching", "watching_over")
    await idle(hass)
    assert wearable.all("capture")[-1]["audio"] is False and wearable.all("capture")[-1]["video"] is None
    wearable.forget()
    await watching(wearable)  # the next press begins anew


async def test_a_press_stops_what_watching_was_saying(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Actors
) -> None:
    await choose(hass, entry, mode="watch")
    brains.script += ["A man with a hat and a long coat came in from the left and looks at the shelf."]
    (long,) = brains.script
    wearable = await dial(speaker={"rate_hz": 24000, "buffer_ms": 400})
    await watching(wearable)
    await wearable.show(SHELF)
    await wearable.until(lambda: f"{long} ..." in told(wearable, long))
    await wearable.press()
    await wearable.until(lambda: told(wearable)[-1:] == ["watching_over"])
    assert told(wearable, long) == ["watching", f"{long} ...", "watching_over"]


async def test_watching_with_a_camera_that_sends_nothing_ends_with_a_word(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Actors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "_NO_PICTURE_S", 0.4)
    await choose(hass, entry, mode="watch")
    wearable = await dial()
    await watching(wearable)
    await hears(wearable, "watching", "no_picture")
    await idle(hass)


# --- translate --------------------------------------------------------------------------------------------------------


async def test_translating_goes_on_turn_after_turn_without_a_press_or_a_picture_and_says_nothing_else(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Actors, upward: list[Any]
) -> None:
    await choose(hass, entry, mode="translate", translate_from="en", translate_to="fr")
    brains.script += ["Où est le pain ?", "The bread is over there.", "Merci."]
    said = list(brains.script)
    wearable = await dial()
    await wearable.ask(SHELF)
    for turn, spoken in enumerate(("Le pain est là-bas.", "Thank you very much."), start=1):
        await wearable.heard("spoken", count=turn)
        await wearable.heard("capture", audio=True, count=turn)
        await wearable.say(question(spoken) + SILENCE)
    await hears(wearable, *said)
    assert isinstance(upward[0], Setup) and "tag en " in upward[0].system_text and "tag fr" in upward[0].system_text
    assert len(brains.made) == 1 and len(brains.made[0].sounds) == 3
    assert brains.made[0].pictures == [] and not wearable.all("cue", name="error")
    await wearable.heard("capture", audio=True, count=3)  # it listens on


@pytest.mark.parametrize("moment", ["while it listens", "while it translates"])
async def test_a_press_ends_translating_and_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Actors, moment: str
) -> None:
    await choose(hass, entry, mode="translate")
    long = "Und hier ist die Übersetzung eines langen Satzes, der nicht aufhören will, bevor jemand drückt."
    brains.script += ["Wo ist das Brot?", long]
    wearable = await dial(speaker={"rate_hz": 24000, "buffer_ms": 400})
    await wearable.ask()
    await wearable.heard("spoken")
    await wearable.heard("capture", audio=True)
    expected = ["Wo ist das Brot?", "translating_over"]
    if moment == "while it translates":
        await wearable.say(question("A long sentence that does not want to end.") + SILENCE)
        await wearable.until(lambda: f"{long} ..." in told(wearable, long))
        expected.insert(1, f"{long} ...")
    await wearable.press()
    await wearable.release()
    await wearable.until(lambda: told(wearable)[-1:] == ["translating_over"])
    assert told(wearable, "Wo ist das Brot?", long) == expected
    await idle(hass)
    assert wearable.all("capture")[-1]["audio"] is False


async def test_translating_ends_when_nobody_speaks_any_more(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Actors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_TRANSLATING_PAUSE_S", 0.4)
    await choose(hass, entry, mode="translate")
    brains.script += ["Wo ist das Brot?"]
    wearable = await dial()
    await wearable.ask()
    await wearable.heard("spoken")
    await wearable.heard("capture", audio=True)
    await wearable.say(SILENCE)
    await hears(wearable, "Wo ist das Brot?", "translating_over")
    await idle(hass)
