"""Where Live does not answer, something else does: in writing, by the server at home, and by other voices. Or a reason is said."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from custom_components.shelfsight import answering as answering_room
from custom_components.shelfsight.answering import Answering
from custom_components.shelfsight.live.accounts import Usage, cost_usd
from custom_components.shelfsight.sight.choice import WHOLE_BYTES, WHOLE_SIDE_PX
from custom_components.shelfsight.sight.frame import shrink
from custom_components.shelfsight.sound.phrases import load
from local_live import generating
from local_live.generate_request import Asked
from local_live.orders import (
    QUOTA,
    WRONG_KEY,
    Blocked,
    BrokenText,
    Close,
    Drop,
    DropGenerate,
    FailGenerate,
    GenerateOrder,
    Moment,
    NoCandidates,
    Order,
    Rejected,
    SlowGenerate,
    TextOnly,
    TranscriptOnly,
)
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.hearing import hears, told, tones, utterances
from tests.home.hum import VOICE, Hum, is_tone, set_up, tone
from tests.home.parts import (
    API_KEY,
    SILENCE,
    camera_entry,
    choose,
    entity_id,
    eventually,
    question,
    running_tasks,
    state,
    until_state,
)
from tests.local_live.server_parts import BREAD, Brains, NotingBrain, running

SHELF, OTHER_SHELF = pictures.jpeg(1, (1600, 1200)), pictures.jpeg(2, (1600, 1200))
ANSWER = "Answer number 1, after 1 pictures."
BROKEN = FailGenerate(HTTPStatus.INTERNAL_SERVER_ERROR)

pytestmark = pytest.mark.usefixtures("clean_log", "quick_tries")


@pytest.fixture
def live_options() -> dict[str, Any]:
    return {"key": API_KEY, "voice": tones}


@pytest.fixture
def answerer_data() -> dict[str, Any]:
    return {"api_key": API_KEY}


class Finding(Brains):
    """Brains that know where the bread is."""

    def __call__(self) -> NotingBrain:
        brain = super().__call__()
        brain.place = BREAD
        return brain


@pytest.fixture
def brains() -> Brains:
    return Finding()


@pytest_asyncio.fixture
async def hum(hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch) -> Hum:
    """A voice of the house, chosen. Ask for it before `dial`: Home Assistant's web server takes no more rooms once it runs."""
    made = await set_up(hass, monkeypatch, Hum(("wav", tone(24_000)), []))
    await choose(hass, entry, tts_entity=VOICE)
    return made


@pytest.fixture
def in_writing(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """What the server was asked over generateContent, in order."""
    asked: list[Asked] = []
    read = generating.read_request

    def noting(body: bytes, model: str) -> Asked:
        asked.append(read(body, model))
        return asked[-1]

    monkeypatch.setattr(generating, "read_request", noting)
    return asked


def attributes(hass: HomeAssistant) -> dict[str, Any]:
    found = hass.states.get(entity_id(hass, "sensor", "last_answer"))
    assert found is not None
    return dict(found.attributes)


async def test_the_recorded_question_and_the_best_picture_are_asked_in_writing_and_the_answer_is_spoken(
    hass: HomeAssistant, dial: Dial, live: Server, brains: Brains, in_writing: list[Asked]
) -> None:
    wearable = await dial()
    live.order(Rejected())
    await wearable.press()
    await wearable.release()
    await wearable.show(SHELF)
    said = question() + SILENCE
    await wearable.say(said[:32_000])
    await eventually(lambda: any(brain.pictures for brain in brains.made))
    await wearable.show(pictures.smeared())
    await wearable.say(said[32_000:])
    await hears(wearable, "asking_another_way", ANSWER)
    asked, speaking = in_writing
    assert asked.sound == said[: len(asked.sound)] and len(asked.sound) >= len(question())
    assert list(asked.pictures) == [shrink(SHELF, WHOLE_SIDE_PX, WHOLE_BYTES)], "not the blurred one"
    assert "The person is looking for something" in asked.system_text and asked.wants_json
    assert speaking.wants_speech and speaking.text == ANSWER
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == ANSWER)
    last = attributes(hass)
    assert last["asked"] == f"{len(asked.sound) / 32000:.1f} seconds of sound"
    assert last["reason"] is None and last["source"].endswith("in writing")
    assert last["tokens_by_kind"]["audio_out"] > 0, "what the voice cost is counted as well"
    assert not wearable.all("cue", name="error")


async def test_the_place_of_a_written_answer_is_known_too(hass: HomeAssistant, dial: Dial, live: Server) -> None:
    wearable = await dial()
    for _ in range(5):
        live.order(Drop(at=Moment.UPGRADE))
    await wearable.ask(SHELF)
    await hears(wearable, "asking_another_way", ANSWER)
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == ANSWER)
    assert (attributes(hass)["item"], attributes(hass)["shelf"]) == ("bread", 3)
    assert attributes(hass)["tries"] == 4


def as_google(answering: Answering) -> None:
    """What is asked from now on is paid for as if it were not this network's server that answers."""
    answering.answerer = replace(answering.answerer, host=None)


async def test_whoever_takes_part_in_an_answer_is_paid_at_their_own_prices(
    dial: Dial, entry: MockConfigEntry, live: Server, bills: list[Usage]
) -> None:
    wearable = await dial()
    as_google(entry.runtime_data.answering)
    live.order(Rejected())
    await wearable.ask(SHELF)
    await hears(wearable, "asking_another_way", ANSWER)
    await eventually(lambda: entry.runtime_data.last is not None)
    taken = entry.runtime_data.last.bills
    assert taken.keys() == {"gemini-3.8-live", "gemini-3.8-flash", "gemini-3.8-flash-lite-tts"}
    assert [taken["gemini-3.8-live"]] == bills and taken["gemini-3.8-flash"].text_out > 0
    assert taken["gemini-3.8-flash-lite-tts"].audio_out > 0 and taken["gemini-3.8-flash"].audio_out == 0
    costs = [cost_usd(model, usage, datetime.now(UTC).date()) for model, usage in taken.items()]
    assert entry.runtime_data.last.cost_usd == pytest.approx(sum(cost or 0.0 for cost in costs))
    assert entry.runtime_data.accounts.cost_usd == pytest.approx(entry.runtime_data.last.cost_usd)
    assert entry.runtime_data.accounts.usage == sum(taken.values(), Usage())


async def test_what_was_talked_about_before_goes_along(
    dial: Dial, live: Server, brains: Brains, in_writing: list[Asked]
) -> None:
    wearable = await dial()
    live.order(Rejected(turn=2))
    await wearable.ask(SHELF)
    await hears(wearable, ANSWER)
    wearable.forget()
    await wearable.heard("capture", audio=True)
    await wearable.show(OTHER_SHELF)
    await wearable.say(question("And the milk?") + SILENCE)
    await hears(wearable, "asking_another_way", ANSWER)
    assert f"You: {ANSWER}" in in_writing[0].all_text


async def test_a_voice_of_the_house_speaks_where_one_was_chosen(
    hum: Hum, dial: Dial, live: Server, in_writing: list[Asked]
) -> None:
    wearable = await dial()
    live.order(Rejected())
    await wearable.ask(SHELF)
    await wearable.heard("spoken", count=2)
    assert told(wearable)[0] == "asking_another_way" and is_tone(utterances(wearable)[1])
    assert [message for message, _, _ in hum.asked] == [ANSWER]
    assert not any(asked.wants_speech for asked in in_writing)


async def test_where_the_voice_of_the_house_fails_geminis_speaks(hum: Hum, dial: Dial, live: Server) -> None:
    hum.audio = (None, None)
    wearable = await dial()
    live.order(Rejected())
    await wearable.ask(SHELF)
    await hears(wearable, "asking_another_way", ANSWER)


@pytest.mark.parametrize("shape", [TextOnly(), TranscriptOnly()], ids=["a text", "a transcript"])
async def test_an_answer_that_came_only_as_words_is_spoken_all_the_same(
    hass: HomeAssistant, dial: Dial, live: Server, brains: Brains, shape: Order
) -> None:
    wearable = await dial()
    live.order(shape)
    await wearable.ask(SHELF)
    await hears(wearable, ANSWER)
    assert len(brains.made) == 1, "it was answered: nobody is asked again"
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == ANSWER)


@pytest.mark.parametrize("shape", [TextOnly(), TranscriptOnly()], ids=["a text", "a transcript"])
async def test_where_no_voice_speaks_the_person_is_told_where_the_words_are(
    hass: HomeAssistant, dial: Dial, live: Server, shape: Order
) -> None:
    wearable = await dial()
    live.order(shape)
    live.order_generate(BROKEN)
    await wearable.ask(SHELF)
    await hears(wearable, "text_only")
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == ANSWER)
    assert attributes(hass)["reason"] is None
    await wearable.heard("capture", audio=True, count=1)


# --- when that does not help either -----------------------------------------------------------------------------------


FAILS: dict[str, GenerateOrder] = {
    "an error": BROKEN,
    "no more quota": FailGenerate(HTTPStatus.TOO_MANY_REQUESTS),
    "a key that is not good for it": FailGenerate(HTTPStatus.FORBIDDEN),
    "a lost connection": DropGenerate(),
    "no candidates": NoCandidates(),
    "a blocked answer": Blocked(),
    "half an answer": BrokenText(),
    "too slow": SlowGenerate(1.5),
}


@pytest.mark.parametrize("fault", FAILS.values(), ids=FAILS)
async def test_where_nobody_answers_the_reason_is_that_of_the_first_failure(
    hass: HomeAssistant, dial: Dial, live: Server, fault: GenerateOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answering_room._WRITTEN_LIMIT_S == 12.0
    monkeypatch.setattr(answering_room, "_WRITTEN_LIMIT_S", 0.7)
    wearable = await dial()
    live.order(Rejected())
    live.order_generate(fault)
    await wearable.ask(SHELF)
    await hears(wearable, "asking_another_way", "rejected")
    assert len(wearable.all("cue", name="error")) == 1
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == load("en")["rejected"].text)
    await wearable.leave()
    await eventually(lambda: not running_tasks() and live.open_sessions == 0)


@dataclass(slots=True)
class Home:
    """A Live server of this network, that of another entry."""

    server: Server
    brains: Brains
    entry: MockConfigEntry


@pytest_asyncio.fixture
async def home(hass: HomeAssistant, entry: MockConfigEntry, tmp_path: Path) -> AsyncIterator[Home]:
    brains = Brains()
    brains.first.text = "Second shelf, left."
    (tmp_path / "home").mkdir()
    async with running(tmp_path / "home", brains, voice=tones) as server:
        made = camera_entry(server)
        made.add_to_hass(hass)
        assert await hass.config_entries.async_setup(made.entry_id)
        yield Home(server, brains, made)


async def test_the_server_at_home_is_asked_last(
    hass: HomeAssistant, dial: Dial, live: Server, home: Home, in_writing: list[Asked]
) -> None:
    wearable = await dial()
    live.order(Rejected())
    live.order_generate(BROKEN)
    said = await wearable.ask(SHELF)
    await hears(wearable, "asking_another_way", "asking_local", "Second shelf, left.")
    (heard,) = home.brains.first.sounds
    assert heard == said[: len(heard)] and len(home.brains.first.pictures) == 1
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == "Second shelf, left.")
    assert attributes(hass)["source"] == home.entry.runtime_data.answering.answerer.name
    await eventually(lambda: home.server.open_sessions == 0)
    assert len(in_writing) == 1, "its sound came as sound"


async def test_what_the_server_at_home_does_costs_nothing(
    dial: Dial, entry: MockConfigEntry, live: Server, home: Home, bills: list[Usage]
) -> None:
    wearable = await dial()
    as_google(entry.runtime_data.answering)
    live.order(Close(at=Moment.SETUP, ending=WRONG_KEY))
    await wearable.ask(SHELF)
    await hears(wearable, "asking_local", "Second shelf, left.")
    await eventually(lambda: entry.runtime_data.last is not None)
    assert entry.runtime_data.last.bills == {None: bills[0]} and bills[0].total
    assert entry.runtime_data.last.cost_usd is None and entry.runtime_data.accounts.cost_usd == 0.0


async def test_a_refused_key_is_not_tried_in_writing_but_the_server_at_home_is(
    dial: Dial, live: Server, home: Home, in_writing: list[Asked]
) -> None:
    wearable = await dial()
    live.order(Close(at=Moment.SETUP, ending=WRONG_KEY))
    await wearable.ask(SHELF)
    await hears(wearable, "asking_local", "Second shelf, left.")
    assert in_writing == []


async def test_where_the_server_at_home_fails_too_the_reason_is_that_of_the_first_failure(
    dial: Dial, live: Server, home: Home
) -> None:
    wearable = await dial()
    for _ in range(4):
        live.order(Close(at=Moment.SETUP, ending=QUOTA))
    live.order_generate(BROKEN)
    home.server.order(Rejected())
    await wearable.ask(SHELF)
    await hears(wearable, "asking_another_way", "asking_local", "quota")


async def test_half_an_answer_of_the_server_at_home_is_said_to_be_cut_off(dial: Dial, live: Server, home: Home) -> None:
    wearable = await dial()
    live.order(Rejected())
    live.order_generate(BROKEN)
    home.server.order(Drop(at=Moment.SPEAKING, after_ms=300))
    await wearable.ask(SHELF)
    await wearable.until(lambda: told(wearable)[-1:] == ["cut_off"])
    assert told(wearable, "Second shelf, left.") == [
        "asking_another_way",
        "asking_local",
        "Second shelf, left. ...",
        "cut_off",
    ]


@pytest.mark.parametrize(
    ("options", "heard"),
    [
        ({"fallback_generate": False}, ["asking_local", "Second shelf, left."]),
        ({"fallback_local": False}, ["asking_another_way", "rejected"]),
        ({"fallback_generate": False, "fallback_local": False}, ["rejected"]),
    ],
    ids=["not in writing", "not at home", "neither"],
)
async def test_ways_that_are_switched_off_are_not_gone(
    hass: HomeAssistant,
    dial: Dial,
    entry: MockConfigEntry,
    live: Server,
    home: Home,
    in_writing: list[Asked],
    options: dict[str, bool],
    heard: list[str],
) -> None:
    await choose(hass, entry, **options)
    wearable = await dial()
    live.order(Rejected())
    live.order_generate(BROKEN)
    await wearable.ask(SHELF)
    await hears(wearable, *heard)
    assert bool(in_writing) == options.get("fallback_generate", True)
    assert bool(home.brains.made) == options.get("fallback_local", True)


async def test_a_written_question_goes_the_same_ways(
    hass: HomeAssistant, dial: Dial, live: Server, in_writing: list[Asked]
) -> None:
    wearable = await dial()
    wearable.still_jpeg = SHELF
    live.order(Rejected())
    response = await hass.services.async_call(
        "shelfsight", "ask", {"question": "Where is the bread?", "speak": False}, blocking=True, return_response=True
    )
    assert response is not None and response["answer"] == ANSWER
    (asked,) = in_writing
    assert asked.text == "Where is the bread?" and asked.sound == b"" and len(asked.pictures) == 1
    assert wearable.sounds == [] and not wearable.all("cue")
