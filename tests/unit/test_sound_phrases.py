"""The sentences that must be heard when everything else is down."""

import json
from pathlib import Path
import re
import wave

import numpy as np
import pytest

from custom_components.shelfsight.live.faults import Trouble
from custom_components.shelfsight.question import _PHRASES_OF_FAULTS
from custom_components.shelfsight.sight.choice import Fault
from custom_components.shelfsight.sound import phrases
from custom_components.shelfsight.sound.pcm import samples

ROOMS = Path(phrases.__file__).parents[1]
FOLDERS = sorted(folder for folder in (ROOMS / "sound" / "phrases").iterdir() if folder.is_dir())
STATES = {
    "ready", "listening", "thinking", "answering", "lost", "back", "refused", "battery_low", "trying_again",
    "asking_another_way", "asking_local", "mode_unsupported", "session_limit", "rejected", "not_addressed", "text_only",
    "watching", "watching_over", "guiding", "guiding_over", "translating", "translating_over", "overloaded",
}  # fmt: skip
TEXTS = {folder.name: json.loads((folder / "phrases.json").read_text(encoding="utf-8")) for folder in FOLDERS}

# ITU-T G.711, table 2a, at the ends of segments: the code on the wire and its value times 4 (14 bit to 16 bit).
MULAW = {
    0x00: -32124, 0x01: -31100, 0x0F: -16764, 0x10: -15996, 0x1F: -8316, 0x20: -7932, 0x2F: -4092, 0x30: -3900,
    0x3F: -1980, 0x40: -1884, 0x4F: -924, 0x50: -876, 0x5F: -396, 0x60: -372, 0x6F: -132, 0x70: -120, 0x7E: -8,
    0x7F: 0, 0x80: 32124, 0x8F: 16764, 0x90: 15996, 0xCF: 924, 0xEF: 132, 0xF0: 120, 0xFE: 8, 0xFF: 0,
}  # fmt: skip


def test_mu_law_is_decoded_as_g711_says() -> None:
    assert dict(zip(MULAW, samples(phrases.decode_mulaw(bytes(MULAW))).tolist(), strict=True)) == MULAW


def test_mu_law_has_no_step_back_anywhere() -> None:
    values = samples(phrases.decode_mulaw(bytes(range(256)))).astype(int)
    assert (np.diff(values[:128]) > 0).all() and (np.diff(values[128:]) < 0).all()
    assert (values[:128] == -values[128:]).all()


@pytest.mark.parametrize("language", TEXTS)
def test_every_phrase_is_heard(language: str) -> None:
    loaded = phrases.load(language)
    assert {name: phrase.text for name, phrase in loaded.items()} == TEXTS[language]
    for name, phrase in loaded.items():
        sound = samples(phrase.pcm).astype(np.float64)
        assert 0.7 <= sound.size / phrases.PHRASES_HZ <= 8.0, name
        assert 20 * np.log10(np.abs(sound).max() / 32768) > -12, name


@pytest.mark.parametrize("language", TEXTS)
def test_phrases_are_kept_as_mu_law_wav_at_the_rate_they_are_played_at(language: str) -> None:
    files = {path.stem: path.read_bytes() for path in (ROOMS / "sound" / "phrases" / language).glob("*.wav")}
    assert set(files) == set(TEXTS[language]), "each phrase has a sound, and each sound a phrase"
    for name, wav in files.items():
        at = wav.index(b"fmt ") + 8
        layout = [int.from_bytes(wav[at + start : at + end], "little") for start, end in ((0, 2), (2, 4), (4, 8))]
        assert layout == [7, 1, phrases.PHRASES_HZ], name


def test_every_reason_a_question_can_fail_for_and_every_state_has_a_phrase() -> None:
    raised = {
        name
        for path in ROOMS.glob("*.py")
        for line in re.findall(r"(?:QuestionError|phrases)[\[(](.+)", path.read_text())
        for name in re.findall(r'"(\w+)"', line)
    }
    reasons = {trouble.value for trouble in Trouble} | set(_PHRASES_OF_FAULTS.values()) | raised
    assert set(_PHRASES_OF_FAULTS) == set(Fault)
    assert {"no_speech", "no_picture", "went_wrong"} <= raised
    assert reasons | STATES <= set(TEXTS["en"])


def test_a_language_without_phrases_gets_the_english_ones() -> None:
    assert phrases.load("tlh")["no_speech"] == phrases.load("en")["no_speech"]
    assert phrases.load("en-GB") == phrases.load("EN")


def test_a_phrase_does_not_show_its_sound_in_a_log() -> None:
    assert len(repr(phrases.load("en")["no_speech"])) < 200


def test_the_sound_of_a_wav_is_found_behind_other_chunks(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(b"\1\2\3\4")
    wav = path.read_bytes()
    at = wav.index(b"data")
    odd = b"LIST" + (3).to_bytes(4, "little") + b"abc\0"
    assert phrases.wav_data(wav[:at] + odd + wav[at:] + b"more") == b"\1\2\3\4"


@pytest.mark.parametrize("wav", [b"", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0"])
def test_a_wav_without_sound_is_an_error(wav: bytes) -> None:
    with pytest.raises(ValueError, match="without data"):
        phrases.wav_data(wav)
