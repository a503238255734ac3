"""What a session may use of Home Assistant, if the person has allowed it: one of Home Assistant's LLM APIs as a `Toolbox`.

Nothing that a tool does wrong may end the session or make the model try for ever: every call comes back with a status, and
every failure says whether another try can help (Google's 3.8 migration guide).
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
import logging
import re
from typing import Any, Final, Self

from google.genai import types
import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import intent, llm
from homeassistant.helpers.json import json_bytes
from homeassistant.util.json import json_loads

from .const import DOMAIN
from .house_schema import from_gemini, to_gemini
from .spatial import REPORT_TOOL

_LOGGER = logging.getLogger(__name__)

# The person stands at a shelf and waits; what takes longer is told as not done.
CALL_LIMIT_S: Final = 10.0
RESULT_LIMIT_BYTES: Final = 16 * 1024
# A prompt lists what is in the house, and is billed again at every turn.
PROMPT_LIMIT: Final = 16_000
TOOLS_LIMIT: Final = 64
_NAME_LIMIT: Final = 64
_MESSAGE_LIMIT: Final = 500
# Which of the house's entities may be seen and operated is set for this assistant, whose name is core's.
_ASSISTANT = "conversation"
# What another choice of arguments can mend.
_MENDABLE = (vol.Invalid, ServiceValidationError, intent.InvalidSlotInfo, intent.MatchFailedError)


@dataclass(frozen=True, slots=True)
class _HouseTool:
    tool: llm.Tool
    openapi: Mapping[str, Any]


class HouseTools:
    """Made anew for each session: which tools there are may change with the house."""

    def __init__(self, api: llm.APIInstance, reserved: Collection[str] = (REPORT_TOOL,)) -> None:
        self._api = api
        self._tools: dict[str, _HouseTool] = {}
        declarations: list[types.FunctionDeclaration] = []
        # This integration's own tools give eyes to whoever has none; a session that looks already would ask itself.
        offered = [tool for tool in api.tools if tool.integration != DOMAIN]
        if len(offered) > TOOLS_LIMIT:
            _LOGGER.warning("%s has %d tools; %d can be used", api.api.name, len(offered), TOOLS_LIMIT)
        for tool in offered[:TOOLS_LIMIT]:
            openapi = vol.to_openapi(tool.parameters, custom_serializer=api.custom_serializer)
            name = gemini_name(tool.name, {*reserved, *self._tools})
            parameters = to_gemini(openapi)
            self._tools[name] = _HouseTool(tool, openapi)
            declarations.append(
                types.FunctionDeclaration(
                    name=name,
                    description=tool.description or tool.title or tool.name,
                    parameters=parameters if parameters.type is types.Type.OBJECT else None,
                )
            )
        self.declarations: Sequence[types.FunctionDeclaration] = tuple(declarations)
        self.instructions = _bounded_prompt(api)

    @classmethod
    async def create(
        cls,
        hass: HomeAssistant,
        llm_api_id: str,
        *,
        device_id: str | None,
        language: str,
        context: Context | None = None,
    ) -> Self:
        """The tools of an API, for a wearable (its device says in which room it is) and a language.

        Raises:
            HomeAssistantError: translated; there is no such API (any more).
        """
        asked = llm.LLMContext(
            platform=DOMAIN, context=context, language=language, assistant=_ASSISTANT, device_id=device_id
        )
        try:
            return cls(await llm.async_get_api(hass, llm_api_id, asked))
        except HomeAssistantError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="llm_api_gone",
                translation_placeholders={"api": llm_api_id},
            ) from err

    async def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Call a tool; see `live.tools.Toolbox`. Cancelling this cancels the tool."""
        known = self._tools.get(name)
        if known is None:
            return _error(retryable=False, message=f"There is no tool {name[:_NAME_LIMIT]}.")
        tool = known.tool
        try:
            given = from_gemini(arguments, known.openapi)
        except ValueError as err:
            return _error(retryable=True, message=f"The arguments do not fit: {_told(err)}")
        try:
            async with asyncio.timeout(CALL_LIMIT_S):
                result = await self._api.async_call_tool(llm.ToolInput(tool_name=tool.name, tool_args=given))
        except _MENDABLE as err:
            return _error(retryable=True, message=f"The arguments do not fit: {_told(err)}")
        except TimeoutError:
            # It may have been done all the same: only what may be done twice is worth another try.
            harmless = tool.annotations.read_only or tool.annotations.idempotent
            return _error(retryable=harmless, message="It did not finish in time, and may be half done.")
        except HomeAssistantError as err:
            return _error(retryable=False, message=_told(err))
        except Exception as err:
            # The wall: Home Assistant hands on whatever a tool raises, and a tool is the code of any integration. Without an
            # answer some models wait for it for ever, and the person with them.
            _LOGGER.exception("The tool %s failed", tool.name)
            return _error(retryable=False, message=f"The tool failed ({type(err).__name__}).")
        return _answer(result)


def gemini_name(name: str, taken: Collection[str]) -> str:
    """A tool's name in the letters Gemini takes, at most 64 of them, and unlike those that are taken."""
    clean = re.sub(r"[^a-zA-Z0-9_-]", "_", name) or "tool"
    if not (clean[0].isalpha() or clean[0] == "_"):
        clean = f"_{clean}"
    made, number = clean[:_NAME_LIMIT], 2
    while made in taken:
        made = f"{clean[: _NAME_LIMIT - 4]}_{number}"
        number += 1
    return made


def _answer(result: llm.ToolResult) -> dict[str, Any]:
    """A tool's result as plain JSON values, within bounds."""
    try:
        text = json_bytes(result.data)
    except TypeError as err:
        return _error(retryable=False, message=f"It was done, but its result cannot be told: {_told(err)}")
    if result.error:
        return _error(retryable=False, message=text[:_MESSAGE_LIMIT].decode(errors="ignore"))
    if len(text) > RESULT_LIMIT_BYTES:
        return {
            "status": "ok",
            "result": text[:RESULT_LIMIT_BYTES].decode(errors="ignore"),
            "cut": True,
            "message": f"The result was cut: it has {len(text)} bytes of JSON, the first {RESULT_LIMIT_BYTES} are here.",
        }
    return {"status": "ok", "result": json_loads(text)}


def _error(*, retryable: bool, message: str) -> dict[str, Any]:
    return {"status": "error", "retryable": retryable, "message": message}


def _told(err: Exception) -> str:
    """What went wrong, in words the model can use."""
    return f"{type(err).__name__}: {err}"[:_MESSAGE_LIMIT]


def _bounded_prompt(api: llm.APIInstance) -> str:
    if len(api.api_prompt) <= PROMPT_LIMIT:
        return api.api_prompt
    _LOGGER.warning(
        "The prompt of %s has %d characters; the first %d are used", api.api.name, len(api.api_prompt), PROMPT_LIMIT
    )
    return f"{api.api_prompt[:PROMPT_LIMIT]}\n(There is more, which was cut off here.)"
