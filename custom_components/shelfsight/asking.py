"""Gets one question answered: over Live, again if that helps, then in other ways. Each step is heard.

| step | when | what the person hears of it |
| --- | --- | --- |
| Live | always | the answer |
| Live again | `live/retrying.py` says that it helps, and nothing of the answer was heard | a cue, at once |
| `generateContent` | Live failed, the option is on, and the key was not refused | "I am asking in another way", then the answer |
| the local Live server | that failed too, and one is set up | "I am asking your own server", then the answer |
| a reason | all of it failed | the reason |

An answer that was heard in part is not asked for again: that it was cut off is said.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
import logging
from typing import TYPE_CHECKING

from .answer import Ending, take_answer
from .answering import VOICE_HZ, Answering
from .company import Company
from .flight import session_kind
from .flight_recorder import Mark
from .live.faults import LiveError, Trouble
from .live.retrying import Tries
from .live.talk import Talk
from .modes import Running
from .question import Question
from .tasks import owned_tasks
from .telling import Telling
from .wearable import Wearable

if TYPE_CHECKING:
    from .live.session import LiveSession, Turn

_LOGGER = logging.getLogger(__name__)

# Where the server finds the end of a question, nothing may come for as long as somebody speaks.
_LONGEST_SPEECH_S = 16.0
_PLACE_GRACE_S = 6.0
# Gemini needs about a second.
_SLOW_OPENING_S = 1.2


class Asking:
    """One question and all that may answer it."""

    def __init__(
        self,
        question: Question,
        mode: Running,
        answering: Answering,
        wearable: Wearable | None,
        company: Company,
        *,
        goes_on_by_itself: bool = False,
    ) -> None:
        self._question = question
        self._mode = mode
        self._answering = answering
        self._wearable = wearable
        self._company = company
        self._telling = Telling(wearable, company, answering.phrases)
        self._may_say_nothing = goes_on_by_itself
        self._outcome = question.outcome

    async def run(self, talk: Talk) -> Ending | None:
        """The question, answered and heard; None if nobody asked anything.

        Raises:
            LiveError: nothing and nobody answered.
            QuestionError: it could not be asked.
            LinkClosedError: the wearable left.
        """
        if self._question.is_follow_up and not await self._question.begun():
            return None
        try:
            ending = await self._live(talk, self._answering)
        except LiveError as err:
            self._answering.trouble(err)
            if self._outcome.first_sound_s is not None:
                raise LiveError(Trouble.CUT_OFF, "part of the answer was heard") from err
            if self._may_say_nothing:
                raise  # the next picture is a new question
            ending = await self._in_other_ways(talk, err)
        else:
            self._answering.on_worked()
        if ending is Ending.WRITTEN:
            await self._say_text()
        said = "" if ending is Ending.NOTHING else self._outcome.answer
        talk.answered(self._outcome.asked, said, self._outcome.usage)
        return ending

    # --- Live ---------------------------------------------------------------------------------------------------------

    async def _live(self, talk: Talk, answering: Answering) -> Ending:
        """Ask over Live until it answers, or does not help any more."""
        tries = Tries(answering.chance)
        while True:
            try:
                session = await self._session(talk)
                self._outcome.timeline.note(Mark.SESSION, how=session_kind(session), model=session.profile.name)
                await self._question.begun()
                async with self._place_looked_for(answering) as words_known, self._question.asked(session) as turn:
                    return await self._take(turn, session, answering, words_known.set)
            except LiveError as err:
                self._outcome.timeline.note(Mark.TROUBLE, trouble=err.trouble.value)
                if self._outcome.first_sound_s is not None:
                    raise
                delay_s = tries.next_delay_s(err.trouble, self._outcome.waited_s(asyncio.get_running_loop().time()))
                if delay_s is None:
                    raise
                _LOGGER.debug("Asking again in %.1f s: %s", delay_s, err)
                self._company.fault()
                self._outcome.tries += 1
                self._outcome.forget_answer()
                await talk.drop()
                await asyncio.sleep(delay_s)

    async def _session(self, talk: Talk) -> LiveSession:
        """The talk's session. One that takes long to open is a fault as well, and heard like one."""
        opening = asyncio.ensure_future(talk.session())
        try:
            while not (await asyncio.wait({opening}, timeout=_SLOW_OPENING_S))[0]:
                self._company.slow()
            return opening.result()
        finally:
            opening.cancel()

    async def _take(
        self, turn: Turn, session: LiveSession, answering: Answering, words_known: Callable[[], None]
    ) -> Ending:
        server_ends = session.terms.server_ends_turns
        return await take_answer(
            turn,
            self._outcome,
            self._wearable,
            self._company,
            session.profile,
            answering.billed_to(session.profile.name),
            answering.answerer.patience_s + (_LONGEST_SPEECH_S if server_ends else 0.0),
            answering=self._question.answering,
            words_known=words_known,
            may_say_nothing=self._may_say_nothing,
        )

    @asynccontextmanager
    async def _place_looked_for(self, answering: Answering) -> AsyncIterator[asyncio.Event]:
        """The second call for a place, where the person wants it: while the answer is being heard."""
        words_known = asyncio.Event()
        if not (answering.options.places_by_second_call and self._mode.looks) or self._may_say_nothing:
            yield words_known
            return

        async def look() -> None:
            await words_known.wait()
            if self._outcome.place is None and self._outcome.answer:
                await answering.place(self._outcome, await self._question.evidence())

        async with owned_tasks() as tasks:
            looking = tasks.create_task(look())
            yield words_known
            await asyncio.wait({looking}, timeout=_PLACE_GRACE_S)
            looking.cancel()

    # --- other ways ---------------------------------------------------------------------------------------------------

    async def _in_other_ways(self, talk: Talk, err: LiveError) -> Ending:
        """Down the ladder; raises the first error when nobody answers."""
        await talk.drop()
        if self._answering.may_ask_in_writing(err):
            try:
                return await self._in_writing(talk.history)
            except LiveError as second:
                _LOGGER.warning("Asking in writing did not help: %s", second)
                self._outcome.timeline.note(Mark.TROUBLE, trouble=second.trouble.value)
        local = self._answering.local()
        if local is not None and local.can(self._mode):
            try:
                return await self._locally(local)
            except LiveError as third:
                local.trouble(third)
                if self._outcome.first_sound_s is not None:
                    raise LiveError(Trouble.CUT_OFF, "part of the answer was heard") from third
        raise err

    async def _in_writing(self, history: str) -> Ending:
        """The recorded sound (or the text) and the best frame, once more and in one piece."""
        self._company.fault()
        evidence = await self._question.evidence()
        self._outcome.timeline.note(Mark.ANOTHER_WAY, way="in_writing")
        self._outcome.forget_answer()
        async with owned_tasks() as tasks:
            saying = tasks.create_task(self._telling.phrase("asking_another_way"))
            written = await self._answering.ask_in_writing(self._mode, evidence, history, self._outcome)
            await saying
        if isinstance(evidence.question, bytes) and written.heard:
            self._outcome.asked = written.heard  # what Live understood may be half of it
        self._outcome.answer, self._outcome.place = written.text, written.place
        self._outcome.source = f"{self._answering.answerer.name}, in writing"
        return Ending.WRITTEN

    async def _locally(self, local: Answering) -> Ending:
        """The Live server of this network, in a talk of its own for this one question."""
        self._company.fault()
        self._outcome.timeline.note(Mark.ANOTHER_WAY, way="local")
        self._outcome.forget_answer()
        talk = local.talk(self._mode)
        talk.prepare()
        try:
            await self._telling.phrase("asking_local")
            ending = await self._live(talk, local)
        finally:
            self._outcome.pay(local.billed_to(local.profile.name), await talk.close())
        self._outcome.source = local.answerer.name
        return ending

    async def _say_text(self) -> None:
        """An answer that came as text is spoken by a voice; where none speaks, the person is told where it is."""
        if self._wearable is None or not self._wearable.has_speaker:
            return  # nobody hears it: a voice would cost, and be waited for, in vain
        try:
            pcm = await self._answering.voice(self._outcome.answer, self._outcome)
        except LiveError as err:
            _LOGGER.warning("No voice spoke the answer: %s", err)
            await self._telling.phrase("text_only", self._outcome)
            return
        await self._telling.sound(pcm, VOICE_HZ, self._outcome)
