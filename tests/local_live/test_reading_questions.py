"""What is asked beside where a thing is, on a shelf that needs no picture: words at places, as if they had been read."""

from dataclasses import replace

import numpy as np
import pytest

from local_live.reading.asking import Asked, Kind, understand
from local_live.reading.finding import find
from local_live.reading.labels import Label
from local_live.reading.level import Level
from local_live.reading.looking import Seen
from local_live.reading.naming import names
from local_live.reading.ocr import Box, Reader, Rgb8
from local_live.reading.picture import Frame
from local_live.reading.saying import MOST_WORDS, say
from local_live.reading.shelfmap import ShelfMap, Tag
from local_live.reading.shelves import one_bay
from local_live.reading.verifying import verify
from local_live.reading.words import Word, alike

RGB = np.full((600, 800, 3), 128, np.uint8)


def label(text: str, shelf: int, left: float, height: float = 20) -> Label:
    """A label on one line, in the middle of a shelf that is 200 pixels high."""
    words, x = [], left
    for number, part in enumerate(text.split()):
        width = 10.0 * len(part)
        top = 200 * (shelf - 1) + 100.0
        words.append(Word(part, x, top, x + width, top + height, 0.99, shelf * 100 + number))
        x += width + 5
    return Label(tuple(words), shelf, words[0].left, words[0].top, words[-1].right, words[0].bottom)


def tag(price: str, shelf: int, x: float) -> Tag:
    return Tag(price, shelf, Word(price, x - 20, 200 * shelf - 20, x + 20, 200 * shelf, 0.99, shelf * 1000))


def shelf_map(*labels: Label, tags: tuple[Tag, ...] = ()) -> ShelfMap:
    words = tuple(word for one in labels for word in one.words)
    return ShelfMap(RGB, words, one_bay(Level(800, 600), (0.0, 1 / 3, 2 / 3, 0.99)), labels, tags)


SHELF = shelf_map(
    label("oat milk", 1, 20), label("oat milk", 1, 140), label("almond milk", 1, 280), label("honey", 2, 20),
    label("gluten free pasta", 2, 300), label("butter rolls", 3, 20),
    tags=(tag("2.49", 1, 100), tag("1.99", 1, 330), tag("4.29", 2, 45)),
)  # fmt: skip


def answer(question: str, shelf: ShelfMap = SHELF) -> str:
    text = say(understand(question), shelf, None, question).text
    assert 0 < len(text.split()) <= MOST_WORDS
    return text


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("I'm looking for honey", Asked(Kind.FIND, ("honey",))),
        ("which is cheaper, the oat milk or the almond milk", Asked(Kind.CHEAPER, ("oat", "milk"), other=("almond", "milk"))),
        ("is the jam cheaper than the honey?", Asked(Kind.CHEAPER, ("jam",), other=("honey",))),
        ("what's the cheapest coffee", Asked(Kind.CHEAPER, ("coffee",))),
        ("what is next to the bread", Asked(Kind.NEXT_TO, ("bread",))),
        ("what is to the left of the honey", Asked(Kind.NEXT_TO, ("honey",), towards="left")),
        ("what is under the soup", Asked(Kind.NEXT_TO, ("soup",), towards="below")),
        ("how many packs of rice are there", Asked(Kind.HOW_MANY, ("rice",))),
        ("how many shelves are there", Asked(Kind.COUNT)),
        ("what else is there", Asked(Kind.ELSE)),
        ("read the label of the jam", Asked(Kind.READ, ("jam",))),
        ("what does the label say", Asked(Kind.READ)),
        ("when does the milk expire", Asked(Kind.DATE, ("milk",))),
        ("where are the dates", Asked(Kind.FIND, ("dates",))),
        ("find something for breakfast", Asked(Kind.LOOSE, ("something", "for", "breakfast"))),
    ],
)  # fmt: skip
def test_a_question_becomes_what_is_asked(question: str, asked: Asked) -> None:
    assert understand(question) == asked


def test_the_cheaper_of_two_is_that_with_the_lower_price_on_its_own_tag() -> None:
    text = answer("which is cheaper, the oat milk or the almond milk")
    assert text.startswith("Almond milk, 1.99: first shelf of three from the top") and "Oat milk costs 2.49." in text


def test_what_has_no_readable_price_is_not_compared() -> None:
    text = answer("which is cheaper, the honey or the butter rolls")
    assert "could not read the prices of both" in text
    assert "I read no jam" in answer("which is cheaper, the honey or the jam")


def test_packs_in_front_are_counted() -> None:
    assert "I count two in front side by side." in answer("how many oat milks are there")


def test_neighbours_are_named_by_side_and_shelf() -> None:
    assert "Right of it: almond milk." in answer("what is next to the oat milk")
    assert answer("what is below the almond milk").startswith("On the shelf below: gluten free pasta.")
    assert answer("what is below the butter rolls").startswith("There is no shelf below")


def test_a_label_is_read_out_word_for_word_and_a_date_is_not_made_up() -> None:
    assert answer("read the label of the honey").startswith("The label says: honey.")
    assert answer("when does the honey expire").startswith("I read no date.")
    dated = shelf_map(label("milk 12.03.2027", 1, 20), label("oat milk", 2, 20))
    assert "12.03.2027" in answer("when does the milk expire", dated)


def test_a_thing_named_loosely_is_declined_honestly() -> None:
    assert answer("find something for breakfast").startswith("What for breakfast means I cannot judge")


def test_a_form_that_is_all_there_is_must_be_read() -> None:
    """'Gluten free rolls' are not whatever is gluten free, 'butter rolls' not whatever is butter."""
    assert not find(SHELF, ("gluten", "free", "rolls"))
    assert not find(SHELF, ("ham", "rolls"))
    assert find(SHELF, ("gluten", "free", "pasta"))


def test_a_bag_is_no_can_of_the_same_name() -> None:
    bin_shelf = shelf_map(label("trash can", 1, 20), label("kitchen bags", 1, 300))
    assert not find(bin_shelf, ("trash", "bags"))
    assert find(bin_shelf, ("trash", "can"))


def test_a_name_broken_over_lines_is_found() -> None:
    assert find(shelf_map(label("Tomaten suppe", 1, 20), label("oat milk", 2, 20)), ("tomatensuppe",))


def test_a_name_on_a_price_tag_alone_is_no_pack() -> None:
    price = tag("1.99", 1, 300)
    small = Label((Word("honey", 285, 172, 315, 179, 0.99, 7),), 1, 285, 172, 315, 179)
    text = answer("where is the honey", shelf_map(small, label("oat milk", 1, 20), tags=(price,)))
    assert text.startswith("Perhaps first shelf") and "price tag" in text


@pytest.mark.parametrize(("asked", "read"), [("corn", "com"), ("oil", "oll"), ("milk", "mllk"), ("clean", "dean")])
def test_letters_that_look_alike_are_the_same(asked: str, read: str) -> None:
    assert alike(asked, read) >= 0.8


def test_a_misread_word_is_mended_by_the_dictionary_before_it_is_said() -> None:
    assert names([label("olive oll", 1, 20)]) == ["olive oil"]
    assert names([label("hedigerow sugar", 1, 20)]) == ["sugar"]


class SecondReading(Reader):
    """Reads what it is told to, in place of a picture."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def read_boxes(self, rgb: Rgb8, boxes: list[Box]) -> list[tuple[str, float]]:  # type: ignore[override]
        return [(self.text, 0.99) for _ in boxes]


def seen(shelf: ShelfMap) -> Seen:
    return Seen(Frame(RGB, np.zeros((48, 64), np.float32)), shelf, None, close=True)


def test_a_price_that_a_second_reading_does_not_bear_out_is_not_said() -> None:
    asked = understand("how much is the honey")
    assert "4.29" in say(asked, verify(SecondReading("4.29"), seen(SHELF), asked).shelf_map, None, "").text
    for other in ("4.20", "", "4.29 4.20"):
        assert "4.2" not in say(asked, verify(SecondReading(other), seen(SHELF), asked).shelf_map, None, "").text


def test_a_price_that_nobody_asked_for_is_not_said_but_is_in_the_answer_for_automations() -> None:
    told = say(understand("where is the honey"), SHELF, None, "")
    assert "4.29" not in told.text
    assert told.place and told.place.price == "4.29"


def test_a_claim_that_a_second_reading_does_not_bear_out_is_not_made() -> None:
    asked = understand("where is the gluten free pasta")
    assert find(verify(SecondReading("gluten free"), seen(SHELF), asked).shelf_map, asked.thing)
    doubted = verify(SecondReading("golden tree"), seen(SHELF), asked).shelf_map
    told = say(asked, doubted, None, "")
    assert told.place and not told.place.found and "not gluten free" in told.text


def test_shelves_that_the_frame_cuts_are_only_the_visible_ones() -> None:
    cut = replace(SHELF, shelves=one_bay(Level(800, 600), (0.0, 0.1, 0.5, 0.9)))
    assert answer("where is the honey", cut).startswith("Second visible shelf of three from the top")
    assert answer("where is the honey").startswith("Second shelf of three from the top")
