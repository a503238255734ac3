"""The voice speaks: at once, loud enough, at any rate, and it knows which words it is saying."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import subprocess
import sys
import time
import wave

import numpy as np
import pytest

from local_live import voice
from local_live.espeak import VoiceError, synthesise
from local_live.resample import resample

SENTENCE = "Third shelf of 5 from the top, far right. A green bag, €2.49; the label says “Gluten Free”."


def samples(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm, "<i2").astype(np.float64) / 32768


def band_share(sound: np.ndarray, rate_hz: int, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / rate_hz)
    return float(power[(hz >= low_hz) & (hz < high_hz)].sum() / power.sum())


def test_a_sentence_sounds_like_speech() -> None:
    sound = samples(voice.speak(SENTENCE))
    assert 4.0 < len(sound) / 24000 < 9.0, "seventeen words, and numbers, at 165 words a minute"
    assert band_share(sound, 24000, 80, 4000) > 0.9, "where voices are"
    levels = np.array([np.sqrt((part**2).mean()) for part in np.array_split(sound, len(sound) // 480)])
    assert (levels > 0.02).mean() > 0.4, "mostly voice"
    assert (levels < 0.005).mean() > 0.03, "with pauses"


@pytest.mark.parametrize("text", ["Yes.", SENTENCE, "Far left.", "I could not read that on the pack."])
def test_it_is_louder_than_minus_12_dbfs_and_never_clips(text: str) -> None:
    peak = np.abs(samples(voice.speak(text))).max()
    assert 0.25 < peak < 0.99


def test_the_first_chunk_is_there_within_a_tenth_of_a_second() -> None:
    voice.speak("Ready.")  # the library is loaded once
    began_s = time.perf_counter()
    first = next(voice.speak_in_chunks(SENTENCE))
    assert time.perf_counter() - began_s < 0.1
    assert len(first.pcm) == 80 * 48


def test_the_chunks_are_the_whole_and_their_words_the_text() -> None:
    utterance = synthesise(SENTENCE, "en-us", 165)
    chunks = list(voice.in_chunks(SENTENCE, utterance))
    (whole,) = voice.in_chunks(SENTENCE, utterance, chunk_ms=20_000)
    assert b"".join(chunk.pcm for chunk in chunks) == whole.pcm
    assert "".join(chunk.text for chunk in chunks) == whole.text == SENTENCE
    assert all(len(chunk.text.split()) <= 2 for chunk in chunks[:-1]), "words come when they are spoken"
    places = {chunk.text.strip(): number for number, chunk in enumerate(chunks) if chunk.text.strip()}
    assert places["shelf"] < places["A"] < places["label"] < len(chunks) - 5


@pytest.mark.parametrize("text", ["", " ", "...", "12 345.67", "a" * 400, "日本語", "<speak>x</speak> [[x]]", "\n\n"])
def test_odd_texts_do_no_harm(text: str) -> None:
    chunks = list(voice.speak_in_chunks(text))
    assert not chunks or "".join(chunk.text for chunk in chunks) == text


def test_slower_speech_is_longer() -> None:
    assert len(voice.speak(SENTENCE, words_per_minute=110)) > 1.3 * len(voice.speak(SENTENCE, words_per_minute=220))


def test_another_voice_sounds_different() -> None:
    assert voice.speak("Brot und Milch", voice="de") != voice.speak("Brot und Milch")


def test_a_voice_that_does_not_exist_and_a_mad_speed_are_said() -> None:
    with pytest.raises(VoiceError, match="xx-nowhere"):
        voice.speak("x", voice="xx-nowhere")
    with pytest.raises(ValueError, match="words per minute"):
        voice.speak("x", words_per_minute=9000)
    with pytest.raises(ValueError, match="NUL"):
        voice.speak("x\0y")


def test_many_threads_speak_without_mixing_their_words() -> None:
    texts = ["Left. " * count for count in range(1, 17)]
    alone_bytes = [len(voice.speak(text)) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        together_bytes = [len(pcm) for pcm in pool.map(voice.speak, texts)]
    # eSpeak's pulses are a little random: lengths differ by some samples, but never by a word.
    assert together_bytes == pytest.approx(alone_bytes, rel=0.01)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(22050, 24000), (22050, 16000), (16000, 24000), (24000, 16000)])
def test_resampling_keeps_a_tone_and_brings_no_other(from_hz: int, to_hz: int) -> None:
    tone_hz = 1000.0
    tone = np.sin(2 * np.pi * tone_hz * np.arange(from_hz) / from_hz).astype(np.float32)
    result = resample(tone, from_hz, to_hz)
    assert len(result) == to_hz
    expected = np.sin(2 * np.pi * tone_hz * np.arange(to_hz) / to_hz)
    error = (result - expected)[to_hz // 20 : -to_hz // 20]
    assert 20 * np.log10(np.sqrt((error**2).mean())) < -60


def test_resampling_down_takes_away_what_the_new_rate_cannot_hold() -> None:
    tone = np.sin(2 * np.pi * 9500.0 * np.arange(24000) / 24000).astype(np.float32)
    assert np.abs(resample(tone, 24000, 16000)[1000:-1000]).max() < 0.01


def test_the_command_writes_a_wav_file(tmp_path: Path) -> None:
    out = tmp_path / "question.wav"
    command = [sys.executable, "-m", "local_live.voice", "Where is the bread?", str(out), "--rate-hz", "16000"]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
    with wave.open(str(out)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16000)
        assert 0.8 < file.getnframes() / 16000 < 2.5


@pytest.mark.parametrize("more", [["--voice", "xx-nowhere"], ["--speed", "5"], ["--rate-hz", "0"]])
def test_the_command_says_what_is_wrong_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    assert voice.main(["Hello", str(tmp_path / "x.wav"), *more]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
