"""What counts as an answer: sound to its end. Everything else is told as a failure."""

import pytest

from custom_components.shelfsight.live.events import (
    Heard,
    Interrupted,
    Reported,
    Said,
    Sound,
    SoundOver,
    TurnEvent,
    TurnOver,
)
from custom_components.shelfsight.live.faults import LiveError, Trouble
from custom_components.shelfsight.live.session import Turn
from custom_components.shelfsight.question import AnswerSound, Outcome, take_answer
from custom_components.shelfsight.spatial import PlaceReport

SECOND = Sound(bytes(48_000))


async def taken(*events: TurnEvent | LiveError) -> Outcome:
    turn, outcome = Turn(), Outcome()
    for event in events:
        await turn.put(event)
    await take_answer(turn, outcome, None, 1.0)
    return outcome


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
        TurnOver(7, None),
    )
    assert (outcome.asked, outcome.answer, outcome.place, outcome.tokens) == ("where is it", "Third shelf.", place, 7)
    assert outcome.first_sound_s is not None


@pytest.mark.parametrize(
    ("events", "trouble"),
    [
        ([Said("Third shelf."), TurnOver(7, "RESPONSE_REJECTED")], Trouble.NO_ANSWER),
        ([SoundOver(), TurnOver(7, None)], Trouble.NO_ANSWER),
        ([SECOND, Interrupted(), TurnOver(7, None)], Trouble.CUT_OFF),
        ([SECOND, LiveError(Trouble.QUOTA, "closed")], Trouble.QUOTA),
    ],
    ids=["words without sound", "nothing", "half of one", "the session died"],
)
async def test_what_is_no_whole_answer_is_a_failure(events: list[TurnEvent | LiveError], trouble: Trouble) -> None:
    with pytest.raises(LiveError) as caught:
        await taken(*events)
    assert caught.value.trouble is trouble


async def test_words_without_end_are_cut() -> None:
    outcome = await taken(*[Said("x" * 300)] * 20, *[Heard("y" * 300)] * 20, SECOND, SoundOver(), TurnOver(7, None))
    assert (len(outcome.answer), len(outcome.asked)) == (2000, 2000)


async def test_sound_without_end_is_cut_after_a_minute_and_a_half() -> None:
    sound = AnswerSound()
    for _ in range(200):
        sound.add(SECOND.pcm)
    sound.end()
    pieces = [piece async for piece in sound.pieces()]
    assert len(pieces) == 90
