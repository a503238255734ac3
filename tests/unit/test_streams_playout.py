"""What a plain player plays next, and when."""

import asyncio

import pytest

from custom_components.shelfsight.link.streams.playout import PIECE_BYTES, PLAYOUT_HZ, Pace, Playout
from custom_components.shelfsight.link.streams.stream import Ending, Kind, Stream, StreamEndedError


def pieces(playout: Playout) -> list[bytes]:
    taken = []
    while piece := playout.take():
        taken.append(piece)
    return taken


def test_sound_comes_out_in_order_in_pieces_of_20_ms_and_its_end_is_told_when_the_last_is_out() -> None:
    ended: list[int] = []
    playout = Playout(ended.append)
    playout.put(b"\1\0" * 700)
    playout.put(b"\2\0" * 700)
    playout.end(7)
    first = playout.take()
    assert (len(first), ended) == (PIECE_BYTES, [])
    taken = [first, *pieces(playout)]
    assert b"".join(taken) == b"\1\0" * 700 + b"\2\0" * 700
    assert [len(piece) for piece in taken] == [PIECE_BYTES, PIECE_BYTES, 2800 - 2 * PIECE_BYTES]
    assert ended == [7]


def test_what_is_cleared_is_neither_played_nor_told_as_ended() -> None:
    ended: list[int] = []
    playout = Playout(ended.append)
    playout.put(bytes(5000))
    playout.end(1)
    playout.clear()
    assert (pieces(playout), ended) == ([], [])


def test_it_holds_no_more_than_its_limit_and_has_room_again_when_that_is_played() -> None:
    playout = Playout(lambda _turn: None)
    for _ in range(10):
        playout.put(b"\1\0" * PLAYOUT_HZ)
    assert len(b"".join(pieces(playout))) == 4 * 2 * PLAYOUT_HZ
    playout.put(b"\1\0" * PLAYOUT_HZ)
    assert len(b"".join(pieces(playout))) == 2 * PLAYOUT_HZ


def test_sound_goes_out_in_real_time_after_its_lead() -> None:
    pace, now_s, out_ms = Pace(0.1), 50.0, 0
    for _ in range(500):
        now_s += pace.wait_s(now_s)
        pace.went(20, silent=False)
        out_ms += 20
    assert now_s - 50.0 == pytest.approx(out_ms / 1000 - 0.12, abs=0.001)


def test_silence_goes_out_a_little_slower_so_that_a_slow_player_catches_up() -> None:
    pace, now_s = Pace(0.1), 0.0
    for _ in range(50 * 3600):
        now_s += pace.wait_s(now_s)
        pace.went(20, silent=True)
    assert 3 < now_s - 3600 < 4


def test_what_was_late_is_not_made_up_for() -> None:
    pace = Pace(0.1)
    pace.wait_s(0.0)
    pace.went(20, silent=False)
    burst = 0
    while pace.wait_s(10.0) == 0:
        pace.went(20, silent=False)
        burst += 1
    assert burst <= 6, "the lead, and no more"


async def test_a_stream_that_is_ended_stops_waiting_and_does_not_wait_again() -> None:
    stream = Stream(Kind.AUDIO)
    asyncio.get_running_loop().call_soon(stream.end, Ending.REPLACED)
    with pytest.raises(StreamEndedError, match="replaced"):
        async with stream.patience(None):
            await asyncio.Event().wait()
    stream.end(Ending.SHUTDOWN)
    with pytest.raises(StreamEndedError, match="replaced"):
        async with stream.patience(1):
            pytest.fail("it waited")


async def test_a_wait_that_takes_too_long_ends_the_stream() -> None:
    with pytest.raises(StreamEndedError, match="stalled"):
        async with Stream(Kind.VIDEO).patience(0.01):
            await asyncio.Event().wait()
