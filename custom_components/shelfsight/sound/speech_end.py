"""Hears when a question begins and ends, from the level of the sound. Pure: chunks in, a state out.

| state    | goes to  | when                                                                        |
| -------- | -------- | --------------------------------------------------------------------------- |
| WAITING  | SPEAKING | the voice was there for `_ONSET_MS` of the last `_ONSET_WINDOW_MS`            |
| WAITING  | NOTHING  | no voice within `wait_ms`                                                     |
| SPEAKING | ENDED    | `silence_ms` without voice after at least `_LEAST_SPEECH_MS` of it, not `held` |
| SPEAKING | WAITING  | `silence_ms` without voice after less than that: a knock, a cough, our own cue |
| SPEAKING | ENDED    | `longest_ms` are over                                                         |

NOTHING and ENDED are final.
"""

from collections import deque
from enum import Enum, auto

import numpy as np

from .pcm import SILENCE_DBFS, Samples, level_dbfs

STEP_MS = 20
SILENCE_MS = 600
LONGEST_MS = 15_000
WAIT_MS = 6_000

_ONSET_MS, _ONSET_WINDOW_MS = 80, 200
_LEAST_SPEECH_MS = 200
# Above the room's noise by this much is voice; below the lower margin is silence; in between nothing changes.
_VOICE_MARGIN_DB, _SILENCE_MARGIN_DB = 12.0, 7.0
# Whatever the noise: quieter than this is nobody's voice at glasses' distance.
_QUIETEST_VOICE_DBFS = -50.0
# The room's noise is taken as the quietest of the last so many steps, and never louder than this: a person who speaks
# from the press on would otherwise be taken for the room.
_FLOOR_STEPS = 75
_LOUDEST_FLOOR_DBFS = -36.0


class Speech(Enum):
    """Where the question is."""

    WAITING = auto()
    SPEAKING = auto()
    ENDED = auto()
    NOTHING = auto()


class SpeechEnd:
    """Follows one question. Feed it sound of `rate_hz`; read `state`."""

    def __init__(
        self, rate_hz: int, *, silence_ms: int = SILENCE_MS, longest_ms: int = LONGEST_MS, wait_ms: int = WAIT_MS
    ) -> None:
        self._step_samples = rate_hz * STEP_MS // 1000
        self._silence_ms = silence_ms
        self._longest_ms = longest_ms
        self._wait_ms = wait_ms
        self._left: Samples = np.zeros(0, dtype=np.int16)
        self._floor: deque[float] = deque(maxlen=_FLOOR_STEPS)
        self._recent: deque[bool] = deque(maxlen=_ONSET_WINDOW_MS // STEP_MS)
        self._voiced_ms = 0
        self._silent_ms = 0
        self._speaking_ms = 0
        self.held = False
        """While a button is held, silence does not end the question: letting go does."""
        self.state = Speech.WAITING
        self.heard_ms = 0
        self.last_voice_ms = 0
        self.first_voice_ms = 0
        self.loudest_dbfs = SILENCE_DBFS

    @property
    def surely_speech(self) -> bool:
        """True once there was enough voice that it cannot be a knock or a cue; from then on it never goes back."""
        return self._voiced_ms >= _LEAST_SPEECH_MS

    @property
    def speech_ms(self) -> int:
        """From the first to the last of the voice."""
        return max(0, self.last_voice_ms - self.first_voice_ms)

    def feed(self, chunk: Samples) -> Speech:
        """Take the next sound; chunks may have any length."""
        joined = np.concatenate((self._left, chunk)) if self._left.size else chunk
        whole = joined.size // self._step_samples * self._step_samples
        for start in range(0, whole, self._step_samples):
            self._step(level_dbfs(joined[start : start + self._step_samples]))
        self._left = joined[whole:]
        return self.state

    def _step(self, level: float) -> None:
        self.heard_ms += STEP_MS
        if self.state in (Speech.ENDED, Speech.NOTHING):
            return
        self.loudest_dbfs = max(self.loudest_dbfs, level)
        self._floor.append(level)
        floor = min(*self._floor, _LOUDEST_FLOOR_DBFS)
        voice = level > max(floor + _VOICE_MARGIN_DB, _QUIETEST_VOICE_DBFS)
        silent = level < max(floor + _SILENCE_MARGIN_DB, _QUIETEST_VOICE_DBFS - 4.0)
        self._recent.append(voice)
        if voice:
            self.last_voice_ms = self.heard_ms
        if self.state is Speech.WAITING:
            if sum(self._recent) * STEP_MS >= _ONSET_MS:
                self.state = Speech.SPEAKING
                self._voiced_ms = sum(self._recent) * STEP_MS
                self._silent_ms = 0
                self._speaking_ms = 0
                self.first_voice_ms = max(0, self.heard_ms - self._voiced_ms)
            elif self.heard_ms >= self._wait_ms:
                self.state = Speech.NOTHING
            return
        self._speaking_ms += STEP_MS
        self._voiced_ms += STEP_MS if voice else 0
        # A step between the two margins neither is silence nor resets it.
        self._silent_ms = 0 if voice else self._silent_ms + (STEP_MS if silent else 0)
        if self._silent_ms >= self._silence_ms and not (self.held and self.surely_speech):
            self.state = Speech.ENDED if self.surely_speech else Speech.WAITING
            self._recent.clear()
        elif self._speaking_ms >= self._longest_ms:
            self.state = Speech.ENDED
