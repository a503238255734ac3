"""Questions in one talk: from the first press to the end of the follow-up time, or of a mode that goes on by itself.

| waiting for                 | what comes           | then                                                    |
| --------------------------- | -------------------- | ------------------------------------------------------- |
| a question being asked or answered | a press, or a voice where the wearable cancels its echo | it stops, is flushed, and the new question begins |
| a question being asked or answered | a written question | it waits until the other is over                     |
| follow-up time              | speech               | a question without a press, in the same talk             |
| follow-up time              | a press, a written question | that one, in the same talk                        |
| follow-up time              | nothing              | the talk ends                                            |
| translating, watching       | a press              | the mode ends, and says so                               |
| guiding                     | a press              | a new question; where none is asked, guiding is over, and says so |
| anything                    | the talk's limit in seconds or tokens | it is said, and the talk ends            |
| anything                    | the wearable leaves   | all stops; written questions get an error                |
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
import logging
from typing import Any

from .answer import Ending
from .answering import Answering
from .asking import Asking
from .barge_in import barging_in
from .company import Company
from .ear import Ear, Press
from .link.connection import LinkClosedError
from .live.faults import LiveError
from .live.talk import Talk
from .modes import Kind, Running
from .outcome import Outcome
from .question import QuestionError, WrittenQuestion, picture_now
from .sight.frame import Frame
from .sight.intake import RunsInExecutor
from .spoken import SpokenQuestion
from .steps import Guide, Watch
from .tasks import owned_tasks, stop
from .telling import Telling
from .wearable import Wearable, WearableState

_LOGGER = logging.getLogger(__name__)

_WAITING_QUESTIONS = 4
# People who talk with each other pause for longer than somebody who follows up on an answer.
_TRANSLATING_PAUSE_S = 60.0
# Somebody speaks already, whatever the follow-up time is.
_VOICE_WAIT_S = 6.0


class QuestionStoppedError(Exception):
    """A written question got no answer because a person pressed the button, or the wearable left."""


@dataclass(slots=True)
class Written:
    """A question in writing. `frame` is None where the wearable shall look; `done` gets the outcome."""

    question: str
    mode: Running
    speak: bool
    frame: Frame | None
    done: asyncio.Future[Outcome]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Listen for a question that needs no press, for `wait_s`; `ear` listens already where somebody spoke into an answer."""

    mode: Running
    wait_s: float
    ear: Ear | None = None


type Trigger = Press | Written | FollowUp


class Conversation:
    """Owns the talk and whatever runs for one wearable while somebody asks. `run` is its task."""

    def __init__(
        self,
        wearable: Wearable,
        answering: Answering,
        in_executor: RunsInExecutor,
        finished: Callable[[Outcome], None],
        mode_key: Callable[[], str],
    ) -> None:
        self._wearable = wearable
        self._answering = answering
        self._in_executor = in_executor
        self._finished = finished
        self._mode_key = mode_key
        self._talk: Talk | None = None
        self._talk_mode = ""
        self._spoken: SpokenQuestion | None = None
        self._going_on: Kind | None = None
        self._presses: deque[Press] = deque(maxlen=1)  # only the newest press counts
        self._voices: deque[FollowUp] = deque(maxlen=1)
        self._written: deque[Written] = deque()
        self._arrived = asyncio.Event()
        self.over = False

    def press(self, press: Press) -> None:
        """The person pressed: stop what is going on and listen."""
        self._voices.clear()
        self._presses.append(press)
        self._arrived.set()

    def ask(self, written: Written) -> bool:
        """A written question; False when too many wait already."""
        if len(self._written) >= _WAITING_QUESTIONS:
            return False
        self._written.append(written)
        self._arrived.set()
        return True

    @property
    def occupied(self) -> bool:
        """True while a mode goes on by itself: a question in writing would wait until somebody ends it."""
        return self._going_on is not None

    def _voice(self, mode: Running, ear: Ear) -> None:
        """Somebody speaks into the answer."""
        self._voices.append(FollowUp(mode, _VOICE_WAIT_S, ear))
        self._arrived.set()

    # --- what comes next ----------------------------------------------------------------------------------------------

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
            await self._end_talk()

    async def _next_trigger(self) -> Trigger:
        while not (self._presses or self._voices or self._written):
            self._arrived.clear()
            await self._arrived.wait()
        if self._presses:
            return self._presses.popleft()
        return self._voices.popleft() if self._voices else self._written.popleft()

    async def _handle(self, trigger: Trigger) -> Trigger | None:
        """One question; the next trigger, or None when the conversation is over."""
        self._spoken = None  # what was spoken before says nothing about this one
        asking = asyncio.create_task(self._serve(trigger), name="shelfsight question")
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
            await stop(asking)
            if isinstance(trigger, Written) and not trigger.done.done():
                trigger.done.set_exception(QuestionStoppedError("a press stopped it, or the wearable left"))
        follow_up = asking.result()
        if self._presses or self._voices or self._written:
            return await self._next_trigger()
        return follow_up

    def _interrupts(self, trigger: Trigger) -> bool:
        """True when what waits does not wait for the end of what is going on."""
        if self._presses or self._voices:
            return True
        begun = self._spoken is not None and self._spoken.has_begun
        return isinstance(trigger, FollowUp) and bool(self._written) and not begun

    async def _stop_asking(self, asking: asyncio.Task[Any]) -> None:
        await stop(asking)
        if self._spoken is not None and self._spoken.half_sent and self._talk is not None:
            await self._talk.drop()
        try:
            await self._wearable.flush()
        except LinkClosedError:
            _LOGGER.debug("The wearable left while its answer was stopped")

    # --- one question -------------------------------------------------------------------------------------------------

    async def _serve(self, trigger: Trigger) -> FollowUp | None:
        """Ask and answer, and go on as the mode does; what follows without a press, if anything."""
        mode = trigger.mode if isinstance(trigger, Written | FollowUp) else self._answering.mode(self._mode_key())
        going_on, self._going_on = self._going_on, None
        company = Company(self._wearable if _is_heard(trigger) else None)
        telling = Telling(self._wearable, company, self._answering.phrases)
        outcome = self._answering.new_outcome(mode)
        outcome.silent = True  # until it is recorded
        try:
            async with owned_tasks() as tasks:
                keeping = tasks.create_task(company.run())
                follow_up = await self._serve_mode(trigger, mode, going_on, company, telling, outcome)
                keeping.cancel()
        except LinkClosedError as err:
            if isinstance(trigger, Written) and not trigger.done.done():
                trigger.done.set_exception(err)
            return None
        finally:
            if outcome.silent:
                self._finished(outcome)  # it was stopped: what it took until then is paid for
        return follow_up

    async def _serve_mode(
        self,
        trigger: Trigger,
        mode: Running,
        going_on: Kind | None,
        company: Company,
        telling: Telling,
        outcome: Outcome,
    ) -> FollowUp | None:
        if isinstance(trigger, Press) and going_on in (Kind.TRANSLATE, Kind.WATCH):
            await self._put_out(trigger)
            await telling.phrase("translating_over" if going_on is Kind.TRANSLATE else "watching_over")
            return None
        if isinstance(trigger, Press) and not trigger.asks:
            # It has stopped what was said; the wearable says itself why it captures nothing.
            if going_on is Kind.GUIDE:
                await telling.phrase("guiding_over")
            return None
        if not self._answering.can(mode):
            outcome.asked = trigger.question if isinstance(trigger, Written) else ""
            if isinstance(trigger, Press):
                await self._put_out(trigger)
            await self._fail(outcome, telling, "mode_unsupported", speak=_is_heard(trigger))
            self._done(trigger, outcome)
            return None
        await self._choose_talk(mode)
        if isinstance(trigger, Written):
            await self._ask_written(trigger, mode, company, telling, outcome)
            self._done(trigger, outcome)
            return None
        if mode.kind is Kind.WATCH:
            if isinstance(trigger, Press):
                await self._put_out(trigger)
            await self._watch(mode, company, telling)
            return None
        if mode.kind is Kind.TRANSLATE and isinstance(trigger, FollowUp):
            self._going_on = Kind.TRANSLATE  # a press from now on ends it
        ending = await self._ask_spoken(trigger, mode, company, telling, outcome, after=going_on)
        if ending is None and outcome.phrase is None:
            await self._wearable.cue("done")
            if going_on is Kind.GUIDE:
                await telling.phrase("guiding_over")
            if mode.kind is Kind.TRANSLATE:
                await telling.phrase("translating_over")
            return None
        self._record(outcome)
        if outcome.phrase is not None:
            return None
        if self._talk is not None and self._talk.exhausted:
            await telling.phrase("session_limit")
            return None
        if mode.kind is Kind.GUIDE and outcome.place is not None and outcome.place.found:
            await self._guide(mode, outcome.place.item, company, telling)
            return None
        return self._what_follows(mode)

    def _what_follows(self, mode: Running) -> FollowUp | None:
        if mode.kind is Kind.TRANSLATE:
            self._going_on = Kind.TRANSLATE
            return FollowUp(mode, _TRANSLATING_PAUSE_S)
        follow_up_s = self._answering.options.follow_up_s
        return FollowUp(mode, follow_up_s) if follow_up_s else None

    def _done(self, trigger: Trigger, outcome: Outcome) -> None:
        """A question that nothing follows: a microphone does not open because an automation asked something."""
        self._record(outcome)
        if isinstance(trigger, Written) and not trigger.done.done():
            trigger.done.set_result(outcome)

    def _record(self, outcome: Outcome) -> None:
        """It was heard, or its reason was."""
        outcome.silent = False
        self._finished(outcome)

    async def _put_out(self, press: Press) -> None:
        """This press asks nothing: what the wearable captures since then is not wanted."""
        if press.ear is not None:
            await self._wearable.close_ear(press.ear)

    async def _ask_spoken(
        self,
        trigger: Press | FollowUp,
        mode: Running,
        company: Company,
        telling: Telling,
        outcome: Outcome,
        *,
        after: Kind | None,
    ) -> Ending | None:
        """None when nobody spoke, or the question ended with a spoken reason (`outcome.phrase`)."""
        press = trigger if isinstance(trigger, Press) else None
        self._wearable.set_state(WearableState.LISTENING)
        ear = trigger.ear
        if press is None and ear is None:
            ear = await self._wearable.open_ear()
            if ear is None and self._presses:
                await asyncio.Future()  # the press listens already, and stops this question at once
            if ear is None and self._wearable.private:
                return None
        talk = await self._choose_talk(mode)
        talk.prepare()  # it opens while the person talks
        question = SpokenQuestion(
            self._wearable,
            ear,
            press,
            self._in_executor,
            outcome,
            company,
            follow_up_s=trigger.wait_s if isinstance(trigger, FollowUp) else 0.0,
            looks=mode.looks,
            server_ends=self._answering.server_ends_turns,
        )
        self._spoken = question
        try:
            async with question.listening(), barging_in(self._wearable, lambda ear: self._voice(mode, ear)):
                return await Asking(question, mode, self._answering, self._wearable, company).run(talk)
        except QuestionError as err:
            if after is not Kind.GUIDE or err.phrase != "no_speech":
                await self._fail(outcome, telling, err.phrase, speak=not err.told)
            # else the press only ended the guiding: that nothing was asked is no fault
        except LiveError as err:
            await self._fail(outcome, telling, err.trouble.value)
        return None

    async def _ask_written(
        self, written: Written, mode: Running, company: Company, telling: Telling, outcome: Outcome
    ) -> None:
        outcome.asked = written.question
        talk = await self._choose_talk(mode)
        talk.prepare()
        try:
            frame = written.frame
            if frame is None and mode.looks:
                frame = await picture_now(self._wearable)
            self._wearable.set_state(WearableState.THINKING)
            listener = self._wearable if written.speak else None
            if listener is not None:
                company.begin()
            question = WrittenQuestion(written.question, frame, self._in_executor, outcome)
            await Asking(question, mode, self._answering, listener, company).run(talk)
        except QuestionError as err:
            await self._fail(outcome, telling, err.phrase, speak=written.speak)
        except LiveError as err:
            await self._fail(outcome, telling, err.trouble.value, speak=written.speak)

    # --- modes that go on by themselves -------------------------------------------------------------------------------

    async def _guide(self, mode: Running, item: str, company: Company, telling: Telling) -> None:
        """Corrections, until a press, the time for it, or nothing new for long."""
        await telling.phrase("guiding")
        talk = await self._choose_talk(mode)
        self._going_on = Kind.GUIDE
        guide = Guide(self._wearable, self._answering, mode, talk, self._in_executor, company, self._finished)
        reason = await guide.run(item)
        self._going_on = None
        if reason is not None:
            await telling.phrase(reason)
        await telling.phrase("guiding_over")

    async def _watch(self, mode: Running, company: Company, telling: Telling) -> None:
        """Pictures alone, until a press or the talk's limit."""
        self._going_on = Kind.WATCH
        self._wearable.set_state(WearableState.WATCHING)
        await telling.phrase("watching")
        talk = await self._choose_talk(mode)
        watch = Watch(self._wearable, self._answering, mode, talk, self._in_executor, company, self._finished)
        reason = await watch.run()
        self._going_on = None
        if reason is not None:
            await telling.phrase(reason)
        await telling.phrase("watching_over")

    # --- the talk -----------------------------------------------------------------------------------------------------

    async def _choose_talk(self, mode: Running) -> Talk:
        """The talk in this mode: another mode has other instructions, and so another talk."""
        if self._talk is None or self._talk_mode != mode.key or self._talk.exhausted:
            await self._end_talk()
            self._talk, self._talk_mode = self._answering.talk(mode), mode.key
        return self._talk

    async def _end_talk(self) -> None:
        talk, self._talk = self._talk, None
        if talk is not None:
            await talk.close()

    async def _fail(self, outcome: Outcome, telling: Telling, phrase: str, *, speak: bool = True) -> None:
        """The question ends with a reason: said aloud, where somebody can hear it, and kept as the answer.

        The session is given up with it: half a question may be in it.
        """
        if self._talk is not None:
            await self._talk.drop()
        outcome.phrase = phrase
        outcome.answer = self._answering.phrases[phrase].text
        self._wearable.set_state(WearableState.ANSWERING)
        if not speak:
            return
        await self._wearable.flush()
        await self._wearable.cue("error")
        await telling.phrase(phrase, outcome)


def _is_heard(trigger: Trigger) -> bool:
    return not isinstance(trigger, Written) or trigger.speak
