"""Where speech begins and ends: the gate on sound alone, no clock, no socket."""

import numpy as np
import pytest

from local_live.listening import Began, Listener, Turn
from local_live.refusal import RefusalError
from local_live.setup import Detection
from local_live.speech_gate import RATE_HZ, Edge, Ended, SpeechGate
from local_live.voice import speak
from local_live.wire import ActivityEnd, ActivityStart, Sound, SoundEnd, Typed


def silence(seconds: float) -> bytes:
    return bytes(int(seconds * RATE_HZ) * 2)


def noise(seconds: float, level_db: float, seed: int = 1) -> bytes:
    scale = 32768 * 10 ** (level_db / 20)
    return (
        np.random.default_rng(seed).normal(0, scale, int(seconds * RATE_HZ)).clip(-32768, 32767).astype("<i2").tobytes()
    )


def mixed(*sounds: bytes) -> bytes:
    total = sum(np.frombuffer(sound, "<i2").astype(np.int32) for sound in sounds)
    return np.clip(total, -32768, 32767).astype("<i2").tobytes()


def quieter(pcm: bytes, factor: float) -> bytes:
    return (np.frombuffer(pcm, "<i2") * factor).astype("<i2").tobytes()


QUESTION = speak("Where is the gluten free bread?", rate_hz=RATE_HZ)


def feed(gate: SpeechGate, pcm: bytes, chunk_bytes: int = 640) -> list[Edge | Ended]:
    return [e for start in range(0, len(pcm), chunk_bytes) for e in gate.feed(pcm[start : start + chunk_bytes])]


@pytest.mark.parametrize("chunk_bytes", [1, 7, 640, 3200, 10**6])
def test_one_question_is_one_turn_however_it_is_cut_into_chunks(chunk_bytes: int) -> None:
    edge, ended = feed(SpeechGate(), silence(1) + QUESTION + silence(1), chunk_bytes)
    assert edge is Edge.BEGAN
    assert isinstance(ended, Ended)
    assert QUESTION.strip(b"\0")[:-1] in ended.pcm, "pre-roll included, nothing lost"


def test_the_third_of_a_second_before_the_voice_belongs_to_the_turn() -> None:
    breath = noise(0.25, -62)
    _, ended = feed(SpeechGate(), silence(1) + breath + QUESTION.lstrip(b"\0") + silence(1))
    assert isinstance(ended, Ended)
    assert breath[640:] in ended.pcm


@pytest.mark.parametrize("room_db", [-70, -60, -50, -42])
def test_a_question_is_found_in_a_rooms_noise(room_db: float) -> None:
    seconds = len(QUESTION) / 32000
    room = noise(2, room_db)
    heard = feed(SpeechGate(), room + mixed(QUESTION, noise(seconds, room_db, 2)) + noise(2, room_db, 3))
    assert [type(event) for event in heard if isinstance(event, Ended)] == [Ended]


def test_noise_alone_is_no_speech() -> None:
    assert feed(SpeechGate(), noise(10, -50)) == []
    assert feed(SpeechGate(), silence(10)) == []


def test_a_muted_microphone_teaches_nothing_about_the_room() -> None:
    gate = SpeechGate()
    feed(gate, noise(2, -48))
    assert feed(gate, silence(3) + noise(3, -48, 2)) == []


def test_a_fan_that_is_switched_on_does_not_hold_the_floor_for_ever() -> None:
    events = feed(SpeechGate(), noise(1, -60) + noise(25, -40))
    assert any(isinstance(event, Ended) for event in events)


def test_a_knock_is_no_speech() -> None:
    assert feed(SpeechGate(), noise(1, -60) + noise(0.03, -15) + noise(1, -60, 2)) == []


def test_a_quiet_voice_is_heard() -> None:
    assert any(
        isinstance(event, Ended) for event in feed(SpeechGate(), silence(1) + quieter(QUESTION, 0.03) + silence(1))
    )


def test_a_pause_shorter_than_the_silence_asked_for_does_not_end_a_turn() -> None:
    pcm = silence(0.5) + QUESTION + silence(0.8) + QUESTION + silence(2)
    assert sum(isinstance(event, Ended) for event in feed(SpeechGate(), pcm)) == 2
    assert sum(isinstance(event, Ended) for event in feed(SpeechGate(silence_ms=1500), pcm)) == 1


def test_a_wary_gate_needs_louder_speech() -> None:
    murmur = noise(2, -50) + noise(1, -38, 2) + noise(2, -50, 3)
    assert feed(SpeechGate(), murmur)
    assert not feed(SpeechGate(eager=False), murmur)


def test_a_turn_holds_at_most_60_seconds_and_drops_the_oldest() -> None:
    gate = SpeechGate(silence_ms=5000)
    heard = feed(gate, (QUESTION + silence(0.3)) * 40 + silence(6), 32000)
    (ended,) = [event for event in heard if isinstance(event, Ended)]
    assert len(ended.pcm) == 60 * 32000
    listener = Listener(Detection(disabled=True), stream_end_ends_turn=True)
    listener.take(ActivityStart())
    for number in range(70):
        listener.take(Sound(bytes([number]) * 32000 + b"!"))
    (turn,) = listener.take(ActivityEnd())
    assert isinstance(turn, Turn)
    assert len(turn.pcm) <= 60 * 32000
    assert len(turn.pcm) % 2 == 0
    assert turn.pcm[-100] == 69


def test_text_wins_over_the_sound_it_comes_with_and_waits_for_the_marker() -> None:
    listener = Listener(Detection(disabled=True), stream_end_ends_turn=True)
    assert listener.take(Typed("Where is")) == []
    assert listener.take(ActivityStart()) == [Began()]
    assert listener.take(Typed("the bread?")) == []
    assert listener.take(SoundEnd()) == []
    assert listener.take(ActivityEnd()) == [Turn(text="Where is the bread?")]


def test_text_is_a_turn_at_once_when_detection_is_automatic() -> None:
    listener = Listener(Detection(), stream_end_ends_turn=True)
    assert listener.take(Typed("Where?")) == [Began(), Turn(text="Where?")]


@pytest.mark.parametrize("marker", [ActivityStart(), ActivityEnd()])
def test_markers_are_refused_when_detection_is_automatic(marker: ActivityStart | ActivityEnd) -> None:
    with pytest.raises(RefusalError) as refused:
        Listener(Detection(), stream_end_ends_turn=True).take(marker)
    assert refused.value.code == 1007
