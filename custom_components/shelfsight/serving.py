"""Serves what a person asks, one trigger at a time: asked aloud, in writing, or gone on with by a mode."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from . import flight
from .answer import Ending
from .answering import Answering
from .asking import Asking
from .barge_in import barging_in
from .company import Company
from .ear import Ear, HomePress, Press
from .link.connection import LinkClosedError
from .listeners import Listeners
from .live.faults import LiveError
from .live.talk import Talk
from .modes import Kind, Running
from .outcome import Outcome
from .question import QuestionError, WrittenQuestion, picture_now
from .sight.intake import RunsInExecutor
from .sound.speech_end import WAIT_MS
from .spoken import SpokenQuestion
from .steps import Guide, Watch
from .talks import Talks
from .tasks import owned_tasks
from .telling import Telling
from .triggers import FollowUp, Lease, Question, Trigger, Triggers, Written, is_heard
from .wearable import Wearable, WearableState

# People who talk with each other pause for longer than somebody who follows up on an answer.
_TRANSLATING_PAUSE_S = 60.0
# Somebody speaks already, whatever the follow-up time is.
_VOICE_WAIT_S = 6.0
# Where a press may be meant without a word, this is when it is understood so: long enough to begin a question after it.
_MEANT_SILENT_MS = 4_000

_PHRASES_OF_ENDS = {
    Kind.TRANSLATE: "translating_over",
    Kind.WATCH: "watching_over",
    Kind.GUIDE: "guiding_over",
}


@dataclass(frozen=True, slots=True)
class _Round:
    """What belongs to one trigger while it is served."""

    mode: Running
    after: Kind | None
    """The mode that went on by itself until this trigger came."""
    company: Company
    telling: Telling
    outcome: Outcome


class Serving:
    """Not for more than one trigger at a time. `triggers` is what else waits, and where a voice within an answer goes.

    Whoever listens to `silent_presses` is told of a press after which nothing is said: it is no question to them.
    """

    def __init__(
        self,
        wearable: Wearable,
        answering: Answering,
        in_executor: RunsInExecutor,
        finished: Callable[[Outcome], None],
        mode_key: Callable[[], str],
        triggers: Triggers,
        talk_over: Callable[[Talk], None],
        silent_presses: Listeners[[]],
    ) -> None:
        self._wearable = wearable
        self._answering = answering
        self._in_executor = in_executor
        self._finished = finished
        self._mode_key = mode_key
        self._triggers = triggers
        self._talks = Talks(answering, talk_over)
        self._silent_presses = silent_presses
        self._spoken: SpokenQuestion | None = None
        self._going_on: Kind | None = None

    @property
    def goes_on(self) -> bool:
        """True while a mode goes on by itself."""
        return self._going_on is not None

    @property
    def has_begun(self) -> bool:
        """True once the person surely speaks, where something is asked aloud."""
        return self._spoken is not None and self._spoken.has_begun

    async def serve(self, trigger: Trigger) -> FollowUp | None:
        """Ask and answer, and go on as the mode does; what follows without a press, if anything."""
        if isinstance(trigger, Lease):
            await self._lend(trigger)
            return None
        mode = trigger.mode if isinstance(trigger, Written | FollowUp) else self._answering.mode(self._mode_key())
        after, self._going_on = self._going_on, None
        company = Company(self._wearable if is_heard(trigger) else None)
        telling = Telling(self._wearable, company, self._answering.phrases)
        outcome = self._answering.new_outcome(mode)
        outcome.silent = True  # until it is recorded
        follow_up: FollowUp | None = None
        try:
            with flight.recorded(self._wearable.recorder, trigger, outcome):
                async with owned_tasks() as tasks:
                    keeping = tasks.create_task(company.run())
                    follow_up = await self._serve(trigger, _Round(mode, after, company, telling, outcome))
                    keeping.cancel()
        except LinkClosedError as err:
            if isinstance(trigger, Written):
                trigger.fail(err)
        finally:
            if outcome.silent:
                self._finished(outcome)  # it was stopped: what it took until then is paid for
        self._spoken = None  # says nothing about what is served next
        return follow_up

    async def _lend(self, lease: Lease) -> None:
        """Let something else of the house use mouth and ear. Where that is stopped, it has ended when this returns."""
        lease.granted.set()
        try:
            await lease.over.wait()
        finally:
            lease.revoked.set()
            await lease.over.wait()

    async def stopped(self) -> None:
        """What was being served was cancelled: where half a question is in the session, the next one gets another."""
        spoken, self._spoken = self._spoken, None
        if spoken is not None and spoken.half_sent:
            await self._talks.drop()

    async def end(self) -> None:
        """Nobody asks any more."""
        await self.stopped()  # a turn of which half is there does not end
        self._talks.end()

    async def _serve(self, trigger: Question, one: _Round) -> FollowUp | None:
        if isinstance(trigger, Press | HomePress) and await self._only_ends(trigger, one):
            return None
        if not self._answering.can(one.mode):
            await self._cannot(trigger, one)
            return None
        self._talks.choose(one.mode)
        if isinstance(trigger, Written):
            await self._ask_written(trigger, one)
            self._done(trigger, one.outcome)
            return self._what_follows(one.mode) if trigger.listens_on and self._wearable.has_microphone else None
        if one.mode.kind is Kind.WATCH:
            if isinstance(trigger, Press | HomePress):
                await self._put_out(trigger)
            await self._watch(one)
            return None
        return await self._serve_spoken(trigger, one)

    async def _only_ends(self, press: Press | HomePress, one: _Round) -> bool:
        """True for a press that asks nothing: it ends what went on, which is said; or the person is private."""
        if one.after in (Kind.TRANSLATE, Kind.WATCH):
            await self._put_out(press)
            await one.telling.phrase(_PHRASES_OF_ENDS[one.after])
            return True
        if press.asks:
            return False
        # It has stopped what was said; the wearable says itself why it captures nothing.
        if one.after is Kind.GUIDE:
            await one.telling.phrase("guiding_over")
        return True

    async def _cannot(self, trigger: Question, one: _Round) -> None:
        """Who answers cannot do this mode."""
        if isinstance(trigger, Written):
            one.outcome.asked = trigger.question
        if isinstance(trigger, Press | HomePress):
            await self._put_out(trigger)
        await self._fail(one, "mode_unsupported", speak=is_heard(trigger))
        self._done(trigger, one.outcome)

    def _done(self, trigger: Question, outcome: Outcome) -> None:
        """A question that nothing follows: a microphone does not open because an automation asked something."""
        self._record(outcome)
        if isinstance(trigger, Written) and not trigger.done.done():
            trigger.done.set_result(outcome)

    def _record(self, outcome: Outcome) -> None:
        """It was heard, or its reason was."""
        outcome.silent = False
        self._finished(outcome)

    async def _put_out(self, press: Press | HomePress) -> None:
        """This press asks nothing: what the wearable captures since then is not wanted."""
        if press.ear is not None:
            await self._wearable.close_ear(press.ear)

    async def _fail(self, one: _Round, phrase: str, *, speak: bool = True) -> None:
        """The question ends with a reason: said aloud, where somebody can hear it, and kept as the answer.

        The session is given up with it: half a question may be in it.
        """
        await self._talks.drop()
        one.outcome.phrase = phrase
        one.outcome.answer = self._answering.phrases[phrase].text
        self._wearable.set_state(WearableState.ANSWERING)
        if not speak:
            return
        await self._wearable.flush()
        await self._wearable.cue("error")
        await one.telling.phrase(phrase, one.outcome)

    # --- asked aloud --------------------------------------------------------------------------------------------------

    async def _serve_spoken(self, trigger: Press | HomePress | FollowUp, one: _Round) -> FollowUp | None:
        if one.mode.kind is Kind.TRANSLATE and isinstance(trigger, FollowUp):
            self._going_on = Kind.TRANSLATE  # a press from now on ends it
        ending = await self._ask_spoken(trigger, one)
        if ending is None and one.outcome.phrase is None:
            await self._nobody_asked(one)
            return None
        self._record(one.outcome)
        if one.outcome.phrase is not None:
            return None
        if self._talks.exhausted:
            await one.telling.phrase("session_limit")
            return None
        place = one.outcome.place
        if one.mode.kind is Kind.GUIDE and place is not None and place.found:
            await self._guide(place.item, one)
            return None
        return self._what_follows(one.mode)

    async def _ask_spoken(self, trigger: Press | HomePress | FollowUp, one: _Round) -> Ending | None:
        """None when nobody spoke, or the question ended with a spoken reason (`outcome.phrase`)."""
        press = None if isinstance(trigger, FollowUp) else trigger
        self._wearable.set_state(WearableState.LISTENING)
        if isinstance(press, HomePress):
            await self._wearable.cue("listening")  # a wearable whose own button was pressed does that by itself
        ear = trigger.ear
        if press is None and ear is None:
            ear = await self._wearable.open_ear()
            if ear is None and self._triggers.pressed:
                await asyncio.Future()  # the press listens already, and stops this question at once
            if ear is None and self._wearable.private:
                return None
        talk = self._talks.choose(one.mode)
        talk.prepare()  # it opens while the person talks
        question = SpokenQuestion(
            self._wearable,
            ear,
            press,
            self._in_executor,
            one.outcome,
            one.company,
            follow_up_s=trigger.wait_s if isinstance(trigger, FollowUp) else 0.0,
            wait_ms=_MEANT_SILENT_MS if self._silent_presses else WAIT_MS,
            looks=one.mode.looks,
            server_ends=self._answering.server_ends_turns,
        )
        self._spoken = question

        def spoken_into(ear: Ear) -> None:
            self._triggers.voice(FollowUp(one.mode, _VOICE_WAIT_S, ear))

        try:
            async with question.listening(), barging_in(self._wearable, spoken_into):
                return await Asking(question, one.mode, self._answering, self._wearable, one.company).run(talk)
        except QuestionError as err:
            if press is not None and self._silent_presses and self._was_silent(err):
                self._silent_presses.tell()
            elif one.after is not Kind.GUIDE or err.phrase != "no_speech":
                await self._fail(one, err.phrase, speak=not err.told)
            # else the press only ended the guiding: that nothing was asked is no fault
        except LiveError as err:
            await self._fail(one, err.trouble.value)
        return None

    def _was_silent(self, err: QuestionError) -> bool:
        """True when nobody spoke; where there is no microphone, nobody could."""
        return err.phrase == "no_speech" or not self._wearable.has_microphone

    async def _nobody_asked(self, one: _Round) -> None:
        """What went on is over, and says so."""
        await self._wearable.cue("done")
        if one.after is Kind.GUIDE:
            await one.telling.phrase("guiding_over")
        if one.mode.kind is Kind.TRANSLATE:
            await one.telling.phrase("translating_over")

    def _what_follows(self, mode: Running) -> FollowUp | None:
        if mode.kind is Kind.TRANSLATE:
            self._going_on = Kind.TRANSLATE
            return FollowUp(mode, _TRANSLATING_PAUSE_S)
        follow_up_s = self._answering.options.follow_up_wait_s
        return FollowUp(mode, follow_up_s) if follow_up_s else None

    # --- asked in writing ---------------------------------------------------------------------------------------------

    async def _ask_written(self, written: Written, one: _Round) -> None:
        one.outcome.asked = written.question
        talk = self._talks.choose(one.mode)
        talk.prepare()
        try:
            frame = written.frame
            if frame is None and one.mode.looks:
                frame = await picture_now(self._wearable)
            self._wearable.set_state(WearableState.THINKING)
            listener = self._wearable if written.speak else None
            if listener is not None:
                one.company.begin()
            question = WrittenQuestion(written.question, frame, self._in_executor, one.outcome)
            await Asking(question, one.mode, self._answering, listener, one.company).run(talk)
        except QuestionError as err:
            await self._fail(one, err.phrase, speak=written.speak)
        except LiveError as err:
            await self._fail(one, err.trouble.value, speak=written.speak)

    # --- modes that go on by themselves -------------------------------------------------------------------------------

    async def _guide(self, item: str, one: _Round) -> None:
        """Corrections, until a press, the time for it, or nothing new for long."""
        await one.telling.phrase("guiding")
        talk = self._talks.choose(one.mode)
        self._going_on = Kind.GUIDE
        guide = Guide(self._wearable, self._answering, one.mode, talk, self._in_executor, one.company, self._steps(one))
        await self._ended(Kind.GUIDE, await guide.run(item), one)

    async def _watch(self, one: _Round) -> None:
        """Pictures alone, until a press or the talk's limit."""
        self._going_on = Kind.WATCH
        self._wearable.set_state(WearableState.WATCHING)
        await one.telling.phrase("watching")
        talk = self._talks.choose(one.mode)
        watch = Watch(self._wearable, self._answering, one.mode, talk, self._in_executor, one.company, self._steps(one))
        await self._ended(Kind.WATCH, await watch.run(), one)

    def _steps(self, one: _Round) -> Callable[[Outcome], None]:
        """What to tell of each step."""

        def finished(outcome: Outcome) -> None:
            flight.step(one.outcome, outcome)
            self._finished(outcome)

        return finished

    async def _ended(self, kind: Kind, reason: str | None, one: _Round) -> None:
        """It ended by itself: why, where that is a fault, and that it is over."""
        self._going_on = None
        if reason is not None:
            await one.telling.phrase(reason)
        await one.telling.phrase(_PHRASES_OF_ENDS[kind])
