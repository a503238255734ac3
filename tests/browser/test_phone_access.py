"""The phone's page for who hears it, touches it, uses keys, needs it large, dark, or of high contrast; and its pictures."""

from itertools import pairwise
from pathlib import Path

import pytest

from .axe import findings
from .phone_stage import LIGHTS, NO_HTTPS, OFF, STATE, PhonePage, PhoneStage

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

_CUT = """
[...phone().shadowRoot.querySelectorAll("h1, h2, p, span, label, input, button, img, li")]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.matches(".mark"))
  .filter((one) => {
    const [inner, outer] = [one.getBoundingClientRect(), phone().getBoundingClientRect()];
    return inner.left < outer.left - 0.5 || inner.right > outer.right + 0.5 || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0;
  })
  .map((one) => `${one.tagName} ${one.textContent.slice(0, 40)}`)
"""


async def tag(phone: PhonePage) -> str:
    """The element's name."""
    name: str = await phone.script("phone().localName")
    return name


@pytest.mark.parametrize(
    "view", [{}, {"dark": True}, {"width": 320, "height": 640}, {"width": 844, "height": 390}], ids=str
)
async def test_axe_finds_nothing_in_any_state(phones: PhoneStage, axe: str, view: dict[str, int]) -> None:
    async with phones.showing(**view) as phone:
        await phone.ready()
        looked_at = await findings(phone.page, axe, await tag(phone))
        assert looked_at.found == []
        assert looked_at.rules > 10
        # What is only half in sight cannot be judged: all of it is, in a window that is tall enough.
        await phone.page.view(**{"width": 400, **view, "height": 2400})
        await phone.script("inside('.toggle').click()")
        assert (await findings(phone.page, axe, await tag(phone))).found == []
        await phone.script("inside('.toggle').click()")
        await phone.page.view(**{"width": 400, "height": 800, **view})
        phones.oracle.thinks.clear()
        try:
            await phone.ask()
            await phone.until(f"{STATE} === 'Listening'")
            assert (await findings(phone.page, axe, await tag(phone))).found == []
            await phone.until(f"{STATE} === 'Thinking'", 30)
            assert (await findings(phone.page, axe, await tag(phone))).found == []
        finally:
            phones.oracle.thinks.set()
        await phone.answered()
        assert (await findings(phone.page, axe, await tag(phone))).found == []
        async with phones.relay.away():
            await phone.until(f"{STATE} === 'Not connected' && told('.sentence') !== ''")
            assert (await findings(phone.page, axe, await tag(phone))).found == []


async def test_axe_would_find_what_is_wrong(phones: PhoneStage, axe: str) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        await phone.page.view(width=400, height=2400)
        await phone.script("inside('.toggle').click()")
        await phone.script("inside('.more label').remove(), inside('.state').style.color = '#ddd', 0")
        found = " ".join((await findings(phone.page, axe, await tag(phone))).found)
        assert "label" in found and "color-contrast" in found


async def test_everything_is_done_with_keys_alone(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        # Space asks wherever the focus is, as long as it means nothing else there.
        await phone.speaks()
        await phone.page.key("Space")
        await phone.until(f"{STATE} === 'Listening'")
        await phone.page.key("Space")
        await phone.until(f"{STATE} === 'Ready' && {LIGHTS} === off", off=OFF)
        names, outlines = [], []
        for _ in range(80):
            await phone.page.key("Tab")
            if await phone.script("phone().shadowRoot.contains(focused())"):
                names.append(
                    await phone.script("focused().labels?.[0]?.textContent ?? focused().innerText.split('\\n')[0]")
                )
                outlines.append(
                    await phone.script(
                        "getComputedStyle(focused()).outlineStyle + getComputedStyle(focused()).outlineWidth"
                    )
                )
            elif names:
                break
        assert names == ["Ask", "Menu", "More"]
        assert set(outlines) == {"solid4px"}
        await phone.page.key("Tab", shift=True)
        assert await phone.script("focused().innerText") == "More"
        await phone.page.key("Enter")
        assert await phone.script("inside('.toggle').getAttribute('aria-expanded')") == "true"
        reached = []
        for _ in range(6):
            await phone.page.key("Tab", shift=True)
            reached.append(
                await phone.script("focused().labels?.[0]?.textContent ?? focused().innerText.split('\\n')[0]")
            )
        assert {"Question in writing", "Ask", "Remove this phone"} <= set(reached), reached
        await phone.script("inside('.big').focus()")
        await phone.speaks()
        await phone.page.key("Enter")
        await phone.answered()


async def test_a_headsets_button_and_a_screen_readers_double_tap_ask_and_stop(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        # What the system would do with the headset: it calls what the page gave it.
        await phone.script(
            "(() => { const session = navigator.mediaSession, give = session.setActionHandler.bind(session); window.given = {};"
            " session.setActionHandler = (name, handler) => { given[name] = handler; give(name, handler); }; })()"
        )
        await phone.unlock()
        await phone.until("Boolean(window.given.pause)")
        for press in ("given.pause({action: 'pause'})", "inside('.big').click()"):
            await phone.speaks()
            await phone.script(f"{press}, 0")
            await phone.until(f"{STATE} === 'Listening'")
            await phone.script(f"{press}, 0")
            await phone.until(f"{STATE} === 'Ready' && {LIGHTS} === off", off=OFF)


async def test_states_are_announced_politely_and_troubles_at_once(phones: PhoneStage) -> None:
    async with phones.showing() as phone:
        await phone.ready()
        await phone.script(
            "window.announced = [], new MutationObserver(() => announced.push(told('.state')))"
            ".observe(inside('.state'), {childList: true, characterData: true, subtree: true})"
        )
        await phone.ask()
        await phone.answered()
        announced = await phone.script("announced")
        assert announced[0] == "Listening" and "Answering" in announced and announced[-1] == "Ready"
        assert all(one != two for one, two in pairwise(announced))
        heard = [
            (role, name)
            for role, name in await phone.page.heard("inside('.page')")
            if name or role in {"status", "alert"}
        ]
        roles = [role for role, _ in heard]
        assert ("button", "Ask Touch, and speak. Or hold while you speak.") in heard
        assert ("heading", "Shelfsight") in heard
        assert {"status", "alert"} <= set(roles)


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("size", [(320, 640), (640, 320)], ids=str)
async def test_nothing_is_cut_off_at_320_pixels_in_landscape_and_with_letters_of_200_percent(
    phones: PhoneStage, language: str, size: tuple[int, int]
) -> None:
    async with phones.showing(language=language, width=size[0], height=size[1]) as phone:
        await phone.until("phone()?._session?.state === 'ready'", 30)
        await phone.page.at_rest()
        await phone.script("inside('.toggle').click()")
        for letters in ("100%", "200%"):
            await phone.script("document.documentElement.style.fontSize = letters", letters=letters)
            assert await phone.script(_CUT) == []
            assert await phone.script("document.scrollingElement.scrollWidth") <= size[0]
            # Of words over the button and the button's own none lies on the other.
            assert await phone.script(
                "inside('.words').getBoundingClientRect().bottom <= inside('.verb').getBoundingClientRect().top + 1"
            ), letters
        assert await phone.script(
            "[...phone().shadowRoot.querySelectorAll('button')].every((one) => one.hidden || !one.checkVisibility() || one.clientHeight >= 44)"
        )


async def test_the_button_is_most_of_the_screen_whichever_way_it_is_held(phones: PhoneStage) -> None:
    for width, height in ((400, 800), (844, 390), (1280, 800)):
        async with phones.showing(width=width, height=height) as phone:
            await phone.ready()
            share = await phone.script(
                "(({width, height}) => width * height / innerWidth / innerHeight)(inside('.big').getBoundingClientRect())"
            )
            # On a wide screen Home Assistant's own sidebar stands beside it.
            assert share > (0.6 if width == 1280 else 0.75)


async def test_nothing_moves_for_who_wants_that(phones: PhoneStage) -> None:
    for still in (True, False):
        async with phones.showing(still=still) as phone:
            await phone.ready()
            await phone.ask()
            await phone.until(f"{STATE} === 'Listening'")
            assert (await phone.script("phone().shadowRoot.getAnimations().length") == 0) is still
            await phone.tap()


async def test_it_speaks_the_language_of_who_looks(phones: PhoneStage) -> None:
    words = {"de": "Fragen", "es": "Preguntar", "fr": "Demander", "it": "Chiedi", "nl": "Vragen", "sv": "Ask"}
    for language, verb in words.items():
        async with phones.showing(language=language) as phone:
            await phone.until("phone()?._session?.state === 'ready' && told('.verb') === verb", 40, verb=verb)


async def test_the_pictures_of_the_documentation(phones: PhoneStage, pictures: Path) -> None:
    async with phones.showing(width=390, height=780, scale=2) as phone:

        async def take(name: str) -> None:
            await phone.page.photograph(pictures / f"phone-{name}.png")

        await phone.ready()
        await phone.script("document.activeElement?.blur()")
        await take("ready")
        phones.oracle.thinks.clear()
        try:
            await phone.ask()
            await phone.until(f"{LIGHTS} === 'Microphone on · Camera on'")
            await take("listening")
            await phone.until(f"{STATE} === 'Thinking'", 30)
            await take("thinking")
        finally:
            phones.oracle.thinks.set()
        await phone.until(f"{STATE} === 'Answering'", 30)
        await take("answering")
        await phone.until(f"{STATE} === 'Ready' && told('.said') !== ''", 30)
        await take("answered")
        await phone.script("inside('.toggle').click()")
        await phone.until("inside('.picture img')?.naturalWidth")
        await phone.script("inside('.more').scrollIntoView()")
        await take("more")
        await phone.script("inside('.toggle').click()")
        async with phones.relay.away():
            await phone.until(f"{STATE} === 'Not connected' && told('.sentence') !== ''")
            await take("away")
        await phone.until(f"{STATE} === 'Ready'", 30)
        await phone.page.view(width=780, height=390, scale=2, dark=True)
        await phone.until("matchMedia('(prefers-color-scheme: dark)').matches")
        await take("landscape-dark")
    async with phones.showing(width=390, height=780, scale=2, allowed=False) as phone:
        await phone.ready()
        await phone.tap()
        await phone.until("told('.sentence').startsWith('I may not use')")
        await phone.page.photograph(pictures / "phone-refused.png")


async def test_the_pictures_of_what_somebody_has_to_do(phones: PhoneStage, pictures: Path) -> None:
    view = {"width": 390, "height": 780, "scale": 2}

    async def take(phone: PhonePage, name: str, state: str) -> None:
        await phone.until(f"{STATE} === state && told('.state') !== ''", 40, state=state)
        await phone.script("document.activeElement?.blur()")
        await phone.page.photograph(pictures / f"phone-{name}.png")

    async with phones.showing(**view) as phone:
        await phone.ready()
        await phone.script("phone()._session.permission._status = {}, 0")
        await phone.script("navigator.mediaDevices.getUserMedia = () => new Promise(() => {}), 0")
        await phone.tap()  # nobody answers what the browser asks
        await take(phone, "asking", "Waiting for your permission")
    async with phones.showing(**view) as phone:
        await phone.ready()
        async with phones.showing():
            await take(phone, "stopped", "Stopped")
    async with phones.home.socket() as call:
        added = await call("shelfsight/phone/add", name="Kitchen phone")
    try:
        async with phones.showing(**view) as phone:
            await take(phone, "setup", "Not set up")
    finally:
        async with phones.home.socket() as call:
            await call("shelfsight/phone/remove", wearable_id=added["wearable_id"])
    async with phones.showing(origin=f"http://{NO_HTTPS}:{phones.home.url.rpartition(':')[2]}", **view) as phone:
        await take(phone, "unable", "Cannot work here")
