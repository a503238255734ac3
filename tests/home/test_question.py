"""A spoken question from the press to the last word: a real WebSocket on one side, a real Live server on the other."""

import asyncio
from dataclasses import replace
import time
from typing import Any, cast

import numpy as np
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from custom_components.shelfsight import company, spoken as question_room
from custom_components.shelfsight.live.session import LiveSession
from custom_components.shelfsight.sound.pcm import resample, samples
from custom_components.shelfsight.sound.phrases import PHRASES_HZ, load
from custom_components.shelfsight.wearable import Wearable
from local_live import wire
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import (
    SILENCE,
    FakeWearable,
    entity_id,
    eventually,
    question,
    running_tasks,
    state,
    states_from_now,
    until_state,
)
from tests.local_live.server_parts import Brains, running

pytestmark = pytest.mark.usefixtures("quick_tries")

SHELF, OTHER_SHELF = pictures.jpeg(1, (1600, 1200)), pictures.jpeg(2, (1600, 1200))


@pytest.fixture
def states(hass: HomeAssistant) -> list[str]:
    """The wearable's states, as Home Assistant sees them one after the other."""
    return states_from_now(hass, "sensor.desk_state")


def kinds(messages: list[Any]) -> list[str]:
    """What was sent up, repeats left out."""
    names = [type(message).__name__ for message in messages]
    return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


def speech_of(phrase: str) -> bytes:
    """A phrase as the wearable's speaker gets it."""
    return resample(samples(load("en")[phrase].pcm), PHRASES_HZ, 24_000).tobytes()


def said_phrase(wearable: FakeWearable) -> str | None:
    """Which phrase the wearable was given, whole and nothing else; None for an answer."""
    return next((name for name in load("en") if speech_of(name) == wearable.played_pcm), None)


def heard_whole(wearable: FakeWearable, phrase: str) -> bool:
    """True when this phrase was the last that was said, to its end."""
    sounds = [at for at, kind in enumerate(wearable.order) if kind == "sound"]
    over = bool(sounds) and "spoken" in wearable.order[sounds[-1] :]
    return over and wearable.played_pcm.endswith(speech_of(phrase))


async def hears_phrase(wearable: FakeWearable, phrase: str) -> None:
    """The wearable is told this reason, whole, after whatever was said on the way to it."""
    await wearable.until(lambda: heard_whole(wearable, phrase), 30)
    assert wearable.all("cue", name="error")


async def hears_answer(wearable: FakeWearable) -> None:
    """The wearable is given an answer of the Live server, whole and in order."""
    turn = (await wearable.heard("spoken"))["turn"]
    assert wearable.all("speak", turn=turn, rate_hz=24000)
    assert wearable.order.index("speak") < wearable.order.index("sound") < wearable.order.index("spoken")
    loud = np.abs(samples(wearable.played_pcm).astype(int)).max()
    assert said_phrase(wearable) is None
    assert len(wearable.played_pcm) > 24000 and loud > 10_000


async def idle(hass: HomeAssistant) -> None:
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")


@pytest.fixture
def short_follow_up(entry: MockConfigEntry) -> None:
    """Follow-up time that is over after 0.2 s of sound."""
    answering = entry.runtime_data.answering
    assert answering.options.follow_up_s == 8
    answering.options = replace(answering.options, follow_up_s=0.2)


async def test_a_question_is_heard_seen_thought_about_and_answered(
    hass: HomeAssistant, dial: Dial, brains: Brains, states: list[str], upward: list[Any], short_follow_up: None
) -> None:
    wearable = await dial()
    said = await wearable.ask(SHELF)
    await hears_answer(wearable)
    (heard,) = brains.first.sounds
    assert heard == said[: len(heard)], "what the Live server hears is what was said, from the press on"
    assert len(heard) >= len(question())
    await wearable.heard("capture", audio=True, press=1, count=2)
    await wearable.say(SILENCE)
    await idle(hass)
    assert states == ["idle", "listening", "thinking", "answering", "listening", "idle"]
    sequences = [sequence for sequence, _, _ in wearable.sounds]
    assert sequences == list(range(len(sequences)))
    last = hass.states.get(entity_id(hass, "sensor", "last_answer"))
    assert last is not None
    assert last.state == "Answer number 1, after 1 pictures."
    assert last.attributes["asked"].strip() == f"{len(heard) / 32000:.1f} seconds of sound"
    assert (last.attributes["item"], last.attributes["shelf"], last.attributes["side"]) == ("bread", 3, "far right")
    assert last.attributes["reason"] is None
    assert last.attributes["first_audio_ms"] is not None and last.attributes["frames_sent"] == 1


async def test_the_last_picture_goes_up_before_the_end_marker_and_none_after_it(
    dial: Dial, upward: list[Any], brains: Brains
) -> None:
    wearable = await dial()
    await wearable.press()
    await wearable.release()
    await wearable.show(SHELF)
    await wearable.say(question())
    await eventually(lambda: brains.first.pictures)
    await wearable.show(OTHER_SHELF)
    await wearable.say(SILENCE)
    await wearable.show(pictures.jpeg(3, (1600, 1200)))
    await hears_answer(wearable)
    sent = kinds(upward)
    assert sent[:2] == ["Setup", "ActivityStart"]
    end = sent.index("ActivityEnd")
    assert "Picture" in sent[2:end] and "Picture" not in sent[end:] and "Sound" not in sent[end:]
    sizes = [len(message.encoded) for message in upward if isinstance(message, wire.Picture)]
    assert len(sizes) <= 8 and sum(sizes) <= 600_000


async def test_however_many_pictures_come_few_go_up(
    dial: Dial, upward: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.shelfsight.sight.choice.CONTEXT_EVERY_S", 0.0)
    wearable = await dial()
    await wearable.press()
    await wearable.release()
    long_question = question() * 4
    for at in range(20):
        await wearable.show(pictures.jpeg(at, (800, 600)))
        await wearable.say(long_question[at * 9600 : (at + 1) * 9600])
        await asyncio.sleep(0.02)  # the pictures are examined one at a time
    await wearable.say(SILENCE)
    await hears_answer(wearable)
    sizes = [len(message.encoded) for message in upward if isinstance(message, wire.Picture)]
    assert 2 <= len(sizes) <= 8 and sum(sizes) <= 600_000


async def test_a_second_question_needs_no_press_and_no_new_session(
    hass: HomeAssistant, dial: Dial, brains: Brains, states: list[str]
) -> None:
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears_answer(wearable)
    wearable.forget()
    await wearable.heard("capture", audio=True)
    await wearable.show(OTHER_SHELF)
    await wearable.say(question("And the milk?") + SILENCE)
    await hears_answer(wearable)
    assert len(brains.made) == 1, "one session"
    assert len(brains.first.sounds) == 2
    assert question("And the milk?")[-6400:] in brains.first.sounds[1]
    await until_state(hass, lambda: len(states) >= 8)
    assert states[:8] == [
        "idle",
        "listening",
        "thinking",
        "answering",
        "listening",
        "thinking",
        "answering",
        "listening",
    ]


async def test_while_nobody_speaks_in_follow_up_time_nothing_goes_up_and_then_the_session_closes(
    hass: HomeAssistant, dial: Dial, upward: list[Any], brains: Brains
) -> None:
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears_answer(wearable)
    wearable.forget()
    await wearable.heard("capture", audio=True)
    so_far = len(upward)
    await wearable.show(OTHER_SHELF)
    room = np.random.default_rng(1).normal(0, 30, 16_000 * 9).astype("<i2").tobytes()
    await wearable.say(room)
    await idle(hass)
    assert len(upward) == so_far
    assert not brains.first.closed.is_set() or len(upward) == so_far
    await asyncio.wait_for(brains.first.closed.wait(), 5)
    assert wearable.all("cue", name="done")
    assert wearable.all("capture")[-1] == {"type": "capture", "press": 1, "audio": False, "video": None, "still": None}


async def test_a_press_during_an_answer_stops_it_and_begins_a_new_question(
    hass: HomeAssistant, dial: Dial, brains: Brains
) -> None:
    brains.first.text = "This is a long answer that nobody wants to hear to its end. " * 5
    wearable = await dial(speaker={"rate_hz": 24000, "buffer_ms": 400})
    await wearable.ask(SHELF)
    await wearable.until(lambda: len(wearable.sounds) > 5)
    wearable.forget()
    brains.first.text = "The milk is on the second shelf."
    await wearable.ask(OTHER_SHELF)
    await wearable.heard("flush")
    began = wearable.order.index("flush")
    await wearable.heard("spoken")
    assert wearable.order[began:].index("speak") < wearable.order[began:].index("sound")
    assert len(wearable.all("speak")) == 1
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == "The milk is on the second shelf.")


async def test_an_answer_is_paced_to_the_speakers_buffer(hass: HomeAssistant, dial: Dial) -> None:
    wearable = await dial(speaker={"rate_hz": 16000, "buffer_ms": 300})
    await wearable.ask(SHELF)
    await wearable.heard("speak", rate_hz=16000)
    began_s = hass.loop.time()
    while not wearable.all("spoken"):
        sent_ms = len(wearable.played_pcm) / 32
        assert sent_ms <= (hass.loop.time() - began_s) * 1000 + 300 + 40
        wearable._changed.clear()
        await asyncio.wait_for(wearable._changed.wait(), 5)
    assert hass.loop.time() - began_s > len(wearable.played_pcm) / 32000 - 0.5


async def test_a_held_button_ends_the_question_when_it_is_let_go(
    dial: Dial, brains: Brains, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_room, "_HELD_S", 0.05)
    wearable = await dial()
    await wearable.press()
    await wearable.show(SHELF)
    said = question() + SILENCE + question("and the milk")
    await wearable.say(said)
    await asyncio.sleep(0.06)
    await wearable.release()
    await hears_answer(wearable)
    assert brains.first.sounds == [said], "a pause does not end it, and all of it is sent"


@pytest.mark.parametrize("silence", [bytes(640 * 310), np.random.default_rng(2).normal(0, 40, 100_000).astype("<i2").tobytes()],
                         ids=["digital silence", "a quiet room"])  # fmt: skip
async def test_where_nobody_speaks_the_person_hears_so_and_the_next_question_works(
    hass: HomeAssistant, dial: Dial, brains: Brains, silence: bytes
) -> None:
    wearable = await dial()
    await wearable.ask(SHELF, spoken=silence)
    await hears_phrase(wearable, "no_speech")
    await idle(hass)
    assert brains.first.sounds == []
    assert state(hass, "sensor", "last_answer") == load("en")["no_speech"].text
    wearable.forget()
    await wearable.ask(SHELF)
    await hears_answer(wearable)


async def test_a_microphone_that_sends_nothing_is_told(
    hass: HomeAssistant, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_room, "_NO_SOUND_S", 0.2)
    wearable = await dial()
    await wearable.press()
    await hears_phrase(wearable, "no_sound")
    await idle(hass)


async def test_a_wearable_without_a_microphone_is_told_so_too(hass: HomeAssistant, dial: Dial) -> None:
    wearable = await dial(microphone=None)
    await wearable.press()
    await hears_phrase(wearable, "no_sound")
    await idle(hass)


FAULTY = {
    "no_picture": [],
    "picture_damaged": [pictures.damaged()],
    "picture_dark": [pictures.dark()],
    "picture_blurred": [pictures.smeared()],
}


@pytest.mark.parametrize(("phrase", "jpegs"), FAULTY.items(), ids=FAULTY)
async def test_without_a_usable_picture_the_person_hears_why_and_the_next_question_works(
    hass: HomeAssistant, dial: Dial, brains: Brains, phrase: str, jpegs: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_room, "_PICTURE_WAIT_S", 0.3)
    wearable = await dial()
    await wearable.ask(*jpegs)
    await hears_phrase(wearable, phrase)
    await idle(hass)
    assert brains.first.pictures == brains.first.sounds == []
    wearable.forget()
    await wearable.ask(SHELF)
    await hears_answer(wearable)


async def test_a_wearable_without_a_camera_is_told_at_once(dial: Dial) -> None:
    wearable = await dial(camera=None)
    await wearable.ask()
    await hears_phrase(wearable, "no_picture")


async def test_a_picture_from_before_the_press_does_not_count(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question_room, "_PICTURE_WAIT_S", 0.3)
    wearable = await dial()
    old_ms = wearable.stamp_ms(0)
    await wearable.send({"type": "state"})
    await asyncio.sleep(0.05)
    await wearable.press()
    await wearable.release()
    stamp_ms = wearable.stamp_ms
    monkeypatch.setattr(wearable, "stamp_ms", lambda _step_ms: old_ms)
    await wearable.show(SHELF)
    monkeypatch.setattr(wearable, "stamp_ms", stamp_ms)
    await wearable.say(question() + SILENCE)
    await hears_phrase(wearable, "no_picture")


async def test_a_picture_taken_right_after_a_press_that_came_late_counts(
    dial: Dial, brains: Brains, monkeypatch: pytest.MonkeyPatch
) -> None:
    wearable = await dial()
    stamps = iter([wearable.stamp_ms(0), wearable.stamp_ms(1), wearable.stamp_ms(1)])
    await asyncio.sleep(0.2)  # the network was slow just then; what follows is fast
    stamp_ms = wearable.stamp_ms
    monkeypatch.setattr(wearable, "stamp_ms", lambda _step_ms: next(stamps))
    await wearable.press()
    await wearable.release()
    await wearable.show(SHELF)
    monkeypatch.setattr(wearable, "stamp_ms", stamp_ms)
    await wearable.say(question() + SILENCE)
    await hears_answer(wearable)
    assert len(brains.first.pictures) == 1


async def test_a_late_picture_is_waited_for(dial: Dial, brains: Brains) -> None:
    wearable = await dial()
    await wearable.ask()
    await asyncio.sleep(0.2)
    await wearable.show(SHELF)
    await hears_answer(wearable)
    assert len(brains.first.pictures) == 1


async def test_where_the_live_server_is_gone_the_person_hears_so_and_it_works_again_when_it_is_back(
    hass: HomeAssistant, dial: Dial, live: Server, brains: Brains, tmp_path: Any
) -> None:
    wearable = await dial()
    port = live.port
    await live.close()
    await wearable.ask(SHELF)
    await hears_phrase(wearable, "no_server")
    await idle(hass)
    wearable.forget()
    await live.start("127.0.0.1", port)
    await wearable.ask(SHELF)
    await hears_answer(wearable)


async def test_a_live_server_that_goes_while_it_thinks_is_told(
    hass: HomeAssistant, dial: Dial, live: Server, brains: Brains
) -> None:
    wearable = await dial()
    brains.first.gate.clear()
    await wearable.ask(SHELF)
    await brains.first.asked.wait()
    await live.close()
    await hears_phrase(wearable, "no_server")
    await idle(hass)


async def test_a_live_server_that_goes_while_it_answers_does_not_leave_half_an_answer_standing(
    hass: HomeAssistant, dial: Dial, live: Server, brains: Brains
) -> None:
    brains.first.text = "Third shelf of five from the top. " * 30
    live._terms = type(live._terms)(
        **{**{name: getattr(live._terms, name) for name in live._terms.__slots__}, "speed": 1.0}
    )
    wearable = await dial(speaker={"rate_hz": 24000, "buffer_ms": 400})
    await wearable.ask(SHELF)
    await wearable.until(lambda: len(wearable.sounds) > 5)
    wearable.forget()
    await live.close()
    await wearable.heard("spoken")
    await hears_phrase(wearable, "cut_off")
    assert wearable.order.index("flush") < wearable.order.index("cue") < wearable.order.index("speak")


async def test_a_server_that_thinks_for_ever_is_given_up(
    hass: HomeAssistant, dial: Dial, entry: MockConfigEntry, brains: Brains, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = entry.runtime_data.answering
    answering.options = replace(answering.options, fallback_generate=False)
    monkeypatch.setattr(type(entry.runtime_data.answering.answerer), "patience_s", 0.3)
    brains.first.gate.clear()
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears_phrase(wearable, "no_answer")
    await idle(hass)


async def test_while_it_takes_long_a_cue_says_that_somebody_thinks(
    dial: Dial, brains: Brains, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (company.FIRST_AFTER_S, company.EVERY_S) == (1.0, 1.4), "never 1.5 s without a sign of life"
    monkeypatch.setattr(company, "FIRST_AFTER_S", 0.05)
    monkeypatch.setattr(company, "EVERY_S", 0.05)
    brains.first.gate.clear()
    wearable = await dial()
    await wearable.ask(SHELF)
    await wearable.heard("cue", name="thinking", count=3)
    brains.first.gate.set()
    await hears_answer(wearable)
    after = wearable.order.index("speak")
    assert "cue" not in wearable.order[after:], "while it answers nobody thinks any more"


async def test_an_answer_in_the_moment_of_the_next_cue_silences_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are due in the same turn of the loop: the timer's, and the answer's behind it."""
    monkeypatch.setattr(company, "FIRST_AFTER_S", 0.02)
    cues: list[str] = []

    class Ear:
        async def cue(self, name: str) -> None:
            cues.append(name)

    one = company.Company(cast(Wearable, Ear()))
    task = asyncio.create_task(one.run())
    one.begin()
    await asyncio.sleep(0)  # it waits now
    asyncio.get_running_loop().call_later(0.021, one.hush)
    time.sleep(0.03)  # noqa: ASYNC251  # the loop is held up on purpose: both timers are late
    await asyncio.sleep(0.03)
    task.cancel()
    assert cues == []


async def test_a_wrong_key_is_said_and_a_new_one_is_asked_for(
    hass: HomeAssistant, dial: Dial, entry: MockConfigEntry, live: Server
) -> None:
    live._door = type(live._door)(key="right", max_sessions=8)
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears_phrase(wearable, "key_refused")
    flows = hass.config_entries.flow.async_progress_by_handler("shelfsight")
    assert [flow["context"]["source"] for flow in flows] == ["reauth"]


async def test_a_server_with_another_certificate_is_not_talked_to(
    hass: HomeAssistant, dial: Dial, live: Server, tmp_path: Any
) -> None:
    wearable = await dial()
    port = live.port
    await live.close()
    other = Brains()
    async with running(tmp_path / "other", other) as stranger:
        await stranger.close()
        await stranger.start("127.0.0.1", port)
        await wearable.ask(SHELF)
        await hears_phrase(wearable, "certificate_changed")
    assert other.made == []


async def test_a_server_that_is_full_is_said_to_be(hass: HomeAssistant, dial: Dial, live: Server) -> None:
    live._door = type(live._door)(key=None, max_sessions=0)
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears_phrase(wearable, "quota")


async def test_an_error_of_our_own_does_not_leave_the_person_in_silence(
    hass: HomeAssistant, dial: Dial, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_args: Any) -> None:
        raise KeyError("a mistake")

    monkeypatch.setattr(LiveSession, "start_speech", broken)
    wearable = await dial()
    await wearable.ask(SHELF)
    await wearable.heard("spoken")
    assert wearable.played_pcm == speech_of("went_wrong")
    await idle(hass)
    assert "ended by an error in Shelfsight" in caplog.text
    monkeypatch.undo()
    caplog.clear()
    wearable.forget()
    await wearable.ask(SHELF)
    await hears_answer(wearable)


@pytest.mark.parametrize("moment", ["listening", "thinking", "answering"])
async def test_a_wearable_that_leaves_midway_leaves_nothing_behind(
    hass: HomeAssistant, dial: Dial, brains: Brains, live: Server, moment: str
) -> None:
    wearable = await dial(speaker={"rate_hz": 24000, "buffer_ms": 400})
    if moment == "listening":
        await wearable.press()
        await wearable.say(question())
        await eventually(lambda: live._open == 1)
    else:
        if moment == "thinking":
            brains.first.gate.clear()
        await wearable.ask(SHELF)
        await until_state(hass, lambda: state(hass, "sensor", "state") == moment)
    await wearable.leave()
    await eventually(lambda: live._open == 0)
    await asyncio.wait_for(brains.first.closed.wait(), 5)
    await until_state(hass, lambda: state(hass, "sensor", "state") == "unavailable")
    await eventually(lambda: not running_tasks())
    again = await dial()
    assert state(hass, "sensor", "state") == "idle"
    brains.first.gate.set()
    await again.ask(SHELF)
    await hears_answer(again)


async def test_two_presses_in_a_row_make_one_question(hass: HomeAssistant, dial: Dial, brains: Brains) -> None:
    wearable = await dial()
    await wearable.press()
    await wearable.release()
    await wearable.say(question("nothing of this counts")[:16000])
    said = await wearable.ask(SHELF)
    await hears_answer(wearable)
    heard = [sound for brain in brains.made for sound in brain.sounds]
    assert len(heard) == 1 and heard[0] == said[: len(heard[0])]


async def test_half_a_question_is_not_carried_into_the_next(
    hass: HomeAssistant, dial: Dial, brains: Brains, upward: list[Any]
) -> None:
    wearable = await dial()
    await wearable.press()
    await wearable.release()
    await wearable.show(SHELF)
    await wearable.say(question("nothing of this counts")[:32000])
    await eventually(lambda: "Sound" in kinds(upward))
    said = await wearable.ask(OTHER_SHELF)
    await hears_answer(wearable)
    assert len(brains.made) == 2, "in a session of its own"
    assert brains.first.sounds == [] and brains.first.closed.is_set()
    (heard,) = brains.made[1].sounds
    assert heard == said[: len(heard)]


@pytest.mark.parametrize("rate_hz", [8000, 24000, 48000])
async def test_a_microphone_of_another_rate_is_understood(dial: Dial, brains: Brains, rate_hz: int) -> None:
    wearable = await dial(microphone={"rate_hz": rate_hz})
    spoken = resample(samples(question()), 16000, rate_hz).tobytes()
    await wearable.press()
    await wearable.release()
    await wearable.show(SHELF)
    await wearable.say(spoken + bytes(rate_hz * 2))
    await hears_answer(wearable)
    (heard,) = brains.first.sounds
    ours, theirs = samples(heard).astype(float), samples(question()).astype(float)
    size = min(ours.size, theirs.size)
    assert np.corrcoef(ours[:size], theirs[:size])[0, 1] > 0.9


async def test_a_speaker_that_never_says_that_it_played_does_not_stop_the_next_question(
    dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.shelfsight.wearable._PLAYED_GRACE_S", -9.9)  # beside a buffer of 10 s
    wearable = await dial()
    wearable.plays = False
    for _ in range(2):
        wearable.forget()
        await wearable.ask(SHELF)
        await hears_answer(wearable)
        await wearable.heard("capture", audio=True)


async def test_no_key_and_nothing_of_the_talk_gets_into_the_log(
    hass: HomeAssistant, dial: Dial, entry: MockConfigEntry, live: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "custom_components.shelfsight")
    wearable = await dial()
    await wearable.ask(SHELF)
    await hears_answer(wearable)
    own = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("custom_components"))
    assert own
    for private in (entry.data["link_key"], "Answer number 1", "seconds of sound", "local"):
        assert private not in own
