"""Sound that carries when it was made, and devices that hear it."""

import pytest

from bench.live import Log
from bench.stamps import DOWN_CHUNK_BYTES, UP_CHUNK_BYTES, UP_HZ, Stamp, now_us, stamp_at, stamped, stamps_in
from bench.waves import Shape, Wave, collect
from bench.wearing import Asked
from custom_components.shelfsight.sound.pcm import level_dbfs, samples
from custom_components.shelfsight.sound.speech_end import Speech, SpeechEnd

SILENT, VOICED = Stamp(0x1203, 7, False, 123_456_789_012), Stamp(0xFFFF, 0xFFFF, True, 2**63)


@pytest.mark.parametrize("size", [UP_CHUNK_BYTES, DOWN_CHUNK_BYTES])
@pytest.mark.parametrize("stamp", [SILENT, VOICED])
def test_a_stamp_comes_back_from_the_sound_that_carries_it(stamp: Stamp, size: int) -> None:
    pcm = stamped(stamp, size)
    assert len(pcm) == size
    assert stamp_at(pcm, 0) == stamp
    assert list(stamps_in(stamped(SILENT, size) + pcm, size)) == [SILENT, stamp]
    assert stamp_at(b"12345678" + pcm, 8) == stamp


def test_other_sound_carries_none() -> None:
    pcm = stamped(VOICED, UP_CHUNK_BYTES)
    assert stamp_at(bytes(640), 0) is None
    assert stamp_at(pcm[:40], 0) is None
    assert stamp_at(pcm[:4] + b"zzzz" + pcm[8:], 0) is None
    assert list(stamps_in(pcm[2:], UP_CHUNK_BYTES)) == []


def test_a_stamp_in_silence_is_no_voice_and_a_voiced_chunk_is_one() -> None:
    assert level_dbfs(samples(stamped(SILENT, UP_CHUNK_BYTES))) < -60
    end = SpeechEnd(UP_HZ)
    for number in range(100):
        end.feed(samples(stamped(Stamp(1, number, 5 <= number < 40, now_us()), UP_CHUNK_BYTES)))
    assert end.state is Speech.ENDED
    assert end.last_voice_ms == 800


def asked(question: int, began_us: int, came: list[tuple[Stamp, int]]) -> Asked:
    return Asked(
        question, began_us, 2.0, 0.1, last_voiced_us=began_us + 2_100_000, first_heard_us=came[0][1], came=came
    )


def test_latencies_are_those_of_what_was_said_while_all_talked_and_heard_while_all_were_answered() -> None:
    """Two begin half a second apart; what the second's session held back until it was open is not counted."""
    second = 1_000_000
    log, began = Log(), {1: 10 * second, 2: 10 * second + 500_000}
    log.began_us = {1: 0, 2: 11 * second + 300_000}

    def up(question: int, at_us: int, took_us: int) -> None:
        log.came.append((Stamp(question, 0, True, at_us), at_us + took_us))

    up(1, 11 * second, 90_000)  # before both talk
    up(2, 11 * second + 250_000, 80_000)  # both talk, but the second's session is not yet open
    up(1, 11 * second + 250_000, 2_000)
    up(2, 11 * second + 400_000, 4_000)
    up(1, 12 * second + 200_000, 70_000)  # the first has finished
    log.first_sound_us, log.last_sound_us = {1: 13 * second, 2: 14 * second}, {1: 15 * second, 2: 16 * second}
    pieces = [13 * second, 14 * second + 5, 15 * second + 1]
    came = [(Stamp(1, 0, True, at_us), at_us + 3_000) for at_us in pieces]
    measured = Wave()
    collect(measured, log, [asked(1, began[1], came), asked(2, began[2], came)], Shape(0.5, 2.0, 2.0))
    assert measured.up_ms == [2, 4]
    assert measured.down_ms == [3, 3]
    assert measured.end_ms == pytest.approx([103, -397]), "beyond 600 ms of silence and the server's 200 ms"
    assert measured.p95_ms() == 4
    assert Wave(unanswered=1, up_ms=[1.0], down_ms=[1.0]).p95_ms() == float("inf")
