"""The page that makes a phone a wearable: a panel of Home Assistant's frontend, at `/shelfsight`, for everybody who signs in.

The name of its element holds the digest of its files: after an update the frontend makes an element of the new kind in the
place of the old one, by itself, where the same name would be the old code until somebody reloads.
"""

from typing import Final

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .const import DOMAIN, MANUFACTURER

PANEL_PATH: Final = DOMAIN
_MODULE: Final = "phone/panel.js"


@callback
def async_offer_page(hass: HomeAssistant, made_of: str) -> None:
    """Offer the page while there is an entry; its files are served with the card's, and `made_of` is their digest."""
    from homeassistant.components.frontend import async_register_built_in_panel, async_remove_panel

    @callback
    def offer() -> None:
        panel = {
            "name": f"{DOMAIN}-phone-{made_of}",
            "module_url": f"/{DOMAIN}/{made_of}/{_MODULE}",
            "embed_iframe": False,
            "trust_external": False,
            "handle_safe_area": True,
        }
        async_register_built_in_panel(
            hass, "custom", MANUFACTURER, "mdi:glasses", frontend_url_path=PANEL_PATH, config={"_panel_custom": panel}
        )

    @callback
    def changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        there_are = len(hass.config_entries.async_entries(DOMAIN))
        if entry.domain == DOMAIN and change is ConfigEntryChange.ADDED and there_are == 1:
            offer()
        elif entry.domain == DOMAIN and change is ConfigEntryChange.REMOVED and not there_are:
            async_remove_panel(hass, PANEL_PATH)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)
    if hass.config_entries.async_entries(DOMAIN):
        offer()
