"""A few people who talk at once show everything; of many each shows less, so that all are heard in time."""

from contextlib import ExitStack

import pytest

from custom_components.shelfsight.crowd import QUESTION_VIDEO, Crowd
from custom_components.shelfsight.link.messages import Capture
from custom_components.shelfsight.senses import Senses


class Body:
    """A wearable with everything."""

    microphone_hz: int | None = 16_000
    has_camera = True
    private = False


def test_a_small_home_never_asks_for_less() -> None:
    crowd = Crowd()
    with ExitStack() as talking:
        for _ in range(20):
            talking.enter_context(crowd.joined())
            assert crowd.video == QUESTION_VIDEO and QUESTION_VIDEO.rate_hz == 1.0


def test_many_show_half_as_many_pictures_of_the_same_size_for_as_long_as_they_are_many() -> None:
    crowd = Crowd()
    with ExitStack() as talking:
        for _ in range(20):
            talking.enter_context(crowd.joined())
        with crowd.joined():
            assert crowd.video.rate_hz == 0.5
            assert (crowd.video.width, crowd.video.height) == (QUESTION_VIDEO.width, QUESTION_VIDEO.height)
        assert crowd.video == QUESTION_VIDEO


def test_the_more_there_are_the_fewer_pictures_each_shows_but_never_none() -> None:
    crowd = Crowd()
    rates_hz: list[float] = []
    with ExitStack() as talking:
        for _ in range(100):
            talking.enter_context(crowd.joined())
            rates_hz.append(crowd.video.rate_hz)
    assert rates_hz == sorted(rates_hz, reverse=True)
    assert rates_hz[49] == 0.5
    assert rates_hz[50] == rates_hz[-1] == 0.25


def test_whose_question_ends_by_an_error_does_not_count_for_ever() -> None:
    crowd = Crowd()
    for _ in range(50):
        with pytest.raises(ValueError), crowd.joined():
            raise ValueError
    assert crowd.video == QUESTION_VIDEO


async def test_a_wearable_is_told_what_the_crowd_leaves_it_each_time_it_is_told_anything() -> None:
    told: list[Capture] = []

    async def capture(what: Capture) -> None:
        told.append(what)

    async def in_executor(*_: object) -> None:
        raise AssertionError("nothing was seen")

    crowd = Crowd()
    senses = Senses(Body(), in_executor, capture, crowd)  # type: ignore[arg-type]  # a body of less than a wearable has
    senses.listen()
    with ExitStack() as talking:
        for _ in range(21):
            talking.enter_context(crowd.joined())
        await senses.ask()
    await senses.ask()
    assert [what.video and what.video.rate_hz for what in told] == [0.5, 1.0]
    assert all(what.audio for what in told)
