"""The colour of a pack: what most of the surface round its words looks like, if one colour is clear."""

from collections import Counter
import colorsys

import numpy as np
import numpy.typing as npt

_CLEAR = 0.5
"""The part of the surface one colour must take to be named."""


def colour_name(red: float, green: float, blue: float) -> str:
    """The everyday name of a colour, 0 to 255 each."""
    hue, light, _ = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    spread = (max(red, green, blue) - min(red, green, blue)) / 255
    hue *= 360
    if light < 0.14 or (light < 0.24 and spread < 0.1):
        return "black"
    if spread < 0.12 or (light > 0.85 and spread < 0.2):
        return "white" if light > 0.7 else "gray"
    if hue < 16 or hue >= 340:
        return "pink" if light > 0.68 else "red"
    if hue < 42:
        return "brown" if light < 0.42 else "orange" if spread > 0.35 else "brown" if light < 0.6 else "beige"
    if hue < 68:
        return "yellow" if light > 0.4 else "brown" if hue < 50 else "green"
    if hue < 165:
        return "green"
    if hue < 255:
        return "blue"
    return "purple" if hue < 310 else "pink"


def pack_colour(rgb: npt.NDArray[np.uint8], box: tuple[float, float, float, float]) -> str | None:
    """The colour of the surface in and round a text box (left, top, right, bottom, in pixels), or None if unclear."""
    height, width = rgb.shape[:2]
    left, top, right, bottom = box
    around = 0.25 * (bottom - top)
    cut = rgb[
        max(0, int(top - around)) : min(height, int(bottom + around) + 1),
        max(0, int(left)) : min(width, int(right) + 1),
    ]
    if cut.size < 3 * 64:
        return None
    step = max(1, int((cut.shape[0] * cut.shape[1] / 1500) ** 0.5))
    points = cut[::step, ::step].reshape(-1, 3)
    names = Counter(colour_name(*(float(v) for v in point)) for point in points)
    name, most = names.most_common(1)[0]
    return name if most / len(points) >= _CLEAR and name not in {"gray", "beige"} else None
