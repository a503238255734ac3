"""Figures of repeated measures: percentiles, how far repeats lie apart, and when a figure is none."""

from collections.abc import Sequence
from dataclasses import dataclass
import math
from statistics import median
from typing import Final

SPREAD_LIMIT: Final = 0.20
"""Repeats of one measure that lie further apart than this part of their median have measured the machine, not the house."""


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all are not above (nearest rank).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure, measured several times. `floor` is a difference, in the figure's unit, below which nothing is claimed."""

    repeats: tuple[float, ...]
    floor: float = 0.0

    @property
    def middle(self) -> float:
        """The median of the repeats, whatever it is worth."""
        return median(self.repeats)

    @property
    def spread(self) -> float:
        """How far the repeats lie apart, as a part of their median; 0 for a single one, or below the floor."""
        apart = max(self.repeats) - min(self.repeats)
        if apart <= self.floor:
            return 0.0
        return apart / abs(self.middle) if self.middle else math.inf

    @property
    def steady(self) -> bool:
        """Whether this may be called a figure."""
        return self.spread <= SPREAD_LIMIT

    @property
    def value(self) -> float | None:
        """The figure; None where the machine was too loaded to have one."""
        return self.middle if self.steady else None

    def shown(self, digits: int = 1) -> str:
        """For a table."""
        if not self.steady:
            low, high = (f"{one:.{digits}f}" for one in (min(self.repeats), max(self.repeats)))
            return f"loaded machine ({low} to {high})"
        return f"{self.middle:.{digits}f}"


def ratio(ours: float | None, theirs: float | None) -> float | None:
    """How many times theirs is ours; None where one of them is no figure."""
    if ours is None or theirs is None or not ours:
        return None
    return theirs / ours
