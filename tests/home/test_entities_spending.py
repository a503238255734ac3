"""What was used, today and in total: added up, begun anew at midnight, and kept over restarts. And what the recorder keeps."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_restore_state_shutdown_restart,
    mock_restore_cache_with_extra_data,
)

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er

from custom_components.shelfsight.live.accounts import Usage
from custom_components.shelfsight.spending import SPENDINGS, Spent
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import camera_entry, entity_id, eventually, state

SHELF = pictures.jpeg(1, (1600, 1200))
KEYS = tuple(one.key for one in SPENDINGS)
MODEL = "gemini-3.8-live"
# Chosen so that its price is a round number: a million tokens of written answers cost 4.50 dollars.
MILLION = Usage(text_out=1_000_000)
EVENING = datetime.fromisoformat("2026-11-21T23:30:00+01:00")


type Shown = Callable[[], tuple[str, ...]]


@pytest.fixture
async def shop(hass: HomeAssistant, live: Server, freezer: FrozenDateTimeFactory) -> MockConfigEntry:
    """An entry of which all is enabled, in Berlin, in the evening."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(EVENING)
    entry = camera_entry(live)
    entry.add_to_hass(hass)
    for key in KEYS:
        er.async_get(hass).async_get_or_create(
            "sensor", "shelfsight", f"{entry.entry_id}_{key}", suggested_object_id=key, config_entry=entry
        )
    return entry


async def load(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


def pay(entry: MockConfigEntry, usage: Usage = MILLION, model: str | None = MODEL) -> None:
    """Something was used."""
    runtime = entry.runtime_data
    outcome = runtime.answering.new_outcome(runtime.answering.mode("find"))
    outcome.pay(model, usage)
    runtime.finished(outcome)


def shown(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, float]:
    return {key: float(state(hass, "sensor", key, entry.entry_id)) for key in KEYS}


def sums(tokens_today: float, tokens_total: float, cost_today: float, cost_total: float) -> dict[str, float]:
    return dict(zip(KEYS, (tokens_today, tokens_total, cost_today, cost_total), strict=True))


async def test_what_was_used_is_added_up(hass: HomeAssistant, shop: MockConfigEntry) -> None:
    await load(hass, shop)
    assert shown(hass, shop) == sums(0, 0, 0, 0)
    pay(shop)
    pay(shop, Usage(audio_in=1000))
    assert shown(hass, shop) == sums(1_001_000, 1_001_000, 4.503, 4.503)
    pay(shop, Usage(audio_in=500), model=None)
    assert shown(hass, shop) == sums(1_001_500, 1_001_500, 4.503, 4.503), "this network's server costs nothing"
    shop.runtime_data.pay(Usage(text_out=500))
    assert shown(hass, shop) == sums(1_002_000, 1_002_000, 4.503, 4.503), "a bill that comes late"


async def test_they_are_what_the_statistics_want(hass: HomeAssistant, shop: MockConfigEntry) -> None:
    await load(hass, shop)
    told = {key: hass.states.get(entity_id(hass, "sensor", key, shop.entry_id)) for key in KEYS}
    assert {key: one.attributes["state_class"] for key, one in told.items() if one} == {
        "tokens_today": "total", "tokens_total": "total_increasing", "cost_today": "total", "cost_total": "total",
    }  # fmt: skip
    assert [one.attributes["unit_of_measurement"] for one in told.values() if one] == ["tokens", "tokens", "USD", "USD"]
    midnight = "2026-11-21T00:00:00+01:00"
    assert [one.attributes.get("last_reset") for one in told.values() if one] == [midnight, None, midnight, None]


async def test_today_begins_at_local_midnight(
    hass: HomeAssistant, shop: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await load(hass, shop)
    pay(shop)
    freezer.move_to(EVENING + timedelta(minutes=29, seconds=59))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert shown(hass, shop) == sums(1_000_000, 1_000_000, 4.5, 4.5)
    freezer.move_to(EVENING + timedelta(minutes=30, seconds=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert shown(hass, shop) == sums(0, 1_000_000, 0, 4.5)
    told = hass.states.get(entity_id(hass, "sensor", "cost_today", shop.entry_id))
    assert told is not None and told.attributes["last_reset"] == "2026-11-22T00:00:00+01:00"
    pay(shop)
    assert shown(hass, shop) == sums(1_000_000, 2_000_000, 4.5, 9)


async def test_what_is_used_after_midnight_belongs_to_the_new_day_whenever_the_clock_is_heard(
    hass: HomeAssistant, shop: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await load(hass, shop)
    pay(shop)
    freezer.move_to(EVENING + timedelta(hours=1))
    pay(shop, Usage(text_out=1000))
    assert shown(hass, shop) == sums(1000, 1_001_000, 0.0045, 4.5045)


async def test_a_reload_loses_nothing_and_counts_nothing_twice(hass: HomeAssistant, shop: MockConfigEntry) -> None:
    await load(hass, shop)
    pay(shop)
    for _ in range(2):
        assert await hass.config_entries.async_reload(shop.entry_id)
        await hass.async_block_till_done()
        assert shown(hass, shop) == sums(1_000_000, 1_000_000, 4.5, 4.5)
    pay(shop)
    assert shown(hass, shop) == sums(2_000_000, 2_000_000, 9, 9)


@pytest.mark.parametrize(
    ("hours", "kept"),
    [(0.25, sums(1_000_000, 1_000_000, 4.5, 4.5)), (1, sums(0, 1_000_000, 0, 4.5)), (72, sums(0, 1_000_000, 0, 4.5))],
)
async def test_a_restart_keeps_the_sums_of_its_day(
    hass: HomeAssistant,
    shop: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    hours: float,
    kept: dict[str, float],
) -> None:
    await load(hass, shop)
    pay(shop)
    await async_mock_restore_state_shutdown_restart(hass)  # Home Assistant writes and reads its own file, no other
    assert not [name for name in hass_storage if "shelfsight" in name]
    assert await hass.config_entries.async_unload(shop.entry_id)
    for key in KEYS:
        hass.states.async_remove(entity_id(hass, "sensor", key, shop.entry_id))
    freezer.move_to(EVENING + timedelta(hours=hours))
    await load(hass, shop)
    assert shown(hass, shop) == kept


@pytest.mark.parametrize(
    "stored",
    [
        {}, {"amount": 3}, {"amount": "3", "day": "2026-11-21"}, {"amount": True, "day": "2026-11-21"},
        {"amount": -1, "day": "2026-11-21"}, {"amount": 3, "day": "yesterday"}, {"amount": 3, "day": 5},
        {"amount": float("nan"), "day": "2026-11-21"}, {"amount": float("inf"), "day": "2026-11-21"},
    ],
)  # fmt: skip
async def test_what_was_kept_and_makes_no_sense_is_begun_anew(
    hass: HomeAssistant, shop: MockConfigEntry, stored: dict[str, Any]
) -> None:
    kept = [(State(entity_id(hass, "sensor", key, shop.entry_id), "unknown"), stored) for key in KEYS]
    mock_restore_cache_with_extra_data(hass, kept)
    await load(hass, shop)
    assert shown(hass, shop) == sums(0, 0, 0, 0)


def test_a_sum_of_another_day_counts_only_where_it_is_no_daily_one() -> None:
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    assert Spent(3.0, monday).on(monday, daily=True) == Spent(3.0, monday)
    assert Spent(3.0, monday).on(tuesday, daily=True).plus(1) == Spent(1.0, tuesday)
    assert Spent(3.0, monday).on(tuesday, daily=False).plus(1) == Spent(4.0, tuesday)


async def test_a_real_question_is_counted(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, bills: list[Usage]
) -> None:
    answering = entry.runtime_data.answering
    answering.answerer = replace(answering.answerer, host=None)  # as if it were Gemini that is paid
    wearable = await dial()
    await wearable.ask(SHELF)
    await wearable.heard("spoken")
    await eventually(lambda: float(state(hass, "sensor", "cost_total")) > 0)
    last = entry.runtime_data.last
    assert last.usage == bills[0]
    assert float(state(hass, "sensor", "cost_today")) == pytest.approx(last.cost_usd, abs=1e-6)
