"""Hears where speech begins and ends in a stream of sound, by its energy above the room's own noise.

Pure: time is counted in samples, so the same sound always gives the same turns, however fast it arrives.

| state  | event                                             | next   | gives                       |
| ------ | ------------------------------------------------- | ------ | --------------------------- |
| quiet  | speech for ``start_ms``                           | speech | `Edge.BEGAN`                |
| speech | no speech for ``silence_ms``, or the stream ends  | quiet  | the sound, with its pre-roll |
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import numpy as np

RATE_HZ: Final = 16_000
FRAME_MS: Final = 20
FRAME_BYTES: Final = RATE_HZ * FRAME_MS // 1000 * 2
DEFAULT_SILENCE_MS: Final = 600
DEFAULT_START_MS: Final = 60  # a knock is shorter than that, a syllable longer
PRE_ROLL_MS: Final = 300  # quiet first sounds ("f", "wh") come before the energy does
MAX_SOUND_S: Final = 60
_QUIETEST_DB: Final = -55.0  # below this, in dBFS, nothing counts as speech
_EAGER_MARGIN_DB: Final = 9.0  # above the noise; for START_SENSITIVITY_HIGH, which is Gemini's default
_WARY_MARGIN_DB: Final = 15.0  # for START_SENSITIVITY_LOW
_NOISE_RISE_DB: Final = 0.03  # a frame, 1.5 dB a second: slower than a sentence, faster than waiting for ever
_NOISE_START_DB: Final = (-65.0, -50.0)  # the first sound counts as noise, within these: it may be a voice already
_MUTED_DB: Final = -80.0  # below this it is no room but a muted microphone, which teaches nothing about the room


class Edge(Enum):
    """Something changed."""

    BEGAN = auto()


@dataclass(frozen=True, slots=True)
class Ended:
    """Speech is over; ``pcm`` is s16le mono at 16 kHz, pre-roll and trailing silence included."""

    pcm: bytes


class SpeechGate:
    """Finds the turns in one stream of s16le mono at 16 kHz."""

    def __init__(self, silence_ms: int | None = None, start_ms: int | None = None, *, eager: bool = True) -> None:
        """Set how long silence must be to end a turn, and speech to begin one; None is the default."""
        self._silence_frames = max(1, (DEFAULT_SILENCE_MS if silence_ms is None else silence_ms) // FRAME_MS)
        self._start_frames = max(1, (DEFAULT_START_MS if start_ms is None else start_ms) // FRAME_MS)
        self._margin_db = _EAGER_MARGIN_DB if eager else _WARY_MARGIN_DB
        self._noise_db: float | None = None
        self._torn = bytearray()  # the beginning of a frame whose rest has not come yet
        self._sound = bytearray()
        self._run_frames = 0  # of speech while quiet, of silence while in speech
        self.in_speech = False

    def feed(self, pcm: bytes) -> list[Edge | Ended]:
        """Take the next sound; returns what it changed, in order."""
        self._torn += pcm
        whole = len(self._torn) - len(self._torn) % FRAME_BYTES
        frames = [bytes(self._torn[start : start + FRAME_BYTES]) for start in range(0, whole, FRAME_BYTES)]
        del self._torn[:whole]
        return [event for frame in frames if (event := self._step(frame)) is not None]

    def end(self) -> Ended | None:
        """The stream is over: end the speech that is going on, if any."""
        self._torn.clear()
        return self._close() if self.in_speech else None

    def _step(self, frame: bytes) -> Edge | Ended | None:
        is_speech = self._is_speech(frame)
        self._sound += frame
        keep_ms = MAX_SOUND_S * 1000 if self.in_speech else PRE_ROLL_MS + self._start_frames * FRAME_MS
        del self._sound[: max(0, len(self._sound) - keep_ms // FRAME_MS * FRAME_BYTES)]  # the oldest goes
        self._run_frames = self._run_frames + 1 if is_speech != self.in_speech else 0
        if not self.in_speech and self._run_frames >= self._start_frames:
            self.in_speech = True
            self._run_frames = 0
            return Edge.BEGAN
        if self.in_speech and self._run_frames >= self._silence_frames:
            return self._close()
        return None

    def _close(self) -> Ended:
        pcm = bytes(self._sound)
        self._sound.clear()
        self._run_frames = 0
        self.in_speech = False
        return Ended(pcm)

    def _is_speech(self, frame: bytes) -> bool:
        samples = np.frombuffer(frame, "<i2").astype(np.float32)
        level_db = 20 * float(np.log10(max(1.0, float(np.std(samples))) / 32768))
        if level_db < _MUTED_DB:
            return False
        if self._noise_db is None:
            self._noise_db = float(np.clip(level_db, *_NOISE_START_DB))
        self._noise_db = min(level_db, self._noise_db + _NOISE_RISE_DB)
        return level_db > max(_QUIETEST_DB, self._noise_db + self._margin_db)
