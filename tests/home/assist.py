"""Assist for the tests at home: Home Assistant's real pipeline, with a scribe, an agent and a voice that need no cloud."""

from collections.abc import AsyncIterable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

from homeassistant.components import assist_pipeline
from homeassistant.components.conversation import (
    AssistantContent,
    ChatLog,
    ConversationEntity,
    ConversationInput,
    ConversationResult,
)
from homeassistant.components.stt import SpeechMetadata, SpeechResult, SpeechResultState, SpeechToTextEntity
from homeassistant.components.stt.const import AudioBitRates, AudioChannels, AudioCodecs, AudioFormats, AudioSampleRates
from homeassistant.config_entries import HANDLERS, ConfigEntry, ConfigFlow
from homeassistant.const import MATCH_ALL, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.intent import IntentResponse
from homeassistant.setup import async_setup_component

from tests.home.hum import Hum, tone


class Scribe(SpeechToTextEntity):
    """Keeps what it hears, and writes down what its script says."""

    _attr_name = "Scribe"
    supported_languages = ["en"]
    supported_formats = [AudioFormats.WAV]
    supported_codecs = [AudioCodecs.PCM]
    supported_bit_rates = [AudioBitRates.BITRATE_16]
    supported_sample_rates = [AudioSampleRates.SAMPLERATE_16000]
    supported_channels = [AudioChannels.CHANNEL_MONO]

    def __init__(self) -> None:
        self.script: list[str] = []
        self.heard: list[bytes] = []

    async def async_process_audio_stream(self, metadata: SpeechMetadata, stream: AsyncIterable[bytes]) -> SpeechResult:
        self.heard.append(b"")
        async for chunk in stream:
            self.heard[-1] += chunk
        return SpeechResult(self.script.pop(0) if self.script else "", SpeechResultState.SUCCESS)


class Agent(ConversationEntity):
    """Answers what its script says; goes on for as long as an answer ends with a question mark."""

    _attr_name = "Agent"
    supported_languages = MATCH_ALL

    def __init__(self) -> None:
        self.script: list[str] = []
        self.asked: list[str] = []
        self.prompts: list[str | None] = []

    async def _async_handle_message(self, user_input: ConversationInput, chat_log: ChatLog) -> ConversationResult:
        self.asked.append(user_input.text)
        self.prompts.append(user_input.extra_system_prompt)
        said = self.script.pop(0)
        chat_log.async_add_assistant_content_without_tools(AssistantContent(user_input.agent_id, said))
        response = IntentResponse(language="en")
        response.async_set_speech(said)
        return ConversationResult(response, chat_log.conversation_id, continue_conversation=said.endswith("?"))


class Assist:
    """All of it, as set up; `voice.asked` is what was said."""

    def __init__(self) -> None:
        self.scribe = Scribe()
        self.agent = Agent()
        self.voice = Hum(("wav", tone(22_050)), [])

    async def set_up(self, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
        """As a person would: the components, an integration with the three, and a pipeline of them."""
        entities: dict[Platform, Entity] = {
            Platform.STT: self.scribe,
            Platform.CONVERSATION: self.agent,
            Platform.TTS: self.voice,
        }

        async def setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
            await hass.config_entries.async_forward_entry_setups(entry, list(entities))
            return True

        class Flow(ConfigFlow):
            """An entry must come from somewhere."""

        monkeypatch.setitem(HANDLERS, "hum", Flow)
        mock_integration(hass, MockModule("hum", async_setup_entry=setup_entry))
        mock_platform(hass, "hum.config_flow", None)
        for platform, entity in entities.items():
            mock_platform(hass, f"hum.{platform}", MockPlatform(async_setup_entry=_adding(entity)))
        for component in ("homeassistant", "assist_pipeline"):
            assert await async_setup_component(hass, component, {})
        made = MockConfigEntry(domain="hum")
        made.add_to_hass(hass)
        assert await hass.config_entries.async_setup(made.entry_id)
        await hass.async_block_till_done()
        await self.change(
            hass,
            conversation_engine="conversation.agent", conversation_language="en", language="en",
            stt_engine="stt.scribe", stt_language="en", tts_engine="tts.hum", tts_language="en-GB",
        )  # fmt: skip

    async def change(self, hass: HomeAssistant, **changes: Any) -> None:
        """Change the preferred pipeline."""
        await assist_pipeline.async_update_pipeline(hass, assist_pipeline.pipeline.async_get_pipeline(hass), **changes)


def _adding(entity: Entity) -> Any:
    async def setup_platform(hass: HomeAssistant, entry: ConfigEntry, add: AddConfigEntryEntitiesCallback) -> None:
        add([entity])

    return setup_platform
