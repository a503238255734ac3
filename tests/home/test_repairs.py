"""Repairs: told over HTTP as the frontend hears it, with the texts it would show, and mended from there."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from aiohttp.test_utils import TestClient
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import repairs, runtime
from custom_components.shelfsight.issues import Shortage, clear, report_certificate_changed, report_quota
from custom_components.shelfsight.live.faults import LiveError, Trouble
from local_live.server import Server


class Fixing:
    """The frontend that mends an issue: over HTTP, with every text that is shown put together."""

    def __init__(self, hass: HomeAssistant, client: TestClient) -> None:
        self._hass = hass
        self._client = client
        self._key = ""
        self.result: dict[str, Any] = {}

    async def begin(self) -> Fixing:
        (issue,) = issues(self._hass)
        self._key = str(issue.translation_key)
        return await self._post("/api/repairs/issues/fix", {"handler": "shelfsight", "issue_id": issue.issue_id})

    async def confirm(self) -> Fixing:
        return await self._post(f"/api/repairs/issues/fix/{self.result['flow_id']}", {})

    async def _post(self, path: str, body: dict[str, Any]) -> Fixing:
        response = await self._client.post(path, json=body)
        self.result = await response.json()
        assert response.status == 200, self.result
        return self

    async def text(self, kind: str, name: str) -> str:
        """A text of this issue's flow, with its placeholders filled in."""
        texts = await async_get_translations(self._hass, "en", "issues", {"shelfsight"})
        text = texts[f"component.shelfsight.issues.{self._key}.fix_flow.{kind}.{name}"]
        return text.format(**(self.result.get("description_placeholders") or {}))


class Checks:
    """What the check of the answerer finds."""

    def __init__(self) -> None:
        self.error: str | None = None
        self.count = 0

    async def __call__(self) -> str | None:
        self.count += 1
        return self.error


def issues(hass: HomeAssistant) -> list[ir.IssueEntry]:
    return [issue for (domain, _), issue in ir.async_get(hass).issues.items() if domain == "shelfsight"]


async def titles(hass: HomeAssistant) -> list[str]:
    """The issues' titles as the person hears them."""
    texts = await async_get_translations(hass, "en", "issues", {"shelfsight"})
    return [
        texts[f"component.shelfsight.issues.{issue.translation_key}.title"].format(**issue.translation_placeholders)
        for issue in issues(hass)
        if issue.translation_placeholders is not None
    ]


@pytest.fixture
def checks(entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch) -> Checks:
    made = Checks()
    monkeypatch.setattr(entry.runtime_data, "check_answerer", made, raising=False)
    return made


@pytest_asyncio.fixture
async def fixing(hass: HomeAssistant, entry: MockConfigEntry, hass_client: Any) -> AsyncIterator[Fixing]:
    assert await async_setup_component(hass, "repairs", {})
    yield Fixing(hass, await hass_client())
    for progress in hass.config_entries.flow.async_progress():
        hass.config_entries.flow.async_abort(progress["flow_id"])


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (Shortage.QUOTA, "Desk: the quota of {} is used up"),
        (Shortage.OVERLOADED, "Desk: {} is overloaded"),
    ],
)
async def test_a_shortage_is_told_once_and_gone_with_the_next_answer(
    hass: HomeAssistant, entry: MockConfigEntry, live: Server, kind: Shortage, title: str
) -> None:
    for _ in range(3):
        report_quota(hass, entry, kind)
    assert await titles(hass) == [title.format(f"127.0.0.1:{live.port}")]
    (issue,) = issues(hass)
    assert (issue.severity, issue.is_fixable, issue.is_persistent) == (ir.IssueSeverity.WARNING, True, False)
    clear(hass, entry)
    assert issues(hass) == []
    clear(hass, entry)


async def test_the_newest_reason_replaces_the_older_one(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    report_quota(hass, entry, Shortage.OVERLOADED)
    report_quota(hass, entry, Shortage.QUOTA)
    assert [issue.translation_key for issue in issues(hass)] == ["quota"]


async def test_gemini_is_called_by_its_name_and_every_entry_has_its_own_issue(hass: HomeAssistant) -> None:
    for name in ("Glasses", "Desk"):
        made = MockConfigEntry(domain="shelfsight", title=name, data={"answerer": {"api_key": "k", "model": "m"}})
        report_quota(hass, made, Shortage.QUOTA)
    assert await titles(hass) == ["Glasses: the quota of Gemini is used up", "Desk: the quota of Gemini is used up"]


async def test_trying_again_says_what_came_of_it_until_it_works(
    hass: HomeAssistant, entry: MockConfigEntry, fixing: Fixing, checks: Checks
) -> None:
    report_quota(hass, entry, Shortage.QUOTA)
    await fixing.begin()
    assert (fixing.result["step_id"], fixing.result["errors"]) == ("confirm", {})
    text = await fixing.text("step", "confirm.description")
    assert "refuses the questions of Desk" in text and "https://aistudio.google.com" in text
    assert checks.count == 0
    for error in ("quota", "cannot_connect", "certificate_changed", "model_refused"):
        checks.error = error
        await fixing.confirm()
        assert fixing.result["errors"] == {"base": error}
        assert await fixing.text("error", error)
        assert len(issues(hass)) == 1
    checks.error = "an_error_of_a_later_version"
    assert (await fixing.confirm()).result["errors"] == {"base": "cannot_connect"}
    checks.error = None
    await fixing.confirm()
    assert fixing.result["type"] == "create_entry"
    assert issues(hass) == [] and checks.count == 6


async def test_trying_again_really_asks_the_server(
    hass: HomeAssistant, entry: MockConfigEntry, live: Server, fixing: Fixing
) -> None:
    report_quota(hass, entry, Shortage.QUOTA)
    await fixing.begin()
    open_door = live._door
    live._door = replace(open_door, max_sessions=0)
    assert (await fixing.confirm()).result["errors"] == {"base": "quota"}
    assert len(issues(hass)) == 1
    live._door = open_door
    assert (await fixing.confirm()).result["type"] == "create_entry"
    assert issues(hass) == []


async def test_an_overload_says_that_it_passes(
    hass: HomeAssistant, entry: MockConfigEntry, fixing: Fixing, checks: Checks
) -> None:
    report_quota(hass, entry, Shortage.OVERLOADED)
    await fixing.begin()
    assert "This passes by itself" in await fixing.text("step", "confirm.description")
    checks.error = "quota"
    await fixing.confirm()
    assert await fixing.text("error", "quota")
    checks.error = None
    await fixing.confirm()
    assert fixing.result["type"] == "create_entry" and issues(hass) == []


async def test_a_key_that_is_refused_meanwhile_is_asked_for(
    hass: HomeAssistant, entry: MockConfigEntry, fixing: Fixing, checks: Checks
) -> None:
    report_quota(hass, entry, Shortage.QUOTA)
    checks.error = "invalid_auth"
    await (await fixing.begin()).confirm()
    assert (fixing.result["type"], fixing.result["reason"]) == ("abort", "key_refused")
    assert "asks for a new one" in await fixing.text("abort", "key_refused")
    assert issues(hass) == []
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == ["reauth"]


async def test_a_key_that_a_question_finds_refused_is_told_by_home_assistant_itself_and_by_nobody_else(
    hass: HomeAssistant, entry: MockConfigEntry, live: Server
) -> None:
    entry.runtime_data.trouble(LiveError(Trouble.KEY_REFUSED, "a test"))
    await hass.async_block_till_done()
    (issue,) = [issue for (_, name), issue in ir.async_get(hass).issues.items() if entry.entry_id in name]
    assert (issue.domain, issue.issue_domain, issue.translation_key) == (
        "homeassistant", "shelfsight", "config_entry_reauth",
    )  # fmt: skip
    assert issue.severity is ir.IssueSeverity.ERROR and issues(hass) == []
    (flow,) = hass.config_entries.flow.async_progress()
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {"api_key": "new"})
    assert result.get("reason") == "reauth_successful"
    assert not [name for _, name in ir.async_get(hass).issues if entry.entry_id in name]
    await hass.async_block_till_done()


async def test_a_new_key_that_works_ends_what_was_wrong_with_the_old_one(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    report_quota(hass, entry, Shortage.QUOTA)
    flow = await entry.start_reauth_flow(hass)
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {"api_key": "new"})
    assert result.get("reason") == "reauth_successful"
    await hass.async_block_till_done()
    assert issues(hass) == []


async def test_an_entry_that_is_not_loaded_cannot_be_tried(
    hass: HomeAssistant, entry: MockConfigEntry, fixing: Fixing
) -> None:
    report_quota(hass, entry, Shortage.QUOTA)
    await fixing.begin()
    assert await hass.config_entries.async_unload(entry.entry_id)
    await fixing.confirm()
    assert (fixing.result["type"], fixing.result["reason"]) == ("abort", "not_loaded")
    assert (await fixing.text("abort", "not_loaded")).startswith("Desk is not set up")
    assert len(issues(hass)) == 1


async def test_another_certificate_leads_to_the_choice_of_the_server_and_is_over_when_it_is_accepted(
    hass: HomeAssistant, entry: MockConfigEntry, live: Server, fixing: Fixing
) -> None:
    report_certificate_changed(hass, entry)
    assert await titles(hass) == ["Desk: the Live server shows another certificate"]
    await fixing.begin()
    assert "somebody may be pretending" in await fixing.text("step", "confirm.description")
    await fixing.confirm()
    assert (fixing.result["type"], fixing.result["reason"]) == ("abort", "choose_again")
    assert await fixing.text("abort", "choose_again")
    kind, flow_id = fixing.result["next_flow"]
    assert kind == "config_flow" and len(issues(hass)) == 1

    flow = hass.config_entries.flow
    assert flow.async_get(flow_id)["step_id"] == "answerer"
    await flow.async_configure(flow_id, {"next_step_id": "local"})
    await flow.async_configure(flow_id, {"host": "127.0.0.1", "port": live.port})
    result = await flow.async_configure(flow_id, {})
    assert result.get("reason") == "reconfigure_successful"
    await hass.async_block_till_done()
    assert issues(hass) == []


async def test_a_choice_that_is_open_already_is_gone_on_with(
    hass: HomeAssistant, entry: MockConfigEntry, fixing: Fixing
) -> None:
    report_certificate_changed(hass, entry)
    opened = []
    for _ in range(2):
        await (await fixing.begin()).confirm()
        opened.append(fixing.result["next_flow"])
    assert opened[0] == opened[1]
    assert len(hass.config_entries.flow.async_progress()) == 1


async def test_clearing_takes_every_issue_of_the_entry_and_no_other(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    other = MockConfigEntry(domain="shelfsight", title="Other", data={"answerer": {"api_key": "k", "model": "m"}})
    for one in (entry, other):
        report_quota(hass, one, Shortage.QUOTA)
        report_certificate_changed(hass, one)
    clear(hass, entry)
    assert {str(issue.data and issue.data["entry_id"]) for issue in issues(hass)} == {other.entry_id}
    assert len(issues(hass)) == 2


def test_every_error_of_the_setups_check_has_a_text_or_a_way() -> None:
    assert set(runtime.CHECK_ERRORS.values()) | {"cannot_connect"} <= {"invalid_auth", *repairs.RETRY_ERRORS}
