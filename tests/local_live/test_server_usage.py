"""What a session costs, what is remembered of it, and how long an answer is held back."""

import pytest

from local_live.answering import wait_s
from local_live.memory import Memory, Past
from local_live.refusal import REASON_MAX_BYTES, RefusalError
from local_live.setup import Compression
from local_live.usage import CONTEXT_TOKENS, Ledger, picture_tokens, sound_in_tokens, speech_tokens, text_tokens


def test_a_second_of_sound_a_picture_and_a_text_cost_what_gemini_publishes() -> None:
    assert sound_in_tokens(32_000) == 32
    assert speech_tokens(48_000) == 25
    assert picture_tokens(None) == picture_tokens("MEDIA_RESOLUTION_HIGH") == 256
    assert picture_tokens("MEDIA_RESOLUTION_LOW") == 64
    assert text_tokens("twelve chars") == 3
    assert text_tokens("") == sound_in_tokens(0) == 0


def test_the_whole_context_is_billed_again_every_turn() -> None:
    ledger = Ledger(fixed_tokens=10)
    ledger.note(audio=50, image=256)
    first = ledger.bill(spoken=20)
    ledger.note(text=5)
    second = ledger.bill(spoken=7)
    assert (first["promptTokenCount"], first["responseTokenCount"], first["totalTokenCount"]) == (316, 20, 336)
    assert second["promptTokenCount"] == 316 + 20 + 5
    assert second["promptTokensDetails"] == [
        {"modality": "TEXT", "tokenCount": 15},
        {"modality": "AUDIO", "tokenCount": 70},
        {"modality": "IMAGE", "tokenCount": 256},
    ]
    assert second["responseTokensDetails"] == [{"modality": "AUDIO", "tokenCount": 7}]


def test_compression_cuts_the_context_to_its_target() -> None:
    ledger = Ledger(fixed_tokens=10, compression=Compression(trigger_tokens=1000, target_tokens=300))
    prompts = []
    for _ in range(40):
        ledger.note(audio=90)
        prompts.append(ledger.bill(spoken=10)["promptTokenCount"])
    assert max(prompts) <= 1000
    assert min(prompts[10:]) <= 300
    assert prompts[-1] < 1001


def test_a_session_without_compression_stays_within_the_context_however_long_it_is() -> None:
    ledger = Ledger()
    for _ in range(3000):
        ledger.note(image=256)
        prompt = ledger.bill(spoken=100)["promptTokenCount"]
        assert isinstance(prompt, int)
        assert prompt <= CONTEXT_TOKENS


def test_turns_that_cost_nothing_do_not_pile_up() -> None:
    ledger = Ledger()
    for _ in range(3000):
        ledger.bill(spoken=0)
    assert len(ledger._turns) < 600


def test_a_handle_recalls_the_context_once_its_session_is_closed() -> None:
    memory, ledger = Memory(), Ledger()
    ledger.note(text=100)
    memory.enter(1)
    handle = memory.keep(1, Past(ledger))
    with pytest.raises(RefusalError) as still_open:
        memory.recall(handle)
    assert still_open.value.code == 1011
    memory.leave(1)
    assert memory.recall(handle).ledger.bill(0)["promptTokenCount"] == 100
    with pytest.raises(RefusalError) as unknown:
        memory.recall("no such handle")
    assert unknown.value.code == 1008


def test_old_handles_are_forgotten() -> None:
    memory = Memory()
    handles = [memory.keep(number, Past()) for number in range(100)]
    assert memory.recall(handles[-1])
    with pytest.raises(RefusalError):
        memory.recall(handles[0])


def test_speech_goes_out_half_a_second_ahead_and_then_a_quarter_faster_than_it_is_heard() -> None:
    assert wait_s(0.0, 0.0, 1.0) == wait_s(0.5, 0.0, 1.0) == 0.0
    assert wait_s(3.0, 0.0, 1.0) == pytest.approx(2.0)
    assert wait_s(3.0, 1.5, 1.0) == pytest.approx(0.5)
    assert wait_s(3.0, 9.0, 1.0) == 0.0
    assert wait_s(3.0, 0.0, 100.0) == pytest.approx(0.02)


def test_a_reason_fits_into_a_close_frame_and_stays_text() -> None:
    reason = RefusalError(1007, "ü" * 200).reason
    assert reason == "ü" * (REASON_MAX_BYTES // 2)
