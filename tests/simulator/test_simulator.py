"""The simulator itself: the same seed is the same world, and a mistake in the integration does not go unnoticed."""

import asyncio

import pytest

from . import acts, mistakes
from .loop import BEGINS_S, StandstillError, VirtualLoop
from .network import Network
from .road import State
from .run import run
from .scenario import draw

# The first has entities.
_TWICE = (10, 23)


@pytest.mark.parametrize("mistake", [one for one in mistakes.ALL if one.every_day], ids=lambda mistake: mistake.name)
def test_a_mistake_in_the_integration_is_found_and_named(mistake: mistakes.Mistake) -> None:
    result = mistakes.found(mistake)
    assert result is not None, f"not found within {mistake.within_seeds} seeds"
    told = str(result)
    assert f"seed {result.scenario.seed}:" in told and mistake.found_as in told


@pytest.mark.parametrize("seed", _TWICE)
def test_the_same_seed_is_the_same_world_to_the_microsecond(seed: int) -> None:
    first, second = run(draw(seed)), run(draw(seed))
    assert first.trace == second.trace
    assert first.steps == second.steps
    assert len(first.trace) > 50


def test_scenarios_hold_every_act_and_every_way_to_ask() -> None:
    drawn = [draw(seed) for seed in range(400)]
    assert {type(timed.act) for one in drawn for timed in one.acts} == set(acts.Act.__value__.__args__)
    assert (
        len(
            {
                (timed.act.where, timed.act.what)
                for one in drawn
                for timed in one.acts
                if isinstance(timed.act, acts.RoadFails)
            }
        )
        == 6
    )
    assert len({timed.since for one in drawn for timed in one.acts}) == 4
    assert len({asked.how for one in drawn for asked in one.questions}) == 5
    assert len({name for one in drawn for name, _ in one.server}) > 40


# --- the loop and the network -----------------------------------------------------------------------------------------


class _Noting(asyncio.Protocol):
    """Keeps what comes, and when."""

    def __init__(self) -> None:
        self.came: list[tuple[float, bytes]] = []
        self.lost: list[Exception | None] = []
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.came.append((asyncio.get_running_loop().time(), data))

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)


def _in_loop[T](play: object) -> VirtualLoop:
    loop = VirtualLoop(Network("test"))
    try:
        loop.run_until_complete(play(loop))  # type: ignore[operator]
    finally:
        loop.close()
    return loop


async def _connected(loop: VirtualLoop) -> tuple[_Noting, _Noting]:
    """Who dialled, and who was dialled."""
    made: list[_Noting] = []

    def accept() -> _Noting:
        made.append(_Noting())
        return made[-1]

    await loop.create_server(accept, "127.0.0.1", 80)
    _, near = await loop.create_connection(_Noting, "127.0.0.1", 80)
    return near, made[0]


def test_an_hour_passes_at_once_and_timers_come_in_order() -> None:
    seen: list[float] = []

    async def play(loop: VirtualLoop) -> None:
        for seconds in (3600.0, 1.0, 60.0):
            loop.call_later(seconds, lambda seconds=seconds: seen.append(seconds))
        await asyncio.sleep(3600.5)

    assert _in_loop(play).time() == pytest.approx(BEGINS_S + 3600.5)
    assert seen == [1.0, 60.0, 3600.0]


def test_a_world_in_which_nobody_waits_for_a_time_is_an_error_and_not_an_endless_wait() -> None:
    async def play(loop: VirtualLoop) -> None:
        await loop.create_future()

    with pytest.raises(StandstillError):
        _in_loop(play)


def test_messages_come_late_whole_and_in_their_order() -> None:
    async def play(loop: VirtualLoop) -> None:
        near, far = await _connected(loop)
        loop.network.road(80).delay_s = (0.01, 0.5)
        sent = [bytes([number]) * 10 for number in range(50)]
        for message in sent:
            near.transport.write(message)
        began_s = loop.time()
        await asyncio.sleep(2)
        assert [data for _, data in far.came] == sent
        assert all(began_s + 0.01 <= at_s <= began_s + 0.51 for at_s, _ in far.came)

    _in_loop(play)


def test_a_road_that_stands_still_keeps_what_it_is_given_and_a_hole_loses_it_for_ever() -> None:
    async def play(loop: VirtualLoop) -> None:
        near, far = await _connected(loop)
        road = loop.network.road(80)
        road.set(State.STILL)
        near.transport.write(b"kept")
        await asyncio.sleep(60)
        assert not far.came
        road.set(State.OPEN)
        await asyncio.sleep(1)
        assert [data for _, data in far.came] == [b"kept"]
        road.set(State.HOLE)
        near.transport.write(b"lost")
        far.transport.write(b"lost too")
        road.set(State.OPEN)
        near.transport.write(b"and this")
        await asyncio.sleep(60)
        assert len(far.came) == 1 and not near.came and not near.lost and not far.lost

    _in_loop(play)


def test_a_road_that_is_cut_breaks_what_is_open_and_refuses_who_dials() -> None:
    async def play(loop: VirtualLoop) -> None:
        near, far = await _connected(loop)
        loop.network.road(80).set(State.CUT)
        await asyncio.sleep(1)
        assert isinstance(near.lost[0], ConnectionResetError) and isinstance(far.lost[0], ConnectionResetError)
        with pytest.raises(ConnectionRefusedError):
            await loop.create_connection(_Noting, "127.0.0.1", 80)

    _in_loop(play)


def test_who_does_not_read_makes_the_other_side_wait() -> None:
    async def play(loop: VirtualLoop) -> None:
        near, far = await _connected(loop)
        paused: list[str] = []
        far.pause_writing = lambda: paused.append("paused")  # type: ignore[method-assign]
        far.resume_writing = lambda: paused.append("resumed")  # type: ignore[method-assign]
        far.transport.set_write_buffer_limits(1024)
        near.transport.pause_reading()
        far.transport.write(bytes(100_000))
        await asyncio.sleep(1)
        assert paused == ["paused"] and not near.came
        near.transport.resume_reading()
        await asyncio.sleep(1)
        assert paused == ["paused", "resumed"] and sum(len(data) for _, data in near.came) == 100_000

    _in_loop(play)


def test_what_is_sent_to_somebody_who_is_gone_is_answered_by_a_reset() -> None:
    async def play(loop: VirtualLoop) -> None:
        near, far = await _connected(loop)
        loop.network.road(80).delay_s = (0.1, 0.1)
        far.transport.abort()
        near.transport.write(b"too late")
        await asyncio.sleep(1)
        assert isinstance(near.lost[0], ConnectionResetError) and far.lost == [None]

    _in_loop(play)
