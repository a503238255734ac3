"""An answer stops when the person wants it to: by a press on every wearable, by voice on one that cancels its echo."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from local_live.orders import Phantom
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.hearing import hears, spoken, told, tones, utterances
from tests.home.parts import (
    API_KEY,
    CHUNK_BYTES,
    SILENCE,
    FakeWearable,
    choose,
    eventually,
    question,
    running_tasks,
    state,
    until_state,
)
from tests.local_live.server_parts import MODEL_25, MODEL_31, Brains

SHELF, OTHER_SHELF = pictures.jpeg(1, (1600, 1200)), pictures.jpeg(2, (1600, 1200))
LONG = "This is a long answer that nobody wants to hear to its very end, and so it goes on and on for quite a while."
SHORT = "Second shelf, left."
SPEAKER = {"rate_hz": 24000, "buffer_ms": 400}

pytestmark = pytest.mark.usefixtures("clean_log", "quick_tries")


@pytest.fixture
def live_options() -> dict[str, Any]:
    return {"key": API_KEY, "voice": tones}


@pytest.fixture
def answerer_data() -> dict[str, Any]:
    return {"api_key": API_KEY}


async def hears_the_beginning(wearable: FakeWearable, brains: Brains) -> None:
    """Ask, and hear half a second of a long answer; the next answer is a short one."""
    brains.first.text = LONG
    await wearable.ask(SHELF)
    await wearable.until(lambda: len(wearable.played_pcm) > 24_000)
    brains.first.text = SHORT


@pytest.mark.parametrize("model", ["gemini-3.8-live", MODEL_31, MODEL_25])
async def test_a_press_stops_an_answer_within_50_ms_and_the_next_question_is_answered(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Brains, model: str
) -> None:
    await choose(hass, entry, {"model": model})
    wearable = await dial(speaker=SPEAKER)
    took_ms = []
    for _ in range(3):
        wearable.forget()
        await hears_the_beginning(wearable, brains)
        pressed_s = hass.loop.time()
        await wearable.press()
        await wearable.release()
        await wearable.until(lambda since_s=pressed_s: wearable.moments("flush")[-1:] > [since_s])
        took_ms.append((wearable.moments("flush")[-1] - pressed_s) * 1000)
        at = len(wearable.order) - 1 - wearable.order[::-1].index("flush")
        await wearable.show(OTHER_SHELF)
        await wearable.say(question() + SILENCE)
        await wearable.heard("spoken")
        after = wearable.order[at:]
        assert "sound" not in after[: after.index("speak")], "nothing of the old answer comes after the flush"
        assert told(wearable, LONG, SHORT) == [f"{LONG} ...", SHORT]
        assert len(wearable.all("spoken")) == 1, "the old answer is not said to be whole"
        await wearable.heard("capture", 3, audio=True)  # for two questions, and for what may follow
    assert max(took_ms) < 50, took_ms
    assert len(brains.made) == 1, "all in one session"
    assert len(brains.first.sounds) == 6


async def test_a_press_while_it_thinks_asks_anew_and_the_old_answer_is_never_heard(
    hass: HomeAssistant, dial: Dial, brains: Brains
) -> None:
    brains.first.gate.clear()
    brains.first.text = LONG
    wearable = await dial()
    await wearable.ask(SHELF)
    await brains.first.asked.wait()
    await wearable.press()
    await wearable.release()
    brains.first.text = SHORT
    brains.first.gate.set()
    await wearable.show(OTHER_SHELF)
    await wearable.say(question() + SILENCE)
    await hears(wearable, SHORT)
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == SHORT)


async def test_what_the_server_interrupts_is_flushed(dial: Dial, live: Server, brains: Brains) -> None:
    brains.first.text = LONG
    wearable = await dial(speaker={"rate_hz": 24000, "buffer_ms": 2000})
    live.order(Phantom(after_ms=1200))
    await wearable.ask(SHELF)
    await wearable.heard("flush")
    held_s = sum(len(pcm) for pcm in utterances(wearable)) / 48_000
    assert held_s < 1.3, "no more than had come"
    await wearable.until(lambda: told(wearable)[-1:] == ["cut_off"])


# --- by voice ---------------------------------------------------------------------------------------------------------


async def test_a_wearable_that_cancels_its_echo_is_interrupted_by_voice_and_no_word_is_lost(
    hass: HomeAssistant, dial: Dial, brains: Brains
) -> None:
    wearable = await dial(speaker=SPEAKER, echo_cancellation=True)
    await hears_the_beginning(wearable, brains)
    await wearable.heard("capture", audio=True, count=1)
    spoken_over = SILENCE[:16_000] + question("And where is the milk?")
    await wearable.show(OTHER_SHELF)
    for start in range(0, len(spoken_over), CHUNK_BYTES * 5):  # five times as fast as it is spoken
        await wearable.say(spoken_over[start : start + CHUNK_BYTES * 5])
        await asyncio.sleep(0.02)
    await wearable.heard("flush")
    await wearable.show(OTHER_SHELF)
    await wearable.say(SILENCE)
    await wearable.heard("spoken")
    assert told(wearable, LONG, SHORT) == [f"{LONG} ...", SHORT]
    heard = brains.first.sounds[1]
    words = question("And where is the milk?")
    assert words in heard, "every sample of what was said, from its first word on"
    assert wearable.presses == 1
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == SHORT)


async def test_noise_does_not_interrupt(dial: Dial, brains: Brains) -> None:
    brains.first.text = LONG
    wearable = await dial(speaker=SPEAKER, echo_cancellation=True)
    await wearable.ask(SHELF)
    await wearable.until(lambda: len(wearable.played_pcm) > 24_000)
    for _ in range(10):
        await wearable.say(bytes(6400))
        await asyncio.sleep(0.02)
    await hears(wearable, LONG)
    assert not wearable.all("flush")
    assert len(brains.first.sounds) == 1


async def test_a_wearable_that_hears_itself_captures_nothing_while_it_speaks(
    hass: HomeAssistant, dial: Dial, brains: Brains, upward: list[Any]
) -> None:
    brains.first.text = LONG
    wearable = await dial(speaker=SPEAKER)
    await wearable.ask(SHELF)
    await wearable.heard("speak")
    at, began = wearable.order.index("speak"), len(upward)
    assert wearable.all("capture")[-1]["audio"] is False, "the microphone was switched off before the first sound"
    await wearable.say(question("What a wearable sends that was told not to."))
    await hears(wearable, LONG)
    assert "capture" not in wearable.order[at : wearable.order.index("spoken")]
    assert not [one for one in upward[began:] if type(one).__name__ == "Sound"], "nothing of it goes up"
    assert not wearable.all("flush") and len(brains.first.sounds) == 1


async def test_interrupting_leaves_nothing_behind(
    hass: HomeAssistant, dial: Dial, brains: Brains, live: Server
) -> None:
    wearable = await dial(speaker=SPEAKER, echo_cancellation=True)
    await hears_the_beginning(wearable, brains)
    await wearable.leave()
    await eventually(lambda: not running_tasks() and live.open_sessions == 0)


# --- turns that the server ends ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["gemini-3.8-live", "gemini-3.8-live-extended-thinking", MODEL_31, MODEL_25])
async def test_a_question_whose_end_the_server_finds_is_answered(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Brains, upward: list[Any], model: str
) -> None:
    await choose(hass, entry, {"model": model}, turn_end="server")
    brains.first.text = SHORT
    wearable = await dial()
    said = await wearable.ask(SHELF)
    await hears(wearable, SHORT)
    (heard,) = brains.first.sounds
    assert question().strip(b"\0")[:32_000] in heard, "what was said is what the server heard"
    assert said and len(brains.first.pictures) == 1
    names = [type(one).__name__ for one in upward]
    assert "ActivityStart" not in names and "ActivityEnd" not in names, "no markers where the server listens (1007)"
    assert ("SoundEnd" in names) == (model in (MODEL_31, MODEL_25))
    wearable.forget()
    await wearable.heard("capture", audio=True)  # a follow-up, in the same session
    await wearable.show(OTHER_SHELF)
    await wearable.say(question("And the milk?") + SILENCE)
    await hears(wearable, SHORT)
    assert len(brains.made) == 1
    assert question("And the milk?")[-6400:] in brains.first.sounds[1]


async def test_a_short_pause_does_not_end_a_question_where_the_server_finds_the_end(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Brains
) -> None:
    await choose(hass, entry, turn_end="server")
    wearable = await dial()
    await wearable.press()
    await wearable.release()
    await wearable.show(SHELF)
    await wearable.say(question("Where is") + bytes(32 * 400) + question("the bread?") + SILENCE)
    await wearable.heard("spoken")
    assert len(brains.first.sounds) == 1


async def test_a_press_interrupts_an_answer_also_where_the_server_ends_turns(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Brains
) -> None:
    await choose(hass, entry, turn_end="server")
    wearable = await dial(speaker=SPEAKER)
    await hears_the_beginning(wearable, brains)
    wearable.forget()
    await wearable.ask(OTHER_SHELF)
    await wearable.heard("flush")
    await wearable.heard("spoken")
    assert told(wearable, LONG, SHORT)[-1] == SHORT
    assert b"".join(utterances(wearable)[:-1]) in spoken(LONG), (
        "before it at most what was on its way of the old answer"
    )
