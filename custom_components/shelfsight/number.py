"""How loud a wearable is."""

from typing import override

from homeassistant.components.number import NumberEntity, NumberMode
from homeassistant.const import PERCENTAGE, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import Offer, WearableEntity, add_as_able
from .options import VOLUME
from .runtime import ShelfsightConfigEntry

PARALLEL_UPDATES = 0

_STEP = 5


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the volume of a wearable whose speaker this home may set."""
    if (wearable := entry.runtime_data.wearable) is not None:
        offer = Offer("volume", lambda one: one.sets_volume, lambda: Volume(entry, wearable, "volume"))
        add_as_able(hass, entry, wearable, Platform.NUMBER, [offer], async_add_entities)


class Volume(WearableEntity, NumberEntity):
    """Unknown until it is set here: the wearable does not tell how loud it is."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_mode = NumberMode.SLIDER
    _attr_native_unit_of_measurement = PERCENTAGE
    _attr_native_min_value, _attr_native_max_value = VOLUME
    _attr_native_step = _STEP

    @property
    @override
    def available(self) -> bool:
        """Not while the wearable is away, nor without a speaker."""
        return super().available and self.wearable.sets_volume

    @property
    @override
    def native_value(self) -> float | None:
        """As last set."""
        return self.wearable.settings.volume

    @override
    async def async_set_native_value(self, value: float) -> None:
        """From now on, and when the wearable comes back."""
        await self.runtime.choose(volume=round(value))
