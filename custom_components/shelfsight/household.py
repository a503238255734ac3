"""What the door tells Home Assistant: wrong proofs for its ban, and wearables that throw each other out."""

from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
import logging

from aiohttp import web

from homeassistant.components.http.ban import (
    KEY_BAN_MANAGER,
    KEY_FAILED_LOGIN_ATTEMPTS,
    KEY_LOGIN_THRESHOLD,
    process_wrong_login,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from . import firmware_age, issues
from .const import DOMAIN
from .link.porch import address_of
from .link.rivalry import OVER_AFTER_S, Rivalry
from .reachability import REACHABILITY
from .seldom import Seldom

_LOGGER = logging.getLogger(__name__)


class Household:
    """The `Household` of the door, in Home Assistant's terms."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._wrong_logins = Seldom()
        self._rivalries: dict[str, Rivalry] = {}
        self._ends: dict[str, Callable[[], None]] = {}

    def home_name(self) -> str:
        """As the person has named it."""
        return self._hass.config.location_name

    # --- who comes ----------------------------------------------------------------------------------------------------

    @callback
    def came_by(self, host: str | None) -> None:
        """A wearable of this home is here, by this address."""
        self._hass.data[REACHABILITY].came_by(host)

    @callback
    def speaks_otherwise(self, wearable_id: str, protocol: int) -> None:
        """A wearable of this home speaks another version of the protocol than this home does."""
        entry = self._hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, wearable_id)
        if entry is not None:
            firmware_age.report_protocol(self._hass, entry, protocol)

    # --- wrong proofs -------------------------------------------------------------------------------------------------

    @callback
    def count_wrong_proof(self, request: web.Request) -> None:
        """Count it as a wrong login of this address, and let that happen however soon they hang up.

        Home Assistant writes each into the log and onto the screen. Where it bans nobody for it, that is all it does: once
        a minute for each address is enough then.
        """
        if not _may_ban(request) and self._wrong_logins.due(address_of(request.remote), self._hass.loop.time()) is None:
            return
        # It would also log which program and which parameters the stranger claims to use: their words, not ours.
        bare = request.clone(rel_url=request.path, headers={}, remote=request.remote or "")
        self._hass.async_create_background_task(process_wrong_login(bare), "shelfsight wrong proof")

    # --- rivals -------------------------------------------------------------------------------------------------------

    @callback
    def replaced(self, wearable_id: str) -> None:
        """A wearable was thrown out by another one of its id, and was there to answer."""
        if not self._rivalries.setdefault(wearable_id, Rivalry()).replaced(self._hass.loop.time()):
            return
        entry = self._hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, wearable_id)
        if entry is None:
            return
        if wearable_id in self._ends:
            self._ends.pop(wearable_id)()
        else:
            _LOGGER.warning("Two wearables dial in with the id %s, and throw each other out", wearable_id)
            issues.report_rivals(self._hass, entry)

        @callback
        def over(_now: datetime) -> None:
            self.forget_rivals(wearable_id)

        self._ends[wearable_id] = async_call_later(self._hass, OVER_AFTER_S, over)

    @callback
    def forget_rivals(self, wearable_id: str) -> None:
        """It is over, or begins anew: only one is left, or it was paired again, or removed."""
        self._rivalries.pop(wearable_id, None)
        if (cancel := self._ends.pop(wearable_id, None)) is not None:
            cancel()
            entry = self._hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, wearable_id)
            if entry is not None:
                issues.clear_rivals(self._hass, entry)


def _may_ban(request: web.Request) -> bool:
    """Whether one more wrong login of this address brings it nearer to a ban: it is on, and does not spare the address."""
    if KEY_BAN_MANAGER not in request.app or request.app[KEY_LOGIN_THRESHOLD] < 1:
        return False
    attempts = request.app[KEY_FAILED_LOGIN_ATTEMPTS].get(ip_address(request.remote or ""), 0)
    return attempts < request.app[KEY_LOGIN_THRESHOLD]
