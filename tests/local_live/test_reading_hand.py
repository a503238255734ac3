"""A hand in the picture: found, whatever its skin, and led to the thing step by step."""

import numpy as np
from PIL import Image, ImageDraw
import pytest

from drawn_shelves import Scene, draw
from local_live.reading.hand import TOUCHED, Hand, find_hand, reach
from local_live.reading.picture import Frame

SHELF = draw(Scene(seed=11, shelves=3, width_px=640, height_px=480))[0]
SKINS = ((236, 188, 160), (198, 134, 98), (126, 80, 56))


def frame(image: Image.Image, noise: int = 0) -> Frame:
    pixels = np.asarray(image, np.float32) + np.random.default_rng(noise).normal(0, 2, (image.height, image.width, 3))
    rgb = np.clip(pixels, 0, 255).astype(np.uint8)
    return Frame(rgb, np.asarray(Image.fromarray(rgb).convert("L").resize((64, 48)), np.float32))


def with_hand(tip: tuple[int, int], skin: tuple[int, int, int], entry: tuple[int, int] = (330, 480)) -> Image.Image:
    """An arm from an edge, with a hand 46 pixels wide at its end."""
    image = SHELF.copy()
    pen = ImageDraw.Draw(image)
    pen.line((*entry, *tip), skin, 42)
    pen.ellipse((tip[0] - 23, tip[1] - 8, tip[0] + 23, tip[1] + 60), skin)
    return image


@pytest.mark.parametrize("skin", SKINS)
def test_a_hand_that_reaches_in_is_found_at_its_tip(skin: tuple[int, int, int]) -> None:
    hand = find_hand(frame(SHELF), frame(with_hand((300, 260), skin), 1))
    assert hand
    assert abs(hand.tip[0] - 300) < 35 and abs(hand.tip[1] - 256) < 35
    assert 30 < hand.width < 75


def test_a_hand_is_found_although_the_head_moves() -> None:
    moved = with_hand((300, 260), SKINS[1]).transform(SHELF.size, Image.Transform.AFFINE, (1, 0, 14, 0, 1, -6))
    hand = find_hand(frame(SHELF), frame(moved, 1))
    assert hand and abs(hand.tip[0] - 286) < 30 and abs(hand.tip[1] - 262) < 25


def test_where_nothing_came_there_is_no_hand() -> None:
    assert find_hand(frame(SHELF), frame(SHELF, 1)) is None
    assert find_hand(frame(SHELF), frame(SHELF.point(lambda value: int(value * 0.8)), 1)) is None


def test_a_pack_that_was_put_there_is_no_hand() -> None:
    image = SHELF.copy()
    ImageDraw.Draw(image).rectangle((280, 200, 360, 300), SKINS[1])
    assert find_hand(frame(SHELF), frame(image, 1)) is None


@pytest.mark.parametrize(
    ("tip", "said"),
    [
        ((100.0, 230.0), "Hand right, about 30 centimetres."),
        ((420.0, 230.0), "Hand left, about 10 centimetres."),
        ((320.0, 400.0), "Hand up, about 25 centimetres."),
        ((320.0, 100.0), "Hand down, about 15 centimetres."),
        ((320.0, 230.0), TOUCHED),
        ((290.0, 215.0), TOUCHED),
    ],
)
def test_a_hand_is_told_one_direction_in_centimetres(tip: tuple[float, float], said: str) -> None:
    hand = Hand(tip, 46.0, (0.0, 0.0, 1.0, 1.0))
    assert reach(hand, (285.0, 210.0, 355.0, 250.0)) == said
    assert len(said.split()) <= 8


def test_far_away_is_said_to_be_far() -> None:
    assert reach(Hand((0.0, 230.0), 10.0, (0, 0, 1, 1)), (285.0, 210.0, 355.0, 250.0)) == "Hand far to the right."
