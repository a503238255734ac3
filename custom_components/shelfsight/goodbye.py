"""Home Assistant stops: whoever asks or waits hears so at once, and not when its web server lets go of the last connection."""

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant

from .runtime import ShelfsightConfigEntry


def follow(hass: HomeAssistant, entry: ShelfsightConfigEntry) -> None:
    """Close what an entry has open when Home Assistant stops, which unloads no entry.

    aiohttp waits for its handlers, and so for a link, for 15 s or more before it ends them.
    """

    async def close(_event: Event) -> None:
        await entry.runtime_data.close()

    entry.async_on_unload(hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, close))
