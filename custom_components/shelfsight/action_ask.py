"""The action `shelfsight.ask`: ask in writing, about what a wearable sees or any camera, and get the answer as data."""

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError

from .action_fields import ATTR_CAMERA, ATTR_MODE, ATTR_QUESTION, ATTR_SPEAK, ATTR_TIMEOUT, invalid
from .const import DOMAIN
from .modes import Kind, Running
from .outcome import Outcome
from .runtime import Runtime, ShelfsightConfigEntry
from .which_entry import entry_for, frame_of, is_own_camera


async def ask(call: ServiceCall) -> ServiceResponse:
    """Ask, and answer with what is known."""
    data = call.data
    camera: str | None = data.get(ATTR_CAMERA)
    entry = entry_for(call.hass, data.get(ATTR_DEVICE_ID), camera)
    outcome = await look(
        call.hass,
        entry,
        data[ATTR_QUESTION],
        camera,
        mode_of(entry.runtime_data, data[ATTR_MODE]),
        speak=data[ATTR_SPEAK],
        timeout_s=data[ATTR_TIMEOUT],
    )
    return outcome.as_response()


def mode_of(runtime: Runtime, key: str) -> Running:
    """The mode with this key, if it is one of a question and its answer.

    Raises:
        ServiceValidationError: translated; it is not.
    """
    try:
        mode = runtime.answering.mode(key)
    except KeyError as err:
        raise invalid("unknown_mode", mode=key) from err
    if mode.kind is not Kind.ASK:
        raise invalid("mode_by_button", mode=key)
    return mode


async def look(
    hass: HomeAssistant,
    entry: ShelfsightConfigEntry,
    question: str,
    camera: str | None,
    mode: Running,
    *,
    speak: bool,
    timeout_s: float,
) -> Outcome:
    """Ask about what the entry's wearable sees, or any other `camera`; the outcome has an answer.

    Raises:
        HomeAssistantError: translated; there is nothing to look with, or no answer.
    """
    runtime = entry.runtime_data
    frame = None
    if camera is not None and not is_own_camera(hass, entry, camera):
        frame = await frame_of(hass, camera)
    elif runtime.wearable is None:
        raise invalid("no_camera_given")
    outcome = await runtime.ask(question, mode=mode, speak=speak, frame=frame, timeout_s=timeout_s)
    if outcome.phrase is not None:
        raise not_answered(outcome)
    return outcome


def not_answered(outcome: Outcome) -> HomeAssistantError:
    """The reason that was said aloud, for whoever asked."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="not_answered",
        translation_placeholders={"reason": outcome.answer},
    )
