"""Figures for tables: percentiles and plain text."""

from collections.abc import Sequence
import math


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all are not above (nearest rank).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def spread_ms(seconds: Sequence[float]) -> str:
    """Count, median, 95th percentile and maximum, in milliseconds, as columns of a table."""
    if not seconds:
        return f"{0:7d}       -       -       -"
    p50, p95, most = (1000 * percentile(seconds, percent) for percent in (50, 95, 100))
    return f"{len(seconds):7d} {p50:7.1f} {p95:7.1f} {most:7.1f}"
