"""The actions: `shelfsight.ask` and `shelfsight.find_next_item`."""

from typing import Final

from homeassistant.core import HomeAssistant, SupportsResponse, callback

from . import action_ask, action_find_next_item
from .const import DOMAIN

SERVICE_ASK: Final = "ask"
SERVICE_FIND_NEXT_ITEM: Final = "find_next_item"


@callback
def async_register_services(hass: HomeAssistant) -> None:
    """Register the actions; they stay for as long as Home Assistant runs."""
    hass.services.async_register(
        DOMAIN, SERVICE_ASK, action_ask.ask, schema=action_ask.SCHEMA, supports_response=SupportsResponse.OPTIONAL
    )
    hass.services.async_register(
        DOMAIN,
        SERVICE_FIND_NEXT_ITEM,
        action_find_next_item.find_next_item,
        schema=action_find_next_item.SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
