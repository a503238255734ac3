"""The card as somebody uses it who sees it: it is there, it asks, it shows, and hostile words stay words."""

import asyncio
from dataclasses import replace
import time

import pytest

from local_live.brain import Answer, Place

from .page import Page
from .staging import CARD, NAME, QUESTION, Stage

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

_PICTURE = "part('.picture img')?.complete && part('.picture img').naturalWidth"


async def ask(page: Page, question: str) -> None:
    """Write a question into the card, and send it."""
    await page.until(CARD)
    await page.script("part('input').focus()")
    await page.write(question)
    await page.key("Enter")


async def test_a_dashboard_shows_the_card_and_nobody_added_a_resource(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("first-card")
    async with on_stage.home.socket() as call:
        assert await call("lovelace/resources") == []
    async with on_stage.showing(path) as page:
        await page.until("said('h1') === name", name=NAME)
        assert await page.script("said('.state')") == "Idle"
        (listed,) = await page.until("window.customCards?.filter((one) => one.type === 'shelfsight-card')")
        assert listed["name"] == "Shelfsight" and listed["description"]
        assert await page.script("all('hui-error-card').length") == 0


async def test_a_question_in_writing_is_answered_aloud_and_shown_with_its_picture(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("asking-card")
    async with on_stage.showing(path) as page:
        before = len(on_stage.glasses.heard)
        with on_stage.thinking():
            await ask(page, QUESTION)
            await page.until("said('.doing') === 'Asking …'")
            await page.until("part('.state').dataset.state === 'thinking' && said('.state') === 'Thinking'")
        await page.until("said('.said') === text", text=on_stage.answer.text)
        assert await page.script("said('.asked')") == QUESTION
        await page.until(_PICTURE)
        assert await page.script("part('.picture img').alt") == "What the camera saw, with the place marked"
        await page.until("said('.doing') === '' && part('input').value === ''")
        assert len(on_stage.glasses.heard) > before
        await page.until("!part('.latency').hidden && part('rect.newest')")
        assert "at the last answer" in await page.script("said('.figures')")
    assert on_stage.oracle.asked[-1] == QUESTION


async def test_the_times_of_answers_before_the_page_was_opened_are_in_the_plot_and_in_the_table(
    on_stage: Stage,
) -> None:
    path = await on_stage.card_of_the_glasses("times-card")
    async with on_stage.showing(path) as page:
        for _ in range(2):
            await ask(page, QUESTION)
            await page.until("said('.doing') === 'Asking …'")
            await page.until("said('.doing') === ''")
        kept = await page.until("part('tbody') && [...part('tbody').rows].map((row) => row.innerText)")
        assert len(kept) >= 2
    # Home Assistant writes its history every few seconds.
    for _ in range(20):
        async with on_stage.showing(path) as page:
            await page.until("!part('.latency').hidden")
            await page.until("part('tbody').rows.length && part('svg').getAttribute('aria-label')")
            again = await page.script("[...part('tbody').rows].map((row) => row.innerText)")
            bars = await page.script("part('svg').childElementCount")
        if again == kept:
            break
        await asyncio.sleep(0.5)
    assert again == kept and bars == len(kept)


async def test_a_button_asks_aloud_and_another_stops(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("buttons-card")
    async with on_stage.showing(path) as page:
        await page.until(CARD)
        began_s = time.monotonic()
        await page.script("part('.buttons button:nth-child(1)').click()")
        await on_stage.glasses.event("capture", began_s, 10)
        await page.until("said('.state') === 'Listening'")
        await page.script("part('.buttons button:nth-child(3)').click()")
        await page.until("said('.state') === 'Idle' && said('.trouble[role=alert]') === ''")


HOSTILE = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>{last}&lt;b&gt;</p><h1>\u202e'


async def test_hostile_questions_and_answers_are_words_and_nothing_else(on_stage: Stage) -> None:
    assert on_stage.answer.place is not None
    place: Place = replace(on_stage.answer.place, item=HOSTILE, read_text=HOSTILE)
    path = await on_stage.card_of_the_glasses("hostile-card", title=HOSTILE)
    on_stage.oracle.answer = Answer("", HOSTILE, place)
    try:
        async with on_stage.showing(path) as page:
            await ask(page, HOSTILE)
            await page.until("said('.said') === text", text=HOSTILE)
            assert await page.script("said('.asked')") == HOSTILE
            assert await page.script("said('h1')") == HOSTILE
            await page.until(_PICTURE)
            inside = "card().shadowRoot.querySelectorAll('script, b, .talk *:not(h2, p), img:not(.picture img)').length"
            assert await page.script(inside) == 0
            assert await page.script("window.broken") is None
    finally:
        on_stage.oracle.answer = on_stage.answer


async def test_what_is_not_the_cards_business_changes_nothing_in_it(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("quiet-card")
    async with on_stage.showing(path) as page:
        await page.until(CARD)
        await page.until("said('.state') === 'Idle'")
        await page.script(
            "window.changes = 0, new MutationObserver((all) => { window.changes += all.length; }).observe("
            "card().shadowRoot, {subtree: true, childList: true, attributes: true, characterData: true})"
        )
        for number in range(20):
            await on_stage.home.post("/api/states/sensor.elsewhere", {"state": str(number)})
        await page.until("one('home-assistant').hass.states['sensor.elsewhere']?.state === '19'")
        assert await page.script("window.changes") == 0
        await ask(page, QUESTION)
        await page.until("window.changes > 0")


async def test_cards_that_are_gone_leave_nothing(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("leaving-card")
    come_and_go = """
    (async () => {
      for (let number = 0; number < 30; number++) {
        const made = document.createElement("shelfsight-card");
        made.setConfig(config);
        made.hass = one("home-assistant").hass;
        document.body.append(made);
        await new Promise((resolve) => setTimeout(resolve, number % 2 ? 0 : 60)); // some leave while their history is on its way
        if (number % 2 === 0 && !made.shadowRoot.querySelector("h1").textContent) throw new Error("nothing was shown");
        made.remove();
      }
    })()
    """
    async with on_stage.showing(path) as page:
        await page.until(CARD)
        await page.script(come_and_go, config={"device_id": await on_stage.device(on_stage.entry)})
        await page.until("said('.state') === 'Idle'")
        assert await page.count_alive("customElements.get('shelfsight-card')") == 1


async def test_every_card_speaks_the_language_of_who_looks(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("languages-card")
    words = {"de": "Laut fragen", "es": "Preguntar en voz alta", "fr": "Demander à voix haute", "it": "Chiedi a voce",
             "nl": "Hardop vragen", "sv": "Ask aloud"}  # fmt: skip
    for language, aloud in words.items():
        async with on_stage.showing(path, language=language) as page:
            await page.until("said('.buttons button') === words", words=aloud)


async def test_somebody_sets_the_card_up_in_home_assistants_own_editor(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("editing-card")
    async with on_stage.showing(f"{path}?edit=1") as page:
        await page.until(CARD)
        form = await page.script("customElements.get('shelfsight-card').getConfigForm().then((form) => form.schema.map("
                                 "(field) => [field.name, form.computeLabel(field), form.computeHelper(field)]))")  # fmt: skip
        assert [name for name, *_ in form] == ["device_id", "camera", "title", "speak", "latency"]
        assert all(label and helper for _, label, helper in form)
        stub = await page.script("customElements.get('shelfsight-card').getStubConfig(one('home-assistant').hass)")
        assert stub["device_id"] in [
            await on_stage.device(on_stage.entry),
            await on_stage.device(on_stage.cameras_entry),
        ]
        await page.until("one('hui-card-edit-mode')")
        await page.script(
            "one('hui-card-edit-mode').dispatchEvent(new CustomEvent('ll-edit-card', {bubbles: true, composed: true,"
            " detail: {path: [0, 0, 0]}}))"
        )
        await page.until("one('hui-dialog-edit-card') && all('ha-form', one('hui-dialog-edit-card').shadowRoot).length")
        await page.until(
            "all('ha-form', one('hui-dialog-edit-card').shadowRoot).some((form) => form.schema?.length === 5)"
        )
        await page.until("all('ha-selector-device', one('hui-dialog-edit-card').shadowRoot).length === 1")
