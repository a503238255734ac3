"""The colour of a pack: what most of the surface round its words looks like, if one colour is clear."""

from collections import Counter
import colorsys

import numpy as np
import numpy.typing as npt

Box = tuple[float, float, float, float]

_CLEAR = 0.5
"""The part of the surface one colour must take to be named."""

_MOST_GAIN = 3.0
"""By which a picture is made brighter at most before its colours are named."""

_DIM = 1.35
"""A picture that needs so much is dim."""

_UNCLEAR = frozenset({None, "gray", "beige"})
_UNCLEAR_IF_DIM = frozenset({"brown", "black", "white"})


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


def pack_colour(rgb: npt.NDArray[np.uint8], box: Box, around: Box) -> str | None:
    """The colour of a pack, or None if it is not clear.

    ``box`` (left, top, right, bottom, in pixels) is round its words, ``around`` is a larger part of it: both must be mostly of
    one colour, for the band on which a name stands is often another. In a dim picture brown may be orange, and black anything.
    """
    gain = _gain(rgb)
    left, top, right, bottom = box
    room = 0.25 * (bottom - top)
    names = {_main_colour(rgb, part, gain) for part in ((left, top - room, right, bottom + room), around)}
    name = names.pop() if len(names) == 1 else None
    return None if name in _UNCLEAR or (gain > _DIM and name in _UNCLEAR_IF_DIM) else name


def _gain(rgb: npt.NDArray[np.uint8]) -> float:
    """How much brighter the picture would have to be for white to be white: there is some white paper at every shelf."""
    step = max(1, int((rgb.shape[0] * rgb.shape[1] / 40_000) ** 0.5))
    white = float(np.percentile(rgb[::step, ::step].max(axis=2), 98))
    return min(_MOST_GAIN, max(1.0, 240 / max(1.0, white)))


def _main_colour(rgb: npt.NDArray[np.uint8], box: Box, gain: float) -> str | None:
    height, width = rgb.shape[:2]
    left, top, right, bottom = box
    cut = rgb[max(0, int(top)) : min(height, int(bottom) + 1), max(0, int(left)) : min(width, int(right) + 1)]
    if cut.size < 3 * 64:
        return None
    step = max(1, int((cut.shape[0] * cut.shape[1] / 1500) ** 0.5))
    points = np.minimum(255.0, cut[::step, ::step].reshape(-1, 3) * gain)
    names = Counter(colour_name(*(float(v) for v in point)) for point in points)
    name, most = names.most_common(1)[0]
    return name if most / len(points) >= _CLEAR else None
