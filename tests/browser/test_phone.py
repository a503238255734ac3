"""The phone's page as somebody uses it: asks aloud, hears the answer, stops it. Figures are printed."""

import asyncio
from itertools import pairwise
import statistics
import time

import numpy as np
import pytest

from local_live.espeak import Utterance

from .phone_hearing import Heard
from .phone_stage import ANSWER, LIGHTS, OFF, STATE, PhonePage, PhoneStage, tell, usual_voice

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

_TONE_HZ = 24_000


def tone(seconds: float) -> Utterance:
    """A voice that says one long tone: every gap in it is heard."""
    moments = np.arange(round(seconds * _TONE_HZ)) / _TONE_HZ
    return Utterance((0.7 * np.sin(2 * np.pi * 500 * moments)).astype(np.float32), _TONE_HZ, ())


async def first_heard(phone: PhonePage, since_s: float) -> float:
    """When the first sound of an answer came out of the page, after the first of its bytes came."""
    heard = await phone.heard(since_s)
    return next(at_s for at_s in heard.loud_s() if at_s >= since_s)


async def test_five_questions_in_a_row_are_heard_answered_and_shown(phones: PhoneStage) -> None:
    to_wire_ms, to_sound_ms = [], []
    async with phones.showing() as phone:
        await phone.ready()
        for _ in range(5):
            asked_s = await phone.ask()
            await phone.answered()
            # From the touch to the microphone on the wire, and from the answer on the wire to the ear.
            microphone = phones.relay.since(asked_s, "microphone")
            speaker = phones.relay.since(asked_s, "speaker")
            to_wire_ms.append((microphone[0].at_s - asked_s) * 1000)
            to_sound_ms.append((await first_heard(phone, speaker[0].at_s) - speaker[0].at_s) * 1000)
            heard = (await phone.heard(asked_s)).since(speaker[0].at_s)
            assert heard.answers() == [ANSWER] * 3
            pictures = phones.relay.since(asked_s, "picture")
            assert pictures and pictures[0].at_s > asked_s
            assert phones.relay.since(asked_s, "played", done=True)
            assert await phone.tracks_live() == 0
        tell(f"touch to microphone on the wire: {_spread(to_wire_ms)}; answer's bytes to sound: {_spread(to_sound_ms)}")
        assert await phone.script(LIGHTS) == OFF
        await phone.until("told('.said') === text", text=phones.answer.text)
        await phone.script("inside('.toggle').click()")
        assert await phone.script("inside('.turns').childElementCount") == 5
        assert set(
            await phone.script("[...inside('.turns').querySelectorAll('.answer')].map((one) => one.textContent)")
        ) == {phones.answer.text}
        await phone.until("inside('.picture img')?.naturalWidth")
        assert await phone.script("inside('.picture img').alt") == "What the camera saw, with the place marked"
    assert statistics.median(to_wire_ms) < 150
    assert statistics.median(to_sound_ms) < 120


def _spread(values: list[float]) -> str:
    return f"median {statistics.median(values):.0f} ms, worst {max(values):.0f} ms of {len(values)}"


async def test_a_touch_silences_an_answer_within_100_ms(phones: PhoneStage) -> None:
    phones.mind.voice = lambda _text: tone(8)
    took_ms = []
    async with phones.showing() as phone:
        await phone.ready()
        for _ in range(3):
            await phone.ask()
            await phone.until(f"{STATE} === 'Answering'", 30)
            await asyncio.sleep(0.7)
            touched_s = await phone.tap()
            await phone.until(f"{STATE} === 'Ready'")
            await asyncio.sleep(0.6)
            heard = await phone.heard(touched_s - 0.5)
            took_ms.append((_last_of_the_tone(heard) - touched_s) * 1000)
            stops = phones.relay.since(touched_s - 0.01, "button", event="stop")
            assert len(stops) == 1
            assert not phones.relay.since(touched_s, "button", event="press")
            assert phones.relay.since(touched_s, "played", done=True)
            assert await phone.tracks_live() == 0
            # Home Assistant has stopped too: nothing more of it comes.
            await asyncio.sleep(0.3)
            assert not phones.relay.since(time.time() - 0.2, "speaker")
    tell(f"\ntouch to silence: {_spread(took_ms)}")
    assert max(took_ms) < 100


def _last_of_the_tone(heard: Heard) -> float:
    """When the answer's 500 Hz were heard last; the cue after it has other tones."""
    size = heard.rate_hz // 100
    whole = heard.samples[: len(heard.samples) // size * size].reshape(-1, size)
    waves = np.exp(-2j * np.pi * 500 * np.arange(size) / heard.rate_hz)
    strength = np.abs(whole @ waves) / size
    return heard.began_s + (int(np.flatnonzero(strength > 0.1)[-1]) + 1) * size / heard.rate_hz


async def test_an_uneven_network_is_not_heard(phones: PhoneStage) -> None:
    phones.mind.voice = lambda _text: tone(6)
    phones.relay.jitter_ms = 200
    try:
        async with phones.showing() as phone:
            await phone.ready()
            for _ in range(2):
                asked_s = await phone.ask()
                await phone.answered(60)
                speaker = phones.relay.since(asked_s, "speaker")
                heard = (await phone.heard(asked_s)).since(speaker[0].at_s)
                loud_s = heard.loud_s()
                gaps = [after - before for before, after in pairwise(loud_s)]
                began_ms = (loud_s[0] - speaker[0].at_s) * 1000
                tell(f"\n200 ms of jitter: sound after {began_ms:.0f} ms, longest gap {max(gaps) * 1000 - 5:.0f} ms")
                assert max(gaps) < 0.011
                assert 5.8 < loud_s[-1] - loud_s[0] < 6.2
                assert await phone.script("phone()._session._mouth.gaps") == 0
    finally:
        phones.relay.jitter_ms = 0
        phones.mind.voice = usual_voice


async def test_holding_asks_until_it_is_let_go(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        await phone.speaks()
        held_s = await phone.down()
        await phone.until(f"{STATE} === 'Listening' && {LIGHTS}.startsWith('Microphone on')")
        await asyncio.sleep(phones.question_s + 0.15)
        let_go_s = await phone.up()
        await phone.answered()
        assert [went.fields["event"] for went in phones.relay.since(held_s, "button")] == ["press", "hold", "release"]
        # All that was heard went before the release: the last word counts.
        release = phones.relay.since(held_s, "button", event="release")[0]
        assert release.at_s - let_go_s < 0.25
        off = phones.relay.since(release.at_s, "capture", audio=False)[0]
        assert off.at_s - release.at_s < 0.3


async def test_holding_interrupts_an_answer_and_asks_anew(phones: PhoneStage) -> None:
    phones.mind.voice = lambda _text: tone(8)
    async with phones.showing() as phone:
        await phone.ready()
        await phone.ask()
        await phone.until(f"{STATE} === 'Answering'", 30)
        phones.mind.voice = usual_voice
        await phone.speaks()
        held_s = await phone.down()
        await phone.until(f"{STATE} === 'Listening'")
        await asyncio.sleep(phones.question_s + 0.1)
        await phone.up()
        await phone.answered()
        events = [went.fields["event"] for went in phones.relay.since(held_s, "button")]
        assert events == ["stop", "press", "release"]
        speaker = phones.relay.since(held_s + 0.5, "speaker")
        assert (await phone.heard(speaker[0].at_s)).answers() == [ANSWER] * 3


async def test_a_voice_interrupts_an_answer_where_the_echo_is_cancelled(phones: PhoneStage) -> None:
    phones.mind.voice = lambda _text: tone(8)
    async with phones.showing() as phone:
        await phone.ready()
        await phone.speaks(2)  # once to ask, once into the answer
        asked_s = await phone.tap()
        await phone.until(f"{STATE} === 'Answering'", 30)
        phones.mind.voice = usual_voice
        await phone.until(f"{STATE} !== 'Answering'", 8)
        await phone.answered()
        assert len(phones.relay.since(asked_s, "speak")) == 2
        assert phones.relay.since(asked_s, "flush")
        assert len(phones.relay.since(asked_s, "button", event="press")) == 1


async def test_what_follows_needs_no_touch_and_a_touch_then_asks(phones: PhoneStage) -> None:
    await phones.switch("follow_up", True)
    try:
        async with phones.showing() as phone:
            await phone.ready()
            asked_s = await phone.ask()
            await phone.until(f"{STATE} === 'Answering'", 30)
            await phone.until(f"{STATE} === 'Listening'", 30)
            assert await phone.script("told('.verb')") == "Ask"
            await phone.ask()
            await phone.until(f"{STATE} === 'Answering'", 30)
            assert len(phones.relay.since(asked_s, "button", event="press")) == 2
            assert not phones.relay.since(asked_s, "button", event="stop")
            await phone.tap()
            await phone.until(f"{STATE} === 'Ready' && {LIGHTS} === off", off=OFF)
    finally:
        await phones.switch("follow_up", False)


async def test_while_it_is_thought_about_it_shows_so_and_a_touch_ends_that(phones: PhoneStage) -> None:
    phones.oracle.thinks.clear()
    try:
        async with phones.showing() as phone:
            await phone.ready()
            asked_s = await phone.ask()
            await phone.until(f"{STATE} === 'Thinking'", 30)
            assert await phone.script("told('.verb')") == "Stop"
            assert await phone.tracks_live() == 0
            await phone.tap()
            await phone.until(f"{STATE} === 'Ready'")
            assert phones.relay.since(asked_s, "button", event="stop")
    finally:
        phones.oracle.thinks.set()


async def test_a_question_in_writing_is_answered_aloud(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        await phone.unlock()
        await phone.until("!phone()._session._mouth.talking")
        await phone.script("inside('.toggle').click()")
        await phone.script("inside('#question').focus()")
        began_s = time.time()
        await phone.page.write("Where is the oat milk?")
        await phone.page.key("Enter")
        await phone.until("told('.doing') === 'Asking …'")
        await phone.answered()
        speaker = phones.relay.since(began_s, "speaker")
        assert (await phone.heard(speaker[0].at_s)).answers() == [ANSWER] * 3
        await phone.until(
            "told('.turns .asked') === 'Where is the oat milk?' && told('.turns .answer') === text",
            text=phones.answer.text,
        )
        assert phones.relay.since(began_s, "picture") and not phones.relay.since(began_s, "microphone")
        await phone.script("[...inside('.more').querySelectorAll(':scope > button')].at(-1).click()")
        assert (
            await phone.script("inside('.turns').childElementCount === 0 && focused().textContent")
            == "Nothing was asked yet."
        )
        await phone.until(f"{LIGHTS} === off", off=OFF)
        assert await phone.tracks_live() == 0
