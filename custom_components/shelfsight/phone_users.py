"""A phone is one user's: where the user is gone it is removed, where the user may not sign in it is shut out, at once."""

from typing import Any

from homeassistant.auth import EVENT_USER_REMOVED, EVENT_USER_UPDATED
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import Event, HomeAssistant

from .const import CONF_USER_ID
from .link.doorbook import Doorbook
from .phones import phones_of
from .wearable import Wearable


async def async_admit(hass: HomeAssistant, entry: ConfigEntry[Any], wearable: Wearable, doorbook: Doorbook) -> None:
    """Let an entry's wearable in from now on, unless it is the phone of somebody who may not sign in: that one leaves."""
    if CONF_USER_ID in entry.data:
        user = await hass.auth.async_get_user(entry.data[CONF_USER_ID])
        if user is None or not user.is_active:
            doorbook.expected.discard(wearable.wearable_id)
            doorbook.dismiss(wearable.wearable_id)
            await wearable.close("shutdown")
            return
    doorbook.admit(wearable.wearable_id, wearable)


def async_follow_users(hass: HomeAssistant, doorbook: Doorbook) -> None:
    """Follow what becomes of the users, for as long as Home Assistant runs."""

    async def removed(event: Event) -> None:
        for entry in phones_of(hass, event.data["user_id"]):
            await hass.config_entries.async_remove(entry.entry_id)

    async def updated(event: Event) -> None:
        for entry in phones_of(hass, event.data["user_id"]):
            if entry.state is ConfigEntryState.LOADED:  # another one's setup asks by itself
                await async_admit(hass, entry, entry.runtime_data.wearable, doorbook)

    hass.bus.async_listen(EVENT_USER_REMOVED, removed)
    hass.bus.async_listen(EVENT_USER_UPDATED, updated)
