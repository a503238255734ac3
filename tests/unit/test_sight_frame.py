"""Pictures are checked before they are decoded, measured once, and made to fit."""

import io
import struct

import numpy as np
from PIL import Image, ImageFilter
import pytest

from custom_components.shelfsight.sight.frame import FrameError, examine, shrink, to_jpeg
from tests import pictures


def test_a_picture_is_measured() -> None:
    data = pictures.jpeg(size=(1600, 1200))
    frame = examine(data, 12.5)
    assert (frame.jpeg, frame.width, frame.height, frame.received_s) == (data, 1600, 1200, 12.5)
    grey = np.asarray(pictures.view(size=(1600, 1200)).convert("L"), dtype=np.float64)
    assert frame.brightness == pytest.approx(grey.mean(), abs=2)
    assert frame.thumbnail.shape == (24, 32)


def test_a_blurred_picture_is_less_sharp_and_a_dark_one_less_bright() -> None:
    sharp = examine(pictures.jpeg(), 0)
    blurred = examine(pictures.encoded(pictures.view().filter(ImageFilter.GaussianBlur(4))), 0)
    dark = examine(pictures.dark(), 0)
    assert blurred.sharpness < sharp.sharpness / 4
    assert dark.brightness < 12 < sharp.brightness


def test_a_view_differs_from_another_and_not_from_itself_in_another_light() -> None:
    one, other = examine(pictures.jpeg(1), 0), examine(pictures.jpeg(2), 0)
    brighter = examine(pictures.encoded(pictures.view(1).point(lambda grey: min(255, grey // 2 + 90))), 0)
    plain = examine(pictures.encoded(pictures.view(1).point(lambda grey: grey // 2 + 20)), 0)
    assert one.differs_from(other) > 10
    assert one.differs_from(one) == 0
    assert brighter.differs_from(plain) < 2


def test_a_picture_does_not_show_itself_in_a_log() -> None:
    assert len(repr(examine(pictures.jpeg(), 0))) < 200


def header_of(width: int, height: int) -> bytes:
    """A JPEG whose header promises this size; the rest is another picture's."""
    data = bytearray(pictures.jpeg(size=(64, 64)))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def with_impossible_codes() -> bytes:
    """A JPEG whose markers are all in order, and whose Huffman table cannot be one: only who decodes it notices."""
    data = bytearray(pictures.jpeg(size=(64, 64)))
    at = data.index(b"\xff\xc4") + 5  # marker, length, which table; then how many codes there are of each length
    data[at : at + 16] = b"\xff" * 16
    return bytes(data)


REFUSED = {
    "nothing": (b"", "not a JPEG"),
    "a PNG": (pictures.encoded(pictures.view(), "PNG"), "not a JPEG"),
    "text": (b"hello" * 100, "not a JPEG"),
    "only a JPEG's first bytes": (b"\xff\xd8\xff", "damaged"),
    "noise behind a JPEG's first bytes": (b"\xff\xd8\xff" + bytes(range(256)) * 40, "damaged"),
    "a JPEG cut short": (pictures.damaged(), "damaged"),
    "a JPEG cut in its header": (pictures.jpeg()[:200], "damaged"),
    "codes that cannot be": (with_impossible_codes(), "damaged"),
    "ten by ten pixels": (pictures.jpeg(size=(10, 10)), "10x10"),
    "a line": (pictures.jpeg(size=(2000, 31)), "2000x31"),
    "pixels enough to fill the memory": (header_of(65000, 65000), "65000x65000|damaged"),
    "more pixels than a camera has": (header_of(6000, 4001), "6000x4001"),
    "more bytes than a camera sends": (b"\xff\xd8\xff" + bytes(4 * 1024 * 1024), "larger than 4 MiB"),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_good_picture_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(FrameError, match=reason):
        examine(data, 0)


def test_whatever_happens_to_a_jpeg_on_its_way_it_is_measured_or_refused() -> None:
    """Nothing but a FrameError may come out of a broken picture: anything else would end the wearable's eye."""
    whole = pictures.jpeg(size=(160, 120))
    random = np.random.default_rng(7)
    refused = 0
    for _ in range(400):
        broken = bytearray(whole)
        for at in random.integers(2, len(whole), 6):
            broken[at] = int(random.integers(0, 256))
        try:
            examine(bytes(broken[: int(random.integers(200, len(whole) + 1))]), 0)
        except FrameError:
            refused += 1
    assert 100 < refused <= 400


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_whatever_format_a_camera_entity_gives_becomes_a_jpeg(form: str) -> None:
    frame = examine(to_jpeg(pictures.encoded(pictures.view(), form)), 0)
    assert (frame.width, frame.height) == (640, 480)
    assert frame.differs_from(examine(pictures.jpeg(), 0)) < 4


def test_a_transparent_picture_becomes_a_jpeg() -> None:
    assert examine(to_jpeg(pictures.encoded(pictures.view().convert("RGBA"), "PNG")), 0).width == 640


def test_a_jpeg_stays_as_it_is() -> None:
    data = pictures.jpeg()
    assert to_jpeg(data) is data


def bmp_of(width: int, height: int) -> bytes:
    data = bytearray(pictures.encoded(pictures.view(size=(64, 64)), "BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def png_of(width: int, height: int) -> bytes:
    data = bytearray(pictures.encoded(pictures.view(size=(64, 64)), "PNG"))
    data[16:24] = struct.pack(">II", width, height)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "damaged"),
        (b"no picture at all", "damaged"),
        (pictures.encoded(pictures.view(), "PNG")[:3000], "damaged"),
        (png_of(50_000, 50_000), "pixels|damaged"),
        (png_of(6000, 4001), "6000x4001|damaged"),
        (bmp_of(6000, 4001), "6000x4001"),
        (bytes(16 * 1024 * 1024 + 1), "larger than 16 MiB"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n", "damaged"),
    ],
    ids=[
        "nothing",
        "text",
        "cut short",
        "a bomb",
        "too many pixels",
        "too many pixels of a BMP",
        "too many bytes",
        "a program",
    ],
)
def test_what_a_camera_entity_gives_that_is_no_picture_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(FrameError, match=reason):
        to_jpeg(data)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow tells of each thing that is wrong with a TIFF
@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_whatever_happens_to_a_camera_entitys_picture_it_is_taken_or_refused(form: str) -> None:
    whole = pictures.encoded(pictures.view(size=(160, 120)), form)
    random = np.random.default_rng(11)
    outcomes = set()
    for _ in range(300):
        broken = bytearray(whole)
        for at in random.integers(0, min(len(whole), 400), 3):
            broken[at] = int(random.integers(0, 256))
        try:
            outcomes.add(to_jpeg(bytes(broken[: int(random.integers(100, len(whole) + 1))]))[:2])
        except FrameError:
            outcomes.add(b"refused")
    assert b"refused" in outcomes


def test_a_picture_that_fits_stays_as_it_is() -> None:
    data = pictures.jpeg()
    assert shrink(data, 640, len(data)) is data


@pytest.mark.parametrize("max_bytes", [290_000, 70_000, 20_000])
def test_a_picture_is_made_to_fit_both_limits(max_bytes: int) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (1200, 1600, 3), dtype=np.uint8)
    small = shrink(pictures.encoded(Image.fromarray(noise), quality=95), 768, max_bytes)
    assert len(small) <= max_bytes
    image = Image.open(io.BytesIO(small))
    assert max(image.size) <= 768
    assert image.width * 3 == pytest.approx(image.height * 4, rel=0.03), "it keeps its shape"


def test_a_picture_gives_up_quality_before_it_gives_up_size() -> None:
    data = pictures.encoded(pictures.view(size=(1600, 1200)), quality=97)
    small = shrink(data, 1600, len(data) * 2 // 3)
    assert Image.open(io.BytesIO(small)).size == (1600, 1200)


def test_a_picture_that_cannot_be_made_to_fit_still_comes_back_as_small_as_can_be_read() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    small = Image.open(io.BytesIO(shrink(pictures.encoded(Image.fromarray(noise)), 640, 100)))
    assert 32 <= min(small.size) <= 64
