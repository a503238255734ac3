"""The house's tools in a Live session: declared only where the person allowed it, called for real, answered with a status."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockModule, mock_integration

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import llm

from local_live.orders import CallTool, CancelledCall, Moment
from local_live.server import Server
from local_live.setup import Setup
from local_live.wire import ToolAnswer, ToolAnswers
from tests import pictures
from tests.home.conftest import Dial
from tests.home.hearing import hears, tones
from tests.home.parts import API_KEY, choose, eventually
from tests.local_live.server_parts import MODEL_25, MODEL_31, Brains

SHELF = pictures.jpeg(1, (1600, 1200))
ANSWER = "Answer number 1, after 1 pictures."

pytestmark = pytest.mark.usefixtures("clean_log", "quick_tries")


@pytest.fixture
def live_options() -> dict[str, Any]:
    return {"key": API_KEY, "voice": tones}


@pytest.fixture
def answerer_data() -> dict[str, Any]:
    return {"api_key": API_KEY}


class Lamp(llm.Tool):
    """A lamp that can be switched, that can be broken, or that takes its time."""

    name = "lamp"
    description = "Switches the lamp."
    parameters = vol.Schema({vol.Required("on"): bool})
    integration = "house"

    def __init__(self) -> None:
        self.annotations = llm.ToolAnnotations()
        self.switched: list[bool] = []
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.cancelled = asyncio.Event()

    async def async_call(self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext) -> Any:
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if self.broken:
            raise HomeAssistantError("the bulb is gone")
        self.switched.append(tool_input.tool_args["on"])
        return llm.ToolResult(data={"lamp": "on" if tool_input.tool_args["on"] else "off"})


@dataclass(slots=True, kw_only=True)
class House(llm.API):
    """The API with the lamp."""

    tools: list[llm.Tool] = field(default_factory=list)

    async def async_get_api_instance(self, llm_context: llm.LLMContext) -> llm.APIInstance:
        return llm.APIInstance(self, "There is a lamp.", llm_context, self.tools, llm.selector_serializer)


@pytest.fixture
def lamp(hass: HomeAssistant) -> Lamp:
    """A lamp in Home Assistant's LLM API "house"."""
    mock_integration(hass, MockModule("house"))
    made = Lamp()
    llm.async_register_api(hass, House(hass=hass, id="house", name="House", tools=[made]))
    return made


def setup_of(upward: list[Any]) -> Setup:
    return next(one for one in upward if isinstance(one, Setup))


def results(upward: list[Any]) -> list[ToolAnswer]:
    """What was given back for calls, places not counted."""
    answers = [answer for one in upward if isinstance(one, ToolAnswers) for answer in one.answers]
    return [answer for answer in answers if answer.name != "report_place"]


def declared(upward: list[Any]) -> list[str]:
    return [function.name for function in setup_of(upward).functions]


@pytest.mark.parametrize(
    ("model", "scheduling"),
    [
        ("gemini-3.8-live", "WHEN_IDLE"),
        ("gemini-3.8-live-extended-thinking", ""),
        (MODEL_31, ""),
        (MODEL_25, "WHEN_IDLE"),
    ],
)
async def test_a_tool_that_the_model_calls_is_called_and_its_result_goes_back(
    hass: HomeAssistant,
    lamp: Lamp,
    entry: MockConfigEntry,
    dial: Dial,
    live: Server,
    upward: list[Any],
    model: str,
    scheduling: str,
) -> None:
    await choose(hass, entry, {"model": model}, llm_api="house")
    live.order(CallTool(at=Moment.THINKING, name="lamp", arguments={"on": True}))
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, ANSWER)
    assert "There is a lamp." in setup_of(upward).system_text
    assert lamp.switched == [True], declared(upward)
    (answer,) = results(upward)
    assert answer.response["status"] == "ok" and "'on'" in str(answer.response["result"])
    assert answer.scheduling == scheduling


async def test_off_is_the_default_and_then_nothing_of_the_house_is_told_or_can_be_called(
    lamp: Lamp, dial: Dial, live: Server, upward: list[Any]
) -> None:
    live.order(CallTool(at=Moment.THINKING, name="lamp", arguments={"on": True}))
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, ANSWER)
    assert declared(upward) == ["report_place"] and "lamp" not in setup_of(upward).system_text
    assert lamp.switched == []
    (answer,) = results(upward)
    assert (answer.response["status"], answer.response["retryable"]) == ("error", False)


async def test_a_tool_that_fails_says_so_to_the_model_and_the_person_is_answered(
    hass: HomeAssistant, lamp: Lamp, entry: MockConfigEntry, dial: Dial, live: Server, upward: list[Any]
) -> None:
    lamp.broken = True
    await choose(hass, entry, llm_api="house")
    live.order(CallTool(at=Moment.THINKING, name="lamp", arguments={"on": True}))
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, ANSWER)
    await eventually(lambda: results(upward))
    (answer,) = results(upward)
    assert answer.response["status"] == "error" and isinstance(answer.response["retryable"], bool)
    assert "the bulb is gone" in str(answer.response["message"])


async def test_a_call_that_the_server_cancels_is_cancelled_and_not_answered(
    hass: HomeAssistant, lamp: Lamp, entry: MockConfigEntry, dial: Dial, live: Server, upward: list[Any]
) -> None:
    lamp.gate.clear()
    await choose(hass, entry, llm_api="house")
    live.order(CancelledCall(at=Moment.THINKING, name="lamp", arguments={"on": True}, cancel_after_ms=200))
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, ANSWER)
    async with asyncio.timeout(5):
        await lamp.cancelled.wait()
    assert lamp.switched == [] and results(upward) == []


async def test_where_the_chosen_tools_are_gone_the_session_goes_without(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, upward: list[Any], brains: Brains
) -> None:
    await choose(hass, entry, llm_api="house")
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears(wearable, ANSWER)
    assert declared(upward) == ["report_place"]


async def test_a_tool_that_still_runs_when_the_wearable_leaves_is_stopped(
    hass: HomeAssistant, lamp: Lamp, entry: MockConfigEntry, dial: Dial, live: Server
) -> None:
    lamp.gate.clear()
    await choose(hass, entry, llm_api="house")
    plan = live.order(CallTool(at=Moment.QUESTION, name="lamp", arguments={"on": True}))
    wearable = await dial()
    await wearable.ask(SHELF)
    async with asyncio.timeout(5):
        await plan.acted.wait()
    await eventually(lambda: entry.runtime_data.alive()["tasks"].get("shelfsight tool"))
    await wearable.leave()
    async with asyncio.timeout(5):
        await lamp.cancelled.wait()
