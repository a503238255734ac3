"""Clients nobody here wrote ask a real server about drawn shelves, aloud and in writing, and get the truth."""

import pytest

from local_live.voice import speak
from tests.clients.conftest import Held

pytestmark = pytest.mark.timeout(1200)  # the first test of a client builds its environment
SPEECH_BYTES_A_S = 48_000


def test_every_question_is_answered_in_one_session(held: Held) -> None:
    assert len(held.turns) == len(held.conversation.questions)
    assert all(turn.said and turn.sound_bytes for turn in held.turns)


def test_every_answer_names_the_shelf_of_the_picture_that_was_shown_last(held: Held) -> None:
    for question, turn, expected in zip(held.conversation.questions, held.turns, held.expected, strict=True):
        assert turn.said.startswith(expected.place), f"{question}: {turn.said}"
        assert question.thing in turn.said


def test_what_was_asked_aloud_is_written_down_and_what_was_written_is_not(held: Held) -> None:
    for question, turn in zip(held.conversation.questions, held.turns, strict=True):
        assert turn.heard == (question.text if question.aloud else "")
        assert ("inputTranscription" in turn.events) == question.aloud


def test_the_sound_is_as_long_as_its_words(held: Held) -> None:
    for turn in held.turns:
        assert turn.sound_types == ["audio/pcm;rate=24000"]
        spoken_s = len(speak(turn.said)) / SPEECH_BYTES_A_S
        assert turn.sound_bytes / SPEECH_BYTES_A_S == pytest.approx(spoken_s, abs=0.2)


def test_the_events_of_a_turn_come_in_order_and_nothing_is_interrupted(held: Held) -> None:
    for turn in held.turns:
        assert "interrupted" not in turn.events and "toolCallCancellation" not in turn.events
        assert turn.events[-1] == "turn_complete" and turn.events.count("turn_complete") == 1
        if not held.client.startswith("pipecat"):  # pipecat keeps generationComplete and the words' order to itself
            order = [event for event in turn.events if not event.startswith("tool")]
            heard = ["inputTranscription"] if turn.heard else []
            assert order == [*heard, "sound", "generation_complete", "turn_complete"]


def test_a_place_is_reported_once_and_truly_and_spoken_after_the_response(held: Held) -> None:
    for turn, expected in zip(held.turns, held.expected, strict=True):
        if not held.conversation.with_function:
            assert not turn.calls
            continue
        (call,) = turn.calls
        place, product = call["args"], expected.product
        assert call["name"] == "report_place"
        assert place["found"] is True and place["item"] == product.name and place["price"] == product.price
        assert (place["shelf"], place["shelf_count"]) == (product.shelf, expected.truth.shelf_count)
        top, left, bottom, right = place["box"]
        assert product.box[0] <= (top + bottom) / 2 <= product.box[2]
        assert product.box[1] <= (left + right) / 2 <= product.box[3]
        answer = [event for event in turn.events if event in {"toolCall", "toolResponse", "sound"}]
        assert list(dict.fromkeys(answer)) == ["toolCall", "toolResponse", "sound"]


def test_the_server_neither_refuses_nor_fails(held: Held) -> None:
    assert "gemini-3.8-live" in held.server_log
    assert "refused" not in held.server_log and "Traceback" not in held.server_log
