"""A to-do list of Home Assistant, through its own actions: what is open, and ticking it off."""

from dataclasses import dataclass
from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID, ATTR_SUPPORTED_FEATURES, STATE_UNAVAILABLE
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er

from .action_fields import TODO, invalid

_SHOPPING_LIST: Final = "shopping_list"
# TodoListEntityFeature.UPDATE_TODO_ITEM; written out because core's to-do lists need not be set up here.
_CAN_UPDATE: Final = 4


@dataclass(frozen=True, slots=True)
class Item:
    """An open item. `uid` is None in lists that know their items by their words only."""

    uid: str | None
    summary: str


@dataclass(frozen=True, slots=True)
class ShoppingList:
    """One list; `context` is who asked for it."""

    hass: HomeAssistant
    entity_id: str
    name: str
    context: Context

    async def open_items(self) -> list[Item]:
        """The items that are open, in the list's order.

        Raises:
            HomeAssistantError: as the list's integration says.
        """
        response: Any = await self.hass.services.async_call(
            TODO,
            "get_items",
            {ATTR_ENTITY_ID: self.entity_id, "status": ["needs_action"]},
            blocking=True,
            context=self.context,
            return_response=True,
        )
        items = (response or {}).get(self.entity_id, {}).get("items", [])
        return [Item(item.get("uid"), item["summary"]) for item in items if (item.get("summary") or "").strip()]

    async def tick_off(self, item: Item) -> None:
        """This one is done.

        Raises:
            HomeAssistantError: it is not there any more, or as the list's integration says.
        """
        await self.hass.services.async_call(
            TODO,
            "update_item",
            {ATTR_ENTITY_ID: self.entity_id, "item": item.uid or item.summary, "status": "completed"},
            blocking=True,
            context=self.context,
        )


def find_list(hass: HomeAssistant, entity_id: str | None, context: Context) -> ShoppingList:
    """The named list; else the shopping list of Home Assistant, or the only list there is.

    Raises:
        ServiceValidationError: translated; there is none, or none that is meant, or nothing can be ticked off in it.
    """
    if entity_id is None:
        entity_id = _default_list(hass)
    state = hass.states.get(entity_id)
    if state is None:
        raise invalid("list_not_there", list=entity_id)
    if state.state == STATE_UNAVAILABLE:
        raise invalid("list_unavailable", list=state.name)
    if not int(state.attributes.get(ATTR_SUPPORTED_FEATURES) or 0) & _CAN_UPDATE:
        raise invalid("list_read_only", list=state.name)
    return ShoppingList(hass, entity_id, state.name, context)


def _default_list(hass: HomeAssistant) -> str:
    lists = hass.states.async_entity_ids(TODO)
    registry = er.async_get(hass)
    shopping = [
        one for one in lists if (known := registry.async_get(one)) is not None and known.platform == _SHOPPING_LIST
    ]
    if len(shopping) == 1 or len(lists) == 1:
        return (shopping or lists)[0]
    raise invalid("which_list" if lists else "no_list")
