"""A drawn shelf is the same on every machine, and its truth fits the picture."""

import dataclasses
import json
from pathlib import Path
import subprocess
import sys

import numpy as np
import pytest

from drawn_shelves import DEFAULT, Scene, Wanted, draw
from drawn_shelves.camera import stand
from drawn_shelves.goods import COLOURS

REPO = Path(__file__).parents[2]
SMALL = Scene(seed=3, width_px=800, height_px=600)


def test_the_demonstration_has_gluten_free_bread_far_right_on_the_third_of_five() -> None:
    _, truth = draw()
    bread = truth.named("gluten free bread")
    assert bread and (bread.shelf, truth.shelf_count, bread.form, bread.colour) == (3, 5, "bag", "green")
    left, right = bread.spans[0]
    assert (left + right) / 2 > 0.8
    assert {"oat milk", "tomato soup", "strawberry jam", "brown rice"} <= {p.name for p in truth.products}
    assert 15 <= len(truth.products) <= 21


def test_equal_scenes_give_equal_pictures_and_other_seeds_do_not() -> None:
    one, truth = draw(SMALL)
    same, same_truth = draw(SMALL)
    other, _ = draw(dataclasses.replace(SMALL, seed=4))
    assert one.tobytes() == same.tobytes() and truth == same_truth
    assert one.tobytes() != other.tobytes()


@pytest.mark.parametrize("shelves", [3, 4, 6])
def test_shelves_are_counted_from_the_top_and_boxes_follow(shelves: int) -> None:
    _, truth = draw(dataclasses.replace(SMALL, shelves=shelves))
    assert truth.shelf_count == shelves and {p.shelf for p in truth.products} == set(range(1, shelves + 1))
    for one in truth.products:
        for other in truth.products:
            if one.shelf < other.shelf:
                assert one.box[0] < other.box[0]


def test_the_box_of_a_pack_holds_its_colour() -> None:
    scene = dataclasses.replace(SMALL, wanted=(Wanted("basmati rice"),), yaw=0.08, slant_deg=3)
    picture, truth = draw(scene)
    rice = truth.named("basmati rice")
    assert rice
    ymin, xmin, ymax, xmax = (v / 1000 for v in rice.box)
    pixels = np.asarray(picture, np.float32)
    inside = pixels[int(ymin * 600) : int(ymax * 600), int(xmin * 800) : int(xmax * 800)].reshape(-1, 3)
    purple = np.array(COLOURS["purple"], np.float32)
    near = (np.abs(inside - purple).sum(axis=1) < 110).mean()
    assert near > 0.3


def test_a_stronger_turn_makes_the_far_side_smaller() -> None:
    there = stand(dataclasses.replace(SMALL, yaw=0.1, slant_deg=0, pitch=0)).inverse()
    left = there(0, 600)[1] - there(0, 0)[1]
    right = there(800, 600)[1] - there(800, 0)[1]
    assert left > right * 1.2


def test_a_thing_the_shop_does_not_sell_is_refused() -> None:
    with pytest.raises(ValueError, match="dragon fruit"):
        draw(dataclasses.replace(DEFAULT, wanted=(Wanted("dragon fruit"),)))


def test_the_command_writes_the_picture_and_its_truth(tmp_path: Path) -> None:
    out, truth = tmp_path / "shelf.jpg", tmp_path / "truth.json"
    subprocess.run(
        [sys.executable, "-m", "drawn_shelves", out, "--seed", "5", "--shelves", "4", "--width", "640", "--height", "480",
         "--truth", truth],
        cwd=REPO, check=True,
    )  # fmt: skip
    assert out.read_bytes()[:3] == b"\xff\xd8\xff"
    assert json.loads(truth.read_text())["shelf_count"] == 4
