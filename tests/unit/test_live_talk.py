"""What a talk remembers, and when it is over. Over real sessions: tests/conformance/test_talk_over_sessions.py."""

import asyncio

import pytest

from custom_components.shelfsight.live.accounts import Usage
from custom_components.shelfsight.live.faults import LiveError, Trouble
from custom_components.shelfsight.live.session import LiveSession
from custom_components.shelfsight.live.talk import Limits, Talk


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Refusing:
    """Nobody who opens a session gets one; keeps what it was to be opened with."""

    def __init__(self, trouble: Trouble = Trouble.NO_SERVER) -> None:
        self.trouble = trouble
        self.asked: list[tuple[str | None, str]] = []

    async def __call__(self, handle: str | None, history: str) -> LiveSession:
        self.asked.append((handle, history))
        raise LiveError(self.trouble, "refused")


def talk(limits: Limits | None = None, clock: Clock | None = None, opening: Refusing | None = None) -> Talk:
    return Talk(opening or Refusing(), limits or Limits(), clock or Clock())


def test_the_talk_so_far_is_told_in_the_order_in_which_it_was() -> None:
    one = talk()
    assert one.history == ""
    one.answered("Where is the bread?", "Third shelf.", Usage())
    one.answered("And the milk?", "Second shelf.", Usage())
    assert one.history == ("Person: Where is the bread?\nYou: Third shelf.\nPerson: And the milk?\nYou: Second shelf.")


def test_only_the_newest_is_remembered_and_no_long_text_as_a_whole() -> None:
    one = talk()
    for number in range(20):
        one.answered(f"{number}?" + "q" * 5_000, f"{number}!" + "a" * 5_000, Usage())
    lines = one.history.splitlines()
    assert len(lines) == 16
    assert lines[0].startswith("Person: 12?") and lines[-1].startswith("You: 19!")
    assert max(map(len, lines)) < 420


def test_what_was_not_answered_is_counted_and_not_told() -> None:
    one = talk()
    one.answered("Where is the bread?", "", Usage(audio_in=7))
    assert (one.history, one.usage) == ("", Usage(audio_in=7))


def test_a_talk_is_over_at_its_limit_in_seconds() -> None:
    clock = Clock()
    one = talk(Limits(seconds=60.0), clock)
    clock.now += 59.9
    assert not one.exhausted
    clock.now += 0.1
    assert one.exhausted


def test_a_talk_is_over_at_its_limit_in_tokens() -> None:
    one = talk(Limits(tokens=100))
    one.answered("Where?", "There.", Usage(text_in=10, audio_in=50, thoughts=39))
    assert not one.exhausted
    one.answered("Where?", "There.", Usage(audio_out=1))
    assert one.exhausted


async def test_every_one_who_asks_after_a_failure_begins_a_new_try_and_no_try_is_made_unasked() -> None:
    opening = Refusing()
    one = talk(opening=opening)
    for number in range(3):
        with pytest.raises(LiveError):
            await one.session()
        assert len(opening.asked) == number + 1
    await asyncio.sleep(0.01)
    assert len(opening.asked) == 3
    await one.close()


async def test_two_who_ask_at_once_wait_for_the_same_opening() -> None:
    opening = Refusing(Trouble.QUOTA)
    one = talk(opening=opening)
    results = await asyncio.gather(one.session(), one.session(), return_exceptions=True)
    assert [result.trouble for result in results if isinstance(result, LiveError)] == [Trouble.QUOTA] * 2
    assert len(opening.asked) == 1
    await one.close()


async def test_a_fresh_session_is_told_of_what_was_answered_without_one() -> None:
    opening = Refusing()
    one = talk(opening=opening)
    one.answered("Where is the bread?", "Third shelf.", Usage())
    with pytest.raises(LiveError):
        await one.session()
    assert opening.asked == [(None, "Person: Where is the bread?\nYou: Third shelf.")]
    await one.close()


async def test_a_talk_that_never_began_may_be_closed_and_closed_again() -> None:
    one = talk()
    await one.close()
    await one.drop()
    await one.close()
