"""Figures for tables: percentiles and plain text."""

from collections.abc import Sequence

from bench.figures import percentile

__all__ = ["percentile", "spread_ms"]


def spread_ms(seconds: Sequence[float]) -> str:
    """Count, median, 95th percentile and maximum, in milliseconds, as columns of a table."""
    if not seconds:
        return f"{0:7d}       -       -       -"
    p50, p95, most = (1000 * percentile(seconds, percent) for percent in (50, 95, 100))
    return f"{len(seconds):7d} {p50:7.1f} {p95:7.1f} {most:7.1f}"
