"""The model's function calls: one response for each, in words that say what to do; a cancelled one is cancelled."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from google.genai import types
import pytest

from custom_components.shelfsight.live.calls import Calls

REPORT = {"found": True, "item": "bread"}


class LampBox:
    """A box with one tool, `lamp`, whose calls last until the test lets go of them."""

    def __init__(self) -> None:
        self.called: list[dict[str, Any]] = []
        self.cancelled: list[dict[str, Any]] = []
        self.gate = asyncio.Event()
        self.begun = asyncio.Semaphore(0)

    @property
    def declarations(self) -> Sequence[types.FunctionDeclaration]:
        return [types.FunctionDeclaration(name="lamp", description="Switches a lamp.")]

    instructions = ""

    async def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert name == "lamp"
        self.called.append(arguments)
        self.begun.release()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(arguments)
            raise
        return {"status": "ok", "result": arguments}


class Desk:
    """Calls, and what came of them: `reports` and `responses` by the call's id."""

    def __init__(self, box: LampBox | None, *, reports: bool = True) -> None:
        self.reports: list[dict[str, Any]] = []
        self.responses: list[tuple[str | None, dict[str, Any]]] = []
        self.responded = asyncio.Semaphore(0)
        self.calls = Calls(box, self._report if reports else None, self._respond)

    async def _report(self, arguments: dict[str, Any]) -> None:
        if "found" not in arguments:
            raise ValueError("a report needs found")
        self.reports.append(arguments)

    async def _respond(self, call: types.FunctionCall, response: dict[str, Any]) -> None:
        self.responses.append((call.id, response))
        self.responded.release()


@asynccontextmanager
async def desk(box: LampBox | None = None) -> AsyncIterator[Desk]:
    made = Desk(box)
    try:
        yield made
    finally:
        await made.calls.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "shelfsight tool"]


def call(name: str | None = "lamp", call_id: str | None = "c1", **arguments: Any) -> types.FunctionCall:
    return types.FunctionCall(id=call_id, name=name, args=arguments)


async def test_a_report_is_taken_and_answered_before_anything_else_is_done() -> None:
    async with desk() as one:
        await one.calls.begin(call("report_place", **REPORT))
        assert (one.reports, one.responses) == ([REPORT], [("c1", {"status": "ok"})])


async def test_a_report_that_says_nothing_is_an_error_that_is_not_to_be_tried_again() -> None:
    async with desk() as one:
        await one.calls.begin(call("report_place"))
        assert one.responses == [("c1", {"status": "error", "retryable": False, "message": "a report needs found"})]


async def test_a_report_without_arguments_is_one_too() -> None:
    async with desk() as one:
        await one.calls.begin(types.FunctionCall(id="c1", name="report_place", args=None))
        assert one.responses[0][1]["status"] == "error"


async def test_a_report_without_an_id_is_taken_and_not_answered() -> None:
    async with desk() as one:
        await one.calls.begin(call("report_place", None, **REPORT))
        assert (one.reports, one.responses) == ([REPORT], [])


async def test_a_report_that_was_not_declared_is_a_tool_that_is_not_there() -> None:
    one = Desk(None, reports=False)
    await one.calls.begin(call("report_place", **REPORT))
    assert (one.reports, one.responses[0][1]["message"]) == ([], "there is no such tool")


async def test_a_tool_runs_beside_the_session_and_its_result_is_given_back_as_it_is() -> None:
    box = LampBox()
    async with desk(box) as one:
        await one.calls.begin(call(on=True))
        assert one.responses == [], "the session goes on meanwhile"
        box.gate.set()
        await one.responded.acquire()
        assert one.responses == [("c1", {"status": "ok", "result": {"on": True}})]


@pytest.mark.parametrize("name", ["unlock_the_door", "", None, "LAMP"])
@pytest.mark.parametrize("has_box", [True, False])
async def test_a_tool_that_was_not_declared_is_refused_for_good_and_never_called(
    name: str | None, has_box: bool, caplog: pytest.LogCaptureFixture
) -> None:
    box = LampBox()
    async with desk(box if has_box else None) as one:
        await one.calls.begin(call(name, pin="1234"))
        ((call_id, response),) = one.responses
        assert (call_id, response["status"], response["retryable"]) == ("c1", "error", False)
        assert response["message"]
    assert box.called == []
    assert "functionCalls" in caplog.text, "the log names the field"
    assert "1234" not in caplog.text and "unlock" not in caplog.text, "and nothing of what stood there"


async def test_a_model_that_calls_what_does_not_exist_again_and_again_fills_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with desk() as one:
        for number in range(50):
            await one.calls.begin(call("unlock_the_door", f"c{number}"))
        assert len(one.responses) == 50
    assert len(caplog.records) == 1


async def test_a_tool_without_an_id_is_not_called_because_its_result_could_not_be_given_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    box = LampBox()
    async with desk(box) as one:
        await one.calls.begin(call(call_id=None))
        await asyncio.sleep(0)
        assert (box.called, one.responses) == ([], [])
    assert "functionCalls" in caplog.text and ".id" in caplog.text


async def test_the_ninth_at_once_is_to_come_again_and_the_others_run() -> None:
    box = LampBox()
    async with desk(box) as one:
        for number in range(9):
            await one.calls.begin(call(call_id=f"c{number}", number=number))
        ((call_id, response),) = one.responses
        assert (call_id, response["status"], response["retryable"]) == ("c8", "error", True)
        box.gate.set()
        for _ in range(9):
            await one.responded.acquire()
        assert sorted(str(call_id) for call_id, response in one.responses if response["status"] == "ok") == [
            f"c{number}" for number in range(8)
        ]
        await one.calls.begin(call(call_id="c9"))
        await one.responded.acquire()
        assert one.responses[-1][1]["status"] == "ok", "there is room again"


async def test_a_call_that_is_cancelled_is_cancelled_and_gives_no_result() -> None:
    box = LampBox()
    async with desk(box) as one:
        await one.calls.begin(call(call_id="c1", number=1))
        await one.calls.begin(call(call_id="c2", number=2))
        for _ in range(2):
            await box.begun.acquire()
        one.calls.cancel(["c1", "never heard of"])
        box.gate.set()
        await one.responded.acquire()
        assert box.cancelled == [{"number": 1}]
        assert [call_id for call_id, _ in one.responses] == ["c2"]


async def test_a_second_call_with_the_id_of_one_that_runs_is_not_begun() -> None:
    box = LampBox()
    async with desk(box) as one:
        await one.calls.begin(call(number=1))
        await box.begun.acquire()
        await one.calls.begin(call(number=2))
        await asyncio.sleep(0)
        assert box.called == [{"number": 1}]
        one.calls.cancel(["c1"])
        await asyncio.sleep(0)
        assert box.cancelled == [{"number": 1}]


async def test_an_id_may_be_used_again_when_its_call_is_over() -> None:
    box = LampBox()
    box.gate.set()
    async with desk(box) as one:
        for _ in range(2):
            await one.calls.begin(call())
            await one.responded.acquire()
            await asyncio.sleep(0)
        assert [response["status"] for _, response in one.responses] == ["ok", "ok"]


async def test_closing_cancels_what_runs_and_waits_for_its_end() -> None:
    box = LampBox()
    async with desk(box) as one:
        for number in range(3):
            await one.calls.begin(call(call_id=f"c{number}", number=number))
            await box.begun.acquire()
        await one.calls.close()
        assert len(box.cancelled) == 3
        assert one.responses == []
