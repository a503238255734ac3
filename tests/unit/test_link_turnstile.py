"""Many who come at once are let through over several turns of the loop, in order."""

import asyncio

from custom_components.shelfsight.link.turnstile import Turnstile


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
    done = await crowd(Turnstile(at_a_turn=4), 50, Turns())
    assert [number for _, number, _ in done] == list(range(50))
    at_turn = [sum(turn == at for turn, _, _ in done) for at in {turn for turn, _, _ in done}]
    assert max(at_turn) <= 8, "those who need not wait, and those whose turn has come"
    assert len(at_turn) >= 10


async def test_one_who_comes_alone_does_not_wait() -> None:
    turnstile, turns = Turnstile(at_a_turn=4), Turns()
    for _ in range(20):
        before = turns.count
        assert await turnstile.through()
        assert turns.count == before
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_more_than_may_wait_are_told_so_at_once() -> None:
    done = await crowd(Turnstile(at_a_turn=4, waiting=10), 50, Turns())
    assert [number for _, number, through in done if through] == list(range(14))
    assert len(done) == 50


async def test_whoever_hangs_up_while_waiting_keeps_nobody() -> None:
    turnstile = Turnstile(at_a_turn=1)
    waiting = [asyncio.create_task(turnstile.through()) for _ in range(30)]
    await asyncio.sleep(0)
    for task in waiting[1:29]:
        task.cancel()
    assert await waiting[29]
    assert not turnstile._waiting
