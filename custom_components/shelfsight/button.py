"""Buttons for whoever is at home, and for automations: ask as with the wearable's own button, describe what it sees, stop."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN
from .entity import WearableEntity
from .link.connection import LinkClosedError
from .runtime import Runtime, ShelfsightConfigEntry
from .spatial import Mode
from .wearable import Wearable

PARALLEL_UPDATES = 0

# Nobody listens to a description for longer; a press of the wearable's button ends it at any time.
_DESCRIBE_LIMIT_S = 60.0


async def _ask(_hass: HomeAssistant, _runtime: Runtime, wearable: Wearable) -> None:
    if wearable.private:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="wearable_private")
    await wearable.press_at_home()


async def _describe(hass: HomeAssistant, runtime: Runtime, _wearable: Wearable) -> None:
    answering = runtime.answering
    texts = await async_get_translations(hass, answering.language, "selector", {DOMAIN})
    question = texts.get(f"component.{DOMAIN}.selector.mode.options.{Mode.DESCRIBE}", Mode.DESCRIBE.value)
    mode = answering.mode(Mode.DESCRIBE)
    await runtime.ask(question, mode=mode, speak=True, frame=None, timeout_s=_DESCRIBE_LIMIT_S)


async def _stop(_hass: HomeAssistant, _runtime: Runtime, wearable: Wearable) -> None:
    await wearable.press_at_home(asks=False)


@dataclass(frozen=True, kw_only=True)
class HomeButton(ButtonEntityDescription):
    """A button; `can` says whether a wearable that is connected can do what it is for."""

    press: Callable[[HomeAssistant, Runtime, Wearable], Awaitable[None]]
    can: Callable[[Wearable], bool] = lambda _wearable: True


BUTTONS = (
    HomeButton(key="ask", press=_ask, can=lambda wearable: wearable.has_microphone),
    HomeButton(key="describe", press=_describe, can=lambda wearable: wearable.has_camera),
    HomeButton(key="stop", press=_stop),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons of a wearable."""
    if (wearable := entry.runtime_data.wearable) is not None:
        async_add_entities(PressedAtHome(entry, wearable, description) for description in BUTTONS)


class PressedAtHome(WearableEntity, ButtonEntity):
    """One of the buttons."""

    entity_description: HomeButton

    def __init__(self, entry: ShelfsightConfigEntry, wearable: Wearable, description: HomeButton) -> None:
        super().__init__(entry, wearable, description.key)
        self.entity_description = description

    @property
    @override
    def available(self) -> bool:
        """Not while the wearable is away, nor where it cannot do that."""
        return super().available and self.entity_description.can(self.wearable)

    @override
    async def async_press(self) -> None:
        """Do it."""
        try:
            await self.entity_description.press(self.hass, self.runtime, self.wearable)
        except LinkClosedError as err:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="wearable_not_connected") from err
