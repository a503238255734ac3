"""What all entities of Shelfsight have in common."""

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity

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


class WearableEntity(ShelfsightEntity):
    """An entity of a wearable; unavailable while it is not connected."""

    def __init__(self, entry: ShelfsightConfigEntry, wearable: Wearable, key: str) -> None:
        super().__init__(entry, key)
        self.wearable = wearable

    @property
    def available(self) -> bool:
        """A wearable that is away has no state, no button and no picture."""
        return self.wearable.connected

    async def async_added_to_hass(self) -> None:
        """Follow the wearable."""
        self.async_on_remove(self.wearable.listen_changed(self._changed))

    def _changed(self) -> None:
        self.async_write_ha_state()
