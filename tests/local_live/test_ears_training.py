"""Training of the ears: the sounds of computer voices are marked where they are, and the network learns to tell them apart."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ears_training.__main__ import keep, train
from ears_training.learning import Learner
from ears_training.making import make
from ears_training.noise import RATE_HZ, Noise
from ears_training.speech import UNKNOWN, examples, voices
from evaluation.speaking import HELD_OUT_MANNERS
from local_live.reading.hear_neural import AROUND, BANDS, Network, load, looks
from local_live.reading.hear_phones import PHONES, SILENCE, STATE_COUNT, states_of

EDGE = max(AROUND)


def test_no_voice_that_is_held_out_is_learned_from() -> None:
    held_out = {voice for voice, _ in HELD_OUT_MANNERS}
    assert held_out.isdisjoint(voices())
    assert len(voices()) > 100


def test_a_seed_gives_the_same_words_in_the_same_voice_and_another_one_others() -> None:
    one, again, other = (next(examples(seed)).states for seed in (5, 5, 6))
    # eSpeak NG says the same a few samples sooner or later each time.
    assert alike(one, again) > 0.85
    assert alike(one, other) < 0.7


def alike(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> float:
    """The part of the longer one's frames that are in the same state in both."""
    both = min(len(one), len(other))
    return float((one[:both] == other[:both]).sum() / max(len(one), len(other)))


def test_an_example_begins_and_ends_in_silence_and_its_sounds_go_through_their_states() -> None:
    example = next(examples(1))
    assert example.frames.shape == (len(example.states), BANDS)
    assert example.states[0] == example.states[-1] == SILENCE
    known = example.states[example.states > SILENCE]
    assert len(known) > 30
    first = known[0]
    of_the_first_sound = [state for state in known[:12] if (state - 1) // 3 == (first - 1) // 3]
    assert of_the_first_sound == sorted(of_the_first_sound)


def test_the_edges_of_what_is_made_are_of_no_state() -> None:
    frames, states = make((3, 200))
    assert len(frames) == len(states) >= 200 + 2 * EDGE
    assert set(states[:EDGE]) == set(states[-EDGE:]) == {UNKNOWN}
    assert states.max() < STATE_COUNT


def test_noise_is_as_loud_as_it_is_said_to_be_and_never_twice_the_same() -> None:
    noise = Noise(np.random.default_rng(1), ("en-us",), voices=2)
    one, other = noise.around(RATE_HZ), noise.around(RATE_HZ)
    for sound in (one, other):
        assert np.sqrt((sound**2).mean()) == pytest.approx(1.0)
    assert abs(float((one * other).mean())) < 0.5


def test_a_learner_learns_and_what_is_kept_of_it_tells_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    learner = Learner([4, 16, 3], rng)
    seen = rng.normal(0, 1, (512, 4)).astype(np.float32)
    states = (seen[:, 0] > 0).astype(np.int64) + (seen[:, 1] > 1).astype(np.int64)
    first, _ = learner.step(seen, states, 0.01)
    for _ in range(150):
        last, right = learner.step(seen, states, 0.01)
    assert last < first / 4
    assert right > 0.95
    keep(learner, np.zeros(3, np.float32), tmp_path / "kept.npz")
    kept = load(tmp_path / "kept.npz")
    full = Network(tuple(learner.weights), tuple(learner.offsets), np.zeros(3, np.float32))
    assert np.abs(kept.tell(seen) - full.tell(seen)).max() < 0.5
    assert np.exp(kept.tell(seen)).sum(axis=1) == pytest.approx(1.0, abs=1e-4)
    assert (kept.tell(seen).argmax(axis=1) == states).mean() > 0.93


def test_training_writes_weights_that_tell_what_was_shown(tmp_path: Path) -> None:
    train(frames=6_000, passes=30, hidden=[48], seed=1, out=tmp_path / "small.npz")
    small = load(tmp_path / "small.npz")
    shown = next(examples(10_000))
    right = small.likely_of(shown.frames).argmax(axis=1) == shown.states
    assert right.mean() > 20 / STATE_COUNT, "so little speech teaches little, but it teaches"


def test_a_frame_is_seen_as_it_is_beside_its_own_usual_loudness() -> None:
    sound = np.random.default_rng(2).normal(0, 500, RATE_HZ).astype(np.float32)
    assert np.abs(looks(sound).mean(axis=0)).max() < 1e-4
    assert np.allclose(looks(sound), looks(sound * 8), atol=1e-3)


def test_every_sound_has_states_of_its_own() -> None:
    all_states = [state for phone in range(len(PHONES)) for state in states_of(phone)]
    assert sorted([SILENCE, *all_states]) == list(range(STATE_COUNT))
