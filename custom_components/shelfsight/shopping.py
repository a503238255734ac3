"""An errand: one thing of a list is looked for, and the person says what became of it. Spoken, and by a press without a word.

| what the person does, from when the thing is looked for on       | is understood as      |
| ---------------------------------------------------------------- | --------------------- |
| presses the button and says nothing                              | they have it          |
| says nothing but words of `shopping_words`, after a press or as a follow-up | what the words mean |
| asks something, looks around                                     | goes on: the time for it begins again |
| nothing, for `wait_s`                                            | nothing: it stays on the list |

The press works with every answerer and in any noise. The words work where speech is written down: Gemini does, a shelf reader
hears only what may be asked of a shelf.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
import logging
from typing import Final

from homeassistant.exceptions import HomeAssistantError

from .action_ask import not_answered
from .answering import VOICE_HZ
from .company import Company
from .floor import QuestionStoppedError
from .link.connection import LinkClosedError
from .live.faults import LiveError
from .outcome import Outcome
from .runtime import Runtime
from .shopping_words import Sign, sign_in, words_of
from .spatial import SHOPPING, Mode
from .tasks import owned_tasks
from .telling import Telling

_LOGGER = logging.getLogger(__name__)

# The person has heard what to do about these, and asks again when they have done it.
_MENDED_BY_ASKING: Final = frozenset({"no_picture", "picture_damaged", "picture_dark", "picture_blurred"})


class Signs:
    """What the person says of the thing; the first sign counts."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._sign: asyncio.Future[Sign] = asyncio.get_running_loop().create_future()
        self._asked_back = False

    @property
    def given(self) -> bool:
        """Whether there is one."""
        return self._sign.done()

    def silent_press(self) -> None:
        """They pressed and said nothing."""
        self._give(Sign.TAKEN)

    def heard(self, outcome: Outcome) -> None:
        """A question is over; was it asked aloud, and one at all?"""
        spoken = outcome.speech_ended_s is not None
        sign = sign_in(outcome.asked, asked_back=self._asked_back) if spoken else None
        self._asked_back = outcome.answer.rstrip().endswith("?")
        if sign is not None:
            self._give(sign)

    def _give(self, sign: Sign) -> None:
        if not self._sign.done():
            self._sign.set_result(sign)

    async def wait(self, wait_s: float) -> Sign | None:
        """The sign; None when none came for so long, and nobody is talking either."""
        while True:
            try:
                async with asyncio.timeout(wait_s):
                    return await asyncio.shield(self._sign)
            except TimeoutError:
                if not self._runtime.talks:
                    return None


@contextmanager
def _listening_for_signs(runtime: Runtime) -> Iterator[Signs]:
    signs = Signs(runtime)
    stop_presses = runtime.listen_silent_press(signs.silent_press)
    stop_outcomes = runtime.listen_outcome(signs.heard)
    try:
        yield signs
    finally:
        stop_presses()
        stop_outcomes()


class Errand:
    """Looks for things with one wearable, one after the other."""

    def __init__(self, runtime: Runtime, *, wait_s: float, ask_s: float) -> None:
        self._runtime = runtime
        self._answering = runtime.answering
        mode = self._answering.mode(Mode.FIND)
        self._mode = replace(mode, text=mode.text + SHOPPING)
        # A shelf reader speaks one language, whatever Home Assistant's is.
        self._asked_in = words_of(self._answering.language if self._answering.answerer.follows_instructions else "en")
        self._wait_s = wait_s
        self._ask_s = ask_s

    async def look_for(self, item: str, *, explain: bool) -> tuple[Sign | None, Outcome]:
        """Say what is looked for, look, and wait for the person's sign. `explain`: say first how it is given.

        Raises:
            HomeAssistantError: translated; the wearable is not there or busy, or nobody answers.
        """
        with _listening_for_signs(self._runtime) as signs:
            await self._announce(item, explain=explain)
            outcome = self._answering.new_outcome(self._mode) if signs.given else await self._ask(item)
            return await signs.wait(self._wait_s), outcome

    async def _announce(self, item: str, *, explain: bool) -> None:
        text = words_of(self._answering.language).looking.format(item=item)
        paid = self._answering.new_outcome(self._mode)

        async def announcing(telling: Telling) -> None:
            if explain:
                await telling.phrase("errand_how")
            try:
                pcm = await self._answering.voice(text, paid)
            except LiveError as err:
                _LOGGER.warning("What is looked for could not be said: %s", err)
                return
            finally:
                self._runtime.account(paid)
            await telling.sound(pcm, VOICE_HZ)

        await self._tell(announcing)

    async def _ask(self, item: str) -> Outcome:
        """The answer; one that says nothing where a press interrupted it: that press is another question, or a sign."""
        question = self._asked_in.question.format(item=item)
        try:
            outcome = await self._runtime.ask(
                question, mode=self._mode, speak=True, frame=None, timeout_s=self._ask_s, listens_on=True
            )
        except HomeAssistantError as err:
            if err.translation_key != "stopped":
                raise
            return self._answering.new_outcome(self._mode)
        if outcome.phrase is not None and outcome.phrase not in _MENDED_BY_ASKING:
            raise not_answered(outcome)
        return outcome

    async def tell(self, phrase: str) -> None:
        """Say a phrase, if the person can hear it now."""
        try:
            await self._tell(lambda telling: telling.phrase(phrase))
        except HomeAssistantError as err:
            _LOGGER.debug("%s was not said: %s", phrase, err)

    async def _tell(self, say: Callable[[Telling], Awaitable[None]]) -> None:
        try:
            async with self._telling() as telling:
                await say(telling)
        except (QuestionStoppedError, LinkClosedError) as err:
            _LOGGER.debug("Something of an errand was not heard: %s", err)

    @asynccontextmanager
    async def _telling(self) -> AsyncIterator[Telling]:
        """The wearable's mouth, with cues while a voice is being made."""
        async with self._runtime.floor() as wearable, owned_tasks() as tasks:
            company = Company(wearable)
            keeping = tasks.create_task(company.run())
            company.begin()
            yield Telling(wearable, company, self._answering.phrases)
            keeping.cancel()
