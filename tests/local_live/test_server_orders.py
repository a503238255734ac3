"""What can be ordered for a session happens, at its moment and only then; over a raw WebSocket."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
import json
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from local_live import orders, wire
from local_live.orders import Moment, Order
from local_live.plans import MAX_PLANS, Plan
from tests.local_live.server_parts import (
    BY_MARKERS,
    MODEL_25,
    TRANSCRIBED,
    Brains,
    close_of,
    contents,
    has_sound,
    hear,
    hear_turn,
    hum,
    kinds,
    raw,
    running,
    say,
    set_up,
    setup_message,
    written,
)

TOOL: dict[str, Any] = {"tools": [{"functionDeclarations": [{"name": "turn_on"}, {"name": "report_place"}]}]}


@asynccontextmanager
async def ordered(
    tmp_path: Path, *orders_: Order, **options: Any
) -> AsyncIterator[tuple[ClientConnection, Plan[Order]]]:
    """A connection for whose session something was ordered."""
    async with running(tmp_path, voice=hum, **options) as server:
        plan = server.order(*orders_)
        async with raw(server) as connection:
            yield connection, plan


async def ask(connection: ClientConnection, question: str = "Where?") -> list[dict[str, Any]]:
    await say(connection, written(question))
    async with asyncio.timeout(5):
        return await hear_turn(connection)


async def frames_until_silence(connection: ClientConnection, for_s: float = 0.15) -> list[dict[str, Any]]:
    frames = []
    while True:
        try:
            frames.append(await asyncio.wait_for(hear(connection), for_s))
        except TimeoutError:
            return frames


async def hear_nothing(connection: ClientConnection, for_s: float = 0.2) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(connection.recv(), for_s)


@pytest.mark.parametrize("status", [401, 403, 429, 503])
async def test_an_upgrade_is_refused_with_a_status_and_the_next_one_is_not(tmp_path: Path, status: int) -> None:
    async with running(tmp_path, voice=hum) as server:
        plan = server.order(orders.RefuseUpgrade(HTTPStatus(status)))
        with pytest.raises(InvalidStatus) as refused:
            async with raw(server):
                pass
        assert refused.value.response.status_code == status
        assert plan.taken.is_set() and plan.acted.is_set()
        async with raw(server) as connection:
            await set_up(connection)


async def test_an_upgrade_can_be_late(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        server.order(orders.LateUpgrade(by_s=5))
        with pytest.raises(TimeoutError):
            async with raw(server, open_timeout=0.2):
                pass


async def test_orders_are_for_one_session_each_and_without_any_it_is_a_plain_one(tmp_path: Path) -> None:
    async with running(tmp_path, voice=hum) as server:
        plans = [server.order(orders.EmptyAnswer()), server.order(), server.order(orders.EmptyAnswer())]
        sound = []
        for _ in range(4):
            async with raw(server) as connection:
                await set_up(connection)
                sound.append(has_sound(await ask(connection)))
    assert sound == [False, True, False, True]
    assert [plan.acted.is_set() for plan in plans] == [True, False, True]


async def test_no_more_plans_wait_than_there_is_room_for(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        for _ in range(MAX_PLANS):
            server.order()
        with pytest.raises(asyncio.QueueFull):
            server.order()


async def reach(connection: ClientConnection, moment: Moment) -> None:
    """Go through a session as far as it takes for a moment to come; not further than the server lets."""
    try:
        if moment is not Moment.UPGRADE:
            await say(connection, setup_message(realtimeInputConfig=BY_MARKERS))
        if moment in {Moment.UPGRADE, Moment.SETUP}:
            return
        await hear(connection)
        await say(connection, {"realtimeInput": {"activityStart": {}}})
        if moment is not Moment.QUESTION:
            await say(connection, {"realtimeInput": {"activityEnd": {}}})
    except ConnectionClosed:
        pass  # which is what was ordered


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize(
    "ending",
    [
        orders.NORMAL,
        orders.QUOTA,
        orders.OVERLOADED,
        orders.INTERNAL_ERROR,
        orders.INVALID_ARGUMENT,
        orders.WRONG_KEY,
        orders.NO_ACCESS,
    ],
    ids=["1000", "quota", "overloaded", "internal", "1007", "key", "access"],
)
async def test_a_session_is_closed_with_code_and_reason_at_any_moment(
    tmp_path: Path, moment: Moment, ending: orders.Ending
) -> None:
    async with ordered(tmp_path, orders.Close(ending, at=moment)) as (connection, plan):
        await reach(connection, moment)
        assert await close_of(connection) == (ending.code, ending.reason)
        assert len(plan.acted_at_s) == 1


@pytest.mark.parametrize("moment", Moment)
async def test_a_connection_is_lost_at_any_moment(tmp_path: Path, moment: Moment) -> None:
    async with ordered(tmp_path, orders.Drop(at=moment)) as (connection, _):
        await reach(connection, moment)
        assert await close_of(connection) == (None, "")


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("pongs", [True, False])
async def test_a_server_goes_silent_at_any_moment_and_the_socket_stays_open(
    tmp_path: Path, moment: Moment, *, pongs: bool
) -> None:
    async with ordered(tmp_path, orders.GoSilent(at=moment, pongs=pongs)) as (connection, plan):
        await reach(connection, moment)
        await asyncio.wait_for(plan.acted.wait(), 5)
        await frames_until_silence(connection)  # what was sent before may still come
        if moment not in {Moment.UPGRADE, Moment.SETUP}:
            await say(connection, {"realtimeInput": {"activityStart": {}}})
            await say(connection, {"realtimeInput": {"activityEnd": {}}})
        assert await frames_until_silence(connection) == []
        pong = await connection.ping()
        if pongs:
            await asyncio.wait_for(pong, 5)
        else:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(pong), 0.2)


async def test_no_code_can_be_ordered_that_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="Drop"):
        orders.Ending(1006)


async def test_an_end_comes_after_so_much_speech(tmp_path: Path) -> None:
    order = orders.Close(orders.INTERNAL_ERROR, after_ms=400)
    async with ordered(tmp_path, order) as (connection, _):
        await set_up(connection)
        await say(connection, written("Where?"))
        for _ in range(5):  # of 80 ms
            assert has_sound([await hear(connection)])
        assert await close_of(connection) == (1011, "Internal error encountered.")


async def test_an_end_comes_so_long_after_its_moment(tmp_path: Path) -> None:
    order = orders.Drop(at=Moment.QUESTION, after_ms=300)
    async with ordered(tmp_path, order) as (connection, plan):
        await set_up(connection)
        assert has_sound(await ask(connection)), "the session goes on until then"
        assert not plan.acted.is_set()
        assert await close_of(connection) == (None, "")


async def test_a_turn_other_than_the_first_can_be_meant(tmp_path: Path) -> None:
    async with ordered(tmp_path, orders.EmptyAnswer(turn=2), orders.Rejected(turn=3)) as (connection, plan):
        await set_up(connection)
        turns = [await ask(connection) for _ in range(4)]
        assert len(plan.acted_at_s) == 2
    assert [has_sound(turn) for turn in turns] == [True, False, False, True]


async def test_every_turn_can_be_meant(tmp_path: Path) -> None:
    async with ordered(tmp_path, orders.EmptyAnswer(turn=None)) as (connection, _):
        await set_up(connection)
        assert not any([has_sound(await ask(connection)) for _ in range(3)])


async def test_the_setup_is_confirmed_late_or_never_and_nothing_may_come_before(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        for by_s in (0.3, None):
            server.order(orders.LateSetup(by_s))
            async with raw(server) as connection:
                await say(connection, setup_message())
                await hear_nothing(connection)
                if by_s:
                    assert await hear(connection) == {"setupComplete": {}}
                else:
                    await say(connection, written("Are you there?"))
                    assert (await close_of(connection))[0] == 1007


async def test_pongs_can_be_slow_while_the_session_goes_on(tmp_path: Path) -> None:
    async with ordered(tmp_path, orders.SlowPongs(by_s=0.4)) as (connection, _):
        await set_up(connection)
        clock = asyncio.get_running_loop().time
        sent_s = clock()
        pong = await connection.ping()
        assert has_sound(await ask(connection))
        assert not pong.done()
        await asyncio.wait_for(pong, 5)
        assert 0.35 < clock() - sent_s < 2


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (orders.EmptyAnswer(), ["inputTranscription", "generationComplete", "turnComplete"]),
        (orders.NotAddressed(), ["inputTranscription", "turnComplete"]),
        (orders.Rejected(), ["inputTranscription", "turnComplete"]),
        (orders.TranscriptOnly(), ["inputTranscription", "outputTranscription", "generationComplete", "turnComplete"]),
        (orders.TextOnly(), ["inputTranscription", "modelTurn", "generationComplete", "turnComplete"]),
        (orders.Phantom(), ["inputTranscription", "modelTurn", "interrupted", "turnComplete"]),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, list) else "",
)
async def test_an_answer_is_none_or_is_not_whole_and_the_next_one_is(
    tmp_path: Path, order: Order, expected: list[str]
) -> None:
    async with ordered(tmp_path, order) as (connection, _):
        await set_up(connection, realtimeInputConfig=BY_MARKERS, **TRANSCRIBED)
        await say(connection, {"realtimeInput": {"activityStart": {}}})
        sound = {"data": "AAAA" * 400, "mimeType": "audio/pcm;rate=16000"}
        await say(connection, {"realtimeInput": {"audio": sound}})
        await say(connection, {"realtimeInput": {"activityEnd": {}}})
        async with asyncio.timeout(5):
            frames = await hear_turn(connection)
        assert has_sound(await ask(connection))
    assert kinds(frames) == expected
    assert has_sound(frames) == isinstance(order, orders.Phantom)
    assert frames[-1]["serverContent"].get("turnCompleteReason") == (
        "RESPONSE_REJECTED" if isinstance(order, orders.Rejected) else None
    )
    assert "usageMetadata" in frames[-1]


async def test_thoughts_come_before_the_answer(tmp_path: Path) -> None:
    async with ordered(tmp_path, orders.Thoughts("Hm.")) as (connection, _):
        await set_up(connection)
        first, *rest = contents(await ask(connection))
    assert first == {"modelTurn": {"parts": [{"text": "Hm.", "thought": True}]}}
    assert "Hm." not in json.dumps(rest)


async def test_the_end_of_a_turn_can_be_late_and_can_be_interrupted(tmp_path: Path) -> None:
    async with ordered(tmp_path, orders.LateTurnComplete(by_s=60)) as (connection, _):
        await set_up(connection)
        await say(connection, written("Where?"))
        async with asyncio.timeout(5):
            while "generationComplete" not in (await hear(connection))["serverContent"]:
                pass
        await hear_nothing(connection)
        assert kinds(await ask(connection)) == ["interrupted", "turnComplete"]


def sound_bytes(frame: bytes) -> list[int]:
    """How many bytes of sound each part of a frame holds."""
    parts = json.loads(frame).get("serverContent", {}).get("modelTurn", {}).get("parts", [])
    return [len(base64.b64decode(part["inlineData"]["data"])) for part in parts if "inlineData" in part]


@pytest.mark.parametrize(
    ("order", "marks"),
    [
        (orders.EmptyFrames(count=3), '{"serverContent":{}}'),
        (orders.UnknownFields(), "moonPhase"),
        (orders.WrongBase64(), "AAA$%&/()=?"),
        (orders.OddBytes(), "rate=24000"),
        (orders.OtherRate(rate_hz=8000), "audio/pcm;rate=8000"),
        (orders.LongText(characters=1_048_576), "nobody can have said"),
        (orders.NotJson(), '{"serverContent": {"modelTurn": '),
        (orders.ErrorFrame(code=503, message="Busy.", status="UNAVAILABLE"), '"status": "UNAVAILABLE"'),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
@pytest.mark.parametrize("moment", [Moment.QUESTION, Moment.THINKING, Moment.SPEAKING, Moment.AFTER_TURN])
async def test_frames_that_should_not_be_come_between_those_that_should(
    tmp_path: Path, order: orders.OddFrames, marks: str, moment: Moment
) -> None:
    changed = type(order)(**{name: getattr(order, name) for name in order.__dataclass_fields__} | {"at": moment})
    async with running(tmp_path, voice=hum) as server:
        server.order(changed)
        async with raw(server, max_size=None) as connection:
            await set_up(connection)
            await say(connection, written("Where?"))
            frames: list[bytes] = []
            async with asyncio.timeout(5):
                while not frames or b'"turnComplete"' not in frames[-1]:
                    frames.append(await connection.recv(decode=False))
                if moment is Moment.AFTER_TURN:
                    frames += [await connection.recv(decode=False) for _ in range(order.count)]
                assert has_sound(await ask(connection)), "the session goes on"
    odd = [number for number, frame in enumerate(frames) if marks.encode() in frame]
    if isinstance(order, orders.OddBytes):  # that one looks like any other
        odd = [number for number, frame in enumerate(frames) if any(length % 2 for length in sound_bytes(frame))]
    assert len(odd) == order.count
    if isinstance(order, orders.LongText):
        assert len(frames[odd[0]]) > 1_048_576


async def test_a_tool_is_called_that_was_declared_and_its_response_is_waited_for_as_the_model_does(
    tmp_path: Path,
) -> None:
    messages: list[wire.ClientMessage] = []
    options = {"witness": lambda _number, message: messages.append(message)}
    order = orders.CallTool("turn_on", {"light": "hall"}, at=Moment.THINKING)
    async with ordered(tmp_path, order, **options) as (connection, _):
        await set_up(connection, MODEL_25, **TOOL)
        await say(connection, written("Light!"))
        (call,) = (await hear(connection))["toolCall"]["functionCalls"]
        await hear_nothing(connection)
        response = {"id": call["id"], "name": call["name"], "response": {"status": "ok"}}
        await say(connection, {"toolResponse": {"functionResponses": [response]}})
        async with asyncio.timeout(5):
            assert has_sound(await hear_turn(connection))
    assert (call["name"], call["args"]) == ("turn_on", {"light": "hall"})
    (answers,) = [message for message in messages if isinstance(message, wire.ToolAnswers)]
    assert answers.answers[0].response == {"status": "ok"}
    assert answers.answers[0].name == "turn_on"


@pytest.mark.parametrize("name", ["turn_on", "unlock_the_door"])
async def test_the_default_model_waits_for_no_response(tmp_path: Path, name: str) -> None:
    async with ordered(tmp_path, orders.CallTool(name)) as (connection, _):
        await set_up(connection, **TOOL)
        frames = await ask(connection)
    (call,) = [frame["toolCall"]["functionCalls"][0] for frame in frames if "toolCall" in frame]
    assert call["name"] == name
    assert has_sound(frames)


async def test_a_tool_that_nobody_declared_is_not_waited_for_by_any_model(tmp_path: Path) -> None:
    async with ordered(tmp_path, orders.CallTool("unlock_the_door", at=Moment.THINKING)) as (connection, _):
        await set_up(connection, MODEL_25, **TOOL)
        assert has_sound(await ask(connection))


async def test_a_call_is_cancelled(tmp_path: Path) -> None:
    order = orders.CancelledCall("turn_on", at=Moment.QUESTION, cancel_after_ms=20)
    async with ordered(tmp_path, order) as (connection, _):
        await set_up(connection, **TOOL)
        await say(connection, {"clientContent": {"turns": [], "turnComplete": True}})
        calls: list[str] = []
        cancelled: list[str] = []
        async with asyncio.timeout(5):
            while not cancelled:
                frame = await hear(connection)
                calls += [call["id"] for call in frame.get("toolCall", {}).get("functionCalls", [])]
                cancelled += frame.get("toolCallCancellation", {}).get("ids", [])
    assert calls == cancelled


@pytest.mark.parametrize("then", orders.Then)
async def test_go_away_is_said_and_then_the_session_ends(tmp_path: Path, then: orders.Then) -> None:
    async with ordered(tmp_path, orders.GoAway(0.3, then, at=Moment.AFTER_TURN)) as (connection, _):
        await set_up(connection)
        await ask(connection)
        assert await hear(connection) == {"goAway": {"timeLeft": "0.3s"}}
        assert has_sound(await ask(connection)), "it is still there until then"
        match then:
            case orders.Then.CLOSE:
                assert (await close_of(connection))[0] == 1011
            case orders.Then.DROP:
                assert await close_of(connection) == (None, "")
            case orders.Then.SILENCE:
                await asyncio.sleep(0.4)
                await say(connection, written("Still there?"))
                await hear_nothing(connection)


async def test_a_server_with_sessions_of_every_kind_ends_at_once(tmp_path: Path) -> None:
    brains = Brains()
    brains.first.gate.clear()
    clock = asyncio.get_running_loop().time
    async with running(tmp_path, brains, voice=hum) as server:
        server.order()
        server.order(orders.GoSilent(at=Moment.THINKING))
        server.order(orders.LateSetup(None))
        async with raw(server) as thinking, raw(server) as silent, raw(server) as opening:
            await set_up(thinking)
            await set_up(silent)
            await say(thinking, written("Where?"))
            await say(silent, written("Where?"))
            await say(opening, setup_message())
            await asyncio.wait_for(brains.first.asked.wait(), 5)
            began_s = clock()
            await server.close()
            assert (await close_of(thinking))[0] == 1001
            assert (await close_of(opening))[0] == 1001
            await close_of(silent)
    assert clock() - began_s < 1.5
    assert server.open_sessions == 0
