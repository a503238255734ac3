"""Finds the person's hand in the picture, and says how it has to move: a step towards the thing, in centimetres they feel.

A hand is what came into the view since a frame without one, reaches in from an edge, and has a colour that skin has. It is
also the ruler: hands are about 8.5 cm wide, whatever the distance.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from local_live.reading.moving import Box, Move, moved
from local_live.reading.picture import Frame, Rgb8

Mask = npt.NDArray[np.bool_]

_WIDTH = 256
"""Pixels of the small picture in which hands are sought."""

_CHANGED = 38
"""Steps of 255 by which something that came into view differs from what was there."""

_LEAST, _MOST = 0.004, 0.4
"""Parts of the frame that a hand with its arm takes."""

_SKIN = 0.35
"""So much of it must have a colour of skin: the rest may be a sleeve, a ring, a shadow."""

_HAND_CM = 8.5
_STEP_CM = 5
"""Distances are rounded to this; nobody moves a hand more exactly by ear."""

_FAR_CM = 60
"""What is further than an arm is told as far."""


@dataclass(frozen=True, slots=True)
class Hand:
    """``tip`` is the point of it that reaches furthest, ``width`` its width, both in pixels of the frame; ``box`` is round all of it."""

    tip: tuple[float, float]
    width: float
    box: Box


def find_hand(before: Frame, frame: Frame) -> Hand | None:
    """The hand that is in ``frame`` and was not in ``before``, or None. Blocks for about a tenth of a second."""
    move = moved(before, frame)
    if move is None:
        return None
    height, width = frame.rgb.shape[:2]
    small = cv2.resize(frame.rgb, (_WIDTH, round(_WIDTH * height / width)), interpolation=cv2.INTER_AREA)
    changed = _changed(_as_now(before.rgb, move, small.shape[0]), small)
    skin = _skin(small)
    best: tuple[int, Mask] | None = None
    count, labels, figures, _ = cv2.connectedComponentsWithStats(changed.astype(np.uint8), connectivity=8)
    for number in range(1, count):
        area = int(figures[number, cv2.CC_STAT_AREA])
        mask = np.asarray(labels == number)
        if not _LEAST <= area / mask.size <= _MOST or not _edge(mask).any() or skin[mask].mean() < _SKIN:
            continue
        if best is None or area > best[0]:
            best = area, mask
    return _hand(best[1], width / _WIDTH) if best else None


def _as_now(rgb: Rgb8, move: Move, rows: int) -> npt.NDArray[np.float32]:
    """An older frame as the newer one would show it, small; what it does not know is not a number."""
    small = cv2.resize(rgb, (_WIDTH, rows), interpolation=cv2.INTER_AREA).astype(np.float32)
    x = _WIDTH / 2 * (1 - move.scale) + move.right * _WIDTH
    y = rows / 2 * (1 - move.scale) + move.down * rows
    how = np.array([[move.scale, 0, x], [0, move.scale, y]], np.float32)
    shown = cv2.warpAffine(
        small, how, (_WIDTH, rows), borderMode=cv2.BORDER_CONSTANT, borderValue=(np.nan, np.nan, np.nan)
    )
    return np.asarray(shown, np.float32)


def _changed(before: npt.NDArray[np.float32], now: Rgb8) -> Mask:
    """Where something else is seen now, without specks; a change of the light as a whole is none."""
    known = ~np.isnan(before).any(axis=2)
    if not known.any():
        return np.zeros(known.shape, np.bool_)
    light = float(np.median(now[known].mean(axis=1))) / max(1.0, float(np.median(before[known].mean(axis=1))))
    expected = np.nan_to_num(before) * light
    # Edges of packs move by a pixel where the view is not followed exactly: the nearest likeness within one counts.
    apart = np.full(known.shape, np.inf, np.float32)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            shifted = np.roll(expected, (dy, dx), axis=(0, 1))
            apart = np.minimum(apart, np.abs(shifted - now).max(axis=2))
    changed = ((apart > _CHANGED) & known).astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    opened = cv2.morphologyEx(changed, cv2.MORPH_OPEN, kernel)
    return np.asarray(cv2.morphologyEx(opened, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)) > 0)


def _skin(rgb: Rgb8) -> Mask:
    """Where a colour lies within those that skins have, light and dark ones (Chai and Ngan's bounds of Cb and Cr)."""
    _, red, blue = np.moveaxis(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), 2, 0)
    return np.asarray((blue >= 77) & (blue <= 127) & (red >= 133) & (red <= 173))


def _edge(mask: Mask) -> npt.NDArray[np.intp]:
    """The points of a figure at the lower edge and the sides, from where arms come: n x 2 (y, x)."""
    rows, columns = mask.shape
    y, x = np.nonzero(mask)
    at = (y >= rows - 3) | (x <= 2) | (x >= columns - 3)
    return np.stack([y[at], x[at]], axis=1) if at.any() else np.zeros((0, 2), np.intp)


def _hand(mask: Mask, scale: float) -> Hand:
    entry = _edge(mask).mean(axis=0)
    y, x = np.nonzero(mask)
    reach = np.hypot(y - entry[0], x - entry[1])
    tip = int(np.argmax(reach))
    width = max(2.0, len(y) / max(1.0, float(reach[tip])))
    box = (float(x.min()) * scale, float(y.min()) * scale, float(x.max() + 1) * scale, float(y.max() + 1) * scale)
    return Hand((float(x[tip]) * scale, float(y[tip]) * scale), width * scale, box)


def reach(hand: Hand, aim: Box) -> str:
    """What the hand has to do to get to ``aim``: one direction, at most eight words."""
    left, top, right, bottom = aim
    room = 0.5 * hand.width
    across = _beyond(hand.tip[0], left - room, right + room)
    along = _beyond(hand.tip[1], top - room, bottom + room)
    if across == 0.0 and along == 0.0:
        return TOUCHED
    direction = ("right" if across > 0 else "left") if abs(across) >= abs(along) else ("down" if along > 0 else "up")
    cm = max(abs(across), abs(along)) / hand.width * _HAND_CM
    if cm > _FAR_CM:
        return f"Hand far to the {direction}." if direction in {"left", "right"} else f"Hand far {direction}."
    return f"Hand {direction}, about {max(_STEP_CM, round(cm / _STEP_CM) * _STEP_CM)} centimetres."


def _beyond(at: float, low: float, high: float) -> float:
    """How far it is from ``at`` to the nearer end of a stretch, with its sign; 0 within it."""
    return low - at if at < low else high - at if at > high else 0.0


TOUCHED = "Your hand is on it."
