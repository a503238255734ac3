"""Privacy, and questions that need no press."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import ShelfsightEntity
from .options import Options
from .runtime import ShelfsightConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OptionSwitch(SwitchEntityDescription):
    """A switch over options; `changes` are those to be kept when it is switched, from those that are kept now."""

    is_on: Callable[[Options], bool]
    changes: Callable[[Options, bool], dict[str, Any]]


def _follow_up(options: Options, on: bool) -> dict[str, Any]:
    """Off keeps the time; on takes the usual one where it was 0."""
    if not on or options.follow_up_s:
        return {"follow_up": on}
    return {"follow_up": True, "follow_up_s": Options().follow_up_s}


SWITCHES = (
    # It is remembered, and told to a wearable that is away when it comes: so it can be switched at any time.
    OptionSwitch(
        key="privacy",
        is_on=lambda options: options.privacy,
        changes=lambda _options, on: {"privacy": on},
    ),
    OptionSwitch(
        key="follow_up",
        entity_category=EntityCategory.CONFIG,
        is_on=lambda options: options.follow_up_wait_s > 0,
        changes=_follow_up,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switches of a wearable."""
    if entry.runtime_data.wearable is not None:
        async_add_entities(ChoiceSwitch(entry, description) for description in SWITCHES)


class ChoiceSwitch(ShelfsightEntity, SwitchEntity):
    """One of the switches."""

    entity_description: OptionSwitch

    def __init__(self, entry: ShelfsightConfigEntry, description: OptionSwitch) -> None:
        super().__init__(entry, description.key)
        self.entity_description = description

    @property
    @override
    def is_on(self) -> bool:
        """As chosen."""
        return self.entity_description.is_on(self.runtime.answering.options)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Choose it."""
        await self._switch(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Choose it no more."""
        await self._switch(on=False)

    async def _switch(self, *, on: bool) -> None:
        await self.runtime.choose(**self.entity_description.changes(self.runtime.answering.options, on))
        self.changed()
