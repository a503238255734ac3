"""The house's tools: declared as Gemini takes them, called for real, and whatever goes wrong comes back as a status."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
import datetime as dt
from enum import StrEnum
import json
from typing import Any

from google.genai import types
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockModule, mock_integration

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, llm, selector
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import house_tools
from custom_components.shelfsight.house_schema import from_gemini, to_gemini
from custom_components.shelfsight.house_tools import (
    PROMPT_LIMIT,
    RESULT_LIMIT_BYTES,
    TOOLS_LIMIT,
    HouseTools,
    gemini_name,
)
from custom_components.shelfsight.live.tools import Toolbox

type Does = Callable[[llm.ToolInput, llm.LLMContext], Coroutine[Any, Any, Any]]


class OneTool(llm.Tool):
    """A tool that does what the test says."""

    def __init__(
        self,
        does: Does,
        name: str = "tool",
        parameters: dict[Any, Any] | None = None,
        integration: str = "test",
        annotations: llm.ToolAnnotations | None = None,
    ) -> None:
        self.name = name
        self.description = f"Does {name}."
        self.parameters = vol.Schema(parameters or {})
        self.integration = integration
        self.annotations = annotations or llm.ToolAnnotations()
        self._does = does

    async def async_call(self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext) -> Any:
        return await self._does(tool_input, llm_context)


@dataclass(slots=True, kw_only=True)
class OneApi(llm.API):
    """An API with these tools."""

    tools: list[llm.Tool] = field(default_factory=list)
    prompt: str = "Use the tools."

    async def async_get_api_instance(self, llm_context: llm.LLMContext) -> llm.APIInstance:
        return llm.APIInstance(self, self.prompt, llm_context, self.tools, llm.selector_serializer)


async def house(hass: HomeAssistant, *tools: llm.Tool, prompt: str = "Use the tools.") -> HouseTools:
    remove = llm.async_register_api(hass, OneApi(hass=hass, id="mine", name="Mine", tools=list(tools), prompt=prompt))
    try:
        return await HouseTools.create(hass, "mine", device_id="a device", language="de")
    finally:
        remove()


async def echo(given: llm.ToolInput, context: llm.LLMContext) -> llm.ToolResult:
    return llm.ToolResult(data={"given": given.tool_args})


def raising(err: Exception) -> Does:
    async def does(given: llm.ToolInput, context: llm.LLMContext) -> Any:
        raise err

    return does


def returning(data: Any, *, error: bool = False) -> Does:
    async def does(given: llm.ToolInput, context: llm.LLMContext) -> llm.ToolResult:
        return llm.ToolResult(data=data, error=error)

    return does


# --- with the API of Home Assistant itself ----------------------------------------------------------------------------


async def test_what_is_exposed_in_the_house_can_be_operated_through_assist(hass: HomeAssistant) -> None:
    for domain in ("homeassistant", "intent", "conversation", "llm"):
        assert await async_setup_component(hass, domain, {})
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"oven": {"name": "Oven"}}})
    async_expose_entity(hass, "conversation", "input_boolean.oven", True)
    tools: Toolbox = await HouseTools.create(
        hass, "assist", device_id=None, language="en", context=Context(id="asked by glasses")
    )
    assert "Oven" in tools.instructions
    names = [declaration.name for declaration in tools.declarations]
    assert "intent__HassTurnOn" in names and len(names) == len(set(names))
    for declaration in tools.declarations:
        assert (
            types.FunctionDeclaration.model_validate_json(declaration.model_dump_json(exclude_none=True)) == declaration
        )

    answer = await tools.call("intent__HassTurnOn", {"name": "Oven", "area": ""})
    assert answer["status"] == "ok"
    assert json.loads(json.dumps(answer)) == answer
    state = hass.states.get("input_boolean.oven")
    assert state is not None and (state.state, state.context.id) == ("on", "asked by glasses")

    answer = await tools.call("intent__HassTurnOn", {"name": "Fridge"})
    assert (answer["status"], answer["retryable"]) == ("error", True)
    assert "Fridge" in answer["message"]
    answer = await tools.call("intent__HassTurnOn", {"name": ["Oven", 3]})
    assert (answer["status"], answer["retryable"]) == ("error", True)


async def test_an_api_that_is_gone_is_told_in_the_persons_language(hass: HomeAssistant) -> None:
    with pytest.raises(HomeAssistantError) as caught:
        await HouseTools.create(hass, "gone", device_id=None, language="en")
    assert (caught.value.translation_key, caught.value.translation_placeholders) == ("llm_api_gone", {"api": "gone"})


# --- declarations -----------------------------------------------------------------------------------------------------


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


PARAMETERS: dict[Any, Any] = {
    vol.Required("name", description="Which one"): cv.string,
    vol.Optional("brightness"): vol.All(vol.Coerce(int), vol.Range(min=0, max=100)),
    vol.Optional("target"): vol.Any(cv.string, [cv.string]),
    vol.Optional("maybe"): vol.Maybe(cv.string),
    vol.Optional("size"): vol.Coerce(Size),
    vol.Optional("level"): vol.In([1, 2, None]),
    vol.Optional("slots"): vol.All(vol.EnsureList(), [vol.In(["morning", "evening"])]),
    vol.Optional("free"): selector.ObjectSelector(),
    vol.Optional("fields"): selector.ObjectSelector({"fields": {"price": {"selector": {"number": {"min": 0}}}}}),
    vol.Optional("when"): selector.DateTimeSelector(),
    vol.Optional("day"): selector.DateSelector(),
    vol.Optional("anything", description={"suggested_value": 3}): object,
    vol.Optional("on"): cv.boolean,
}


async def test_parameters_are_declared_in_the_form_gemini_takes(hass: HomeAssistant) -> None:
    (declaration,) = (await house(hass, OneTool(echo, parameters=PARAMETERS))).declarations
    assert (declaration.name, declaration.description) == ("tool", "Does tool.")
    assert declaration.parameters is not None
    assert declaration.parameters.model_dump(exclude_none=True, mode="json") == {
        "type": "OBJECT",
        "required": ["name"],
        "properties": {
            "name": {"type": "STRING", "description": "Which one"},
            "brightness": {"type": "INTEGER", "minimum": 0.0, "maximum": 100.0},
            "target": {"type": "STRING"},
            "maybe": {"type": "STRING", "nullable": True},
            "size": {"type": "STRING", "enum": ["small", "large"]},
            "level": {"type": "STRING", "enum": ["1", "2"], "nullable": True},
            "slots": {"type": "ARRAY", "items": {"type": "STRING", "enum": ["morning", "evening"]}},
            "free": {"type": "STRING", "description": "A JSON object, written as text."},
            "fields": {"type": "OBJECT", "properties": {"price": {"type": "NUMBER", "minimum": 0.0}}},
            "when": {"type": "STRING", "format": "date-time"},
            "day": {"type": "STRING"},
            "anything": {"type": "STRING"},
            "on": {"type": "BOOLEAN"},
        },
    }


@pytest.mark.parametrize("parameters", [{}, {str: int}], ids=["no parameters", "any parameters"])
async def test_a_tool_without_named_parameters_is_declared_without_any(
    hass: HomeAssistant, parameters: dict[Any, Any]
) -> None:
    (declaration,) = (await house(hass, OneTool(echo, parameters=parameters))).declarations
    assert declaration.parameters is None


def test_of_schemas_by_others_only_what_gemini_documents_is_kept() -> None:
    def made(openapi: dict[str, Any]) -> dict[str, Any]:
        return to_gemini(openapi).model_dump(exclude_none=True, mode="json")

    assert made({"type": ["null", "integer"], "format": "int64", "multipleOf": 2}) == {
        "type": "INTEGER",
        "format": "int64",
    }
    assert made({"anyOf": [{"type": "null"}, {"oneOf": [{"type": "number"}]}], "description": "x"}) == {
        "type": "NUMBER", "nullable": True, "description": "x",
    }  # fmt: skip
    assert made({"anyOf": [{}]}) == {"type": "STRING"}
    assert made({"properties": {"a": {"type": "file"}}, "required": ["a", "b"]}) == {
        "type": "OBJECT", "properties": {"a": {"type": "STRING"}}, "required": ["a"],
    }  # fmt: skip
    assert made({"type": "array", "minItems": 1, "maxItems": 3}) == {
        "type": "ARRAY", "items": {"type": "STRING"}, "min_items": 1, "max_items": 3,
    }  # fmt: skip
    deep: dict[str, Any] = {"type": "integer"}
    for _ in range(20):
        deep = {"type": "object", "properties": {"in": deep}}
    assert json.dumps(made(deep)).count("OBJECT") == 8


async def test_what_had_to_be_declared_as_a_text_reaches_the_tool_as_it_expects_it(hass: HomeAssistant) -> None:
    tools = await house(hass, OneTool(echo, parameters=PARAMETERS))
    given = {"name": "x", "free": '{"a": [1]}', "level": "2", "slots": ["evening"], "fields": {"price": 2}, "more": 1}
    assert await tools.call("tool", given) == {
        "status": "ok",
        "result": {"given": {**given, "free": {"a": [1]}, "level": 2}},
    }
    answer = await tools.call("tool", {"free": "{"})
    assert (answer["status"], answer["retryable"]) == ("error", True)
    assert from_gemini({"a": "x"}, {}) == {"a": "x"}


async def test_names_are_written_in_the_letters_gemini_takes_and_stay_apart(hass: HomeAssistant) -> None:
    names = ["turn.on", "turn/on", "report_place", "1st", "", "über", "a" * 70, "a" * 71]
    tools = await house(hass, *(OneTool(returning({"name": name}), name) for name in names))
    declared = [declaration.name for declaration in tools.declarations]
    assert declared == ["turn_on", "turn_on_2", "report_place_2", "_1st", "tool", "_ber", "a" * 64, "a" * 60 + "_2"]
    for name, original in zip(declared, names, strict=True):
        assert await tools.call(str(name), {}) == {"status": "ok", "result": {"name": original}}


def test_a_name_that_is_taken_many_times_stays_within_its_length() -> None:
    taken: set[str] = set()
    for _ in range(120):
        taken.add(gemini_name("a" * 80, taken))
    assert len(taken) == 120 and max(map(len, taken)) <= 64


async def test_no_more_tools_are_declared_than_gemini_keeps_in_mind(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    tools = await house(hass, *(OneTool(echo, f"tool_{number}") for number in range(TOOLS_LIMIT + 1)))
    assert len(tools.declarations) == TOOLS_LIMIT
    assert "Mine has 65 tools; 64 can be used" in caplog.text


async def test_a_session_is_not_offered_to_ask_itself(hass: HomeAssistant) -> None:
    tools = await house(hass, OneTool(echo, "shelfsight__ask", integration="shelfsight"), OneTool(echo, "other"))
    assert [declaration.name for declaration in tools.declarations] == ["other"]


async def test_a_long_prompt_is_cut_and_says_so(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    assert (await house(hass, prompt="x" * PROMPT_LIMIT)).instructions == "x" * PROMPT_LIMIT
    cut = (await house(hass, prompt="x" * (PROMPT_LIMIT + 1))).instructions
    assert cut.startswith("x" * PROMPT_LIMIT) and cut.endswith("(There is more, which was cut off here.)")
    assert "The prompt of Mine has 16001 characters" in caplog.text


# --- calls ------------------------------------------------------------------------------------------------------------


async def test_a_tool_is_told_who_asks_and_in_which_language(hass: HomeAssistant) -> None:
    async def who(given: llm.ToolInput, context: llm.LLMContext) -> llm.ToolResult:
        return llm.ToolResult(data={"who": [context.platform, context.assistant, context.device_id, context.language]})

    answer = await (await house(hass, OneTool(who))).call("tool", {})
    assert answer["result"] == {"who": ["shelfsight", "conversation", "a device", "de"]}


async def test_results_are_plain_json(hass: HomeAssistant) -> None:
    data = {"at": dt.datetime(2026, 11, 21, tzinfo=dt.UTC), "set": {1}, 3: Size.SMALL}
    answer = await (await house(hass, OneTool(returning(data)))).call("tool", {})
    assert answer == {"status": "ok", "result": {"at": "2026-11-21T00:00:00+00:00", "set": [1], "3": "small"}}


async def test_a_tool_of_an_older_kind_that_returns_its_result_bare_still_works(hass: HomeAssistant) -> None:
    async def bare(given: llm.ToolInput, context: llm.LLMContext) -> Any:
        return {"old": True}

    mock_integration(hass, MockModule("older"), built_in=False)
    older = type("OlderTool", (OneTool,), {"__module__": "custom_components.older.llm"})
    answer = await (await house(hass, older(bare, integration="older"))).call("tool", {})
    assert answer == {"status": "ok", "result": {"old": True}}


async def test_a_long_result_is_cut_and_says_so(hass: HomeAssistant) -> None:
    fits = {"text": "ä" * ((RESULT_LIMIT_BYTES - len('{"text":""}')) // 2)}
    assert await (await house(hass, OneTool(returning(fits)))).call("tool", {}) == {"status": "ok", "result": fits}
    answer = await (await house(hass, OneTool(returning({"text": "ä" * 10_000})))).call("tool", {})
    assert (answer["status"], answer["cut"]) == ("ok", True)
    assert answer["result"].startswith('{"text":"ää') and len(answer["result"].encode()) <= RESULT_LIMIT_BYTES
    assert "20011 bytes" in answer["message"]


async def test_an_unknown_tool_is_answered_and_not_tried_again(hass: HomeAssistant) -> None:
    answer = await (await house(hass)).call("x" * 1000, {})
    assert answer == {"status": "error", "retryable": False, "message": f"There is no tool {'x' * 64}."}


@pytest.mark.parametrize(
    ("err", "retryable", "said"),
    [
        (vol.Invalid("expected a number", path=["level"]), True, "expected a number"),
        (ServiceValidationError("no such room"), True, "no such room"),
        (HomeAssistantError("the lock is jammed"), False, "the lock is jammed"),
        (HomeAssistantError("x" * 5000), False, "x" * 400),
        (IndexError("list index out of range"), False, "The tool failed (IndexError)."),
        (TimeoutError(), False, "did not finish in time"),
    ],
)
async def test_every_failure_says_whether_another_try_can_help(
    hass: HomeAssistant, err: Exception, retryable: bool, said: str
) -> None:
    answer = await (await house(hass, OneTool(raising(err)))).call("tool", {})
    assert (answer["status"], answer["retryable"]) == ("error", retryable)
    assert said in answer["message"] and len(answer["message"]) < 600


async def test_a_tool_that_reports_an_error_itself_is_an_error(hass: HomeAssistant) -> None:
    answer = await (await house(hass, OneTool(returning({"error": "No such list"}, error=True)))).call("tool", {})
    assert answer == {"status": "error", "retryable": False, "message": '{"error":"No such list"}'}


async def test_a_result_that_cannot_be_told_is_not_fetched_again(hass: HomeAssistant) -> None:
    answer = await (await house(hass, OneTool(returning({"thing": object()})))).call("tool", {})
    assert (answer["status"], answer["retryable"]) == ("error", False)
    assert answer["message"].startswith("It was done")


@pytest.mark.parametrize(
    ("annotations", "retryable"),
    [
        (llm.ToolAnnotations(), False),
        (llm.ToolAnnotations(read_only=True), True),
        (llm.ToolAnnotations(idempotent=True), True),
    ],
    ids=["unknown", "reads only", "may be done twice"],
)
async def test_a_tool_that_takes_too_long_is_stopped_and_only_repeated_where_that_does_no_harm(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, annotations: llm.ToolAnnotations, retryable: bool
) -> None:
    assert house_tools.CALL_LIMIT_S == 10
    monkeypatch.setattr(house_tools, "CALL_LIMIT_S", 0.05)
    waiting = Waiting()
    answer = await (await house(hass, OneTool(waiting, annotations=annotations))).call("tool", {})
    assert (answer["status"], answer["retryable"]) == ("error", retryable)
    assert waiting.stopped


async def test_cancelling_the_call_cancels_the_tool(hass: HomeAssistant) -> None:
    waiting = Waiting()
    call = asyncio.create_task((await house(hass, OneTool(waiting))).call("tool", {}))
    await asyncio.wait_for(waiting.begun.wait(), 5)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert waiting.stopped


class Waiting:
    """A tool that never ends by itself."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.stopped = False

    async def __call__(self, given: llm.ToolInput, context: llm.LLMContext) -> Any:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped = True
