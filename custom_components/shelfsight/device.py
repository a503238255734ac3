"""The wearable among Home Assistant's devices: its model and firmware are as it last told."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN
from .runtime import ShelfsightConfigEntry
from .wearable import Wearable


def follow(hass: HomeAssistant, entry: ShelfsightConfigEntry, wearable: Wearable) -> None:
    """Keep the device's model and firmware as the wearable tells them, until its entry is unloaded."""
    registry = dr.async_get(hass)

    @callback
    def tell() -> None:
        hello = wearable.hello
        device = registry.async_get_device_by_identifier((DOMAIN, wearable.wearable_id), entry.entry_id)
        if hello is None or device is None:
            return
        model, firmware = hello.model or None, hello.firmware or None
        if (device.model, device.sw_version) != (model, firmware):
            registry.async_update_device(device.id, model=model, sw_version=firmware)

    entry.async_on_unload(wearable.listen_changed(tell))
