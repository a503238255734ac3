"""One correction: where a thing is from the middle of the picture, which is where the head points, in at most eight words.

One axis at a time, the larger offset first. Amounts are those that a picture knows: shelves, and parts of the view; it knows
no centimetres.
"""

from dataclasses import dataclass
from enum import Enum

from local_live.reading.picture import Trouble
from local_live.reading.wording import count_word

MOST_WORDS = 8

_AHEAD = 0.06
"""Parts of the frame's width: a thing that is no further from its middle is straight ahead."""

_LITTLE, _SOME = 0.15, 0.3
"""Parts of the frame's width (or height) up to which an offset is little, or some; beyond it is far."""

_LEVEL = 0.4
"""Parts of a shelf's height: a thing that is no further above or below the middle is level with it."""

_HOLD = 0.025
"""By so much a bound moves away from what was said last, so that a trembling head does not make it waver."""


class Direction(Enum):
    """Where to."""

    AHEAD = "ahead"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


class Amount(Enum):
    """How far, where nothing better is known."""

    LITTLE = "a little"
    SOME = ""
    FAR = "quite far"


@dataclass(frozen=True, slots=True)
class Correction:
    """One move of the head; ``shelves`` where they are known and it is at least one."""

    direction: Direction
    amount: Amount = Amount.SOME
    shelves: int = 0

    @property
    def text(self) -> str:
        """What is said."""
        if self.direction is Direction.AHEAD:
            return "Straight ahead. Reach out."
        if self.shelves:
            return f"Head {self.direction.value}, {count_word(self.shelves)} {'shelf' if self.shelves == 1 else 'shelves'}."
        return f"Head {self.direction.value}{', ' if self.amount.value else ''}{self.amount.value}."


@dataclass(frozen=True, slots=True)
class Offset:
    """From the middle of the frame to the thing: ``right`` in parts of its width, ``down`` in parts of its height.

    ``aspect`` is height by width, ``shelf`` the height of a shelf in parts of the frame's height, where that is known.
    """

    right: float
    down: float
    aspect: float
    shelf: float | None = None


def correct(offset: Offset, last: Correction | None = None) -> Correction:
    """The next move. What was said last is kept while the offset is near the bound to it."""
    was = last.direction if last else None
    was_across, was_along = was in {Direction.LEFT, Direction.RIGHT}, was in {Direction.UP, Direction.DOWN}
    was_ahead = _for(was is Direction.AHEAD)
    ahead = _AHEAD + was_ahead - _for(was_across)
    level = (_LEVEL * offset.shelf if offset.shelf else _AHEAD / offset.aspect) + was_ahead - _for(was_along)
    across, along = abs(offset.right), abs(offset.down) * offset.aspect
    is_across, is_along = across > ahead, abs(offset.down) > level
    if not is_across and not is_along:
        return Correction(Direction.AHEAD)
    # Both in parts of the width now. The axis that was named last stays until the other is clearly the larger.
    across += _for(was_across)
    along += _for(was_along)
    if is_across and (across >= along or not is_along):
        direction = Direction.RIGHT if offset.right > 0 else Direction.LEFT
        return Correction(direction, _amount(abs(offset.right), last if was is direction else None))
    direction = Direction.DOWN if offset.down > 0 else Direction.UP
    before = last if was is direction else None
    shelves = _shelves(abs(offset.down) / offset.shelf, before) if offset.shelf else 0
    if shelves:
        return Correction(direction, Amount.SOME, shelves)
    return Correction(direction, Amount.LITTLE if offset.shelf else _amount(abs(offset.down), before))


def _for(is_last: bool) -> float:
    return _HOLD if is_last else 0.0


def _amount(part: float, last: Correction | None) -> Amount:
    held = last.amount if last else None
    if part <= _LITTLE + (_HOLD if held is Amount.LITTLE else -_HOLD if held else 0.0):
        return Amount.LITTLE
    return Amount.FAR if part > _SOME + (-_HOLD if held is Amount.FAR else _HOLD if held else 0.0) else Amount.SOME


def _shelves(count: float, last: Correction | None) -> int:
    if last and last.shelves and abs(count - last.shelves) < 0.6:
        return last.shelves
    return round(count)


def out_of_view(direction: Direction) -> str:
    """For a thing that the view has left, towards ``direction``."""
    how = "move" if direction in {Direction.UP, Direction.DOWN} else "turn"
    return f"Out of view: {how} your head slowly {direction.value}."


COVERED = "It is covered or gone. Hold still."
LOST = "I lost it. Hold your head still."
NOT_IN_VIEW = "Not in view. Turn your head slowly."
NO_FRAME = "No picture came. Hold your head still."
BROKEN_FRAME = "The picture did not arrive whole."

TROUBLES = {
    Trouble.DARK: "Too dark to read. Turn towards the light.",
    Trouble.BLURRED: "Too blurred to read. Hold your head still.",
    Trouble.SMALL: "The picture is too small to read.",
}
"""What is said of a frame in which nothing can be read."""
