"""`scripts/demo --mode` as a user runs it: every mode against the shelf that was drawn.

The demonstration judges itself and exits with 1 where something was wrong; what it says it heard is judged here again, from
its data and its recordings.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
import wave

import numpy as np
import pytest

from custom_components.shelfsight.sound.phrases import load
from custom_components.shelfsight.spatial import is_nothing
from demo.listening import alike, loudness
from demo.modes import MODES
from demo.views import Bay, is_there, wrong
from drawn_shelves import draw
from local_live.voice import SPEECH_HZ, speak

from .conftest import Shown

pytestmark = pytest.mark.timeout(500)
Show = Callable[[str], Shown]


def heard_in(path: Path) -> np.ndarray:
    """The course of a recording's loudness."""
    with wave.open(str(path), "rb") as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, SPEECH_HZ)
        return loudness(wav.readframes(wav.getnframes()), SPEECH_HZ)


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_is_shown_from_its_choice_in_home_assistant_to_its_end(show: Show, mode: str) -> None:
    shown = show(mode)
    assert shown.status == 0, shown.text
    assert shown.data["mode"] == mode
    assert f"the usual mode is {mode!r} now" in shown.text
    assert shown.data["said"], shown.text


@pytest.mark.parametrize("mode", MODES)
def test_all_that_was_heard_is_kept_and_is_the_sound_of_its_words(show: Show, mode: str) -> None:
    shown = show(mode)
    for said in shown.data["said"]:
        heard = heard_in(Path(said["wav"]))
        assert heard.size, said
        if said["phrase"] is not None:
            assert said["text"] == load("en")[said["phrase"]].text
            continue
        if not said["text"]:
            continue  # a press cut it off; how far it came is in the recording
        assert not is_nothing(said["text"])
        # eSpeak NG varies a little from time to time; how long and how loud each part of a sentence is does not.
        expected = loudness(speak(said["text"]), SPEECH_HZ)
        assert abs(heard.size - expected.size) <= 5, said
        assert max(alike(heard, expected), alike(expected, heard)) > 0.95, said
    assert (shown.output / "heard.wav").stat().st_size > sum(
        Path(said["wav"]).stat().st_size - 44 for said in shown.data["said"]
    ), "the whole recording has all of it"


def test_guide_leads_to_the_thing_by_corrections_that_are_true(show: Show) -> None:
    shown = show("guide")
    place, *corrections = shown.answers
    assert place["found"] is True and "oat milk" in place["text"].lower()
    assert shown.phrases == ["guiding", "guiding_over"]
    texts = [said["text"] for said in corrections if said["text"]]
    assert len(texts) >= 3, "one step is no guiding"
    assert is_there(texts[-1]) and not any(is_there(text) for text in texts[:-1])
    # Once more and by the same rule, so that a demonstration that stopped judging would be noticed.
    image, truth = draw()
    bay, thing = Bay(image, truth), truth.named("oat milk")
    assert thing is not None
    corner = bay.beside(thing)
    assert bay.offset(thing, corner).right < -0.2 and bay.offset(thing, corner).down < -0.1
    for text in texts:
        assert wrong(text, bay.offset(thing, corner)) is None, (text, bay.offset(thing, corner))
        corner = bay.turned(corner, text)
    end = bay.offset(thing, corner)
    assert abs(end.right) <= 0.12 and abs(end.down) <= 0.75 * end.shelf


def test_a_correction_comes_every_few_seconds_while_the_head_moves(show: Show) -> None:
    corrections = show("guide").answers[1:]
    gaps_ms = [later["began_ms"] - earlier["ended_ms"] for earlier, later in pairwise(corrections)]
    assert all(gap_ms < 8000 for gap_ms in gaps_ms), gaps_ms


def test_watch_names_what_vanished_and_what_came_back_and_is_silent_in_between(show: Show) -> None:
    shown = show("watch")
    assert shown.phrases == ["watching", "watching_over"]
    first, gone, back = shown.answers
    assert "in view" in first["text"].lower()
    assert "gone" in gone["text"].lower() and "oat milk" in gone["text"].lower()
    assert "second shelf" in gone["text"].lower()
    assert "new" in back["text"].lower() and "oat milk" in back["text"].lower()
    assert shown.text.count("nothing was said for 12 s") == 4
    assert all(len(said["text"].split()) <= 20 for said in shown.answers)


def test_read_says_the_price_that_was_drawn(show: Show) -> None:
    shown = show("read")
    _, truth = draw()
    soup = truth.named("tomato soup")
    assert soup is not None
    assert [soup.price in said["text"] for said in shown.answers] == [True]


def test_describe_names_what_stands_on_the_shelf_and_nothing_else(show: Show) -> None:
    (said,) = show("describe").answers
    _, truth = draw()
    named = {one.name for one in truth.products if one.name in said["text"].lower()}
    assert len(named) >= 2 and named <= {one.name for one in truth.products if one.shelf == 3}


def test_a_shelf_reader_refuses_to_translate_at_once(show: Show) -> None:
    shown = show("translate")
    assert shown.phrases == ["mode_unsupported"] and not shown.answers
    first_ms = int(shown.text.split(" ms from the press to its first sound")[0].split()[-1])
    assert first_ms <= 1500
    assert shown.data["live_sessions"] == 0, "nobody was asked in vain"


def test_the_judge_of_corrections_finds_fault_with_what_is_not_true() -> None:
    image, truth = draw()
    thing = truth.named("oat milk")
    assert thing is not None
    bay = Bay(image, truth)
    offset = bay.offset(thing, bay.beside(thing))
    assert wrong("Head right.", offset) and wrong("Head down, one shelf.", offset)
    assert wrong("Straight ahead. Reach out.", offset)
    assert wrong("Head left, quite far.", offset) is None and wrong("Too dark to read.", offset) is None
