"""What an entry is at run time: a wearable (or none), who answers, who talks, the accounts, and the last answer."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
import logging
import re
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module
from homeassistant.util import dt as dt_util

from . import issues
from .accounts import Accounts
from .answering import Answering
from .flight_recorder import FlightRecorder
from .link.connection import LinkClosedError
from .listeners import Listeners
from .live.faults import LiveError, Trouble
from .options import options_of
from .player import Player
from .wearable import Wearable

if TYPE_CHECKING:
    from .ear import HomePress, Press
    from .link.messages import Settings
    from .live.accounts import Usage
    from .modes import Running
    from .outcome import Outcome
    from .sight.frame import Frame
    from .talking import Talking

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
    """Made when the entry is set up, and closed when it is unloaded."""

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
        self.player: Player | None = None
        """What plays through the wearable's speaker while nobody talks."""
        self._talking: Talking | None = None
        self._early_press: Press | HomePress | None = None
        """Of those that came before there was anybody to talk with, the newest."""
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

    def finished(self, outcome: Outcome) -> None:
        """This came of a question; what was silent is only paid for."""
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
        self.finished(outcome)

    def pay(self, usage: Usage) -> None:
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

    # --- who talks ----------------------------------------------------------------------------------------------------

    async def talking(self) -> Talking:
        """Whoever answers this entry's questions. The first time all that takes is imported and read, in executors.

        Raises:
            ImportError, SyntaxError, OSError, ValueError: the installation is damaged.
        """
        if self._talking is not None:
            return self._talking
        await async_import_module(self._hass, f"{__package__}.talking")
        from .talking import Talking

        await self.answering.prepare()
        if self._talking is None:
            self._talking = Talking(self._hass, self._entry, self, self._silent_presses)
        return self._talking

    @property
    def talks(self) -> bool:
        """True while somebody asks, is answered, or may follow up."""
        return self._talking is not None and self._talking.goes_on

    def _press(self, press: Press | HomePress) -> None:
        if self.player is not None:
            self.player.drop()
        if self._talking is not None:
            self._talking.press(press)
            return
        waited, self._early_press = self._early_press, press
        if waited is None:
            self._entry.async_create_background_task(self._hass, self._press_early(), "shelfsight first press")

    async def _press_early(self) -> None:
        """Home Assistant still starts; the wearable listens meanwhile."""
        try:
            talking = await self.talking()
        except (
            Exception
        ):  # whatever a damaged installation lacks, a file or a half of one, the person must not be left in silence
            _LOGGER.exception("Nothing can be said: install Shelfsight again")
            await self._signal_error()
            return
        finally:
            press, self._early_press = self._early_press, None
        if press is not None:
            talking.press(press)

    async def _signal_error(self) -> None:
        """All that is left to be heard is a sound that the wearable has itself."""
        try:
            if self.wearable is not None:
                if (ear := self.wearable.ear) is not None:
                    await self.wearable.close_ear(ear)
                await self.wearable.cue("error")
        except LinkClosedError:
            _LOGGER.debug("The wearable left before it could be told")

    def _gone(self) -> None:
        self._early_press = None
        if self._talking is not None:
            self._talking.gone()
        if self.player is not None:
            self.player.drop()
            self.player.go_on()

    @asynccontextmanager
    async def floor(self) -> AsyncIterator[Wearable]:
        """The wearable's mouth and ear for something of the house; see `Talking.floor`."""
        talking = await self.talking()
        async with talking.floor() as wearable:
            yield wearable

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
        """Ask in writing; see `Talking.ask`."""
        talking = await self.talking()
        return await talking.ask(
            question, mode=mode, speak=speak, frame=frame, timeout_s=timeout_s, listens_on=listens_on
        )

    def alive(self) -> dict[str, Any]:
        """What runs at this moment, for diagnostics: nothing of it may stay when nobody asks."""
        names = [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("shelfsight")]
        names = [_IDS.sub("", name).strip() for name in names]
        return {
            "conversation": self.talks,
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
        if self._talking is not None:
            await self._talking.close()
        await self.answering.close()
