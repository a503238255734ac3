"""What was said, heard and seen in one question: kept in memory only while the person wants that for a bug report.

The newest three questions have 5 MB together: what does not fit is left out, and how much that was is told.
"""

import base64
from dataclasses import dataclass
import io
from typing import Any, Final
import wave

QUESTION_HZ: Final = 16_000
ANSWER_HZ: Final = 24_000
# 15 s of question, 15 s of answer and two pictures; three times that is the 5 MB.
LIMIT_BYTES: Final = 5_000_000 // 3
WORDS_LIMIT: Final = 2_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy of it that does not change any more: PCM is s16le mono, of `QUESTION_HZ` and `ANSWER_HZ`; pictures are JPEG."""

    asked: str
    answer: str
    question_pcm: bytes
    answer_pcm: bytes
    pictures: tuple[bytes, ...]
    left_out_bytes: int


class Media:
    """Of one question. Whatever comes once the limit is reached is counted only."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._room_bytes = limit_bytes
        self._asked = self._answer = ""
        self._question_pcm = bytearray()
        self._answer_pcm = bytearray()
        self._pictures: list[bytes] = []
        self._left_out_bytes = 0

    def hear(self, pcm: bytes) -> None:
        """Sound of the question."""
        if self._fits(pcm):
            self._question_pcm += pcm

    def say(self, pcm: bytes) -> None:
        """Sound of the answer."""
        if self._fits(pcm):
            self._answer_pcm += pcm

    def see(self, jpeg: bytes) -> None:
        """A picture; one that is sent again, because the question is, is kept once."""
        if jpeg not in self._pictures and self._fits(jpeg):
            self._pictures.append(jpeg)

    def read(self, asked: str, answer: str) -> None:
        """The words of both, as far as they were understood."""
        self._asked, self._answer = asked[:WORDS_LIMIT], answer[:WORDS_LIMIT]

    def _fits(self, data: bytes) -> bool:
        if len(data) > self._room_bytes:
            self._left_out_bytes += len(data)
            return False
        self._room_bytes -= len(data)
        return True

    def kept(self) -> Kept:
        """All of it, as it is now."""
        return Kept(
            self._asked,
            self._answer,
            bytes(self._question_pcm),
            bytes(self._answer_pcm),
            tuple(self._pictures),
            self._left_out_bytes,
        )


def as_dict(kept: Kept) -> dict[str, Any]:
    """As it stands in a bug report: sound as WAV files and pictures as JPEG, in base64. Megabytes: run it in an executor."""
    return {
        "asked": kept.asked,
        "answer": kept.answer,
        "question_wav": _base64(_wav(kept.question_pcm, QUESTION_HZ)) if kept.question_pcm else None,
        "answer_wav": _base64(_wav(kept.answer_pcm, ANSWER_HZ)) if kept.answer_pcm else None,
        "pictures_jpeg": [_base64(jpeg) for jpeg in kept.pictures],
        "left_out_bytes": kept.left_out_bytes,
    }


def _wav(pcm: bytes, rate_hz: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate_hz)
        sound.writeframes(pcm)
    return file.getvalue()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
