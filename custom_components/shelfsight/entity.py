"""What all entities of Shelfsight have in common, and when those of a wearable come to be."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN, MANUFACTURER
from .runtime import ShelfsightConfigEntry
from .wearable import Wearable


class ShelfsightEntity(Entity):
    """An entity of an entry; it is told of changes and never polled."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: ShelfsightConfigEntry, key: str) -> None:
        self.runtime = entry.runtime_data
        wearable = self.runtime.wearable
        identifier = wearable.wearable_id if wearable is not None else entry.entry_id
        self._attr_translation_key = key
        self._attr_unique_id = f"{identifier}_{key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, identifier)},
            manufacturer=MANUFACTURER,
            name=entry.title,
            entry_type=None if wearable is not None else DeviceEntryType.SERVICE,
        )
        if wearable is not None and wearable.hello is not None:
            self._attr_device_info["model"] = wearable.hello.model or None
            self._attr_device_info["sw_version"] = wearable.hello.firmware or None

    @callback
    def changed(self) -> None:
        """What it shows may be another now."""
        self.async_write_ha_state()


class WearableEntity(ShelfsightEntity):
    """An entity of a wearable; unavailable while it is not connected."""

    def __init__(self, entry: ShelfsightConfigEntry, wearable: Wearable, key: str) -> None:
        super().__init__(entry, key)
        self.wearable = wearable

    @property
    @override
    def available(self) -> bool:
        """A wearable that is away has no state, no button and no picture."""
        return self.wearable.connected

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the wearable."""
        await super().async_added_to_hass()
        self.async_on_remove(self.wearable.listen_changed(self.changed))


@dataclass(frozen=True, slots=True)
class Offer:
    """An entity that some wearables have: `has` says whether this one does, as far as it has told by now."""

    key: str
    has: Callable[[Wearable], bool]
    make: Callable[[], Entity]


@callback
def add_as_able(
    hass: HomeAssistant,
    entry: ShelfsightConfigEntry,
    wearable: Wearable,
    platform: Platform,
    offers: Iterable[Offer],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add what a wearable has: what it had before at once, whatever is new when it tells of it.

    Nothing is removed: what it has no more (a stream that is not sent today) is unavailable, and keeps its name and history.
    """
    registry = er.async_get(hass)
    waiting = {offer.key: offer for offer in offers}

    def had(key: str) -> bool:
        return registry.async_get_entity_id(platform, DOMAIN, f"{wearable.wearable_id}_{key}") is not None

    @callback
    def add(known: Callable[[Offer], bool]) -> None:
        made = [waiting.pop(key).make() for key in [key for key, offer in waiting.items() if known(offer)]]
        if made:
            async_add_entities(made)

    add(lambda offer: had(offer.key) or offer.has(wearable))
    entry.async_on_unload(
        wearable.listen_changed(lambda: add(lambda offer: wearable.connected and offer.has(wearable)))
    )
