"""An answer on its way to the speaker: real time, and never more than the buffer ahead of it. The clock is a test's."""

import asyncio
from collections.abc import AsyncIterator
import itertools
from unittest import mock

import numpy as np
import pytest

from custom_components.shelfsight.sound import playback
from custom_components.shelfsight.sound.pcm import Resampler, Samples, resample, samples
from custom_components.shelfsight.sound.playback import CHUNK_MS, play

HZ = 24000


class World:
    """A clock that only sleeping moves, and a speaker that notes what comes when."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.events: list[tuple[float, str, int]] = []
        self.pcm = b""

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now_s += seconds

    def started(self) -> None:
        self.events.append((self.now_s, "started", 0))

    async def speak(self, turn: int, rate_hz: int) -> None:
        self.events.append((self.now_s, "speak", rate_hz))

    async def sound(self, position_ms: int, pcm: bytes) -> None:
        self.events.append((self.now_s, "sound", position_ms))
        self.pcm += pcm

    async def spoken(self, turn: int) -> None:
        self.events.append((self.now_s, "spoken", turn))

    def sounds(self) -> list[tuple[float, int]]:
        return [(at_s, position_ms) for at_s, kind, position_ms in self.events if kind == "sound"]


def tone(ms: int, rate_hz: int = HZ) -> bytes:
    values = 9000 * np.sin(2 * np.pi * 440 * np.arange(rate_hz * ms // 1000) / rate_hz)
    return np.rint(values).astype("<i2").tobytes()


async def at_once(pcm: bytes, *sizes: int) -> AsyncIterator[bytes]:
    at = 0
    for size in itertools.chain(sizes, itertools.repeat(4096)):
        if at >= len(pcm):
            return
        yield pcm[at : at + size]
        at += size


async def run(
    world: World, pcm: AsyncIterator[bytes], *, source_hz: int = HZ, speaker_hz: int = HZ, buffer_ms: int
) -> int:
    return await play(
        world, 7, pcm, source_hz=source_hz, speaker_hz=speaker_hz, buffer_ms=buffer_ms,
        now_s=lambda: world.now_s, sleep=world.sleep, started=world.started,
    )  # fmt: skip


@pytest.mark.parametrize("buffer_ms", [100, 400, 2000])
async def test_never_more_than_the_buffer_is_ahead_and_the_speaker_never_runs_dry(buffer_ms: int) -> None:
    world, pcm = World(), tone(5000)
    assert await run(world, at_once(pcm, 2, 6, 10), buffer_ms=buffer_ms) == 5000
    assert world.pcm == pcm
    start_s = world.sounds()[0][0]
    for at_s, position_ms in world.sounds():
        ahead_ms = position_ms + CHUNK_MS - (at_s - start_s) * 1000
        assert CHUNK_MS <= ahead_ms <= buffer_ms + 1e-6


async def test_begin_sound_and_end_come_in_order() -> None:
    world = World()
    await run(world, at_once(tone(1000)), buffer_ms=400)
    kinds = [(kind, value) for _, kind, value in world.events if kind != "sound"]
    assert kinds == [("speak", HZ), ("started", 0), ("spoken", 7)]
    assert [kind for _, kind, _ in world.events][2:-1] == ["sound"] * 25
    assert [position_ms for _, position_ms in world.sounds()] == list(range(0, 1000, 40))


async def test_a_late_source_starts_real_time_anew_and_loses_nothing() -> None:
    world = World()

    async def late() -> AsyncIterator[bytes]:
        yield tone(1000)
        world.now_s += 10
        yield tone(2000)

    await run(world, late(), buffer_ms=400)
    assert len(world.pcm) == 3000 * HZ // 1000 * 2
    resumed_s = next(at_s for at_s, position_ms in world.sounds() if position_ms >= 1000)
    for at_s, position_ms in world.sounds():
        if position_ms >= 1000:
            assert position_ms + CHUNK_MS - 1000 - (at_s - resumed_s) * 1000 <= 400 + 1e-6, "no burst to catch up"
    assert world.now_s - resumed_s == pytest.approx(2.0 - 0.4, abs=0.01)


@pytest.mark.parametrize("speaker_hz", [8000, 16000, 44100, 48000])
async def test_the_answer_is_brought_to_the_speakers_rate(speaker_hz: int) -> None:
    world = World()
    assert await run(world, at_once(tone(1000)), speaker_hz=speaker_hz, buffer_ms=400) == pytest.approx(1000, abs=5)
    heard = samples(world.pcm).astype(float)
    spectrum = np.abs(np.fft.rfft(heard))
    assert np.argmax(spectrum) * speaker_hz / heard.size == pytest.approx(440, abs=2)
    assert max(len(pcm) for pcm in [world.pcm[: speaker_hz * CHUNK_MS // 1000 * 2]]) <= 4096


async def test_a_phrase_that_comes_whole_is_brought_to_the_speakers_rate_no_faster_than_it_is_sent() -> None:
    """All of it at once was seen to hold up the event loop, and so everybody's sound, for a tenth of a second."""
    world, pcm = World(), tone(3000, 16_000)
    sent_before: list[int] = []

    class Noting(Resampler):
        def feed(self, chunk: Samples) -> Samples:
            sent_before.append(len(world.sounds()))
            assert chunk.size <= 16_000 * CHUNK_MS // 1000
            return super().feed(chunk)

    with mock.patch.object(playback, "Resampler", Noting):
        await run(world, at_once(pcm, len(pcm)), source_hz=16_000, buffer_ms=200)
    assert len(sent_before) == 76  # 75 chunks, and the end
    assert all(index - sent <= 2 for index, sent in enumerate(sent_before))
    assert np.array_equal(samples(world.pcm), resample(samples(pcm), 16_000, HZ))


async def test_an_answer_shorter_than_a_message_is_still_said() -> None:
    world, pcm = World(), tone(10)
    assert await run(world, at_once(pcm), buffer_ms=400) == 10
    assert world.pcm == pcm
    assert world.events[-1][1] == "spoken"


async def test_of_an_answer_without_sound_nothing_is_sent() -> None:
    world = World()
    assert await run(world, at_once(b""), buffer_ms=400) == 0
    assert world.events == []


async def test_cancelled_it_stops_at_once_and_does_not_say_that_it_is_over() -> None:
    world, sleeping = World(), asyncio.Event()

    async def for_ever(_seconds: float) -> None:
        sleeping.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(
        play(
            world, 7, at_once(tone(5000)), source_hz=HZ, speaker_hz=HZ, buffer_ms=400,
            now_s=lambda: world.now_s, sleep=for_ever,
        )
    )  # fmt: skip
    await sleeping.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [kind for _, kind, _ in world.events].count("sound") == 400 // CHUNK_MS
    assert world.events[-1][1] == "sound"
