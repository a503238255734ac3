"""What the card shows when not all is well: no wearable, none connected, none any more, errors of actions."""

import pytest

from .staging import CARD, QUESTION, Stage, add_entry
from .test_card import ask

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

_PROBLEM = "said('.problem')"
_TROUBLE = "said('.trouble[role=alert]')"


async def test_a_wearable_that_left_is_said_to_be_away_and_comes_back(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("away-card")
    async with on_stage.showing(path) as page:
        await page.until(CARD)
        async with on_stage.away():
            await page.until("said('.state') === 'Not connected'")
            assert (
                await page.script(
                    "all('.buttons button', card().shadowRoot).map((one) => one.getAttribute('aria-disabled'))"
                )
                == ["true"] * 3
            )
            await page.script("part('.buttons button').click()")
            await page.until(f"{_TROUBLE}.includes('not connected')")
            await ask(page, QUESTION)
            await page.until(f"{_TROUBLE} === 'The wearable is not connected.'")
        await page.until("said('.state') === 'Idle'")
        assert await page.script("part('.buttons [aria-disabled]')") is None
        await ask(page, "")  # what was written is still there
        await page.until(f"{_TROUBLE} === '' && said('.doing') === '' && part('input').value === ''")
    assert on_stage.oracle.asked[-1] == QUESTION


async def test_an_empty_question_is_not_sent_and_the_field_says_why(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("empty-card")
    async with on_stage.showing(path) as page:
        before = len(on_stage.oracle.asked)
        await ask(page, "  ")
        await page.until(f"{_TROUBLE} === 'Write a question first.'")
        assert await page.script("part('input').getAttribute('aria-invalid')") == "true"
        assert await page.script("focused() === part('input')")
        await page.write("a")
        assert await page.script("part('input').getAttribute('aria-invalid')") is None
        assert len(on_stage.oracle.asked) == before


async def test_what_an_action_refuses_is_said_in_the_words_and_the_language_of_home_assistant(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("refused-card")
    privacy = await on_stage.entity(on_stage.entry, "switch", "privacy")
    async with on_stage.showing(path) as page:
        await on_stage.home.post("/api/services/switch/turn_on", {"entity_id": privacy})
        try:
            await ask(page, QUESTION)
            await page.until(f"{_TROUBLE} === 'Privacy is on: the wearable captures nothing now.'")
            assert await page.script("part('input').value") == QUESTION  # nobody writes it again
        finally:
            await on_stage.home.post("/api/services/switch/turn_off", {"entity_id": privacy})


async def test_without_a_wearable_the_card_asks_about_a_camera(on_stage: Stage) -> None:
    device = await on_stage.device(on_stage.cameras_entry)
    camera = await on_stage.entity(on_stage.entry, "camera", "camera")
    card = {"type": "custom:shelfsight-card", "device_id": device}
    async with on_stage.showing(await on_stage.dashboard("no-camera-card", card)) as page:
        await ask(page, QUESTION)
        await page.until(f"{_TROUBLE}.startsWith('Choose a camera')")
        assert await page.script("said('.state')") == "Without a wearable"
        assert await page.script("part('.buttons').hidden")
    async with on_stage.showing(await on_stage.dashboard("camera-card", {**card, "camera": camera})) as page:
        await ask(page, QUESTION)
        await page.until("said('.said') === text", text=on_stage.answer.text)
        await page.until("part('.picture img')?.naturalWidth")
        assert await page.script(_TROUBLE) == ""


async def test_a_card_of_an_entity_finds_its_device(on_stage: Stage) -> None:
    entity = await on_stage.entity(on_stage.entry, "sensor", "last_answer")
    path = await on_stage.dashboard("entity-card", {"type": "custom:shelfsight-card", "entity": entity})
    async with on_stage.showing(path) as page:
        await page.until("said('h1') === 'Glasses' && part('.buttons').childElementCount === 3")


async def test_a_card_of_nothing_says_what_to_choose(on_stage: Stage) -> None:
    cards = ({"type": "custom:shelfsight-card"}, {"type": "custom:shelfsight-card", "device_id": "gone"})
    for card, words in zip(
        cards, ("Choose a wearable", "The chosen wearable is not in Home Assistant any more"), strict=True
    ):
        async with on_stage.showing(await on_stage.dashboard("nothing-card", card)) as page:
            await page.until(f"{_PROBLEM}.startsWith(words)", words=words)
            assert await page.script("part('.body').hidden")


async def test_a_configuration_that_cannot_be_is_refused_by_name(on_stage: Stage) -> None:
    path = await on_stage.dashboard("wrong-card", {"type": "custom:shelfsight-card", "device_id": 7})
    async with on_stage.showing(path) as page:
        await page.until("all('hui-error-card').length === 1")


async def test_a_wearable_that_is_not_set_up_is_not_ready_and_its_card_goes_on_when_it_is(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("not-ready-card")
    async with on_stage.showing(path) as page:
        await page.until(CARD)
        async with on_stage.disabled():
            await page.until("said('.state') === 'Not ready' || !part('.problem').hidden")
        await page.until("said('.state') === 'Idle'", timeout_s=40)


async def test_a_wearable_that_was_removed_while_somebody_looked_is_said_to_be_gone(on_stage: Stage) -> None:
    entry = await add_entry(on_stage.home, on_stage.live, "streams", name="Phone")
    card = {"type": "custom:shelfsight-card", "device_id": await on_stage.device(entry)}
    async with on_stage.showing(await on_stage.dashboard("removed-card", card)) as page:
        await page.until("said('h1') === 'Phone' && said('.state') === 'Not connected'")
        await page.script(
            "one('home-assistant').hass.callApi('DELETE', path)", path=f"config/config_entries/entry/{entry}"
        )
        await page.until(f"{_PROBLEM}.startsWith('The chosen wearable is not in Home Assistant any more')")
        assert await page.script("part('.body').hidden && part('.state').hidden")


async def test_whatever_an_action_fails_with_becomes_words(on_stage: Stage) -> None:
    path = await on_stage.card_of_the_glasses("failing-card")
    failing = """
    (async () => {
      const { wordsOf } = await import(performance.getEntriesByType("resource").find((one) => one.name.endsWith("/acting.js")).name);
      const texts = { lost: "lost", failed: "failed: {reason}" };
      const offline = { loadBackendTranslation: () => Promise.reject(new Error("offline")) };
      const known = { translation_domain: "shelfsight", translation_key: "timeout", message: "said in English" };
      const unknown = { translation_domain: "shelfsight", translation_key: "unheard_of", message: "told" };
      const hass = one("home-assistant").hass;
      return Promise.all([
        wordsOf(hass, known, texts), wordsOf(offline, known, texts), wordsOf(hass, unknown, texts),
        ...[3, { code: 3 }, { error: { code: 3 } }, new Error("x"), undefined].map((error) => wordsOf(hass, error, texts)),
      ]);
    })()
    """
    async with on_stage.showing(path) as page:
        await page.until(CARD)
        assert await page.script(failing) == [
            "There was no answer in the given time.", "failed: said in English", "failed: told",
            "lost", "lost", "lost", "failed: x", "failed: ?",
        ]  # fmt: skip
