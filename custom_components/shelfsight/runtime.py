"""What an entry is at run time: a wearable (or none), who answers, the conversation, the accounts, and the last answer."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
import logging
import re
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from . import flight, issues
from .answering import Answering
from .asking import Asking
from .company import Company
from .const import DOMAIN
from .conversation import Conversation, QuestionStoppedError
from .ear import HomePress, Press
from .flight_recorder import FlightRecorder
from .floor import holding
from .link.connection import LinkClosedError
from .link.messages import Settings
from .listeners import Listeners
from .live.accounts import Usage
from .live.faults import LiveError, Trouble
from .modes import Running
from .options import options_of
from .outcome import Accounts, Outcome
from .player import Player
from .question import QuestionError, WrittenQuestion
from .sight.frame import Frame
from .talks import TalksThatAreOver
from .tasks import stop
from .telling import Telling
from .triggers import Lease, Written
from .wearable import Wearable

_LOGGER = logging.getLogger(__name__)

type ShelfsightConfigEntry = ConfigEntry[Runtime]

# Tasks are named after their wearable, whichever entry it belongs to.
_IDS = re.compile(r"\b[0-9a-f]{16}\b")
# The error's key in the flows, for what a check found.
CHECK_ERRORS = {
    Trouble.KEY_REFUSED: "invalid_auth",
    Trouble.QUOTA: "quota",
    Trouble.OVERLOADED: "quota",
    Trouble.CERTIFICATE_CHANGED: "certificate_changed",
    Trouble.BAD_REQUEST: "model_refused",
}


class Runtime:
    """Starts a conversation when somebody asks, and ends it when the wearable leaves or the entry is unloaded."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ShelfsightConfigEntry,
        answering: Answering,
        wearable: Wearable | None,
        recorder: FlightRecorder,
    ) -> None:
        self.answering = answering
        self.wearable = wearable
        self.recorder = recorder
        self.platforms: list[Platform] = []
        """Those that were set up for the entry."""
        self.last: Outcome | None = None
        self.accounts = Accounts()
        self._hass = hass
        self._entry = entry
        self._over = TalksThatAreOver(
            lambda closing, name: entry.async_create_background_task(hass, closing, name), self._pay
        )
        self.player: Player | None = None
        """What plays through the wearable's speaker while nobody talks."""
        self._conversation: Conversation | None = None
        self._task: asyncio.Task[None] | None = None
        self._outcomes: Listeners[[Outcome]] = Listeners()
        self._paid: Listeners[[]] = Listeners()
        self._silent_presses: Listeners[[]] = Listeners()
        answering.on_trouble, answering.on_worked = self.trouble, self.worked
        if wearable is not None:
            wearable.recorder = recorder
            wearable.settings = self._with_choices(wearable.settings)
            self.player = Player(
                wearable, lambda playing, name: entry.async_create_background_task(hass, playing, name)
            )
            wearable.on_press = self._press
            wearable.on_gone = self._gone

    def listen_outcome(self, listener: Callable[[Outcome], None]) -> Callable[[], None]:
        """Be told of every finished question that was not silent; call the result to stop."""
        return self._outcomes.add(listener)

    def listen_paid(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told when the accounts say more than before; call the result to stop."""
        return self._paid.add(listener)

    def listen_silent_press(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told of presses without a word: while anybody listens, they are no questions. Call the result to stop."""
        return self._silent_presses.add(listener)

    def _finished(self, outcome: Outcome) -> None:
        self.accounts.add(outcome)
        if outcome.bills:
            self._paid.tell()
        if outcome.silent:
            return
        self.recorder.count(dt_util.now().date())
        self.last = outcome
        self._outcomes.tell(outcome)

    def account(self, outcome: Outcome) -> None:
        """Something that was no question was paid for: a sentence in a voice."""
        outcome.silent = True
        self._finished(outcome)

    def _pay(self, usage: Usage) -> None:
        """A talk took this, and no question was told of it."""
        self.accounts.pay(self.answering.billed_to(self.answering.profile.name), usage)
        self._paid.tell()

    # --- what was chosen ----------------------------------------------------------------------------------------------

    async def choose(self, **changes: Any) -> None:
        """Keep other options (names as in `Options`, values as stored): they hold from the next question on.

        Nothing is reloaded and no wearable is sent away: only for what is read anew each time it is needed.
        """
        self._hass.config_entries.async_update_entry(self._entry, options={**self._entry.options, **changes})
        self.answering.options = options_of(self._entry)
        if self.wearable is not None:
            await self.wearable.set_settings(self._with_choices(self.wearable.settings))

    def _with_choices(self, settings: Settings) -> Settings:
        """A wearable's settings with what the person has chosen for it."""
        options = self.answering.options
        return replace(settings, volume=options.volume, privacy=options.privacy)

    # --- who answers --------------------------------------------------------------------------------------------------

    def trouble(self, err: LiveError) -> None:
        """Who answers did not: whatever a person can do about it is offered to them."""
        match err.trouble:
            case Trouble.KEY_REFUSED:
                self._entry.async_start_reauth(self._hass)
            case Trouble.QUOTA | Trouble.OVERLOADED:
                issues.report_quota(self._hass, self._entry, issues.Shortage(err.trouble.value))
            case Trouble.CERTIFICATE_CHANGED:
                issues.report_certificate_changed(self._hass, self._entry)
            case _:
                pass  # it may work again the next time

    def worked(self) -> None:
        """It answers: nothing is left to be mended."""
        issues.clear(self._hass, self._entry)

    async def check_answerer(self) -> str | None:
        """Open a session and close it again: None, or the error's key as in the flows."""
        err = await self.answering.check()
        if err is None:
            self.worked()
            return None
        return CHECK_ERRORS.get(err.trouble, "cannot_connect")

    # --- conversations ------------------------------------------------------------------------------------------------

    def _press(self, press: Press | HomePress) -> None:
        if self.player is not None:
            self.player.drop()
        self._talk().press(press)

    @property
    def talks(self) -> bool:
        """True while somebody asks, is answered, or may follow up."""
        return self._conversation is not None and not self._conversation.over

    def _talk(self) -> Conversation:
        """The conversation, begun if there is none."""
        if self.wearable is None:
            raise RuntimeError("an entry without a wearable has no conversation")
        if self._conversation is None or self._conversation.over:
            conversation = Conversation(
                self.wearable,
                self.answering,
                self._hass.async_add_executor_job,
                self._finished,
                lambda: self.answering.options.mode,
                self._over.add,
                self._silent_presses,
            )
            self._conversation = conversation
            self._task = self._entry.async_create_background_task(
                self._hass, self._converse(conversation, self.wearable), "shelfsight conversation"
            )
        return self._conversation

    async def _converse(self, conversation: Conversation, wearable: Wearable) -> None:
        try:
            if self.player is not None:
                await self.player.hush()
            await conversation.run()
        except Exception:  # the last wall: whatever is wrong in our code, the person must not be left in silence
            _LOGGER.exception("A conversation ended by an error in Shelfsight")
            await self._apologise(wearable)
        finally:
            if self._conversation is conversation:
                self._conversation = None
                if self.player is not None:
                    self.player.go_on()

    async def _apologise(self, wearable: Wearable) -> None:
        try:
            if (ear := wearable.ear) is not None:
                await wearable.close_ear(ear)
            await wearable.flush()
            await Telling(wearable, Company(wearable), self.answering.phrases).phrase("went_wrong")
        except LinkClosedError:
            _LOGGER.debug("The wearable left before it could be told")

    def _gone(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._conversation = None
        if self.player is not None:
            self.player.drop()
            self.player.go_on()

    @asynccontextmanager
    async def floor(self) -> AsyncIterator[Wearable]:
        """The wearable's mouth and ear for something of the house, as soon as nobody talks; a press takes them away.

        Raises:
            HomeAssistantError: translated; the wearable is not there, or is busy for long.
            QuestionStoppedError: the person pressed the button, or the wearable left.
        """
        if self.wearable is None or not self.wearable.connected:
            raise _error("wearable_not_connected")
        if self._talk().occupied:
            raise _error("mode_running")
        lease = Lease()
        if not self._talk().ask(lease):
            raise _error("too_many_questions")
        async with holding(self.wearable, lease):
            yield self.wearable

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
                if self.wearable is None or not self.wearable.connected:
                    if frame is None:
                        raise _error("wearable_not_connected")
                    return await self._ask_once(question, mode, frame)
                if frame is None and mode.looks and self.wearable.private:
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
        outcome = self.answering.new_outcome(mode)
        outcome.asked = text
        question = WrittenQuestion(text, frame, self._hass.async_add_executor_job, outcome)
        talk = self.answering.talk(mode)
        with flight.recorded_in_writing(self.recorder, outcome):
            try:
                if self.answering.can(mode):
                    await Asking(question, mode, self.answering, None, Company(None)).run(talk)
                else:
                    outcome.phrase = "mode_unsupported"
            except LiveError as err:
                outcome.phrase = err.trouble.value
            except QuestionError as err:
                outcome.phrase = err.phrase
            finally:
                self._over.add(talk)
        if outcome.phrase is not None:
            outcome.answer = self.answering.phrases[outcome.phrase].text
        self._finished(outcome)
        return outcome

    def alive(self) -> dict[str, Any]:
        """What runs at this moment, for diagnostics: nothing of it may stay when nobody asks."""
        names = [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("shelfsight")]
        names = [_IDS.sub("", name).strip() for name in names]
        return {
            "conversation": self._conversation is not None,
            "sessions": sum(name == "shelfsight live reader" for name in names),
            "tasks": dict(sorted(Counter(names).items())),
        }

    async def close(self) -> None:
        """The entry is unloaded, or Home Assistant stops."""
        if self.wearable is not None:
            # First: somebody who asks or waits hears that the home is gone, and nobody begins anything else.
            await self.wearable.close("shutdown")
        if self.player is not None:
            await self.player.stop()
        if self._task is not None:
            await stop(self._task)
        await self._over.close()
        await self.answering.close()


def _error(key: str) -> HomeAssistantError:
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key)
