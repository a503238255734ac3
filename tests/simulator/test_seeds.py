"""A few seeds every day; `tests/faults` runs 2,000. `SHELFSIGHT_SEED=n` runs just that one, and prints all that happened."""

import os

import pytest

from .run import run
from .scenario import draw

SEEDS = 60
ONE = os.environ.get("SHELFSIGHT_SEED")


def seeds() -> list[int]:
    """Those to run."""
    return [int(ONE)] if ONE else list(range(SEEDS))


@pytest.mark.parametrize("seed", seeds())
def test_whatever_goes_wrong_the_person_hears_something_and_the_truth(seed: int) -> None:
    result = run(draw(seed))
    if ONE:
        print("\n".join([str(result), *result.trace]))  # noqa: T201  # whoever asks for one seed wants to see it
    assert not result.complaints, str(result)
