"""Has Home Assistant keep a history, as every home does: the card's plot begins with it."""

from typing import Any


async def async_setup(_hass: Any, _config: Any) -> bool:
    """What it depends on is all that is wanted."""
    return True
