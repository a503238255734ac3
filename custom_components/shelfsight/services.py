"""The action `shelfsight.ask`: ask in writing, about what a wearable sees or any camera, and get the answer as data."""

from typing import Any, Final

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.components.camera import async_get_image
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr, entity_registry as er

from .const import DOMAIN
from .modes import Kind
from .runtime import Runtime, ShelfsightConfigEntry
from .sight.frame import Frame, FrameError, examine, to_jpeg
from .spatial import Mode

SERVICE_ASK: Final = "ask"
ATTR_QUESTION: Final = "question"
ATTR_CAMERA: Final = "camera"
ATTR_MODE: Final = "mode"
ATTR_SPEAK: Final = "speak"
ATTR_TIMEOUT: Final = "timeout"

_QUESTION_LIMIT = 500
_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_QUESTION): vol.All(cv.string, vol.Strip, vol.Length(min=1, max=_QUESTION_LIMIT)),
        vol.Optional(ATTR_DEVICE_ID): cv.string,
        vol.Optional(ATTR_CAMERA): cv.entity_domain("camera"),
        vol.Optional(ATTR_MODE, default=Mode.FIND.value): cv.string,
        vol.Optional(ATTR_SPEAK, default=True): cv.boolean,
        vol.Optional(ATTR_TIMEOUT, default=30): vol.All(vol.Coerce(int), vol.Range(min=5, max=120)),
    }
)


@callback
def async_register_services(hass: HomeAssistant) -> None:
    """Register the actions; they stay for as long as Home Assistant runs."""
    hass.services.async_register(
        DOMAIN, SERVICE_ASK, _async_ask, schema=_SCHEMA, supports_response=SupportsResponse.OPTIONAL
    )


async def _async_ask(call: ServiceCall) -> ServiceResponse:
    """Ask, and answer with what is known."""
    hass, data = call.hass, call.data
    camera: str | None = data.get(ATTR_CAMERA)
    entry = _entry_for(hass, data.get(ATTR_DEVICE_ID), camera)
    runtime: Runtime = entry.runtime_data
    try:
        mode = runtime.answering.mode(data[ATTR_MODE])
    except KeyError as err:
        raise _invalid("unknown_mode", mode=data[ATTR_MODE]) from err
    if mode.kind is not Kind.ASK:
        raise _invalid("mode_by_button", mode=data[ATTR_MODE])
    frame = None
    if camera is not None and not _is_own_camera(hass, entry, camera):
        frame = await _frame_of(hass, camera)
    elif runtime.wearable is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_camera_given")
    outcome = await runtime.ask(
        data[ATTR_QUESTION],
        mode=mode,
        speak=data[ATTR_SPEAK],
        frame=frame,
        timeout_s=data[ATTR_TIMEOUT],
    )
    if outcome.phrase is not None:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="not_answered",
            translation_placeholders={"reason": outcome.answer},
        )
    response: dict[str, Any] = outcome.as_response()
    return response


def _entry_for(hass: HomeAssistant, device_id: str | None, camera: str | None) -> ShelfsightConfigEntry:
    """The entry that shall answer: the named wearable's, the camera's own, or the only one there is."""
    loaded: list[ShelfsightConfigEntry] = [
        entry for entry in hass.config_entries.async_entries(DOMAIN) if entry.state is ConfigEntryState.LOADED
    ]
    if not loaded:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_set_up")
    if device_id is not None:
        device = dr.async_get(hass).async_get(device_id)
        for entry in loaded:
            if device is not None and entry.entry_id in device.config_entries:
                return entry
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="unknown_wearable")
    for entry in loaded:
        if camera is not None and _is_own_camera(hass, entry, camera):
            return entry
    if len(loaded) > 1 and camera is None:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="which_wearable")
    return loaded[0]


def _invalid(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)


def _is_own_camera(hass: HomeAssistant, entry: ShelfsightConfigEntry, camera: str) -> bool:
    registered = er.async_get(hass).async_get(camera)
    return registered is not None and registered.config_entry_id == entry.entry_id


async def _frame_of(hass: HomeAssistant, camera: str) -> Frame:
    """A picture of a camera entity, whatever its format, as a frame."""
    image = await async_get_image(hass, camera)
    try:
        jpeg = await hass.async_add_executor_job(to_jpeg, image.content)
        return await hass.async_add_executor_job(examine, jpeg, hass.loop.time())
    except FrameError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="picture_refused",
            translation_placeholders={"camera": camera, "reason": str(err)},
        ) from err
