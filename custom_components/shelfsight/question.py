"""One question, from the press (or the written text) until it is sent: joins eye, ear and session. It may be sent again.

A question is listened to once and may be sent many times: to the session that is open, to another one when that fails, and
over other ways. So listening, looking and sending are apart; what was said and seen is kept until the question is over.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .flight_recorder import Mark
from .outcome import Outcome
from .sight.choice import WHOLE_BYTES, WHOLE_SIDE_PX
from .sight.frame import Frame, shrink
from .sight.intake import RunsInExecutor
from .wearable import Wearable

if TYPE_CHECKING:
    from .live.session import LiveSession, Turn

_STILL_TIMEOUT_S = 5.0


class QuestionError(Exception):
    """The question ends with a spoken reason; `phrase` is its name in `sound/phrases`.

    `told`: the wearable has said by itself why, in its own words. Nobody needs to hear it twice.
    """

    def __init__(self, phrase: str, *, told: bool = False) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        self.told = told


@dataclass(frozen=True, slots=True)
class Evidence:
    """A whole question as it may be asked in any way: its text or its sound (s16le mono 16 kHz), and its picture."""

    question: str | bytes
    jpeg: bytes | None


class Question(Protocol):
    """What a session, or another way, may be asked."""

    outcome: Outcome

    @property
    def is_follow_up(self) -> bool:
        """True when nobody may have asked anything."""

    async def begun(self) -> bool:
        """Wait until there is something to send; False when nothing will come."""

    def asked(self, session: LiveSession) -> AbstractAsyncContextManager[Turn]:
        """Send the question; a context whose turn gives the answer."""

    async def evidence(self) -> Evidence:
        """The whole question, once it is complete."""

    def answering(self) -> None:
        """The server has begun to answer."""


class WrittenQuestion:
    """A question in writing about one picture, or (translating) about none."""

    def __init__(self, text: str, frame: Frame | None, in_executor: RunsInExecutor, outcome: Outcome) -> None:
        self._text = text
        self._frame = frame
        self._in_executor = in_executor
        self._jpeg: bytes | None = None
        self.outcome = outcome

    is_follow_up = False

    async def begun(self) -> bool:
        """It is all there."""
        return True

    def answering(self) -> None:
        """Nothing depends on it here."""

    @asynccontextmanager
    async def asked(self, session: LiveSession) -> AsyncIterator[Turn]:
        """Send it; its turn."""
        evidence = await self.evidence()
        turn = await session.ask(self._text, evidence.jpeg)
        if evidence.jpeg is not None:
            self.outcome.frames_sent += 1
            self.outcome.frame_bytes_sent += len(evidence.jpeg)
            self.outcome.timeline.sent(evidence.jpeg)
        yield turn

    async def evidence(self) -> Evidence:
        """The question and its picture, made small enough."""
        if self._frame is not None and self._jpeg is None:
            self._jpeg = await self._in_executor(shrink, self._frame.jpeg, WHOLE_SIDE_PX, WHOLE_BYTES)
        if self.outcome.question_sent_s is None:
            self.outcome.question_sent_s = asyncio.get_running_loop().time()
            self.outcome.timeline.note(Mark.QUESTION_SENT)
        self.outcome.frame = self._frame
        return Evidence(self._text, self._jpeg)


async def picture_now(wearable: Wearable) -> Frame:
    """A picture taken from now on, for a question in writing.

    Raises:
        QuestionError: none came in time, or it is damaged.
        LinkClosedError: the wearable is not there.
    """
    seen = await wearable.still(_STILL_TIMEOUT_S)
    if seen is None or seen.frame is None:
        raise QuestionError("no_picture" if seen is None else "picture_damaged")
    return seen.frame
