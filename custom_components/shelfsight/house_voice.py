"""A text said by a text-to-speech voice of Home Assistant: for answers that came in writing.

The voice is asked for what a wearable can play (Home Assistant converts by ffmpeg whatever the voice itself cannot do); what
comes is checked all the same, because a voice may say that it can and not do it. Nothing is kept on disk: what a person saw
and asked is nobody's cache.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import numpy as np

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.language import matches

from .const import DOMAIN
from .sound.pcm import Resampler, samples

VOICE_HZ: Final = 24_000
# A person waits; a voice on this network needs a second or two for two sentences.
_LIMIT_S = 15.0
# About three minutes of what was asked for: no answer is that long.
_LIMIT_BYTES = 8 * 1024 * 1024
_PCM, _EXTENSIBLE = 1, 0xFFFE
_SLOWEST_HZ, _FASTEST_HZ = 8_000, 48_000
# The same names as tts.ATTR_PREFERRED_*; that module cannot be imported where no voice is set up.
_WANTED: Final = {
    "preferred_format": "wav",
    "preferred_sample_rate": VOICE_HZ,
    "preferred_sample_channels": 1,
    "preferred_sample_bytes": 2,
}


class VoiceError(HomeAssistantError):
    """The voice did not speak; translated."""

    def __init__(self, key: str, voice: str, **placeholders: str) -> None:
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"voice": voice, **placeholders},
        )


async def synthesise(hass: HomeAssistant, tts_entity: str, text: str, language: str) -> bytes:
    """The text as speech: s16le mono PCM at 24 kHz. `language` is an IETF tag; the voice's nearest one is used.

    Raises:
        VoiceError: the voice is not there, does not know the language, failed, or sent what cannot be played.
    """
    if "tts" not in hass.config.components:
        raise VoiceError("voice_gone", tts_entity)
    try:
        async with asyncio.timeout(_LIMIT_S):
            wav = await _ask(hass, tts_entity, text, language)
    except TimeoutError as err:
        raise VoiceError("voice_failed", tts_entity, reason=f"nothing came within {_LIMIT_S:g} seconds") from err
    try:
        return await hass.async_add_executor_job(to_pcm, wav)
    except ValueError as err:
        raise VoiceError("voice_sound", tts_entity, reason=str(err)) from err


async def _ask(hass: HomeAssistant, tts_entity: str, text: str, language: str) -> bytes:
    """All bytes that the voice sends for the text."""
    from homeassistant.components.tts import async_create_stream
    from homeassistant.components.tts.helper import get_engine_instance

    voice = get_engine_instance(hass, tts_entity)
    state = hass.states.get(tts_entity)
    if voice is None or (state is not None and state.state == STATE_UNAVAILABLE):
        raise VoiceError("voice_gone", tts_entity)
    spoken = matches(language, voice.supported_languages)
    if not spoken:
        raise VoiceError("voice_language", tts_entity, language=language)
    stream = async_create_stream(hass, tts_entity, spoken[0], dict(_WANTED))
    try:
        stream.async_set_message_stream(_whole(text))  # unlike a set message, a stream is never stored in a file
        wav = await _up_to_limit(stream.async_stream_result(), tts_entity)
    finally:
        stream.delete()
    if len(wav) > _LIMIT_BYTES:
        raise VoiceError("voice_sound", tts_entity, reason=f"it is longer than {_LIMIT_BYTES} bytes")
    return wav


async def _up_to_limit(chunks: AsyncGenerator[bytes], voice: str) -> bytes:
    """What comes of the voice, up to the first chunk that is beyond the limit."""
    got = bytearray()
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                got += chunk
                if len(got) > _LIMIT_BYTES:
                    break
    except Exception as err:
        # The wall: Home Assistant hands on whatever the voice raises, and a voice is the code of any integration. Whatever it
        # was, it did not speak, and another voice does. The error's text may hold what was to be said, or a key of that voice.
        raise VoiceError("voice_failed", voice, reason=type(err).__name__) from err
    return bytes(got)


async def _whole(text: str) -> AsyncGenerator[str]:
    yield text


def to_pcm(wav: bytes) -> bytes:
    """A WAV file as s16le mono PCM at 24 kHz; of two channels the mean.

    A file that was written into a pipe, as ffmpeg does for Home Assistant, does not know its own length: its data then goes
    to the end.

    Raises:
        ValueError: it is no WAV file, or no 16-bit PCM of one or two channels at 8 to 48 kHz, or without sound.
    """
    if len(wav) < 12 or wav[:4] != b"RIFF" or wav[8:12] != b"WAVE":
        raise ValueError("it is no WAV file")
    form: bytes | None = None
    position = 12
    while position + 8 <= len(wav):
        name, size = wav[position : position + 4], int.from_bytes(wav[position + 4 : position + 8], "little")
        body = wav[position + 8 : position + 8 + size]
        if name == b"fmt ":
            form = body
        elif name == b"data":
            if form is None:
                raise ValueError("its sound comes before its format")
            return _data_to_pcm(form, body)
        position += 8 + size + size % 2
    raise ValueError("it has no sound")


def _data_to_pcm(form: bytes, body: bytes) -> bytes:
    """The two chunks that count: format (Microsoft's WAVEFORMATEX) and data."""
    if len(form) < 16:
        raise ValueError("its format is cut off")
    encoding, channels = int.from_bytes(form[:2], "little"), int.from_bytes(form[2:4], "little")
    rate_hz, bits = int.from_bytes(form[4:8], "little"), int.from_bytes(form[14:16], "little")
    if encoding == _EXTENSIBLE and len(form) >= 26:
        encoding = int.from_bytes(form[24:26], "little")  # the first field of the sub-format
    if encoding != _PCM or bits != 16:
        raise ValueError(f"it is not 16-bit PCM (format {encoding}, {bits} bits)")
    if channels not in (1, 2):
        raise ValueError(f"it has {channels} channels")
    if not _SLOWEST_HZ <= rate_hz <= _FASTEST_HZ:
        raise ValueError(f"its rate is {rate_hz} Hz")
    sound = samples(body[: len(body) - len(body) % (2 * channels)])
    if not sound.size:
        raise ValueError("it has no sound")
    if channels == 2:
        sound = sound.reshape(-1, 2).mean(axis=1).round().astype(np.int16)
    resampler = Resampler(rate_hz, VOICE_HZ)
    # A second at a time: the kernel's table for a whole long answer would fill the memory.
    parts = [resampler.feed(sound[start : start + rate_hz]) for start in range(0, sound.size, rate_hz)]
    spoken: bytes = np.concatenate((*parts, resampler.flush())).astype("<i2").tobytes()
    return spoken
