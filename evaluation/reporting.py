"""What came of an evaluation: figures, a table, which shelf and side were taken for which. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
import math
from typing import Any

from evaluation.asking import Answered
from evaluation.cases import Case, Picture
from evaluation.scoring import MOST_WORDS, Score, claims

_SIDES = ("far left", "left", "middle", "right", "far right")
_NONE = "none"
_TIMES = (
    "first_audio_ms", "first_audio_new_view_ms", "first_audio_same_view_ms", "ocr_passes_new_view", "ocr_passes_same_view",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """One question with its answer and score.

    ``is_first`` of its picture: the picture was not looked at before. ``understood`` is None where it was asked in writing.
    """

    picture: Picture
    case: Case
    answered: Answered
    score: Score
    is_first: bool
    understood: bool | None
    ocr_pass_ms: int | None = None
    difficulty: str = ""
    level: float | None = None


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """The report: ``questions``, ``right``, ``wrong_claims``, ``first_audio_ms`` and ``details``, and more figures beside them."""
    absent = [one for one in results if not one.case.present]
    there = [one for one in results if one.case.present]
    spoken = [one for one in results if one.understood is not None]
    firsts = [one for one in results if one.is_first]
    return {
        "questions": len(results),
        "right": sum(one.score.right for one in results),
        "wrong_claims": sum(one.score.wrong_claim for one in results),
        "first_audio_ms": _percentiles(results),
        "first_audio_new_view_ms": _percentiles(firsts),
        "first_audio_same_view_ms": _percentiles([one for one in results if not one.is_first]),
        "ocr_passes_new_view": _passes(firsts),
        "ocr_passes_same_view": _passes([one for one in results if not one.is_first]),
        "unsure": sum(one.score.unsure for one in results),
        "missed": sum(one.score.missed for one in results),
        "there": {"questions": len(there), "right": sum(one.score.right for one in there)},
        "absent": {"questions": len(absent), "right": sum(one.score.right for one in absent)},
        "understood": {"questions": len(spoken), "right": sum(bool(one.understood) for one in spoken)},
        "score": round(sum(one.score.score for one in results) / max(1, len(results)), 3),
        "too_long": sum(len(one.answered.text.split()) > MOST_WORDS for one in results),
        "forbidden": sum(not one.score.points.no_pointing for one in results),
        "errors": sum(bool(one.answered.error) for one in results),
        "details": [_detail(one) for one in results],
    }


def _detail(one: Result) -> dict[str, Any]:
    place = one.answered.place
    return {
        "photo": one.picture.name,
        "ask": one.case.ask,
        "kind": one.case.kind,
        "present": one.case.present,
        "answer": one.answered.text,
        "heard": one.answered.heard,
        "understood": one.understood,
        "right": one.score.right,
        "wrong_claim": one.score.wrong_claim,
        "unsure": one.score.unsure,
        "score": round(one.score.score, 3),
        "points": asdict(one.score.points),
        "words": len(one.answered.text.split()),
        "place": place.as_dict() if place else None,
        "first_audio_ms": one.answered.first_audio_ms,
        "ocr_pass_ms": one.ocr_pass_ms,
        "first_of_view": one.is_first,
        "difficulty": one.difficulty,
        "level": one.level,
        "error": one.answered.error,
    }


def _percentiles(results: Sequence[Result]) -> dict[str, int | None]:
    times = sorted(one.answered.first_audio_ms for one in results if one.answered.first_audio_ms is not None)
    return {"p50": percentile(times, 50), "p95": percentile(times, 95)}


def percentile(ordered: Sequence[int], percent: float) -> int | None:
    """The nearest-rank percentile of ascending values; None of none."""
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)] if ordered else None


def _passes(results: Sequence[Result]) -> dict[str, float | None]:
    """First sound in passes of OCR over the same frame, where one was measured."""
    shares = sorted(
        round(1000 * one.answered.first_audio_ms / one.ocr_pass_ms)
        for one in results
        if one.ocr_pass_ms and one.answered.first_audio_ms is not None
    )
    found = {name: percentile(shares, at) for name, at in (("p50", 50), ("p95", 95))}
    return {name: None if share is None else share / 1000 for name, share in found.items()}


def interval(right: int, of: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share (Wilson's)."""
    if of == 0:
        return 0.0, 1.0
    z, share = 1.96, right / of
    middle, spread = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + z * z / of)), min(1.0, (middle + spread) / (1 + z * z / of))


def table(results: Sequence[Result]) -> str:
    """A line for each question, then the figures."""
    lines = []
    for one in results:
        mark = "WRONG" if one.score.wrong_claim else "right" if one.score.right else "open "
        lines.append(
            f"{mark}  {one.picture.name:<18.18} {one.case.ask:<46.46} {one.answered.text or one.answered.error}"
        )
    by_kind: Counter[str] = Counter(one.case.kind for one in results)
    lines.append("")
    for kind, of in sorted(by_kind.items()):
        right = sum(one.score.right for one in results if one.case.kind == kind)
        low, high = interval(right, of)
        lines.append(
            f"{kind:<12} {right:>4} of {of:<4} right  {100 * right / of:5.1f} %  (95 %: {100 * low:.1f} to {100 * high:.1f})"
        )
    report = as_json(results)
    lines.append(
        f"{report['right']} of {report['questions']} right, {report['wrong_claims']} wrong claims, {report['unsure']} unsure, "
        f"{report['missed']} missed, {report['errors']} errors; {report['too_long']} longer than {MOST_WORDS} words, "
        f"{report['forbidden']} with forbidden phrases; points {report['score']}"
    )
    if report["understood"]["questions"]:
        lines.append(f"understood: {report['understood']['right']} of {report['understood']['questions']}")
    lines += [f"{name}: p50 {report[name]['p50']}, p95 {report[name]['p95']}" for name in _TIMES]
    return "\n".join(lines)


def confusion(results: Sequence[Result]) -> str:
    """Which shelf, and which side, was said for which: rows are what is true, columns what was said first."""
    shelves: Counter[tuple[str, str]] = Counter()
    sides: Counter[tuple[str, str]] = Counter()
    for one in results:
        if not one.case.present:
            continue
        said = next(iter(claims(one.answered.text, one.picture.shelf_count)), None) if not one.score.missed else None
        there = next((place for place in one.case.places if said and place.shelf == said.shelf), one.case.places[0])
        shelves[str(there.shelf), str(said.shelf) if said and said.shelf else _NONE] += 1
        named = {
            _SIDES[min(4, int(5 * edge))] for left, right in there.spans for edge in (left, (left + right) / 2, right)
        }
        middle = sum(there.spans[0]) / 2
        side = said.side if said and said.side else _NONE
        sides[side if side in named else _SIDES[min(4, int(5 * middle))], side] += 1
    numbers = sorted({key for pair in shelves for key in pair} - {_NONE}, key=int)
    return f"{_matrix('shelf', [*numbers, _NONE], shelves)}\n\n{_matrix('side', [*_SIDES, _NONE], sides)}"


def _matrix(title: str, names: Sequence[str], counts: Counter[tuple[str, str]]) -> str:
    rows = [f"{title + ': true \\ said':<20}" + "".join(f"{name:>10}" for name in names)]
    rows += [
        f"{true:<20}" + "".join(f"{counts[true, said] or '.':>10}" for said in names) for true in names if true != _NONE
    ]
    return "\n".join(rows)
