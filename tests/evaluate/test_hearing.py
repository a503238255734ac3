"""How well the ears hear voices, noises and shelves with which nothing was tuned."""

import pytest

from evaluation.hearing import Result, as_json, listen, spoken_questions
from local_live.reading.ears import Ears

QUESTIONS = 108
LEAST_UNDERSTOOD = 0.9
"""Of questions in the noise of a shop, 10 dB below the voice."""


@pytest.mark.timeout(1800)
def test_spoken_questions_of_held_out_voices() -> None:
    ears = Ears()
    results: list[Result] = []
    try:
        ears.load()
        listen(list(spoken_questions(QUESTIONS, 1, held_out=True)), ears, results.append)
    finally:
        ears.close()
    report = as_json(results)
    assert report["understood"] >= LEAST_UNDERSTOOD * QUESTIONS, report
    assert report["wrong"] + report["asked_back"] + report["nothing"] + report["understood"] == QUESTIONS
