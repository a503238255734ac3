"""2,000 seeds of the simulator (`tests/simulator`), and one question that is broken at every message and many an await.

A failing seed is printed with all its faults; `SHELFSIGHT_SEED=n` runs just that one and prints all that happened in it.
`SHELFSIGHT_SEEDS=n` sets another number of seeds.
"""

from dataclasses import replace
import os
from pathlib import Path
import subprocess
import sys
import time

import pytest

from tests.rig.heard import learn_phrases
from tests.simulator import mistakes
from tests.simulator.acts import Act, RoadFails, Stops, Unloads, What, Where
from tests.simulator.run import Result, run
from tests.simulator.scenario import Asked, How, Scenario, Since, Timed, draw

ONE = os.environ.get("SHELFSIGHT_SEED")
SEEDS = [int(ONE)] if ONE else list(range(int(os.environ.get("SHELFSIGHT_SEEDS", "2000"))))

pytestmark = pytest.mark.timeout(1800)

_PLAIN = Scenario(
    seed=7,
    link_delay_s=(0.005, 0.02),
    live_delay_s=(0.02, 0.05),
    thinks_s=1.2,
    entities=False,
    spare=False,
    questions=(Asked(1, How.PRESS, 0.1, 0.1, 420),),
)
# Steps of the loop are many: so many are left out from one that is tried to the next.
_STEPS_APART = 13


def _summary(results: list[Result], took_s: float) -> str:
    return (
        f"{len(results)} worlds, {sum(result.took_s for result in results) / 3600:.1f} hours of theirs in {took_s:.0f} s:"
        f" {sum(bool(result.complaints) for result in results)} bad; the longest wait after a press"
        f" {max(result.longest_wait_s for result in results):.2f} s, the longest silence"
        f" {max(result.longest_silence_s for result in results):.2f} s"
    )


def _judge(scenarios: list[Scenario]) -> None:
    """Run them all; the bad ones are printed."""
    learn_phrases()
    began_s = time.perf_counter()
    results = []
    for scenario in scenarios:
        result = run(scenario)
        if result.complaints or ONE:
            print("\n".join([f"\n{result}", *(result.trace if ONE else [])]))  # noqa: T201  # what was found
        result.trace.clear()
        results.append(result)
    print(f"\n{_summary(results, time.perf_counter() - began_s)}")  # noqa: T201  # the suite's result
    assert not [result.scenario.seed for result in results if result.complaints]


def test_in_every_seed_the_person_hears_something_and_the_truth_and_nothing_is_left() -> None:
    _judge([draw(seed) for seed in SEEDS])


@pytest.mark.skipif(ONE is not None, reason="one seed is asked for")
@pytest.mark.parametrize(
    ("act", "since", "apart"),
    [
        (RoadFails(Where.LINK, What.CUT, 0.05), Since.LINK_MESSAGES, 1),
        (RoadFails(Where.LIVE, What.CUT, 0.05), Since.LIVE_MESSAGES, 1),
        (Unloads(for_s=0.5), Since.STEPS, _STEPS_APART),
        (Stops(), Since.STEPS, _STEPS_APART),
    ],
    ids=[
        "the link is cut",
        "the connection to the Live server is cut",
        "the entry is unloaded",
        "Home Assistant stops",
    ],
)
def test_whenever_it_happens_in_a_question(act: Act, since: Since, apart: int) -> None:
    count = _count(since)
    assert count > 50
    _judge([replace(_PLAIN, acts=(Timed(act, since, number),)) for number in range(1, count, apart)])


def _count(since: Since) -> int:
    """How many messages, or steps, a question has from its press until nobody asks any more."""
    result = run(_PLAIN)
    assert not result.complaints, result
    return {
        Since.LINK_MESSAGES: result.link_messages,
        Since.LIVE_MESSAGES: result.live_messages,
        Since.STEPS: result.question_steps,
    }[since]


@pytest.mark.skipif(ONE is not None, reason="one seed is asked for")
@pytest.mark.parametrize("mistake", mistakes.ALL, ids=lambda mistake: mistake.name)
def test_a_mistake_in_the_integration_is_found(mistake: mistakes.Mistake) -> None:
    learn_phrases()
    result = mistakes.found(mistake)
    assert result is not None, f"not found within {mistake.within_seeds} seeds"
    print(f"\n{mistake.name}: found by seed {result.scenario.seed}")  # noqa: T201  # a figure


@pytest.mark.skipif(ONE is not None, reason="one seed is asked for")
def test_a_seed_is_the_same_world_in_another_process_with_other_hashes() -> None:
    """What is kept in sets must not come out in the order of addresses or of random hashes."""
    program = "from tests.simulator.run import run; from tests.simulator.scenario import draw; "
    program += "print(*run(draw(23)).trace, sep='\\n')"
    root = Path(__file__).parents[2]
    traces = set()
    for salt in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": salt}
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
        traces.add(done.stdout)
    assert len(traces) == 1
