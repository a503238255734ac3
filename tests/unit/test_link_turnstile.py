"""Many who come at once are let through over several turns of the loop, in order."""

import asyncio

from custom_components.shelfsight.link.turnstile import Pace, Turnstile


class Turns:
    """Counts the turns of the loop."""

    def __init__(self) -> None:
        self.count = 0
        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._next)

    def _next(self) -> None:
        self.count += 1
        self._loop.call_soon(self._next)


async def crowd(turnstile: Turnstile, count: int, turns: Turns) -> list[tuple[int, int, bool]]:
    """(turn, number, whether let through) in the order in which they were done."""
    done: list[tuple[int, int, bool]] = []

    async def one(number: int) -> None:
        through = await turnstile.through()
        done.append((turns.count, number, through))

    await asyncio.gather(*(one(number) for number in range(count)))
    return done


async def test_few_go_through_at_each_turn_and_in_the_order_in_which_they_came() -> None:
    done = await crowd(Turnstile(Pace(through=4)), 50, Turns())
    assert [number for _, number, _ in done] == list(range(50))
    at_turn = [sum(turn == at for turn, _, _ in done) for at in {turn for turn, _, _ in done}]
    assert max(at_turn) <= 8, "those who need not wait, and those whose turn has come"
    assert len(at_turn) >= 10


async def test_one_who_comes_alone_does_not_wait() -> None:
    turnstile, turns = Turnstile(Pace(through=4)), Turns()
    for _ in range(20):
        before = turns.count
        assert await turnstile.through()
        assert turns.count == before
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_of_those_who_are_too_many_the_last_are_told_so_few_at_each_turn() -> None:
    done = await crowd(Turnstile(Pace(through=4, waiting=10, told=5)), 50, Turns())
    assert len(done) == 50
    gone = [number for _, number, through in done if not through]
    assert gone == sorted(gone, reverse=True), "who came last goes first"
    assert [number for _, number, through in done if through] == list(range(50 - len(gone)))
    assert len(gone) >= 15
    told = [sum(turn == at and not through for turn, _, through in done) for at in {turn for turn, _, _ in done}]
    assert max(told) == 5


async def test_beyond_the_most_who_may_wait_at_all_everybody_is_told_at_once() -> None:
    turns = Turns()
    done = await crowd(Turnstile(Pace(through=4, waiting=10, told=1, most=20)), 50, turns)
    assert [number for turn, number, _ in done if turn == done[0][0]][:30] == [0, 1, 2, 3, *range(24, 50)]
    assert sum(through for _, _, through in done) >= 14


async def test_whoever_hangs_up_while_waiting_keeps_nobody() -> None:
    turnstile = Turnstile(Pace(through=1))
    waiting = [asyncio.create_task(turnstile.through()) for _ in range(30)]
    await asyncio.sleep(0)
    for task in waiting[1:29]:
        task.cancel()
    assert await waiting[29]
    assert not turnstile._waiting
