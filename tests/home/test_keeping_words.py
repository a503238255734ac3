"""Whether what was asked and answered last stands in entities is the person's choice; automations get their response anyway."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.image import async_get_image
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import choose, entity_id, state, states_from_now

WORDS = (("sensor", "last_question"), ("sensor", "last_answer"), ("image", "answer"))


@pytest.mark.parametrize("keep", [True, False])
async def test_words_and_picture_get_into_entities_only_where_that_is_wanted(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, keep: bool
) -> None:
    await choose(hass, entry, keep_words=keep)
    seen = {key: states_from_now(hass, entity_id(hass, platform, key)) for platform, key in WORDS}
    wearable = await dial()
    wearable.still_jpeg = pictures.jpeg(1, (640, 480))
    response = await hass.services.async_call(
        "shelfsight", "ask", {"question": "Where is the bread?"}, blocking=True, return_response=True
    )
    await hass.async_block_till_done()
    assert response is not None and response["answer"]
    if keep:
        assert state(hass, "sensor", "last_answer") == response["answer"]
        assert (await async_get_image(hass, entity_id(hass, "image", "answer"))).content
        return
    assert {one for states in seen.values() for one in states} <= {"unknown"}
    for platform, key in WORDS[:2]:
        told = hass.states.get(entity_id(hass, platform, key))
        assert told is not None and "bread" not in str(told.attributes) and str(response["answer"]) not in str(told)
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, entity_id(hass, "image", "answer"))
    assert state(hass, "sensor", "first_audio") != "unknown", "which holds no words"
