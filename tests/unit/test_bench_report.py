"""What a run says: figures beside the baseline's, ratios to the last result, and that it says so where it has none."""

import itertools
import json
from typing import Any

import pytest

from bench import report
from bench.figures import Measure
from bench.measuring import Findings, Run, most_that_fit
from bench.plan import QUICK, WHOLE
from bench.waves import Wave


def findings(up_ms: tuple[float, ...], bytes_a_question: float) -> Findings:
    found = Findings()
    found.measures = {
        "one.up_p95_ms": Measure(up_ms),
        "many.up_p95_ms": Measure((10.0, 11.0, 10.5)),
        "visit.bytes_per_question": Measure((bytes_a_question,)),
        "limit.wearables_within_30_ms": Measure((120.0, 110.0)),
    }
    found.waves = {1: [Wave(up_ms=[1.0, 2.0], down_ms=[1.0], rig_late_ms=[0.1])], 9: [Wave(unanswered=9)]}
    return found


def data_of(ours: tuple[float, ...], theirs: tuple[float, ...] = (30.0, 31.0, 29.0)) -> dict[str, Any]:
    run = Run(findings(ours, 500_000), findings(theirs, 15_000_000), others=0.02, took_s=400)
    costs = {"sdk_chunk_us": Measure((30.0, 31.0))}
    return json.loads(json.dumps(report.as_data(run, costs, WHOLE, 354_735)))


def test_figures_stand_where_readers_look_for_them_with_the_baselines_beside() -> None:
    data = data_of((2.0, 2.1, 1.9))
    assert data["one"]["up_p95_ms"] == 2.0 and data["fifty"]["up_p95_ms"] == 10.5
    assert (data["wearables_within_30_ms"], data["bytes_per_question"]) == (115, 500_000)
    assert data["baseline"]["one"]["up_p95_ms"] == 30.0
    assert data["ratios"]["one.up_p95_ms"] == 15 and data["ratios"]["bytes_per_question"] == 30
    assert data["loaded"] == {} and data["spread"] == pytest.approx(0.1)
    assert list(data["by_count"]["shelfsight"]["1"][0]) and data["by_count"]["shelfsight"]["9"] == []


def test_a_loaded_machine_is_said_instead_of_a_number() -> None:
    data = data_of((2.0, 5.0, 3.0))
    assert data["one"]["up_p95_ms"] is None
    assert data["loaded"] == {"one.up_p95_ms": {"repeats": [2, 5, 3], "spread": 1}}
    assert "one.up_p95_ms" not in data["ratios"], "nothing is made of it"
    text = report.table(data, None)
    line = next(line for line in text.splitlines() if line.startswith("one wearable: added up, p95"))
    assert "loaded" in line and "3.0" not in line
    assert "This machine was loaded" in text and "one.up_p95_ms: 2, 5, 3 (spread 100%)" in text


def test_the_baselines_figure_may_be_none_and_ours_one() -> None:
    data = data_of((2.0, 2.1, 1.9), theirs=(10.0, 90.0))
    assert data["one"]["up_p95_ms"] == 2.0 and data["baseline"]["one"]["up_p95_ms"] is None
    line = next(
        line for line in report.table(data, None).splitlines() if line.startswith("one wearable: added up, p95")
    )
    assert line.split()[-2:] == ["2.00", "loaded"]


def test_a_run_is_compared_with_the_committed_result_as_ratios() -> None:
    before, now = data_of((4.0, 4.0, 4.0)), data_of((2.0, 2.0, 2.0))
    lines = report.table(now, before).splitlines()
    line = next(line for line in lines if line.startswith("one wearable: added up, p95"))
    assert line.endswith("x 0.50")
    assert next(line for line in lines if line.startswith("a chunk of 20 ms through the SDK")).endswith("x 1.00")


@pytest.mark.parametrize(("limit", "known", "most"), itertools.product((0, 1, 4, 37, 50, 117, 200, 500), (50,), (200,)))
async def test_the_largest_number_that_fits_is_found_within_a_tenth(limit: int, known: int, most: int) -> None:
    tried = []

    async def fits(count: int) -> bool:
        tried.append(count)
        return count <= limit

    found = await most_that_fit(fits, known, known <= limit, most)
    assert found <= limit
    assert found >= min(limit, most) - max(1, limit // 10)
    assert all(1 <= count <= most for count in tried) and len(tried) <= 8
    assert max(tried, default=0) <= max(known, limit * 3 // 2), "a home is not overloaded by far"


def test_a_quick_run_is_the_whole_one_in_small() -> None:
    assert QUICK.repeats >= 2, "without a second time nobody knows how far they lie apart"
    assert QUICK.many < WHOLE.many == 50
