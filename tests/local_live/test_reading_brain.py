"""The brain of a session: frames in, spoken questions in, answers out."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from reading_parts import as_camera_sends

from drawn_shelves import Scene, Wanted, draw
from local_live.reading.asking import Kind, understand
from local_live.reading.brain import ShelfBrain, make_shelf_brains
from local_live.reading.ears import Ears
from local_live.reading.looking import glance
from local_live.reading.ocr import Reader
from local_live.reading.picture import open_frame
from local_live.reading.saying import NO_PICTURE, NOT_HEARD, TOO_SLOW, UNREADABLE
from local_live.reading.shelfmap import ShelfMap
from local_live.voice import speak

SCENE = Scene(
    seed=11, shelves=3, width_px=1024, height_px=768,
    wanted=(Wanted("gluten free bread", 2, "right"), Wanted("oat milk", 1), Wanted("tomato soup", 3), Wanted("honey")),
)  # fmt: skip
MAKERS = ThreadPoolExecutor(2)
MAKE = make_shelf_brains(MAKERS)


@pytest.fixture(scope="module")
def jpeg() -> bytes:
    return as_camera_sends(draw(SCENE)[0])


@pytest.fixture
async def brain() -> AsyncIterator[ShelfBrain]:
    brain = MAKE()
    yield brain
    brain.close()


async def test_without_a_picture_it_says_so(brain: ShelfBrain) -> None:
    assert (await brain.answer_text("where is the bread")).text == NO_PICTURE


async def test_a_picture_that_takes_too_long_to_read_is_not_said_to_be_missing(
    brain: ShelfBrain, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_live.reading.brain._PATIENCE_S", 0.01)
    brain.look(jpeg)
    assert (await brain.answer_text("where is the bread")).text == TOO_SLOW


async def test_a_picture_that_is_none_is_said_to_be_none(brain: ShelfBrain) -> None:
    brain.look(b"this is no picture")
    assert (await brain.answer_text("where is the bread")).text == UNREADABLE


async def test_silence_is_not_taken_for_a_question(brain: ShelfBrain) -> None:
    assert (await brain.answer_sound(bytes(32_000))).text == NOT_HEARD
    assert (await brain.answer_sound(b"")).text == NOT_HEARD
    assert (await brain.answer_text("  ")).text == NOT_HEARD


async def test_a_spoken_question_about_the_newest_frame_is_answered(brain: ShelfBrain, jpeg: bytes) -> None:
    brain.look(jpeg)
    answer = await brain.answer_sound(speak("where is the gluten free bread", rate_hz=16_000))
    assert "gluten free bread" in answer.heard
    assert answer.text.startswith("Second shelf of three from the top, ")
    assert answer.place and answer.place.found and answer.place.shelf == 2


async def test_the_same_view_is_not_read_again(brain: ShelfBrain, jpeg: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    readings = 0
    read = Reader.read

    def counted(self: Reader, *args: object, **kwargs: object) -> object:
        nonlocal readings
        readings += 1
        return read(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Reader, "read", counted)
    brain.look(jpeg)
    await brain.answer_text("where is the dog food")
    for _ in range(5):
        brain.look(jpeg)
    await brain.answer_text("where is the dog food")
    assert readings == 2, "a glance and a close look"


async def test_closing_ends_the_looking(jpeg: bytes) -> None:
    brain = MAKE()
    brain.look(jpeg)
    await asyncio.sleep(0)
    brain.close()
    assert brain._looking
    with pytest.raises(asyncio.CancelledError):
        await brain._looking


@pytest.fixture(scope="module")
def shelf(jpeg: bytes) -> ShelfMap:
    return glance(Reader(), open_frame(jpeg)).shelf_map


def test_spoken_questions_are_understood_in_several_voices(shelf: ShelfMap) -> None:
    ears = Ears()
    questions = (
        "where is the gluten free bread", "where is the tomato soup", "find the dog food", "what is on the second shelf",
        "where is the honey", "where are the contractor bags",
    )  # fmt: skip
    voices = (("en-us", 165), ("en-us", 130), ("en-gb-x-rp", 150))
    understood, wrong_find = 0, []
    for question in questions:
        for voice, pace in voices:
            heard = ears.hear(speak(question, voice=voice, words_per_minute=pace, rate_hz=16_000), shelf)
            asked, meant = understand(heard.text), understand(question)
            same = not heard.doubtful and asked.kind == meant.kind and asked.thing == meant.thing
            understood += same
            if (
                "gluten" in meant.thing
                and not heard.doubtful
                and asked.kind is Kind.FIND
                and "gluten" not in asked.thing
            ):
                wrong_find.append(heard)
    assert understood >= 0.75 * len(questions) * len(voices)
    assert not wrong_find
