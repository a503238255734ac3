"""What a result means for a home, a shop and a service: figures in, tables out (docs/scale.md). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Any, Final

from custom_components.shelfsight.live.prices import Price, price_of

_MODEL: Final = "gemini-3.8-live"
# A core is not planned for more than this: what is measured is on a machine that does nothing else.
_USED: Final = 0.6
_PRICED: Final = {"text_in": "text_in", "audio_in": "audio_in", "image_in": "image_in", "audio_out": "audio_out"}


@dataclass(frozen=True, slots=True)
class Size:
    """So many wearables, each asking so often in its busiest hour, and so many hours like that in a day."""

    name: str
    wearables: int
    questions_an_hour: float
    busy_hours: float


SIZES: Final = (
    Size("a care home", 30, 6, 4),
    Size("a shop", 300, 20, 8),
    Size("a service", 100_000, 4, 6),
)


@dataclass(frozen=True, slots=True)
class Need:
    """What a size needs in its busiest hour."""

    talking: int
    """At once, so that only one in ten thousand moments has more."""
    cores: float
    homes: int
    """Home Assistants, each with no more at once than the benchmark allowed."""
    memory_gb: float
    up_mbit_s: float
    """To the Live server, all of them together, on average."""
    dollars_a_day: float


def price_of_question(tokens: Mapping[str, float], price: Price) -> float:
    """US dollars of one question, from its tokens by what they carry."""
    return sum(tokens.get(kind, 0.0) * getattr(price, name) for kind, name in _PRICED.items()) / 1e6


def at_most_at_once(wearables: int, busy_share: float, rarely: float = 1e-4) -> int:
    """How many of them are busy at once, but for `rarely` of all moments, if each is for a share of its time, at random.

    The normal approximation of the binomial distribution, with a continuity correction; never more than there are.
    """
    mean = wearables * busy_share
    deviation = math.sqrt(mean * (1 - busy_share))
    quantile = _normal_quantile(1 - rarely)
    return min(wearables, math.ceil(mean + quantile * deviation + 0.5))


def _normal_quantile(share: float) -> float:
    """Where a standard normal variable stays below, with that probability; by halving."""
    low, high = -10.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 + math.erf(middle / math.sqrt(2))) / 2 < share else (low, middle)
    return high


def need(size: Size, data: Mapping[str, Any], question_s: float = 12.0) -> Need:
    """What it needs by a result's figures; a question and its answer take `question_s`."""
    busy = size.questions_an_hour * question_s / 3600
    talking = at_most_at_once(size.wearables, busy)
    cores = talking * data["cpu_talking_cores"] + size.wearables * data["cpu_idle_cores"]
    within = max(1, int(data["wearables_within_30_ms"]))
    homes = max(1, math.ceil(talking / within), math.ceil(cores / _USED))
    memory_mb = size.wearables * data["idle_mb"] + talking * data["asking_mb"]
    questions_a_s = size.wearables * size.questions_an_hour / 3600
    price = price_of(_MODEL)
    assert price is not None
    questions_a_day = size.wearables * size.questions_an_hour * size.busy_hours
    return Need(
        talking=talking,
        cores=cores,
        homes=homes,
        memory_gb=memory_mb / 1000,
        up_mbit_s=questions_a_s * data["bytes_per_question"] * 8 / 1e6,
        dollars_a_day=questions_a_day * price_of_question(data["tokens"], price),
    )


def table(data: Mapping[str, Any]) -> str:
    """The needs of all sizes as Markdown."""
    lines = [
        "| | wearables | talking at once | processor cores | Home Assistants | memory | to the Live server | Gemini a day |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for size in SIZES:
        it = need(size, data)
        lines.append(
            f"| {size.name} | {size.wearables:,} | {it.talking:,} | {it.cores:,.1f} | {it.homes:,} | {it.memory_gb:,.2f} GB"
            f" | {it.up_mbit_s:,.1f} Mbit/s | ${it.dollars_a_day:,.2f} |"
        )
    return "\n".join(lines)
