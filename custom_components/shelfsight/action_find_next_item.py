"""The action `shelfsight.find_next_item`: the next open item of a to-do list is looked for, and ticked off by its person's word."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import logging
from typing import Any

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.hass_dict import HassKey

from .action_fields import ATTR_GO_ON, ATTR_LIST, ATTR_TIMEOUT, ATTR_WAIT, invalid
from .const import DOMAIN
from .outcome import Outcome
from .shopping import Errand
from .shopping_list import Item, ShoppingList, find_list
from .shopping_words import Sign, item_name
from .which_entry import wearers_entry

_LOGGER = logging.getLogger(__name__)


@dataclass(slots=True)
class _Errands:
    """Entries whose persons are shopping, and those who were told how to say that they have a thing."""

    under_way: set[str] = field(default_factory=set)
    explained: set[str] = field(default_factory=set)


_ERRANDS: HassKey[_Errands] = HassKey(f"{DOMAIN}_errands")


async def find_next_item(call: ServiceCall) -> ServiceResponse:
    """Look for the next open item, or for one after the other, until the person has no more to say of them."""
    data = call.data
    entry = wearers_entry(call.hass, data.get(ATTR_DEVICE_ID))
    errands = call.hass.data.setdefault(_ERRANDS, _Errands())
    if entry.entry_id in errands.under_way:
        raise invalid("errand_under_way")
    explain = entry.entry_id not in errands.explained
    errands.under_way.add(entry.entry_id)
    try:
        errand = Errand(entry.runtime_data, wait_s=data[ATTR_WAIT], ask_s=data[ATTR_TIMEOUT])
        async with _heard_too(errand):
            todo = find_list(call.hass, data.get(ATTR_LIST), call.context)
        response = await _Tour(errand, todo, explain=explain, goes_on=data[ATTR_GO_ON]).run()
        errands.explained.add(entry.entry_id)
        return response
    finally:
        errands.under_way.discard(entry.entry_id)


@asynccontextmanager
async def _heard_too(errand: Errand) -> AsyncIterator[None]:
    """What is wrong with the list is an error for whoever called, and heard by the person who waits."""
    try:
        yield
    except HomeAssistantError:
        await errand.tell("went_wrong")
        raise


class _Tour:
    """Items of one list, each looked for once."""

    def __init__(self, errand: Errand, todo: ShoppingList, *, explain: bool, goes_on: bool) -> None:
        self._errand = errand
        self._todo = todo
        self._explain = explain
        self._goes_on = goes_on
        self._seen: set[Item] = set()
        self._items: list[dict[str, Any]] = []

    async def run(self) -> dict[str, Any]:
        """The action's response.

        Raises:
            HomeAssistantError: translated; nothing is open, or an item could not be looked for.
        """
        item = self._next(await self._open_items())
        if item is None:
            await self._errand.tell("errand_done")
            raise invalid("list_empty", list=self._todo.name)
        while True:
            sign, outcome = await self._errand.look_for(item_name(item.summary), explain=self._explain)
            self._explain = False
            ticked = sign is Sign.TAKEN and await self._tick_off(item)
            self._seen.add(item)
            self._items.append({"item": item.summary, "ticked": ticked, "answer": outcome.answer})
            left = await self._open_items()
            if ticked or item in left:  # else somebody else has done something with it meanwhile
                await self._errand.tell("errand_taken" if ticked else "errand_left")
            following = self._next(left)
            if not self._goes_on or sign in (None, Sign.STOP) or following is None:
                if not left:
                    await self._errand.tell("errand_done")
                return self._response(item, outcome, ticked=ticked, remaining=len(left))
            item = following

    async def _open_items(self) -> list[Item]:
        """The list may have changed meanwhile."""
        async with _heard_too(self._errand):
            return await self._todo.open_items()

    def _next(self, left: list[Item]) -> Item | None:
        """The first that was not looked for yet."""
        return next((one for one in left if one not in self._seen), None)

    async def _tick_off(self, item: Item) -> bool:
        try:
            await self._todo.tick_off(item)
        except HomeAssistantError as err:
            _LOGGER.warning("%s could not be ticked off: %s", item.summary, err)
            return False
        return True

    def _response(self, item: Item, outcome: Outcome, *, ticked: bool, remaining: int) -> dict[str, Any]:
        # What was asked for stands in `item`, as the list has it; what was found is `found_item`.
        answer = outcome.as_response()
        return {**answer, "found_item": answer["item"], "item": item.summary, "ticked": ticked, "remaining": remaining,
                "items": self._items}  # fmt: skip
