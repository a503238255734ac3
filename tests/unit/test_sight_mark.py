"""The answer drawn into its picture."""

import io

import numpy as np
from PIL import Image
import pytest

from custom_components.shelfsight.sight.mark import mark
from tests import pictures


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.int16)


def yellow(pixels: np.ndarray) -> np.ndarray:
    """Where a picture has the frame's colour."""
    return (pixels[..., 0] > 200) & (pixels[..., 1] > 170) & (pixels[..., 2] < 110)


GREY = pictures.encoded(Image.new("RGB", (1000, 500), (90, 90, 90)))


def test_the_frame_stands_around_the_box_and_leaves_it_free() -> None:
    pixels = yellow(opened(mark(GREY, (200, 600, 800, 900), "")))
    rows, columns = np.nonzero(pixels)
    assert pixels.shape == (500, 1000)
    assert columns.min() == pytest.approx(600, abs=20) and columns.max() == pytest.approx(900, abs=20)
    assert rows.min() == pytest.approx(100, abs=20) and rows.max() == pytest.approx(400, abs=20)
    assert not pixels[120:380, 620:880].any(), "what was asked for is not painted over"


def test_without_a_place_only_the_words_are_added_below() -> None:
    marked = opened(mark(GREY, None, "Third shelf of five from the top, far right. " * 4))
    assert marked.shape[1] == 1000 and marked.shape[0] > 540
    assert not yellow(marked[:500]).any()
    assert yellow(marked[500:]).any()


def test_a_longer_answer_has_a_higher_band_and_no_words_are_lost_at_the_side() -> None:
    short, long = (opened(mark(GREY, None, "bread and milk " * count)) for count in (2, 40))
    assert long.shape[0] > short.shape[0] > 500
    assert not yellow(long[500:, -5:]).any()


def test_a_large_picture_is_made_smaller_and_any_format_is_taken() -> None:
    data = pictures.encoded(pictures.view(size=(3200, 1600)), "PNG")
    assert opened(mark(data, (0, 0, 1000, 1000), "")).shape[:2] == (800, 1600)
