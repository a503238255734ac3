"""Gives any conversation agent of Home Assistant a pair of eyes: `shelfsight__look`, through the cameras it may see.

Which cameras these are is Home Assistant's own choice: those exposed to the assistant that asks. Nothing is said into the wearable.
"""

from typing import Any, Final, override

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.components.llm import LLMTools
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er, intent
from homeassistant.helpers.llm import LLM_API_ASSIST, LLMContext, Tool, ToolAnnotations, ToolInput, ToolResult

from .action_ask import look, mode_of
from .action_fields import QUESTION_LIMIT
from .const import DOMAIN
from .outcome import Outcome
from .spatial import Mode
from .which_entry import entry_for, loaded_entries

# Somebody waits for the agent's answer, and agents have not much more patience themselves.
LOOK_LIMIT_S: Final = 20.0
_QUESTION: Final = "question"
_CAMERA: Final = "device"
# What a place says that an agent can use; where in the picture it is, nobody can hear.
_PLACE_KEYS: Final = (
    "found",
    "item",
    "shelf",
    "shelf_count",
    "counted_from",
    "side",
    "read_text",
    "price",
    "confidence",
)


class LookTool(Tool):
    """Look through one of `cameras`, by the names people call them, and answer a question about what is there."""

    name = f"{DOMAIN}__look"
    title = "Look through a camera"
    description = (
        "Looks through a camera or the camera of a pair of smart glasses, now, and answers a question about what is there: where a "
        "thing stands, what a label says, what is in the fridge. Use it whenever an answer takes eyes."
    )
    annotations = ToolAnnotations(read_only=True, destructive=False, idempotent=True, open_world=True)
    integration = DOMAIN

    def __init__(self, cameras: dict[str, str]) -> None:
        """`cameras`: entities by name."""
        self._cameras = cameras
        self.parameters = vol.Schema(
            {
                vol.Required(_QUESTION, description="What to look for or to read, as one would ask it."): vol.All(
                    str, vol.Strip, vol.Length(min=1, max=QUESTION_LIMIT)
                ),
                vol.Optional(_CAMERA, description="Where to look; may be left out where there is only one."): vol.In(
                    list(cameras)
                ),
            }
        )

    @override
    async def async_call(self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext) -> ToolResult:
        """Look. What an agent can mend, or tell, comes as an error result; wrong arguments are raised as the API wants it."""
        given = self.parameters(tool_input.tool_args)
        camera = self._cameras.get(given.get(_CAMERA, "")) or _meant(hass, set(self._cameras.values()), llm_context)
        if camera is None:
            return _error(f"Name where to look: {', '.join(self._cameras)}.")
        if not async_should_expose(hass, llm_context.assistant, camera):
            return _error("This camera is not exposed to the assistant any more.")
        try:
            entry = entry_for(hass, None, camera)
            mode = mode_of(entry.runtime_data, Mode.FIND)
            outcome = await look(hass, entry, given[_QUESTION], camera, mode, speak=False, timeout_s=LOOK_LIMIT_S)
        except HomeAssistantError as err:
            return _error(str(err))
        return ToolResult(data=_told(outcome))


@callback
def async_get_tools(hass: HomeAssistant, llm_context: LLMContext, api_id: str) -> LLMTools | None:
    """The tool, where an entry is set up and a camera is exposed to whoever asks."""
    if api_id != LLM_API_ASSIST or not loaded_entries(hass):
        return None
    cameras = _exposed_cameras(hass, llm_context)
    return LLMTools(tools=[LookTool(cameras)]) if cameras else None


def _exposed_cameras(hass: HomeAssistant, llm_context: LLMContext) -> dict[str, str]:
    """Names of cameras, aliases too, with their entities. Of two with the same name the first by its identifier has it."""
    registry = er.async_get(hass)
    named: dict[str, str] = {}
    states: list[State] = sorted(hass.states.async_all("camera"), key=lambda state: state.entity_id)
    for state in states:
        if async_should_expose(hass, llm_context.assistant, state.entity_id):
            for name in intent.async_get_entity_aliases(hass, registry.async_get(state.entity_id), state=state):
                named.setdefault(name, state.entity_id)
    return named


def _meant(hass: HomeAssistant, cameras: set[str], llm_context: LLMContext) -> str | None:
    """The camera that is meant where none is named: the only one, that of the device that asks, or that of its room."""
    if len(cameras) == 1:
        return next(iter(cameras))
    asks = dr.async_get(hass).async_get(llm_context.device_id) if llm_context.device_id else None
    if asks is None:
        return None
    registry = er.async_get(hass)
    known = [entity for camera in cameras if (entity := registry.async_get(camera)) is not None]
    own = [entity.entity_id for entity in known if entity.device_id == asks.id]
    if len(own) == 1:
        return own[0]
    area_id = dr.async_get_effective_area_id(hass, asks)
    if area_id is None or ar.async_get(hass).async_get_area(area_id) is None:
        return None
    near = [entity.entity_id for entity in known if _area_of(hass, entity) == area_id]
    return near[0] if len(near) == 1 else None


def _area_of(hass: HomeAssistant, entity: er.RegistryEntry) -> str | None:
    if entity.area_id is not None or entity.device_id is None:
        return entity.area_id
    device = dr.async_get(hass).async_get(entity.device_id)
    return dr.async_get_effective_area_id(hass, device) if device is not None else None


def _told(outcome: Outcome) -> dict[str, Any]:
    """What was seen, without what is not known."""
    response = outcome.as_response()
    place = {key: response[key] for key in _PLACE_KEYS if response[key] not in (None, "")}
    return {"answer": response["answer"], **place}


def _error(message: str) -> ToolResult:
    return ToolResult(data={"error": message}, error=True)
