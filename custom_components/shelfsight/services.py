"""The actions: `shelfsight.ask` and `shelfsight.find_next_item`. What they do is imported when one is called first, or before."""

from typing import Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers.importlib import async_import_module

from . import action_fields
from .const import DOMAIN

SERVICE_ASK: Final = "ask"
SERVICE_FIND_NEXT_ITEM: Final = "find_next_item"


@callback
def async_register_services(hass: HomeAssistant) -> None:
    """Register the actions; they stay for as long as Home Assistant runs."""
    hass.services.async_register(
        DOMAIN, SERVICE_ASK, _ask, schema=action_fields.ASK, supports_response=SupportsResponse.OPTIONAL
    )
    hass.services.async_register(
        DOMAIN,
        SERVICE_FIND_NEXT_ITEM,
        _find_next_item,
        schema=action_fields.FIND_NEXT_ITEM,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _ask(call: ServiceCall) -> ServiceResponse:
    await async_import_module(call.hass, f"{__package__}.action_ask")
    from .action_ask import ask

    return await ask(call)


async def _find_next_item(call: ServiceCall) -> ServiceResponse:
    await async_import_module(call.hass, f"{__package__}.action_find_next_item")
    from .action_find_next_item import find_next_item

    return await find_next_item(call)
