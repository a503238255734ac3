"""Whatever a Live server does wrong, the person hears of it at once, and then an answer or a reason.

Each fault is sorted by what helps: another try, another way, time, or a person.
"""

from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from custom_components.shelfsight.live import session
from custom_components.shelfsight.live.answerer import Answerer
from local_live.orders import (
    INVALID_ARGUMENT,
    NO_ACCESS,
    OVERLOADED,
    QUOTA,
    WRONG_KEY,
    Close,
    Drop,
    EmptyAnswer,
    Ending,
    GoSilent,
    LateSetup,
    Moment,
    NotAddressed,
    NotJson,
    Order,
    Phantom,
    RefuseUpgrade,
    Rejected,
)
from local_live.plans import Plan
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.hearing import hears, told, tones
from tests.home.parts import API_KEY, FakeWearable, choose, entity_id, eventually, question, running_tasks
from tests.local_live.server_parts import MODEL_25, Brains

SHELF = pictures.jpeg(1, (1600, 1200))
ANSWER = "Answer number 1, after 1 pictures."
# Nobody may wonder for longer than this whether anything still happens.
SIGN_WITHIN_S = 1.5

pytestmark = pytest.mark.usefixtures("clean_log", "quick_tries")


@pytest.fixture
def live_options() -> dict[str, Any]:
    return {"key": API_KEY, "voice": tones}


@pytest.fixture
def answerer_data() -> dict[str, Any]:
    return {"api_key": API_KEY}


def issues(hass: HomeAssistant) -> list[str | None]:
    return [issue.translation_key for (domain, _), issue in ir.async_get(hass).issues.items() if domain == "shelfsight"]


def reauths(hass: HomeAssistant) -> int:
    return len(hass.config_entries.flow.async_progress_by_handler("shelfsight", match_context={"source": "reauth"}))


def tries(hass: HomeAssistant) -> int:
    found = hass.states.get(entity_id(hass, "sensor", "last_answer"))
    assert found is not None
    return int(found.attributes.get("tries", -1))


async def over(wearable: FakeWearable) -> None:
    """What this question came to has been heard, and nothing of it goes on."""
    await wearable.leave()
    await eventually(lambda: not running_tasks())


def signs_soon(wearable: FakeWearable, plans: list[Plan[Order]]) -> bool:
    """True when after every fault something was heard soon."""
    faults = [at_s for plan in plans for at_s in plan.acted_at_s]
    signs = [
        at_s
        for kind, at_s in zip(wearable.order, wearable.times_s, strict=True)
        if kind in ("cue", "sound")
    ]  # fmt: skip
    return bool(faults) and all(any(0 <= sign - fault < SIGN_WITHIN_S for sign in signs) for fault in faults)


def ending(ending: Ending, at: Moment) -> Close:
    return Close(at=at, ending=ending)


AGAIN: dict[str, list[Order]] = {
    "1007 at the setup": [ending(INVALID_ARGUMENT, Moment.SETUP)],
    "1007 while it thinks": [ending(INVALID_ARGUMENT, Moment.THINKING)],
    "1008 session not found": [ending(Ending(1008, "BidiGenerateContent session not found"), Moment.QUESTION)],
    "429 at the upgrade": [RefuseUpgrade(HTTPStatus.TOO_MANY_REQUESTS)],
    "503 at the upgrade, three times": [RefuseUpgrade(HTTPStatus.SERVICE_UNAVAILABLE)] * 3,
    "quota, three times": [ending(QUOTA, Moment.SETUP)] * 3,
    "overloaded while it thinks": [ending(OVERLOADED, Moment.THINKING)] * 2,
    "lost at the upgrade": [Drop(at=Moment.UPGRADE)],
    "lost at the setup": [Drop(at=Moment.SETUP)],
    "lost in the question": [Drop(at=Moment.QUESTION)],
    "lost while it thinks, again and again": [Drop(at=Moment.THINKING)] * 4,
    "1011 before the answer": [ending(Ending(1011, "Internal error encountered."), Moment.SPEAKING)],
    "1000 before the answer": [ending(Ending(1000), Moment.THINKING)],
    "interrupted by nobody before a word was said": [Phantom(after_ms=0)],
}


@pytest.mark.parametrize("faults", AGAIN.values(), ids=AGAIN)
async def test_what_another_try_can_mend_is_tried_again_with_the_same_question(
    hass: HomeAssistant, dial: Dial, live: Server, brains: Brains, faults: list[Order]
) -> None:
    wearable = await dial()
    plans = [live.order(fault) for fault in faults]
    said = await wearable.ask(SHELF)
    await hears(wearable, ANSWER)
    answered = brains.made[-1]
    (heard,) = answered.sounds
    assert heard == said[: len(heard)] and len(heard) >= len(question()), "the same question, whole"
    assert len(answered.pictures) == 1
    assert all(plan.acted.is_set() for plan in plans)
    assert wearable.all("cue", name="thinking") and not wearable.all("cue", name="error")
    assert signs_soon(wearable, plans)
    await eventually(lambda: tries(hass) == len(faults))
    assert issues(hass) == [] and reauths(hass) == 0
    await over(wearable)


@dataclass(frozen=True, slots=True)
class Case:
    """A fault that comes every time, what is said of it, how often it was tried, and what is left to be mended."""

    fault: Order
    phrase: str
    sessions: int
    issue: str | None = None
    reauth: bool = False


GIVEN_UP = {
    "1007": Case(ending(INVALID_ARGUMENT, Moment.SETUP), "went_wrong", 2),
    "1007 while it thinks": Case(ending(INVALID_ARGUMENT, Moment.THINKING), "went_wrong", 2),
    "quota": Case(ending(QUOTA, Moment.SETUP), "quota", 4, issue="quota"),
    "429 at the upgrade": Case(RefuseUpgrade(HTTPStatus.TOO_MANY_REQUESTS), "quota", 4, issue="quota"),
    "overloaded": Case(ending(OVERLOADED, Moment.THINKING), "overloaded", 4, issue="overloaded"),
    "503 at the upgrade": Case(
        RefuseUpgrade(HTTPStatus.SERVICE_UNAVAILABLE), "overloaded", 4, issue="overloaded"
    ),
    "403 at the upgrade": Case(RefuseUpgrade(HTTPStatus.FORBIDDEN), "key_refused", 1, reauth=True),
    "401 at the upgrade": Case(RefuseUpgrade(HTTPStatus.UNAUTHORIZED), "key_refused", 1, reauth=True),
    "a wrong key": Case(ending(WRONG_KEY, Moment.SETUP), "key_refused", 1, reauth=True),
    "a key without access": Case(ending(NO_ACCESS, Moment.SETUP), "key_refused", 1, reauth=True),
    "lost": Case(Drop(at=Moment.THINKING), "no_server", 5),
    "rejected": Case(Rejected(), "rejected", 1),
    "empty": Case(EmptyAnswer(), "not_addressed", 1),
    "not addressed": Case(NotAddressed(), "not_addressed", 1),
    "interrupted by nobody": Case(Phantom(after_ms=0), "cut_off", 2),
}  # fmt: skip


@pytest.mark.parametrize("case", GIVEN_UP.values(), ids=GIVEN_UP)
async def test_what_does_not_help_is_not_done_for_ever_and_the_reason_is_said(
    hass: HomeAssistant, dial: Dial, entry: MockConfigEntry, live: Server, case: Case
) -> None:
    await choose(hass, entry, fallback_generate=False)
    wearable = await dial()
    plans = [live.order(case.fault) for _ in range(case.sessions + 3)]
    await wearable.ask(SHELF)
    await hears(wearable, case.phrase)
    assert sum(plan.taken.is_set() for plan in plans) == case.sessions
    assert len(wearable.all("cue", name="error")) == 1
    assert signs_soon(wearable, plans[: case.sessions])
    await eventually(lambda: issues(hass) == ([case.issue] if case.issue else []))
    assert reauths(hass) == case.reauth
    await over(wearable)


async def test_a_model_that_always_listens_gives_no_answer_where_others_would_say_they_were_not_meant(
    hass: HomeAssistant, dial: Dial, entry: MockConfigEntry, live: Server
) -> None:
    await choose(hass, entry, answerer={"model": MODEL_25}, fallback_generate=False)
    wearable = await dial()
    live.order(EmptyAnswer())
    await wearable.ask(SHELF)
    await hears(wearable, "no_answer")


CUT = {
    "the connection is lost": Drop(at=Moment.SPEAKING, after_ms=300),
    "the session is closed": Close(
        at=Moment.SPEAKING, after_ms=300, ending=Ending(1011, "Internal error encountered.")
    ),
    "the quota ends": Close(at=Moment.SPEAKING, after_ms=300, ending=QUOTA),
    "the server thinks that somebody spoke": Phantom(after_ms=300),
}


@pytest.mark.parametrize("fault", CUT.values(), ids=CUT)
async def test_an_answer_that_was_heard_in_part_is_said_to_be_cut_off_and_not_repeated(
    hass: HomeAssistant, dial: Dial, live: Server, brains: Brains, fault: Order
) -> None:
    brains.first.text = "Third shelf of five from the top, far right, a green bag."
    wearable = await dial(speaker={"rate_hz": 24000, "buffer_ms": 400})
    plan = live.order(fault)
    await wearable.ask(SHELF)
    await wearable.until(lambda: told(wearable)[-1:] == ["cut_off"], 20)
    assert told(wearable, brains.first.text) == [f"{brains.first.text} ...", "cut_off"]
    flush = wearable.order.index("flush")
    assert "cue" in wearable.order[flush:], "what was still in the speaker is stopped, then the error is heard"
    assert len(brains.made) == 1 and len(brains.first.sounds) == 1, "not asked again"
    assert signs_soon(wearable, [plan])
    wearable.forget()
    await wearable.ask(SHELF)
    await wearable.until(lambda: told(wearable, ANSWER)[-1:] == [ANSWER])


@pytest.mark.parametrize("pongs", [True, False], ids=["pongs", "no pongs"])
@pytest.mark.parametrize("moment", [Moment.QUESTION, Moment.THINKING], ids=["in the question", "while it thinks"])
async def test_a_server_that_falls_silent_is_given_up_after_a_while_and_until_then_the_person_is_kept_company(
    hass: HomeAssistant,
    dial: Dial,
    entry: MockConfigEntry,
    live: Server,
    moment: Moment,
    pongs: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Answerer, "patience_s", 2.0)
    await choose(hass, entry, fallback_generate=False)
    wearable = await dial()
    plan = live.order(GoSilent(at=moment, pongs=pongs))
    await wearable.ask(SHELF)
    await hears(wearable, "no_answer")
    assert wearable.all("cue", name="thinking") and wearable.all("cue", name="error")
    assert signs_soon(wearable, [plan])
    await over(wearable)


async def test_silence_in_the_middle_of_an_answer_is_filled_and_then_said_to_be_its_end(
    hass: HomeAssistant, dial: Dial, live: Server, monkeypatch: pytest.MonkeyPatch, brains: Brains
) -> None:
    monkeypatch.setattr(Answerer, "patience_s", 2.5)
    brains.first.text = "Third shelf of five from the top, far right, a green bag."
    wearable = await dial()
    live.order(GoSilent(at=Moment.SPEAKING, after_ms=400))
    await wearable.ask(SHELF)
    await wearable.until(lambda: told(wearable)[-1:] == ["cut_off"])
    assert told(wearable, brains.first.text) == [f"{brains.first.text} ...", "cut_off"]
    assert wearable.all("cue", name="thinking"), "while nothing came"


async def test_a_setup_that_is_never_complete_is_tried_once_more(
    dial: Dial, live: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 3 <= session._SETUP_LIMIT_S <= 8, "a slow network is no fault, and nobody waits for longer"
    monkeypatch.setattr(session, "_SETUP_LIMIT_S", 1.0)
    wearable = await dial()
    live.order(LateSetup(None))
    await wearable.ask(SHELF)
    await hears(wearable, ANSWER)


async def test_where_no_setup_is_ever_complete_the_person_hears_so_and_is_kept_company_until_then(
    hass: HomeAssistant, dial: Dial, entry: MockConfigEntry, live: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_SETUP_LIMIT_S", 1.0)
    await choose(hass, entry, fallback_generate=False)
    wearable = await dial()
    for _ in range(8):
        live.order(LateSetup(None))
    await wearable.ask(SHELF)
    asked_s = hass.loop.time()
    await hears(wearable, "no_server", timeout_s=20)
    first = wearable.order.index("speak")
    signs = [
        asked_s,
        *(at_s for kind, at_s in zip(wearable.order[:first], wearable.times_s, strict=False) if kind == "cue"),
    ]
    assert max(later - earlier for earlier, later in pairwise(signs)) < SIGN_WITHIN_S
    await over(wearable)


async def test_frames_that_make_no_sense_do_not_stop_an_answer(
    hass: HomeAssistant, dial: Dial, live: Server, caplog: pytest.LogCaptureFixture
) -> None:
    wearable = await dial()
    live.order(NotJson(count=3))
    await wearable.ask(SHELF)
    await hears(wearable, ANSWER)
    assert "Left out of what the Live server sent" in caplog.text


async def test_a_refused_setup_is_logged_in_its_shape_and_with_nothing_private(
    hass: HomeAssistant, dial: Dial, live: Server, caplog: pytest.LogCaptureFixture
) -> None:
    wearable = await dial()
    live.order(ending(INVALID_ARGUMENT, Moment.SETUP))
    await wearable.ask(SHELF)
    await hears(wearable, ANSWER)
    (line,) = [
        record.getMessage()
        for record in caplog.records
        if record.levelno == logging.WARNING and "The setup was refused" in record.getMessage()
    ]
    assert "report_place" in line and "trigger_tokens" in line
    assert "cannot see" not in line, "the instructions may hold what the person wrote"


async def test_an_answer_after_trouble_with_the_quota_ends_the_repair(
    hass: HomeAssistant, dial: Dial, entry: MockConfigEntry, live: Server
) -> None:
    await choose(hass, entry, fallback_generate=False)
    wearable = await dial()
    for _ in range(4):
        live.order(ending(QUOTA, Moment.SETUP))
    await wearable.ask(SHELF)
    await hears(wearable, "quota")
    await eventually(lambda: issues(hass) == ["quota"])
    wearable.forget()
    await wearable.ask(SHELF)
    await hears(wearable, ANSWER)
    await eventually(lambda: issues(hass) == [])


async def test_the_waits_between_tries_grow_and_differ(
    hass: HomeAssistant, dial: Dial, entry: MockConfigEntry, live: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real waits shortened to a fifth, and chance in the test's hands."""
    monkeypatch.setattr("custom_components.shelfsight.live.retrying._DELAYS_S", (0.1, 0.2, 0.4, 0.8))
    chances = iter([0.0, 1.0, 0.0])
    entry.runtime_data.answering.chance = lambda: next(chances)
    wearable = await dial()
    plans = [live.order(ending(QUOTA, Moment.UPGRADE)) for _ in range(3)]
    await wearable.ask(SHELF)
    await hears(wearable, ANSWER)
    at_s = [plan.acted_at_s[0] for plan in plans]
    assert [0.05 <= at_s[1] - at_s[0] < 0.2, 0.2 <= at_s[2] - at_s[1] < 0.4] == [True, True], at_s
