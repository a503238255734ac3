"""Slanted, dark and high shelves: counted right, read, and nothing passed off; the reader alone, at a glance."""

import io

import pytest

from drawn_shelves import Scene, Truth, draw
from local_live.brain import Answer
from local_live.reading.asking import understand
from local_live.reading.looking import Seen, glance, look_again
from local_live.reading.ocr import Reader
from local_live.reading.picture import open_frame
from local_live.reading.saying import say

SCENES = (
    Scene(seed=3, shelves=4, width_px=1280, height_px=960, slant_deg=-2.0, yaw=-0.05, without=frozenset({"gluten free bread"})),
    Scene(seed=4, shelves=6, width_px=1280, height_px=960, slant_deg=2.5, yaw=0.03, light=0.7),
)  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="module", params=SCENES, ids=("four", "six"))
def looked_at(request: pytest.FixtureRequest, reader: Reader) -> tuple[Seen, Truth]:
    image, truth = draw(request.param)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return glance(reader, open_frame(out.getvalue())), truth


def ask(reader: Reader, seen: Seen, question: str) -> Answer:
    asked = understand(question)
    again = look_again(reader, seen, asked)
    return say(asked, again.shelf_map, again.trouble, question)


def test_slanted_shelves_are_counted_and_nearly_everything_on_them_is_found(
    reader: Reader, looked_at: tuple[Seen, Truth]
) -> None:
    seen, truth = looked_at
    assert seen.shelf_map.shelf_count == truth.shelf_count
    right = 0
    for product in truth.products:
        place = ask(reader, seen, f"where is the {product.name}").place
        assert place
        if place.found:
            middle = (place.box[1] + place.box[3]) / 2000 if place.box else -1.0
            left, far = product.spans[0]
            assert place.shelf == product.shelf and left - 0.06 <= middle <= far + 0.06, product.name
            right += 1
    assert right / len(truth.products) >= 0.9


def test_what_is_not_there_is_never_passed_off(reader: Reader, looked_at: tuple[Seen, Truth]) -> None:
    seen, truth = looked_at
    things = ["dog food", "contractor bags", "vegan honey"]
    things += ["gluten free bread"] if truth.named("gluten free bread") is None else []
    for thing in things:
        place = ask(reader, seen, f"where is the {thing}").place
        assert place and not place.found
