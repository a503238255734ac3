"""What comes next of all that waits."""

import asyncio

import pytest

from custom_components.shelfsight.ear import Press
from custom_components.shelfsight.link.clock import WearableClock
from custom_components.shelfsight.modes import Kind, Running
from custom_components.shelfsight.outcome import Outcome
from custom_components.shelfsight.triggers import FollowUp, Triggers, Written, is_heard

FIND = Running("find", Kind.ASK, "")
CLOCK = WearableClock()


def press(number: int = 1) -> Press:
    return Press(number, float(number), CLOCK, None)


def written(question: str = "Where?", *, speak: bool = True) -> Written:
    return Written(question, FIND, speak, None, asyncio.get_running_loop().create_future())


async def test_a_press_comes_before_a_voice_and_a_voice_before_what_is_written() -> None:
    triggers, voice, asked = Triggers(), FollowUp(FIND, 6.0), written()
    assert not triggers
    triggers.press(press(1))
    triggers.write(asked)
    triggers.voice(voice)
    assert triggers and triggers.pressed and triggers.aloud and triggers.written
    assert [await triggers.next() for _ in range(3)] == [press(1), voice, asked]
    assert not triggers and not triggers.aloud


async def test_only_the_newest_press_and_the_newest_voice_count_and_a_press_silences_the_voice_before_it() -> None:
    triggers = Triggers()
    triggers.voice(FollowUp(FIND, 1.0))
    for number in (1, 2):
        triggers.press(press(number))
    for wait_s in (2.0, 3.0):
        triggers.voice(FollowUp(FIND, wait_s))
    assert await triggers.next() == press(2)
    assert await triggers.next() == FollowUp(FIND, 3.0)
    assert not triggers


async def test_what_is_written_waits_in_its_order_but_not_too_much_of_it() -> None:
    triggers, questions = Triggers(), [written(str(at)) for at in range(5)]
    assert [triggers.write(one) for one in questions] == [True] * 4 + [False]
    assert await triggers.next() is questions[0]
    assert list(triggers.left_over()) == questions[1:4] and not triggers


async def test_who_waits_for_the_next_gets_it_when_it_comes() -> None:
    triggers = Triggers()
    waiting = asyncio.create_task(triggers.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    triggers.press(press())
    assert await waiting == press()


async def test_what_comes_before_an_arrival_is_awaited_is_not_lost() -> None:
    triggers = Triggers()
    arrival = asyncio.ensure_future(triggers.arrival())
    triggers.press(press())  # its task has not begun to run
    async with asyncio.timeout(1):
        assert await arrival


async def test_who_has_an_outcome_gets_no_error_after_it_and_who_has_none_does() -> None:
    answered, unanswered = written(), written()
    answered.done.set_result(Outcome())
    for one in (answered, unanswered):
        one.fail(OSError("gone"))
    assert answered.done.result() == Outcome()
    with pytest.raises(OSError, match="gone"):
        unanswered.done.result()


async def test_only_what_is_written_may_be_asked_where_nobody_hears_it() -> None:
    assert is_heard(press()) and is_heard(FollowUp(FIND, 1.0)) and is_heard(written())
    assert not is_heard(written(speak=False))
