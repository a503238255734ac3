"""Reads the words of a picture with RapidOCR, whose models come in its wheel."""

import threading

import numpy as np
import numpy.typing as npt
from PIL import Image
from rapidocr import RapidOCR

from local_live.reading.words import Word

Rgb8 = npt.NDArray[np.uint8]

_THREADS = 2
"""For one reading at a time; a home server has other work to do."""

_SIDE_PX = 4000
"""No picture is read at more than this; above it the time grows and nothing more is found."""

_LINE_ZOOM = 6
"""Letters of five pixels become thirty, about what the recogniser was taught with."""

_SCORE = 0.5
"""Lines that are read less surely than this are guesses."""


_LEAST_SIDE_PX = 736
"""Pictures whose shorter side is less are enlarged to it before words are sought, which finds small ones."""

_LEAST_SIDE_QUICK_PX = 96
"""The same for parts of a frame that come in the right size."""


class Reader:
    """The OCR engine, loaded by `load` or at the first reading. One reading runs at a time; call it from an executor.

    A ``quick`` one takes pictures in the size they have, and is quick for small parts of a frame.
    """

    def __init__(self, *, quick: bool = False) -> None:
        self._least_side_px = _LEAST_SIDE_QUICK_PX if quick else _LEAST_SIDE_PX
        self._lock = threading.Lock()
        self._engine: RapidOCR | None = None

    def load(self) -> None:
        """Load the models now, so that the first question does not wait for them. Blocks for seconds."""
        with self._lock:
            engine = self._loaded()
            # The models themselves are loaded by the first picture that needs them.
            blank = np.zeros((48, 96, 3), np.uint8)
            for find_lines in (True, False):
                engine(blank, use_det=find_lines, use_rec=not find_lines, return_word_box=False)

    def _loaded(self) -> RapidOCR:
        """The engine; the lock must be held."""
        if self._engine is None:
            self._engine = _load(self._least_side_px)
        return self._engine

    def read(self, rgb: Rgb8, zoom: float = 1.0, origin: tuple[int, int] = (0, 0)) -> list[Word]:
        """The words in ``rgb`` (height x width x 3), looked at ``zoom`` times as large.

        Positions are in pixels of ``rgb``, moved by ``origin`` (x, y) where it is a part of a larger frame.
        """
        height, width = rgb.shape[:2]
        zoom = min(zoom, _SIDE_PX / max(height, width))
        if zoom != 1.0:
            size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
            rgb = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BICUBIC))
        with self._lock:
            result = self._loaded()(
                np.ascontiguousarray(rgb[:, :, ::-1]), use_det=True, use_rec=True, return_word_box=True
            )
        words: list[Word] = []
        if getattr(result, "boxes", None) is None:
            return words
        for line, parts in enumerate(getattr(result, "word_results", None) or ()):
            for text, score, corners in parts:
                if not text.strip() or corners is None:
                    continue
                xs = [float(x) / zoom + origin[0] for x, _ in corners]
                ys = [float(y) / zoom + origin[1] for _, y in corners]
                words.append(Word(text.strip(), min(xs), min(ys), max(xs), max(ys), float(score), line))
        return words

    def read_line(self, rgb: Rgb8, box: tuple[float, float, float, float]) -> tuple[str, float]:
        """What stands in ``box`` (left, top, right, bottom, in pixels, parts of a pixel count), and how surely.

        For where it is known that there is one line of text, or none.
        """
        height, width = rgb.shape[:2]
        left, top, right, bottom = (
            max(0.0, box[0]),
            max(0.0, box[1]),
            min(float(width), box[2]),
            min(float(height), box[3]),
        )
        if right - left < 4 or bottom - top < 3:
            return "", 0.0
        size = (round((right - left) * _LINE_ZOOM), round((bottom - top) * _LINE_ZOOM))
        larger = Image.fromarray(rgb).resize(size, Image.Resampling.BICUBIC, (left, top, right, bottom))
        with self._lock:
            bgr = np.ascontiguousarray(np.asarray(larger)[:, :, ::-1])
            result = self._loaded()(bgr, use_det=False, use_rec=True, return_word_box=False)
        texts: tuple[str, ...] = getattr(result, "txts", None) or ()
        scores: tuple[float, ...] = getattr(result, "scores", None) or ()
        return (texts[0], float(scores[0])) if texts else ("", 0.0)


def _load(least_side_px: int) -> RapidOCR:
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": _SCORE,
            "Global.max_side_len": _SIDE_PX,
            "Global.use_cls": False,
            "Det.limit_side_len": least_side_px,
            # Lines are filled up to this width before they are read; most words of a shelf are far shorter than the
            # default of 320, and reading the filling takes most of the time.
            "Rec.rec_img_shape": [3, 48, 128],
            "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
