"""Repairs about a wearable: software that is too old, on either side, and what is kept of its questions for a bug report."""

from datetime import timedelta
from typing import Any

from aiohttp.test_utils import TestClient
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from custom_components.shelfsight import firmware_age, media_keeping
from custom_components.shelfsight.flight_media import as_dict
from custom_components.shelfsight.repairs import async_create_fix_flow
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import PATH, FakeWearable, choose, eventually, hello_to, wearable_entry
from tests.home.test_repairs import Fixing, fixing, issues, titles

__all__ = ["fixing"]  # the fixture

SHELF = pictures.jpeg(1, (1600, 1200))


# --- too old ----------------------------------------------------------------------------------------------------------


async def test_old_software_is_told_with_what_to_do_and_forgotten_when_newer_dials_in(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firmware_age, "OLDEST_SOUND", "0.2.0")
    wearable = await dial(firmware="0.1.9")
    await eventually(lambda: issues(hass))
    assert await titles(hass) == ["Desk: the wearable's software is too old"]
    (issue,) = issues(hass)
    assert issue.translation_placeholders == {"name": "Desk", "has": "0.1.9", "needs": "0.2.0"}
    assert (issue.is_fixable, issue.severity) == (False, ir.IssueSeverity.WARNING)
    assert str(issue.learn_more_url).startswith("https://github.com/shelfsight/shelfsight/")
    text = await description(hass, "firmware_too_old")
    assert "0.1.9" in text and "0.2.0" in text and "scripts/flash" in text and "scripts/install-pi" in text
    await wearable.leave()
    assert len(issues(hass)) == 1, "it is no newer for being away"
    await dial(firmware="0.2.0")
    await eventually(lambda: not issues(hass))


async def description(hass: HomeAssistant, key: str) -> str:
    texts = await async_get_translations(hass, "en", "issues", {"shelfsight"})
    (issue,) = issues(hass)
    return texts[f"component.shelfsight.issues.{key}.description"].format(**(issue.translation_placeholders or {}))


async def sent_away(http: TestClient, protocol: int) -> None:
    """Dial, and prove oneself, with another version of the protocol."""
    socket = await http.ws_connect(PATH)
    await socket.send_json(hello_to(await socket.receive_json(timeout=5), protocol=protocol))
    bye = await socket.receive_json(timeout=5)
    assert (bye["type"], bye["reason"]) == ("bye", "version")
    await socket.close()


@pytest.mark.parametrize(
    ("protocol", "key", "has", "needs"),
    [(0, "firmware_too_old", "protocol 0", "protocol 1"), (7, "home_too_old", "protocol 1", "protocol 7")],
)
async def test_a_wearable_that_is_sent_away_for_its_language_is_told_of_until_it_speaks_ours(
    hass: HomeAssistant, http: TestClient, dial: Dial, protocol: int, key: str, has: str, needs: str
) -> None:
    await sent_away(http, protocol)
    (issue,) = issues(hass)
    assert (issue.translation_key, issue.translation_placeholders) == (
        key, {"name": "Desk", "has": has, "needs": needs},
    )  # fmt: skip
    assert needs in await description(hass, key)
    await dial()
    await eventually(lambda: not issues(hass))


async def test_a_stranger_with_another_version_is_nobody_to_tell_of(hass: HomeAssistant, http: TestClient) -> None:
    for changes in ({"wearable_id": "f" * 16}, {"key": bytes(32)}):
        socket = await http.ws_connect(PATH)
        await socket.send_json(hello_to(await socket.receive_json(timeout=5), protocol=0, **changes))
        assert (await socket.receive_json(timeout=5))["reason"] == "proof"
        await socket.close()
    assert issues(hass) == []


async def test_what_was_told_of_a_wearable_goes_with_it(
    hass: HomeAssistant, entry: MockConfigEntry, http: TestClient
) -> None:
    await sent_away(http, 0)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert len(issues(hass)) == 1
    await hass.config_entries.async_remove(entry.entry_id)
    assert issues(hass) == []


# --- kept for a bug report --------------------------------------------------------------------------------------------


def kept(entry: MockConfigEntry) -> list[dict[str, Any]]:
    recorder = entry.runtime_data.recorder
    return [as_dict(one.media.kept()) for one in recorder.timelines if one.media is not None and one.ended is not None]


async def asked(wearable: FakeWearable, entry: MockConfigEntry) -> None:
    await wearable.ask(SHELF)
    await eventually(lambda: kept(entry))


async def test_what_is_kept_is_told_for_a_day_and_then_forgotten_by_itself(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(days=1) == media_keeping.AT_MOST
    monkeypatch.setattr(
        media_keeping, "AT_MOST", timedelta(seconds=100)
    )  # other parts of a home do things within a day
    await choose(hass, entry, record_media=True)
    wearable = await dial()
    await asked(wearable, entry)
    assert await titles(hass) == ["Desk: words, sound and pictures are kept for a bug report"]
    (issue,) = issues(hass)
    until = dt_util.as_local(hass.data[media_keeping._ENDS][entry.entry_id])
    assert issue.translation_placeholders == {"name": "Desk", "until": f"{until:%Y-%m-%d %H:%M}"}
    (told,) = kept(entry)
    assert told["answer"] == "Answer number 1, after 1 pictures." and "seconds of sound" in told["asked"]
    assert told["question_wav"] and told["answer_wav"] and len(told["pictures_jpeg"]) == 1

    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=90))
    assert kept(entry)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=110))
    assert kept(entry) == [] and issues(hass) == [] and "record_media" not in entry.options
    assert not entry.runtime_data.recorder.keeps_media
    assert entry.runtime_data.wearable.connected, "nobody is sent away for it"


async def test_a_reload_forgets_what_was_kept_and_moves_no_end(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    await choose(hass, entry, record_media=True)
    end = dict(hass.data[media_keeping._ENDS])
    wearable = await dial()
    await asked(wearable, entry)
    await wearable.leave()
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert kept(entry) == [] and entry.runtime_data.recorder.keeps_media
    assert hass.data[media_keeping._ENDS] == end != {}
    assert len(issues(hass)) == 1


async def test_an_end_that_came_while_the_entry_was_not_loaded_counts(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await choose(hass, entry, record_media=True)
    hass.data[media_keeping._ENDS][entry.entry_id] = dt_util.utcnow() - timedelta(seconds=1)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert not entry.runtime_data.recorder.keeps_media
    assert issues(hass) == [] and "record_media" not in entry.options


async def test_switched_off_and_on_again_it_begins_anew(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await choose(hass, entry, record_media=True)
    await choose(hass, entry, record_media=False)
    assert issues(hass) == [] and hass.data[media_keeping._ENDS] == {}
    await choose(hass, entry, record_media=True)
    assert len(issues(hass)) == 1


async def test_when_home_assistant_starts_it_is_off(hass: HomeAssistant, live: Server) -> None:
    made = wearable_entry(live)
    made.add_to_hass(hass)
    hass.config_entries.async_update_entry(made, options={"record_media": True, "follow_up_s": 4})
    assert await hass.config_entries.async_setup(made.entry_id)
    assert made.options == {"follow_up_s": 4}
    assert not made.runtime_data.recorder.keeps_media and issues(hass) == []
    assert await hass.config_entries.async_unload(made.entry_id)


@pytest.mark.parametrize("loaded", [True, False])
async def test_the_issue_offers_to_end_it_now(
    hass: HomeAssistant, entry: MockConfigEntry, fixing: Fixing, dial: Dial, *, loaded: bool
) -> None:
    await choose(hass, entry, record_media=True)
    wearable = await dial()
    await asked(wearable, entry)
    await fixing.begin()
    assert "whenever Home Assistant starts" in await fixing.text("step", "confirm.description")
    if not loaded:
        assert await hass.config_entries.async_unload(entry.entry_id)
    await fixing.confirm()
    assert fixing.result["type"] == "create_entry"
    assert issues(hass) == [] and "record_media" not in entry.options
    if loaded:
        assert kept(entry) == [] and entry.runtime_data.wearable.connected


async def test_with_the_entry_goes_whatever_was_kept(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await choose(hass, entry, record_media=True)
    await hass.config_entries.async_remove(entry.entry_id)
    assert issues(hass) == [] and hass.data[media_keeping._ENDS] == {}


async def test_nobody_mends_what_has_no_entry(hass: HomeAssistant) -> None:
    with pytest.raises(Exception, match="gone"):
        await async_create_fix_flow(hass, "shortage_gone", {"entry_id": "gone"})
