"""Sound of plain streams: what programs call it, and what becomes of it."""

import io
import wave

import numpy as np
import pytest

from custom_components.shelfsight.link.streams.sound import Chunker, PcmFormat, SoundFormatError, pcm_format, wav_header
from custom_components.shelfsight.sound import cues
from custom_components.shelfsight.sound.pcm import samples
from firmware_bridge.wearable import cues as wearable_cues


@pytest.mark.parametrize(
    ("content_type", "query", "wanted"),
    [
        ("audio/pcm;rate=16000", {}, PcmFormat(16_000)),
        ("Audio/PCM; Rate=44100; channels=1", {}, PcmFormat(44_100)),
        ("audio/L16;rate=48000;channels=1", {}, PcmFormat(48_000, big_endian=True)),
        ("audio/x-raw", {"rate": "16000"}, PcmFormat(16_000)),
        ("", {"rate": "8000"}, PcmFormat(8_000)),
        ("application/x-www-form-urlencoded", {"rate": "8000"}, PcmFormat(8_000)),
    ],
)
def test_sound_is_known_by_what_programs_call_it(content_type: str, query: dict[str, str], wanted: PcmFormat) -> None:
    assert pcm_format(content_type, query) == wanted


@pytest.mark.parametrize(
    "content_type",
    ["audio/pcm", "audio/pcm;rate=7999", "audio/pcm;rate=48001", "audio/pcm;rate=१६०००", "audio/pcm;rate=-16000",
     "audio/pcm;rate=16000;channels=2", "audio/ogg", "text/plain", "audio/pcm;rate=1e4", "", "nonsense"],
)  # fmt: skip
def test_other_sound_is_refused(content_type: str) -> None:
    with pytest.raises(SoundFormatError):
        pcm_format(content_type, {})


def tone(rate_hz: int) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * 440 * np.arange(rate_hz) / rate_hz)).astype("<i2")


@pytest.mark.parametrize("big_endian", [False, True])
@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000])
def test_a_second_of_any_sound_is_a_second_in_chunks_of_20_ms(rate_hz: int, big_endian: bool) -> None:
    sent = tone(rate_hz)
    data = (sent.byteswap() if big_endian else sent).tobytes()
    chunker = Chunker(PcmFormat(rate_hz, big_endian), 16_000)
    chunks = [chunk for at in range(0, len(data), 333) for chunk in chunker.feed(data[at : at + 333])]
    assert {len(chunk) for chunk in chunks} == {640}
    assert len(chunks) in (49, 50)
    heard = samples(b"".join(chunks)).astype(float)
    wanted = tone(16_000)[: heard.size].astype(float)
    assert np.abs(heard - wanted)[200:-200].max() < 80


def test_what_nobody_listens_to_is_not_kept_and_samples_stay_whole() -> None:
    chunker = Chunker(PcmFormat(16_000), 16_000)
    data = tone(16_000).tobytes()
    assert list(chunker.feed(data[:101])) == []
    chunker.skip(data[101:1001])  # ends in the middle of a sample
    assert not chunker._waiting
    assert next(iter(chunker.feed(data[1001:]))) == data[1000:1640]


def test_a_wav_without_an_end_is_read_by_a_reader_of_wav() -> None:
    with wave.open(io.BytesIO(wav_header(22_050) + bytes(100)), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (22_050, 1, 2)


def test_the_cues_have_the_rhythm_pitch_and_loudness_of_the_wearables() -> None:
    table = {
        name: tuple((24_000 // period, on_ms, off_ms, loudness / 100) for period, on_ms, off_ms, loudness in notes)
        for name, notes in wearable_cues.NOTES.items()
    }
    assert {
        name: tuple((note.hz, note.on_ms, note.off_ms, note.loudness) for note in notes)
        for name, notes in cues.NOTES.items()
    } == table


@pytest.mark.parametrize("name", cues.NOTES)
def test_a_cue_sounds_exactly_as_long_as_its_notes(name: str) -> None:
    pcm = samples(cues.cue(name, 24_000)).astype(int)
    at = 0
    for note in cues.NOTES[name]:
        on, off = 24 * note.on_ms, 24 * note.off_ms
        assert np.abs(pcm[at : at + on]).max() == pytest.approx(12_000 * note.loudness, rel=0.03)
        assert not pcm[at + on : at + on + off].any()
        at += on + off
    assert at == pcm.size


def test_a_cue_that_nobody_knows_is_an_error() -> None:
    assert cues.cue("tada", 24_000) == cues.cue("error", 24_000)
