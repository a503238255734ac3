"""How much is measured: the whole, or a little to see that it works."""

from dataclasses import dataclass
from typing import Final

from .waves import Shape


@dataclass(frozen=True, slots=True)
class Plan:
    """`repeats` of each measure; `one` and `many` are how waves of one and of many are spoken."""

    repeats: int
    questions: int
    """Of each wearable, in each repeat."""
    many: int
    stalling: int
    """How many ask while stalls are watched for."""
    most: int
    """Wearables that are tried at once, at the most."""
    visit_every_s: float
    """A person in a shop asks so often."""
    visit_questions: int
    one_shape: Shape
    many_shape: Shape


WHOLE: Final = Plan(
    repeats=3,
    questions=3,
    many=50,
    stalling=20,
    most=200,
    visit_every_s=30.0,
    visit_questions=2,
    one_shape=Shape(0.0, 2.0, 1.5),
    many_shape=Shape(1.0, 4.0, 3.0),
)
QUICK: Final = Plan(
    repeats=2,
    questions=2,
    many=6,
    stalling=4,
    most=10,
    visit_every_s=12.0,
    visit_questions=1,
    one_shape=Shape(0.0, 1.5, 1.2),
    many_shape=Shape(0.5, 2.0, 2.0),
)
