"""Questions in one Live session: from the first press to the end of the follow-up time.

| waiting for                 | what comes           | then                                                    |
| --------------------------- | -------------------- | ------------------------------------------------------- |
| a question being asked or answered | a press         | it stops, is flushed, and the new question begins          |
| a question being asked or answered | a written question | it waits until the other is over                     |
| follow-up time              | speech               | a question without a press, in the same session            |
| follow-up time              | a press, a written question | that one, in the same session                       |
| follow-up time              | nothing              | the session closes                                      |
| anything                    | the wearable leaves   | all stops; written questions get an error                |
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
import logging
from typing import Any

from .answering import Answering
from .link.connection import LinkClosedError
from .live.faults import LiveError, Trouble
from .live.session import LiveSession, Turn
from .question import Outcome, QuestionError, SpokenQuestion, take_answer
from .sight.choice import WHOLE_BYTES, WHOLE_SIDE_PX
from .sight.frame import Frame, shrink
from .sight.intake import RunsInExecutor
from .sound.phrases import PHRASES_HZ
from .spatial import Mode
from .wearable import Press, Wearable, WearableState

_LOGGER = logging.getLogger(__name__)

FOLLOW_UP_S = 8.0
_STILL_TIMEOUT_S = 5.0
_WAITING_QUESTIONS = 4


class QuestionStoppedError(Exception):
    """A written question got no answer because a person pressed the button, or the wearable left."""


@dataclass(slots=True)
class Written:
    """A question in writing. `frame` is None where the wearable shall look; `done` gets the outcome."""

    question: str
    mode: Mode
    speak: bool
    frame: Frame | None
    done: asyncio.Future[Outcome]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Listen for a question that needs no press."""


type Trigger = Press | Written | FollowUp


class Conversation:
    """Owns the Live session and whatever runs for one wearable while somebody asks. `run` is its task."""

    def __init__(
        self,
        wearable: Wearable,
        answering: Answering,
        in_executor: RunsInExecutor,
        finished: Callable[[Outcome], None],
    ) -> None:
        self._wearable = wearable
        self._answering = answering
        self._in_executor = in_executor
        self._finished = finished
        self._session: asyncio.Task[LiveSession] | None = None
        self._session_mode = Mode.FIND
        self._spoken: SpokenQuestion | None = None
        self._presses: deque[Press] = deque(maxlen=1)  # only the newest press counts
        self._written: deque[Written] = deque()
        self._arrived = asyncio.Event()
        self.over = False

    def press(self, press: Press) -> None:
        """The person pressed: stop what is going on and listen."""
        self._presses.append(press)
        self._arrived.set()

    def ask(self, written: Written) -> bool:
        """A written question; False when too many wait already."""
        if len(self._written) >= _WAITING_QUESTIONS:
            return False
        self._written.append(written)
        self._arrived.set()
        return True

    async def run(self) -> None:
        """Answer until nobody asks any more."""
        try:
            trigger: Trigger | None = await self._next_trigger()
            while trigger is not None:
                trigger = await self._handle(trigger)
        finally:
            # No await before these two: a press that comes from now on finds `over` and begins another conversation.
            self.over = True
            self._wearable.set_state(WearableState.IDLE)
            for written in self._written:
                if not written.done.done():
                    written.done.set_exception(QuestionStoppedError("the conversation ended"))
            await self._drop_session()

    async def _next_trigger(self) -> Trigger:
        while not self._presses and not self._written:
            self._arrived.clear()
            await self._arrived.wait()
        return self._presses.popleft() if self._presses else self._written.popleft()

    async def _handle(self, trigger: Trigger) -> Trigger | None:
        """One question; the next trigger, or None when the conversation is over."""
        self._spoken = None  # what was spoken before says nothing about this one
        asking = asyncio.create_task(self._question(trigger), name="shelfsight question")
        try:
            while not asking.done() and not self._interrupts(trigger):
                self._arrived.clear()
                arrived = asyncio.ensure_future(self._arrived.wait())
                try:
                    await asyncio.wait({asking, arrived}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    arrived.cancel()
            if not asking.done():
                await self._stop_asking(asking)
                return await self._next_trigger()
        finally:
            await _stop(asking)
            if isinstance(trigger, Written) and not trigger.done.done():
                trigger.done.set_exception(QuestionStoppedError("a press stopped it, or the wearable left"))
        follow_up = asking.result()
        if self._presses or self._written:
            return await self._next_trigger()
        return FollowUp() if follow_up else None

    def _interrupts(self, trigger: Trigger) -> bool:
        """True when what waits does not wait for the end of what is going on."""
        if self._presses:
            return True
        begun = self._spoken is not None and self._spoken.has_begun
        return isinstance(trigger, FollowUp) and bool(self._written) and not begun

    async def _stop_asking(self, asking: asyncio.Task[bool]) -> None:
        await _stop(asking)
        if self._spoken is not None and self._spoken.half_sent:
            await self._drop_session()  # half a question is in it
        try:
            await self._wearable.flush()
        except LinkClosedError:
            _LOGGER.debug("The wearable left while its answer was stopped")

    async def _question(self, trigger: Trigger) -> bool:
        """Ask and answer; True when follow-up time shall begin."""
        outcome = Outcome(source=self._answering.answerer.name)
        written = trigger if isinstance(trigger, Written) else None
        try:
            try:
                if written is not None:
                    await self._ask_written(written, outcome)
                elif not await self._ask_spoken(trigger if isinstance(trigger, Press) else None, outcome):
                    await self._wearable.cue("done")
                    return False
            except QuestionError as err:
                await self._fail(outcome, err.phrase, speak=written is None or written.speak)
            except LiveError as err:
                self._answering.trouble(err)
                await self._fail(outcome, err.trouble.value, speak=written is None or written.speak)
        except LinkClosedError as err:
            if written is not None and not written.done.done():
                written.done.set_exception(err)
            return False
        self._finished(outcome)
        if written is not None:
            if not written.done.done():
                written.done.set_result(outcome)
            return False  # a microphone does not open because an automation asked something
        return outcome.phrase is None

    async def _ask_spoken(self, press: Press | None, outcome: Outcome) -> bool:
        opened_s = asyncio.get_running_loop().time()
        self._wearable.set_state(WearableState.LISTENING)
        if press is None:
            await self._wearable.open_ear()
        await self._prepare_session(Mode.FIND)  # it opens while the person talks
        # The press has its own ear: the wearable's may be the next press's already.
        ear = press.ear if press is not None else self._wearable.ear
        self._spoken = SpokenQuestion(self._wearable, ear, press, opened_s, self._in_executor, FOLLOW_UP_S, outcome)
        turn = await self._spoken.ask(self._open_session)
        if turn is None:
            return False
        await take_answer(turn, outcome, self._wearable, self._answering.answerer.patience_s)
        return True

    async def _ask_written(self, written: Written, outcome: Outcome) -> None:
        outcome.asked = written.question
        await self._prepare_session(written.mode)
        frame = written.frame
        if frame is None:
            seen = await self._wearable.still(_STILL_TIMEOUT_S)
            if seen is None or seen.frame is None:
                raise QuestionError("no_picture" if seen is None else "picture_damaged")
            frame = seen.frame
        self._wearable.set_state(WearableState.THINKING)
        session = await self._open_session()
        turn = await send_written(session, written.question, frame, outcome, self._in_executor)
        listener = self._wearable if written.speak else None
        await take_answer(turn, outcome, listener, self._answering.answerer.patience_s)

    async def _prepare_session(self, mode: Mode) -> None:
        """Begin to open a session, unless the one for this mode is open."""
        task = self._session
        if task is not None and (mode is not self._session_mode or (task.done() and not _usable(task))):
            await self._drop_session()
        if self._session is None:
            self._session_mode = mode
            self._session = asyncio.create_task(self._answering.open_session(mode), name="shelfsight live session")

    async def _open_session(self) -> LiveSession:
        """The session, when it is open. A question that is given up meanwhile does not take it along."""
        if self._session is None:
            raise LiveError(Trouble.NO_ANSWER, "the session was given up")
        return await asyncio.shield(self._session)

    async def _drop_session(self) -> None:
        task, self._session = self._session, None
        if task is None:
            return
        if not task.done():
            await _stop(task)
        elif not task.cancelled() and task.exception() is None:
            await task.result().close()

    async def _fail(self, outcome: Outcome, phrase: str, *, speak: bool) -> None:
        """The question ends with a reason: said aloud, where somebody can hear it, and kept as the answer.

        The session is given up with it: half a question may be in it.
        """
        await self._drop_session()
        reason = self._answering.phrases[phrase]
        outcome.phrase = phrase
        outcome.answer = reason.text
        self._wearable.set_state(WearableState.ANSWERING)
        if not speak or not self._wearable.has_speaker:
            return
        loop = asyncio.get_running_loop()

        def started() -> None:
            if outcome.first_sound_s is None:
                outcome.first_sound_s = loop.time()

        await self._wearable.flush()
        await self._wearable.cue("error")
        await self._wearable.say(_once(reason.pcm), PHRASES_HZ, started)


async def send_written(
    session: LiveSession, question: str, frame: Frame, outcome: Outcome, in_executor: RunsInExecutor
) -> Turn:
    """Send a written question with its picture; the answer's turn."""
    jpeg = await in_executor(shrink, frame.jpeg, WHOLE_SIDE_PX, WHOLE_BYTES)
    outcome.question_sent_s = asyncio.get_running_loop().time()
    outcome.frames_sent, outcome.frame_bytes_sent, outcome.frame = 1, len(jpeg), frame
    return await session.ask(question, jpeg)


def _usable(task: asyncio.Task[LiveSession]) -> bool:
    """True when a finished opening left a session that lives."""
    return not task.cancelled() and task.exception() is None and task.result().usable


async def _once(pcm: bytes) -> AsyncIterator[bytes]:
    yield pcm


async def _stop(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait for its end; its result or error is for whoever asks it."""
    task.cancel()
    await asyncio.wait({task})
