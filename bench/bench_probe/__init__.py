"""A component for the Home Assistant that is measured: how long its loop stood still and in whose code, and where its time went.

`POST /api/bench_probe/begin` with `{"profile": true}` or `{}`, then `POST /api/bench_probe/end` for what was seen in between.
"""

from aiohttp import web

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.helpers.typing import ConfigType

from .profile import Profile
from .stalls import Stalls

DOMAIN = "bench_probe"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)


class ProbeView(HomeAssistantView):
    """Begins and ends what is watched; for the user that the benchmark signed in as."""

    url = "/api/bench_probe/{what}"
    name = "api:bench_probe"

    def __init__(self, hass: HomeAssistant) -> None:
        self._stalls = Stalls(hass.loop)
        self._profile = Profile()

    async def post(self, request: web.Request, what: str) -> web.Response:
        """See the module."""
        if what == "begin":
            self._stalls.begin()
            if (await request.json()).get("profile"):
                self._profile.begin()
            return self.json({})
        return self.json({"loop": self._stalls.end(), "profile": self._profile.end()})


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the view."""
    hass.http.register_view(ProbeView(hass))
    return True
