"""Options: what is stored is read with care, and the form changes exactly what was changed in it."""

from collections.abc import AsyncIterator
from typing import Any

from aiohttp.test_utils import TestClient
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import llm
from homeassistant.setup import async_setup_component
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM, UnitSystem

from custom_components.shelfsight.live.models import VOICES
from custom_components.shelfsight.options import (
    INSTRUCTIONS_LIMIT,
    OWN_MODES_LIMIT,
    Options,
    OwnMode,
    OwnModeError,
    TurnEnd,
    Units,
    make_own_mode,
    options_of,
    read_options,
)
from custom_components.shelfsight.options_form import SECTIONS
from custom_components.shelfsight.spatial import Verbosity
from tests.home.parts import KEY, WEARABLE_ID

SHORT = {"name": "Short", "instructions": "Answer in three words."}
PRICES = {"name": "Prices", "instructions": "Say prices first."}


# --- what is stored ---------------------------------------------------------------------------------------------------


def test_without_anything_stored_every_option_has_its_default() -> None:
    assert read_options({}) == Options()
    assert (Options().mode, Options().turn_end, Options().llm_api) == ("find", "home", "")


def test_what_was_stored_is_read_again() -> None:
    options = Options(
        mode="own_short", turn_end=TurnEnd.SERVER, follow_up_s=0, language="pt-BR", session_limit_s=1200,
        session_limit_tokens=50_000, compression_tokens=20_000, rotate_after_s=240, fallback_generate=False,
        fallback_local=False, tts_entity="tts.piper", places_by_second_call=True, llm_api="assist",
        translate_from="fr", translate_to="uk", own_modes=(OwnMode(**SHORT),), follow_up=False, privacy=True,
        voice="Kore", volume=35, verbosity=Verbosity.FULL, units=Units.IMPERIAL, keep_words=False, record_media=True,
    )  # fmt: skip
    assert read_options(options.stored()) == options


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mode", "own_gone"), ("mode", 3), ("turn_end", "never"), ("turn_end", ["home"]), ("follow_up_s", -1),
        ("follow_up_s", True), ("follow_up_s", "8"), ("session_limit_s", 10**9), ("session_limit_tokens", None),
        ("compression_tokens", 1), ("rotate_after_s", float("nan")), ("rotate_after_s", 599), ("language", "English please"),
        ("translate_to", ""), ("fallback_generate", "yes"), ("tts_entity", "piper"), ("tts_entity", 1), ("llm_api", {}),
        ("own_modes", {"name": "Short"}), ("own_modes", ["Short", {"name": 1, "instructions": "x"}, {"name": "Empty"}]),
        ("a_key_of_a_later_version", 1), ("voice", "Nobody"), ("voice", 3), ("volume", 101), ("volume", "loud"),
        ("volume", None), ("privacy", "on"), ("follow_up", 1), ("verbosity", "loud"), ("verbosity", 1), ("units", []),
        ("keep_words", "no"), ("record_media", 1), ("language", "en" + "-a" * 5000),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_replaced_by_the_default(key: str, value: Any) -> None:
    assert read_options({key: value}) == Options()


def test_numbers_of_the_frontend_are_read_as_whole_numbers() -> None:
    follow_up_s = read_options({"follow_up_s": 12.0}).follow_up_s
    assert follow_up_s == 12 and isinstance(follow_up_s, int)


def test_a_mode_of_ones_own_is_found_by_its_key_and_listed_after_the_built_in_ones() -> None:
    options = read_options({"own_modes": [SHORT, PRICES], "mode": "own_prices"})
    assert options.mode == "own_prices"
    assert options.own_mode("own_prices") == OwnMode(**PRICES)
    assert options.own_mode("find") is None
    assert options.mode_keys[0] == "find"
    assert options.mode_keys[-2:] == ("own_short", "own_prices")


def test_of_too_many_stored_modes_the_first_eight_are_kept() -> None:
    stored = [{"name": f"Mode {number}", "instructions": "x"} for number in range(OWN_MODES_LIMIT + 3)]
    assert [mode.name for mode in read_options({"own_modes": stored}).own_modes] == [f"Mode {n}" for n in range(8)]


def test_of_two_stored_modes_with_one_name_the_first_is_kept() -> None:
    stored = [SHORT, {"name": "SHORT!", "instructions": "x"}]
    assert read_options({"own_modes": stored}).own_modes == (OwnMode(**SHORT),)


@pytest.mark.parametrize(
    ("name", "instructions", "field", "key"),
    [
        ("", "x", "name", "name_empty"),
        ("  ?! ", "x", "name", "name_empty"),
        ("n" * 41, "x", "name", "name_long"),
        ("Find", "x", "name", "name_built_in"),
        ("Read text aloud", "x", "name", "name_built_in"),
        ("short", "x", "name", "name_taken"),
        ("New", " \n ", "instructions", "instructions_empty"),
        ("New", "x" * (INSTRUCTIONS_LIMIT + 1), "instructions", "instructions_long"),
        ("N\x00w", "x", "name", "name_odd"),
        ("New", "x\u202ey", "instructions", "instructions_odd"),
    ],
)
def test_a_mode_that_cannot_be_kept_says_which_field_is_wrong_and_why(
    name: str, instructions: str, field: str, key: str
) -> None:
    with pytest.raises(OwnModeError) as caught:
        make_own_mode(name, instructions, [OwnMode(**SHORT)], ["Read text aloud"])
    assert (caught.value.field, caught.value.key) == (field, key)


def test_a_mode_is_kept_without_needless_spaces_and_in_any_script() -> None:
    assert make_own_mode("  Two \t words ", " x ", []) == OwnMode("Two words", "x")
    assert make_own_mode("乳糖なし", "x" * INSTRUCTIONS_LIMIT, []).key.startswith("own_")
    assert make_own_mode("n" * 40, "x", []).key == "own_" + "n" * 40


# --- the form ---------------------------------------------------------------------------------------------------------


class Form:
    """The options flow as the frontend sees it: JSON over HTTP, so that what is shown was truly serialised."""

    def __init__(self, client: TestClient, entry: MockConfigEntry) -> None:
        self._client = client
        self._entry = entry
        self.result: dict[str, Any] = {}

    async def begin(self, choice: str) -> Form:
        response = await self._client.post(
            "/api/config/config_entries/options/flow", json={"handler": self._entry.entry_id}
        )
        self.result = await response.json()
        assert self.result["type"] == "menu" and choice in self.result["menu_options"], self.result
        return await self.give(next_step_id=choice)

    async def give(self, **user_input: Any) -> Form:
        path = f"/api/config/config_entries/options/flow/{self.result['flow_id']}"
        response = await self._client.post(path, json=user_input)
        self.result = await response.json()
        assert response.status == 200, self.result
        return self

    def shows(self, step: str, **errors: str) -> Form:
        assert (self.result.get("step_id"), self.result.get("errors") or {}) == (step, errors), self.result
        return self

    def saved(self) -> None:
        assert self.result["type"] == "create_entry", self.result

    def values(self) -> dict[str, Any]:
        """What stands in the fields, by section, as the frontend would send it back."""
        return {
            part["name"]: {field["name"]: value for field in part["schema"] if (value := _shown(field)) is not None}
            for part in self.result["data_schema"]
        }

    def choices(self, section: str, name: str) -> dict[str, str]:
        """The choices of a field and what they are called where there is no translation."""
        fields = next(part["schema"] for part in self.result["data_schema"] if part["name"] == section)
        options = next(field["selector"]["select"]["options"] for field in fields if field["name"] == name)
        return (
            {one["value"]: one["label"] for one in options}
            if isinstance(options[0], dict)
            else dict.fromkeys(options, "")
        )


def _shown(field: dict[str, Any]) -> Any:
    return field.get("default", (field.get("description") or {}).get("suggested_value"))


@pytest.fixture
def stored() -> dict[str, Any]:
    """What the entry's options are at first."""
    return {}


@pytest_asyncio.fixture
async def entry(hass: HomeAssistant, stored: dict[str, Any]) -> AsyncIterator[MockConfigEntry]:
    """A wearable that is set up; nobody answers its questions, and nobody asks."""
    made = MockConfigEntry(
        domain="shelfsight",
        title="Desk",
        unique_id=WEARABLE_ID,
        data={
            "wearable_id": WEARABLE_ID, "name": "Desk", "link_key": KEY.hex(),
            "answerer": {"api_key": "none", "model": "gemini-3.8-live"},
        },
        options=stored,
    )  # fmt: skip
    made.add_to_hass(hass)
    assert await hass.config_entries.async_setup(made.entry_id)
    await hass.async_block_till_done()
    yield made
    await hass.async_block_till_done()  # what was saved last reloads it
    await hass.config_entries.async_unload(made.entry_id)


@pytest_asyncio.fixture
async def form(hass: HomeAssistant, entry: MockConfigEntry, hass_client: Any) -> Form:
    assert await async_setup_component(hass, "config", {})
    return Form(await hass_client(), entry)


async def test_a_form_that_is_sent_with_nothing_changed_changes_nothing(form: Form, entry: MockConfigEntry) -> None:
    await form.begin("settings")
    form.shows("settings")
    await form.give(**form.values())
    form.saved()
    assert options_of(entry) == Options()


@pytest.mark.parametrize("stored", [{"language": "fr", "tts_entity": "tts.piper", "later_version": 1}])
async def test_what_is_changed_is_stored_the_rest_stays_and_the_entry_is_reloaded(
    hass: HomeAssistant, form: Form, entry: MockConfigEntry
) -> None:
    before = entry.runtime_data
    values = (await form.begin("settings")).values()
    assert values["talk"]["language"] == "fr" and values["fallback"]["tts_entity"] == "tts.piper"
    values["talk"]["mode"] = "read"
    values["turns"] |= {"turn_end": "server", "follow_up_s": 20}
    values["translation"]["translate_to"] = "uk"
    await form.give(**values)
    form.saved()
    await hass.async_block_till_done()
    assert options_of(entry) == Options(
        mode="read", turn_end=TurnEnd.SERVER, follow_up_s=20, translate_to="uk", language="fr", tts_entity="tts.piper"
    )
    assert entry.options["later_version"] == 1
    assert entry.runtime_data is not before


@pytest.mark.parametrize("stored", [{"language": "fr", "tts_entity": "tts.piper"}])
async def test_a_field_that_was_emptied_is_empty(form: Form, entry: MockConfigEntry) -> None:
    values = (await form.begin("settings")).values()
    del values["talk"]["language"], values["fallback"]["tts_entity"]
    await form.give(**values)
    assert options_of(entry) == Options()


async def test_nothing_is_translated_from_a_language_into_itself(form: Form, entry: MockConfigEntry) -> None:
    values = (await form.begin("settings")).values()
    values["translation"] = {"translate_from": "de", "translate_to": "de"}
    values["limits"]["rotate_after_s"] = 300
    await form.give(**values)
    form.shows("settings", translate_to="same_language", translation="same_language")
    assert form.values() == values  # what was typed is not lost
    values["translation"]["translate_from"] = "en"
    await form.give(**values)
    form.saved()
    assert options_of(entry) == Options(rotate_after_s=300)


async def test_a_text_in_place_of_a_number_is_refused(hass: HomeAssistant, form: Form, entry: MockConfigEntry) -> None:
    values = (await form.begin("settings")).values()
    values["limits"]["rotate_after_s"] = "60"
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(form.result["flow_id"], values)
    assert dict(entry.options) == {}


async def test_voice_length_and_units_of_the_answers_get_to_who_answers(
    hass: HomeAssistant, form: Form, entry: MockConfigEntry
) -> None:
    values = (await form.begin("settings")).values()
    assert values["talk"]["voice"] == "default"
    assert set(form.choices("talk", "voice")) == {"default", *VOICES}
    values["talk"] |= {"voice": "Kore", "verbosity": "short", "units": "imperial"}
    await form.give(**values)
    await hass.async_block_till_done()
    answering = entry.runtime_data.answering
    assert (
        answering.options == options_of(entry) == Options(voice="Kore", verbosity=Verbosity.SHORT, units=Units.IMPERIAL)
    )
    told = answering.mode("find").text
    assert "at most 15 words" in told and "inches and feet" in told
    values = (await form.begin("settings")).values()
    values["talk"]["voice"] = "default"
    await form.give(**values)
    assert options_of(entry).voice == ""


@pytest.mark.parametrize(("system", "units"), [(METRIC_SYSTEM, "centimetres"), (US_CUSTOMARY_SYSTEM, "inches")])
async def test_the_usual_units_are_those_of_home_assistant(
    hass: HomeAssistant, entry: MockConfigEntry, system: UnitSystem, units: str
) -> None:
    hass.config.units = system
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert units in entry.runtime_data.answering.mode("describe").text


async def test_a_server_of_this_network_speaks_in_a_voice_of_its_own(
    hass: HomeAssistant, form: Form, entry: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "answerer": {**entry.data["answerer"], "host": "192.0.2.1", "port": 8443}}
    )
    values = (await form.begin("settings")).values()
    assert "voice" not in values["talk"]
    (await form.give(**values)).saved()
    assert options_of(entry) == Options()


async def test_a_voice_of_the_house_that_is_not_there_is_told_unless_it_was_chosen_before(
    hass: HomeAssistant, form: Form, entry: MockConfigEntry
) -> None:
    values = (await form.begin("settings")).values()
    values["fallback"]["tts_entity"] = "tts.piper"
    await form.give(**values)
    form.shows("settings", tts_entity="voice_gone", fallback="voice_gone")
    hass.states.async_set("tts.piper", "unknown")
    (await form.give(**values)).saved()
    await hass.async_block_till_done()
    hass.states.async_remove("tts.piper")
    values = (await form.begin("settings")).values()
    (await form.give(**values)).saved()
    assert options_of(entry).tts_entity == "tts.piper"


async def test_the_apis_of_home_assistant_can_be_chosen_and_switched_off_again(
    hass: HomeAssistant, form: Form, entry: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, "llm", {})
    values = (await form.begin("settings")).values()
    assert values["tools"]["llm_api"] == "off"
    assert form.choices("tools", "llm_api") == {"off": "off"} | {api.id: api.name for api in llm.async_get_apis(hass)}
    values["tools"]["llm_api"] = "assist"
    await form.give(**values)
    assert options_of(entry).llm_api == "assist"
    values = (await form.begin("settings")).values()
    assert values["tools"]["llm_api"] == "assist"
    values["tools"]["llm_api"] = "off"
    await form.give(**values)
    assert options_of(entry).llm_api == ""


@pytest.mark.parametrize("stored", [{"llm_api": "gone"}])
async def test_an_api_that_is_gone_is_shown_as_off(form: Form, entry: MockConfigEntry) -> None:
    values = (await form.begin("settings")).values()
    assert values["tools"]["llm_api"] == "off"
    await form.give(**values)
    assert options_of(entry).llm_api == ""


async def test_every_option_but_own_modes_and_what_entities_set_has_its_field_in_one_section(form: Form) -> None:
    await form.begin("settings")
    shown = [field["name"] for part in form.result["data_schema"] for field in part["schema"]]
    set_by_entities = {"follow_up", "privacy", "volume"}
    assert sorted(shown) == sorted(set(Options().stored()) - {"own_modes"} - set_by_entities)
    assert [part["name"] for part in form.result["data_schema"] if part["expanded"]] == ["talk"]


# --- modes of one's own -----------------------------------------------------------------------------------------------


async def test_a_mode_is_added_and_can_then_be_the_usual_one(form: Form, entry: MockConfigEntry) -> None:
    (await form.begin("add_mode")).shows("add_mode")
    (await form.give(**SHORT)).saved()
    assert options_of(entry).own_modes == (OwnMode(**SHORT),)
    values = (await form.begin("settings")).values()
    assert form.choices("talk", "mode")["own_short"] == "Short"
    values["talk"]["mode"] = "own_short"
    await form.give(**values)
    assert options_of(entry) == Options(mode="own_short", own_modes=(OwnMode(**SHORT),))


async def test_a_wrong_mode_is_answered_with_the_reason_and_keeps_what_was_typed(
    form: Form, entry: MockConfigEntry
) -> None:
    await form.begin("add_mode")
    (await form.give()).shows("add_mode", name="name_empty")
    (await form.give(name="Find a thing", instructions="x")).shows("add_mode", name="name_built_in")
    await form.give(name="Short")
    form.shows("add_mode", instructions="instructions_empty")
    assert _shown(form.result["data_schema"][0]) == "Short"
    (await form.give(**SHORT)).saved()
    assert options_of(entry).own_modes == (OwnMode(**SHORT),)


@pytest.mark.parametrize("stored", [{"own_modes": [SHORT, PRICES], "mode": "own_short"}])
async def test_a_mode_gets_another_name_and_stays_the_usual_one(form: Form, entry: MockConfigEntry) -> None:
    (await form.begin("edit_mode")).shows("edit_mode")
    (await form.give(mode="own_short")).shows("edit_mode_text")
    assert [_shown(field) for field in form.result["data_schema"]] == ["Short", "Answer in three words."]
    (await form.give(name="Prices", instructions="x")).shows("edit_mode_text", name="name_taken")
    (await form.give(name="Very short", instructions="Two words.")).saved()
    assert options_of(entry) == Options(
        mode="own_very_short", own_modes=(OwnMode("Very short", "Two words."), OwnMode(**PRICES))
    )


@pytest.mark.parametrize("stored", [{"own_modes": [SHORT, PRICES], "mode": "read"}])
async def test_a_mode_that_is_not_the_usual_one_is_changed_in_its_place(form: Form, entry: MockConfigEntry) -> None:
    await (await form.begin("edit_mode")).give(mode="own_short")
    (await form.give(name="Short", instructions="Two words.")).saved()
    assert options_of(entry) == Options(mode="read", own_modes=(OwnMode("Short", "Two words."), OwnMode(**PRICES)))


@pytest.mark.parametrize("stored", [{"own_modes": [SHORT, PRICES], "mode": "own_short"}])
async def test_a_mode_is_removed_and_finding_is_the_usual_one_again(form: Form, entry: MockConfigEntry) -> None:
    (await form.begin("remove_mode")).shows("remove_mode")
    (await form.give(mode="own_short")).saved()
    assert options_of(entry) == Options(own_modes=(OwnMode(**PRICES),))


@pytest.mark.parametrize("stored", [{"own_modes": [SHORT]}])
async def test_a_mode_that_was_removed_in_another_window_cannot_be_changed(
    hass: HomeAssistant, form: Form, entry: MockConfigEntry
) -> None:
    await (await form.begin("edit_mode")).give(mode="own_short")
    hass.config_entries.async_update_entry(entry, options={})
    await form.give(**SHORT)
    assert (form.result["type"], form.result["reason"]) == ("abort", "mode_gone")


EIGHT = [{"name": f"Mode {number}", "instructions": "x"} for number in range(8)]


@pytest.mark.parametrize("stored", [{"own_modes": EIGHT[:7]}])
async def test_a_ninth_mode_is_refused_even_if_the_eighth_was_made_in_another_window(
    hass: HomeAssistant, form: Form, entry: MockConfigEntry
) -> None:
    await form.begin("add_mode")
    hass.config_entries.async_update_entry(entry, options={"own_modes": EIGHT})
    await form.give(**SHORT)
    assert (form.result["type"], form.result["reason"]) == ("abort", "too_many_modes")
    assert len(options_of(entry).own_modes) == 8


@pytest.mark.parametrize(
    ("stored", "offered"),
    [
        ({}, ["settings", "add_mode"]),
        ({"own_modes": [SHORT]}, ["settings", "add_mode", "edit_mode", "remove_mode"]),
        ({"own_modes": EIGHT}, ["settings", "edit_mode", "remove_mode"]),
    ],
    ids=["no mode", "one mode", "eight modes"],
)
async def test_only_what_can_be_done_is_offered(
    hass: HomeAssistant, entry: MockConfigEntry, offered: list[str]
) -> None:
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert (result["type"], result["menu_options"]) == (FlowResultType.MENU, offered)


def test_the_sections_name_each_option_once() -> None:
    keys = [key for section in SECTIONS.values() for key in section]
    assert len(keys) == len(set(keys))
