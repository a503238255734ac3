"""Levels, and changes of rate that are heard by nobody."""

import numpy as np
import pytest

from custom_components.shelfsight.sound.pcm import SILENCE_DBFS, Resampler, Samples, level_dbfs, resample, samples

RATES = [(16000, 24000), (24000, 16000), (48000, 16000), (16000, 48000), (44100, 16000), (24000, 44100), (8000, 16000)]


def sine(hz: float, rate_hz: int, seconds: float = 1.0, amplitude: float = 20000.0) -> np.ndarray:
    """The exact values, float64."""
    return amplitude * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz)


def as_samples(values: np.ndarray) -> Samples:
    return np.rint(values).astype(np.int16)


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
@pytest.mark.parametrize("hz", [200, 1000, 3000])
def test_a_tone_at_another_rate_is_the_same_tone_at_the_same_time(from_hz: int, to_hz: int, hz: int) -> None:
    out = resample(as_samples(sine(hz, from_hz)), from_hz, to_hz)
    exact = sine(hz, to_hz, 1.1)[: out.size]
    middle = slice(to_hz // 50, -to_hz // 50)  # where the tone begins and ends it is no sine
    noise = out[middle] - exact[middle]
    snr_db = 10 * np.log10(np.mean(np.square(exact[middle])) / np.mean(np.square(noise)))
    assert snr_db > 60


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_a_sound_keeps_its_length(from_hz: int, to_hz: int) -> None:
    out = resample(as_samples(sine(440, from_hz, 2)), from_hz, to_hz)
    assert out.size / to_hz == pytest.approx(2, abs=0.003)


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_in_chunks_of_any_length_it_is_the_same_sound(from_hz: int, to_hz: int) -> None:
    random = np.random.default_rng(5)
    sound = random.integers(-20000, 20000, from_hz // 2).astype(np.int16)
    resampler, pieces, at = Resampler(from_hz, to_hz), [], 0
    while at < sound.size:
        size = int(random.choice([0, 1, 7, 320, 1000]))
        pieces.append(resampler.feed(sound[at : at + size]))
        at += size
    pieces.append(resampler.flush())
    assert np.array_equal(np.concatenate(pieces), resample(sound, from_hz, to_hz))


def test_what_the_lower_rate_cannot_hold_is_taken_out_and_not_folded_down() -> None:
    out = resample(as_samples(sine(10_000, 24_000)), 24_000, 16_000)
    assert level_dbfs(out[500:-500]) < level_dbfs(as_samples(sine(1000, 16000))) - 60


def test_loud_sound_is_cut_at_full_scale_and_does_not_wrap() -> None:
    square = np.where(sine(300, 16000) >= 0, 32767, -32768).astype(np.int16)
    out = resample(square, 16000, 24000).astype(np.int32)
    assert out.max() == 32767 and out.min() == -32768
    assert np.abs(np.diff(np.sign(out[100:-100]))).sum() / 2 == pytest.approx(600 * 0.99167, abs=2), "no sample wraps"


def test_the_same_rate_changes_nothing() -> None:
    sound = as_samples(sine(440, 16000))
    assert resample(sound, 16000, 16000) is not None
    assert np.array_equal(resample(sound, 16000, 16000), sound)


def test_the_lag_of_a_stream_is_a_millisecond() -> None:
    resampler = Resampler(16000, 24000)
    first = resampler.feed(np.zeros(320, dtype=np.int16))
    assert 480 - first.size <= 24


@pytest.mark.parametrize(
    ("values", "dbfs"),
    [
        (np.zeros(320), SILENCE_DBFS),
        (np.zeros(0), SILENCE_DBFS),
        (np.full(320, 16384), -6.02),
        (sine(1000, 16000, amplitude=32767), -3.01),
        (np.full(320, -32768), 0.0),
    ],
    ids=["silence", "nothing", "half scale", "a full sine", "full scale"],
)
def test_levels_are_those_of_full_scale(values: np.ndarray, dbfs: float) -> None:
    assert level_dbfs(as_samples(values)) == pytest.approx(dbfs, abs=0.02)


def test_bytes_are_little_endian_samples() -> None:
    assert samples(b"\x01\x00\xff\x7f\x00\x80").tolist() == [1, 32767, -32768]
