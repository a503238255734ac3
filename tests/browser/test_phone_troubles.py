"""When the phone's page cannot work: a sentence that says what to do, written and heard; and going on without a reload."""

import asyncio
from pathlib import Path
import time

import aiohttp
import pytest

from demo.house import House

from .phone_stage import ANSWER, LIGHTS, NO_HTTPS, OFF, SENTENCE, STATE, PhonePage, PhoneStage, tell
from .staging import sign_in

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

PHRASES = Path(__file__).parents[2] / "custom_components" / "shelfsight" / "frontend" / "phone" / "phrases"


async def says(phone: PhonePage, name: str, since_s: float, timeout_s: float = 20) -> None:
    """Wait until a sentence is written, an alert for screen readers, and was heard."""
    await phone.until(f"{SENTENCE} === phone()._session.phrases.texts[name] && {SENTENCE} !== ''", timeout_s, name=name)
    assert await phone.script("inside('.sentence').getAttribute('role')") == "alert"
    await phone.until("!phone()._session._mouth.talking", 15)
    assert name in (await phone.heard(since_s)).sentences()


async def answers(phone: PhonePage, phones: PhoneStage) -> None:
    """It works."""
    asked_s = await phone.ask()
    await phone.answered()
    speaker = phones.relay.since(asked_s, "speaker")
    assert (await phone.heard(speaker[0].at_s)).answers() == [ANSWER] * 3


# --- the network ------------------------------------------------------------------------------------------------------


async def test_a_network_that_is_cut_is_told_and_it_goes_on_when_it_is_back(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        await answers(phone, phones)
        cut_s = time.time()
        async with phones.relay.away():
            await says(phone, "lost", cut_s)
            assert await phone.script(STATE) == "Not connected"
            pressed_s = await phone.tap()
            await says(phone, "lost", pressed_s)  # a touch is told why
            assert await phone.script(LIGHTS) == OFF
        back_s = time.time()
        await says(phone, "back", back_s, 15)
        tell(f"back after {(await _linked(phones, back_s) - back_s) * 1000:.0f} ms")
        await answers(phone, phones)


async def _linked(phones: PhoneStage, since_s: float) -> float:
    return phones.relay.since(since_s, "welcome")[0].at_s


async def test_a_question_that_is_cut_is_told_at_once_and_camera_and_microphone_go_off(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        await phone.ask()
        await phone.until(f"{LIGHTS} === 'Microphone on · Camera on'")
        cut_s = time.time()
        async with phones.relay.away():
            await phone.until(f"{STATE} === 'Not connected' && {LIGHTS} === off", 3, off=OFF)
            assert time.time() - cut_s < 1
            await says(phone, "lost", cut_s)
            assert await phone.tracks_live() == 0
        await says(phone, "back", time.time(), 15)
        await answers(phone, phones)


async def test_a_home_that_falls_silent_is_noticed_by_the_page_itself(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        await phone.unlock()
        # The link stays open and nothing comes any more, as when a phone leaves the house: only its own pings tell.
        await phone.script("phone()._session.phone._dialer.link._came = () => {}, 0")
        silent_s = time.time()
        await phone.tap()  # a touch asks at once whether anybody is there
        await says(phone, "lost", silent_s, 8)
        await says(phone, "back", silent_s, 8)


# --- camera and microphone --------------------------------------------------------------------------------------------


async def test_a_permission_that_was_refused_is_told_with_what_to_do_and_a_later_yes_is_enough(
    phones: PhoneStage,
) -> None:
    async with phones.showing(allowed=False) as phone:
        await phone.ready()
        pressed_s = await phone.tap()
        await says(phone, "microphone_denied", pressed_s)
        assert await phone.script(STATE) == "Ready"  # of the phone: the sentence says what is missing
        refused = phones.relay.since(pressed_s, "refused", what="microphone")
        assert refused and refused[0].fields["code"] == "privacy"
        assert not phones.relay.since(pressed_s, "speak")  # nobody says it twice
        await phones.allow(phone, True)
        await answers(phone, phones)


async def test_what_the_browser_would_ask_is_asked_before_the_first_question_and_not_in_it(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        # A browser that does not tell what was decided before, as Firefox does for decisions of a visit.
        await phone.script("phone()._session.permission._status = {}, 0")
        pressed_s = await phone.tap()
        await says(phone, "ready", pressed_s)
        assert not phones.relay.since(pressed_s, "button")
        assert await phone.tracks_live() == 0
        assert "allow" in (await phone.heard(pressed_s)).sentences()
        await answers(phone, phones)


async def test_a_camera_in_use_is_told_and_the_question_is_heard_all_the_same(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        await phone.script(
            "(() => { const media = navigator.mediaDevices, open = media.getUserMedia; media.getUserMedia = async (wanted) => {"
            " if (wanted.video) throw new DOMException('in use', 'NotReadableError'); return open(wanted); }; })()"
        )
        pressed_s = await phone.ask()
        await phone.until(f"{SENTENCE} === phone()._session.phrases.texts.camera_busy")
        await phone.until(f"{STATE} === 'Ready' && {LIGHTS} === off", 30, off=OFF)
        assert "camera_busy" in (await phone.heard(pressed_s)).sentences()
        assert phones.relay.since(pressed_s, "refused", what="camera", code="failed")
        assert phones.relay.since(pressed_s, "microphone")


async def test_without_https_the_page_says_so_and_what_to_do(phones: PhoneStage) -> None:
    # By this machine's name the same page is not secure: only localhost is without https.
    port = phones.home.url.rpartition(":")[2]
    origin = f"http://{NO_HTTPS}:{port}"
    async with phones.showing(origin=origin) as phone:
        await phone.until(f"{STATE} === 'Cannot work here'", 40)
        assert not await phone.script("isSecureContext")
        assert "https" in await phone.script(SENTENCE)
        pressed_s = await phone.tap()
        # Neither an AudioWorklet to record with nor a microphone is there: that it is played is seen, and that it ends.
        await phone.until("phone()._session._mouth.unlocked && phone()._session._mouth.talking")
        await phone.until("!phone()._session._mouth.talking", 15)
        assert time.time() - pressed_s > 5
        assert not await phone.script("navigator.mediaDevices ?? null")


# --- hidden, shown, left ------------------------------------------------------------------------------------------------


async def hide(phone: PhonePage, hidden: bool) -> None:
    """As when another tab, another app or the lock screen comes in front."""
    await phone.script(
        "Object.defineProperty(document, 'hidden', {value: hidden, configurable: true}),"
        " document.dispatchEvent(new Event('visibilitychange')), 0",
        hidden=hidden,
    )


async def test_a_page_that_is_hidden_neither_listens_nor_looks_and_works_when_it_is_shown(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        asked_s = await phone.ask()
        await phone.until(f"{LIGHTS} === 'Microphone on · Camera on'")
        await hide(phone, True)
        await phone.until(f"{LIGHTS} === off", 1, off=OFF)
        assert await phone.tracks_live() == 0
        assert len(phones.relay.since(asked_s, "refused")) >= 2
        await says(phone, "hidden", asked_s)
        assert not phones.relay.since(asked_s, "speak")
        await hide(phone, False)
        await answers(phone, phones)


async def test_an_answer_goes_on_while_the_page_is_hidden(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        asked_s = await phone.ask()
        await phone.until(f"{STATE} === 'Answering'", 30)
        await hide(phone, True)
        await phone.until(f"{STATE} === 'Ready'")
        await hide(phone, False)
        speaker = phones.relay.since(asked_s, "speaker")
        assert (await phone.heard(speaker[0].at_s)).answers() == [ANSWER] * 3


async def test_a_page_that_was_left_ends_everything(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        await phone.ask()
        await phone.until(f"{LIGHTS} === 'Microphone on · Camera on'")
        await phone.script("history.pushState(null, '', '/config'), dispatchEvent(new Event('location-changed')), 0")
        await phone.until("phone() === null")
        assert await phone.tracks_live() == 0
        states = await phones.home.states()
        for _ in range(40):
            if states["binary_sensor.my_phone_connection"]["state"] == "off":
                break
            await asyncio.sleep(0.1)
            states = await phones.home.states()
        assert states["binary_sensor.my_phone_connection"]["state"] == "off"


# --- whose it is --------------------------------------------------------------------------------------------------------


async def test_of_two_windows_the_one_that_was_touched_last_is_the_phone(phones: PhoneStage) -> None:
    async with phones.showing() as first:
        await first.ready()
        await first.unlock()
        # Another device: it does not know of this browser's windows.
        async with phones.showing() as second:
            replaced_s = time.time()
            await second.ready()
            await says(first, "replaced", replaced_s)
            assert await first.script(STATE) == "Stopped"
            links = phones.relay.links
            await asyncio.sleep(2)
            assert phones.relay.links == links  # neither throws the other out again by itself
            await second.unlock()
            taken_s = await first.tap()
            await first.ready()
            await says(second, "replaced", taken_s)
            await answers(first, phones)


async def test_a_second_tab_of_one_browser_waits_until_it_is_touched(phones: PhoneStage) -> None:
    async with phones.showing() as first:
        await first.ready()
        await first.unlock()
        opened = phones.relay.links
        # In the same window's storage and locks, as a second tab is.
        async with phones.tab_beside(first) as second:
            await second.until(f"{STATE} === 'Stopped'", 30)
            assert phones.relay.links == opened
            assert await first.script(STATE) == "Ready"
            await second.tap()
            await second.ready()
            # Nobody sees the first one: it says so when somebody does.
            assert await first.script("document.hidden")
            await first.until("phone()._session.stage === 'stopped'")
            assert not await first.script("phone()._session._mouth.talking")
            await first.page.command("Page.bringToFront")
            await says(first, "replaced", 0.0)
            assert await first.script(STATE) == "Stopped"


async def test_a_phone_that_is_removed_is_told_so_and_set_up_again_by_a_touch(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        await phone.unlock()
        removed_s = time.time()
        async with phones.home.socket() as call:
            await call("shelfsight/phone/remove", wearable_id=phones.phone_id)
        await says(phone, "removed", removed_s, 30)
        assert await phone.script(STATE) == "Stopped"
        touched_s = await phone.tap()
        await says(phone, "no_phone", touched_s)
        await phone.script("inside('#name').select(), inside('#name').focus(), 0")
        await phone.page.write("Kitchen phone")
        await phone.page.key("Enter")
        await phone.ready()
        async with phones.home.socket() as call:
            (shown,) = (await call("shelfsight/phones"))["phones"]
        assert shown["name"] == "Kitchen phone"
        phones.phone_id = shown["wearable_id"]
        await phones.switch("follow_up", False)
        await answers(phone, phones)


async def test_who_is_signed_out_hears_so_before_the_sign_in_comes(phones: PhoneStage) -> None:
    tokens = await sign_in(phones.home)
    async with phones.showing(tokens=tokens) as phone:
        await phone.ready()
        await phone.unlock()
        signed_out_s = time.time()
        await phone.script("recorded.splice(0), 0")
        async with phones.home.socket() as call:
            mine = await phone.script("JSON.parse(localStorage.hassTokens).refresh_token")
            listed = await call("auth/refresh_tokens")
            assert mine and listed
        await revoke(phones.home, mine)
        await phone.until(f"{SENTENCE} === phone()._session.phrases.texts.signed_out", 10)
        assert await phone.script(STATE) == "Stopped"
        assert await phone.tracks_live() == 0
        await asyncio.sleep(2)
        assert "signed_out" in (await phone.heard(signed_out_s)).sentences()
        assert "%2Fshelfsight" in await phone.goes_to("/auth/authorize")  # and then it is back here


async def revoke(home: House, refresh_token: str) -> None:
    """As somebody does who signs all devices out."""
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{home.url}/auth/revoke", data={"token": refresh_token}) as answer,
    ):
        assert answer.status == 200


async def test_an_update_takes_the_pages_place_without_a_reload(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        await phone.unlock()
        before = await phone.script("phone().localName")
        await phone.script("window.sameWindow = true")
        config = phones.folder / "house" / "config"
        texts = config / "custom_components" / "shelfsight" / "frontend" / "phone" / "texts" / "en.json"
        await asyncio.to_thread(_edit, texts)
        cut_s = time.time()
        await phones.restart()
        await phone.until("phone() && phone().localName !== before", 60, before=before)
        await phone.until("told('.toggle') === 'More and more'", 30)
        await phone.ready()
        assert await phone.script("window.sameWindow") is True
        assert "lost" in (await phone.heard(cut_s)).sentences()
        asked_s = await phone.ask()
        await phone.answered()
        speaker = phones.relay.since(asked_s, "speaker")
        assert (await phone.heard(speaker[0].at_s)).answers() == [ANSWER] * 3


def _edit(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace('"More"', '"More and more"'), encoding="utf-8")
