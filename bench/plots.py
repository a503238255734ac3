"""The plots of a result: `python -m bench.plots FOLDER < RESULT` in the baseline's environment, which has matplotlib."""

import json
from pathlib import Path
from statistics import median
import sys
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

_NAMES = {"shelfsight": "Shelfsight", "baseline": "plain relay"}
_COLOURS = {"shelfsight": "#0b6e4f", "baseline": "#c1440e"}
_MARKS = {"shelfsight": "o", "baseline": "s"}
_SIZE = (8.0, 4.0)


def latency(data: dict[str, Any]) -> Any:
    """Added latency over how many ask at once, both directions."""
    figure, both = plt.subplots(1, 2, figsize=_SIZE, sharey=True)
    for axes, direction, title in zip(both, ("up", "down"), ("from wearable to Live server", "and back"), strict=True):
        for who, by_count in data["by_count"].items():
            counts = sorted(int(count) for count in by_count if by_count[count])
            middles = [median(one[f"{direction}_p95_ms"] for one in by_count[str(count)]) for count in counts]
            axes.plot(counts, middles, marker=_MARKS[who], color=_COLOURS[who], label=_NAMES[who])
        limit_ms = data["setting"]["limit_ms"]
        axes.axhline(limit_ms, color="#555555", linestyle=":", label=f"{limit_ms:g} ms")
        axes.set(title=title, xlabel="wearables talking at once", xscale="log", yscale="log")
        axes.grid(alpha=0.3)
        _plain_numbers(axes)
    both[0].set_ylabel("added latency, 95th percentile (ms)")
    both[0].legend()
    return figure


def ratios(data: dict[str, Any]) -> Any:
    """What the plain relay takes for each one of ours, where both have a figure."""
    titles = {
        "bytes_per_question": "bytes per question",
        "tokens_per_question": "tokens per question",
        "fifty.up_p95_ms": f"latency up, {data['setting']['many']} at once",
        "fifty.down_p95_ms": f"latency down, {data['setting']['many']} at once",
        "one.up_p95_ms": "latency up, one",
        "one.down_p95_ms": "latency down, one",
        "cpu_talking_cores": "processor while talking",
        "cpu_idle_cores": "processor while idle",
    }
    shown = [(title, data["ratios"][place]) for place, title in titles.items() if place in data["ratios"]][::-1]
    figure, axes = plt.subplots(figsize=_SIZE)
    bars = axes.barh([title for title, _ in shown], [times for _, times in shown], color=_COLOURS["baseline"])
    axes.bar_label(bars, labels=[f"{times:.1f}" for _, times in shown], padding=4)
    axes.axvline(1, color=_COLOURS["shelfsight"], label="Shelfsight")
    axes.set(xscale="log", xlabel="plain relay, as a multiple of Shelfsight")
    axes.legend(loc="lower right")
    axes.margins(x=0.15)
    _plain_numbers(axes)
    return figure


def _plain_numbers(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            axis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))


def main(folder: Path) -> None:
    """Write each plot as PNG and as SVG, the same bytes for the same figures."""
    mpl.use("Agg")
    mpl.rcParams.update({"svg.hashsalt": "shelfsight", "svg.fonttype": "none", "font.size": 10})
    data = json.load(sys.stdin)
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in (("latency", latency), ("ratios", ratios)):
        figure = draw(data)
        figure.tight_layout()
        figure.savefig(folder / f"benchmark-{name}.svg", metadata={"Date": None})
        figure.savefig(folder / f"benchmark-{name}.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
