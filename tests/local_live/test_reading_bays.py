"""Bays side by side, each with shelves at heights of its own: an upright between them, words and prices as if they had been read."""

import numpy as np
import pytest

from local_live.reading.asking import understand
from local_live.reading.saying import say
from local_live.reading.shelfmap import ShelfMap, draw_up
from local_live.reading.words import Word

WIDTH, HEIGHT = 800, 600
NAMES = ("honey", "basmati rice", "oat milk", "tomato soup", "corn flakes")


def words_at(text: str, x: float, y: float, line: int, height: float = 16) -> list[Word]:
    found = []
    for part in text.split():
        wide = 9.0 * len(part)
        found.append(Word(part, x, y - height / 2, x + wide, y + height / 2, 0.99, line))
        x += wide + 5
    return found


def bays(left: int, right: int) -> ShelfMap:
    """Two bays with so many shelves: a dark post between them, light boards, three packs and three prices on each shelf."""
    rgb = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    words: list[Word] = []
    for start, count in ((0, left), (400, right)):
        pitch = HEIGHT * 0.9 / count
        for shelf in range(count):
            board = round(HEIGHT * 0.02 + (shelf + 1) * pitch)
            rgb[board - 14 : board, start : start + 400] = 210
            for pack in range(3):
                x = start + 20 + 125 * pack
                words += words_at(NAMES[shelf], x, board - 0.55 * pitch, len(words) + 1)
                words += words_at(f"{shelf + 1}.{pack}9", x, board - 7, len(words) + 1, 12)
    rgb[:, 394:406] = 20
    return draw_up(rgb, words)


@pytest.mark.parametrize(("left", "right"), [(3, 2), (4, 5), (5, 4), (3, 4)])
def test_shelves_of_bays_that_are_unlike_are_counted_bay_by_bay(left: int, right: int) -> None:
    shelf_map = bays(left, right)
    assert shelf_map.shelves and shelf_map.shelves.counts == (left, right)
    for label in shelf_map.labels:
        name = " ".join(word.text for word in label.words)
        assert label.shelf == NAMES.index(name) + 1
        assert shelf_map.count_at(label) == (left if label.x < 400 else right)
    assert {(tag.price[0], tag.shelf) for tag in shelf_map.tags} == {
        (str(number), number) for number in range(1, max(left, right) + 1)
    }


def test_shelves_that_run_through_behind_an_upright_are_one_bay() -> None:
    shelf_map = bays(4, 4)
    assert shelf_map.shelves and shelf_map.shelves.counts == (4,)


def test_an_answer_counts_the_shelves_of_its_own_bay() -> None:
    shelf_map = bays(5, 3)
    corn = say(understand("where are the corn flakes"), shelf_map, None, "")
    assert corn.text.startswith("Fifth shelf of five from the top, left") or corn.text.startswith("Fifth shelf of five")
    assert corn.place and (corn.place.shelf, corn.place.shelf_count) == (5, 5)
    assert (
        say(understand("how many shelves are there"), shelf_map, None, "").text
        == "Five and three shelves side by side in the picture."
    )
    assert "on the five and three shelves" in say(understand("where is the dog food"), shelf_map, None, "").text
