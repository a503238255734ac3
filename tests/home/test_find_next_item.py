"""The action `shelfsight.find_next_item`: a real shopping list, a real link, and a person who has a thing, or not."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.todo import TodoItem
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import action_find_next_item
from custom_components.shelfsight.shopping import Errand
from custom_components.shelfsight.shopping_list import Item, ShoppingList
from local_live.server import Server
from tests.home.conftest import Dial
from tests.home.hearing import hears, phrases, told, tones
from tests.home.parts import SILENCE, WEARABLE_ID, FakeWearable, camera_entry, choose, question, wearable_entry
from tests.home.shopping_parts import (
    LIST,
    SHELF,
    OtherList,
    add_lists,
    fill,
    hearing,
    items,
    press_without_a_word,
    set_up_list,
)
from tests.local_live.server_parts import Brains

ANSWER = "Answer number 1, after 1 pictures."

pytestmark = pytest.mark.usefixtures("clean_log", "quick_tries")


@pytest.fixture
def live_options() -> dict[str, Any]:
    return {"voice": tones}


@pytest_asyncio.fixture(autouse=True)
async def groceries(hass: HomeAssistant) -> MockConfigEntry:
    """The shopping list."""
    return await set_up_list(hass)


@pytest_asyncio.fixture
async def wearable(dial: Dial) -> FakeWearable:
    """Connected, in front of a shelf."""
    return await in_front_of_a_shelf(dial)


async def in_front_of_a_shelf(dial: Dial, **changes: Any) -> FakeWearable:
    """A wearable that shows one whenever it is asked to."""
    made = await dial(**changes)
    made.still_jpeg = SHELF
    return made


def shop(hass: HomeAssistant, **data: Any) -> asyncio.Task[dict[str, Any]]:
    """The action, under way."""

    async def call() -> dict[str, Any]:
        response = await hass.services.async_call(
            "shelfsight", "find_next_item", data, blocking=True, return_response=True
        )
        assert response is not None
        return dict(response)

    return hass.async_create_task(call())


async def refused(hass: HomeAssistant, kind: type[Exception] = HomeAssistantError, **data: Any) -> Any:
    with pytest.raises(kind) as caught:
        await shop(hass, **data)
    return caught.value


async def heard_of(wearable: FakeWearable, item: str, answer: str = ANSWER) -> None:
    """It was said what is looked for, and where it is; from now on the person may follow up."""
    await hears(wearable, f"I am looking for {item}.", answer)
    wearable.forget()
    await wearable.heard("capture", audio=True)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits here for a person who says nothing."""

    def errand(*given: Any, wait_s: float, **named: Any) -> Errand:
        assert wait_s == 60
        return Errand(*given, wait_s=0.2, **named)

    monkeypatch.setattr(action_find_next_item, "Errand", errand)


@pytest.fixture(autouse=True)
def explained(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person knows already how to say that they have a thing, but where a test is about that."""
    if "unexplained" not in request.fixturenames:
        tour = action_find_next_item._Tour
        monkeypatch.setattr(
            action_find_next_item, "_Tour", lambda *given, explain, **named: tour(*given, explain=False, **named)
        )


@pytest.fixture
def unexplained() -> None:
    """Nobody has shopped here yet."""


# --- the person has it ------------------------------------------------------------------------------------------------


async def test_a_press_without_a_word_ticks_off_what_was_looked_for(
    hass: HomeAssistant, wearable: FakeWearable, brains: Brains
) -> None:
    await fill(hass, "Bread", "Milk")
    shopping = shop(hass)
    await heard_of(wearable, "Bread")
    assert brains.first.questions == ["Where is Bread?"]
    wearable.forget()
    await press_without_a_word(wearable)
    response = await shopping
    await hears(wearable, "errand_taken")
    assert await items(hass, "completed") == ["Bread"] and await items(hass, "needs_action") == ["Milk"]
    assert (response["item"], response["ticked"], response["remaining"]) == ("Bread", True, 1)
    assert (response["answer"], response["found"], response["found_item"]) == (ANSWER, True, "bread")
    assert response["items"] == [{"item": "Bread", "ticked": True, "answer": ANSWER}]
    assert not wearable.all("cue", name="error"), "it was no question that failed"


@pytest.mark.parametrize("said", ["I have it.", "Yes, got it!", "Ok, ich hab's."])
async def test_saying_so_ticks_it_off_without_a_press(
    hass: HomeAssistant, wearable: FakeWearable, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    hearing(monkeypatch, [said])
    await fill(hass, "Bread")
    shopping = shop(hass)
    await heard_of(wearable, "Bread")
    wearable.forget()
    await wearable.show(SHELF)
    await wearable.say(question() + SILENCE)
    response = await shopping
    assert (response["ticked"], response["remaining"]) == (True, 0)
    await hears(wearable, "Answer number 2, after 2 pictures.", "errand_taken", "errand_done")


async def test_a_question_is_no_such_word_and_begins_the_time_again(
    hass: HomeAssistant, wearable: FakeWearable, monkeypatch: pytest.MonkeyPatch
) -> None:
    hearing(monkeypatch, ["Yes, but which one is it?"])
    await fill(hass, "Bread")
    shopping = shop(hass)
    await heard_of(wearable, "Bread")
    wearable.forget()
    await wearable.ask(SHELF)
    await hears(wearable, "Answer number 2, after 2 pictures.")
    assert not shopping.done() and await items(hass, "completed") == []
    await press_without_a_word(wearable)
    assert (await shopping)["ticked"]


async def test_a_yes_to_what_the_answer_asks_ticks_nothing_off(
    hass: HomeAssistant, wearable: FakeWearable, brains: Brains, monkeypatch: pytest.MonkeyPatch
) -> None:
    hearing(monkeypatch, ["Yes."])
    brains.first.text = "Do you mean the green bag?"
    await fill(hass, "Bread")
    shopping = shop(hass)
    await heard_of(wearable, "Bread", brains.first.text)
    wearable.forget()
    await wearable.show(SHELF)
    await wearable.say(question() + SILENCE)
    await hears(wearable, brains.first.text)
    assert not shopping.done() and await items(hass, "completed") == []
    await press_without_a_word(wearable)
    assert (await shopping)["ticked"]


async def test_who_has_it_before_it_is_said_where_it_is_hears_no_more_of_it(
    hass: HomeAssistant, wearable: FakeWearable, brains: Brains
) -> None:
    brains.first.gate.clear()
    await fill(hass, "Bread")
    shopping = shop(hass)
    await asyncio.wait_for(brains.first.asked.wait(), 10)
    await press_without_a_word(wearable)
    response = await shopping
    assert response["ticked"] and response["answer"] == "" and response["found"] is None


async def test_where_there_is_no_microphone_the_press_alone_says_it(hass: HomeAssistant, dial: Dial) -> None:
    wearable = await in_front_of_a_shelf(dial, microphone=None)
    await fill(hass, "Bread")
    shopping = shop(hass)
    await hears(wearable, "I am looking for Bread.", ANSWER)
    await wearable.press()
    await wearable.release()
    assert (await shopping)["ticked"]


async def test_after_the_errand_a_press_without_a_word_is_a_question_again(
    hass: HomeAssistant, wearable: FakeWearable
) -> None:
    await fill(hass, "Bread")
    shopping = shop(hass)
    await heard_of(wearable, "Bread")
    await press_without_a_word(wearable)
    await shopping
    await hears(wearable, "errand_taken", "errand_done")
    wearable.forget()
    await wearable.press()
    await wearable.release()
    await wearable.say(bytes(32 * 6_200))
    await hears(wearable, "no_speech")


# --- the person does not have it --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("impatient")
async def test_who_says_nothing_leaves_it_on_the_list_and_hears_so(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    await choose(hass, entry, follow_up_s=0)
    wearable = await in_front_of_a_shelf(dial)
    await fill(hass, "Bread")
    response = await shop(hass)
    await hears(wearable, "I am looking for Bread.", ANSWER, "errand_left")
    assert (response["ticked"], response["remaining"]) == (False, 1) and await items(hass, "needs_action") == ["Bread"]


@pytest.mark.usefixtures("impatient")
async def test_what_somebody_else_has_ticked_off_meanwhile_is_not_said_to_stay(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Brains
) -> None:
    await choose(hass, entry, follow_up_s=0)
    wearable = await in_front_of_a_shelf(dial)
    brains.first.gate.clear()
    await fill(hass, "Bread")
    shopping = shop(hass)
    await asyncio.wait_for(brains.first.asked.wait(), 10)
    await hass.services.async_call(
        "todo", "update_item", {"entity_id": LIST, "item": "Bread", "status": "completed"}, blocking=True
    )
    brains.first.gate.set()
    response = await shopping
    assert (response["ticked"], response["remaining"]) == (False, 0)
    await hears(wearable, "I am looking for Bread.", ANSWER, "errand_done")


# --- one after the other ----------------------------------------------------------------------------------------------


async def test_it_goes_on_with_the_next_until_the_person_stops(
    hass: HomeAssistant, wearable: FakeWearable, monkeypatch: pytest.MonkeyPatch
) -> None:
    hearing(monkeypatch, ["Got it.", "Skip it, please.", "That's enough."])
    await fill(hass, "Bread", "Milk", "Jam", "Tea")
    shopping = shop(hass, go_on=True)
    for item in ("Bread", "Milk", "Jam"):
        await wearable.until(lambda: len(wearable.all("spoken")) >= 2)
        await wearable.heard("capture", audio=True)
        wearable.forget()
        await wearable.show(SHELF)
        await wearable.say(question() + SILENCE)
        await wearable.until(lambda: len(wearable.all("spoken")) >= 2)  # the answer, and what became of it
        became = "errand_taken" if item == "Bread" else "errand_left"
        assert phrases()[became] in wearable.played_pcm, item
        _drop_first_two(wearable)
    response = await shopping
    assert [(one["item"], one["ticked"]) for one in response["items"]] == [
        ("Bread", True), ("Milk", False), ("Jam", False),
    ]  # fmt: skip
    assert (response["item"], response["ticked"], response["remaining"]) == ("Jam", False, 3)
    assert await items(hass, "completed") == ["Bread"]


def _drop_first_two(wearable: FakeWearable) -> None:
    """What has been heard of the last item; the next one may have begun."""
    at = [index for index, one in enumerate(wearable.texts) if one["type"] == "spoken"][1]
    del wearable.texts[: at + 1]


async def test_at_the_end_of_the_list_it_says_so(hass: HomeAssistant, wearable: FakeWearable) -> None:
    await fill(hass, "Bread", "Milk")
    shopping = shop(hass, go_on=True)
    await heard_of(wearable, "Bread")
    wearable.forget()
    await press_without_a_word(wearable)
    await wearable.until(lambda: len(wearable.all("spoken")) >= 3)
    answers = (ANSWER, "Answer number 2, after 2 pictures.")  # in a new talk, or in the same one if that goes on
    heard = told(wearable, "I am looking for Milk.", *answers)
    assert heard[:2] == ["errand_taken", "I am looking for Milk."] and heard[2] in answers
    wearable.forget()
    await press_without_a_word(wearable)
    response = await shopping
    await hears(wearable, "errand_taken", "errand_done")
    assert response["remaining"] == 0 and len(response["items"]) == 2


@pytest.mark.usefixtures("unexplained")
async def test_how_to_say_it_is_explained_once(hass: HomeAssistant, wearable: FakeWearable) -> None:
    await fill(hass, "Bread", "Milk")
    for item, first in (("Bread", "errand_how"), ("Milk", "I am looking for Milk.")):
        wearable.forget()
        shopping = shop(hass)
        await wearable.until(lambda: len(wearable.all("spoken")) >= 2)
        assert told(wearable, f"I am looking for {item}.")[0] == first
        await press_without_a_word(wearable)
        await shopping


# --- what is refused --------------------------------------------------------------------------------------------------


async def test_without_a_list_it_is_an_error_and_heard(
    hass: HomeAssistant, wearable: FakeWearable, groceries: MockConfigEntry
) -> None:
    await hass.config_entries.async_remove(groceries.entry_id)
    assert (await refused(hass, ServiceValidationError)).translation_key == "no_list"
    await hears(wearable, "went_wrong")
    assert (await refused(hass, ServiceValidationError, list="todo.nothing")).translation_key == "list_not_there"


async def test_where_nothing_is_open_it_is_an_error_and_heard(hass: HomeAssistant, wearable: FakeWearable) -> None:
    error = await refused(hass, ServiceValidationError)
    assert (error.translation_key, error.translation_placeholders) == ("list_empty", {"list": "Shopping list"})
    await hears(wearable, "errand_done")


async def test_the_shopping_list_is_taken_before_others_and_others_by_name(
    hass: HomeAssistant, wearable: FakeWearable, groceries: MockConfigEntry
) -> None:
    await add_lists(hass, "Chores", "Garden")
    await fill(hass, "Hose", todo="todo.garden")
    assert (await refused(hass, ServiceValidationError)).translation_placeholders == {"list": "Shopping list"}
    await hass.config_entries.async_remove(groceries.entry_id)
    assert (await refused(hass, ServiceValidationError)).translation_key == "which_list"
    await hears(wearable, "errand_done", "went_wrong")
    wearable.forget()
    shopping = shop(hass, list="todo.garden")
    await heard_of(wearable, "Hose")
    await press_without_a_word(wearable)
    assert (await shopping)["item"] == "Hose" and await items(hass, "completed", "todo.garden") == ["Hose"]


@pytest.mark.parametrize(
    ("state", "features", "key"), [("unavailable", 4, "list_unavailable"), ("3", 1, "list_read_only")]
)
async def test_a_list_in_which_nothing_can_be_ticked_off_is_refused(
    hass: HomeAssistant, wearable: FakeWearable, state: str, features: int, key: str
) -> None:
    hass.states.async_set("todo.cloud", state, {"supported_features": features, "friendly_name": "Cloud"})
    error = await refused(hass, ServiceValidationError, list="todo.cloud")
    assert (error.translation_key, error.translation_placeholders) == (key, {"list": "Cloud"})


async def test_a_wearable_that_is_away_is_an_error(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await fill(hass, "Bread")
    assert (await refused(hass)).translation_key == "wearable_not_connected"


async def test_without_a_wearable_there_is_nobody_to_shop(hass: HomeAssistant, live: Server) -> None:
    assert await async_setup_component(hass, "shelfsight", {})
    assert (await refused(hass, ServiceValidationError)).translation_key == "not_set_up"
    entry = camera_entry(live)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert (await refused(hass, ServiceValidationError)).translation_key == "no_wearable"
    (device,) = dr.async_get(hass).async_get_devices(identifiers={("shelfsight", entry.entry_id)})
    error = await refused(hass, ServiceValidationError, device_id=device.id)
    assert error.translation_key == "unknown_wearable"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_of_several_wearables_one_has_to_be_named(
    hass: HomeAssistant, wearable: FakeWearable, live: Server
) -> None:
    other = wearable_entry(live, "ffffffffffffffff", b"o" * 32)
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    await fill(hass, "Bread")
    assert (await refused(hass, ServiceValidationError)).translation_key == "which_wearable"
    (device,) = dr.async_get(hass).async_get_devices(identifiers={("shelfsight", WEARABLE_ID)})
    shopping = shop(hass, device_id=device.id)
    await heard_of(wearable, "Bread")
    await press_without_a_word(wearable)
    assert (await shopping)["ticked"]
    assert await hass.config_entries.async_unload(other.entry_id)


async def test_who_shops_already_does_not_begin_again(hass: HomeAssistant, wearable: FakeWearable) -> None:
    await fill(hass, "Bread")
    shopping = shop(hass)
    await heard_of(wearable, "Bread")
    assert (await refused(hass, ServiceValidationError)).translation_key == "errand_under_way"
    shopping.cancel()
    await asyncio.wait({shopping})
    again = shop(hass)
    await wearable.until(lambda: len(wearable.all("spoken")) >= 2)
    await press_without_a_word(wearable)
    assert (await again)["ticked"], "what was given up is not under way any more"


async def test_nobody_answers_and_the_caller_and_the_person_are_told(
    hass: HomeAssistant, wearable: FakeWearable, live: Server
) -> None:
    await fill(hass, "Bread")
    await live.close()
    error = await refused(hass)
    assert error.translation_key == "not_answered"
    await hears(wearable, "asking_another_way", "no_server")


async def test_where_the_picture_is_no_use_the_person_may_mend_it(
    hass: HomeAssistant, wearable: FakeWearable, monkeypatch: pytest.MonkeyPatch
) -> None:
    wearable.still_jpeg = SHELF[:2000]
    await fill(hass, "Bread")
    shopping = shop(hass)
    await hears(wearable, "I am looking for Bread.", "picture_damaged")
    assert not shopping.done()
    wearable.forget()
    await wearable.ask(SHELF)
    await hears(wearable, "Answer number 1, after 1 pictures.")
    await press_without_a_word(wearable)
    assert (await shopping)["ticked"]


async def test_a_wearable_that_is_gone_for_a_moment_may_still_say_it(
    hass: HomeAssistant, wearable: FakeWearable, dial: Dial
) -> None:
    await fill(hass, "Bread")
    shopping = shop(hass)
    await heard_of(wearable, "Bread")
    await wearable.leave()
    back = await in_front_of_a_shelf(dial)
    await press_without_a_word(back)
    assert (await shopping)["ticked"]
    await hears(back, "errand_taken", "errand_done")


@pytest.mark.usefixtures("impatient")
async def test_what_is_ticked_off_counts_where_the_person_cannot_hear_it_any_more(
    hass: HomeAssistant, wearable: FakeWearable, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(hass, "Bread")
    tick_off = ShoppingList.tick_off

    async def and_gone(self: ShoppingList, item: Item) -> None:
        await tick_off(self, item)
        await wearable.leave()

    monkeypatch.setattr(ShoppingList, "tick_off", and_gone)
    shopping = shop(hass)
    await heard_of(wearable, "Bread")
    await press_without_a_word(wearable)
    assert (await shopping)["ticked"] and await items(hass, "completed") == ["Bread"]


async def test_an_item_that_cannot_be_ticked_off_is_said_to_stay(
    hass: HomeAssistant, wearable: FakeWearable, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_lists(hass, "Cloud")
    await fill(hass, "Bread", todo="todo.cloud")

    async def broken(self: OtherList, item: TodoItem) -> None:
        raise HomeAssistantError("the cloud is away")

    monkeypatch.setattr(OtherList, "async_update_todo_item", broken)
    shopping = shop(hass, list="todo.cloud")
    await heard_of(wearable, "Bread")
    wearable.forget()
    await press_without_a_word(wearable)
    assert not (await shopping)["ticked"]
    await hears(wearable, "errand_left")


async def test_an_errand_that_is_given_up_leaves_nothing_behind(
    hass: HomeAssistant, wearable: FakeWearable, entry: MockConfigEntry
) -> None:
    await fill(hass, "Bread")
    shopping = shop(hass)
    await heard_of(wearable, "Bread")
    shopping.cancel()
    await asyncio.wait({shopping})
    runtime = entry.runtime_data
    assert not runtime._silent_presses and hass.data[action_find_next_item._ERRANDS].under_way == set()


BAD_CALLS: dict[str, tuple[dict[str, Any], str]] = {
    "a list that is a lamp": ({"list": "light.lamp"}, "bad_list"),
    "a list that is no entity": ({"list": "groceries"}, "bad_list"),
    "two lists": ({"list": [LIST, "todo.other"]}, "bad_list"),
    "no time to take it": ({"wait": 0}, "bad_seconds"),
    "a day to take it": ({"wait": 86_400}, "bad_seconds"),
    "a time that is no number": ({"wait": "a while"}, "bad_seconds"),
    "no time to answer": ({"timeout": 0}, "bad_seconds"),
    "going on perhaps": ({"go_on": "perhaps"}, "bad_yes_or_no"),
    "no device": ({"device_id": "nothing"}, "unknown_wearable"),
    "many devices": ({"device_id": ["one", "two"]}, "unknown_wearable"),
}


@pytest.mark.parametrize(("data", "key"), BAD_CALLS.values(), ids=BAD_CALLS)
async def test_a_field_that_makes_no_sense_is_refused_in_words_of_its_own(
    hass: HomeAssistant, entry: MockConfigEntry, data: dict[str, Any], key: str
) -> None:
    assert (await refused(hass, ServiceValidationError, **data)).translation_key == key
