"""Guiding: a head that moves before a drawn shelf hears corrections that are true of where it points."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
import io
from random import Random
import re
from statistics import median
import time

from PIL import Image, ImageEnhance, ImageFilter
import pytest

from drawn_shelves import Product, Scene, Wanted
from local_live.reading import correcting
from local_live.reading.brain import ShelfBrain, make_shelf_brains
from local_live.reading.looking import glance
from local_live.reading.ocr import Reader
from local_live.reading.picture import open_frame
from local_live.reading.steps import GUIDE_STEP, NOTHING
from tests.modes.moving_parts import Bay, Offset, bay, emptied, until_read

MAKE = make_shelf_brains(ThreadPoolExecutor(2))
ITEM = "gluten free bread"
SCENES = (
    Scene(seed=11, shelves=4, width_px=1900, height_px=1300, wanted=(Wanted(ITEM, 2),)),
    Scene(seed=12, shelves=3, width_px=1900, height_px=1300, yaw=-0.04, slant_deg=-1.2, wanted=(Wanted(ITEM, 3, "left"),)),
    Scene(seed=13, shelves=5, width_px=1900, height_px=1300, light=0.8, wanted=(Wanted(ITEM, 1, "right"),)),
)  # fmt: skip


@pytest.fixture(scope="module")
def bays() -> list[Bay]:
    return [bay(scene, 1280, 900) for scene in SCENES]


@pytest.fixture
async def brain() -> AsyncIterator[ShelfBrain]:
    brain = MAKE()
    yield brain
    brain.close()
    await asyncio.to_thread(until_read, brain)


def bread(where: Bay) -> Product:
    product = where.truth.named(ITEM)
    assert product
    return product


async def step(brain: ShelfBrain, jpeg: bytes, item: str = ITEM) -> str:
    brain.look(jpeg)
    answer = await brain.answer_text(GUIDE_STEP.format(item=item))
    assert 0 < len(answer.text.split()) <= correcting.MOST_WORDS
    assert answer.place is None
    return answer.text


async def asked(brain: ShelfBrain, where: Bay) -> tuple[int, int]:
    """Ask for the bread with it in the middle of the view, or as near to it as the shelf goes; where the view is."""
    ymin, xmin, ymax, xmax = bread(where).box
    width, height = where.picture.size
    x = min(max(0, (xmin + xmax) * width // 2000 - where.width // 2), width - where.width)
    y = min(max(0, (ymin + ymax) * height // 2000 - where.height // 2), height - where.height)
    brain.look(where.view(x, y))
    answer = await brain.answer_text(f"where is the {ITEM}")
    assert answer.place and answer.place.found
    return x, y


def is_true(text: str, truth: Offset, aspect: float) -> bool:
    """Whether a correction holds for where the thing really is; a label is somewhere on its pack."""
    if text == "Straight ahead. Reach out.":
        return abs(truth.right) <= 0.1 and abs(truth.down) <= 0.75 * truth.shelf
    out = re.fullmatch(r"Out of view: \w+ your head slowly (\w+)\.", text)
    if out:
        return not truth.is_whole and out[1] == truth.side
    head = re.fullmatch(r"Head (left|right|up|down)(?:, (.*))?\.", text)
    if not head:
        return False
    way, amount = head[1], head[2]
    if way in {"left", "right"}:
        size, sign, other = abs(truth.right), truth.right > 0, abs(truth.down) * aspect
        first = size >= other - 0.3 * truth.shelf * aspect or abs(truth.down) < 0.75 * truth.shelf
        bounds = {None: (0.1, 0.37), "a little": (0.02, 0.22), "quite far": (0.24, 0.6)}[amount]
        return sign == (way == "right") and bounds[0] <= size <= bounds[1] and first
    size, sign = abs(truth.down), truth.down > 0
    counted = {"one": 1, "two": 2, "three": 3, "four": 4}.get((amount or "").split(" ")[0])
    first = size * aspect >= abs(truth.right) - 0.3 * truth.shelf * aspect or abs(truth.right) < 0.1
    right = abs(size / truth.shelf - counted) <= 0.8 if counted else size <= truth.shelf
    return sign == (way == "down") and right and first


async def walked(brain: ShelfBrain, where: Bay, rng: Random, steps: int) -> list[tuple[str, Offset]]:
    """A head that wanders over the shelf: what was said at each step, and where the bread really was."""
    x, y = await asked(brain, where)
    most_x, most_y = where.picture.width - where.width, where.picture.height - where.height
    said = []
    for number in range(steps):
        x = min(max(0, x + rng.randint(-160, 160)), most_x)
        y = min(max(0, y + rng.randint(-120, 120)), most_y)
        text = await step(brain, where.view(x, y, noise=4, seed=number))
        said.append((text, where.offset(bread(where), x, y)))
    return said


@pytest.mark.parametrize("number", range(len(SCENES)))
async def test_corrections_are_true_of_the_newest_picture(brain: ShelfBrain, bays: list[Bay], number: int) -> None:
    where = bays[number]
    said = await walked(brain, where, Random(number), 14)
    aspect = where.height / where.width
    spoken = [(text, truth) for text, truth in said if text != NOTHING]
    assert [(text, truth) for text, truth in spoken if not is_true(text, truth, aspect)] == []
    assert said[0][0] != NOTHING
    # What is not said again still holds, and is said again after two silent steps.
    last, silent = "", 0
    for text, truth in said:
        silent = silent + 1 if text == NOTHING else 0
        last = last if text == NOTHING else text
        assert silent < 3
        assert is_true(last, truth, aspect), (last, truth)


async def test_a_step_is_much_quicker_than_reading_the_picture(brain: ShelfBrain, bays: list[Bay]) -> None:
    where = bays[0]
    x, y = await asked(brain, where)
    assert brain._looking
    await brain._looking
    reader = Reader()
    reader.load()
    began = time.perf_counter()
    await asyncio.to_thread(glance, reader, open_frame(where.view(x, y)))
    whole_s = time.perf_counter() - began
    steps_s = []
    for number in range(7):
        jpeg = where.view(max(0, x - 25 * number), y)
        began = time.perf_counter()
        await step(brain, jpeg)
        steps_s.append(time.perf_counter() - began)
    assert median(steps_s) < whole_s / 3


async def test_no_step_waits_for_a_whole_picture_to_be_read(
    brain: ShelfBrain, bays: list[Bay], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = bays[0]
    x, y = await asked(brain, where)
    assert brain._looking
    await brain._looking
    read, areas = Reader.read, []

    def measured(self: Reader, rgb: object, *args: object) -> object:
        areas.append(rgb.shape[0] * rgb.shape[1])  # type: ignore[attr-defined]
        return read(self, rgb, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Reader, "read", measured)
    for number in range(4):
        await step(brain, where.view(x, max(0, y - 30 * number)))
    assert len(areas) == 4
    assert max(areas) < 0.25 * where.width * where.height


async def test_the_same_is_said_again_only_at_the_third_step(brain: ShelfBrain, bays: list[Bay]) -> None:
    where = bays[0]
    x, y = await asked(brain, where)
    said = [await step(brain, where.view(x, y, noise=4, seed=seed)) for seed in range(7)]
    assert said[0] != NOTHING
    assert said == [said[0], NOTHING, NOTHING, said[0], NOTHING, NOTHING, said[0]]


async def test_a_thing_that_left_the_view_is_called_back_and_found_again(brain: ShelfBrain, bays: list[Bay]) -> None:
    where = bays[1]  # the bread is far left: the head turns right, away from it
    x, y = await asked(brain, where)
    away = [await step(brain, where.view(at, y)) for at in range(x, where.picture.width - where.width, 150)]
    outside = where.view(where.picture.width - where.width, y)
    away += [await step(brain, outside) for _ in range(3)]
    assert "Out of view: turn your head slowly left." in away
    assert where.offset(bread(where), where.picture.width - where.width, y).right < -0.4
    back = [await step(brain, where.view(at, y)) for at in (x + 300, x + 150, x)]
    assert is_true(back[-1] if back[-1] != NOTHING else back[-2], where.offset(bread(where), x, y), 0.7)


def changed(jpeg: bytes, how: str) -> bytes:
    image: Image.Image = Image.open(io.BytesIO(jpeg))
    if how == "dark":
        image = ImageEnhance.Brightness(image).enhance(0.015)
    else:
        image = image.filter(ImageFilter.GaussianBlur(25))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


@pytest.mark.parametrize("how", ["dark", "blurred"])
async def test_a_picture_that_cannot_be_read_says_why_and_the_next_goes_on(
    brain: ShelfBrain, bays: list[Bay], how: str
) -> None:
    where = bays[0]
    x, y = await asked(brain, where)
    before = await step(brain, where.view(x, y))
    assert how in await step(brain, changed(where.view(x, y), how))
    assert await step(brain, changed(where.view(x, y), how)) == NOTHING
    assert await step(brain, where.view(x, y)) == before


async def test_bytes_that_are_no_picture_are_said_to_be_none(brain: ShelfBrain, bays: list[Bay]) -> None:
    where = bays[0]
    assert await step(brain, b"no picture") == correcting.BROKEN_FRAME
    x, y = await asked(brain, where)
    assert is_true(await step(brain, where.view(x, y)), where.offset(bread(where), x, y), 0.7)


async def test_without_any_picture_a_step_says_so(brain: ShelfBrain) -> None:
    answer = await brain.answer_text(GUIDE_STEP.format(item=ITEM))
    assert answer.text == correcting.NO_FRAME


async def test_a_thing_that_is_taken_away_is_not_pointed_at(brain: ShelfBrain, bays: list[Bay]) -> None:
    where = bays[0]
    x, y = await asked(brain, where)
    await step(brain, where.view(x, y))
    without = emptied(where, bread(where))
    texts = [await step(brain, without.view(x, y, noise=4, seed=seed)) for seed in range(4)]
    assert texts[0] == correcting.COVERED
    assert not any(text.startswith(("Head", "Straight")) for text in texts)


async def test_a_guide_can_begin_without_a_question_and_never_invents_a_place(
    brain: ShelfBrain, bays: list[Bay]
) -> None:
    where = bays[0]
    ymin, xmin, _, _ = bread(where).box
    x = min(max(0, xmin * 1900 // 1000 - 500), 1900 - where.width)
    y = min(max(0, ymin * 1300 // 1000 - 300), 1300 - where.height)
    assert await step(brain, where.view(x, y), "dog food") == correcting.NOT_IN_VIEW
    assert is_true(await step(brain, where.view(x, y)), where.offset(bread(where), x, y), where.height / where.width)


async def test_after_steps_a_question_is_answered_from_the_newest_picture(brain: ShelfBrain, bays: list[Bay]) -> None:
    x, y = await asked(brain, bays[0])
    await step(brain, bays[0].view(x, y))
    other = bays[1]
    await step(brain, other.view(0, 200))
    mine = {product.name for product in bays[0].truth.products}
    names = [
        product.name
        for product in other.truth.products
        if product.name not in mine and other.offset(product, 0, 200).is_whole
    ]
    found = (await brain.answer_text(f"where is the {names[0]}")).place
    assert found and found.found
