"""Figures of repeated measures: percentiles, spread, and that a loaded machine gives none."""

import math

import pytest

from bench.figures import SPREAD_LIMIT, Measure, percentile, ratio


def test_percentiles_are_values_that_were_seen() -> None:
    values = [float(value) for value in range(1, 101)]
    assert (percentile(values, 50), percentile(values, 95), percentile(values, 100)) == (50, 95, 100)
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([7.0], 0) == 7.0


def test_of_no_values_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 95)


def test_the_spread_is_how_far_repeats_lie_apart_beside_their_median() -> None:
    assert Measure((9.0, 10.0, 11.0)).spread == pytest.approx(0.2)
    assert Measure((10.0,)).spread == 0
    assert Measure((0.0, 0.0, 5.0)).spread == math.inf


def test_repeats_further_apart_than_the_limit_are_no_figure() -> None:
    steady, loaded = Measure((9.0, 10.0, 11.0)), Measure((9.0, 10.0, 11.2))
    assert (steady.value, steady.shown()) == (10.0, "10.0")
    assert loaded.spread > SPREAD_LIMIT and loaded.value is None
    assert loaded.shown() == "loaded machine (9.0 to 11.2)"
    assert loaded.middle == 10.0, "what was seen is still told"


def test_a_difference_that_nobody_claims_is_no_spread() -> None:
    assert Measure((0.6, 0.9), floor=0.5).steady
    assert not Measure((0.6, 1.2), floor=0.5).steady


def test_a_ratio_says_how_many_times_theirs_is_ours_and_nothing_where_one_is_no_figure() -> None:
    assert ratio(2.0, 30.0) == 15
    assert [ratio(None, 1.0), ratio(1.0, None), ratio(0.0, 1.0)] == [None, None, None]
    assert ratio(4.0, 0.0) == 0
