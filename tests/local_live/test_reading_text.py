"""Words, prices, questions and colours, without a picture."""

import os
from pathlib import Path
import subprocess
import sys

import pytest

from local_live.reading.asking import Asked, Kind, understand
from local_live.reading.colours import colour_name
from local_live.reading.ears import speech
from local_live.reading.labels import merge
from local_live.reading.prices import price, tag_likelihood
from local_live.reading.pronouncing import pronounce
from local_live.reading.words import Word, alike, tokens

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Where is the gluten free bread?", Asked(Kind.FIND, ("gluten", "free", "bread"))),
        ("where are the contractor bags", Asked(Kind.FIND, ("contractor", "bags"))),
        ("find number one value strong bags", Asked(Kind.FIND, ("1", "value", "strong", "bags"))),
        ("is there any rip & tear protection", Asked(Kind.FIND, ("rip", "and", "tear", "protection"))),
        ("do you see aluminium foil", Asked(Kind.FIND, ("aluminium", "foil"))),
        ("which shelf is the oat milk on please", Asked(Kind.FIND, ("oat", "milk", "on"))),
        ("Is there any honey on the top shelf?", Asked(Kind.FIND, ("honey",), 1)),
        ("strawberry jam", Asked(Kind.FIND, ("strawberry", "jam"))),
        ("how much is the oat milk", Asked(Kind.PRICE, ("oat", "milk"))),
        ("What does the tomato soup cost?", Asked(Kind.PRICE, ("tomato", "soup"))),
        ("what's the price of the honey", Asked(Kind.PRICE, ("honey",))),
        ("what do you see", Asked(Kind.DESCRIBE)),
        ("what is on the second shelf", Asked(Kind.DESCRIBE, (), 2)),
        ("What's on the bottom shelf?", Asked(Kind.DESCRIBE, (), -1)),
        ("how many shelves are there", Asked(Kind.COUNT)),
        ("how are you", Asked(Kind.UNKNOWN)),
        ("where is the", Asked(Kind.UNKNOWN)),
        ("", Asked(Kind.UNKNOWN)),
    ],
)
def test_a_question_becomes_what_is_asked(question: str, asked: Asked) -> None:
    assert understand(question) == asked


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("contractor", "CONTRACTQR"),
        ("kitchen", "kitchcn"),
        ("bag", "bags"),
        ("strawberry", "strawbery"),
        ("berries", "berry"),
    ],
)
def test_a_letter_misread_is_the_same_word(asked: str, read: str) -> None:
    assert alike(asked, read.lower()) >= 0.6


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("leak", "leaf"),
        ("rice", "dice"),
        ("oat", "goat"),
        ("gluten", "golden"),
        ("free", "tree"),
        ("1", "7"),
        ("white", "whole"),
    ],
)
def test_another_word_is_not_the_same_word(asked: str, read: str) -> None:
    assert alike(asked, read) == 0


def test_signs_and_numbers_become_words() -> None:
    assert tokens("#1 Lawn & Leaf") == ("1", "lawn", "and", "leaf")
    assert tokens("number one value") == ("1", "value")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("3.59", "3.59"),
        ("$1.29", "$1.29"),
        ("2,49€", "€2.49"),
        ("0.99", "0.99"),
        ("359", None),
        ("3.5", None),
        ("12:30:00", None),
    ],
)
def test_prices_are_read_whole_or_not_at_all(text: str, amount: str | None) -> None:
    assert price(text) == amount


def test_a_broken_price_still_looks_like_a_tag_and_a_word_does_not() -> None:
    assert tag_likelihood("899") > 0.5 > tag_likelihood("40") == tag_likelihood("rice") == 0


@pytest.mark.parametrize(
    ("rgb", "name"),
    [((58, 138, 62), "green"), ((190, 38, 40), "red"), ((240, 238, 230), "white"), ((20, 20, 22), "black"),
     ((238, 196, 50), "yellow"), ((38, 82, 160), "blue"), ((118, 76, 46), "brown"), ((226, 118, 28), "orange")],
)  # fmt: skip
def test_colours_have_everyday_names(rgb: tuple[int, int, int], name: str) -> None:
    assert colour_name(*map(float, rgb)) == name


def test_a_closer_look_counts_where_both_read_and_keeps_lines_apart() -> None:
    first = [
        Word("CLEAR", 0, 0, 50, 10, 0.8, 0),
        Word("FLEX", 60, 0, 100, 10, 0.8, 1),
        Word("40", 0, 50, 10, 60, 0.9, 2),
    ]
    closer = [Word("CLEAR", 1, 0, 51, 10, 0.9, 0), Word("FLEX", 61, 0, 101, 10, 0.9, 0)]
    merged = merge(first, closer)
    assert sorted(word.text for word in merged) == ["40", "CLEAR", "FLEX"]
    assert len({word.line for word in merged}) == 3


def test_silence_and_even_noise_are_no_speech() -> None:
    import numpy as np

    noise = np.random.default_rng(1).normal(0, 400, 32_000).astype(np.float32)
    assert speech(np.zeros(16_000, np.float32)) is None
    assert speech(noise) is None
    assert speech(np.zeros(10, np.float32)) is None


def test_brand_names_can_be_said() -> None:
    assert pronounce("hefty") == "HH EH F T IY"
    assert pronounce("glade") == "G L EY D"
    assert pronounce("123") == ""


def test_the_reader_reports_to_nobody(tmp_path: Path) -> None:
    """The models' library leaves a session file in the temporary folder when it reports; ours must not."""
    program = "from local_live.reading.ocr import Reader; Reader().load()"
    variables = {**os.environ, "TMPDIR": str(tmp_path)}
    variables.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, env=variables, check=True, timeout=120)
    assert list(tmp_path.iterdir()) == []
