"""The wearable's clock in the home's terms, and how much may come in a while."""

import pytest

from custom_components.shelfsight.link.clock import WearableClock
from custom_components.shelfsight.link.rate import Allowance

WRAP = 1 << 32


def test_the_fastest_message_sets_the_clock_and_slow_ones_do_not_move_it() -> None:
    clock = WearableClock()
    assert clock.home_s(1000, 50.3) == pytest.approx(50.3), "the first is taken at its word"
    assert clock.home_s(2000, 51.1) == pytest.approx(51.1), "200 ms faster: the offset is learnt"
    assert clock.home_s(3000, 52.9) == pytest.approx(52.1), "800 ms late, and taken when it was"


def test_nothing_happened_after_it_came_in() -> None:
    clock = WearableClock()
    for stamp_ms, received_s in ((0, 9.0), (40, 9.01), (20, 9.2), (500, 9.3)):
        assert clock.home_s(stamp_ms, received_s) <= received_s + 1e-9


def test_the_clock_runs_on_where_the_stamps_wrap() -> None:
    clock = WearableClock()
    before = clock.home_s(WRAP - 20, 100.0)
    assert clock.home_s(0, 100.02) - before == pytest.approx(0.02)
    assert clock.home_s(980, 101.0) - before == pytest.approx(1.0)


def test_a_late_message_from_before_the_wrap_stays_before_it() -> None:
    clock = WearableClock()
    before = clock.home_s(WRAP - 100, 100.0)
    clock.home_s(100, 100.2)
    assert clock.home_s(WRAP - 50, 100.3) - before == pytest.approx(0.05)
    assert clock.home_s(200, 100.4) - before == pytest.approx(0.3)


def test_the_clock_runs_on_over_many_wraps() -> None:
    clock = WearableClock()
    home_s = 0.0
    first = clock.home_s(0, home_s)
    for step in range(1, 13):
        home_s = step * WRAP / 4 / 1000
        at_s = clock.home_s(step * (WRAP // 4) % WRAP, home_s)
    assert at_s - first == pytest.approx(3 * WRAP / 1000)


def test_an_allowance_lets_a_burst_through_and_then_so_much_a_second() -> None:
    allowance = Allowance(10, 3, 0.0)
    assert [allowance.take(1, 0.0) for _ in range(4)] == [True, True, True, False]
    assert not allowance.take(1, 0.05)
    assert allowance.take(1, 0.1)
    assert [allowance.take(1, 60.0) for _ in range(4)] == [True, True, True, False], (
        "rest is not saved beyond the burst"
    )


def test_what_is_not_allowed_costs_nothing() -> None:
    allowance = Allowance(1, 5, 0.0)
    assert not allowance.take(6, 0.0)
    assert allowance.take(5, 0.0)
