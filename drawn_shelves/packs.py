"""Paints one pack: the silhouette of its form, its print, and the light on it."""

from collections.abc import Callable
import math
from random import Random

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from drawn_shelves.goods import COLOURS, Good, Rgb
from drawn_shelves.lettering import letter

Box = tuple[float, float, float, float]
INK: Rgb = (40, 34, 32)
PAPER: Rgb = (246, 243, 232)


def mix(one: Rgb, other: Rgb, part: float) -> Rgb:
    """``one`` with a ``part`` (0 to 1) of ``other`` in it."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return (red, green, blue)


def bright(colour: Rgb) -> bool:
    """Whether dark ink reads better than white on it (luma of ITU-R BT.601)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] > 150


def ink_on(colour: Rgb) -> Rgb:
    """An ink that stands out."""
    return INK if bright(colour) else (252, 250, 244)


def pack(good: Good, width: int, height: int, seed: int) -> Image.Image:
    """One pack of ``good`` as RGBA of ``width`` x ``height`` pixels; ``seed`` decides its creases."""
    rng = Random(seed)
    mask, face = Image.new("L", (width, height), 0), Image.new("RGB", (width, height), COLOURS[good.colour])
    FORMS[good.form](good, mask, face, rng)
    face.putalpha(mask.filter(ImageFilter.GaussianBlur(0.6)))
    return face


def _lit(face: Image.Image, light: npt.NDArray[np.floating]) -> None:
    """Multiply a face by an array of light that broadcasts to height x width."""
    pixels = np.asarray(face, np.float32)
    shape = np.broadcast_to(light, pixels.shape[:2])[..., None]
    face.paste(Image.fromarray(np.clip(pixels * shape, 0, 255).astype(np.uint8)))


def _round_light(width: int) -> npt.NDArray[np.floating]:
    """Light across a cylinder that is lit from the front left."""
    across = np.linspace(-1, 1, width)
    light = 0.42 + 0.66 * np.sqrt(np.clip(1 - across**2, 0, 1))
    return np.asarray((light + 0.22 * np.exp(-(((across + 0.45) / 0.13) ** 2)))[None, :])


def _print(good: Good, face: Image.Image, box: Box, ground: Rgb, rng: Random, *, motif: bool = True) -> None:
    """Brand, name, picture and amount within ``box``."""
    pen = ImageDraw.Draw(face)
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    ink = ink_on(ground)
    letter(pen, good.brand, (left + width * 0.1, top + height * 0.03, right - width * 0.1, top + height * 0.17), ink)
    name_bottom = top + height * (0.66 if motif else 0.84)
    letter(
        pen, good.name, (left + width * 0.07, top + height * 0.2, right - width * 0.07, name_bottom), ink, bold=0.035
    )
    if motif:
        _motif(good, pen, ((left + right) / 2, top + height * 0.77), min(width * 0.3, height * 0.11), ground, rng)
    letter(pen, good.amount, (left + width * 0.3, top + height * 0.89, right - width * 0.3, top + height * 0.98), ink)


def _motif(
    good: Good, pen: ImageDraw.ImageDraw, centre: tuple[float, float], size: float, ground: Rgb, rng: Random
) -> None:
    """A small picture of what is inside."""
    x, y = centre
    accent = COLOURS[good.accent]
    if sum(abs(a - b) for a, b in zip(accent, ground, strict=True)) < 90:
        accent = COLOURS[good.colour]
    soft = mix(accent, ground, 0.35)
    if good.motif == "wave":
        for row in range(3):
            points = [
                (x + size * (i / 10 - 1.6), y + size * (row - 1) * 0.6 + size * 0.18 * math.sin(i * 0.7))
                for i in range(33)
            ]
            pen.line(points, accent, max(2, round(size * 0.16)), joint="curve")
        return
    if good.motif == "sun":
        for i in range(12):
            angle = i * math.tau / 12
            pen.line(
                (x, y, x + math.cos(angle) * size * 1.05, y + math.sin(angle) * size * 1.05),
                soft,
                max(2, round(size * 0.12)),
            )
        pen.ellipse((x - size * 0.62, y - size * 0.62, x + size * 0.62, y + size * 0.62), accent)
        return
    for i in range(-2, 3):
        cx, cy = x + i * size * 0.62, y + rng.uniform(-0.2, 0.2) * size
        if good.motif == "fruit":
            radius = size * 0.5
            pen.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), soft if i % 2 else accent)
            pen.line(
                (cx, cy - radius, cx + radius * 0.4, cy - radius * 1.5), COLOURS["green"], max(2, round(size * 0.1))
            )
        elif good.motif == "leaf":
            _leaf(pen, (cx, cy), size * 0.8, -math.pi / 2 + i * 0.35, soft if i % 2 else accent)
        elif good.motif == "grain":
            for step in range(3):
                _leaf(
                    pen,
                    (cx, cy + size * (0.5 - step * 0.45)),
                    size * 0.4,
                    -math.pi / 2 + (0.5 if step % 2 else -0.5),
                    accent,
                )
        else:
            _leaf(pen, (cx, cy), size * 0.55, rng.uniform(0, math.pi), soft if i % 2 else accent)


def _leaf(pen: ImageDraw.ImageDraw, centre: tuple[float, float], length: float, angle: float, colour: Rgb) -> None:
    """A pointed oval: a leaf, a grain, a bean."""
    points = []
    for i in range(24):
        turn = i * math.tau / 24
        along, across = math.cos(turn) * length, math.sin(turn) * length * 0.42 * (1 - 0.35 * abs(math.cos(turn)))
        points.append(
            (
                centre[0] + along * math.cos(angle) - across * math.sin(angle),
                centre[1] + along * math.sin(angle) + across * math.cos(angle),
            )
        )
    pen.polygon(points, colour)


def _box(good: Good, mask: Image.Image, face: Image.Image, rng: Random) -> None:
    width, height = face.size
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), width * 0.012, 255)
    pen = ImageDraw.Draw(face)
    colour, accent = COLOURS[good.colour], COLOURS[good.accent]
    pen.polygon(((0, height), (0, height * 0.72), (width, height * 0.62), (width, height)), mix(colour, accent, 0.25))
    pen.polygon(((0, height * 0.74), (0, height * 0.71), (width, height * 0.61), (width, height * 0.64)), accent)
    _print(good, face, (width * 0.04, height * 0.03, width * 0.96, height * 0.99), colour, rng)
    light = np.linspace(1.06, 0.86, height)[:, None] * np.ones((1, width))
    light[:, : max(1, width // 60)] *= 1.18
    light[:, -max(1, width // 40) :] *= 0.66
    _lit(face, light)


def _bag(good: Good, mask: Image.Image, face: Image.Image, rng: Random) -> None:
    width, height = face.size
    outline = []
    for i in range(41):
        down = i / 40
        inset = 0.05 - 0.045 * math.sin(math.pi * min(1.0, down * 1.15)) + 0.03 * math.exp(-((down / 0.05) ** 2))
        outline.append((width * (inset + rng.uniform(-0.004, 0.004)), height * down))
    teeth = [(width * (0.08 + 0.84 * i / 28), height * (0.0 if i % 2 else 0.014)) for i in range(29)]
    pen = ImageDraw.Draw(mask)
    pen.polygon(teeth + [(width - x, y) for x, y in outline] + outline[::-1], 255)
    colour, accent = COLOURS[good.colour], COLOURS[good.accent]
    pen = ImageDraw.Draw(face)
    pen.rectangle((0, 0, width, height * 0.085), mix(colour, (255, 255, 255), 0.25))
    pen.rectangle((0, height * 0.1, width, height * 0.115), accent)
    pen.ellipse((-width * 0.2, height * 0.86, width * 1.2, height * 1.3), mix(colour, accent, 0.3))
    _print(good, face, (width * 0.07, height * 0.12, width * 0.93, height * 0.98), colour, rng)
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    light = 0.78 + 0.34 * np.sin(np.pi * np.clip(x, 0.02, 0.98)) ** 0.6
    for _ in range(7):
        slope, start, strength = rng.uniform(-0.25, 0.25), rng.uniform(0, 1), rng.uniform(0.03, 0.09)
        light += strength * np.sin(16 * (x - start + slope * y)) * np.exp(-(((y - rng.uniform(0, 1)) / 0.3) ** 2)) * 0.6
    light *= 1 - 0.25 * np.exp(-(((y - 0.085) / 0.012) ** 2))
    _lit(face, light * np.linspace(1.05, 0.88, height)[:, None])


def _jar(good: Good, mask: Image.Image, face: Image.Image, rng: Random) -> None:
    width, height = face.size
    pen = ImageDraw.Draw(mask)
    pen.rounded_rectangle((0, height * 0.13, width - 1, height - 1), width * 0.12, 255)
    pen.rounded_rectangle((width * 0.08, 0, width * 0.92, height * 0.17), width * 0.04, 255)
    pen = ImageDraw.Draw(face)
    pen.rectangle((0, 0, width, height * 0.15), mix(COLOURS[good.accent], (120, 110, 90), 0.2))
    for i in range(22):
        x = width * (0.08 + 0.84 * i / 21)
        pen.line((x, height * 0.02, x, height * 0.13), mix(COLOURS[good.accent], (60, 50, 40), 0.35), 2)
    pen.rectangle((0, height * 0.15, width, height * 0.17), (70, 60, 50))
    pen.rectangle((0, height * 0.27, width, height * 0.92), PAPER)
    pen.rectangle((0, height * 0.27, width, height * 0.285), COLOURS[good.colour])
    pen.rectangle((0, height * 0.905, width, height * 0.92), COLOURS[good.colour])
    _print(good, face, (width * 0.08, height * 0.29, width * 0.92, height * 0.91), PAPER, rng)
    _lit(face, _round_light(width))


def _can(good: Good, mask: Image.Image, face: Image.Image, rng: Random) -> None:
    width, height = face.size
    bow = height * 0.035
    pen = ImageDraw.Draw(mask)
    pen.rectangle((0, bow, width, height - bow), 255)
    pen.ellipse((0, 0, width - 1, bow * 2), 255)
    pen.ellipse((0, height - 1 - bow * 2, width - 1, height - 1), 255)
    pen = ImageDraw.Draw(face)
    metal: Rgb = (188, 190, 192)
    pen.rectangle((0, height * 0.8, width, height), mix(COLOURS[good.colour], COLOURS[good.accent], 0.75))
    pen.rectangle((0, height * 0.785, width, height * 0.8), COLOURS["yellow"])
    ground = COLOURS[good.colour]
    _print(good, face, (width * 0.08, height * 0.1, width * 0.92, height * 0.94), ground, rng)
    pen.rectangle((0, 0, width, height * 0.075), metal)
    pen.rectangle((0, height * 0.945, width, height), metal)
    _lit(face, _round_light(width))
    ImageDraw.Draw(face).ellipse((width * 0.02, 2, width * 0.98, bow * 2), (214, 216, 218), (120, 122, 124), 3)


def _carton(good: Good, mask: Image.Image, face: Image.Image, rng: Random) -> None:
    width, height = face.size
    pen = ImageDraw.Draw(mask)
    pen.polygon(
        (
            (0, height),
            (0, height * 0.16),
            (width * 0.12, height * 0.045),
            (width * 0.12, 0),
            (width * 0.88, 0),
            (width * 0.88, height * 0.045),
            (width, height * 0.16),
            (width, height),
        ),
        255,
    )
    colour, accent = COLOURS[good.colour], COLOURS[good.accent]
    pen = ImageDraw.Draw(face)
    pen.rectangle((0, 0, width, height * 0.16), mix(colour, (255, 255, 255), 0.55))
    pen.rectangle((0, 0, width, height * 0.045), mix(colour, (255, 255, 255), 0.8))
    pen.ellipse((width * 0.36, height * 0.065, width * 0.64, height * 0.15), accent if accent != PAPER else colour)
    pen.polygon(((0, height), (0, height * 0.9), (width, height * 0.78), (width, height)), mix(colour, accent, 0.5))
    _print(good, face, (width * 0.03, height * 0.17, width * 0.97, height * 0.97), colour, rng)
    light = np.linspace(1.04, 0.9, height)[:, None] * np.ones((1, width))
    light[: int(height * 0.16)] *= 0.9
    light[:, -max(1, width // 30) :] *= 0.7
    _lit(face, light)


def _bottle(good: Good, mask: Image.Image, face: Image.Image, rng: Random) -> None:
    width, height = face.size
    pen = ImageDraw.Draw(mask)
    pen.rounded_rectangle((0, height * 0.28, width - 1, height - 1), width * 0.16, 255)
    pen.rectangle((width * 0.34, height * 0.06, width * 0.66, height * 0.4), 255)
    pen.rounded_rectangle((width * 0.3, 0, width * 0.7, height * 0.1), width * 0.05, 255)
    shoulder = [(width * (0.34 - 0.34 * (i / 12) ** 1.6), height * (0.2 + 0.16 * i / 12)) for i in range(13)]
    pen.polygon(shoulder + [(width - x, y) for x, y in shoulder[::-1]], 255)
    pen = ImageDraw.Draw(face)
    pen.rectangle((0, 0, width, height * 0.1), mix(COLOURS[good.accent], (255, 255, 255), 0.1))
    pen.rectangle((0, height * 0.4, width, height * 0.92), PAPER)
    pen.rectangle((0, height * 0.4, width, height * 0.415), COLOURS[good.accent])
    pen.rectangle((0, height * 0.905, width, height * 0.92), COLOURS[good.accent])
    _print(good, face, (width * 0.06, height * 0.42, width * 0.94, height * 0.9), PAPER, rng)
    _lit(face, _round_light(width))


FORMS: dict[str, Callable[[Good, Image.Image, Image.Image, Random], None]] = {
    "box": _box,
    "bag": _bag,
    "jar": _jar,
    "can": _can,
    "carton": _carton,
    "bottle": _bottle,
}


def shadow(image: Image.Image, blur_px: float) -> Image.Image:
    """The soft shadow a pack throws on what is behind it, as a mask of its size."""
    alpha = image.getchannel("A").filter(ImageFilter.GaussianBlur(blur_px))
    return ImageChops.multiply(alpha, Image.new("L", alpha.size, 130))
