"""Commands of Home Assistant's WebSocket API for the phone's page: which phones a user has, the key of one, one more, one less.

The page is signed in as the user, so the user's own connection is what asks. A key goes to the user of its phone alone, an
administrator gets no other one's either.
"""

from typing import Any, Final

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import (
    ERR_INVALID_FORMAT,
    ERR_NOT_ALLOWED,
    ERR_NOT_FOUND,
    ERR_UNAUTHORIZED,
)
from homeassistant.components.websocket_api.decorators import async_response, websocket_command
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant, callback

from . import answerers
from .const import CONF_LINK_KEY, CONF_WEARABLE_ID, DOMAIN
from .phones import PhoneError, async_add_phone, phones_of

TYPE: Final = "type"
NOT_YOURS: Final = "phone_not_yours"
_REASONS: Final = {
    "name_empty": "phone_name_empty",
    "name_long": "phone_name_long",
    "name_odd": "phone_name_odd",
    "user_gone": "phone_user_gone",
}


@callback
def async_register_commands(hass: HomeAssistant) -> None:
    """Offer the commands."""
    for command in (phones, open_phone, add_phone, remove_phone):
        async_register_command(hass, command)


@websocket_command({vol.Required(TYPE): f"{DOMAIN}/phones"})
@callback
def phones(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """This user's phones, and whether they may add one themselves."""
    connection.send_result(
        msg["id"],
        {
            "phones": [_shown(entry) for entry in phones_of(hass, connection.user.id)],
            "may_add": connection.user.is_admin,
        },
    )


@websocket_command(
    {vol.Required(TYPE): f"{DOMAIN}/phone/open", vol.Required(CONF_WEARABLE_ID): vol.All(str, vol.Length(max=40))}
)
@callback
def open_phone(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """The key with which the page proves that it is this phone."""
    entry = _own(hass, connection, msg)
    if entry is None:
        _refuse(connection, msg, ERR_NOT_FOUND, NOT_YOURS)
        return
    if entry.disabled_by is not None:
        _refuse(connection, msg, ERR_NOT_ALLOWED, "phone_disabled")
        return
    connection.send_result(msg["id"], {**_shown(entry), CONF_LINK_KEY: entry.data[CONF_LINK_KEY]})


@websocket_command(
    {vol.Required(TYPE): f"{DOMAIN}/phone/add", vol.Required(CONF_NAME): vol.All(str, vol.Length(max=200))}
)
@async_response
async def add_phone(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """One more phone of this user, answered by whoever answers another entry already."""
    if not connection.user.is_admin:
        _refuse(connection, msg, ERR_UNAUTHORIZED, "phone_add_admin")
        return
    known = answerers.known(hass)
    if not known:
        _refuse(connection, msg, ERR_NOT_FOUND, "phone_no_answerer")
        return
    try:
        entry = await async_add_phone(hass, connection.user.id, msg[CONF_NAME], known[0].data)
    except PhoneError as err:
        _refuse(connection, msg, ERR_INVALID_FORMAT, _REASONS.get(err.reason, "phone_not_added"))
        return
    connection.send_result(msg["id"], _shown(entry))


@websocket_command(
    {vol.Required(TYPE): f"{DOMAIN}/phone/remove", vol.Required(CONF_WEARABLE_ID): vol.All(str, vol.Length(max=40))}
)
@async_response
async def remove_phone(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """This phone of this user is none any more: its key opens nothing from here on."""
    entry = _own(hass, connection, msg)
    if entry is None:
        _refuse(connection, msg, ERR_NOT_FOUND, NOT_YOURS)
        return
    await hass.config_entries.async_remove(entry.entry_id)
    connection.send_result(msg["id"])


def _own(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> ConfigEntry[Any] | None:
    """The user's own phone with this id; that of somebody else is as unknown as one that never was."""
    mine = phones_of(hass, connection.user.id)
    return next((entry for entry in mine if entry.data[CONF_WEARABLE_ID] == msg[CONF_WEARABLE_ID]), None)


def _shown(entry: ConfigEntry[Any]) -> dict[str, Any]:
    """What the page may know of a phone without its key."""
    wearable = entry.runtime_data.wearable if entry.state is ConfigEntryState.LOADED else None
    return {
        CONF_WEARABLE_ID: entry.data[CONF_WEARABLE_ID],
        CONF_NAME: entry.title,
        "connected": wearable is not None and wearable.connected,
        "disabled": entry.disabled_by is not None,
    }


def _refuse(connection: ActiveConnection, msg: dict[str, Any], code: str, key: str) -> None:
    """An error whose words the frontend takes from the integration's translations; `key` stands there for people too."""
    connection.send_error(msg["id"], code, key, translation_key=key, translation_domain=DOMAIN)
