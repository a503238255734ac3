"""The house's voices: Home Assistant's own text-to-speech room with a voice that hums, and ffmpeg where it is needed."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
import os
import shutil
import struct
import subprocess
from typing import Any

import numpy as np
import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_translations

from custom_components.shelfsight import house_voice
from custom_components.shelfsight.house_voice import VoiceError, synthesise, to_pcm
from tests.home.hum import VOICE, Audio, Hum, StreamingHum, is_tone, set_up, tone
from tests.home.parts import eventually

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not on this machine")


type SetUp = Callable[[Hum], Coroutine[Any, Any, Hum]]
OWN_FORMAT = ["preferred_format", "preferred_sample_rate", "preferred_sample_channels", "preferred_sample_bytes"]


@pytest.fixture
def voice(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> SetUp:
    """Sets a voice up in Home Assistant's text-to-speech room."""
    return partial(set_up, hass, monkeypatch)


def encoded(wav: bytes, extension: str) -> bytes:
    return subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "wav", "-i", "pipe:0", "-f", extension, "pipe:1"],
        input=wav, capture_output=True, check=True,
    ).stdout  # fmt: skip


async def refused(hass: HomeAssistant, language: str = "en") -> tuple[str, str]:
    """The key and the text of what is wrong."""
    with pytest.raises(VoiceError) as caught:
        await synthesise(hass, VOICE, "Third shelf.", language)
    await hass.async_block_till_done()
    key, values = str(caught.value.translation_key), caught.value.translation_placeholders or {}
    texts = await async_get_translations(hass, "en", "exceptions", {"shelfsight"})
    return key, texts[f"component.shelfsight.exceptions.{key}.message"].format(**values)


# --- real voices ------------------------------------------------------------------------------------------------------


@needs_ffmpeg
@pytest.mark.parametrize("kind", [Hum, StreamingHum])
@pytest.mark.parametrize(("rate_hz", "channels", "amplitude"), [(22_050, 1, 16_000), (48_000, 2, 8_000)])
async def test_a_voice_of_another_rate_is_converted(
    hass: HomeAssistant, voice: SetUp, kind: type[Hum], rate_hz: int, channels: int, amplitude: float
) -> None:
    hum = await voice(kind(("wav", tone(rate_hz, channels)), []))
    assert is_tone(await synthesise(hass, VOICE, "Third shelf.", "en"), amplitude=amplitude)
    assert hum.asked == [("Third shelf.", "en-GB", {})]


@needs_ffmpeg
async def test_a_voice_that_sends_mp3_is_converted(hass: HomeAssistant, voice: SetUp) -> None:
    await voice(Hum(("mp3", encoded(tone(24_000), "mp3")), []))
    assert is_tone(await synthesise(hass, VOICE, "Third shelf.", "en"))


@needs_ffmpeg
async def test_nothing_that_was_said_is_kept_in_a_file(hass: HomeAssistant, voice: SetUp) -> None:
    hum = await voice(Hum(("wav", tone(24_000)), []))
    for _ in range(2):
        await synthesise(hass, VOICE, "A medicine.", "en")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(hum.asked) == 2
    assert await hass.async_add_executor_job(os.listdir, hass.config.path("tts")) == []


@pytest.mark.parametrize(("asked", "spoken"), [("de", "de-DE"), ("de-CH", "de-CH"), ("en-US", "en-GB")])
@needs_ffmpeg
async def test_the_nearest_language_of_the_voice_is_used(
    hass: HomeAssistant, voice: SetUp, asked: str, spoken: str
) -> None:
    hum = await voice(Hum(("wav", tone(24_000)), []))
    await synthesise(hass, VOICE, "Drittes Fach.", asked)
    assert hum.asked[0][1] == spoken


@needs_ffmpeg
async def test_a_voice_that_can_do_what_is_wanted_is_told_so(hass: HomeAssistant, voice: SetUp) -> None:
    hum = await voice(Hum(("wav", tone(24_000)), OWN_FORMAT))
    assert is_tone(await synthesise(hass, VOICE, "Third shelf.", "en"))
    assert hum.asked[0][2] == {
        "preferred_format": "wav", "preferred_sample_rate": 24_000, "preferred_sample_channels": 1,
        "preferred_sample_bytes": 2,
    }  # fmt: skip


# --- voices that do not speak -----------------------------------------------------------------------------------------


async def test_without_any_voice_in_the_house_it_says_so(hass: HomeAssistant) -> None:
    assert await refused(hass) == ("voice_gone", f"The voice {VOICE} is not there, or not ready.")


async def test_a_voice_that_was_removed_or_is_unavailable_is_gone(hass: HomeAssistant, voice: SetUp) -> None:
    hum = await voice(Hum(("wav", tone(24_000)), []))
    hum._attr_available = False
    hum.async_write_ha_state()
    assert (await refused(hass))[0] == "voice_gone"
    await hum.async_remove()
    assert (await refused(hass))[0] == "voice_gone"
    assert hum.asked == []


async def test_a_voice_that_does_not_know_the_language_is_not_made_to_speak_it(
    hass: HomeAssistant, voice: SetUp
) -> None:
    hum = await voice(Hum(("wav", tone(24_000)), []))
    assert (await refused(hass, "uk"))[0] == "voice_language"
    assert hum.asked == []


@pytest.mark.parametrize(
    "audio",
    [(None, None), HomeAssistantError("key=secret"), KeyError("secret"), TimeoutError(), ("wav", b"not a sound")],
    ids=["nothing", "an error", "a fault in its code", "no time", "no sound"],
)
async def test_a_voice_that_fails_is_told_without_its_words(hass: HomeAssistant, voice: SetUp, audio: Any) -> None:
    await voice(Hum(audio, []))
    key, text = await refused(hass)
    assert key == "voice_failed" and VOICE in text
    assert "secret" not in text and "Third shelf" not in text


async def test_a_voice_that_never_comes_is_given_up(
    hass: HomeAssistant, voice: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(Hum):
        """A voice that waits until nobody listens any more."""

        async def async_get_tts_audio(self, message: str, language: str, options: dict[str, Any]) -> Audio:
            await given_up.wait()
            return self.audio  # type: ignore[return-value]

    given_up = asyncio.Event()
    assert house_voice._LIMIT_S == 15
    monkeypatch.setattr(house_voice, "_LIMIT_S", 0.05)
    await voice(Slow(("wav", tone(24_000)), []))
    with pytest.raises(VoiceError) as caught:
        await synthesise(hass, VOICE, "Third shelf.", "en")
    given_up.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert caught.value.translation_placeholders == {"voice": VOICE, "reason": "nothing came within 0.05 seconds"}


@needs_ffmpeg
async def test_a_voice_that_does_not_stop_is_stopped(
    hass: HomeAssistant, voice: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house_voice, "_LIMIT_BYTES", 20_000)
    await voice(Hum(("wav", tone(24_000, seconds=1)), []))
    assert (await refused(hass))[0] == "voice_sound"
    # Home Assistant ends what it was converting in its own time.
    await eventually(lambda: not [task for task in asyncio.all_tasks() if task.get_name().startswith("tts_")])


@needs_ffmpeg
async def test_a_voice_that_sends_no_sound_at_all_has_not_spoken(hass: HomeAssistant, voice: SetUp) -> None:
    await voice(Hum(("wav", tone(24_000, seconds=0)), []))
    assert (await refused(hass))[0] in ("voice_sound", "voice_failed")


# --- WAV files --------------------------------------------------------------------------------------------------------


def chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(body) if size is None else size) + body + bytes(len(body) % 2)


def wav_of(*chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + sum(map(len, chunks))) + b"WAVE" + b"".join(chunks)


def form(encoding: int = 1, channels: int = 1, rate_hz: int = 24_000, bits: int = 16, more: bytes = b"") -> bytes:
    frame_bytes = channels * bits // 8
    return struct.pack("<HHIIHH", encoding, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, bits) + more


SOUND = np.arange(-500, 500, dtype="<i2").tobytes()


def test_sound_of_the_right_rate_comes_out_as_it_went_in() -> None:
    assert to_pcm(wav_of(chunk(b"fmt ", form()), chunk(b"data", SOUND))) == SOUND


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_another_rate_is_brought_to_24_khz(rate_hz: int) -> None:
    assert is_tone(to_pcm(tone(rate_hz, seconds=2.5)), seconds=2.5)


def test_of_two_channels_the_mean_is_taken() -> None:
    left, right = np.full(100, 1000, "<i2"), np.full(100, -400, "<i2")
    both = np.stack([left, right], axis=1).tobytes()
    assert to_pcm(wav_of(chunk(b"fmt ", form(channels=2)), chunk(b"data", both))) == np.full(100, 300, "<i2").tobytes()


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, len(SOUND) + 1])
def test_a_file_out_of_a_pipe_that_does_not_know_its_length_is_read_to_the_end(size: int) -> None:
    assert to_pcm(wav_of(chunk(b"fmt ", form()), chunk(b"data", SOUND, size))) == SOUND


def test_other_chunks_are_passed_over_and_half_a_sample_at_the_end_is_dropped() -> None:
    wav = wav_of(
        chunk(b"LIST", b"odd"), chunk(b"fmt ", form()), chunk(b"fact", bytes(4)), chunk(b"data", SOUND + b"\1")
    )
    assert to_pcm(wav) == SOUND


def test_the_long_form_of_the_format_is_understood() -> None:
    more = struct.pack("<HHIH14s", 22, 16, 4, 1, b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71")
    assert to_pcm(wav_of(chunk(b"fmt ", form(0xFFFE, more=more)), chunk(b"data", SOUND))) == SOUND


@pytest.mark.parametrize(
    ("wav", "said"),
    [
        (b"", "no WAV file"),
        (b"RIFF\x00\x00\x00\x00AVI " + SOUND, "no WAV file"),
        (b"ID3" + bytes(100), "no WAV file"),
        (wav_of(), "no sound"),
        (wav_of(chunk(b"fmt ", form())), "no sound"),
        (wav_of(chunk(b"fmt ", form()), chunk(b"data", b"")), "no sound"),
        (wav_of(chunk(b"fmt ", form()), chunk(b"data", b"\1")), "no sound"),
        (wav_of(chunk(b"data", SOUND), chunk(b"fmt ", form())), "before its format"),
        (wav_of(chunk(b"fmt ", form()[:14]), chunk(b"data", SOUND)), "cut off"),
        (wav_of(chunk(b"fmt ", form(encoding=7)), chunk(b"data", SOUND)), "not 16-bit PCM"),
        (wav_of(chunk(b"fmt ", form(encoding=3, bits=32)), chunk(b"data", SOUND)), "not 16-bit PCM"),
        (wav_of(chunk(b"fmt ", form(encoding=0xFFFE)), chunk(b"data", SOUND)), "not 16-bit PCM"),
        (wav_of(chunk(b"fmt ", form(bits=8)), chunk(b"data", SOUND)), "not 16-bit PCM"),
        (wav_of(chunk(b"fmt ", form(channels=6)), chunk(b"data", SOUND)), "6 channels"),
        (wav_of(chunk(b"fmt ", form(channels=0)), chunk(b"data", SOUND)), "0 channels"),
        (wav_of(chunk(b"fmt ", form(rate_hz=0)), chunk(b"data", SOUND)), "0 Hz"),
        (wav_of(chunk(b"fmt ", form(rate_hz=192_000)), chunk(b"data", SOUND)), "192000 Hz"),
    ],
)
def test_what_cannot_be_played_is_refused_with_the_reason(wav: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        to_pcm(wav)
