"""One session with a server that was ordered to do what it should not: what the session makes of it, and what the log says."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from google.genai import types
import pytest

from custom_components.shelfsight.live.events import Heard, Interrupted, Said, Sound, SoundOver, TurnOver, Wrote
from custom_components.shelfsight.live.faults import LiveError, Trouble
from local_live import orders, wire
from local_live.orders import Moment, Order
from tests.conformance.other_end import KEY, OtherEnd, events_of, jpeg, other_end, said, sound
from tests.local_live.server_parts import Brains

QUESTION = "Where is grandmother's bread?"
WHOLE_BYTES = 48_000  # the voice hums for one second


def left_out(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says of frames that should not have come."""
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


ODD: dict[str, tuple[orders.OddFrames, list[str], int]] = {
    "empty frames": (orders.EmptyFrames(count=20), [], 0),
    "fields that nobody knows": (
        orders.UnknownFields(count=3),
        [
            "moonPhase: unknown field",
            "serverContent.weather: unknown field",
            "serverContent.modelTurn.mood: unknown field",
            "serverContent.modelTurn.parts[0].hologram: unknown field",
        ],
        0,
    ),
    "wrong base64": (
        orders.WrongBase64(count=3),
        ["serverContent.modelTurn.parts[0].inlineData.data: not base64"],
        0,
    ),
    "half a sample": (
        orders.OddBytes(count=3),
        ["serverContent.modelTurn.parts[0].inlineData.data: half a sample"],
        0,
    ),
    "sound at another rate": (
        orders.OtherRate(rate_hz=8_000, count=3),
        ["serverContent.modelTurn.parts[0].inlineData.mimeType: audio/pcm;rate=8000"],
        0,
    ),
    "a megabyte of text": (
        orders.LongText(),
        ["serverContent.outputTranscription.text: longer than 16384 characters"],
        16_384,
    ),
    "no JSON": (orders.NotJson(count=3), ["frame: not JSON"], 0),
}


@pytest.mark.parametrize("moment", [Moment.QUESTION, Moment.THINKING, Moment.SPEAKING, Moment.AFTER_TURN])
@pytest.mark.parametrize(("order", "faults", "more_characters"), ODD.values(), ids=ODD)
async def test_frames_that_should_not_come_are_named_in_the_log_and_cost_no_answer(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    order: orders.OddFrames,
    faults: list[str],
    more_characters: int,
    moment: Moment,
) -> None:
    changed = type(order)(**{name: getattr(order, name) for name in order.__dataclass_fields__} | {"at": moment})
    async with other_end(tmp_path, caplog) as end:
        end.server.order(changed)
        session = await end.open()
        for number in range(3):
            events = await events_of(await session.ask(QUESTION, jpeg(number)))
            assert len(sound(events)) == WHOLE_BYTES, "all of the answer, and nothing that is none"
            answer = f"Answer number {number + 1}, after {number + 1} pictures."
            assert len(said(events)) - len(answer) in (0, more_characters)
            assert answer in said(events) or more_characters, "the words may begin before and go on after the long text"
            assert isinstance(events[-1], TurnOver)
        assert session.usable
    logged = left_out(caplog)
    assert sorted(logged) == sorted(f"Left out of what the Live server sent: {fault}" for fault in faults), "each once"
    for content in ("grandmother", 'hologram":', "waxing", "nobody can have said", "AAA$"):
        assert not any(content in line for line in logged)


@pytest.mark.parametrize("moment", [Moment.THINKING, Moment.SPEAKING])
@pytest.mark.parametrize(
    ("order", "trouble"),
    [
        (orders.ErrorFrame(), Trouble.NO_SERVER),
        (orders.ErrorFrame(429, f"Quota exceeded for {KEY}", "RESOURCE_EXHAUSTED"), Trouble.QUOTA),
        (orders.ErrorFrame(503, "The model is overloaded.", "UNAVAILABLE"), Trouble.OVERLOADED),
        (orders.ErrorFrame(400, f"API key {KEY} not valid.", "INVALID_ARGUMENT"), Trouble.KEY_REFUSED),
    ],
    ids=["internal", "quota", "overloaded", "key"],
)
async def test_an_error_as_a_frame_ends_the_session_as_what_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, order: orders.ErrorFrame, trouble: Trouble, moment: Moment
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.ErrorFrame(order.code, order.message, order.status, at=moment))
        session = await end.open()
        with pytest.raises(LiveError) as caught:
            await events_of(await session.ask(QUESTION, jpeg(1)))
        assert caught.value.trouble is trouble
        assert KEY not in str(caught.value) and caught.value.__cause__ is None
        assert not session.usable


async def open_and_ask(end: OtherEnd) -> None:
    session = await end.open()
    await events_of(await session.ask(QUESTION, jpeg(1)))


ENDS: dict[str, tuple[Order, Trouble]] = {
    "quota": (orders.Close(orders.QUOTA), Trouble.QUOTA),
    "overloaded": (orders.Close(orders.OVERLOADED), Trouble.OVERLOADED),
    "internal": (orders.Close(orders.INTERNAL_ERROR), Trouble.NO_SERVER),
    "deadline": (orders.Close(orders.DEADLINE), Trouble.NO_SERVER),
    "keepalive": (orders.Close(orders.KEEPALIVE), Trouble.NO_SERVER),
    "invalid": (orders.Close(orders.INVALID_ARGUMENT), Trouble.BAD_REQUEST),
    "wrong key": (orders.Close(orders.WRONG_KEY), Trouble.KEY_REFUSED),
    "no access": (orders.Close(orders.NO_ACCESS), Trouble.KEY_REFUSED),
    "normal": (orders.Close(orders.NORMAL), Trouble.NO_SERVER),
    "dropped": (orders.Drop(), Trouble.NO_SERVER),
}


@pytest.mark.parametrize("moment", [Moment.SETUP, Moment.QUESTION, Moment.THINKING, Moment.SPEAKING])
@pytest.mark.parametrize(("order", "trouble"), ENDS.values(), ids=ENDS)
async def test_an_end_is_what_it_is_whenever_it_comes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, order: Order, trouble: Trouble, moment: Moment
) -> None:
    changed = orders.Close(order.ending, at=moment) if isinstance(order, orders.Close) else orders.Drop(at=moment)
    async with other_end(tmp_path, caplog) as end:
        end.server.order(changed)
        with pytest.raises(LiveError) as caught:
            await open_and_ask(end)
        assert caught.value.trouble is trouble
        assert KEY not in str(caught.value)
    setups = [line for line in left_out(caplog) if "its setup was" in line or "it was" in line]
    assert len(setups) == (1 if trouble is Trouble.BAD_REQUEST else 0), "a refused request tells its setup, once"


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (HTTPStatus.UNAUTHORIZED, Trouble.KEY_REFUSED),
        (HTTPStatus.FORBIDDEN, Trouble.KEY_REFUSED),
        (HTTPStatus.TOO_MANY_REQUESTS, Trouble.QUOTA),
        (HTTPStatus.SERVICE_UNAVAILABLE, Trouble.OVERLOADED),
        (HTTPStatus.BAD_GATEWAY, Trouble.NO_SERVER),
    ],
)
async def test_an_upgrade_that_is_refused_is_sorted_by_its_status(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, status: HTTPStatus, trouble: Trouble
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.RefuseUpgrade(status))
        with pytest.raises(LiveError) as caught:
            await end.open()
        assert caught.value.trouble is trouble
        assert caught.value.__cause__ is None and KEY not in str(caught.value)


SHAPES: dict[str, tuple[Order, list[type[Any]]]] = {
    "nothing": (orders.EmptyAnswer(), [SoundOver, TurnOver]),
    "not addressed": (orders.NotAddressed(), [TurnOver]),
    "rejected": (orders.Rejected(), [TurnOver]),
    "only words": (orders.TranscriptOnly(), [Said, SoundOver, TurnOver]),
    "only text": (orders.TextOnly(), [Wrote, SoundOver, TurnOver]),
    "interrupted by nobody": (orders.Phantom(), [Sound, Interrupted, TurnOver]),
    "with thoughts": (orders.Thoughts("Where does she live?"), [Sound, SoundOver, TurnOver]),
    "with a late end": (orders.LateTurnComplete(0.2), [Sound, SoundOver, TurnOver]),
}


@pytest.mark.parametrize(("order", "kinds"), SHAPES.values(), ids=SHAPES)
async def test_an_answer_that_is_none_comes_as_what_it_is_and_the_next_is_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, order: Order, kinds: list[type[Any]]
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(order)
        session = await end.open()
        events = await events_of(await session.ask(QUESTION, jpeg(1)))
        found = list(dict.fromkeys(type(event) for event in events if not isinstance(event, Heard)))
        assert [kind for kind in found if kind is not Said or kind in kinds] == kinds
        last = events[-1]
        assert isinstance(last, TurnOver)
        assert last.reason == ("RESPONSE_REJECTED" if isinstance(order, orders.Rejected) else None)
        assert last.usage.total > 0, "it is paid for all the same"
        assert "Where does she live?" not in repr(events)
        assert len(sound(await events_of(await session.ask(QUESTION, jpeg(2))))) == WHOLE_BYTES


# --- tools ------------------------------------------------------------------------------------------------------------


class SlowBox:
    """A tool of the house that lasts until it is told to end."""

    instructions = ""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun = asyncio.Semaphore(0)
        self.cancelled = asyncio.Semaphore(0)

    @property
    def declarations(self) -> Sequence[types.FunctionDeclaration]:
        return [types.FunctionDeclaration(name="lamp", description="Switches a lamp.")]

    async def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.begun.release()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.release()
            raise
        return {"status": "ok", "result": [name, arguments]}


async def answers_of(end: OtherEnd, count: int) -> list[wire.ToolAnswer]:
    async with asyncio.timeout(5):
        while True:
            answers = [answer for message in end.sent(wire.ToolAnswers) for answer in message.answers]
            if len(answers) >= count:
                return answers
            await asyncio.sleep(0.005)


async def test_a_tool_that_nobody_declared_is_refused_and_the_question_is_answered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.CallTool("unlock_the_door", {"pin": "1234"}, at=Moment.THINKING, turn=None))
        session = await end.open(toolbox=SlowBox())
        for number in range(2):
            assert len(sound(await events_of(await session.ask(QUESTION, jpeg(number))))) == WHOLE_BYTES
        first, _ = await answers_of(end, 2)
        assert (first.response["status"], first.response["retryable"]) == ("error", False)
    assert left_out(caplog) == ["A tool was not called: toolCall.functionCalls[].name: not a tool that was declared"]
    assert "1234" not in caplog.text


async def test_nine_calls_at_once_are_eight_and_one_that_may_come_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    box = SlowBox()
    async with other_end(tmp_path, caplog) as end:
        end.server.order(*[orders.CallTool("lamp", {"number": n}, at=Moment.QUESTION) for n in range(9)])
        session = await end.open(toolbox=box)
        turn = await session.ask(QUESTION, jpeg(1))
        (refused,) = await answers_of(end, 1)
        assert (refused.response["status"], refused.response["retryable"]) == ("error", True)
        box.gate.set()
        answers = await answers_of(end, 9)
        assert sorted(answer.response["result"][1]["number"] for answer in answers[1:]) == list(range(8))
        assert len(sound(await events_of(turn))) == WHOLE_BYTES


async def test_a_call_that_the_server_cancels_is_cancelled_in_the_house(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    box = SlowBox()
    brains = Brains()
    brains.first.gate.clear()
    async with other_end(tmp_path, caplog, brains) as end:
        end.server.order(orders.CancelledCall("lamp", at=Moment.QUESTION, cancel_after_ms=50))
        session = await end.open(toolbox=box)
        turn = await session.ask(QUESTION, jpeg(1))
        await asyncio.wait_for(box.begun.acquire(), 5)
        await asyncio.wait_for(box.cancelled.acquire(), 5)
        brains.first.gate.set()
        assert len(sound(await events_of(turn))) == WHOLE_BYTES
        assert not end.sent(wire.ToolAnswers)


async def test_a_question_over_a_running_call_cancels_it_where_the_server_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    box = SlowBox()
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.CallTool("lamp", at=Moment.THINKING))
        session = await end.open("gemini-2.5-flash-native-audio-preview-12-2025", toolbox=box)
        await session.ask(QUESTION, jpeg(1))
        await asyncio.wait_for(box.begun.acquire(), 5)
        async with asyncio.timeout(5):
            events = await events_of(await session.ask(QUESTION, jpeg(2)))
        assert len(sound(events)) == WHOLE_BYTES


@pytest.mark.parametrize("how", ["closed", "dropped"])
async def test_calls_end_with_their_session(tmp_path: Path, caplog: pytest.LogCaptureFixture, how: str) -> None:
    box = SlowBox()
    async with other_end(tmp_path, caplog) as end:
        drop = [orders.Drop(at=Moment.THINKING)] if how == "dropped" else []
        end.server.order(*[orders.CallTool("lamp", at=Moment.QUESTION) for _ in range(3)], *drop)
        session = await end.open(toolbox=box)
        turn = await session.ask(QUESTION, jpeg(1))
        for _ in range(3):
            await asyncio.wait_for(box.begun.acquire(), 5)
        if how == "dropped":
            with pytest.raises(LiveError):
                await events_of(turn)
        await session.close()
        for _ in range(3):
            await asyncio.wait_for(box.cancelled.acquire(), 1)
        assert not end.sent(wire.ToolAnswers)


async def test_a_result_whose_session_has_died_is_given_to_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    box = SlowBox()
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.CallTool("lamp", at=Moment.QUESTION), orders.Drop(at=Moment.THINKING))
        session = await end.open(toolbox=box)
        turn = await session.ask(QUESTION, jpeg(1))
        await asyncio.wait_for(box.begun.acquire(), 5)
        with pytest.raises(LiveError):
            await events_of(turn)
        box.gate.set()
        await asyncio.sleep(0.02)
        assert not session.usable
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
