"""Whether the wearable is connected."""

from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import WearableEntity
from .runtime import ShelfsightConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the wearable's connection."""
    if (wearable := entry.runtime_data.wearable) is not None:
        async_add_entities([Connected(entry, wearable, "connected")])


class Connected(WearableEntity, BinarySensorEntity):
    """On while the wearable has a proven connection."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def available(self) -> bool:
        """To be away is what this one tells."""
        return True

    @property
    @override
    def is_on(self) -> bool:
        """True while connected."""
        return self.wearable.connected
