"""What nobody needs before somebody asks comes when Home Assistant has started: neither the start nor the first question waits for it."""

from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.start import async_at_started

from .runtime import ShelfsightConfigEntry

# Whoever needs one of them first imports it the same way.
_ROOMS: Final = ("action_find_next_item", "link.streams.view")


def follow(hass: HomeAssistant, entry: ShelfsightConfigEntry) -> None:
    """Warm an entry up once Home Assistant runs; whoever asks before that has it done then."""

    @callback
    def started(_hass: HomeAssistant) -> None:
        entry.async_create_background_task(hass, _warm_up(hass, entry), "shelfsight warm-up")

    entry.async_on_unload(async_at_started(hass, started))


async def _warm_up(hass: HomeAssistant, entry: ShelfsightConfigEntry) -> None:
    for room in _ROOMS:
        await async_import_module(hass, f"{__package__}.{room}")
    await entry.runtime_data.talking()
    await entry.runtime_data.answering.warm_up()
