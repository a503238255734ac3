"""A component for Home Assistant under test that brings its recorder along, as it is in a house where nobody has configured it."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

DOMAIN = "recorder_on"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """The recorder is there: it is among the dependencies."""
    return True
