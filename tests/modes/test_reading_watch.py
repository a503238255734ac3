"""Watching: what came and what went is said, and neither misread words nor a small move of the camera is."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
import dataclasses
import re

from PIL import Image
import pytest

from drawn_shelves import GOODS, Good, Product, Scene, draw
from local_live.reading.brain import ShelfBrain, make_shelf_brains
from local_live.reading.looking import Seen, glance
from local_live.reading.ocr import Reader
from local_live.reading.picture import open_frame
from local_live.reading.steps import NOTHING, WATCH_STEP
from local_live.reading.watching import MOST_WORDS, watch
from local_live.reading.words import Word, distance
from tests.local_live.reading_parts import as_camera_sends
from tests.modes.moving_parts import Bay, bay, emptied, until_read

MAKE = make_shelf_brains(ThreadPoolExecutor(2))
SCENE = Scene(seed=23, shelves=3, width_px=1500, height_px=1080, goods_a_shelf=3)
X, Y = 90, 60


@pytest.fixture(scope="module")
def whole() -> Bay:
    return bay(SCENE, 1300, 960)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture
async def brain() -> AsyncIterator[ShelfBrain]:
    brain = MAKE()
    yield brain
    brain.close()
    await asyncio.to_thread(until_read, brain)


async def step(brain: ShelfBrain, jpeg: bytes) -> str:
    brain.look(jpeg)
    answer = await brain.answer_text(WATCH_STEP)
    assert 0 < len(answer.text.split()) <= MOST_WORDS
    assert answer.text == NOTHING or (answer.text.endswith(".") and answer.text.count(".") == 1)
    return answer.text


def inside(where: Bay) -> list[Product]:
    """What is wholly in the view at (X, Y) and in those near it."""
    return [p for p in where.truth.products if all(where.offset(p, X + by, Y + by).is_whole for by in (-40, 40))]


def kinds(text: str, where: Bay) -> set[str]:
    """Which of a bay's products a sentence names."""
    said = text.lower().replace(",", "").replace(".", "").replace(":", "").replace(";", "")
    return {p.name for p in where.truth.products if p.name in said}


async def test_the_first_sentence_names_what_is_in_view(brain: ShelfBrain, whole: Bay) -> None:
    text = await step(brain, whole.view(X, Y))
    assert text.startswith("In view: three shelves")
    assert len(kinds(text, whole)) >= 2


async def test_noise_and_a_small_move_are_no_news(brain: ShelfBrain, whole: Bay) -> None:
    assert await step(brain, whole.view(X, Y)) != NOTHING
    for seed, (right, down) in enumerate(((0, 0), (14, -9), (-35, 20), (60, 30))):
        assert await step(brain, whole.view(X + right, Y + down, noise=5, seed=seed)) == NOTHING


async def test_what_was_taken_is_told_once_and_so_is_what_came_back(brain: ShelfBrain, whole: Bay) -> None:
    product = inside(whole)[1]
    without = emptied(whole, product)
    await step(brain, whole.view(X, Y))
    gone = await step(brain, without.view(X + 12, Y - 8))
    assert gone.startswith("Gone or covered: ") and kinds(gone, whole) == {product.name}
    shelf = ("first", "second", "third")[product.shelf - 1]
    assert f"{shelf} shelf of three from the top" in gone
    assert await step(brain, without.view(X + 20, Y, noise=5)) == NOTHING
    back = await step(brain, whole.view(X, Y))
    assert back.startswith("New: ") and kinds(back, whole) == {product.name}
    assert f"{shelf} shelf of three from the top" in back


@pytest.mark.parametrize("number", [1, 3])
async def test_a_thing_in_the_place_of_another_is_both_new_and_gone(brain: ShelfBrain, whole: Bay, number: int) -> None:
    here = {p.name for p in whole.truth.products}
    old = next(good for good in GOODS if good.name == inside(whole)[number].name)
    fresh = next(
        good
        for good in GOODS
        if good.form == old.form and good.name not in here and not set(good.name.split()) & set(old.name.split())
    )
    swap = {old.name: fresh, fresh.name: old}
    other = bay(dataclasses.replace(SCENE, goods=tuple(swap.get(good.name, good) for good in GOODS)), 1300, 960)
    assert {p.name for p in other.truth.products} == (here - {old.name}) | {fresh.name}
    await step(brain, whole.view(X, Y))
    text = await step(brain, other.view(X, Y, noise=4))
    new, gone = text.split("; ")
    # Nothing but these two is named, by the words that stand on their packs.
    assert new.startswith("New: ") and is_printed(new[5:], fresh)
    assert gone.startswith("gone or covered: ") and is_printed(gone[17:], old)


def is_printed(name: str, good: Good) -> bool:
    """Whether every word of a name stands on a good's packs, a misread letter aside."""
    there = re.findall(r"\w+", f"{good.brand} {good.name}".lower())
    return all(any(distance(word, other) <= 1 for other in there) for word in re.findall(r"\w+", name))


async def test_another_shelf_is_another_view(brain: ShelfBrain, whole: Bay) -> None:
    other = bay(dataclasses.replace(SCENE, seed=77), 1300, 960)
    await step(brain, whole.view(X, Y))
    text = await step(brain, other.view(X, Y))
    assert text.startswith("Now in view: ")
    assert kinds(text, other) - {p.name for p in whole.truth.products}


async def test_nothing_to_read_is_nothing_to_say(brain: ShelfBrain) -> None:
    blank = as_camera_sends(Image.new("RGB", (1300, 960), (190, 190, 190)))
    assert await step(brain, blank) == NOTHING
    assert await step(brain, b"no picture") == NOTHING
    assert (await MAKE().answer_text(WATCH_STEP)).text == NOTHING


async def test_dark_between_two_equal_pictures_is_no_news(brain: ShelfBrain, whole: Bay) -> None:
    await step(brain, whole.view(X, Y))
    assert await step(brain, as_camera_sends(Image.new("RGB", (1300, 960)))) == NOTHING
    assert await step(brain, whole.view(X, Y)) == NOTHING


def misread(seen: Seen, drop: int, change: int) -> Seen:
    """The same picture, in which every so many words were not read, or were read wrongly."""
    from local_live.reading.shelfmap import draw_up

    def other(number: int, word: Word) -> Word:
        text = "".join("oaieu"["aeiou".index(c)] if c in "aeiou" else c for c in word.text)
        return dataclasses.replace(word, text=text) if number % change == 1 else word

    words = [other(n, word) for n, word in enumerate(seen.shelf_map.words) if n % drop]
    return dataclasses.replace(seen, shelf_map=draw_up(seen.frame.rgb, words))


def test_words_missed_and_misread_are_no_news(reader: Reader, whole: Bay) -> None:
    first = glance(reader, open_frame(whole.view(X, Y)))
    later = glance(reader, open_frame(whole.view(X + 16, Y + 7, noise=5)))
    before, _ = watch(None, first)
    assert before is first
    for drop in (3, 4, 7):
        for change in (2, 3, 5):
            jittered = misread(later, drop, change)
            assert watch(first, jittered)[1] == NOTHING
            assert watch(misread(first, drop, change), later)[1] == NOTHING


def test_a_turn_of_the_camera_is_no_news_of_what_both_pictures_show(reader: Reader, whole: Bay) -> None:
    first = glance(reader, open_frame(whole.view(X, Y)))
    for turned in (
        dataclasses.replace(SCENE, yaw=0.055),
        dataclasses.replace(SCENE, light=0.75, noise=6.0, slant_deg=1.2),
    ):
        picture, truth = draw(turned)
        later = glance(reader, open_frame(Bay(picture, truth, 1300, 960).view(X, Y)))
        assert watch(first, later)[1] == NOTHING
