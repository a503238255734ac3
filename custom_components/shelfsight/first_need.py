"""What nobody needs before somebody asks comes when Home Assistant has started: neither the start nor the first question waits for it."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.start import async_at_started

from .runtime import ShelfsightConfigEntry


def follow(hass: HomeAssistant, entry: ShelfsightConfigEntry) -> None:
    """Warm an entry up once Home Assistant runs; whoever asks before that has it done then."""

    @callback
    def started(_hass: HomeAssistant) -> None:
        entry.async_create_background_task(hass, entry.runtime_data.warm_up(), "shelfsight warm-up")

    entry.async_on_unload(async_at_started(hass, started))
