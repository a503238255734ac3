"""Which of a question's pictures go up: few, fresh, sharp, and never more than is paid for."""

import numpy as np
import pytest

from custom_components.shelfsight.sight.choice import (
    CONTEXT_BYTES,
    CONTEXT_SIDE_PX,
    LAST_BYTES,
    MAX_BYTES,
    MAX_FRAMES,
    WHOLE_BYTES,
    WHOLE_SIDE_PX,
    Chooser,
    Fault,
    Sending,
)
from custom_components.shelfsight.sight.frame import Frame


def frame(seed: int = 0, *, sharpness: float = 200.0, brightness: float = 110.0) -> Frame:
    """A frame as it would be measured; another seed is another view."""
    thumbnail = np.random.default_rng(seed).uniform(0, 255, (24, 32)).astype(np.float32)
    return Frame(b"", 1600, 1200, 0.0, brightness, sharpness, thumbnail)


def send(chooser: Chooser, sending: Sending | None, now_s: float, size_bytes: int = 150_000) -> Sending:
    """Send it, as large as an ordinary picture of a shelf comes out."""
    assert sending is not None
    chooser.sent(sending, min(size_bytes, sending.max_bytes), now_s)
    return sending


def test_without_a_picture_there_is_nothing_to_send() -> None:
    chooser = Chooser()
    assert chooser.during_speech(0) is None
    assert chooser.before_end() is None
    assert (chooser.any_sent, chooser.newest_sent) == (False, None)


def test_the_first_picture_goes_up_whole_while_the_person_still_talks() -> None:
    chooser, first = Chooser(), frame()
    chooser.add(first)
    assert chooser.during_speech(0) == Sending(first, WHOLE_SIDE_PX, WHOLE_BYTES, whole=True)


def test_the_same_view_is_not_sent_again() -> None:
    chooser = Chooser()
    chooser.add(frame(1))
    send(chooser, chooser.during_speech(0), 0)
    chooser.add(frame(1))
    assert chooser.during_speech(5) is None
    assert chooser.before_end() is None


def test_another_view_goes_up_small_and_at_most_once_a_second() -> None:
    chooser, second = Chooser(), frame(2)
    chooser.add(frame(1))
    send(chooser, chooser.during_speech(0), 0)
    chooser.add(second)
    assert chooser.during_speech(0.9) is None
    assert chooser.during_speech(1.0) == Sending(second, CONTEXT_SIDE_PX, CONTEXT_BYTES, whole=False)


def test_before_the_end_the_freshest_sharp_picture_goes_up_whole() -> None:
    chooser, wanted = Chooser(), frame(3, sharpness=150)
    chooser.add(frame(1, sharpness=200))
    send(chooser, chooser.during_speech(0), 0)
    chooser.add(frame(2, sharpness=180))
    chooser.add(wanted)
    chooser.add(frame(4, sharpness=100))
    sending = send(chooser, chooser.before_end(), 3)
    assert (sending.frame, sending.whole) == (wanted, True)
    assert chooser.newest_sent is wanted


def test_a_view_that_went_up_small_goes_up_whole_at_the_end() -> None:
    chooser, second = Chooser(), frame(2)
    chooser.add(frame(1))
    send(chooser, chooser.during_speech(0), 0)
    chooser.add(second)
    assert not send(chooser, chooser.during_speech(2), 2).whole
    sending = send(chooser, chooser.before_end(), 3)
    assert (sending.frame, sending.whole) == (second, True)


@pytest.mark.parametrize(("first_bytes", "frames"), [(WHOLE_BYTES, 2), (150_000, 5), (60_000, 6)])
def test_however_long_a_question_and_however_restless_the_head_the_limits_hold(first_bytes: int, frames: int) -> None:
    chooser = Chooser()
    chooser.add(frame(0))
    send(chooser, chooser.during_speech(0), 0, first_bytes)
    for second in range(1, 100):
        chooser.add(frame(second))
        if (sending := chooser.during_speech(second)) is not None:
            chooser.sent(sending, sending.max_bytes, second)
    left_bytes = MAX_BYTES - chooser.bytes_sent
    assert left_bytes >= LAST_BYTES, "room is kept for the last picture"
    last = chooser.before_end()
    assert last is not None
    assert (last.whole, last.max_bytes) == (True, min(WHOLE_BYTES, left_bytes))
    chooser.sent(last, last.max_bytes, 100)
    assert chooser.frames_sent == frames
    assert chooser.bytes_sent <= MAX_BYTES


def test_small_pictures_are_limited_by_their_number() -> None:
    chooser = Chooser()
    for second in range(100):
        chooser.add(frame(second))
        if (sending := chooser.during_speech(second)) is not None:
            chooser.sent(sending, 1000, second)
    assert chooser.frames_sent == MAX_FRAMES - 1
    send(chooser, chooser.before_end(), 100)
    assert chooser.frames_sent == MAX_FRAMES


@pytest.mark.parametrize(
    ("frames", "damaged", "fault"),
    [
        ([], 0, Fault.NONE_TAKEN),
        ([], 2, Fault.DAMAGED),
        ([frame(brightness=11)], 0, Fault.DARK),
        ([frame(), frame(brightness=11)], 0, Fault.DARK),
        ([frame(brightness=11), frame()], 0, None),
        ([frame(sharpness=3)], 0, Fault.BLURRED),
        ([frame(), frame(sharpness=3)], 0, None),
        ([frame()], 3, None),
    ],
    ids=["none", "damaged", "dark", "now dark", "no more dark", "blurred", "blurred after a sharp one", "one is good"],
)
def test_what_is_wrong_with_the_pictures_is_known_before_a_model_is_asked(
    frames: list[Frame], damaged: int, fault: Fault | None
) -> None:
    chooser = Chooser()
    chooser.damaged = damaged
    for one in frames:
        chooser.add(one)
    assert chooser.fault() is fault
    assert (chooser.during_speech(0) is None) == (fault is not None)
    assert (chooser.before_end() is None) == (fault is not None)


def test_a_few_frames_are_kept_and_no_more() -> None:
    chooser = Chooser()
    for seed in range(100):
        chooser.add(frame(seed, sharpness=1000 if seed == 0 else 100))
    sending = chooser.before_end()
    assert sending is not None
    assert sending.frame.sharpness == 100, "the sharp one of long ago does not count any more"
