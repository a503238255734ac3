"""Eyes for Assist: Home Assistant's own API offers the tool, a conversation agent calls it, and it looks through a real link.

The agent is a mock in one thing only: instead of a language model a list says which tools it calls.
"""

from typing import Any, Literal, override

import probatio as vol
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components import conversation
from homeassistant.components.camera import Camera
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.const import MATCH_ALL
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er, intent, llm
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import llm as platform
from custom_components.shelfsight.house_tools import HouseTools
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import WEARABLE_ID, FakeWearable, camera_entry
from tests.local_live.server_parts import Brains

SHELF = pictures.jpeg(1, (1600, 1200))
GLASSES = "camera.desk_camera"
ANSWER = "Answer number 1, after 1 pictures."
TOOL = "shelfsight__look"

pytestmark = pytest.mark.usefixtures("clean_log", "quick_tries")


class Fridge(Camera):
    """A camera that is no wearable."""

    _attr_name = "Fridge"
    _attr_unique_id = "fridge"
    picture: bytes | None = SHELF

    @override
    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes | None:
        return self.picture


class Agent(conversation.ConversationEntity):
    """Calls the tool with `arguments`, by Home Assistant's chat log, and says what came back."""

    _attr_name = "Agent"
    arguments: dict[str, Any]
    result: llm.ToolResult | None = None
    offered: llm.Tool | None = None

    @property
    @override
    def supported_languages(self) -> list[str] | Literal["*"]:
        return MATCH_ALL

    @override
    async def _async_handle_message(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        await chat_log.async_provide_llm_data(user_input.as_llm_context("test"), llm.LLM_API_ASSIST)
        assert chat_log.llm_api is not None
        self.offered = next((tool for tool in chat_log.llm_api.tools if tool.name == TOOL), None)
        call = llm.ToolInput(tool_name=TOOL, tool_args=self.arguments)
        content = conversation.AssistantContent(agent_id=self.entity_id, content=None, tool_calls=[call])
        async for answered in chat_log.async_add_assistant_content(content):
            self.result = answered.result
        assert self.result is not None
        response = intent.IntentResponse(language=user_input.language)
        response.async_set_speech(str(self.result.data.get("answer", "I could not see that.")))
        return conversation.ConversationResult(response, chat_log.conversation_id)


@pytest_asyncio.fixture(autouse=True)
async def house(hass: HomeAssistant) -> None:
    """Assist, and a room for cameras."""
    for component in ("homeassistant", "conversation", "camera"):
        assert await async_setup_component(hass, component, {})


@pytest_asyncio.fixture
async def agent(hass: HomeAssistant) -> Agent:
    """A conversation agent."""
    made = Agent()
    await hass.data["entity_components"]["conversation"].async_add_entities([made])
    return made


@pytest_asyncio.fixture
async def fridge(hass: HomeAssistant) -> Fridge:
    """A camera of another integration: camera.fridge, not exposed to anybody."""
    made = Fridge()
    await hass.data["entity_components"]["camera"].async_add_entities([made])
    return made


@pytest_asyncio.fixture
async def wearable(dial: Dial) -> FakeWearable:
    """Connected, in front of a shelf."""
    made = await dial()
    made.still_jpeg = SHELF
    return made


def expose(hass: HomeAssistant, *entities: str) -> None:
    for entity in entities:
        async_expose_entity(hass, conversation.DOMAIN, entity, True)


async def converse(hass: HomeAssistant, agent: Agent, device_id: str | None = None, **arguments: Any) -> str:
    """Ask the agent something, and let it call the tool; what it says."""
    agent.arguments = arguments
    result = await conversation.async_converse(
        hass, "What is in the fridge?", None, Context(), agent_id=agent.entity_id, device_id=device_id
    )
    return str(result.response.speech["plain"]["speech"])


async def test_an_agent_looks_through_the_glasses_and_says_what_is_there(
    hass: HomeAssistant, wearable: FakeWearable, agent: Agent, brains: Brains
) -> None:
    expose(hass, GLASSES)
    assert await converse(hass, agent, question="Where is the bread?") == ANSWER
    assert agent.result is not None and not agent.result.error
    assert agent.result.data == {
        "answer": ANSWER, "found": True, "item": "bread", "shelf": 3, "shelf_count": 5, "counted_from": "top",
        "side": "far right", "read_text": "Gluten Free", "confidence": pytest.approx(0.91, abs=0.01),
    }  # fmt: skip
    assert brains.first.questions == ["Where is the bread?"]
    assert wearable.sounds == [] and not wearable.all("cue"), "whoever wears them was not asked, and hears nothing"


async def test_an_entry_without_a_wearable_looks_through_a_camera_by_its_name(
    hass: HomeAssistant, live: Server, fridge: Fridge, agent: Agent, brains: Brains
) -> None:
    entry = camera_entry(live)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    expose(hass, "camera.fridge")
    assert await converse(hass, agent, question="What is in it?", device="Fridge") == ANSWER
    assert brains.first.pictures and brains.first.questions == ["What is in it?"]
    assert await hass.config_entries.async_unload(entry.entry_id)
    api = await assist(hass)
    assert TOOL not in [tool.name for tool in api.tools], "nobody is there any more to look"


async def assist(hass: HomeAssistant, device_id: str | None = None) -> llm.APIInstance:
    """Assist's API as an agent gets it."""
    context = llm.LLMContext("test", Context(), "en", conversation.DOMAIN, device_id)
    return await llm.async_get_api(hass, llm.LLM_API_ASSIST, context)


async def test_what_is_not_exposed_cannot_be_looked_through(
    hass: HomeAssistant, wearable: FakeWearable, agent: Agent, fridge: Fridge, brains: Brains
) -> None:
    assert TOOL not in [tool.name for tool in (await assist(hass)).tools], "no camera is exposed by itself"
    expose(hass, "camera.fridge")
    await converse(hass, agent, question="Where?", device="Desk Camera")
    assert agent.result is not None and agent.result.error and brains.made == []
    offered = await assist(hass)
    async_expose_entity(hass, conversation.DOMAIN, "camera.fridge", False)
    result = await offered.async_call_tool(llm.ToolInput(TOOL, {"question": "Where?"}))
    assert result.error and "not exposed" in str(result.data), "nor what was exposed when the talk began"
    assert brains.made == []


async def test_the_tool_is_as_home_assistant_wants_it(
    hass: HomeAssistant, wearable: FakeWearable, caplog: pytest.LogCaptureFixture
) -> None:
    expose(hass, GLASSES)
    api = await assist(hass)
    (tool,) = [tool for tool in api.tools if tool.integration == "shelfsight"]
    assert tool.name == TOOL and tool.annotations.read_only and not tool.annotations.destructive
    schema = vol.to_openapi(tool.parameters, custom_serializer=api.custom_serializer)
    assert schema["required"] == ["question"] and schema["properties"]["device"]["enum"] == ["Desk Camera"]
    assert not [record for record in caplog.records if "LLM tool" in record.getMessage()], (
        "core has nothing to say of it"
    )
    other = llm.LLMContext("test", Context(), "en", conversation.DOMAIN, None)
    assert platform.async_get_tools(hass, other, "another_api") is None


@pytest.mark.parametrize(
    "arguments",
    [{}, {"question": ""}, {"question": 5}, {"question": "x" * 501}, {"question": "Where?", "device": "Attic"},
     {"question": "Where?", "colour": "blue"}],
    ids=["nothing", "empty", "a number", "too long", "no such camera", "unknown"],
)  # fmt: skip
async def test_arguments_that_make_no_sense_are_told_to_the_model(
    hass: HomeAssistant, wearable: FakeWearable, agent: Agent, brains: Brains, arguments: dict[str, Any]
) -> None:
    expose(hass, GLASSES)
    assert await converse(hass, agent, **arguments) == "I could not see that."
    assert agent.result is not None and agent.result.error and agent.result.data["error"]
    assert brains.made == []


async def test_where_several_cameras_may_be_meant_the_model_is_asked_back(
    hass: HomeAssistant, wearable: FakeWearable, fridge: Fridge, agent: Agent
) -> None:
    expose(hass, GLASSES, "camera.fridge")
    await converse(hass, agent, question="Where?")
    assert agent.result is not None and agent.result.error
    assert "Desk Camera" in str(agent.result.data["error"]) and "Fridge" in str(agent.result.data["error"])
    assert await converse(hass, agent, question="Where?", device="Fridge") == ANSWER
    assert not [one for one in wearable.all("capture") if one["still"]]


async def test_the_camera_of_who_asks_is_meant_before_others_and_then_that_of_the_room(
    hass: HomeAssistant, wearable: FakeWearable, fridge: Fridge, agent: Agent
) -> None:
    expose(hass, GLASSES, "camera.fridge")
    (glasses,) = dr.async_get(hass).async_get_devices(identifiers={("shelfsight", WEARABLE_ID)})
    assert await converse(hass, agent, glasses.id, question="Where?") == ANSWER
    assert [one for one in wearable.all("capture") if one["still"]]
    wearable.forget()
    kitchen = ar.async_get(hass).async_create("Kitchen")
    er.async_get(hass).async_update_entity("camera.fridge", area_id=kitchen.id)
    satellite = MockConfigEntry(domain="satellite")
    satellite.add_to_hass(hass)
    speaker = dr.async_get(hass).async_get_or_create(config_entry_id=satellite.entry_id, identifiers={("s", "1")})
    dr.async_get(hass).async_update_device(speaker.id, area_id=kitchen.id)
    assert await converse(hass, agent, speaker.id, question="What is in it?") != "I could not see that."
    assert not [one for one in wearable.all("capture") if one["still"]], "the fridge is in the kitchen"


async def test_what_cannot_be_looked_at_is_told_in_words(
    hass: HomeAssistant, dial: Dial, fridge: Fridge, agent: Agent, live: Server
) -> None:
    wearable = await dial()
    wearable.still_jpeg = SHELF
    expose(hass, GLASSES, "camera.fridge")
    fridge.picture = b"no picture"
    await converse(hass, agent, question="Where?", device="Fridge")
    assert agent.result is not None and "cannot be used" in str(agent.result.data["error"])
    await wearable.leave()
    await hass.async_block_till_done()
    await converse(hass, agent, question="Where?", device="Desk Camera")
    assert "not connected" in str(agent.result.data["error"])


async def test_an_agent_does_not_wait_for_ever(
    hass: HomeAssistant, wearable: FakeWearable, agent: Agent, brains: Brains, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert platform.LOOK_LIMIT_S <= 20
    monkeypatch.setattr(platform, "LOOK_LIMIT_S", 0.2)
    brains.first.gate.clear()
    expose(hass, GLASSES)
    await converse(hass, agent, question="Where?")
    assert agent.result is not None and "no answer in the given time" in str(agent.result.data["error"])
    brains.first.gate.set()


async def test_a_session_that_looks_already_is_not_offered_another_look(
    hass: HomeAssistant, wearable: FakeWearable
) -> None:
    expose(hass, GLASSES)
    assert TOOL in [tool.name for tool in (await assist(hass)).tools]
    tools = await HouseTools.create(hass, llm.LLM_API_ASSIST, device_id=None, language="en")
    assert TOOL not in [declared.name for declared in tools.declarations]
