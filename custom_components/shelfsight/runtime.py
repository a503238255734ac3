"""What an entry is at run time: a wearable (or none), who answers, the conversation, and the last answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .answering import Answering
from .const import DOMAIN
from .conversation import Conversation, QuestionStoppedError, Written, send_written
from .link.connection import LinkClosedError
from .live.faults import LiveError
from .question import Outcome, QuestionError, take_answer
from .sight.frame import Frame
from .sound.phrases import PHRASES_HZ
from .spatial import Mode
from .wearable import Press, Wearable

_LOGGER = logging.getLogger(__name__)

type ShelfsightConfigEntry = ConfigEntry[Runtime]


class Runtime:
    """Starts a conversation when somebody asks, and ends it when the wearable leaves or the entry is unloaded."""

    def __init__(
        self, hass: HomeAssistant, entry: ShelfsightConfigEntry, answering: Answering, wearable: Wearable | None
    ) -> None:
        self.answering = answering
        self.wearable = wearable
        self.last: Outcome | None = None
        self._hass = hass
        self._entry = entry
        self._conversation: Conversation | None = None
        self._task: asyncio.Task[None] | None = None
        self._outcome_listeners: set[Callable[[Outcome], None]] = set()
        if wearable is not None:
            wearable.on_press = self._press
            wearable.on_gone = self._gone

    def listen_outcome(self, listener: Callable[[Outcome], None]) -> Callable[[], None]:
        """Be told of every finished question; call the result to stop."""
        self._outcome_listeners.add(listener)
        return lambda: self._outcome_listeners.discard(listener)

    def _finished(self, outcome: Outcome) -> None:
        self.last = outcome
        for listener in list(self._outcome_listeners):
            listener(outcome)

    def _press(self, press: Press) -> None:
        self._talk().press(press)

    def _talk(self) -> Conversation:
        """The conversation, begun if there is none."""
        if self.wearable is None:
            raise RuntimeError("an entry without a wearable has no conversation")
        if self._conversation is None or self._conversation.over:
            conversation = Conversation(
                self.wearable, self.answering, self._hass.async_add_executor_job, self._finished
            )
            self._conversation = conversation
            self._task = self._entry.async_create_background_task(
                self._hass, self._converse(conversation, self.wearable), "shelfsight conversation"
            )
        return self._conversation

    async def _converse(self, conversation: Conversation, wearable: Wearable) -> None:
        try:
            await conversation.run()
        except Exception:  # the last wall: whatever is wrong in our code, the person must not be left in silence
            _LOGGER.exception("A conversation ended by an error in Shelfsight")
            await self._apologise(wearable)
        finally:
            if self._conversation is conversation:
                self._conversation = None

    async def _apologise(self, wearable: Wearable) -> None:
        async def sound() -> AsyncIterator[bytes]:
            yield self.answering.phrases["went_wrong"].pcm

        try:
            if (ear := wearable.ear) is not None:
                await wearable.close_ear(ear)
            if wearable.has_speaker:
                await wearable.flush()
                await wearable.say(sound(), PHRASES_HZ, lambda: None)
        except LinkClosedError:
            _LOGGER.debug("The wearable left before it could be told")

    def _gone(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._conversation = None

    async def ask(self, question: str, *, mode: Mode, speak: bool, frame: Frame | None, timeout_s: float) -> Outcome:
        """Ask in writing. With `frame` about that picture, else about what the wearable sees.

        Raises:
            HomeAssistantError: translated; the wearable is not there, is busy, or the time was not enough.
        """
        try:
            async with asyncio.timeout(timeout_s):
                if self.wearable is None or not self.wearable.connected:
                    if frame is None:
                        raise _error("wearable_not_connected")
                    return await self._ask_once(question, mode, frame)
                written = Written(question, mode, speak, frame, asyncio.get_running_loop().create_future())
                if not self._talk().ask(written):
                    raise _error("too_many_questions")
                return await written.done
        except TimeoutError as err:
            raise _error("timeout") from err
        except LinkClosedError as err:
            raise _error("wearable_not_connected") from err
        except QuestionStoppedError as err:
            raise _error("stopped") from err

    async def _ask_once(self, question: str, mode: Mode, frame: Frame) -> Outcome:
        """A question about a picture when no wearable is there to hear the answer."""
        outcome = Outcome(asked=question, source=self.answering.answerer.name)
        try:
            session = await self.answering.open_session(mode)
            try:
                turn = await send_written(session, question, frame, outcome, self._hass.async_add_executor_job)
                await take_answer(turn, outcome, None, self.answering.answerer.patience_s)
            finally:
                await session.close()
        except (LiveError, QuestionError) as err:
            if isinstance(err, LiveError):
                self.answering.trouble(err)
            outcome.phrase = err.trouble.value if isinstance(err, LiveError) else err.phrase
            outcome.answer = self.answering.phrases[outcome.phrase].text
        self._finished(outcome)
        return outcome

    async def close(self) -> None:
        """The entry is unloaded."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        if self.wearable is not None:
            await self.wearable.close("shutdown")
        await self.answering.close()


def _error(key: str) -> HomeAssistantError:
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key)
