"""The phone's page in Firefox: what its fake microphone and camera allow to be seen."""

import asyncio
import json
import time

import pytest

from .page import HELPERS
from .phone_firefox import firefox, firefox_program, sound_program
from .phone_stage import HOOKS, OFF, STATE, PhoneStage, tell

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def test_a_question_is_asked_and_its_answer_heard_and_shown(phones: PhoneStage) -> None:
    if firefox_program() is None:
        pytest.skip("Firefox is not installed (Debian: firefox-esr)")
    if sound_program() is None:
        pytest.skip("PulseAudio is not installed (Debian: pulseaudio)")
    origin = phones.relay.url
    kept = {"hassTokens": json.dumps({**json.loads(phones.tokens), "hassUrl": origin}), "selectedLanguage": '"en"'}
    keeping = f"if (location.origin === {json.dumps(origin)}) Object.assign(localStorage, {json.dumps(kept)});"
    async with firefox(phones.folder / "firefox") as browser:
        for source in (HELPERS, HOOKS, keeping):
            await browser.command("script.addPreloadScript", functionDeclaration=f"() => {{ {source} }}")
        await browser.command(
            "browsingContext.navigate", context=browser.context, url=f"{origin}/shelfsight", wait="none"
        )
        await browser.until(f"window.told && {STATE} === 'Ready'", 60)
        place = await browser.script(
            "(({x, y, width, height}) => [x + width / 2, y + height / 2])(inside('.big').getBoundingClientRect())"
        )
        # Its permissions are of a visit: the first touch asks, and is no question.
        settled = await browser.script("phone()._session.permission.settled")
        if not settled:
            await browser.mouse("pointerDown", *place)
            await browser.mouse("pointerUp", *place)
            await browser.until("told('.sentence').startsWith('I am ready') && !phone()._session._mouth.talking", 20)
        asked_s = time.time()
        await browser.mouse("pointerDown", *place)
        await browser.until("told('.lights') === 'Microphone on · Camera on'")
        await asyncio.sleep(1.5)
        await browser.mouse("pointerUp", *place)
        await browser.until(f"{STATE} === 'Answering'", 40)
        await browser.until(f"{STATE} === 'Ready' && told('.lights') === off", 40, off=OFF)
        # Its fake camera shows one even colour, in which nothing can be read: that is what is said.
        last = (await phones.home.states())["sensor.my_phone_last_answer"]["attributes"]
        assert last["reason"] in {None, "picture_blurred"}, last
        await browser.until("told('.said') === text", text=last["full_answer"])
        microphone = phones.relay.since(asked_s, "microphone")
        assert microphone and phones.relay.since(asked_s, "picture")
        assert phones.relay.since(asked_s, "played", done=True)
        assert await browser.script("opened.filter((track) => track.readyState === 'live').length") == 0
        loud = await browser.script("recorded.filter(({samples}) => samples.some((one) => Math.abs(one) > 0.1)).length")
        tell(
            f"Firefox: said {last['full_answer']!r}; permission settled before: {settled}; touch to microphone on the wire"
            f" {(microphone[0].at_s - asked_s) * 1000:.0f} ms; loud blocks heard: {loud}"
        )
        assert loud > 100
