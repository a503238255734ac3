"""The flight recorder at work: real questions over a real link and a real Live server, and what stands of them afterwards."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from custom_components.shelfsight import RECORDERS
from custom_components.shelfsight.flight_recorder import Timeline
from custom_components.shelfsight.link.connection import LinkClosedError
from custom_components.shelfsight.sight.frame import examine
from custom_components.shelfsight.spoken import SpokenQuestion
from custom_components.shelfsight.wearable import Wearable
from local_live.orders import Close, EmptyAnswer, Ending, Moment
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import SILENCE, FakeWearable, camera_entry, choose, eventually, question
from tests.local_live.server_parts import Brains

SHELF = pictures.jpeg(1, (1600, 1200))

type Events = list[dict[str, Any]]


def timelines(entry: MockConfigEntry) -> list[Timeline]:
    found: list[Timeline] = entry.runtime_data.recorder.timelines
    return found


async def ended(entry: MockConfigEntry, count: int = 1) -> list[dict[str, Any]]:
    """The first so many questions, once they are over."""
    await eventually(lambda: sum(one.ended is not None for one in timelines(entry)) >= count)
    return [one.as_dict() for one in timelines(entry)[:count]]


def names(events: Events) -> list[str]:
    return [event["event"] for event in events]


def one(events: Events, name: str) -> dict[str, Any]:
    """The figures of the first event of this name."""
    return next(
        {key: value for key, value in event.items() if key not in ("ms", "event")}
        for event in events
        if event["event"] == name
    )


async def test_a_question_stands_there_from_the_press_to_the_last_sound(entry: MockConfigEntry, dial: Dial) -> None:
    wearable = await dial()
    await wearable.ask(SHELF)
    (told,) = await ended(entry)
    events = told["events"]
    assert (told["began_by"], told["mode"], told["result"], told["events_left_out"]) == ("press", "find", "answered", 0)
    story = [name for name in names(events) if name not in ("capture_asked", "cue", "place", "button")]
    # Who asks listens, looks and opens a session at the same time: each has its own order, and all of it is there once.
    asked = ["served", "first_sound_in", "speech", "speech_over", "question_sent", "first_audio", "speak", "audio_over"]
    looked = ["served", "frame_taken", "frame_sent", "question_sent"]
    opened = ["served", "session", "frame_sent"]
    for order in (asked, looked, opened):
        assert [name for name in story if name in order] == order, story
    assert story[-3:] == ["spoken", "played", "ended"]
    assert sorted(story) == sorted({*asked, *looked, *opened, "spoken", "played", "ended"})
    times = [event["ms"] for event in events]
    assert times == sorted(times) and times[0] >= 0
    assert one(events, "speech_over") == {"how": "silence", "silent_ms": 600}
    assert one(events, "capture_asked") == {"audio": True, "video": True, "still": False}
    frame = one(events, "frame_taken")
    assert (frame["width"], frame["height"], frame["bytes"], frame["counts"]) == (1600, 1200, len(SHELF), True)
    assert one(events, "frame_sent") == {"bytes": len(SHELF)}
    assert one(events, "session") == {"how": "opened", "model": "gemini-3.8-live"}
    last = one(events, "ended")
    assert (last["result"], last["reason"], last["tries"], last["frames_sent"]) == ("answered", None, 0, 1)
    assert last["first_audio_ms"] == entry.runtime_data.last.first_audio_ms


async def test_the_next_question_tells_that_it_used_the_session_that_was_there(
    entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await wearable.ask(SHELF)
    await ended(entry)
    await wearable.ask(SHELF)
    await eventually(lambda: [told.beginning for told in timelines(entry)].count("press") == 2)
    told = await ended(entry, 2)
    assert [one(each["events"], "session")["how"] for each in told] == ["opened", "reused"]


async def test_a_button_that_was_held_ends_the_question(entry: MockConfigEntry, dial: Dial) -> None:
    wearable = await dial()
    await wearable.press()
    await wearable.show(SHELF)
    await wearable.say(question())
    await wearable.release()
    (told,) = await ended(entry)
    assert one(told["events"], "speech_over")["how"] == "released"


async def test_a_press_without_a_word_tells_that_nobody_spoke(entry: MockConfigEntry, dial: Dial) -> None:
    wearable = await dial()
    await wearable.press()
    await wearable.release()
    await wearable.show(SHELF)
    await wearable.say(bytes(32 * 6_500))
    (told,) = await ended(entry)
    assert told["result"] == "reason_told" and one(told["events"], "ended")["reason"] == "no_speech"
    assert one(told["events"], "speech_over")["how"] == "nobody_spoke"
    assert "session" not in names(told["events"])


async def test_what_was_refused_and_what_came_damaged_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await wearable.press()
    await wearable.release()
    await wearable.heard("capture")
    await wearable.show(pictures.damaged())
    await eventually(lambda: "frame_taken" in names(timelines(entry)[0].as_dict()["events"]))
    for what in ("network Villa-WLAN", "camera"):
        await wearable.send({"type": "refused", "what": what, "code": "failed", "reason": "Villa-WLAN is gone"})
    await wearable.say(question() + SILENCE)
    (told,) = await ended(entry)
    assert [event for event in told["events"] if event["event"] == "refused"] == [
        {"ms": told["events"][names(told["events"]).index("refused")]["ms"], "event": "refused", "what": "camera",
         "code": "failed"}
    ]  # fmt: skip
    assert one(told["events"], "frame_taken") == {"damaged": True, "counts": True}
    assert "Villa" not in str(told)


@pytest.mark.usefixtures("quick_tries")
async def test_each_try_and_its_trouble_is_told(entry: MockConfigEntry, dial: Dial, live: Server) -> None:
    wearable = await dial()
    live.order(Close(at=Moment.THINKING, ending=Ending(1011, "Internal error encountered.")))
    await wearable.ask(SHELF)
    (told,) = await ended(entry)
    events = told["events"]
    assert told["result"] == "answered" and one(events, "ended")["tries"] == 1
    assert one(events, "trouble") == {"trouble": "no_server"}
    assert names(events).count("session") == 2 and names(events).count("frame_sent") == 2
    assert one(events, "cue") == {"name": "thinking"}


async def test_the_ways_around_a_server_that_does_not_answer_are_told(
    entry: MockConfigEntry, dial: Dial, live: Server
) -> None:
    wearable = await dial()
    live.order(EmptyAnswer())
    await wearable.ask(SHELF)
    (told,) = await ended(entry)
    events = told["events"]
    assert one(events, "another_way") == {"way": "in_writing"}
    assert one(events, "trouble") == {"trouble": "not_addressed"}
    assert told["result"] == "answered"


async def test_a_press_that_stops_an_answer_and_one_that_nobody_answers_any_more(
    entry: MockConfigEntry, dial: Dial, brains: Brains
) -> None:
    brains.first.gate.clear()
    wearable = await dial()
    await wearable.ask(SHELF)
    await brains.first.asked.wait()
    await wearable.press()
    (told,) = await ended(entry)
    assert told["result"] == "stopped" and one(told["events"], "button") == {"action": "press"}
    await eventually(lambda: len(timelines(entry)) == 2)
    await wearable.leave()
    told = (await ended(entry, 2))[1]
    assert told["result"] == "stopped" and "left" in names(told["events"])


async def test_a_question_in_writing_is_told_like_any_other(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    wearable.still_jpeg = SHELF
    await hass.services.async_call("shelfsight", "ask", {"question": "Milk?"}, blocking=True, return_response=True)
    (told,) = await ended(entry)
    assert (told["began_by"], told["result"]) == ("written", "answered")
    assert one(told["events"], "capture_asked")["still"] is True
    assert "Milk" not in str(told)


async def test_a_question_about_a_cameras_picture_is_told_where_there_is_no_wearable(
    hass: HomeAssistant, live: Server
) -> None:
    made = camera_entry(live)
    made.add_to_hass(hass)
    assert await hass.config_entries.async_setup(made.entry_id)
    frame = await hass.async_add_executor_job(examine, SHELF, 0.0)
    runtime = made.runtime_data
    await runtime.ask(
        "Milk?", mode=runtime.answering.mode("find"), speak=False, frame=frame, timeout_s=20, listens_on=False
    )
    (told,) = await ended(made)
    assert (told["began_by"], told["result"]) == ("written", "answered")
    assert {"session", "frame_sent", "question_sent", "first_audio"} <= set(names(told["events"]))
    assert await hass.config_entries.async_unload(made.entry_id)


async def test_steps_of_a_mode_that_goes_on_stand_in_the_question_that_began_it(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    await choose(hass, entry, mode="guide")
    wearable = await dial()
    wearable.still_jpeg = SHELF
    await wearable.ask(SHELF)
    (guiding,) = await _once(lambda: [one for one in timelines(entry) if "step" in names(one.as_dict()["events"])])
    assert guiding.beginning == "press"
    assert len(timelines(entry)) == 1, "a step is no question"
    await wearable.leave()
    (told,) = await ended(entry)
    assert told["mode"] == "guide" and one(told["events"], "step")["frames_sent"] == 1


async def _once(found: Any) -> Any:
    await eventually(found)
    return found()


async def test_an_error_of_our_own_is_named(
    entry: MockConfigEntry, dial: Dial, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_question: SpokenQuestion) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(SpokenQuestion, "listening", broken)
    wearable = await dial()
    await wearable.ask(SHELF)
    (told,) = await ended(entry)
    assert told["result"] == "broke" and one(told["events"], "ended")["error"] == "ZeroDivisionError"
    assert "a secret" not in str(told)
    await wearable.heard("spoken")
    assert "ended by an error in Shelfsight" in caplog.text


async def test_timelines_outlive_a_reload_and_go_with_their_entry(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    await wearable.ask(SHELF)
    await ended(entry)
    await wearable.leave()
    await eventually(lambda: len(timelines(entry)) == 1)
    kept = timelines(entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert timelines(entry) == kept
    again: FakeWearable = await dial()
    await again.ask(SHELF)
    await ended(entry, 2)
    assert timelines(entry)[:1] == kept
    await hass.config_entries.async_remove(entry.entry_id)
    assert hass.data[RECORDERS] == {}


async def test_a_voice_into_an_answer_is_told_as_what_it_is(entry: MockConfigEntry, dial: Dial) -> None:
    """Where the wearable cancels its echo."""
    wearable = await dial(echo_cancellation=True, speaker={"rate_hz": 24000, "buffer_ms": 200})
    await wearable.ask(SHELF)
    await wearable.until(lambda: len(wearable.sounds) > 3)
    await wearable.say(question() + SILENCE)
    await eventually(lambda: len(timelines(entry)) >= 2)
    assert [told.beginning for told in timelines(entry)][:2] == ["press", "voice"]


async def test_a_press_at_home_is_told_as_one(hass: HomeAssistant, entry: MockConfigEntry, dial: Dial) -> None:
    wearable = await dial()
    await hass.services.async_call("button", "press", {"entity_id": "button.desk_ask"}, blocking=True)
    await wearable.heard("capture", audio=True)
    await wearable.show(SHELF)
    await wearable.say(question() + SILENCE)
    (told,) = await ended(entry)
    assert (told["began_by"], told["result"]) == ("press_at_home", "answered")
    assert one(told["events"], "cue") == {"name": "listening"}


async def test_a_line_that_breaks_while_something_is_sent_is_told(
    entry: MockConfigEntry, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_wearable: Wearable, *_sound: Any) -> None:
        raise LinkClosedError("the link broke while sending")

    wearable = await dial()
    monkeypatch.setattr(Wearable, "say", broken)
    await wearable.ask(SHELF)
    (told,) = await ended(entry)
    assert told["result"] == "wearable_left"
