"""A phone as a wearable: the page in Home Assistant's frontend is its eye, ear and mouth, and one user's alone.

It is not paired: who opens the page has logged in, which is as good as six digits. Its entry has the data of a paired wearable
(its key is made here) and the id of the user it belongs to, and no address that it would have been paired over.
"""

from collections.abc import Mapping
import secrets
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.config_entries import SOURCE_IMPORT, ConfigEntry
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.http import current_request

from .const import CONF_ANSWERER, CONF_LINK_KEY, CONF_USER_ID, CONF_WEARABLE_ID, DOMAIN
from .link.proof import KEY_BYTES
from .typed import TypedError, read_name

_ID_BYTES: Final = 8


class PhoneError(Exception):
    """A phone cannot be added; `reason` is a key of the flow's abort texts: name_empty, name_long, name_odd or user_gone."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def phones_of(hass: HomeAssistant, user_id: str) -> list[ConfigEntry[Any]]:
    """The entries of this user's phones, set up or not, in the order in which they were added."""
    return [entry for entry in hass.config_entries.async_entries(DOMAIN) if entry.data.get(CONF_USER_ID) == user_id]


async def async_add_phone(
    hass: HomeAssistant, user_id: str, name: str, answerer: Mapping[str, Any]
) -> ConfigEntry[Any]:
    """Make the entry of a phone and set it up. `answerer` is taken as it is: that of another entry (`answerers.known`).

    Raises:
        PhoneError: the name cannot be one, or there is no such user.
    """
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IMPORT},
        data={CONF_USER_ID: user_id, CONF_NAME: name, CONF_ANSWERER: dict(answerer)},
    )
    if result["type"] is not FlowResultType.CREATE_ENTRY:
        raise PhoneError(str(result.get("reason")))
    return result["result"]


async def async_read_phone(hass: HomeAssistant, typed: Mapping[str, Any]) -> dict[str, str]:
    """The data of a new phone's entry but for who answers; its id and key are made here.

    Raises:
        PhoneError: as `async_add_phone`.
    """
    try:
        name = read_name(typed[CONF_NAME])
    except TypedError as err:
        raise PhoneError(err.key) from err
    if typed[CONF_USER_ID] not in {user.id for user in await async_people(hass)}:
        raise PhoneError("user_gone")
    return {
        CONF_WEARABLE_ID: secrets.token_hex(_ID_BYTES),
        CONF_LINK_KEY: secrets.token_hex(KEY_BYTES),
        CONF_NAME: name,
        CONF_USER_ID: typed[CONF_USER_ID],
    }


async def async_people(hass: HomeAssistant) -> list[User]:
    """The users who can have a phone: who logs in, which Home Assistant's own helpers do not."""
    return [user for user in await hass.auth.async_get_users() if user.is_active and not user.system_generated]


def user_of_this_request() -> str | None:
    """The id of the user whose request runs this code; None where no request does."""
    request = current_request.get()
    user = request.get(KEY_HASS_USER) if request is not None else None
    return user.id if isinstance(user, User) else None
