"""What was found, as data and as a table: figures beside the baseline's and beside the last committed result."""

from collections.abc import Mapping
import json
from pathlib import Path
import platform
import time
from typing import Any, Final

from . import machine
from .figures import SPREAD_LIMIT, Measure, percentile, ratio
from .measuring import LIMIT_MS, Findings, Run
from .plan import Plan

RESULTS: Final = Path(__file__).parent / "results"
# Others may compute this part of the machine before a run is not worth its time.
OTHERS_LIMIT: Final = 0.10

# Where a figure stands in the data, its name in the run, its unit and digits in the table.
_FIGURES: Final = (
    ("one.up_p50_ms", "one.up_p50_ms", "one wearable: added up, p50", "ms", 2),
    ("one.up_p95_ms", "one.up_p95_ms", "one wearable: added up, p95", "ms", 2),
    ("one.down_p50_ms", "one.down_p50_ms", "one wearable: added down, p50", "ms", 2),
    ("one.down_p95_ms", "one.down_p95_ms", "one wearable: added down, p95", "ms", 2),
    ("one.end_to_sound_p50_ms", "one.end_to_sound_p50_ms", "one: end of speech to first sound, added, p50", "ms", 1),
    ("fifty.up_p50_ms", "many.up_p50_ms", "{many} at once: added up, p50", "ms", 1),
    ("fifty.up_p95_ms", "many.up_p95_ms", "{many} at once: added up, p95", "ms", 1),
    ("fifty.down_p50_ms", "many.down_p50_ms", "{many} at once: added down, p50", "ms", 1),
    ("fifty.down_p95_ms", "many.down_p95_ms", "{many} at once: added down, p95", "ms", 1),
    ("fifty.end_to_sound_p50_ms", "many.end_to_sound_p50_ms", "{many}: end of speech to first sound, p50", "ms", 1),
    ("wearables_within_30_ms", "limit.wearables_within_30_ms", "at once with p95 within 30 ms", "", 0),
    ("loop_stall_max_ms", "loop.ours_max_ms", "longest loop stall in our code, {stalling} asking", "ms", 1),
    ("loop_late_p99_ms", "loop.late_p99_ms", "loop late, p99, {stalling} asking", "ms", 1),
    ("idle_mb", "memory.idle_mb", "memory of a connected idle wearable", "MB", 2),
    ("entry_mb", "memory.entry_mb", "of it for a wearable that is not connected", "MB", 2),
    ("asking_mb", "memory.asking_mb", "memory of an asking one, in addition", "MB", 2),
    ("cpu_idle_cores", "cpu.idle_cores", "processor of an idle wearable", "cores", 5),
    ("cpu_talking_cores", "cpu.talking_cores", "processor of one that talks", "cores", 4),
    ("cpu_answering_cores", "cpu.answering_cores", "processor of one that is answered", "cores", 4),
    ("bytes_per_question", "visit.bytes_per_question", "bytes to the Live server per question", "", 0),
    ("tokens_per_question", "visit.tokens_per_question", "tokens per question", "", 0),
    ("startup_one_s", "startup.one_s", "start-up, one wearable", "s", 2),
    ("startup_many_s", "startup.many_s", "start-up, {most} wearables", "s", 2),
)
_COSTS: Final = (
    ("sight_examine_us", "a picture through sight: checked and measured"),
    ("sight_whole_us", "the same: made ready whole"),
    ("sight_context_us", "the same: made small"),
    ("sound_chunk_us", "a chunk of 20 ms through sound"),
    ("sdk_chunk_us", "a chunk of 20 ms through the SDK"),
    ("session_chunk_us", "the same past it, as sessions send"),
    ("session_five_chunks_us", "five of them in one message"),
    ("sdk_picture_us", "a picture through the SDK"),
    ("session_picture_us", "the same past it, as sessions send"),
    ("sdk_answer_chunk_us", "40 ms of an answer through edge and SDK"),
    ("session_answer_chunk_us", "the same past them, as sessions read it"),
)

_PLOTS: Final = (
    ("latency", "Added latency over how many wearables talk at once, up and down, beside a plain relay's"),
    ("ratios", "What a plain relay takes as a multiple of what Shelfsight takes"),
)


def as_data(run: Run, costs: Mapping[str, Measure], plan: Plan, picture_bytes: int) -> dict[str, Any]:
    """All figures; one that is none is null, with what was seen instead in `loaded`."""
    loaded: dict[str, Any] = {}
    data = _side(run.ours, loaded, "")
    data["baseline"] = _side(run.theirs, loaded, "baseline.")
    data["costs"] = {}
    for name, measure in costs.items():
        _put(data["costs"], name, measure, loaded, f"costs.{name}")
    measures = [*run.ours.measures.values(), *run.theirs.measures.values(), *costs.values()]
    data["spread"] = round(max(measure.spread for measure in measures), 3)
    data["loaded"] = loaded
    data["others_share"] = round(run.others, 3)
    data["ratios"] = _ratios(data)
    data["by_count"] = {"shelfsight": _by_count(run.ours), "baseline": _by_count(run.theirs)}
    data["loop"] = run.ours.loop
    data["setting"] = {
        "day": time.strftime("%Y-%m-%d"),
        "many": plan.many,
        "stalling": plan.stalling,
        "repeats": plan.repeats,
        "most": plan.most,
        "visit_every_s": plan.visit_every_s,
        "picture_bytes": picture_bytes,
        "limit_ms": LIMIT_MS,
        "spread_limit": SPREAD_LIMIT,
        "cores": machine.CORES,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "took_s": round(run.took_s, 1),
    }
    return data


def _side(found: Findings, loaded: dict[str, Any], prefix: str) -> dict[str, Any]:
    side: dict[str, Any] = {}
    for place, name, *_ in _FIGURES:
        if (measure := found.measures.get(name)) is not None:
            _put(side, place, measure, loaded, prefix + place)
    side["tokens"] = {kind: _rounded(count) for kind, count in found.tokens.items()}
    return side


def _put(into: dict[str, Any], place: str, measure: Measure, loaded: dict[str, Any], full: str) -> None:
    """At its place: `one.up_p95_ms` is in an object `one`."""
    group, _, name = place.rpartition(".")
    target = into.setdefault(group, {}) if group else into
    target[name] = None if measure.value is None else _rounded(measure.value)
    if not measure.steady:
        loaded[full] = {
            "repeats": [_rounded(one) for one in measure.repeats],
            "spread": _rounded(measure.spread),
        }


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


def _get(data: Mapping[str, Any], place: str) -> Any:
    for name in place.split("."):
        data = data.get(name, {}) if isinstance(data, Mapping) else {}
    return None if data == {} else data


def _ratios(data: dict[str, Any]) -> dict[str, float]:
    """How many times the baseline's figure is ours, where both are figures."""
    pairs = ((place, ratio(_get(data, place), _get(data["baseline"], place))) for place, *_ in _FIGURES)
    return {place: round(one, 3) for place, one in pairs if one is not None}


def _by_count(found: Findings) -> dict[str, list[dict[str, float]]]:
    """The waves by how many asked, for plots; who was not answered makes a wave incomplete."""
    return {
        str(count): [
            {
                "up_p50_ms": _rounded(percentile(one.up_ms, 50)),
                "up_p95_ms": _rounded(percentile(one.up_ms, 95)),
                "down_p50_ms": _rounded(percentile(one.down_ms, 50)),
                "down_p95_ms": _rounded(percentile(one.down_ms, 95)),
                "cores": _rounded(one.talking_cores),
                "rig_late_p95_ms": _rounded(percentile(one.rig_late_ms, 95)),
                "unanswered": one.unanswered,
            }
            for one in waves
            if one.up_ms and one.down_ms
        ]
        for count, waves in sorted(found.waves.items())
    }


def committed() -> dict[str, Any] | None:
    """The newest result that is kept beside the benchmark; their names begin with their date."""
    kept = sorted(RESULTS.glob("*.json"))
    if not kept:
        return None
    data: dict[str, Any] = json.loads(kept[-1].read_text(encoding="utf-8"))
    return data


def table(data: dict[str, Any], before: dict[str, Any] | None) -> str:
    """For a terminal: ours, the baseline's, the ratio, and how ours compares with the committed result."""
    setting = data["setting"]
    lines = [f"{'':50} {'shelfsight':>12} {'baseline':>12} {'ratio':>8} {'committed':>10}"]
    for place, _, title, unit, digits in _FIGURES:
        shown = f"{title.format(**setting)}{f' ({unit})' if unit else ''}"
        ours = _cell(data, place, "", digits)
        theirs = _cell(data["baseline"], place, "baseline.", digits, data["loaded"])
        times = data["ratios"].get(place)
        then = ratio(_get(before, place), _get(data, place)) if before else None
        lines.append(
            f"{shown:50} {ours:>12} {theirs:>12} {f'{times:.2f}' if times is not None else '':>8}"
            f" {f'x {then:.2f}' if then is not None else '':>10}"
        )
    lines.append("")
    for name, title in _COSTS:
        shown = f"{title} (us)"
        then = ratio(_get(before, f"costs.{name}"), data["costs"].get(name)) if before else None
        cell = _cell(data["costs"], name, "costs.", 1, data["loaded"])
        lines.append(f"{shown:50} {cell:>12} {'':>12} {'':>8} {f'x {then:.2f}' if then is not None else '':>10}")
    lines += ["", f"{'largest spread between repeats':50} {data['spread']:>12.0%}"]
    lines.append(f"{'others had of this machine':50} {data['others_share']:>12.0%}")
    lines += _warnings(data)
    return "\n".join(lines)


def markdown(data: Mapping[str, Any]) -> str:
    """The figures as a table for a page."""
    setting = data["setting"]
    lines = ["| | Shelfsight | plain relay | ratio |", "| --- | --- | --- | --- |"]
    for place, _, title, unit, digits in _FIGURES:
        cells = [_cell(data, place, "", digits), _cell(data["baseline"], place, "baseline.", digits, data["loaded"])]
        ours, theirs = (f"{cell} {unit}".strip() if cell and cell != "loaded" else cell for cell in cells)
        times = data["ratios"].get(place)
        lines.append(f"| {title.format(**setting)} | {ours} | {theirs} | {'' if times is None else f'{times:.2g}'} |")
    lines += [
        f"| {title} | {_cell(data['costs'], name, 'costs.', 1, data['loaded'])} us | | |" for name, title in _COSTS
    ]
    lines.append("")
    for name, words in _PLOTS:
        lines += [f"![{words}](benchmark-{name}.svg)", ""]
    lines.append(
        f"Measured on {setting['day']}: {setting['cores']} cores ({setting['machine']}), Python {setting['python']},"
        f" {setting['repeats']} repeats, largest spread {data['spread']:.0%}, pictures of {setting['picture_bytes']:,} bytes."
    )
    return "\n".join(lines)


def _cell(
    side: Mapping[str, Any], place: str, prefix: str, digits: int, loaded: Mapping[str, Any] | None = None
) -> str:
    if prefix + place in (side.get("loaded", {}) if loaded is None else loaded):
        return "loaded"
    value = _get(side, place)
    return "" if value is None else f"{value:,.{digits}f}"


def _warnings(data: Mapping[str, Any]) -> list[str]:
    """What is no figure, and why."""
    if not data["loaded"]:
        return []
    lines = ["", f"This machine was loaded: repeats lie more than {SPREAD_LIMIT:.0%} apart. No figures are:"]
    for name, seen in data["loaded"].items():
        lines.append(f"  {name}: {', '.join(f'{one:g}' for one in seen['repeats'])} (spread {seen['spread']:.0%})")
    return lines


def profile_text(found: Findings) -> str:
    """Where the loop's processor time went, with one and with many."""
    lines: list[str] = []
    for count, seen in found.profiles.items():
        chunks, pictures = max(1, seen["chunks"]), seen["pictures"]
        lines.append(
            f"{count} at once: {seen['total_ms']:.0f} ms of the loop's processor time; {seen['chunks']} chunks"
            f" and {pictures} pictures went up: {1000 * seen['total_ms'] / chunks:.0f} us a chunk in all"
        )
        for title, key, most in (
            ("by part", "parts", 14),
            ("by function", "functions", 16),
            ("ours, with all it calls", "within", 24),
        ):
            lines.append(f"  {title}:")
            for name, spent_ms in list(seen[key].items())[:most]:
                share = spent_ms / max(1e-9, seen["total_ms"])
                lines.append(f"    {spent_ms:9.1f} ms {share:6.1%} {1000 * spent_ms / chunks:8.1f} us/chunk  {name}")
        lines.append("")
    return "\n".join(lines)
