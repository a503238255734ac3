"""A JPEG's markers are checked before anything decodes it: what it promises costs nothing yet."""

import io
import struct
import time

import numpy as np
from PIL import Image
import pytest

from custom_components.shelfsight.sight.frame import FrameError, examine
from custom_components.shelfsight.sight.jpeg import MAX_SCANS, JpegError, outline
from tests import pictures


def saved(size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    pictures.view(size=size).convert(mode).save(out, "JPEG", **options)
    return out.getvalue()


def pixels(data: bytes) -> bytes:
    return Image.open(io.BytesIO(data)).tobytes()


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def frame_at(data: bytes, marker: int = 0xC0) -> int:
    return data.index(bytes([0xFF, marker]))


KINDS = {
    "baseline": {},
    "grey": {"mode": "L"},
    "progressive": {"progressive": True},
    "with restarts": {"restart_marker_blocks": 4},
    "with all colours": {"subsampling": 0},
    "with tables of its own": {"optimize": True},
}


@pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
def test_what_a_decoder_needs_is_kept_and_gives_the_same_picture(options: dict[str, object]) -> None:
    whole = saved(**options)  # type: ignore[arg-type]
    found = outline(whole)
    assert (found.width, found.height, found.progressive) == (640, 480, "progressive" in options)
    assert found.scans == (10 if found.progressive else 1)
    assert pixels(found.bare(whole)) == pixels(whole)


def test_what_only_tells_of_the_picture_does_not_reach_the_decoder() -> None:
    whole = saved()
    told = b"Canon", b"51 north", b"an ICC profile", b"a comment"
    extra = b"".join(segment(marker, what) for marker, what in zip((0xE1, 0xE1, 0xE2, 0xFE), told, strict=True))
    tagged = whole[:2] + extra + whole[2:] + b"and a second picture behind it" + whole
    assert outline(tagged).bare(tagged) == outline(whole).bare(whole)
    assert not any(what in outline(tagged).bare(tagged) for what in told)


def test_the_colours_of_a_picture_in_rgb_stay_as_they_are() -> None:
    """Only its segment APP14 says that its components are not YCbCr."""
    red = io.BytesIO()
    Image.new("RGB", (64, 64), (250, 10, 10)).save(red, "JPEG", keep_rgb=True)
    bare = outline(red.getvalue()).bare(red.getvalue())
    assert Image.open(io.BytesIO(bare)).convert("RGB").getpixel((30, 30)) == pytest.approx((250, 10, 10), abs=4)


def with_frame(
    marker: int = 0xC0, width: int = 640, height: int = 480, components: int = 3, precision: int = 8
) -> bytes:
    """A picture whose frame says something else."""
    data = bytearray(saved())
    at = frame_at(bytes(data))
    data[at + 1] = marker
    data[at + 4 : at + 10] = struct.pack(">BHHB", precision, height, width, components)
    return bytes(data)


def many_scans(count: int, size: tuple[int, int] = (640, 480)) -> bytes:
    """A progressive picture that sends its last scan over and over."""
    data = saved(size, progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * (count - 9) + data[-2:]


WHOLE = saved()
SCAN = WHOLE.index(b"\xff\xda")
REFUSED = {
    "nothing": (b"", "not a JPEG"),
    "three bytes": (b"\xff\xd8\xff", "cut short"),
    "no size": (WHOLE[:2] + WHOLE[SCAN:], "coded data before its frame"),
    "no picture": (WHOLE[:SCAN] + b"\xff\xd9", "no picture in it"),
    "nothing but an end": (b"\xff\xd8\xff\xd9", "no picture in it"),
    "no end": (WHOLE[:-2], "cut short"),
    "a segment longer than the file": (WHOLE[:2] + b"\xff\xe1\xff\xff" + WHOLE[2:60], "longer than the file"),
    "a segment shorter than its length": (WHOLE[:2] + b"\xff\xe1\x00\x01" + WHOLE[2:], "longer than the file"),
    "text between segments": (WHOLE[:2] + segment(0xE1, b"x") + b"hello" + WHOLE[2:], "no marker"),
    "a restart between segments": (WHOLE[:2] + segment(0xE1, b"x") + b"\xff\xd0" + WHOLE[2:], "out of place"),
    "a start in the midst": (WHOLE[:SCAN] + b"\xff\xd8" + WHOLE[SCAN:], "out of place"),
    "two sizes": (WHOLE[:SCAN] + WHOLE[frame_at(WHOLE) : SCAN] + WHOLE[SCAN:], "more than one frame"),
    "a thousand comments": (WHOLE[:2] + segment(0xFE, b"") * 1000 + WHOLE[2:], "more than 256 segments"),
    "4,000 megapixels": (with_frame(width=65535, height=65535), "65535x65535 pixels"),
    "no height, to come later": (with_frame(height=0), "640x0 pixels"),
    "a line": (with_frame(width=65535, height=31), "65535x31 pixels"),
    "losslessly coded": (with_frame(0xC3), "no camera"),
    "arithmetically coded": (with_frame(0xC9), "no camera"),
    "twelve bits": (with_frame(precision=12), "8 bits"),
    "two hundred components": (with_frame(components=200), "8 bits"),
    "more progressive pixels than fit": (with_frame(0xC2, 6000, 4000), "6000x4000 pixels"),
    "a thousand scans": (many_scans(1000), "scans|segments"),
    "too many scans": (many_scans(MAX_SCANS + 1), f"{MAX_SCANS + 1} scans"),
    "too many scans for its size": (many_scans(11, (4000, 3000)), "4000x3000 pixels in 11 scans"),
    "a baseline picture four times": (WHOLE[:-2] + WHOLE[SCAN:-2] * 3 + WHOLE[-2:], "in 4 scans"),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_promises_more_than_a_camera_does_is_refused_before_it_is_decoded(
    data: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(JpegError, match=reason):
        outline(data)
    monkeypatch.setattr(Image, "open", None)  # nobody opens it
    with pytest.raises(FrameError, match=reason):
        examine(data, 0)


def test_as_many_scans_as_encoders_make_are_taken() -> None:
    assert examine(saved((4000, 3000), progressive=True), 0).width == 4000
    assert outline(many_scans(MAX_SCANS)).scans == MAX_SCANS


def test_the_hardest_picture_that_is_taken_does_not_take_long() -> None:
    """What a wearable may send is 2 MiB; noise is what costs most. A second here is many on a small machine."""
    noise = np.random.default_rng(3).integers(0, 256, (3000, 4000, 3), dtype=np.uint8)
    worst = pictures.encoded(Image.fromarray(noise), quality=12)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "JPEG", quality=5, progressive=True)
    for data in (worst, out.getvalue()):
        began_s = time.process_time()
        examine(data, 0)
        assert time.process_time() - began_s < 2


def test_reading_markers_costs_one_pass_whatever_stands_there() -> None:
    stuffed = saved()[:SCAN] + b"\xff\xda\x00\x08" + bytes(6) + b"\xff\x00" * (1024 * 1024)
    began_s = time.process_time()
    with pytest.raises(JpegError, match="cut short"):
        outline(stuffed)
    assert time.process_time() - began_s < 0.5


def test_whatever_happens_to_the_markers_nothing_else_is_raised() -> None:
    whole = saved((64, 64))
    random = np.random.default_rng(5)
    refused = 0
    for _ in range(3000):
        broken = bytearray(whole)
        for at in random.integers(2, min(len(whole), 700), 3):
            broken[at] = int(random.integers(0, 256))
        try:
            found = outline(bytes(broken))
            assert found.width * found.height <= 24_000_000
        except JpegError:
            refused += 1
    assert 100 < refused < 3000
