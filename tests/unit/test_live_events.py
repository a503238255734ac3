"""What a server frame tells, and where one turn ends and the next begins."""

from google.genai import types
import pytest

from custom_components.shelfsight.live.accounts import Usage
from custom_components.shelfsight.live.events import (
    Heard,
    Interrupted,
    Reported,
    Said,
    Sound,
    SoundOver,
    TurnBoundary,
    TurnEvent,
    TurnOver,
    Wrote,
    content_events,
)
from custom_components.shelfsight.spatial import PlaceReport


def content(**fields: object) -> types.LiveServerContent:
    return types.LiveServerContent.model_validate(fields)


def inline(data: bytes, mime_type: str | None = "audio/pcm;rate=24000", **more: object) -> types.Part:
    return types.Part.model_validate({"inline_data": types.Blob(data=data, mime_type=mime_type), **more})


def test_a_frame_with_words_and_several_pieces_of_sound_gives_all_of_them() -> None:
    frame = content(
        output_transcription={"text": " foggy"}, model_turn={"parts": [inline(b"aa"), inline(b"bb"), inline(b"cc")]}
    )
    assert content_events(frame, Usage()) == [Said(" foggy"), Sound(b"aa"), Sound(b"bb"), Sound(b"cc")]


def test_what_is_thought_is_told_to_nobody_and_what_is_written_is_kept_apart() -> None:
    parts = [
        types.Part(text="**Thinking** about bread", thought=True),
        types.Part(text="Third shelf."),
        inline(b"aa", thought=True),
    ]
    assert content_events(content(model_turn={"parts": parts}), Usage()) == [Wrote("Third shelf.")]


@pytest.mark.parametrize(
    "part",
    [inline(b"aaa"), inline(b""), inline(b"aa", "audio/mpeg"), inline(b"aa", None), inline(b"aa", "image/jpeg")],
    ids=["half a sample", "nothing", "another format", "no format", "a picture"],
)
def test_what_is_no_pcm_is_not_played(part: types.Part) -> None:
    assert content_events(content(model_turn={"parts": [part, inline(b"ok")]}), Usage()) == [Sound(b"ok")]


def test_an_empty_frame_tells_nothing() -> None:
    assert content_events(content(), Usage()) == []
    assert (
        content_events(content(input_transcription={}, output_transcription={"text": ""}, model_turn={}), Usage()) == []
    )


def test_the_ends_come_in_the_order_in_which_they_count() -> None:
    frame = content(
        input_transcription={"text": "where"},
        interrupted=True,
        generation_complete=True,
        turn_complete=True,
        turn_complete_reason="RESPONSE_REJECTED",
    )
    assert content_events(frame, Usage(text_in=42)) == [
        Heard("where"), Interrupted(), SoundOver(), TurnOver(Usage(text_in=42), "RESPONSE_REJECTED"),
    ]  # fmt: skip


def mine(events: list[TurnEvent | str]) -> list[TurnEvent]:
    """What belongs to the turn begun last; "begin" begins one."""
    boundary, kept = TurnBoundary(), []
    for event in events:
        if isinstance(event, str):
            boundary.begin()
            kept.clear()
        elif boundary.mine(event):
            kept.append(event)
    return kept


SOUND, OVER, DONE, CUT = Sound(b"aa"), SoundOver(), TurnOver(Usage(), None), Interrupted()
NEW, PLACE = Said("new"), Reported(PlaceReport(found=True, item="bread"))
TURNS: dict[str, tuple[list[TurnEvent | str], list[TurnEvent]]] = {
    "one turn": (["begin", SOUND, OVER, DONE], [SOUND, OVER, DONE]),
    "a turn after a complete one": (["begin", SOUND, OVER, DONE, "begin", NEW, OVER, DONE], [NEW, OVER, DONE]),
    "the old end comes late": (["begin", SOUND, OVER, "begin", DONE, NEW, OVER, DONE], [NEW, OVER, DONE]),
    "the old end does not come": (["begin", SOUND, OVER, "begin", NEW, OVER, DONE], [NEW, OVER, DONE]),
    "the old turn is cut": (["begin", SOUND, "begin", SOUND, CUT, DONE, NEW, OVER, DONE], [NEW, OVER, DONE]),
    "the old turn is cut and its end does not come": (["begin", SOUND, "begin", CUT, NEW, OVER], [NEW, OVER]),
    "the old turn still reports": (["begin", SOUND, "begin", PLACE, SOUND, CUT, DONE, NEW], [NEW]),
    "the new turn is cut itself": (["begin", SOUND, CUT, DONE, "begin", NEW, CUT, DONE], [NEW, CUT, DONE]),
    "the old turn ends as if nothing were": (["begin", SOUND, "begin", SOUND, OVER, DONE, NEW], [NEW]),
    "begun again before anything was answered": (["begin", "begin", SOUND, CUT, DONE, NEW, OVER], [NEW, OVER]),
    "what cannot be told apart is not taken": (["begin", "begin", SOUND, OVER, DONE], []),
}


@pytest.mark.parametrize(("events", "kept"), TURNS.values(), ids=TURNS)
def test_what_is_left_of_the_turn_before_is_not_taken_for_this_one(
    events: list[TurnEvent | str], kept: list[TurnEvent]
) -> None:
    assert mine(events) == kept
