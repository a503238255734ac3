"""A voice of Home Assistant's text-to-speech room that hums, whatever it shall say."""

from collections.abc import AsyncGenerator
import io
import math
from typing import Any
import wave

import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

from homeassistant.components.tts import TextToSpeechEntity, TTSAudioResponse
from homeassistant.components.tts.entity import TTSAudioRequest
from homeassistant.config_entries import HANDLERS, ConfigEntry, ConfigFlow
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.setup import async_setup_component

VOICE = "tts.hum"
TONE_HZ, TONE_S = 440, 0.5

type Audio = tuple[str | None, bytes | None]


def tone(rate_hz: int, channels: int = 1, seconds: float = TONE_S) -> bytes:
    """A WAV file with a tone; on a second channel there is silence."""
    moments = np.arange(round(rate_hz * seconds)) / rate_hz
    sound = np.zeros((moments.size, channels))
    sound[:, 0] = np.sin(2 * math.pi * TONE_HZ * moments) * 16_000
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(sound.astype("<i2").tobytes())
    return file.getvalue()


def is_tone(pcm: bytes, seconds: float = TONE_S, amplitude: float = 16_000) -> bool:
    """24 kHz, as long as it was, the tone's frequency, and as loud."""
    sound = np.frombuffer(pcm, "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    loudest_hz = spectrum.argmax() * 24_000 / sound.size
    loudness = np.abs(sound[1000:-1000]).max()
    return (
        abs(sound.size - seconds * 24_000) <= 24_000 * 0.06
        and abs(loudest_hz - TONE_HZ) < 5
        and abs(loudness - amplitude) < amplitude * 0.15
    )


class Hum(TextToSpeechEntity):
    """A voice that hums, whatever it shall say."""

    _attr_name = "Hum"
    _attr_default_language = "en-GB"
    _attr_supported_languages = ["en-GB", "de-DE", "de-CH"]

    def __init__(self, audio: Audio | Exception, options: list[str]) -> None:
        self._attr_supported_options = options
        self.audio = audio
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    async def async_get_tts_audio(self, message: str, language: str, options: dict[str, Any]) -> Audio:
        self.asked.append((message, language, options))
        if isinstance(self.audio, Exception):
            raise self.audio
        return self.audio


class StreamingHum(Hum):
    """A voice that hums while it thinks."""

    async def async_stream_tts_audio(self, request: TTSAudioRequest) -> TTSAudioResponse:
        message = "".join([part async for part in request.message_gen])
        extension, data = await self.async_get_tts_audio(message, request.language, request.options)

        async def parts() -> AsyncGenerator[bytes]:
            for start in range(0, len(data or b""), 1000):
                yield (data or b"")[start : start + 1000]

        return TTSAudioResponse(str(extension), parts())


async def set_up(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, one: Hum) -> Hum:
    """Set a voice up in Home Assistant's text-to-speech room."""

    async def setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, [Platform.TTS])
        return True

    async def setup_platform(hass: HomeAssistant, entry: ConfigEntry, add: AddConfigEntryEntitiesCallback) -> None:
        add([one])

    class Flow(ConfigFlow):
        """An entry must come from somewhere."""

    monkeypatch.setitem(HANDLERS, "hum", Flow)
    mock_integration(hass, MockModule("hum", async_setup_entry=setup_entry))
    mock_platform(hass, "hum.tts", MockPlatform(async_setup_entry=setup_platform))
    mock_platform(hass, "hum.config_flow", None)
    assert await async_setup_component(hass, "tts", {})
    made = MockConfigEntry(domain="hum")
    made.add_to_hass(hass)
    assert await hass.config_entries.async_setup(made.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(VOICE) is not None
    return one
