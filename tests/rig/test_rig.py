"""The rig's own codes: what a suite concludes rests on them."""

import numpy as np
import pytest

from custom_components.shelfsight.sound.pcm import resample, samples
from custom_components.shelfsight.sound.phrases import PHRASES_HZ, load
from firmware_bridge.wearable import cues
from local_live.voice import in_chunks

from .board import Speech
from .coded_sound import ANSWER_MS, NOBODY, UNKNOWN, answers_in, chunks_in, question_chunk, question_in, tones
from .figures import percentile
from .heard import Sounding, heard_after_s, phrase_in
from .streams import unmasked


def spoken(text: str) -> bytes:
    """What the Live server sends for a text."""
    return b"".join(chunk.pcm for chunk in in_chunks(text, tones(text)))


@pytest.mark.parametrize("number", [0, 1, 255, 4096, 54321, UNKNOWN])
def test_an_answer_says_its_number(number: int) -> None:
    said = spoken(f"Answer {number}.")
    assert answers_in(said) == [number]
    assert answers_in(bytes(4801 * 2) + said) == [number]
    assert len(said) == ANSWER_MS * 48


def test_half_an_answer_is_none() -> None:
    said = spoken("7")
    assert answers_in(said[: len(said) // 2]) == []


def test_an_answer_that_is_said_four_times_and_cut_was_heard_as_often_as_it_was_whole() -> None:
    said = b"".join(chunk.pcm for chunk in in_chunks("7", tones("7", times=4)))
    assert answers_in(said) == [7, 7, 7, 7]
    assert answers_in(said[: len(said) * 5 // 8]) == [7, 7]


def test_an_answer_with_a_gap_is_none() -> None:
    said = spoken("7")
    assert answers_in(said[:6000] + bytes(1920) + said[6000:]) == []


def test_no_phrase_and_no_cue_is_an_answer() -> None:
    for phrase in load("en").values():
        assert answers_in(resample(samples(phrase.pcm), PHRASES_HZ, 24_000).tobytes()) == []
    for name in cues.NOTES:
        assert answers_in(b"".join(cues.pieces(cues.notes_of(name), 24_000))) == []


def test_every_phrase_is_told_from_the_others_by_all_of_it_or_its_first_two() -> None:
    for name, phrase in load("en").items():
        heard = resample(samples(phrase.pcm), PHRASES_HZ, 24_000).tobytes()
        assert phrase_in(heard) == name
        assert phrase_in(heard[: 2 * 48_000]) == name


def test_an_answer_is_no_phrase() -> None:
    assert phrase_in(spoken("12")) is None


def test_the_chunks_of_a_question_are_found_wherever_they_begin() -> None:
    speech = Speech(number=300, before_ms=40, voiced_ms=60)
    chunks = [speech.chunk(number) for number in range(8)]
    pcm = bytes(50) + b"".join(question_chunk(chunk) for chunk in chunks)
    assert chunks_in(pcm) == chunks
    assert [chunk.voiced for chunk in chunks] == [False, False, True, True, True, False, False, False]
    assert question_in(pcm) == 300


def test_nobody_s_silence_holds_no_question() -> None:
    pcm = b"".join(question_chunk(Speech(NOBODY, 0, 0).chunk(number)) for number in range(5))
    assert len(chunks_in(pcm)) == 5
    assert question_in(pcm) == UNKNOWN


def test_a_masked_frame_is_read() -> None:
    mask, payload = b"\x01\x02\x03\x04", bytes(range(200))
    sealed = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    assert unmasked(b"\x82\xfe\x00\xc8" + mask + sealed) == payload
    assert unmasked(b"\x82\x83" + mask + sealed[:3]) == payload[:3]


def test_what_is_cleared_before_it_sounds_was_not_heard() -> None:
    sounding = Sounding(1, 0.0)
    sounding.wrote(np.full(480, 9000, "<i2").tobytes(), starts_s=1e12)
    sounding.clear(5.0)
    assert sounding.first_s is None


def test_what_is_heard_after_a_moment_is_what_begins_then_or_an_answer_that_goes_on() -> None:
    loud, quiet = np.full(2400, 9000, "<i2").tobytes(), bytes(24_000)
    answer, cue = Sounding(1, 0.0), Sounding(None, 0.0, cue="thinking")
    for start_s in (10.0, 10.1, 10.2, 12.0):
        answer.wrote(loud, start_s)
    answer.wrote(quiet, 12.1)
    cue.wrote(loud + loud + loud, 14.0)
    assert len(answer.audible) == 2
    assert heard_after_s([answer, cue], 9.5) == pytest.approx(0.5)
    assert heard_after_s([answer, cue], 10.05) == 0
    assert heard_after_s([answer, cue], 10.5) == pytest.approx(1.5)
    assert heard_after_s([answer, cue], 13.0) == pytest.approx(1.0)
    assert heard_after_s([answer, cue], 14.01) is None


def test_percentiles_are_values_that_were_seen() -> None:
    values = [float(value) for value in range(1, 101)]
    assert (percentile(values, 50), percentile(values, 95), percentile(values, 100)) == (50, 95, 100)
    assert percentile([7.0], 95) == 7.0
