"""Who answers already: what other entries have, so that nobody types a key twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_API_KEY, CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant

from .const import CONF_ANSWERER, DOMAIN


@dataclass(frozen=True, slots=True)
class KnownAnswerer:
    """Who answers the questions of one or more entries; `data` holds a key and is shown to nobody."""

    entry_id: str
    """The first of the entries."""
    data: Mapping[str, Any]
    names: tuple[str, ...]
    """What the entries are called."""

    @property
    def address(self) -> str:
        """`host:port` of a Live server; empty for Gemini."""
        host = self.data.get(CONF_HOST)
        if not host:
            return ""
        return f"[{host}]:{self.data[CONF_PORT]}" if ":" in host else f"{host}:{self.data[CONF_PORT]}"


def known(hass: HomeAssistant, but: Mapping[str, Any] | None = None) -> list[KnownAnswerer]:
    """Everybody who answers some entry, each once, the longest known first; `but` for who has this data."""
    found: list[KnownAnswerer] = []
    for entry in hass.config_entries.async_entries(DOMAIN):
        data = entry.data[CONF_ANSWERER]
        if data == but:
            continue
        place = next((place for place, one in enumerate(found) if one.data == data), None)
        if place is None:
            found.append(KnownAnswerer(entry.entry_id, data, (entry.title,)))
        else:
            one = found[place]
            found[place] = KnownAnswerer(one.entry_id, one.data, (*one.names, entry.title))
    return found


def sharing_key(hass: HomeAssistant, entry: ConfigEntry[Any]) -> list[ConfigEntry[Any]]:
    """The other entries that go to the same place with the same key, whatever model they ask for there."""
    mine = _door(entry.data[CONF_ANSWERER])
    return [
        other
        for other in hass.config_entries.async_entries(DOMAIN)
        if other.entry_id != entry.entry_id and _door(other.data[CONF_ANSWERER]) == mine
    ]


def _door(answerer: Mapping[str, Any]) -> tuple[object, object, object]:
    return answerer.get(CONF_HOST), answerer.get(CONF_PORT), answerer.get(CONF_API_KEY, "")
