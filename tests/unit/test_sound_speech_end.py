"""When a question begins and ends, row by row of the table, in noise and in silence."""

import numpy as np
import pytest

from custom_components.shelfsight.sound.pcm import Samples
from custom_components.shelfsight.sound.speech_end import Speech, SpeechEnd

HZ = 16000


def noise(ms: int, dbfs: float, seed: int = 1) -> Samples:
    """White noise of a level; what is voice and what is the room is only a matter of level here."""
    values = np.random.default_rng(seed).normal(0, 32768 * 10 ** (dbfs / 20), HZ * ms // 1000)
    return np.clip(values, -32768, 32767).astype(np.int16)


def voice(ms: int, dbfs: float = -20) -> Samples:
    return noise(ms, dbfs, seed=2)


def hear(speech: SpeechEnd, *sounds: Samples) -> list[tuple[int, Speech]]:
    """Feed it 20 ms at a time; the changes of state, each with the time heard until then."""
    changes = []
    whole = np.concatenate(sounds)
    for start in range(0, whole.size, 320):
        before = speech.state
        if speech.feed(whole[start : start + 320]) is not before:
            changes.append((speech.heard_ms, speech.state))
    return changes


ROOMS = [-96.0, -60.0, -45.0]


@pytest.mark.parametrize("room", ROOMS)
def test_a_question_begins_with_the_voice_and_ends_after_six_tenths_of_silence(room: float) -> None:
    speech = SpeechEnd(HZ)
    changes = hear(speech, noise(500, room), voice(1000), noise(1000, room))
    assert changes == [(580, Speech.SPEAKING), (2100, Speech.ENDED)]
    assert (speech.last_voice_ms, speech.speech_ms) == (1500, 1000)
    assert speech.surely_speech


def test_a_person_who_speaks_from_the_press_on_is_not_taken_for_the_room() -> None:
    assert hear(SpeechEnd(HZ), voice(1000), noise(700, -60)) == [(80, Speech.SPEAKING), (1600, Speech.ENDED)]


def test_a_pause_between_words_is_no_end() -> None:
    changes = hear(SpeechEnd(HZ), voice(500), noise(560, -60), voice(500), noise(700, -60))
    assert changes == [(80, Speech.SPEAKING), (2160, Speech.ENDED)]


@pytest.mark.parametrize("room", ROOMS)
def test_where_nobody_speaks_it_is_over_after_the_wait(room: float) -> None:
    speech = SpeechEnd(HZ, wait_ms=2000)
    assert hear(speech, noise(3000, room)) == [(2000, Speech.NOTHING)]
    assert (speech.speech_ms, speech.surely_speech) == (0, False)


def test_a_room_of_steady_loud_noise_is_nobody() -> None:
    assert hear(SpeechEnd(HZ, wait_ms=2000), noise(3000, -38)) == [(2000, Speech.NOTHING)]


def test_a_knock_is_no_question_and_the_wait_goes_on() -> None:
    speech = SpeechEnd(HZ)
    changes = hear(speech, noise(400, -60), voice(100), noise(1000, -60), voice(800), noise(700, -60))
    assert [state for _, state in changes] == [Speech.SPEAKING, Speech.WAITING, Speech.SPEAKING, Speech.ENDED]
    assert speech.speech_ms == pytest.approx(800, abs=20)


def test_a_click_shorter_than_a_syllable_does_not_even_begin() -> None:
    assert hear(SpeechEnd(HZ, wait_ms=2000), noise(400, -60), voice(60), noise(2000, -60)) == [(2000, Speech.NOTHING)]


def test_knocks_do_not_hold_the_wait_up_for_ever() -> None:
    knocks = [sound for _ in range(6) for sound in (voice(100), noise(1200, -60))]
    changes = hear(SpeechEnd(HZ, wait_ms=6000), *knocks, noise(2000, -60))
    assert changes[-1][1] is Speech.NOTHING


def test_whoever_does_not_stop_is_stopped_after_the_longest_question() -> None:
    changes = hear(SpeechEnd(HZ, longest_ms=3000), voice(5000))
    assert changes == [(80, Speech.SPEAKING), (3080, Speech.ENDED)]


def test_the_end_is_final() -> None:
    speech = SpeechEnd(HZ)
    hear(speech, voice(500), noise(700, -60))
    assert hear(speech, voice(2000), noise(2000, -60)) == []
    assert speech.state is Speech.ENDED


def test_chunks_of_any_length_give_the_same_end() -> None:
    sound = np.concatenate((noise(300, -60), voice(700), noise(900, -60)))
    random, speech, at = np.random.default_rng(3), SpeechEnd(HZ), 0
    while at < sound.size:
        size = int(random.integers(1, 900))
        speech.feed(sound[at : at + size])
        at += size
    assert (speech.state, speech.last_voice_ms, speech.speech_ms) == (Speech.ENDED, 1000, 700)


def test_sound_between_voice_and_silence_neither_ends_the_question_nor_keeps_it_open() -> None:
    speech = SpeechEnd(HZ)
    between = noise(400, -50.5)
    changes = hear(speech, noise(500, -60), voice(500), noise(300, -60), between, noise(400, -60))
    assert changes[-1] == (1000 + 300 + 400 + 300, Speech.ENDED)
