"""What counts as an answer: sound to its end. Everything else is told as a failure."""

import pytest

from custom_components.shelfsight.answer import AnswerSound, Ending, take_answer
from custom_components.shelfsight.company import Company
from custom_components.shelfsight.live.accounts import Usage
from custom_components.shelfsight.live.events import (
    Heard,
    Interrupted,
    Reported,
    Said,
    Sound,
    SoundOver,
    TurnEvent,
    TurnOver,
    Wrote,
)
from custom_components.shelfsight.live.faults import LiveError, Trouble
from custom_components.shelfsight.live.models import profile_of
from custom_components.shelfsight.live.session import Turn
from custom_components.shelfsight.outcome import Outcome
from custom_components.shelfsight.spatial import PlaceReport

SECOND = Sound(bytes(48_000))
SEVEN = Usage(text_in=3, audio_out=4)


async def ended(
    *events: TurnEvent | LiveError, model: str = "gemini-3.8-live", may_say_nothing: bool = False
) -> tuple[Ending, Outcome]:
    turn, outcome = Turn(), Outcome()
    for event in events:
        await turn.put(event)
    ending = await take_answer(
        turn, outcome, None, Company(None), profile_of(model), model, 1.0, may_say_nothing=may_say_nothing
    )
    return ending, outcome


async def taken(*events: TurnEvent | LiveError) -> Outcome:
    return (await ended(*events))[1]


async def test_all_that_is_told_of_an_answer_is_kept_also_what_comes_late() -> None:
    place = PlaceReport(found=True, item="bread")
    outcome = await taken(
        Heard(" where"),
        Heard(" is it"),
        Reported(place),
        SECOND,
        Said("Third"),
        SoundOver(),
        Said(" shelf. "),
        TurnOver(SEVEN, None),
    )
    assert (outcome.asked, outcome.answer, outcome.place, outcome.usage.total) == (
        "where is it",
        "Third shelf.",
        place,
        7,
    )
    assert outcome.first_sound_s is not None
    assert outcome.bills == {"gemini-3.8-live": SEVEN}


@pytest.mark.parametrize(
    ("events", "trouble"),
    [
        ([Said("Third shelf."), TurnOver(SEVEN, "RESPONSE_REJECTED")], Trouble.REJECTED),
        ([SoundOver(), TurnOver(SEVEN, None)], Trouble.NOT_ADDRESSED),
        ([SECOND, Interrupted(), TurnOver(SEVEN, None)], Trouble.CUT_OFF),
        ([SECOND, LiveError(Trouble.QUOTA, "closed")], Trouble.QUOTA),
    ],
    ids=["the server declines", "nothing", "half of one", "the session died"],
)
async def test_what_is_no_whole_answer_is_a_failure(events: list[TurnEvent | LiveError], trouble: Trouble) -> None:
    with pytest.raises(LiveError) as caught:
        await taken(*events)
    assert caught.value.trouble is trouble


async def test_words_without_end_are_cut() -> None:
    outcome = await taken(*[Said("x" * 300)] * 20, *[Heard("y" * 300)] * 20, SECOND, SoundOver(), TurnOver(SEVEN, None))
    assert (len(outcome.answer), len(outcome.asked)) == (2000, 2000)


async def test_sound_without_end_is_cut_after_a_minute_and_a_half() -> None:
    sound = AnswerSound()
    for _ in range(200):
        sound.add(SECOND.pcm)
    sound.end()
    pieces = [piece async for piece in sound.run_of_pieces()]
    assert len(pieces) == 90


async def test_an_empty_answer_of_a_model_that_always_answers_is_no_answer() -> None:
    with pytest.raises(LiveError) as caught:
        await ended(SoundOver(), TurnOver(SEVEN, None), model="gemini-3.1-flash-live-preview")
    assert caught.value.trouble is Trouble.NO_ANSWER


@pytest.mark.parametrize("words", [Said("Third shelf."), Wrote(" Third shelf. ")], ids=["a transcript", "text"])
async def test_an_answer_only_in_words_is_noticed_and_kept(words: TurnEvent) -> None:
    ending, outcome = await ended(words, SoundOver(), TurnOver(SEVEN, None))
    assert (ending, outcome.answer) == (Ending.WRITTEN, "Third shelf.")


@pytest.mark.parametrize("words", ["<nothing>", "Nothing.", "< nothing >"])
async def test_nothing_is_not_said_where_a_model_may_have_nothing_to_say(words: str) -> None:
    ending, outcome = await ended(SECOND, Said(words), SoundOver(), TurnOver(SEVEN, None), may_say_nothing=True)
    assert ending is Ending.NOTHING
    assert outcome.first_sound_s is None, "not a sample of it"


async def test_what_only_begins_like_nothing_is_said_whole() -> None:
    ending, outcome = await ended(
        SECOND,
        Said("Nothing new but "),
        SECOND,
        Said("a cart."),
        SoundOver(),
        TurnOver(SEVEN, None),
        may_say_nothing=True,
    )
    assert (ending, outcome.answer) == (Ending.SAID, "Nothing new but a cart.")


async def test_a_gap_in_the_sound_ends_a_run_and_the_rest_is_another() -> None:
    sound = AnswerSound()
    sound.add(b"aa")
    assert [piece async for piece in sound.run_of_pieces()] == [b"aa"]
    sound.add(b"bb")
    sound.end()
    assert await sound.wait()
    assert [piece async for piece in sound.run_of_pieces()] == [b"bb"]
    assert not await sound.wait()
