"""Who asks through an entry, and how: a press begins a conversation, the house asks in writing or borrows mouth and ear.

This room leads to everything that a question needs, and Home Assistant need not wait for that while it starts: `Runtime.talking`
imports it, soon after the start or when somebody comes before that.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import logging
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from . import flight
from .asking import Asking
from .company import Company
from .const import DOMAIN
from .conversation import Conversation
from .ear import HomePress, Press
from .floor import QuestionStoppedError, holding
from .link.connection import LinkClosedError
from .listeners import Listeners
from .live.faults import LiveError
from .modes import Running
from .outcome import Outcome
from .question import QuestionError, WrittenQuestion
from .sight.frame import Frame
from .talks import TalksThatAreOver
from .tasks import stop
from .telling import Telling
from .triggers import Lease, Written
from .wearable import Wearable

if TYPE_CHECKING:
    from .runtime import Runtime, ShelfsightConfigEntry

_LOGGER = logging.getLogger(__name__)


class Talking:
    """One of an entry. Starts a conversation when somebody asks, and ends it when the wearable leaves or `close` is called."""

    def __init__(
        self, hass: HomeAssistant, entry: ShelfsightConfigEntry, runtime: Runtime, silent_presses: Listeners[[]]
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._runtime = runtime
        self._wearable = runtime.wearable
        self._answering = runtime.answering
        self._silent_presses = silent_presses
        self._over = TalksThatAreOver(
            lambda closing, name: entry.async_create_background_task(hass, closing, name), runtime.pay
        )
        self._conversation: Conversation | None = None
        self._task: asyncio.Task[None] | None = None

    def press(self, press: Press | HomePress) -> None:
        """The person pressed."""
        self._talk().press(press)

    @property
    def goes_on(self) -> bool:
        """True while somebody asks, is answered, or may follow up."""
        return self._conversation is not None and not self._conversation.over

    def _talk(self) -> Conversation:
        """The conversation, begun if there is none."""
        if self._wearable is None:
            raise RuntimeError("an entry without a wearable has no conversation")
        if self._conversation is None or self._conversation.over:
            conversation = Conversation(
                self._wearable,
                self._answering,
                self._hass.async_add_executor_job,
                self._runtime.finished,
                lambda: self._answering.options.mode,
                self._over.add,
                self._silent_presses,
            )
            self._conversation = conversation
            self._task = self._entry.async_create_background_task(
                self._hass, self._converse(conversation, self._wearable), "shelfsight conversation"
            )
        return self._conversation

    async def _converse(self, conversation: Conversation, wearable: Wearable) -> None:
        try:
            if self._runtime.player is not None:
                await self._runtime.player.hush()
            await conversation.run()
        except Exception:  # the last wall: whatever is wrong in our code, the person must not be left in silence
            _LOGGER.exception("A conversation ended by an error in Shelfsight")
            await self._apologise(wearable)
        finally:
            if self._conversation is conversation:
                self._conversation = None
                if self._runtime.player is not None:
                    self._runtime.player.go_on()

    async def _apologise(self, wearable: Wearable) -> None:
        try:
            if (ear := wearable.ear) is not None:
                await wearable.close_ear(ear)
            await wearable.flush()
            await Telling(wearable, Company(wearable), self._answering.phrases).phrase("went_wrong")
        except LinkClosedError:
            _LOGGER.debug("The wearable left before it could be told")

    def gone(self) -> None:
        """The wearable left."""
        if self._task is not None:
            self._task.cancel()
        self._conversation = None

    @asynccontextmanager
    async def floor(self) -> AsyncIterator[Wearable]:
        """The wearable's mouth and ear for something of the house, as soon as nobody talks; a press takes them away.

        Raises:
            HomeAssistantError: translated; the wearable is not there, or is busy for long.
            QuestionStoppedError: the person pressed the button, or the wearable left.
        """
        if self._wearable is None or not self._wearable.connected:
            raise _error("wearable_not_connected")
        if self._talk().occupied:
            raise _error("mode_running")
        lease = Lease()
        if not self._talk().ask(lease):
            raise _error("too_many_questions")
        async with holding(self._wearable, lease):
            yield self._wearable

    async def ask(
        self,
        question: str,
        *,
        mode: Running,
        speak: bool,
        frame: Frame | None,
        timeout_s: float,
        listens_on: bool = False,
    ) -> Outcome:
        """Ask in writing. With `frame` about that picture, else about what the wearable sees.

        With `listens_on` the answer can be followed up aloud, for the follow-up time.

        Raises:
            HomeAssistantError: translated; the wearable is not there, is busy, or the time was not enough.
        """
        try:
            async with asyncio.timeout(timeout_s):
                if self._wearable is None or not self._wearable.connected:
                    if frame is None:
                        raise _error("wearable_not_connected")
                    return await self._ask_once(question, mode, frame)
                if frame is None and mode.looks and self._wearable.private:
                    raise _error("wearable_private")
                written = Written(question, mode, speak, frame, asyncio.get_running_loop().create_future(), listens_on)
                if self._talk().occupied:
                    raise _error("mode_running")
                if not self._talk().ask(written):
                    raise _error("too_many_questions")
                return await written.done
        except TimeoutError as err:
            raise _error("timeout") from err
        except LinkClosedError as err:
            raise _error("wearable_not_connected") from err
        except QuestionStoppedError as err:
            raise _error("stopped") from err

    async def _ask_once(self, text: str, mode: Running, frame: Frame) -> Outcome:
        """A question about a picture when no wearable is there to hear the answer."""
        outcome = self._answering.new_outcome(mode)
        outcome.asked = text
        question = WrittenQuestion(text, frame, self._hass.async_add_executor_job, outcome)
        talk = self._answering.talk(mode)
        with flight.recorded_in_writing(self._runtime.recorder, outcome):
            try:
                if self._answering.can(mode):
                    await Asking(question, mode, self._answering, None, Company(None)).run(talk)
                else:
                    outcome.phrase = "mode_unsupported"
            except LiveError as err:
                outcome.phrase = err.trouble.value
            except QuestionError as err:
                outcome.phrase = err.phrase
            finally:
                self._over.add(talk)
        if outcome.phrase is not None:
            outcome.answer = self._answering.phrases[outcome.phrase].text
        self._runtime.finished(outcome)
        return outcome

    async def close(self) -> None:
        """Nobody asks any more."""
        if self._task is not None:
            await stop(self._task)
        await self._over.close()


def _error(key: str) -> HomeAssistantError:
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key)
