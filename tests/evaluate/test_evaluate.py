"""How true the answers of the local shelf reader are: real photos, drawn shelves, spoken questions, and how soon they come."""

from pathlib import Path

from conftest import Evaluate
import pytest

from evaluation.cases import read_folder
from evaluation.drawn import drawn
from evaluation.reporting import Result, as_json
from evaluation.scoring import MOST_WORDS

PHOTOS = Path(__file__).parents[3] / "shared" / "shelves"
QUESTIONS, SEED = 500, 2026


def share(results: list[Result], kinds: set[str]) -> float:
    some = [one for one in results if one.case.kind in kinds]
    return sum(one.score.right for one in some) / len(some)


def check_every_answer(results: list[Result]) -> None:
    for one in results:
        assert not one.answered.error, one.answered.error
        assert 0 < len(one.answered.text.split()) <= MOST_WORDS, one.answered.text
        assert one.score.points.no_pointing, one.answered.text


@pytest.mark.timeout(1200)
@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the real photos are not beside the project")
async def test_real_photos_are_answered_truly(evaluate: Evaluate) -> None:
    results = await evaluate(read_folder(PHOTOS))
    check_every_answer(results)
    report = as_json(results)
    assert report["right"] >= 21 and report["wrong_claims"] == 0


@pytest.mark.timeout(5400)
async def test_drawn_shelves_with_every_difficulty_in_the_middle(evaluate: Evaluate) -> None:
    results = await evaluate(drawn(QUESTIONS, SEED))
    check_every_answer(results)
    assert share(results, {"there"}) >= 0.95
    assert share(results, {"absent", "near"}) >= 0.98
    assert sum(one.score.wrong_claim for one in results) < 0.01 * len(results)


@pytest.mark.timeout(1800)
async def test_answers_come_soon_after_the_question(evaluate: Evaluate) -> None:
    """Compared with one pass of OCR over the same frame in the same run: looking starts while the person still speaks."""
    results = [one for one in await evaluate(drawn(48, SEED + 1), spoken=True, measures=True) if one.understood]
    report = as_json(results)
    assert report["ocr_passes_new_view"]["p50"] is not None
    assert report["ocr_passes_new_view"]["p50"] <= 1.5
    assert report["ocr_passes_same_view"]["p50"] <= 0.3
