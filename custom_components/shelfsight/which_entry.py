"""Which entry shall answer, and what a camera that is no wearable shows: for whoever asks from within the house."""

import logging

from homeassistant.components.camera import async_get_image
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .action_fields import invalid
from .const import DOMAIN
from .runtime import ShelfsightConfigEntry
from .sight.frame import Frame, FrameError, examine, to_jpeg

_LOGGER = logging.getLogger(__name__)


def loaded_entries(hass: HomeAssistant) -> list[ShelfsightConfigEntry]:
    """The entries that are set up."""
    return [entry for entry in hass.config_entries.async_entries(DOMAIN) if entry.state is ConfigEntryState.LOADED]


def entry_for(hass: HomeAssistant, device_id: str | None, camera: str | None) -> ShelfsightConfigEntry:
    """The entry that shall answer: the named wearable's, the camera's own, or the only one there is.

    Raises:
        ServiceValidationError: translated; there is none, or none that is meant.
    """
    loaded = loaded_entries(hass)
    if not loaded:
        raise invalid("not_set_up")
    if device_id is not None:
        return _of_device(hass, device_id, loaded)
    for entry in loaded:
        if camera is not None and is_own_camera(hass, entry, camera):
            return entry
    if len(loaded) > 1 and camera is None:
        raise invalid("which_wearable")
    return loaded[0]


def wearers_entry(hass: HomeAssistant, device_id: str | None) -> ShelfsightConfigEntry:
    """The entry of the named wearable, or of the only one there is; entries without a wearable are none.

    Raises:
        ServiceValidationError: translated; there is none, or none that is meant.
    """
    loaded = loaded_entries(hass)
    if not loaded:
        raise invalid("not_set_up")
    worn = [entry for entry in loaded if entry.runtime_data.wearable is not None]
    if device_id is not None:
        return _of_device(hass, device_id, worn)
    if not worn:
        raise invalid("no_wearable")
    if len(worn) > 1:
        raise invalid("which_wearable")
    return worn[0]


def _of_device(hass: HomeAssistant, device_id: str, entries: list[ShelfsightConfigEntry]) -> ShelfsightConfigEntry:
    device = dr.async_get(hass).async_get(device_id)
    for entry in entries:
        if device is not None and entry.entry_id in device.config_entries:
            return entry
    raise invalid("unknown_wearable")


def is_own_camera(hass: HomeAssistant, entry: ShelfsightConfigEntry, camera: str) -> bool:
    """Whether a camera entity is that of the entry's wearable."""
    registered = er.async_get(hass).async_get(camera)
    return registered is not None and registered.config_entry_id == entry.entry_id


async def frame_of(hass: HomeAssistant, camera: str) -> Frame:
    """A picture of a camera entity, whatever its format, as a frame.

    Raises:
        HomeAssistantError: there is none, or none that can be used.
    """
    image = await async_get_image(hass, camera)
    try:
        jpeg = await hass.async_add_executor_job(to_jpeg, image.content)
        return await hass.async_add_executor_job(examine, jpeg, hass.loop.time())
    except FrameError as err:
        _LOGGER.warning("A picture of %s was refused: %s", camera, err)
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="picture_refused", translation_placeholders={"camera": camera}
        ) from err
