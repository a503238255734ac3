"""The wearable's button."""

from typing import override

from homeassistant.components.event import ButtonEventType, EventDeviceClass, EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import WearableEntity
from .link.messages import Button, ButtonAction
from .runtime import ShelfsightConfigEntry

PARALLEL_UPDATES = 0

_EVENTS = {
    ButtonAction.PRESS: ButtonEventType.PRESS_START,
    ButtonAction.RELEASE: ButtonEventType.PRESS_END,
    ButtonAction.DOUBLE: ButtonEventType.MULTI_PRESS_END,
    ButtonAction.HOLD: ButtonEventType.LONG_PRESS_START,  # half a second
    ButtonAction.LONG: "very_long_press_start",  # five seconds; Home Assistant has no word of its own for that
}


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the wearable's button."""
    if (wearable := entry.runtime_data.wearable) is not None:
        async_add_entities([WearableButton(entry, wearable, "button")])


class WearableButton(WearableEntity, EventEntity):
    """Fires with every press, so that automations can use the button too."""

    _attr_device_class = EventDeviceClass.BUTTON
    _attr_event_types = list(_EVENTS.values())

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the button."""
        await super().async_added_to_hass()
        self.async_on_remove(self.wearable.listen_button(self._pressed))

    @callback
    def _pressed(self, button: Button) -> None:
        attributes = {"multi_press_count": 2} if button.action is ButtonAction.DOUBLE else None
        self._trigger_event(_EVENTS[button.action], attributes)
        self.async_write_ha_state()
