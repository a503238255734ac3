"""Reads the words of a picture with RapidOCR's two networks, whose models come in its wheel: one finds lines, one reads them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
import threading

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from rapidocr import RapidOCR

from local_live.reading.recognising import Glyphs, read_lines
from local_live.reading.words import Word

Rgb8 = npt.NDArray[np.uint8]
Quad = npt.NDArray[np.float32]
"""The corners of a line, 4 x 2 (x, y) in pixels: top left, top right, bottom right, bottom left, as the line is read."""

Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels, parts of a pixel count."""

_FINDING_THREADS, _READING_THREADS = 2, 2
"""For one reading at a time; a home server has other work to do. Finding is one large piece of work that the network shares among
threads; lines are many small ones, which one thread each reads in half the time that all threads together need."""

_SIDE_PX = 4000
"""No picture is read at more than this; above it the time grows and nothing more is found."""

_LINE_ZOOM, _LINE_PX = 6, 96
"""Letters of five pixels become thirty, about what the recogniser was taught with; larger lines gain nothing."""

_SCORE = 0.5
"""Lines that are read less surely than this are guesses."""

_UPRIGHT = 1.5
"""A line that is so many times as high as it is wide is read from the bottom to the top, or from the top to the bottom."""

_TWO_LINES, _HALVES, _HALF_LETTERS = 2.2, ((0.0, 0.54), (0.46, 1.0)), 3
"""A box that is less than so many times as wide as it is high may hold two lines that were found as one, which is read as a
letter or two; these parts of its height are tried then, and count where each of them gives so many letters."""

_LIGHT, _LEAST_LIGHT, _MOST_LIGHT = 235.0, 1.2, 3.0
"""How bright the brightest fiftieth of a picture is made before it is read, from which factor on, and by how much at
most: print of a dark picture is found less surely. Beyond the last figure it is noise that is made brighter."""

_KNOWN = 0.6
"""The part of a line that must have been read well before, if it is not to be read again."""

_LEAST_SIDE_PX = 736
"""Pictures whose shorter side is less are enlarged to it before words are sought, which finds small ones."""

_LEAST_SIDE_QUICK_PX = 96
"""The same for parts of a frame that come in the right size."""


@dataclass(frozen=True, slots=True)
class _Engines:
    """RapidOCR twice: with the network that finds lines, and with the one that reads them."""

    finds: RapidOCR
    reads: RapidOCR


class Reader:
    """The OCR engines, loaded by `load` or at the first reading. One reading runs at a time; call it from an executor.

    A ``quick`` one takes pictures in the size they have, and is quick for small parts of a frame.
    """

    def __init__(self, *, quick: bool = False) -> None:
        self._least_side_px = _LEAST_SIDE_QUICK_PX if quick else _LEAST_SIDE_PX
        self._lock = threading.Lock()
        self._engines: _Engines | None = None
        self._threads = ThreadPoolExecutor(_READING_THREADS, thread_name_prefix="reader")

    def load(self) -> None:
        """Load the models now, so that the first question does not wait for them. Blocks for seconds."""
        with self._lock:
            self._loaded()

    def _loaded(self) -> _Engines:
        """The engines; the lock must be held."""
        if self._engines is None:
            engines = _Engines(_load(self._least_side_px, _FINDING_THREADS), _load(self._least_side_px, 1))
            # The models themselves are loaded by the first picture that needs them.
            blank = np.zeros((48, 96, 3), np.uint8)
            engines.finds(blank, use_det=True, use_rec=False, return_word_box=False)
            engines.reads(blank, use_det=False, use_rec=True, return_word_box=False)
            self._engines = engines
        return self._engines

    def read(
        self, rgb: Rgb8, zoom: float = 1.0, origin: tuple[int, int] = (0, 0), known: Sequence[Word] = ()
    ) -> list[Word]:
        """The words in ``rgb`` (height x width x 3), looked at ``zoom`` times as large.

        Positions are in pixels of ``rgb``, moved by ``origin`` (x, y) where it is a part of a larger frame. Lines on which
        ``known`` words stand, which were read in the same way before, are left out.
        """
        height, width = rgb.shape[:2]
        zoom = min(zoom, _SIDE_PX / max(height, width))
        bgr = lightened(np.ascontiguousarray(rgb[:, :, ::-1]))
        if zoom != 1.0:
            size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
            bgr = np.asarray(Image.fromarray(bgr).resize(size, Image.Resampling.BICUBIC))
        boxes = [_box(word, zoom, origin) for word in known]
        with self._lock:
            quads = [quad for quad in self._find(bgr) if not _is_known(quad, boxes)]
            return self._read(bgr, quads, zoom, origin)

    def _find(self, bgr: Rgb8) -> list[Quad]:
        """Where lines are; the lock must be held."""
        found = self._loaded().finds.text_det(bgr)
        return [] if found.boxes is None else [np.asarray(quad, np.float32) for quad in found.boxes]

    def _read(self, bgr: Rgb8, quads: list[Quad], zoom: float, origin: tuple[int, int]) -> list[Word]:
        """The words of lines; the lock must be held. What stands upright is read in both directions, and the surer one counts."""
        sideways = [_is_upright(quad) for quad in quads]
        turned = [np.roll(quad, 1, axis=0) if upright else quad for quad, upright in zip(quads, sideways, strict=True)]
        other_way = {
            index: len(quads) + number for number, index in enumerate(i for i, up in enumerate(sideways) if up)
        }
        ways = turned + [np.roll(turned[index], 2, axis=0) for index in other_way]
        read = self._recognise([_crop(bgr, quad) for quad in ways])
        words: list[Word] = []
        parted = self._in_two_lines(bgr, quads, read)
        for line in range(len(quads)):
            if line in parted:
                for half, (quad, glyphs) in enumerate(parted[line]):
                    words += [_word(one, quad, zoom, origin, len(quads) + 2 * line + half, False) for one in glyphs]
                continue
            best = max((line, other_way.get(line, line)), key=lambda way: _sureness(read[way]))
            if _sureness(read[best]) >= _SCORE:
                words += [_word(one, ways[best], zoom, origin, line, sideways[line]) for one in read[best]]
        return words

    def _in_two_lines(
        self, bgr: Rgb8, quads: list[Quad], read: list[list[Glyphs]]
    ) -> dict[int, list[tuple[Quad, list[Glyphs]]]]:
        """The boxes that hold two lines, by their number, with the place and the words of each; the lock must be held."""
        tried = [
            index for index, quad in enumerate(quads)
            if sum(len(word.text) for word in read[index]) < _HALF_LETTERS and _is_stout(quad)
        ]  # fmt: skip
        halves = [_between(quads[index], *part) for index in tried for part in _HALVES]
        again = self._recognise([_crop(bgr, half) for half in halves])
        found = {}
        for number, index in enumerate(tried):
            both = list(zip(halves[2 * number : 2 * number + 2], again[2 * number : 2 * number + 2], strict=True))
            if all(
                sum(len(word.text) for word in glyphs) >= _HALF_LETTERS and _sureness(glyphs) >= _SCORE
                for _, glyphs in both
            ):
                found[index] = both
        return found

    def _recognise(self, crops: list[Rgb8]) -> list[list[Glyphs]]:
        """The words of crops; the lock must be held."""
        recogniser = self._loaded().reads.text_rec
        return read_lines(recogniser.session, recogniser.postprocess_op.character, crops, self._threads)

    def read_line(self, rgb: Rgb8, box: Box) -> tuple[str, float]:
        """What stands in ``box``, and how surely; as `read_boxes`."""
        return self.read_boxes(rgb, [box])[0]

    def read_boxes(self, rgb: Rgb8, boxes: Sequence[Box]) -> list[tuple[str, float]]:
        """What stands in each box, and how surely.

        For where it is known that there is one line of text, or none.
        """
        height, width = rgb.shape[:2]
        crops: dict[int, Rgb8] = {}
        for index, (left, top, right, bottom) in enumerate(boxes):
            inside = (max(0.0, left), max(0.0, top), min(float(width), right), min(float(height), bottom))
            if inside[2] - inside[0] >= 4 and inside[3] - inside[1] >= 3:
                crops[index] = _enlarged(rgb, inside)
        with self._lock:
            read = dict(zip(crops, self._recognise(list(crops.values())), strict=True))
        lines = [read.get(index, []) for index in range(len(boxes))]
        return [(" ".join(word.text for word in words), _sureness(words)) for words in lines]


def _enlarged(rgb: Rgb8, box: Box) -> Rgb8:
    """A part of a frame, so large that its letters are as the recogniser was taught with; blue first."""
    left, top, right, bottom = box
    cut = (int(left), int(top), int(right) + 1, int(bottom) + 1)
    part = Image.fromarray(rgb[cut[1] : cut[3], cut[0] : cut[2]])
    zoom = min(_LINE_ZOOM, _LINE_PX / max(1.0, bottom - top))
    size = (max(1, round((right - left) * zoom)), max(1, round((bottom - top) * zoom)))
    larger = part.resize(size, Image.Resampling.BICUBIC, (left - cut[0], top - cut[1], right - cut[0], bottom - cut[1]))
    return lightened(np.ascontiguousarray(np.asarray(larger)[:, :, ::-1]))


def lightened(picture: Rgb8) -> Rgb8:
    """A dark picture (height x width x 3) made brighter, all colours by the same factor; a bright one as it is."""
    brightest = float(np.percentile(picture[::4, ::4].max(axis=2), 98))
    factor = min(_MOST_LIGHT, _LIGHT / max(1.0, brightest))
    return picture if factor < _LEAST_LIGHT else np.clip(picture * np.float32(factor), 0, 255).astype(np.uint8)


def _load(least_side_px: int, threads: int) -> RapidOCR:
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": _SIDE_PX,
            "Global.use_cls": False,
            "Det.limit_side_len": least_side_px,
            # Lower than the defaults (0.3, 0.5), because print on packs is small and pale; what is no text is read as nothing.
            "Det.thresh": 0.2,
            "Det.box_thresh": 0.35,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # Room for what is between the layers is kept for the next picture instead of being fetched anew each time.
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
        }
    )


def _size(quad: Quad) -> tuple[float, float]:
    """Width and height of a line, in pixels."""
    across = max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[3] - quad[2]))
    down = max(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[1] - quad[2]))
    return float(across), float(down)


def _is_upright(quad: Quad) -> bool:
    across, down = _size(quad)
    return down >= _UPRIGHT * across


def _is_stout(quad: Quad) -> bool:
    """Whether a box may hold two lines, one above the other."""
    across, down = _size(quad)
    return down < _UPRIGHT * across and across < _TWO_LINES * down


def _between(quad: Quad, top: float, bottom: float) -> Quad:
    """A part of a box, from one share of its height to another."""
    left, right = quad[3] - quad[0], quad[2] - quad[1]
    return np.asarray(
        [quad[0] + top * left, quad[1] + top * right, quad[1] + bottom * right, quad[0] + bottom * left], np.float32
    )


def _crop(bgr: Rgb8, quad: Quad) -> Rgb8:
    """The line in a quad, made straight."""
    width, height = (max(1, round(side)) for side in _size(quad))
    straight = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    how = cv2.getPerspectiveTransform(np.ascontiguousarray(quad, np.float32), straight)
    line = cv2.warpPerspective(bgr, how, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(line, np.uint8)


def _sureness(words: list[Glyphs]) -> float:
    """Of a line: the mean over its letters."""
    letters = sum(len(word.text) for word in words)
    return sum(word.score * len(word.text) for word in words) / letters if letters else 0.0


def _word(one: Glyphs, quad: Quad, zoom: float, origin: tuple[int, int], line: int, sideways: bool) -> Word:
    """A word of a line at its place. The box of a slanted word is as high as its letters, round its middle."""
    top_left, top_right, bottom_right, bottom_left = quad
    corners = np.array([
        top_left + one.start * (top_right - top_left), top_left + one.end * (top_right - top_left),
        bottom_left + one.end * (bottom_right - bottom_left), bottom_left + one.start * (bottom_right - bottom_left),
    ])  # fmt: skip
    x, y = corners.mean(axis=0)
    length = float(np.linalg.norm(corners[1] - corners[0] + corners[2] - corners[3])) / 2
    letter = float(np.linalg.norm(corners[3] - corners[0] + corners[2] - corners[1])) / 2
    half_x, half_y = (letter / 2, length / 2) if sideways else (length / 2, letter / 2)
    left, right = (float(x) - half_x) / zoom + origin[0], (float(x) + half_x) / zoom + origin[0]
    top, bottom = (float(y) - half_y) / zoom + origin[1], (float(y) + half_y) / zoom + origin[1]
    return Word(one.text, left, top, right, bottom, one.score, line, sideways)


def _box(word: Word, zoom: float, origin: tuple[int, int]) -> Box:
    """A word's box in the picture as it is looked at."""
    return (
        (word.left - origin[0]) * zoom, (word.top - origin[1]) * zoom,
        (word.right - origin[0]) * zoom, (word.bottom - origin[1]) * zoom,
    )  # fmt: skip


def _is_known(quad: Quad, boxes: list[Box]) -> bool:
    """Whether most of a line is covered by boxes of about its height."""
    left, top = quad.min(axis=0)
    right, bottom = quad.max(axis=0)
    covered = 0.0
    for box in boxes:
        across = min(right, box[2]) - max(left, box[0])
        down = min(bottom, box[3]) - max(top, box[1])
        tall = max(bottom - top, box[3] - box[1])
        if across > 0 and down > _KNOWN * tall:
            covered += across
    return bool(covered >= _KNOWN * (right - left))
