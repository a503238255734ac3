"""One local Live server for the whole suite, asked over the whole path."""

import homeassistant  # noqa: F401  before google.genai: it decides which httpx there is

# isort: split
from collections.abc import Awaitable, Callable, Iterable

import pytest

from evaluation.asking import Asker, local_answerer
from evaluation.cases import Picture
from evaluation.reporting import Result, confusion, table
from evaluation.running import Run

type Evaluate = Callable[..., Awaitable[list[Result]]]


@pytest.fixture
def evaluate() -> Evaluate:
    """Ask everything about some pictures, print what came of it, and return it."""

    async def run(pictures: Iterable[Picture], *, spoken: bool = False, measures: bool = False) -> list[Result]:
        async with local_answerer() as answerer:
            asker = Asker(answerer)
            try:
                evaluation = Run(asker, lambda _: None, spoken=spoken, marked=None, measures=measures)
                results = await evaluation.ask_all(pictures)
            finally:
                await asker.close()
        print(f"\n{table(results)}\n\n{confusion(results)}")  # noqa: T201  # the figures are the suite's result
        return results

    return run
