"""The cues: told apart by somebody who hears no pitch, only when it sounds and when it does not.

Of each cue's PCM only the envelope is kept: for each 10 ms, whether anything sounds. Two envelopes are laid over each
other where they fit best, and what is measured is the part of the time in which one sounds and the other does not, of
the time in which any sounds: 0 for equal rhythms, 1 for rhythms that share nothing.
"""

from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray
import pytest

from firmware_bridge.wearable import codec, cues

RATES_HZ = (16_000, 24_000)
FRAME_MS = 10
CLEARLY = 0.4  # two of five moments of sound are not the other cue's
GAP_MS = 60  # shorter silences fill up with the ringing of a small speaker


def sound_of(notes: tuple, rate_hz: int) -> NDArray[np.int16]:
    return np.frombuffer(b"".join(cues.pieces(notes, rate_hz)), dtype="<i2")


def envelope(sound: NDArray[np.int16], rate_hz: int) -> NDArray[np.bool_]:
    """Whether anything sounds, for each 10 ms; shape (frames,)."""
    frame = rate_hz * FRAME_MS // 1000
    padded = np.pad(np.abs(sound.astype(np.int32)), (0, -sound.size % frame))
    peaks = padded.reshape(-1, frame).max(axis=1)
    heard: NDArray[np.bool_] = peaks > peaks.max() // 8
    return heard


def difference(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """The share of sounding time that is not common, where the two fit best; 0 to 1."""
    together = max(np.correlate(one.astype(int), other.astype(int), mode="full"))
    return 1 - float(together) / float(one.sum() + other.sum() - together)


def runs_ms(heard: NDArray[np.bool_]) -> list[tuple[bool, int]]:
    """Sounding or not, and for how long."""
    edges = [0, *(np.flatnonzero(np.diff(heard)) + 1), heard.size]
    return [(bool(heard[start]), int(end - start) * FRAME_MS) for start, end in pairwise(edges)]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(("one", "other"), combinations(codec.CUES, 2))
def test_every_two_cues_differ_clearly_when_pitch_is_not_heard(one: str, other: str, rate_hz: int) -> None:
    envelopes = [envelope(sound_of(cues.notes_of(name), rate_hz), rate_hz) for name in (one, other)]
    assert difference(*envelopes) >= CLEARLY


def test_cues_that_differ_only_in_pitch_would_be_noticed() -> None:
    up, down = ((30, 60, 80, 100), (24, 90, 0, 100)), ((24, 60, 80, 100), (30, 90, 0, 100))
    envelopes = [envelope(sound_of(notes, 24_000), 24_000) for notes in (up, down)]
    assert difference(*envelopes) < 0.1


@pytest.mark.parametrize("name", codec.CUES)
def test_a_cue_has_the_same_rhythm_at_every_rate(name: str) -> None:
    slow, fast = (runs_ms(envelope(sound_of(cues.notes_of(name), rate_hz), rate_hz)) for rate_hz in RATES_HZ)
    assert [heard for heard, _ms in slow] == [heard for heard, _ms in fast]
    assert all(abs(one - other) <= FRAME_MS for (_, one), (_, other) in zip(slow, fast, strict=True))


@pytest.mark.parametrize("name", codec.CUES)
def test_the_silence_inside_a_cue_survives_a_ringing_speaker(name: str) -> None:
    runs = runs_ms(envelope(sound_of(cues.notes_of(name), 16_000), 16_000))
    inside = runs[:-1] if not runs[-1][0] else runs
    assert all(length_ms >= GAP_MS for heard, length_ms in inside if not heard)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_thinking_is_short_and_softer_than_any_other(rate_hz: int) -> None:
    peaks = {name: int(np.abs(sound_of(cues.notes_of(name), rate_hz)).max()) for name in codec.CUES}
    thinking_peak = peaks.pop("thinking")
    assert thinking_peak * 2 <= min(peaks.values()), "at least 6 dB softer"
    assert sound_of(cues.notes_of("thinking"), rate_hz).size <= rate_hz * 300 // 1000


def test_listening_is_over_before_a_person_begins_to_speak() -> None:
    assert cues.duration_ms(cues.notes_of("listening")) <= 150
