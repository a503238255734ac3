"""The card for people who use no mouse, hear the page instead of seeing it, or need it large, dark or still."""

import asyncio
from pathlib import Path

from PIL import Image
import pytest

from .axe import findings
from .page import Page
from .staging import CARD, NAME, QUESTION, Stage
from .test_card import ask

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

_NARROW = 320
"""What WCAG 2.2 (1.4.10, reflow) wants without sideways scrolling: as much as a 1280 pixel window shows at 400 %."""
_AREA = (
    "(({x, y, width, height}) => ({x: x - 8, y: y - 8, width: width + 16, height: height + 16}))"
    "(card().getBoundingClientRect())"
)
# Whatever has text, a picture or something to press, and is cut off by the card or by itself.
_CUT = """
[...card().shadowRoot.querySelectorAll("h1, h2, p, span, label, input, button, img, summary, th, td, svg")]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest("caption"))
  .filter((one) => {
    const [inner, outer] = [one.getBoundingClientRect(), card().getBoundingClientRect()];
    return inner.left < outer.left - 0.5 || inner.right > outer.right + 0.5 || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0;
  })
  .map((one) => `${one.tagName} ${one.textContent.slice(0, 40)}`)
"""


async def answered(page: Page, on_stage: Stage) -> None:
    """The card with an answer, its picture and its times, at rest."""
    await page.until(CARD)
    if await page.script("said('.said')") != on_stage.answer.text:
        await ask(page, QUESTION)
    await page.until("said('.said') === text && said('.doing') === ''", text=on_stage.answer.text)
    await page.until("part('.picture img').complete && part('.picture img').naturalWidth && !part('.latency').hidden")
    await page.until("said('.state') === 'Idle'")


# --- what a checker finds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1000, _NARROW])
async def test_axe_finds_nothing(on_stage: Stage, axe: str, dark: bool, width: int) -> None:
    path = await on_stage.card_of_the_glasses("checked-card")
    async with on_stage.showing(path, dark=dark, width=width) as page:
        await answered(page, on_stage)
        await page.script("part('details').open = true")
        looked_at = await findings(page, axe, "shelfsight-card")
        assert looked_at.found == []
        assert looked_at.rules > 15
        await page.script("part('input').value = ''")
        await ask(page, "")
        await page.until("said('.trouble[role=alert]') !== ''")
        assert (await findings(page, axe, "shelfsight-card")).found == []
        async with on_stage.away():
            await page.until("said('.state') === 'Not connected'")
            assert (await findings(page, axe, "shelfsight-card")).found == []


async def test_axe_would_find_what_is_wrong(on_stage: Stage, axe: str) -> None:
    path = await on_stage.card_of_the_glasses("wrong-colours-card")
    async with on_stage.showing(path) as page:
        await answered(page, on_stage)
        await page.script(
            "part('.said').style.color = '#ddd', part('label').remove(), part('img').removeAttribute('alt')"
        )
        found = " ".join((await findings(page, axe, "shelfsight-card")).found)
        assert all(rule in found for rule in ("color-contrast", "label", "image-alt"))


# --- keys -------------------------------------------------------------------------------------------------------------


async def tab_into_the_card(page: Page) -> None:
    """Press Tab until the focus is in the card; Home Assistant's own head of the page comes first."""
    for _ in range(60):
        await page.key("Tab")
        if await page.script("card().shadowRoot.contains(focused())"):
            return
    raise AssertionError("the card was not reached")


async def test_everything_is_reached_and_used_with_keys_alone(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("keys-card")
    async with on_stage.showing(path) as page:
        await answered(page, on_stage)
        await tab_into_the_card(page)
        names, outlines = [], []
        while await page.script("card().shadowRoot.contains(focused())"):
            names.append(await page.script("focused().labels?.[0]?.textContent ?? focused().innerText"))
            outlines.append(
                await page.script("getComputedStyle(focused()).outlineStyle + getComputedStyle(focused()).outlineWidth")
            )
            await page.key("Tab")
        assert names == ["Question in writing", "Ask", "Ask aloud", "Describe", "Stop", "As a table"]
        assert set(outlines) == {"solid3px"}  # the focus is to be seen wherever it is

        await page.key("Tab", shift=True)
        assert await page.script("focused().innerText") == "As a table"
        await page.key("Enter")
        assert await page.script("part('details').open && part('tbody').rows.length > 0")

        # Back to the field, a question, and its answer; the focus stays where the person is.
        for _ in range(5):
            await page.key("Tab", shift=True)
        await page.write("And the oat milk?")
        await page.key("Enter")
        await page.until("said('.asked') === 'And the oat milk?' && said('.doing') === ''")
        assert await page.script("focused() === part('input')")

        for _ in range(2):
            await page.key("Tab")
        await page.key("Space")
        await page.until("said('.state') === 'Listening'")
        for _ in range(2):
            await page.key("Tab")
        assert await page.script("focused().innerText") == "Stop"
        await page.key("Enter")
        await page.until("said('.state') === 'Idle'")


# --- ears -------------------------------------------------------------------------------------------------------------


async def test_a_screen_reader_gets_names_and_roles_in_the_order_in_which_they_are_seen(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("heard-card")
    async with on_stage.showing(path) as page:
        await answered(page, on_stage)
        heard = await page.heard("part('ha-card')")
        named = [(role, name) for role, name in heard if name]
        expected = [
            ("heading", NAME), ("image", "What the camera saw, with the place marked"), ("heading", "Asked"), ("heading", "Answer"),
            ("LabelText", ""), ("textbox", "Question in writing"), ("button", "Ask"), ("group", "Wearable"), ("button", "Ask aloud"),
            ("button", "Describe"), ("button", "Stop"), ("heading", "Time to first audio"),
        ]  # fmt: skip
        wanted = [pair for pair in expected if pair[1]]
        assert [pair for pair in named if pair in wanted] == wanted
        plot = next(name for role, name in named if role == "image" and name.startswith("Times to first audio"))
        assert "The table has them as figures" in plot
        assert not [role for role, name in heard if role in {"button", "textbox", "image", "heading"} and not name]


async def test_a_new_answer_is_told_once_politely_and_together_with_its_question(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("told-card")
    async with on_stage.showing(path) as page:
        await answered(page, on_stage)
        await page.script(
            "window.told = [], new MutationObserver(() => told.push(part('.talk').innerText.replace(/\\s+/g, ' ')))"
            ".observe(part('[aria-live=polite][aria-atomic=true]'), {subtree: true, childList: true, characterData: true})"
        )
        with on_stage.thinking():
            await ask(page, "Where is the rice?")
            await page.until("part('.state').dataset.state === 'thinking'")
            assert await page.script("told") == []  # what is being done is no answer
        await page.until("said('.asked') === 'Where is the rice?' && said('.doing') === ''")
        assert await page.script("told.at(-1)") == f"Asked Where is the rice? Answer {on_stage.answer.text}"
        assert await page.script("told.length") == 1
        assert await page.script("part('.doing').getAttribute('role')") == "status"
        assert await page.script("part('.notice .trouble').getAttribute('role')") == "alert"


# --- eyes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "de", "fr"])
async def test_nothing_is_lost_at_320_pixels_nor_at_200_percent(on_stage: Stage, tmp_path: Path, language: str) -> None:
    # The browser's zoom makes the window's CSS pixels fewer and each of them larger: 640 pixels at 200 % are 320 of twice the size.
    path = await on_stage.card_of_the_glasses("narrow-card", title="A rather long name of glasses")
    async with on_stage.showing(path, language=language, width=_NARROW, height=900, scale=2) as page:
        await page.until(CARD)
        await ask(page, "Donaudampfschifffahrtsgesellschaftskapitänsmütze " * 3)
        await page.until("said('.asked').startsWith('Donau') && said('.doing') === ''")
        await page.script("part('details').open = true")
        await page.until("part('.picture img').naturalWidth")
        assert await page.script(_CUT) == []
        assert await page.script("document.scrollingElement.scrollWidth") <= _NARROW
        assert await page.script(
            "all('button, input, summary', card().shadowRoot).every((one) => one.clientHeight >= 24)"
        )
        await page.photograph(tmp_path / "narrow.png", await page.script(_AREA))


async def test_larger_letters_are_followed(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("letters-card")
    async with on_stage.showing(path, width=400) as page:
        await answered(page, on_stage)
        await page.script("document.documentElement.style.fontSize = '200%'")
        assert await page.script(_CUT) == []
        assert await page.script("parseFloat(getComputedStyle(part('h1')).fontSize)") >= 32


async def test_nothing_moves_for_who_wants_that_and_a_little_for_others(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("moving-card")
    moving = "card().shadowRoot.getAnimations().length"
    for still in (True, False):
        async with on_stage.showing(path, still=still) as page:
            with on_stage.thinking():
                await ask(page, QUESTION)
                await page.until("part('.state').dataset.state === 'thinking'")
                assert (await page.script(moving) == 0) is still
            await page.until("said('.state') === 'Idle'")


async def test_the_pictures_of_the_documentation(on_stage: Stage, pictures: Path) -> None:
    path = await on_stage.card_of_the_glasses("pictured-card")
    async with on_stage.showing(path, width=520, height=1200, scale=2) as page:
        # This Live server knows at once; with bars of what the house adds alone the picture would promise too much.
        for thinks_s in (0.62, 0.55, 0.81, 0.6, 0.93, 0.66, 0.58, 0.71, 0.64):
            with on_stage.thinking():
                await ask(page, QUESTION)
                await page.until("part('.state').dataset.state === 'thinking'")
                await asyncio.sleep(thinks_s)
            await page.until("said('.doing') === '' && said('.state') === 'Idle'")
        await answered(page, on_stage)
        await page.script("focused()?.blur()")
        for name, dark, background in (("light", False, "rgb(255, 255, 255)"), ("dark", True, "rgb(28, 28, 28)")):
            await page.view(width=520, height=1200, scale=2, dark=dark)
            await page.until("getComputedStyle(part('ha-card')).backgroundColor === background", background=background)
            await page.photograph(pictures / f"card-{name}.png", await page.script(_AREA))
            with await asyncio.to_thread(Image.open, pictures / f"card-{name}.png") as picture:
                assert picture.width == 2 * (await page.script(_AREA))["width"]
