"""The desk's speaker without a sound card: WAV files that take as long as a loudspeaker would."""

from collections import deque
from collections.abc import Callable
import os
from pathlib import Path
import struct
import wave

from ...wearable import drivers

RATE_HZ = 24000
_LONGEST_SILENCE_S = 60  # a longer one is shortened in the recording, which would else grow by 170 MB an hour
_LONGEST_ANSWER_S = 600


class WavSpeaker(drivers.Speaker):
    """Keeps what a person would have heard, at the pace they would have heard it.

    `recording` is one continuous WAV of everything, silence included; in `folder` each answer is `answer-N.wav`, N
    counting from 1, without cues and without gaps. What is cleared before its time has come was not heard and is in
    neither.
    """

    rate_hz = RATE_HZ

    def __init__(self, recording: Path | None, folder: Path | None, now_ms: Callable[[], int]) -> None:
        """`now_ms` is the board's clock; both paths may be None."""
        self._now_ms = now_ms
        self._began_ms = now_ms()
        self._queue: deque[tuple[int, bytes, int | None]] = deque()
        self._end_sample = 0
        self._turn: int | None = None
        self._answer = bytearray()
        self._folder = folder
        self._answers = 0
        self._recording = None if recording is None else WavRecording(recording)
        self.last_answer: Path | None = None

    def begin(self, turn: int | None) -> None:
        """What follows belongs to the answer `turn`, or to a cue."""
        self._turn = turn
        self._answer.clear()
        if turn is not None:
            self.last_answer = None

    async def write(self, pcm: memoryview) -> None:
        """Queues samples behind what is queued, or for now."""
        self._settle()
        start = max(self._end_sample, self._now())
        self._queue.append((start, bytes(pcm), self._turn))
        self._end_sample = start + len(pcm) // 2

    def queued_ms(self) -> int:
        """What is not heard yet, rounded up."""
        self._settle()
        return max(0, -(-(self._end_sample - self._now()) * 1000 // RATE_HZ))

    def clear(self) -> None:
        """Silence from now on."""
        self._settle()
        self._queue.clear()
        self._end_sample = min(self._end_sample, self._now())

    def end(self) -> None:
        """Writes the answer's file."""
        self._settle()
        if self._turn is not None and self._folder is not None:
            self._answers += 1
            self.last_answer = self._folder / f"answer-{self._answers}.wav"
            _write_wav(self.last_answer, bytes(self._answer))
        self._turn = None

    async def close(self) -> None:
        """Finishes the recording."""
        self.clear()
        if self._recording is not None:
            self._recording.close()

    def _now(self) -> int:
        return (self._now_ms() - self._began_ms) * RATE_HZ // 1000

    def _settle(self) -> None:
        """Moves what has been heard by now out of the queue and into the files."""
        now = self._now()
        while self._queue and self._queue[0][0] < now:
            start, pcm, turn = self._queue.popleft()
            heard = pcm[: 2 * (now - start)]
            if len(heard) < len(pcm):
                self._queue.appendleft((now, pcm[len(heard) :], turn))
            if self._recording is not None:
                self._recording.add(start, heard)
            if turn is not None and len(self._answer) < _LONGEST_ANSWER_S * RATE_HZ * 2:
                self._answer += heard


class WavRecording:
    """A WAV file that is whole after every piece, even if the program is killed."""

    def __init__(self, path: Path) -> None:
        """Overwrites the file."""
        self._file = path.open("wb")
        self._samples = 0
        self._skipped = 0
        self._finish()

    def add(self, start: int, pcm: bytes) -> None:
        """Adds samples that begin at `start` (in samples since the beginning); silence fills the gap before them."""
        gap = start - self._skipped - self._samples
        allowed = min(gap, _LONGEST_SILENCE_S * RATE_HZ)
        self._skipped += gap - allowed
        self._file.seek(44 + 2 * (self._samples + allowed))
        self._file.write(pcm)
        self._samples += allowed + len(pcm) // 2
        self._finish()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _finish(self) -> None:
        size = 2 * self._samples
        self._file.seek(0)
        self._file.write(
            struct.pack("<4sI4s4sIHHII", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, RATE_HZ, 2 * RATE_HZ)
        )
        self._file.write(struct.pack("<HH4sI", 2, 16, b"data", size))
        self._file.flush()


def _write_wav(path: Path, pcm: bytes) -> None:
    """Writes a file that is there whole or not at all."""
    unfinished = path.with_suffix(".part")
    with wave.open(str(unfinished), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(pcm)
    os.replace(unfinished, path)
