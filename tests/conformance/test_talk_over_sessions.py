"""A talk that outlives its sessions, over TLS against a server that refuses a handle while its session is connected."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from custom_components.shelfsight.live.accounts import Usage
from custom_components.shelfsight.live.faults import LiveError, Trouble
from custom_components.shelfsight.live.session import LiveSession
from custom_components.shelfsight.live.talk import Limits, Talk
from custom_components.shelfsight.sound.utterance import Utterance
from local_live import orders, wire
from local_live.orders import Moment, Order
from tests.conformance.other_end import CHUNK_BYTES, ask, events_of, jpeg, other_end, said, sound, usage, voice

ROTATE_S = 480.0
SOON = Limits(rotate_after_s=ROTATE_S)
EVERY_TURN = Limits(rotate_after_s=0.0)


async def until_dead(session: LiveSession) -> None:
    """Wait until the session has died; a turn that nobody answers tells of it."""
    turn = await session.start_speech()
    with pytest.raises(LiveError):
        await events_of(turn)


# --- when a session is changed ----------------------------------------------------------------------------------------


async def test_turns_share_a_session_as_long_as_it_is_young(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with other_end(tmp_path, caplog) as end:
        talk = end.talk(SOON)
        for number in range(5):
            assert (
                said(await ask(talk, f"Question {number}"))
                == f"Answer number {number + 1}, after {number + 1} pictures."
            )
            end.ahead_s += ROTATE_S / 6
        await talk.close()
        assert (len(end.setups), talk.rotations) == (1, 0)


async def test_an_old_session_is_resumed_between_turns_in_another_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?", jpeg(1))
        first = await talk.session()
        end.ahead_s += ROTATE_S
        events = await ask(talk, "And the milk?", jpeg(2))
        second = await talk.session()
        assert first is not second
        assert (len(end.setups), talk.rotations) == (2, 1)
        assert end.setups[1].resumption_handle == end.handles[0]
        assert end.open_at_setup == [1, 1], "the old socket was closed first"
        assert end.setups[1].system_text == end.setups[0].system_text, "what the handle covers is not told again"
        assert usage(events).image_in == 512, "the context came along"
        await talk.close()


async def test_a_session_grown_old_in_a_turn_is_changed_when_the_turn_is_over_and_not_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        talk = end.talk(SOON)
        session = await talk.session()
        turn = await session.ask("Where is the bread?", jpeg(1))
        end.ahead_s += ROTATE_S
        events = await events_of(turn)
        assert len(sound(events)) == 48_000, "nothing of the answer is cut"
        assert len(end.setups) == 1
        talk.answered("Where is the bread?", said(events), usage(events))
        assert (await talk.session()) is not session, (
            "opened without being asked for, to be there for the next question"
        )
        assert end.setups[1].resumption_handle == end.handles[0]
        await talk.close()


@pytest.mark.parametrize("then", orders.Then)
async def test_the_servers_go_away_changes_the_session_between_turns(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, then: orders.Then
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.GoAway(30, then, at=Moment.SPEAKING, after_ms=300))
        talk = end.talk(SOON)
        events = await ask(talk, "Where is the bread?")
        assert len(sound(events)) == 48_000, "the answer goes on"
        await ask(talk, "And the milk?")
        assert [setup.resumption_handle for setup in end.setups] == [None, end.handles[0]]
        assert talk.rotations == 1
        await talk.close()


@pytest.mark.parametrize("pongs", [True, False])
async def test_a_server_that_went_silent_without_a_word_is_left_by_the_timer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, pongs: bool
) -> None:
    async with other_end(tmp_path, caplog) as end:
        plan = end.server.order(orders.GoSilent(at=Moment.AFTER_TURN, pongs=pongs))
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?")
        await asyncio.wait_for(plan.acted.wait(), 5)
        end.ahead_s += ROTATE_S
        async with asyncio.timeout(5):
            assert said(await ask(talk, "And the milk?"))
        assert end.setups[1].resumption_handle == end.handles[0]
        await talk.close()


async def test_a_session_that_went_silent_in_a_question_is_dropped_and_the_question_asked_in_another(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.GoSilent(at=Moment.THINKING, turn=2))
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?")
        turn = await (await talk.session()).ask("And the milk?", jpeg(2))
        with pytest.raises(LiveError) as caught:
            [event async for event in turn.events(0.1)]
        assert caught.value.trouble is Trouble.NO_ANSWER
        await talk.drop()
        assert said(await ask(talk, "And the milk?"))
        assert end.setups[1].resumption_handle == end.handles[0], "covers the first turn, and nothing of the second"
        await talk.close()


async def test_fifty_turns_over_fifty_sessions_answer_each_its_own_question(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        talk = end.talk(EVERY_TURN)
        for number in range(50):
            assert said(await ask(talk, f"Question {number}")).startswith("Answer number 1, ")
            assert end.brain().questions == [f"Question {number}"]
        await talk.close()
        assert talk.rotations >= 49
        assert set(end.open_at_setup) == {1}
        given = [setup.resumption_handle for setup in end.setups]
        assert given[0] is None and len(set(given)) == len(given), "each resumes from the newest"


# --- which handle, and what is told as text ---------------------------------------------------------------------------


async def test_a_server_that_forbids_resuming_gets_a_fresh_session_with_the_talk_as_text(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.Unresumable(turn=2))
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?")
        await ask(talk, "And the milk?")
        end.ahead_s += ROTATE_S
        await ask(talk, "What does it cost?")
        assert [setup.resumption_handle for setup in end.setups] == [None, None], "an earlier handle would be stale"
        assert end.setups[1].system_text.endswith(
            "The talk so far:\n"
            "Person: Where is the bread?\nYou: Answer number 1, after 1 pictures.\n"
            "Person: And the milk?\nYou: Answer number 2, after 2 pictures."
        )
        await talk.close()


REFUSED: dict[str, Order] = {
    "lost": orders.LoseHandles(),
    "refused as invalid": orders.LoseHandles(orders.INVALID_ARGUMENT),
}


@pytest.mark.parametrize("order", REFUSED.values(), ids=REFUSED)
async def test_a_handle_that_is_refused_is_forgotten_and_the_talk_told_as_text_at_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, order: Order
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(order)
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?")
        end.ahead_s += ROTATE_S
        assert said(await ask(talk, "And the milk?")), "the question itself has no trouble"
        assert [bool(setup.resumption_handle) for setup in end.setups] == [False, True, False]
        assert "Person: Where is the bread?" in end.setups[2].system_text
        end.ahead_s += ROTATE_S
        await ask(talk, "What does it cost?")
        assert end.setups[3].resumption_handle == end.handles[-2], "and a newer handle is used again"
        await talk.close()


async def test_a_handle_that_fails_without_a_reason_is_tried_twice_and_then_forgotten(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.LoseHandles(orders.INTERNAL_ERROR))
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?")
        await talk.drop()
        with pytest.raises(LiveError) as caught:
            await talk.session()
        assert caught.value.trouble is Trouble.NO_SERVER
        assert said(await ask(talk, "And the milk?"))
        assert [bool(setup.resumption_handle) for setup in end.setups] == [False, True, True, False]
        assert "Person: Where is the bread?" in end.setups[3].system_text
        await talk.close()


@pytest.mark.parametrize("ending", [orders.QUOTA, orders.OVERLOADED, orders.NO_ACCESS], ids=lambda one: one.reason[:20])
async def test_a_trouble_that_is_not_the_handles_keeps_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, ending: orders.Ending
) -> None:
    async with other_end(tmp_path, caplog) as end:
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?")
        await talk.drop()
        for _ in range(3):
            end.server.order(orders.Close(ending, at=Moment.SETUP))
            with pytest.raises(LiveError) as caught:
                await talk.session()
            assert caught.value.trouble in (Trouble.QUOTA, Trouble.OVERLOADED, Trouble.KEY_REFUSED)
        await ask(talk, "And the milk?")
        assert {setup.resumption_handle for setup in end.setups[1:]} == {end.handles[0]}
        await talk.close()


async def test_a_session_that_died_is_resumed_and_one_that_dies_again_is_poisoned(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.Poison(0.05), orders.Drop(at=Moment.QUESTION, turn=2))
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?")
        await until_dead(await talk.session())
        await talk.drop()
        await until_dead(await talk.session())
        await talk.drop()
        assert said(await ask(talk, "And the milk?"))
        await asyncio.sleep(0.1)  # longer than a poisoned one lives
        assert said(await ask(talk, "What does it cost?")), "and this one lives"
        assert [setup.resumption_handle for setup in end.setups] == [None, end.handles[0], None]
        assert "Person: Where is the bread?" in end.setups[2].system_text
        assert "And the milk?" not in end.setups[2].system_text
        await talk.close()


async def test_what_a_fresh_session_was_told_is_told_again_to_the_one_that_resumes_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.Unresumable())
        talk = end.talk(SOON)
        for question in ("Where is the bread?", "And the milk?", "What does it cost?"):
            await ask(talk, question)
            end.ahead_s += ROTATE_S
        assert [bool(setup.resumption_handle) for setup in end.setups] == [False, False, True]
        told = end.setups[2].system_text
        assert "Where is the bread?" in told, "the handle does not cover the first session"
        assert "And the milk?" not in told, "but the second"
        await talk.close()


async def test_what_was_answered_in_another_way_is_told_to_the_session_that_is_resumed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?")
        await talk.drop()
        talk.answered("And the milk?", "Second shelf.", Usage())
        await ask(talk, "What does it cost?")
        assert end.setups[1].resumption_handle == end.handles[0]
        assert end.setups[1].system_text.endswith("The talk so far:\nPerson: And the milk?\nYou: Second shelf.")
        await talk.close()


async def test_a_turn_whose_end_never_came_is_told_as_text_because_no_handle_covers_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.LateTurnComplete(60, turn=2))
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?")
        turn = await (await talk.session()).ask("And the milk?", jpeg(2))
        with pytest.raises(LiveError):
            [event async for event in turn.events(0.2)]
        talk.answered("And the milk?", "Second shelf.", Usage())
        end.ahead_s += ROTATE_S
        await ask(talk, "What does it cost?")
        assert end.setups[1].resumption_handle == end.handles[0]
        assert end.setups[1].system_text.endswith("The talk so far:\nPerson: And the milk?\nYou: Second shelf.")
        await talk.close()


async def test_a_talk_tells_at_its_end_what_no_question_was_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.LateTurnComplete(0.5, turn=2))
        talk = end.talk()
        first = usage(await ask(talk, "Where is the bread?"))
        turn = await (await talk.session()).ask("And the milk?", jpeg(2))
        with pytest.raises(LiveError):
            [event async for event in turn.events(0.2)]
        late = await talk.close(5.0)
        assert late.total > first.total > 0, "the whole context is billed again"
        assert await talk.close(5.0) == Usage()


async def test_whoever_is_cancelled_while_a_talk_waits_for_its_last_bill_leaves_no_session_open(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.LateTurnComplete(60))
        talk = end.talk()
        turn = await (await talk.session()).ask("Where is the bread?", jpeg(1))
        with pytest.raises(LiveError):
            [event async for event in turn.events(0.2)]
        closing = asyncio.create_task(talk.close(60))
        await asyncio.sleep(0.05)
        closing.cancel()
        await asyncio.wait({closing})
        assert not end.opened[0].usable
        await end.nobody_left()


async def test_a_handle_from_a_turn_that_was_broken_off_is_never_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog, speed=2.0) as end:
        end.server.order(orders.EmptyAnswer(turn=3))  # which gives no handle
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?")
        session = await talk.session()
        broken_off = await session.ask("And the milk?", jpeg(2))
        while not sound([await broken_off.next_event()]):
            pass
        events = await events_of(await session.ask("What does it cost?", jpeg(3)))
        talk.answered("What does it cost?", "Two euros.", usage(events))
        assert len(end.handles) == 2
        end.ahead_s += ROTATE_S
        await talk.session()
        assert end.setups[1].resumption_handle == end.handles[0]
        assert end.setups[1].system_text.endswith("The talk so far:\nPerson: What does it cost?\nYou: Two euros.")
        await talk.close()


# --- half questions, and giving up ------------------------------------------------------------------------------------


async def test_half_a_question_is_not_in_the_session_that_comes_after_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?", jpeg(1))
        session = await talk.session()
        await session.start_speech()
        await session.send_sound(voice(0.2, 200))
        await session.send_picture(jpeg(2))
        await talk.drop()
        assert not session.usable
        turn = await (await talk.session()).start_speech()
        whole = voice(0.2, 400)
        await (await talk.session()).send_sound(whole)
        await (await talk.session()).end_speech()
        assert said(await events_of(turn))
        assert end.brain().sounds == [whole]
        assert end.brain().pictures == end.brains.made[0].pictures[:1], "of the half question's nothing is left"
        assert end.setups[1].resumption_handle == end.handles[0]
        await talk.close()


async def test_sound_that_is_spoken_while_the_session_is_changed_is_not_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?")
        end.ahead_s += ROTATE_S
        plan = end.server.order(orders.LateSetup(0.3))
        talk.prepare()
        pcm = voice(1.0)
        chunks = [pcm[start : start + CHUNK_BYTES] for start in range(0, len(pcm), CHUNK_BYTES)]
        utterance = Utterance()
        sending = asyncio.create_task(spoken(talk, utterance))
        for chunk in chunks[:25]:  # half of it is spoken before the old session is gone
            utterance.add(chunk)
        await asyncio.wait_for(plan.taken.wait(), 5)
        for chunk in chunks[25:]:
            utterance.add(chunk)
            await asyncio.sleep(0)
        utterance.end()
        assert len(end.setups) < 3 and not end.sent(wire.Sound), "it was all said before the session was there"
        events = await sending
        assert end.brain().sounds == [pcm], "every sample, once, in order"
        assert said(events) == "Answer number 1, after 1 pictures."
        assert end.setups[1].resumption_handle == end.handles[0]
        assert [type(message) for number, message in end.messages if number == 2][1:] == [
            wire.ActivityStart, *[wire.Sound] * 10, wire.Picture, wire.ActivityEnd,
        ]  # fmt: skip
        await talk.close()


async def spoken(talk: Talk, utterance: Utterance) -> list[Any]:
    """A question as `question.py` sends it: five chunks a message, the picture before the end."""
    session = await talk.session()
    turn = await session.start_speech()
    position = 0
    while True:
        pcm, position = await utterance.piece(position, 5)
        if not pcm:
            break
        await session.send_sound(pcm)
    await session.send_picture(jpeg(2))
    await session.end_speech()
    return await events_of(turn)


OPENING: dict[str, Order] = {
    "before the upgrade": orders.LateUpgrade(0.5),
    "before setupComplete": orders.LateSetup(None),
}


@pytest.mark.parametrize("order", OPENING.values(), ids=OPENING)
async def test_dropping_a_talk_that_is_opening_leaves_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, order: Order
) -> None:
    async with other_end(tmp_path, caplog) as end:
        plan = end.server.order(order)
        talk = end.talk()
        waiting = asyncio.create_task(talk.session())
        await asyncio.wait_for(plan.acted.wait(), 5)
        await talk.drop()
        with pytest.raises(LiveError) as caught:
            await waiting
        assert caught.value.trouble is Trouble.NO_SERVER, "who waits is told, and not cancelled"
        if isinstance(order, orders.LateSetup):
            await end.nobody_left()
            assert said(await ask(talk, "Where is the bread?")), "and the talk can go on"
            await talk.close()


async def test_who_gives_up_waiting_does_not_take_the_session_along(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        plan = end.server.order(orders.LateSetup(0.1))
        talk = end.talk()
        waiting = asyncio.create_task(talk.session())
        await asyncio.wait_for(plan.acted.wait(), 5)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert waiting.cancelled()
        assert said(await ask(talk, "Where is the bread?"))
        assert len(end.setups) == 1
        await talk.close()


async def test_an_opening_that_fails_when_nobody_waits_any_more_is_no_error_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        plan = end.server.order(orders.Close(orders.QUOTA, at=Moment.SETUP))
        talk = end.talk()
        waiting = asyncio.create_task(talk.session())
        await asyncio.wait_for(plan.taken.wait(), 5)
        waiting.cancel()
        assert talk._opening is not None
        await asyncio.wait({talk._opening})
        await talk.close()
    assert not [record for record in caplog.records if record.name == "asyncio" and record.levelname == "ERROR"]


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8, 20])
async def test_dropping_while_the_old_session_is_being_closed_leaves_no_socket(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, steps: int
) -> None:
    async with other_end(tmp_path, caplog) as end:
        talk = end.talk(SOON)
        await ask(talk, "Where is the bread?")
        end.ahead_s += ROTATE_S
        talk.prepare()
        for _ in range(steps):  # of the loop, into the closing and the opening
            await asyncio.sleep(0)
        await talk.drop()
        await end.nobody_left()
        assert said(await ask(talk, "And the milk?"))
        assert end.setups[-1].resumption_handle == end.handles[0]
        assert set(end.open_at_setup) == {1}
        await talk.close()


async def test_a_talk_that_cannot_begin_says_why_and_may_be_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(orders.Close(orders.QUOTA, at=Moment.SETUP))
        talk = end.talk()
        with pytest.raises(LiveError) as caught:
            await talk.session()
        assert caught.value.trouble is Trouble.QUOTA
        assert said(await ask(talk, "Where is the bread?"))
        await talk.close()


async def test_a_talk_counts_its_tokens_and_ends_at_its_limits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with other_end(tmp_path, caplog) as end:
        talk = end.talk(Limits(seconds=900, tokens=1_000, rotate_after_s=0.0))
        total = Usage()
        while not talk.exhausted:
            total += usage(await ask(talk, "Where is the bread?"))
            assert talk.usage == total
        assert total.total >= 1_000
        opened = len(end.setups)
        await asyncio.sleep(0.1)
        assert len(end.setups) == opened, "no session is opened for a talk that is over"
        await talk.close()
        talk = end.talk(Limits(seconds=900))
        assert not talk.exhausted
        end.ahead_s += 900
        assert talk.exhausted


@pytest.mark.parametrize(
    "order", [orders.SlowPongs(30), orders.GoAway(0.05, at=Moment.AFTER_TURN)], ids=["slow", "away"]
)
async def test_habits_of_the_connection_cost_no_question(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, order: Order
) -> None:
    async with other_end(tmp_path, caplog) as end:
        end.server.order(order)
        talk = end.talk(SOON)
        for number in range(4):
            assert said(await ask(talk, f"Question {number}"))
            await asyncio.sleep(0.05)
        await talk.close()
