"""The wearable's recorded phrases: all there, true to their texts, and decoded as others decode them, on both interpreters."""

import asyncio
import hashlib
import json
from pathlib import Path
import re
import shutil
import subprocess

import numpy as np
from numpy.typing import NDArray
import pytest
import wearable_processes as processes

from custom_components.shelfsight.sound import phrases as integration
from firmware_bridge.wearable.phrases import FilePhrases

FOLDER = processes.REPOSITORY / "firmware_bridge" / "phrases"
LANGUAGES = ("de", "en", "es", "fr", "it", "nl")
TEXTS = {
    language: json.loads((FOLDER / language / "phrases.json").read_text(encoding="utf-8")) for language in LANGUAGES
}
LOGIC = processes.REPOSITORY / "firmware_bridge" / "wearable"
# What scripts/phrases is to make, from the drivers' own list and the digits.
BY_BOARDS = {"setup_wifi", "wifi_saved", "no_wifi", "wifi_refused", "no_address"}


def said(phrases: FilePhrases, name: str, detail: str = "", rate_hz: int = 12_000) -> NDArray[np.int16] | None:
    pieces = asyncio.run(phrases.pieces(name, detail, rate_hz))
    if pieces is None:
        return None
    heard = [bytes(piece) for piece in pieces]
    assert max(map(len, heard)) <= rate_hz // 50 * 2, "at most 20 ms a piece"
    return np.frombuffer(b"".join(heard), "<i2")


def kept(language: str, name: str) -> NDArray[np.int16]:
    recording = integration.read_wav((FOLDER / language / f"{name}.wav").read_bytes())
    return np.frombuffer(integration._decode({name: recording})[name], "<i2")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_the_logic_and_the_boards_ask_for(language: str) -> None:
    asked = {
        name
        for path in LOGIC.glob("*.py")
        if path.name not in ("phrases.py", "drivers.py")
        for name in re.findall(r'"(\w+)"', path.read_text())
    }
    always = {"ready", "back", "lost", "refused", "removed", "replaced", "old_version", "unpaired", "pairing", "digits",
              "paired", "pairing_failed", "pairing_over", "storage_full", "unanswered", "battery_low", "privacy",
              "privacy_on", "privacy_off", "clock"}  # fmt: skip
    assert always <= asked, "a phrase that nobody says any more"
    digits = {f"digit_{digit}" for digit in range(10)}
    assert set(TEXTS[language]) == always | digits | BY_BOARDS | {"no_camera", "no_microphone"}
    assert {path.stem for path in (FOLDER / language).glob("*.wav")} == set(TEXTS[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_are_short_whole_sentences_of_which_no_two_are_the_same(language: str) -> None:
    texts = TEXTS[language]
    assert len(set(texts.values())) == len(texts)
    for name, text in texts.items():
        assert len(text.split()) <= 14, (name, text)
        assert re.fullmatch(r"\w[^.]*\.( \w[^.]*\.){0,2}", text), (name, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_decoded_sample_for_sample_as_the_integration_decodes_it(language: str) -> None:
    phrases = FilePhrases(str(FOLDER), language)
    for name in TEXTS[language]:
        heard, right = said(phrases, name), kept(language, name)
        assert heard is not None
        assert heard.size >= right.size - 1
        assert (heard[: right.size - 1] == right[:-1]).all(), name
        assert 0.2 < right.size / 12_000 < 7, name


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 24_000, 44_100])
def test_at_another_rate_it_is_the_straight_line_between_the_samples(rate_hz: int) -> None:
    heard, right = said(FilePhrases(str(FOLDER), "fr"), "lost", rate_hz=rate_hz), kept("fr", "lost")
    assert heard is not None
    times = np.arange(heard.size) * 12_000 / rate_hz
    assert times[-1] > right.size - 3
    assert np.abs(np.interp(times, np.arange(right.size), right) - heard).max() < 1


def test_it_is_heard_as_ffmpeg_decodes_it_but_for_its_rounding() -> None:
    if shutil.which("ffmpeg") is None:
        processes.missing("ffmpeg is not installed; scripts/setup installs it")
    command = ["ffmpeg", "-v", "error", "-i", FOLDER / "de" / "battery_low.wav", "-f", "s16le", "-"]
    theirs = np.frombuffer(subprocess.run(command, capture_output=True, check=True, timeout=30).stdout, "<i2")
    heard = said(FilePhrases(str(FOLDER), "de"), "battery_low")
    assert heard is not None
    count = min(heard.size, theirs.size)
    error = heard[:count].astype(int) - theirs[:count].astype(int)
    assert np.abs(error).max() < 330, "1 % of full scale"
    assert np.mean(np.square(heard.astype(int))) > 1e4 * np.mean(np.square(error)), "40 dB below the speech"


def test_digits_are_spoken_one_by_one_after_their_sentence() -> None:
    phrases = FilePhrases(str(FOLDER), "nl")
    heard = said(phrases, "digits", "302145")
    assert heard is not None
    at = 0
    for name in ("digits", *(f"digit_{digit}" for digit in "302145")):
        right = kept("nl", name)[:-1]
        assert (heard[at : at + right.size] == right).all(), name
        at += right.size
        assert not heard[at : at + 2000].any(), "a pause"
        at += 15 * (19 * 12)
    assert at == heard.size


def test_the_language_follows_the_home_and_stays_where_there_is_none() -> None:
    phrases = FilePhrases(str(FOLDER))
    english = said(phrases, "ready")
    assert (english == kept("en", "ready")[:-1]).all()
    phrases.set_language("de-AT")
    assert (said(phrases, "ready") == kept("de", "ready")[:-1]).all()
    for tag in ("tlh", "", "../en", "xx_YY", "."):
        phrases.set_language(tag)
        assert (said(phrases, "ready") == kept("de", "ready")[:-1]).all()


def test_what_cannot_be_said_in_a_language_is_said_in_english_and_what_not_even_so_is_left_to_a_cue(
    tmp_path: Path,
) -> None:
    shutil.copytree(FOLDER / "en", tmp_path / "en")
    shutil.copytree(FOLDER / "it", tmp_path / "it")
    phrases = FilePhrases(str(tmp_path), "it")
    (tmp_path / "it" / "lost.wav").unlink()
    (tmp_path / "it" / "back.wav").write_bytes(b"")
    (tmp_path / "it" / "clock.wav").write_bytes(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0")
    for name in ("lost", "back", "clock"):
        assert (said(phrases, name) == kept("en", name)[:-1]).all(), name
    assert said(phrases, "fanfare") is None
    assert said(phrases, "digits", "12a") is None
    assert (said(phrases, "ready") == kept("it", "ready")[:-1]).all()


def test_micropython_decodes_the_same_bytes() -> None:
    command, environment = processes.interpreter("micropython")
    program = (
        "import sys, hashlib\nfrom wearable.phrases import decoded\n"
        "for path in sys.argv[2:]:\n"
        "    digest = hashlib.sha256()\n"
        "    for piece in decoded(open(path, 'rb'), int(sys.argv[1])): digest.update(piece)\n"
        "    print(digest.digest().hex())\n"
    )
    for rate_hz in (12_000, 16_000, 24_000):
        paths = [str(FOLDER / "es" / f"{name}.wav") for name in ("lost", "digit_7", "pairing")]
        mine = [
            hashlib.sha256(said(FilePhrases(str(FOLDER), "es"), Path(path).stem, "", rate_hz)).hexdigest()
            for path in paths
        ]
        finished = subprocess.run(
            [*command, "-c", program, str(rate_hz), *paths],
            env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert finished.stdout.split() == mine, finished.stderr
