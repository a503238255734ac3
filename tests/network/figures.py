"""What the suite prints: figures, with how many, mean, 95th percentile and maximum."""

from collections.abc import Sequence

from tests.rig.figures import percentile


def tell(text: str) -> None:
    """A line of the suite's result."""
    print(text)  # noqa: T201 -- the suite's result


def spread(values: Sequence[float], unit: str, digits: int = 1) -> str:
    """How many, mean, 95th percentile and maximum."""
    if not values:
        return "none"
    mean, p95, most = (
        f"{value:.{digits}f}" for value in (sum(values) / len(values), percentile(values, 95), max(values))
    )
    return f"{len(values)}: mean {mean}, p95 {p95}, max {most} {unit}"
