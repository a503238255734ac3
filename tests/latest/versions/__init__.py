"""A component for Home Assistant under test: `GET /api/versions` tells what runs in this process, and from where."""

import sys

from aiohttp import web

from homeassistant.const import __version__
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.helpers.typing import ConfigType

DOMAIN = "versions"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)


class VersionsView(HomeAssistantView):
    """Tells of the SDK only if somebody has imported it: this view does not."""

    url = "/api/versions"
    name = "api:versions"

    async def get(self, request: web.Request) -> web.Response:
        """Versions, and how many copies of the SDK are in the process."""
        sdk = sys.modules.get("google.genai")
        return self.json(
            {
                "home_assistant": __version__,
                "google_genai": sdk.__version__ if sdk is not None else None,
                "google_genai_file": sdk.__file__ if sdk is not None else None,
            }
        )


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Serve it."""
    hass.http.register_view(VersionsView())
    return True
