"""Fields that the forms of flows share, stricter than Home Assistant's own where those take what nobody meant.

A text is no number, and "false" is not true. What a field refuses, Home Assistant answers with an error at that field.
"""

from math import isfinite
from typing import Any, Final, override

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN
from .typed import PORTS


class Flag(BooleanSelector):
    """True or false, and no other value that could be taken for one of them."""

    @override
    def __call__(self, data: Any) -> bool:
        """The value, or `vol.Invalid`."""
        if not isinstance(data, bool):
            raise vol.Invalid("expected true or false")
        return data


class Number(NumberSelector):
    """A number. Its bounds are shown; whoever goes beyond them is told so by the flow, in words and not by a schema."""

    @override
    def __call__(self, data: Any) -> float:
        """The value, or `vol.Invalid`; a text is no number, and neither is NaN."""
        if (
            isinstance(data, bool)
            or not isinstance(data, int | float)
            or (isinstance(data, float) and not isfinite(data))
        ):
            raise vol.Invalid("expected a number")
        return data


def whole_number(bounds: tuple[int, int], unit: str | None = None) -> Number:
    """A field for a whole number from the first to the second of `bounds`."""
    config = NumberSelectorConfig(min=bounds[0], max=bounds[1], step=1, mode=NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return Number(config)


def choice(
    options: list[SelectOptionDict] | list[str],
    mode: SelectSelectorMode,
    translation_key: str | None = None,
    *,
    custom_value: bool = False,
) -> SelectSelector:
    """A field for one of several values; with `custom_value` also for one that is typed."""
    config = SelectSelectorConfig(options=options, mode=mode, custom_value=custom_value)
    if translation_key is not None:
        config["translation_key"] = translation_key
    return SelectSelector(config)


async def selector_texts(hass: HomeAssistant, key: str) -> dict[str, str]:
    """What the choices under a key of `selector` are called on the screen, in Home Assistant's language."""
    texts = await async_get_translations(hass, hass.config.language, "selector", {DOMAIN})
    prefix = f"component.{DOMAIN}.selector.{key}.options."
    return {name.removeprefix(prefix): text for name, text in texts.items() if name.startswith(prefix)}


FLAG: Final = Flag()
PASSWORD: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
PORT: Final = whole_number(PORTS)
