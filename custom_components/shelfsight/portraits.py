"""Drawn pictures of the kinds of wearables, for whoever sees them while one is set up.

They are served by the flow and not by the integration's setup, which has not run when the first wearable is found.
"""

from pathlib import Path
from typing import Final

# Home Assistant's own integrations take it from here; that it is meant to be had from here is not written where mypy looks.
from homeassistant.components.http import StaticPathConfig  # type: ignore[attr-defined]
from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

FOLDER: Final = Path(__file__).parent / "portraits"
_URL: Final = f"/{DOMAIN}/portraits"
_SERVED: HassKey[bool] = HassKey(f"{DOMAIN}_portraits")

ANY: Final = "any"
# How the model begins that a wearable tells (PROTOCOL.md, "Being found"; boards/*), and whose picture that is.
_KINDS: Final = (("desk", "desk"), ("raspberry pi", "pi"), ("xiao_esp32", "esp32"), ("freenove_esp32", "esp32"))
PORTRAITS: Final = (ANY, *sorted({kind for _, kind in _KINDS}))


def portrait_of(model: str) -> str:
    """Which picture shows this model; `any` for one that is not known."""
    word = model.strip().lower()
    return next((kind for beginning, kind in _KINDS if word.startswith(beginning)), ANY)


async def async_url(hass: HomeAssistant, portrait: str) -> str:
    """The address of a picture, as a path of Home Assistant; it is served from now on."""
    if _SERVED not in hass.data:
        hass.data[_SERVED] = True
        await hass.http.async_register_static_paths([StaticPathConfig(_URL, str(FOLDER), cache_headers=False)])
    return f"{_URL}/{portrait}.svg"
