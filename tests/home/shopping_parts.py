"""Parts of the tests of shopping: Home Assistant's real shopping list, and a Live server whose ears hear what a test says."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.todo import TodoItem, TodoListEntity, TodoListEntityFeature
from homeassistant.core import HomeAssistant

from local_live.brain import Answer
from tests import pictures
from tests.home.parts import FakeWearable
from tests.local_live.server_parts import NotingBrain

SHELF = pictures.jpeg(1, (1600, 1200))
LIST = "todo.shopping_list"
# Longer than anybody waits before they begin to ask.
WORDLESS = bytes(32 * 4_200)


async def set_up_list(hass: HomeAssistant) -> MockConfigEntry:
    """The shopping list, empty. It has web pages of its own, so it comes before anybody visits."""
    entry = MockConfigEntry(domain="shopping_list")
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


class OtherList(TodoListEntity):
    """A list of another integration, in which items can be added and ticked off."""

    _attr_supported_features = TodoListEntityFeature.CREATE_TODO_ITEM | TodoListEntityFeature.UPDATE_TODO_ITEM

    def __init__(self, name: str) -> None:
        self._attr_name = name
        self._attr_todo_items = []

    async def async_create_todo_item(self, item: TodoItem) -> None:
        self._attr_todo_items = [*(self.todo_items or []), replace(item, uid=f"{item.summary} of {self.name}")]
        self.async_write_ha_state()

    async def async_update_todo_item(self, item: TodoItem) -> None:
        self._attr_todo_items = [item if one.uid == item.uid else one for one in self.todo_items or []]
        self.async_write_ha_state()


async def add_lists(hass: HomeAssistant, *names: str) -> None:
    """More lists."""
    await hass.data["entity_components"]["todo"].async_add_entities([OtherList(name) for name in names])


async def fill(hass: HomeAssistant, *summaries: str, todo: str = LIST) -> None:
    """Put these on a list."""
    for summary in summaries:
        await hass.services.async_call("todo", "add_item", {"entity_id": todo, "item": summary}, blocking=True)


async def items(hass: HomeAssistant, status: str, todo: str = LIST) -> list[str]:
    """The list's items with a status: `needs_action` or `completed`."""
    found: Any = await hass.services.async_call(
        "todo", "get_items", {"entity_id": todo, "status": [status]}, blocking=True, return_response=True
    )
    return [one["summary"] for one in found[todo]["items"]]


def hearing(monkeypatch: pytest.MonkeyPatch, said: Sequence[str]) -> None:
    """What the Live server's ears make of what is said, one after the other; sound alone is no words to a noting brain."""
    left = list(said)

    async def answer_sound(self: NotingBrain, pcm_16k: bytes) -> Answer:
        self.sounds.append(pcm_16k)
        return await self._answer(left.pop(0) if left else "")

    monkeypatch.setattr(NotingBrain, "answer_sound", answer_sound)


async def press_without_a_word(wearable: FakeWearable) -> None:
    """The button, shortly, and then nothing."""
    await wearable.press()
    await wearable.release()
    await wearable.say(WORDLESS)
