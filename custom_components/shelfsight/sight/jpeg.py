"""What a JPEG promises, read from its markers before anything decodes it (ITU-T T.81, annex B). Pure: bytes in, values out.

A decoder believes what stands in a file: a few hundred bytes may promise 4,000 megapixels, or ask for the same pixels a
thousand times (a progressive picture's scans). What is read here costs one pass over the bytes, whatever they promise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import re
import struct

MAX_PIXELS = 24_000_000
MIN_SIDE_PX = 32
# A progressive picture is kept whole as coefficients, 6 bytes a pixel, and gone through once for each scan. Encoders make 10
# scans (libjpeg's script for colour); cameras make none: theirs are baseline, one scan.
MAX_PROGRESSIVE_PIXELS = 12_000_000
MAX_SCANS = 32
MAX_SCANNED_PIXELS = 120_000_000
# 4 tables of quantisation, 8 of Huffman codes, and what cameras tell of themselves.
MAX_SEGMENTS = 256

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_DQT, _DHT, _DRI = 0xDB, 0xC4, 0xDD
_ADOBE = 0xEE  # APP14: whether three components are YCbCr or RGB
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_FRAMES = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, 0xCC}
_NEEDED = frozenset({_DQT, _DHT, _DRI, _ADOBE, _SOS, _BASELINE, _EXTENDED, _PROGRESSIVE})
_LENGTH = struct.Struct(">H")
_FRAME = struct.Struct(">BHHB")  # precision, height, width, components
# The end of coded data: a marker that is neither a stuffed 0xFF, nor a restart, nor filling.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


class JpegError(Exception):
    """It is no JPEG that is taken here. The text is for the log; nothing of the content is in it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker with its parameters and, after a start of scan, its coded data: bytes `start` to `end` of the file."""

    marker: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Outline:
    """A JPEG's size in pixels and how often they are coded; `needed` are the segments that a decoder needs."""

    width: int
    height: int
    progressive: bool
    scans: int
    needed: tuple[Segment, ...]

    def bare(self, data: bytes) -> bytes:
        """The same picture without what only tells of it: maker's notes, previews, places, profiles, comments."""
        return b"\xff\xd8" + b"".join(data[each.start : each.end] for each in self.needed) + b"\xff\xd9"


def outline(data: bytes) -> Outline:
    """Read and check the markers of a whole JPEG.

    Raises:
        JpegError: it is none, or is cut short, or promises more than a camera would.
    """
    if not data.startswith(b"\xff\xd8\xff"):
        raise JpegError("not a JPEG")
    frame: tuple[int, int, bool] | None = None
    scans = 0
    needed = []
    for segment in _segments(data):
        if segment.marker in _FRAMES:
            if frame is not None:
                raise JpegError("more than one frame")
            frame = _frame(data, segment)
        elif segment.marker == _SOS:
            scans += 1
            if frame is None:
                raise JpegError("coded data before its frame")
            _check_work(*frame, scans)
        if segment.marker in _NEEDED:
            needed.append(segment)
    if frame is None or not scans:
        raise JpegError("no picture in it")
    width, height, progressive = frame
    return Outline(width, height, progressive, scans, tuple(needed))


def _segments(data: bytes) -> Iterator[Segment]:
    """All segments between start and end of the image."""
    at = 2
    for _ in range(MAX_SEGMENTS):
        start = at
        if data[at : at + 1] != b"\xff":
            raise JpegError("damaged: no marker where one belongs")
        while data[at : at + 1] == b"\xff":  # any number of them may fill
            at += 1
        if at >= len(data):
            raise JpegError("damaged: cut short")
        marker, at = data[at], at + 1
        if marker == _EOI:
            return
        if marker in (0x00, 0x01, _SOI) or 0xD0 <= marker <= 0xD7:
            raise JpegError("damaged: a marker out of place")
        if at + _LENGTH.size > len(data):
            raise JpegError("damaged: cut short")
        (length,) = _LENGTH.unpack_from(data, at)
        at += length
        if length < _LENGTH.size or at > len(data):
            raise JpegError("damaged: a segment longer than the file")
        if marker == _SOS:
            end = _MARKER.search(data, at)
            if end is None:
                raise JpegError("damaged: cut short")
            at = end.start()
        yield Segment(marker, start, at)
    raise JpegError(f"more than {MAX_SEGMENTS} segments")


def _frame(data: bytes, segment: Segment) -> tuple[int, int, bool]:
    """Width, height and whether it is progressive."""
    if segment.marker not in (_BASELINE, _EXTENDED, _PROGRESSIVE):
        raise JpegError("a kind of JPEG that no camera makes")
    at = segment.start + data[segment.start : segment.end].index(segment.marker) + 1 + _LENGTH.size
    if segment.end - at < _FRAME.size:
        raise JpegError("damaged: a frame without a size")
    precision, height, width, components = _FRAME.unpack_from(data, at)
    if precision != 8 or components not in (1, 3) or segment.end - at != _FRAME.size + 3 * components:
        raise JpegError("neither grey nor colour with 8 bits")
    progressive = segment.marker == _PROGRESSIVE
    if width * height > (MAX_PROGRESSIVE_PIXELS if progressive else MAX_PIXELS) or min(width, height) < MIN_SIDE_PX:
        raise JpegError(f"{width}x{height} pixels")
    return width, height, progressive


def _check_work(width: int, height: int, progressive: bool, scans: int) -> None:
    """Baseline pictures have a scan for each component at most."""
    if scans > (MAX_SCANS if progressive else 3) or width * height * scans > MAX_SCANNED_PIXELS:
        raise JpegError(f"{width}x{height} pixels in {scans} scans")
