"""The sentences that must be heard when everything else is down."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader
import json
from pathlib import Path
import re
import shutil
import struct
import subprocess
from types import ModuleType
import wave

import numpy as np
import pytest

from custom_components.shelfsight.live.faults import Trouble
from custom_components.shelfsight.sight.choice import Fault
from custom_components.shelfsight.sound import phrases
from custom_components.shelfsight.sound.pcm import samples
from custom_components.shelfsight.spoken import _PHRASES_OF_FAULTS

ROOMS = Path(phrases.__file__).parents[1]
ROOT = ROOMS.parents[1]
KEPT = ROOMS / "sound" / "phrases"
LANGUAGES = ("de", "en", "es", "fr", "it", "nl")
STATES = {
    "ready", "listening", "thinking", "answering", "lost", "back", "refused", "battery_low", "trying_again",
    "asking_another_way", "asking_local", "mode_unsupported", "session_limit", "rejected", "not_addressed", "text_only",
    "watching", "watching_over", "guiding", "guiding_over", "translating", "translating_over", "overloaded",
}  # fmt: skip
TEXTS = {
    folder.name: json.loads((folder / "phrases.json").read_text(encoding="utf-8"))
    for folder in KEPT.iterdir()
    if folder.is_dir()
}
FILES = sorted(KEPT.glob("*/*.wav"))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """`scripts/phrases`, which makes the sounds."""
    loader = SourceFileLoader("phrases_script", str(ROOT / "scripts" / "phrases"))
    module = ModuleType(loader.name)
    module.__file__ = loader.path
    loader.exec_module(module)
    return module


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the English and German phrases, to be damaged."""
    for language in ("en", "de"):
        shutil.copytree(KEPT / language, tmp_path / language)
    monkeypatch.setattr(phrases, "_FOLDER", tmp_path)
    return tmp_path


# texts


def test_every_language_has_the_same_phrases() -> None:
    assert sorted(TEXTS) == list(LANGUAGES)
    for language, texts in TEXTS.items():
        assert set(texts) == set(TEXTS["en"]), language


def test_every_reason_a_question_can_fail_for_and_every_state_has_a_phrase() -> None:
    raised = {
        name
        for path in ROOMS.glob("*.py")
        for line in re.findall(r"(?:QuestionError|phrases|phrase)[\[(](.+)", path.read_text())
        for name in re.findall(r'"(\w+)"', line)
    }
    reasons = {trouble.value for trouble in Trouble} | set(_PHRASES_OF_FAULTS.values()) | raised
    assert set(_PHRASES_OF_FAULTS) == set(Fault)
    assert {"no_speech", "no_picture", "went_wrong"} <= raised
    assert reasons | STATES <= set(TEXTS["en"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_are_short_whole_sentences(language: str) -> None:
    most = 12 if language == "en" else 14
    for name, text in TEXTS[language].items():
        assert len(text.split()) <= most, (name, text)
        assert re.fullmatch(r"\w[^.]*\.( \w[^.]*\.){0,2}", text), (name, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_phrases_say_the_same(language: str) -> None:
    assert len(set(TEXTS[language].values())) == len(TEXTS[language])


# sounds


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_speech_as_long_as_its_text_takes(language: str) -> None:
    for name, phrase in phrases.load(language).items():
        sound = samples(phrase.pcm).astype(np.float64)
        assert phrase.text == TEXTS[language][name]
        characters_a_second = len(phrase.text) / (sound.size / phrases.PHRASES_HZ)
        assert 9 <= characters_a_second <= 23, (name, characters_a_second)
        assert -6 < 20 * np.log10(np.abs(sound).max() / 32768) < -1, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phrase_begins_and_ends_with_hardly_any_silence(language: str) -> None:
    for name, phrase in phrases.load(language).items():
        loud = np.flatnonzero(np.abs(samples(phrase.pcm).astype(np.int32)) > 400)  # 1.2 % of full scale
        assert loud[0] <= 0.060 * phrases.PHRASES_HZ, name
        assert len(phrase.pcm) / 2 - loud[-1] <= 0.120 * phrases.PHRASES_HZ, name


def test_all_phrases_together_stay_below_six_megabytes() -> None:
    assert sum(path.stat().st_size for path in KEPT.rglob("*") if path.is_file()) < 6_000_000


def test_each_phrase_has_a_sound_and_each_sound_a_phrase() -> None:
    assert {(path.parent.name, path.stem) for path in FILES} == {
        (language, name) for language, texts in TEXTS.items() for name in texts
    }


@pytest.mark.parametrize("name", ["listening", "mode_unsupported"])
def test_the_sounds_are_decoded_as_ffmpeg_does_but_for_its_rounding(name: str) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed; scripts/setup installs it")
    decoded = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", KEPT / "fr" / f"{name}.wav", "-f", "s16le", "-"],
        capture_output=True,
        check=True,
        timeout=30,
    ).stdout
    pcm = samples(phrases.load("fr")[name].pcm).astype(int)
    theirs = samples(decoded)[: pcm.size].astype(int)
    # ffmpeg rounds a step's parts once, IMA's own text each; a block begins anew every 505 samples.
    assert np.abs(pcm - theirs).max() < 330, "1 % of full scale"
    assert np.mean(np.square(pcm)) > 1e4 * np.mean(np.square(pcm - theirs)), "40 dB below the speech"


def test_a_recording_that_ffmpeg_encodes_is_loaded(kept: Path, tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed; scripts/setup installs it")
    tone = np.rint(9000 * np.sin(np.arange(30_000) * 0.2)).astype("<i2")
    own = tmp_path / "own.wav"
    with wave.open(str(own), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(phrases.PHRASES_HZ)
        file.writeframes(tone.tobytes())
    encode = ["ffmpeg", "-v", "error", "-y", "-i", own, "-ac", "1", "-ar", str(phrases.PHRASES_HZ)]
    subprocess.run([*encode, "-c:a", "adpcm_ima_wav", kept / "de" / "ready.wav"], check=True, timeout=30)
    loaded = phrases.load("de")
    heard = samples(loaded["ready"].pcm)
    assert tone.size <= heard.size < tone.size + 2100, "whole blocks"
    assert np.abs(heard[200 : tone.size].astype(int) - tone[200:]).max() < 1500
    assert loaded["lost"].text == TEXTS["de"]["lost"]


def test_a_phrase_does_not_show_its_sound_in_a_log() -> None:
    assert len(repr(phrases.load("en")["no_speech"])) < 200


# languages


def test_the_first_part_of_a_language_tag_chooses_the_language() -> None:
    assert phrases.load("de-CH") == phrases.load("DE") == phrases.load("de")
    assert phrases.load("fr_BE")["ready"].text == TEXTS["fr"]["ready"]
    assert phrases.load("en-GB") == phrases.load("en")


@pytest.mark.parametrize("language", ["tlh", "pt-BR", "", "../en", ".", "/"])
def test_a_language_without_phrases_gets_the_english_ones(language: str) -> None:
    assert phrases.load(language) == phrases.load("en")


def without_text(folder: Path) -> None:
    texts = json.loads((folder / "phrases.json").read_text(encoding="utf-8"))
    del texts["lost"]
    (folder / "phrases.json").write_text(json.dumps(texts), encoding="utf-8")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a translation that lacks it": without_text,
    "no sound": lambda folder: (folder / "lost.wav").unlink(),
    "an empty sound": lambda folder: (folder / "lost.wav").write_bytes(b""),
    "half a head": lambda folder: (folder / "lost.wav").write_bytes((folder / "ready.wav").read_bytes()[:40]),
    "sound at another rate": lambda folder: (folder / "lost.wav").write_bytes(
        (folder / "ready.wav").read_bytes().replace(struct.pack("<I", phrases.PHRASES_HZ), struct.pack("<I", 8000), 1)
    ),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_phrase_that_a_translation_cannot_give_is_said_in_english(
    kept: Path, damage: Callable[[Path], object]
) -> None:
    damage(kept / "de")
    loaded = phrases.load("de")
    assert loaded["lost"] == phrases.load("en")["lost"]
    assert loaded["ready"].text == TEXTS["de"]["ready"]
    assert set(loaded) == set(TEXTS["en"])


@pytest.mark.parametrize("texts", ["", "{", "[]", '{"ready": 3}', '{"no such phrase": "Hallo."}'])
def test_a_translation_whose_texts_cannot_be_used_is_replaced_by_english(kept: Path, texts: str) -> None:
    (kept / "de" / "phrases.json").write_text(texts)
    assert phrases.load("de") == phrases.load("en")


def test_whoever_speaks_a_language_has_the_same_phrases_of_it_even_when_all_ask_at_once() -> None:
    """Decoded they take 3 MB, and a home may have a hundred wearables."""
    with ThreadPoolExecutor(8) as threads:
        loaded = list(threads.map(phrases.load, ["nl", "nl-BE", "NL", "nl"] * 4))
    assert all(one is loaded[0] for one in loaded)


# WAV files


def test_the_sound_of_a_wav_is_found_behind_other_chunks() -> None:
    wav = FILES[0].read_bytes()
    at = wav.index(b"data")
    odd = b"junk" + (3).to_bytes(4, "little") + b"abc\0"
    plain, more = phrases.read_wav(wav), phrases.read_wav(wav[:at] + odd + wav[at:] + b"more")
    assert (plain.blocks == more.blocks).all() and plain.samples == more.samples


@pytest.mark.parametrize("wav", [b"", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0"])
def test_a_wav_without_sound_is_an_error(wav: bytes) -> None:
    with pytest.raises(ValueError, match="without data"):
        phrases.read_wav(wav)


def test_an_impossible_step_is_an_error_and_no_noise() -> None:
    wav = bytearray(FILES[0].read_bytes())
    wav[wav.index(b"data") + 8 + 2] = 89
    with pytest.raises(ValueError, match="impossible step"):
        phrases.read_wav(bytes(wav))


# the script


def test_each_sound_was_made_from_its_text_as_it_is_now(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    status = script.main(["--check"])
    assert status == 0, capsys.readouterr().out


def test_a_changed_text_a_missing_sound_and_one_without_text_are_noticed(
    script: ModuleType, kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "FOLDER", kept)
    monkeypatch.setattr(script, "VOICES", {"de": "de", "en": "en-us"})
    path = kept / "de" / "phrases.json"
    texts = json.loads(path.read_text(encoding="utf-8"))
    del texts["back"]
    path.write_text(json.dumps({**texts, "lost": "Die Verbindung ist weg."}), encoding="utf-8")
    (kept / "en" / "ready.wav").unlink()
    assert script.main(["--check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "de/lost.wav was not made from the text as it is now",
        "en/ready.wav is missing",
        "de/back.wav has no text",
    ]


def test_what_is_encoded_comes_back_nearly_as_it_was(script: ModuleType) -> None:
    seconds = np.arange(12_000) / phrases.PHRASES_HZ
    sound = np.rint(20_000 * np.sin(2 * np.pi * 440 * seconds) * np.sin(2 * np.pi * 3 * seconds)).astype(np.int16)
    recording = phrases.read_wav(script.wav(sound, b"INFO"))
    back = samples(phrases._decode({"it": recording})["it"]).astype(np.float64)
    noise = back - sound
    assert back.size == sound.size
    assert 10 * np.log10(np.mean(np.square(sound.astype(np.float64))) / np.mean(np.square(noise))) > 25
