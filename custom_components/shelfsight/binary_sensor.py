"""What is so or is not so of a wearable: whether it is connected, charges, and captures nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import Offer, WearableEntity, add_as_able
from .runtime import ShelfsightConfigEntry
from .wearable import Wearable

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WearableFact(BinarySensorEntityDescription):
    """A binary sensor of a wearable; `has` says which wearables know it, `is_on` is None while it is not known."""

    is_on: Callable[[Wearable], bool | None]
    has: Callable[[Wearable], bool] = lambda _wearable: True
    while_away: bool = False


FACTS = (
    WearableFact(
        key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on=lambda wearable: wearable.connected,
        while_away=True,
    ),
    WearableFact(
        key="charging",
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on=lambda wearable: wearable.condition.charging,
        has=lambda wearable: wearable.hello is not None and wearable.hello.battery,
    ),
    WearableFact(
        key="privacy_switch",
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on=lambda wearable: wearable.condition.privacy,
        has=lambda wearable: wearable.hello is not None and wearable.hello.privacy_switch,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the facts of a wearable."""
    if (wearable := entry.runtime_data.wearable) is None:
        return
    offers = [Offer(fact.key, fact.has, partial(FactSensor, entry, wearable, fact)) for fact in FACTS]
    add_as_able(hass, entry, wearable, Platform.BINARY_SENSOR, offers, async_add_entities)


class FactSensor(WearableEntity, BinarySensorEntity):
    """One of the facts."""

    entity_description: WearableFact

    def __init__(self, entry: ShelfsightConfigEntry, wearable: Wearable, description: WearableFact) -> None:
        super().__init__(entry, wearable, description.key)
        self.entity_description = description

    @property
    @override
    def available(self) -> bool:
        """That a wearable is away is told while it is; nothing else is known then, nor what it has no more."""
        return self.entity_description.while_away or (super().available and self.entity_description.has(self.wearable))

    @property
    @override
    def is_on(self) -> bool | None:
        """As last told."""
        return self.entity_description.is_on(self.wearable)
