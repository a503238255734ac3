"""The judge of the faults, with what a person may have heard."""

import numpy as np

from local_live.voice import in_chunks
from tests.faults.case import TIMES, Case, table
from tests.rig.coded_sound import tones
from tests.rig.heard import Sounding


def answer(number: int, at_s: float, times: int = TIMES) -> Sounding:
    sounding = Sounding(1, at_s, over=True)
    sounding.wrote(b"".join(chunk.pcm for chunk in in_chunks(f"{number}", tones(f"{number}", times))), at_s)
    return sounding


def cue(name: str, at_s: float) -> Sounding:
    sounding = Sounding(None, at_s, cue=name, over=True)
    sounding.wrote(np.full(2400, 9000, "<i2").tobytes(), at_s)
    return sounding


def test_an_answer_in_time_is_no_complaint() -> None:
    case = Case(7, "none", "Glasses", pressed=[10.0], struck=[11.0], ended_s=13.0)
    case.heard = [cue("listening", 10.1), answer(7, 11.8)]
    assert (case.look(), case.complaints()) == ("answer", [])


def test_another_question_s_answer_half_an_answer_and_silence_are_complained_of() -> None:
    case = Case(7, "none", "Glasses", pressed=[10.0], struck=[11.0])
    case.heard = [cue("listening", 11.8), answer(8, 14.0)]
    assert case.complaints() == [
        "nothing heard for 1.80 s after a press",
        "heard the answer to [8]",
        "no end within 45 s",
    ]
    case.heard = [cue("listening", 10.1), answer(7, 12.0, times=2)]
    assert case.complaints() == ["no end within 45 s"]
    case.heard = [cue("listening", 10.1)]
    assert case.complaints() == ["nothing heard for ever after the fault", "no end within 45 s"]


def test_a_fault_after_the_end_needs_no_sound() -> None:
    case = Case(7, "none", "Glasses", pressed=[10.0], struck=[20.0], ended_s=13.0)
    case.heard = [cue("listening", 10.1), answer(7, 11.8)]
    assert case.complaints() == []


def test_a_harmless_fault_counts_from_the_end_of_the_words() -> None:
    case = Case(7, "none", "Glasses", pressed=[10.0], struck=[10.5], spoken_s=11.5, ended_s=14.0)
    case.heard = [cue("listening", 10.1), answer(7, 12.5)]
    assert case.complaints() == ["nothing heard for 2.00 s after the fault"]
    case.harmless = True
    assert case.complaints() == []


def test_what_was_heard_before_the_last_press_is_no_end() -> None:
    case = Case(7, "none", "Glasses", pressed=[10.0, 20.0])
    case.heard = [cue("listening", 10.1), cue("lost", 12.0), cue("listening", 20.1)]
    assert case.look() is None
    case.heard.append(cue("lost", 21.0))
    assert case.look() == "cue lost"


def test_an_answer_that_goes_on_after_the_next_press_is_complained_of() -> None:
    case = Case(8, "none", "Glasses", pressed=[10.0, 12.0])
    case.heard = [cue("listening", 10.1), answer(7, 11.5), cue("listening", 12.1), answer(8, 13.0)]
    assert case.complaints() == ["what was said before went on for 0.64 s after the press"]
    case.heard[1].clear(12.01)
    assert case.complaints() == []


def test_the_longest_silence_after_the_words_is_told() -> None:
    case = Case(7, "none", "Glasses", pressed=[10.0], spoken_s=11.0, ended_s=16.0)
    case.heard = [cue("listening", 10.1), cue("thinking", 12.0), answer(7, 14.5)]
    assert 2.3 < case.silence_s < 2.5


def test_the_table_has_a_row_for_each_kind() -> None:
    case = Case(7, "cable cut", "Glasses", pressed=[10.0], struck=[11.0], ended_s=13.0)
    case.heard = [cue("listening", 10.1), answer(7, 11.8)]
    lines = table([case, Case(8, "double press", "Glasses", pressed=[10.0])]).splitlines()
    assert [line[:12] for line in lines[1:]] == ["cable cut   ", "double press"]
    assert "1 answer" in lines[1]
    assert "never" in lines[2] and "1 no end" in lines[2]
