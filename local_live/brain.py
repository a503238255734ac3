"""What the server asks of whatever looks and thinks: values and protocols, no behaviour.

The session (``session.py``) hands frames and questions to a `Brain` and speaks what comes back. It knows nothing of
shelves; the brain knows nothing of sockets.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing stands on the shelves of the frame that was looked at.

    ``box`` is ymin, xmin, ymax, xmax, each 0 to 1000 of the frame's height and width. ``shelf`` counts from 1 at
    ``counted_from``; ``side`` is the wearer's: "far left", "left", "middle", "right" or "far right".
    """

    found: bool
    item: str
    shelf: int | None
    shelf_count: int | None
    counted_from: str
    side: str | None
    read_text: str
    price: str | None
    confidence: float
    box: tuple[int, int, int, int] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question.

    ``heard`` is what was understood of the question ("" if nothing), ``text`` what is said aloud (never ""), and
    ``place`` is set where the answer is about one place.
    """

    heard: str
    text: str
    place: Place | None


class Brain(Protocol):
    """Looks at frames and answers questions for one session, from the session's event loop."""

    def look(self, jpeg: bytes) -> None:
        """Take the next frame, in order. Returns at once; the looking itself happens in an executor."""

    async def answer_sound(self, pcm_16k: bytes) -> Answer:
        """Answer a spoken turn: s16le mono at 16 kHz, the whole turn. May be cancelled."""

    async def answer_text(self, question: str) -> Answer:
        """Answer a typed turn. May be cancelled."""

    def close(self) -> None:
        """Cancel what runs; the session is over."""


class BrainMaker(Protocol):
    """Makes one brain a session; what is dear to load is shared behind it."""

    def __call__(self) -> Brain:
        """Make a brain that has seen nothing yet."""
