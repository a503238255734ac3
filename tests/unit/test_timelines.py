"""The flight recorder alone: timelines on a clock of the test's, and what is kept of sound and pictures while that is on."""

import base64
from datetime import UTC, date, datetime, timedelta
import io
import json
from typing import Any
import wave

import pytest

from custom_components.shelfsight.flight import told_mode
from custom_components.shelfsight.flight_media import LIMIT_BYTES, WORDS_LIMIT, Media, as_dict
from custom_components.shelfsight.flight_recorder import (
    QUESTIONS,
    QUESTIONS_WITH_MEDIA,
    Beginning,
    Ended,
    FlightRecorder,
    Mark,
    Timeline,
)


class Clock:
    """Goes on when the test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recorder(clock: Clock) -> FlightRecorder:
    return FlightRecorder(clock)


def moments(timeline: Timeline) -> list[tuple[int, str]]:
    return [(event["ms"], event["event"]) for event in timeline.as_dict()["events"]]


def test_moments_are_told_in_milliseconds_since_the_press(recorder: FlightRecorder, clock: Clock) -> None:
    timeline = recorder.begin(Beginning.PRESS, "find", began_s=999.96)
    clock.now_s += 0.25
    timeline.note(Mark.SPEECH)
    clock.now_s += 1
    timeline.note(Mark.FRAME_TAKEN, width=640, counts=True)
    recorder.end(timeline, Ended.ANSWERED, tries=0)
    told = timeline.as_dict()
    assert moments(timeline) == [(40, "served"), (290, "speech"), (1290, "frame_taken"), (1290, "ended")]
    assert told["events"][2] == {"ms": 1290, "event": "frame_taken", "width": 640, "counts": True}
    assert (told["began_by"], told["mode"], told["result"]) == ("press", "find", "answered")


def test_the_time_of_day_is_that_of_the_press(recorder: FlightRecorder) -> None:
    timeline = recorder.begin(Beginning.PRESS, "find", began_s=940.0)
    began_at = datetime.fromisoformat(timeline.as_dict()["began_at"])
    assert abs(datetime.now(UTC) - timedelta(seconds=60) - began_at) < timedelta(seconds=2)


def test_a_press_that_a_wrong_clock_puts_into_the_future_was_now(recorder: FlightRecorder) -> None:
    assert moments(recorder.begin(Beginning.PRESS, "find", began_s=1003.0)) == [(0, "served")]


def test_the_last_twenty_questions_are_kept_the_newest_last(recorder: FlightRecorder) -> None:
    for number in range(QUESTIONS + 5):
        recorder.end(recorder.begin(Beginning.WRITTEN, str(number)), Ended.ANSWERED)
    assert [timeline.mode for timeline in recorder.timelines] == [str(number) for number in range(5, 25)]


@pytest.mark.parametrize(
    ("beginning", "speaks", "ended", "kept"),
    [
        (Beginning.FOLLOW_UP, False, Ended.NOTHING_ASKED, False),
        (Beginning.FOLLOW_UP, False, Ended.STOPPED, False),
        (Beginning.FOLLOW_UP, False, Ended.WEARABLE_LEFT, False),
        (Beginning.FOLLOW_UP, False, Ended.REASON_TOLD, True),
        (Beginning.FOLLOW_UP, False, Ended.BROKE, True),
        (Beginning.FOLLOW_UP, True, Ended.STOPPED, True),
        (Beginning.PRESS, False, Ended.NOTHING_ASKED, True),
        (Beginning.VOICE, False, Ended.NOTHING_ASKED, True),
    ],
)
def test_a_follow_up_that_nobody_asked_takes_nobodys_place(
    recorder: FlightRecorder, beginning: Beginning, *, speaks: bool, ended: Ended, kept: bool
) -> None:
    timeline = recorder.begin(beginning, "find")
    assert recorder.timelines == [timeline], "while it goes on it is shown"
    if speaks:
        timeline.note(Mark.SPEECH)
    recorder.end(timeline, ended)
    assert (recorder.timelines == [timeline]) is kept


def test_of_a_question_without_an_end_the_beginning_and_the_newest_are_kept(recorder: FlightRecorder) -> None:
    timeline = recorder.begin(Beginning.PRESS, "guide")
    for number in range(5_000):
        timeline.note(Mark.STEP, number=number)
    told = timeline.as_dict()
    numbers = [event.get("number") for event in told["events"]]
    assert numbers[:3] == [None, 0, 1] and numbers[-1] == 4_999
    assert len(numbers) == 250 and told["events_left_out"] == 5_001 - 250


def test_what_the_wearable_does_belongs_to_the_question_that_is_being_asked(recorder: FlightRecorder) -> None:
    recorder.note(Mark.CUE, name="before all")
    first = recorder.begin(Beginning.PRESS, "find")
    recorder.note(Mark.CUE, name="thinking")
    about_a_camera = recorder.begin(Beginning.WRITTEN, "find", uses_wearable=False)
    recorder.note(Mark.FLUSH)
    recorder.end(about_a_camera, Ended.ANSWERED)
    recorder.note(Mark.PLAYED)
    recorder.end(first, Ended.ANSWERED)
    recorder.note(Mark.CUE, name="afterwards")
    assert [name for _, name in moments(first)] == ["served", "cue", "flush", "played", "ended"]
    assert [name for _, name in moments(about_a_camera)] == ["served", "ended"]


def test_of_sound_only_its_first_and_its_amount_are_noted(recorder: FlightRecorder) -> None:
    timeline = recorder.begin(Beginning.PRESS, "find")
    for _ in range(3):
        timeline.heard(bytes(640))
        timeline.answered(bytes(960))
    timeline.audio_over()
    told = timeline.as_dict()["events"]
    assert [event["event"] for event in told] == ["served", "first_sound_in", "first_audio", "audio_over"]
    assert told[-1]["bytes"] == 3 * 960


def test_questions_are_counted_by_the_day(recorder: FlightRecorder) -> None:
    today, tomorrow = date(2026, 11, 21), date(2026, 11, 22)
    assert recorder.asked_on(today) == 0
    recorder.count(today)
    recorder.count(today)
    assert (recorder.asked_on(today), recorder.asked_on(tomorrow)) == (2, 0)
    recorder.count(tomorrow)
    assert (recorder.asked_on(today), recorder.asked_on(tomorrow)) == (0, 1)


def test_how_people_call_their_own_modes_is_theirs() -> None:
    assert (told_mode("find"), told_mode("own_grandmas_pills")) == ("find", "own")


# --- words, sound and pictures ----------------------------------------------------------------------------------------


def ask(recorder: FlightRecorder, *, question: bytes = b"", jpeg: bytes = b"", answer: bytes = b"") -> Timeline:
    timeline = recorder.begin(Beginning.PRESS, "find")
    timeline.heard(question)
    timeline.sent(jpeg)
    timeline.answered(answer)
    if timeline.media is not None:
        timeline.media.read("Where is the milk?", "On the left.")
    recorder.end(timeline, Ended.ANSWERED)
    return timeline


def pcm_in(encoded: str) -> tuple[bytes, int, int]:
    with wave.open(io.BytesIO(base64.b64decode(encoded))) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        return sound.readframes(sound.getnframes()), sound.getframerate(), sound.getnframes()


def test_nothing_said_or_seen_is_kept_unless_somebody_wants_it(recorder: FlightRecorder) -> None:
    assert ask(recorder, question=b"\1\0" * 9, jpeg=b"\xff\xd8", answer=b"\2\0").media is None
    assert recorder.keeps_media is False


def test_what_is_kept_can_be_heard_and_seen_again(recorder: FlightRecorder) -> None:
    recorder.keep_media()
    media = ask(recorder, question=b"\1\0" * 9, jpeg=b"\xff\xd8picture", answer=b"\2\0" * 7).media
    assert media is not None
    told = as_dict(media.kept())
    assert pcm_in(told["question_wav"]) == (b"\1\0" * 9, 16_000, 9)
    assert pcm_in(told["answer_wav"]) == (b"\2\0" * 7, 24_000, 7)
    assert [base64.b64decode(jpeg) for jpeg in told["pictures_jpeg"]] == [b"\xff\xd8picture"]
    assert (told["asked"], told["answer"], told["left_out_bytes"]) == ("Where is the milk?", "On the left.", 0)
    json.dumps(told)


def test_where_there_was_no_sound_there_is_no_file(recorder: FlightRecorder) -> None:
    told = as_dict(Media().kept())
    assert (told["question_wav"], told["answer_wav"], told["pictures_jpeg"]) == (None, None, [])


def test_of_the_last_three_questions_five_megabytes_are_kept(recorder: FlightRecorder) -> None:
    recorder.keep_media()
    for _ in range(6):
        ask(recorder, question=bytes(800_000), jpeg=bytes(700_000), answer=bytes(4_000_000))
    kept = [timeline.media.kept() for timeline in recorder.timelines if timeline.media is not None]
    assert len(kept) == QUESTIONS_WITH_MEDIA == 3 and len(recorder.timelines) == 6
    sizes = [len(one.question_pcm) + len(one.answer_pcm) + sum(map(len, one.pictures)) for one in kept]
    assert sizes == [1_500_000] * 3 and LIMIT_BYTES * 3 <= 5_000_000
    assert [one.left_out_bytes for one in kept] == [4_000_000] * 3
    assert recorder.timelines[-1].media is not None


def test_a_picture_that_is_sent_again_with_its_question_is_kept_once() -> None:
    media = Media()
    for jpeg in (b"one", b"two", b"one"):
        media.see(jpeg)
    assert media.kept().pictures == (b"one", b"two")


def test_words_without_an_end_are_cut() -> None:
    media = Media()
    media.read("a" * 10_000, "b" * 10_000)
    assert (len(media.kept().asked), len(media.kept().answer)) == (WORDS_LIMIT, WORDS_LIMIT)


def test_whatever_was_kept_is_forgotten_at_once_and_the_timelines_stay(recorder: FlightRecorder) -> None:
    recorder.keep_media()
    asked: Any = ask(recorder, question=bytes(100))
    going_on = recorder.begin(Beginning.PRESS, "find")
    recorder.forget_media()
    assert (asked.media, going_on.media) == (None, None)
    going_on.heard(bytes(100))
    assert recorder.timelines == [asked, going_on] and not recorder.keeps_media
    assert recorder.begin(Beginning.PRESS, "find").media is None
