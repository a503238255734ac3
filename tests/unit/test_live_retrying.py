"""When a question that failed is tried again: the table of the docstring, the chance in it, and its end."""

import itertools
import random

import pytest

from custom_components.shelfsight.live.faults import Trouble
from custom_components.shelfsight.live.retrying import QUESTION_TIME_S, Tries

# Without luck (chance 1) each delay is as long as it may be.
TABLE: dict[Trouble, list[float]] = {
    Trouble.KEY_REFUSED: [],
    Trouble.CERTIFICATE_CHANGED: [],
    Trouble.QUOTA: [0.5, 1, 2],
    Trouble.OVERLOADED: [0.5, 1, 2],
    Trouble.BAD_REQUEST: [0],
    Trouble.NO_SERVER: [0.5, 1, 2, 4],
    Trouble.CUT_OFF: [0],
    Trouble.NO_ANSWER: [],
    Trouble.NOT_ADDRESSED: [],
    Trouble.REJECTED: [],
}


def delays_of(tries: Tries, trouble: Trouble, waited_s: float = 0.0) -> list[float]:
    """All delays for one trouble, until it is given up."""
    delays: list[float] = []
    while (delay_s := tries.next_delay_s(trouble, waited_s)) is not None:
        delays.append(delay_s)
        assert len(delays) < 100, "it does not end"
    return delays


def test_the_table_speaks_of_every_trouble() -> None:
    assert set(TABLE) == set(Trouble)


@pytest.mark.parametrize(("trouble", "delays"), TABLE.items(), ids=lambda value: getattr(value, "name", ""))
def test_every_trouble_is_tried_again_as_often_and_as_late_as_the_table_says(
    trouble: Trouble, delays: list[float]
) -> None:
    assert delays_of(Tries(lambda: 1.0), trouble) == delays


@pytest.mark.parametrize("trouble", Trouble)
def test_a_delay_lies_between_half_and_all_of_what_the_table_says(trouble: Trouble) -> None:
    chance = random.Random(7).random
    for _ in range(200):
        for delay_s, most_s in zip(delays_of(Tries(chance), trouble), TABLE[trouble], strict=True):
            assert most_s / 2 <= delay_s <= most_s


def test_chance_keeps_those_apart_who_lost_the_same_server() -> None:
    chance = random.Random(7).random
    first = [Tries(chance).next_delay_s(Trouble.NO_SERVER, 0.0) for _ in range(50)]
    assert len(set(first)) == 50


def test_troubles_are_counted_apart_from_each_other() -> None:
    tries = Tries(lambda: 1.0)
    assert tries.next_delay_s(Trouble.BAD_REQUEST, 0.0) == 0
    assert tries.next_delay_s(Trouble.NO_SERVER, 0.0) == 0.5
    assert tries.next_delay_s(Trouble.BAD_REQUEST, 0.0) is None, "once, whatever happened in between"
    assert tries.next_delay_s(Trouble.NO_SERVER, 0.0) == 1


@pytest.mark.parametrize("trouble", [one for one, delays in TABLE.items() if delays], ids=lambda one: one.name)
def test_no_try_begins_after_the_time_of_the_question(trouble: Trouble) -> None:
    first_s = TABLE[trouble][0]
    assert Tries(lambda: 1.0).next_delay_s(trouble, QUESTION_TIME_S - first_s) == first_s
    assert Tries(lambda: 1.0).next_delay_s(trouble, QUESTION_TIME_S - first_s + 0.01) is None


def test_a_delay_that_would_come_too_late_is_not_counted_as_a_try() -> None:
    tries = Tries(lambda: 1.0)
    assert tries.next_delay_s(Trouble.NO_SERVER, QUESTION_TIME_S) is None
    assert not tries.made


@pytest.mark.parametrize("seed", range(20))
def test_no_order_of_troubles_is_tried_for_ever_even_when_no_time_passes(seed: int) -> None:
    chance = random.Random(seed)
    tries = Tries(chance.random)
    tried = 0
    given_up: set[Trouble] = set()
    for _ in itertools.repeat(None, 500):
        trouble = chance.choice(list(Trouble))
        if tries.next_delay_s(trouble, 0.0) is None:
            given_up.add(trouble)
        else:
            assert trouble not in given_up, "what was given up stays so"
            tried += 1
    assert tried == sum(map(len, TABLE.values()))
