"""What a wearable is told of its home: where to dial it, and in which language to speak. Told again when that changes."""

from dataclasses import replace

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import Event, HomeAssistant

from .const import CONF_HOME_ADDRESS
from .home_urls import home_urls
from .link.messages import Settings
from .runtime import ShelfsightConfigEntry
from .wearable import Wearable


def follow(hass: HomeAssistant, entry: ShelfsightConfigEntry, wearable: Wearable) -> None:
    """Give a wearable of the link the home's settings, now and whenever they change, until its entry is unloaded."""

    def settings() -> Settings:
        urls = tuple(home_urls(hass, entry.data.get(CONF_HOME_ADDRESS)))
        return replace(wearable.settings, urls=urls or None, language=hass.config.language)

    async def tell(_event: Event) -> None:
        await wearable.set_settings(settings())

    wearable.settings = settings()
    entry.async_on_unload(hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, tell))
