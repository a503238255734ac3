"""Which of a question's pictures go up, and how large: pure decisions on measured frames.

A question may send 8 pictures and 600 KB: every frame sent is paid for (live-api.md, "turn coverage"), and a model that gets
thirty a second closes the session. The first picture goes up whole, so that looking starts while the person still talks;
pictures in between only if the view changed, and small; the last, freshest sharp one whole, unless it shows the same again.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from .frame import Frame

MAX_FRAMES = 8
MAX_BYTES = 600_000
# A whole shelf bay at 1600 pixels: under about 400 KB the small words on packs can no longer be read for certain.
WHOLE_SIDE_PX, WHOLE_BYTES = 1600, 400_000
# What is kept back for the last picture, should the view have changed after the first.
LAST_BYTES = 200_000
CONTEXT_SIDE_PX, CONTEXT_BYTES = 768, 70_000
CONTEXT_EVERY_S = 1.0

# Grey levels of mean difference: sensor noise stays under 2, a small turn of the head is above 6.
_CHANGED = 4.0
# A frame counts as sharp when it has this part of the sharpness of the best recent one.
_SHARP_SHARE = 0.6
_KEPT = 6
# Mean grey under which nothing can be read off a picture, and the Laplacian's variance of a smear; both far below what
# ordinary pictures have (drawn and real shelves: above 40 and above 100), so that a dim one is still tried.
_DARK = 12.0
_SMEARED = 4.0


class Fault(Enum):
    """Why a picture is of no use, said before any model is asked (spoken-answers.md, rule 8)."""

    NONE_TAKEN = auto()
    DAMAGED = auto()
    DARK = auto()
    BLURRED = auto()


@dataclass(frozen=True, slots=True)
class Sending:
    """A picture to send up: `frame`, made to fit `max_side_px` and `max_bytes` first."""

    frame: Frame
    max_side_px: int
    max_bytes: int
    whole: bool


class Chooser:
    """Keeps the last few frames of one question and says what to send."""

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque(maxlen=_KEPT)
        self._last_whole: Frame | None = None
        self._last_sent: Frame | None = None
        self._last_sent_s = float("-inf")
        self._seen_same: Frame | None = None
        self.damaged = 0
        self.frames_sent = 0
        self.bytes_sent = 0

    def add(self, frame: Frame) -> None:
        """A frame taken after the press."""
        self._frames.append(frame)

    def again(self) -> None:
        """The question is asked anew, in another session: nothing of it is up there yet. What was taken stays."""
        self._last_whole = self._last_sent = self._seen_same = None
        self._last_sent_s = float("-inf")
        self.frames_sent = self.bytes_sent = 0

    @property
    def best(self) -> Frame | None:
        """The freshest sharp frame, or None when there is nothing to look at."""
        return self._freshest_sharp() if self.fault() is None else None

    @property
    def any_sent(self) -> bool:
        """True once a picture of this question is up."""
        return self.frames_sent > 0

    @property
    def newest_sent(self) -> Frame | None:
        """The last frame that went up: what the answer is about."""
        return self._last_sent

    def fault(self) -> Fault | None:
        """What is wrong with all that was taken so far, or None when there is something to look at."""
        if not self._frames:
            return Fault.DAMAGED if self.damaged else Fault.NONE_TAKEN
        newest = self._frames[-1]
        if newest.brightness < _DARK:
            return Fault.DARK
        if max(frame.sharpness for frame in self._frames) < _SMEARED:
            return Fault.BLURRED
        return None

    def during_speech(self, now_s: float) -> Sending | None:
        """What to send while the person talks."""
        if self.fault() is not None:
            return None
        newest = self._frames[-1]
        if self._last_whole is None:
            return self._whole(newest)
        if (
            now_s - self._last_sent_s < CONTEXT_EVERY_S
            or self.frames_sent >= MAX_FRAMES - 1
            or self.bytes_sent + CONTEXT_BYTES + LAST_BYTES > MAX_BYTES
            or newest is self._seen_same
        ):
            return None
        if self._last_sent is not None and newest.differs_from(self._last_sent) < _CHANGED:
            self._seen_same = newest  # this is asked fifty times a second, and a picture comes once
            return None
        return Sending(newest, CONTEXT_SIDE_PX, CONTEXT_BYTES, whole=False)

    def before_end(self) -> Sending | None:
        """What to send before the end marker: the freshest sharp frame, unless the same view is up already."""
        if self.fault() is not None:
            return None
        freshest = self._freshest_sharp()
        if self._last_whole is not None and freshest.differs_from(self._last_whole) < _CHANGED:
            return None
        return self._whole(freshest)

    def _freshest_sharp(self) -> Frame:
        best = max(frame.sharpness for frame in self._frames)
        return next(frame for frame in reversed(self._frames) if frame.sharpness >= _SHARP_SHARE * best)

    def _whole(self, frame: Frame) -> Sending:
        return Sending(frame, WHOLE_SIDE_PX, min(WHOLE_BYTES, MAX_BYTES - self.bytes_sent), whole=True)

    def sent(self, sending: Sending, size_bytes: int, now_s: float) -> None:
        """Note that a picture went up."""
        self.frames_sent += 1
        self.bytes_sent += size_bytes
        self._last_sent = sending.frame
        self._last_sent_s = now_s
        self._seen_same = None
        if sending.whole:
            self._last_whole = sending.frame
