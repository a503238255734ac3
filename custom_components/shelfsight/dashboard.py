"""The card for dashboards: its files are served, and every page of Home Assistant's frontend knows it.

The frontend loads it as a module of its own (`add_extra_js_url`) and not as a resource of dashboards: those are the user's to keep,
cannot be written where dashboards are YAML, and would stay behind when the integration is gone.
"""

import hashlib
from pathlib import Path
from typing import Final

# Home Assistant's own integrations take it from here; that it is meant to be had from here is not written where mypy looks.
from homeassistant.components.http import StaticPathConfig  # type: ignore[attr-defined]
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .const import DOMAIN

FOLDER: Final = Path(__file__).parent / "frontend"
_CARD: Final = "shelfsight-card.js"
_DIGEST_CHARACTERS = 12


def digest(folder: Path) -> str:
    """Short name of a folder's files as they are now: their names, sizes and times of change. It blocks.

    What they hold is not read: that is megabytes of sound, from what may be a slow card, whenever Home Assistant starts.
    """
    kept = hashlib.sha256()
    for where, folders, names in folder.walk():
        folders.sort()
        for name in sorted(names):
            path = where / name
            state = path.stat()
            kept.update(f"{path.relative_to(folder).as_posix()}\n{state.st_size} {state.st_mtime_ns}\n".encode())
    return kept.hexdigest()[:_DIGEST_CHARACTERS]


async def async_offer_card(hass: HomeAssistant, made_of: str) -> None:
    """Serve the card's files for as long as Home Assistant runs, and offer the card while there is an entry.

    Their digest, `made_of`, stands in the path and not behind it, so what the card's modules import of each other is new together
    with them, and browsers may keep all of it.
    """
    from homeassistant.components.frontend import add_extra_js_url, remove_extra_js_url

    base = f"/{DOMAIN}/{made_of}"
    await hass.http.async_register_static_paths([StaticPathConfig(base, str(FOLDER), cache_headers=True)])
    url = f"{base}/{_CARD}"

    @callback
    def changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        there_are = len(hass.config_entries.async_entries(DOMAIN))
        if entry.domain == DOMAIN and change is ConfigEntryChange.ADDED and there_are == 1:
            add_extra_js_url(hass, url)
        elif entry.domain == DOMAIN and change is ConfigEntryChange.REMOVED and not there_are:
            remove_extra_js_url(hass, url)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)
    # Also of entries that are disabled or not loaded: the card then says so, where an unknown card would be an error.
    if hass.config_entries.async_entries(DOMAIN):
        add_extra_js_url(hass, url)
