"""The session against a server that does what servers were seen to do when something is wrong."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from custom_components.shelfsight.live import session as session_room
from custom_components.shelfsight.live.accounts import Usage
from custom_components.shelfsight.live.events import Heard, Interrupted, Reported, Said, Sound, SoundOver, TurnOver
from custom_components.shelfsight.live.faults import LiveError, Trouble
from custom_components.shelfsight.live.session import Turn
from tests.conformance.scripted_server import Gemini, session_with

JPEG = b"\xff\xd8\xff\xd9"
PCM = b"\1\0\2\0"
REPORT = {"found": True, "item": "bread", "shelf": 3}


def spoken(pcm: bytes = PCM, **more: Any) -> dict[str, Any]:
    data = base64.b64encode(pcm).decode()
    return {
        "serverContent": {
            "modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": data}}]},
            **more,
        }
    }


SOUND_OVER = {"serverContent": {"generationComplete": True}}
NINE = Usage(text_in=9)
TURN_OVER = {"serverContent": {"turnComplete": True}, "usageMetadata": {"promptTokenCount": 9}}
CUT = {"serverContent": {"interrupted": True}}


def call(
    name: str = "report_place", arguments: dict[str, Any] | None = None, call_id: str = "call-1"
) -> dict[str, Any]:
    return {
        "toolCall": {
            "functionCalls": [{"name": name, "args": REPORT if arguments is None else arguments, "id": call_id}]
        }
    }


async def events_of(turn: Turn, timeout_s: float = 5) -> list[Any]:
    return [event async for event in turn.events(timeout_s)]


async def test_a_report_is_answered_at_once_and_silently(tmp_path: Path) -> None:
    responses: list[Any] = []

    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(call())
        responses.append(await gemini.hear("tool_response"))
        await gemini.say(spoken(), SOUND_OVER, TURN_OVER)

    async with session_with(tmp_path, script) as (session, _):
        events = await events_of(await session.ask("Where?", JPEG))
    assert isinstance(events[0], Reported) and events[0].place.item == "bread" and events[0].place.shelf == 3
    (response,) = responses[0]["tool_response"]["functionResponses"]
    assert response == {"id": "call-1", "name": "report_place", "response": {"status": "ok"}, "scheduling": "SILENT"}


@pytest.mark.parametrize("model", ["gemini-3.8-live-extended-thinking", "gemini-3.1-flash-live-preview"])
async def test_a_model_that_refuses_scheduling_gets_none(tmp_path: Path, model: str) -> None:
    responses: list[Any] = []

    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(call())
        responses.append(await gemini.hear("tool_response"))
        await gemini.say(spoken(), SOUND_OVER, TURN_OVER)

    async with session_with(tmp_path, script, model=model) as (session, _):
        assert len(await events_of(await session.ask("Where?", JPEG))) == 4
    assert "scheduling" not in responses[0]["tool_response"]["functionResponses"][0]


@pytest.mark.parametrize(
    ("asked", "message"),
    [(call("order_pizza"), "there is no such tool"), (call(arguments={"found": "maybe"}), "needs found")],
    ids=["another tool", "a report of nothing"],
)
async def test_a_call_that_cannot_be_done_gets_an_error_that_is_not_to_be_tried_again(
    tmp_path: Path, asked: dict[str, Any], message: str
) -> None:
    responses: list[Any] = []

    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(asked)
        responses.append(await gemini.hear("tool_response"))
        await gemini.say(spoken(), SOUND_OVER, TURN_OVER)

    async with session_with(tmp_path, script) as (session, _):
        events = await events_of(await session.ask("Where?", JPEG))
    assert [type(event) for event in events] == [Sound, SoundOver, TurnOver]
    response = responses[0]["tool_response"]["functionResponses"][0]["response"]
    assert (response["status"], response["retryable"]) == ("error", False)
    assert message in response["message"]


async def test_a_call_without_a_name_to_answer_to_is_not_answered(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say({"toolCall": {"functionCalls": [{"name": "report_place", "args": REPORT}]}})
        await gemini.say(spoken(), SOUND_OVER, TURN_OVER)

    async with session_with(tmp_path, script) as (session, gemini):
        events = await events_of(await session.ask("Where?", JPEG))
        assert isinstance(events[0], Reported)
        assert not [message for message in gemini.received if "tool_response" in message]


async def test_what_is_left_of_an_answer_that_was_stopped_is_not_heard_in_the_next(tmp_path: Path) -> None:
    second = asyncio.Event()

    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(*[spoken(b"\7\7" * 100)] * 5)
        await gemini.question()
        await second.wait()
        await gemini.say(spoken(b"\7\7"), CUT, TURN_OVER, spoken(), SOUND_OVER, TURN_OVER)

    async with session_with(tmp_path, script) as (session, _):
        first = await session.ask("Where?", JPEG)
        assert isinstance(await first.next_event(), Sound)
        turn = await session.start_speech()
        await session.end_speech()
        second.set()
        assert await events_of(turn) == [Sound(PCM), SoundOver(), TurnOver(NINE + NINE, None)]


async def test_a_turn_that_nobody_reads_does_not_stop_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_room, "_EVENTS_WAITING", 4)

    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(*[spoken()] * 50, SOUND_OVER, TURN_OVER)
        await gemini.question()
        await gemini.say(spoken(b"\7\7"), SOUND_OVER, TURN_OVER)

    async with session_with(tmp_path, script) as (session, _):
        ignored = await session.ask("Where?", JPEG)
        async with asyncio.timeout(5):
            while not ignored._events.full():  # noqa: ASYNC110  # nothing tells of it: there is no event to wait for
                await asyncio.sleep(0.005)
        turn = await session.ask("And now?", JPEG)
        assert (await events_of(turn))[0] == Sound(b"\7\7")


async def test_words_that_come_after_the_sound_are_still_taken(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(
            spoken(), SOUND_OVER, {"serverContent": {"outputTranscription": {"text": "Third shelf."}}}, TURN_OVER
        )

    async with session_with(tmp_path, script) as (session, _):
        turn = await session.ask("Where?", JPEG)
        while not isinstance(await turn.next_event(), SoundOver):
            pass
        assert [event async for event in turn.late_events(5)] == [Said("Third shelf."), TurnOver(NINE, None)]


async def test_a_turns_end_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(spoken(), SOUND_OVER)

    async with session_with(tmp_path, script) as (session, _):
        turn = await session.ask("Where?", JPEG)
        while not isinstance(await turn.next_event(), SoundOver):
            pass
        assert [event async for event in turn.late_events(0.05)] == []


async def test_a_server_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()

    async with session_with(tmp_path, script) as (session, _):
        turn = await session.ask("Where?", JPEG)
        with pytest.raises(LiveError) as caught:
            await events_of(turn, 0.05)
    assert caught.value.trouble is Trouble.NO_ANSWER


async def test_frames_that_hold_nothing_change_nothing(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(
            {"serverContent": {}},
            {"sessionResumptionUpdate": {"newHandle": "x", "resumable": True}},
            {"goAway": {"timeLeft": "50s"}},
            {"toolCallCancellation": {"ids": ["call-7"]}},
            {"serverContent": {"inputTranscription": {"text": "where"}}},
            CUT,
            TURN_OVER,
        )

    async with session_with(tmp_path, script) as (session, _):
        assert await events_of(await session.ask("Where?", JPEG)) == [
            Heard("where"),
            Interrupted(),
            TurnOver(NINE, None),
        ]


ENDS: dict[str, tuple[int, str, Trouble]] = {
    "an internal error": (1011, "Internal error encountered.", Trouble.NO_SERVER),
    "no more quota": (1011, "You exceeded your current quota, please check your plan", Trouble.QUOTA),
    "an invalid argument": (1007, "Request contains an invalid argument.", Trouble.BAD_REQUEST),
    "an expired key": (1008, "API key expired. Please renew the API key.", Trouble.KEY_REFUSED),
    "a clean end": (1000, "", Trouble.NO_SERVER),
}


@pytest.mark.parametrize(("code", "reason", "trouble"), ENDS.values(), ids=ENDS)
async def test_a_session_that_ends_tells_why_to_the_turn_and_to_every_later_question(
    tmp_path: Path, code: int, reason: str, trouble: Trouble
) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(spoken())
        await gemini.connection.close(code, reason)

    async with session_with(tmp_path, script) as (session, _):
        assert session.usable
        turn = await session.ask("Where?", JPEG)
        with pytest.raises(LiveError) as caught:
            await events_of(turn)
        assert caught.value.trouble is trouble
        assert not session.usable
        with pytest.raises(LiveError) as again:
            await session.send_sound(PCM)
        assert again.value is caught.value, "the first reason is the reason"
        with pytest.raises(LiveError):
            await session.ask("And now?", JPEG)


async def test_a_socket_that_is_dropped_is_a_server_that_is_gone(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()
        gemini.connection.transport.abort()

    async with session_with(tmp_path, script) as (session, _):
        with pytest.raises(LiveError) as caught:
            await events_of(await session.ask("Where?", JPEG))
    assert caught.value.trouble is Trouble.NO_SERVER


async def test_an_error_frame_ends_the_session_and_is_not_repeated(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "custom_components.shelfsight")

    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say({"error": {"code": 500, "message": "hunter2"}})

    async with session_with(tmp_path, script) as (session, _):
        with pytest.raises(LiveError) as caught:
            await events_of(await session.ask("Where?", JPEG), 1)
    assert caught.value.trouble is Trouble.NO_SERVER
    assert "hunter2" not in str(caught.value) + caplog.text


@pytest.mark.parametrize("frame", [b"hunter2", b"\xff\xfe\x00", b"[]"], ids=["no JSON", "no text", "a list"])
async def test_a_frame_that_cannot_be_read_is_left_out_and_the_session_goes_on(
    tmp_path: Path, frame: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(frame, {"serverContent": {"outputTranscription": {"text": "Third."}}}, TURN_OVER)

    async with session_with(tmp_path, script) as (session, _):
        assert await events_of(await session.ask("Where?", JPEG), 1) == [Said("Third."), TurnOver(NINE, None)]
        assert session.usable
    assert "frame" in caplog.text and "hunter2" not in caplog.text


async def test_a_closed_session_takes_nothing_more_and_may_be_closed_again(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        return

    async with session_with(tmp_path, script) as (session, _):
        await session.close()
        assert not session.usable
        with pytest.raises(LiveError, match="closed"):
            await session.start_speech()
        await session.close()


async def test_a_session_can_be_closed_while_a_turn_waits(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()

    async with session_with(tmp_path, script) as (session, _):
        turn = await session.ask("Where?", JPEG)
        waiting = asyncio.create_task(turn.next_event())
        await asyncio.sleep(0)
        await session.close()
        assert not waiting.done()
        waiting.cancel()


async def test_whoever_is_cancelled_while_closing_still_leaves(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.connection.wait_closed()

    async with session_with(tmp_path, script) as (session, gemini):
        closing = asyncio.create_task(session.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait({closing})
        await asyncio.wait_for(gemini.connection.wait_closed(), 5)
    assert closing.cancelled()


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8])
async def test_the_socket_is_closed_though_the_server_is_silent_and_the_closer_is_cancelled(
    tmp_path: Path, steps: int
) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()
        gemini.connection.transport.pause_reading()  # the closing handshake is never answered

    async with session_with(tmp_path, script) as (session, gemini):
        await session.ask("Where?", JPEG)
        socket = session._sdk._ws
        closing = asyncio.create_task(session.close())
        for _ in range(steps):  # of the loop, into the closing
            await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait({closing})
        assert closing.cancelled()
        await session.close()
        assert socket.transport.is_closing()
        gemini.connection.transport.abort()


async def test_a_handle_counts_once_the_turn_is_over_in_which_it_came(tmp_path: Path) -> None:
    def handle(name: str) -> dict[str, Any]:
        return {"sessionResumptionUpdate": {"newHandle": name, "resumable": True}}

    looked = asyncio.Semaphore(0)

    async def script(gemini: Gemini) -> None:
        await gemini.say(handle("before"))
        await gemini.question()
        await gemini.say(handle("within"), spoken())
        await gemini.hear("activityEnd")
        await gemini.say(TURN_OVER, spoken())
        await looked.acquire()
        await gemini.say(handle("between"), SOUND_OVER)
        await looked.acquire()
        await gemini.say(TURN_OVER)
        await looked.acquire()
        await gemini.say(handle("after"), spoken())
        await looked.acquire()
        await gemini.say({"sessionResumptionUpdate": {"resumable": False}}, spoken())

    async def handle_at(turn: Turn, kind: type[Any]) -> tuple[str, int] | None:
        """The session's handle once something of this kind has come; only then does the server go on."""
        while not isinstance(await asyncio.wait_for(turn.next_event(), 5), kind):
            pass
        return (session.handle.text, session.handle.turns) if session.handle is not None else None

    async with session_with(tmp_path, script) as (session, _):
        async with asyncio.timeout(5):
            while session.handle is None:  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(0.005)
        turn = await session.ask("Where?", JPEG)
        assert await handle_at(turn, Sound) == ("before", 0), "the turn is not over"
        turn = await session.start_speech()
        await session.end_speech()
        assert await handle_at(turn, Sound) == ("before", 0), "it was broken off"
        looked.release()
        assert await handle_at(turn, SoundOver) == ("before", 0)
        looked.release()
        assert await handle_at(turn, TurnOver) == ("between", 2)
        looked.release()
        assert await handle_at(turn, Sound) == ("after", 2)
        looked.release()
        assert await handle_at(turn, Sound) is None, "resuming was forbidden"


async def test_what_a_turn_cost_does_not_count_for_the_next_one(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(spoken(), SOUND_OVER, TURN_OVER)
        await gemini.question()
        await gemini.say(spoken(), SOUND_OVER, {"serverContent": {"turnComplete": True}})

    async with session_with(tmp_path, script) as (session, _):
        assert (await events_of(await session.ask("Where?", JPEG)))[-1] == TurnOver(NINE, None)
        assert (await events_of(await session.ask("And now?", JPEG)))[-1] == TurnOver(Usage(), None)


async def test_a_turn_that_was_broken_off_is_paid_for_by_the_question_that_broke_it_off(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.question()
        await gemini.say({"serverContent": {"interrupted": True}}, TURN_OVER)
        await gemini.say({"serverContent": {"outputTranscription": {"text": "Third."}}}, TURN_OVER)

    async with session_with(tmp_path, script) as (session, _):
        await session.ask("Where?", JPEG)
        turn = await session.ask("And the milk?", JPEG)
        assert await events_of(turn) == [Said("Third."), TurnOver(NINE + NINE, None)]


async def test_a_turn_that_ends_after_its_answer_was_heard_is_paid_for_by_the_next_question(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(TURN_OVER)
        await gemini.question()
        await gemini.say({"serverContent": {"outputTranscription": {"text": "Third."}}}, TURN_OVER)

    async with session_with(tmp_path, script) as (session, _):
        unread = await session.ask("Where?", JPEG)
        async with asyncio.timeout(5):
            while unread._events.empty():  # noqa: ASYNC110  # nothing tells that a frame was read
                await asyncio.sleep(0.005)
        turn = await session.ask("And the milk?", JPEG)
        assert await events_of(turn) == [Said("Third."), TurnOver(NINE + NINE, None)]


@pytest.mark.parametrize("sound", [1, 600], ids=["an answer", "an answer for which nobody had room"])
async def test_a_turn_that_ends_after_its_answer_was_heard_is_paid_for_when_no_question_follows(
    tmp_path: Path, sound: int
) -> None:
    heard = asyncio.Event()

    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(*[spoken()] * sound, SOUND_OVER)
        await heard.wait()
        await gemini.say(TURN_OVER)

    async with session_with(tmp_path, script) as (session, _):
        turn = await session.ask("Where?", JPEG)
        assert isinstance(await turn.next_event(), Sound)
        settling = asyncio.create_task(session.settle(5))
        await asyncio.sleep(0)
        assert not settling.done()
        heard.set()
        await settling
        assert (session.unclaimed(), session.unclaimed()) == (NINE, Usage()), "once"


async def test_an_end_that_was_read_by_somebody_is_not_paid_for_again(tmp_path: Path) -> None:
    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(spoken(), SOUND_OVER, TURN_OVER)

    async with session_with(tmp_path, script) as (session, _):
        await events_of(await session.ask("Where?", JPEG))
        async with asyncio.timeout(1):
            await session.settle(5)
        assert session.unclaimed() == Usage()


async def test_an_end_that_does_not_come_is_waited_for_no_longer_than_told_and_not_at_all_of_a_session_that_died(
    tmp_path: Path,
) -> None:
    dies = asyncio.Event()

    async def script(gemini: Gemini) -> None:
        await gemini.question()
        await gemini.say(spoken(), SOUND_OVER, {"usageMetadata": {"promptTokenCount": 9}})
        await dies.wait()
        await gemini.connection.close(1011)

    async with session_with(tmp_path, script) as (session, _):
        turn = await session.ask("Where?", JPEG)
        assert isinstance(await turn.next_event(), Sound)
        async with asyncio.timeout(1):
            await session.settle(0.05)
        dies.set()
        async with asyncio.timeout(4):
            await session.settle(60)
        assert session.unclaimed() == NINE, "it was counted, though the turn did not end"
