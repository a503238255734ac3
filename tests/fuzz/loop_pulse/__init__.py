"""A component for Home Assistant under test: how late its loop is, and what is left in it.

`GET /api/loop_pulse` gives the delays since the last call, in milliseconds: a timer is due every 10 ms, and what it comes
later than that is what everything else in Home Assistant waits as well. The longest are mostly Python's own: it looks through all
objects of Home Assistant for garbage now and then, whoever made them; how long that took is given beside.
"""

import asyncio
from collections import Counter
import gc
import math
import re
import time

from aiohttp import web

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.helpers.typing import ConfigType

DOMAIN = "loop_pulse"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)

_EVERY_S = 0.01


class Pulse:
    """Notes each delay; bounded by how long nobody asks, which is a test's."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._due_s = 0.0
        self._collecting_s = 0.0
        self.late_s: list[float] = []
        self.collected_s: list[float] = []
        gc.callbacks.append(self._collect)

    def _collect(self, phase: str, info: dict[str, int]) -> None:
        """Python begins, or has finished, to look for garbage."""
        if phase == "start":
            self._collecting_s = time.perf_counter()
        else:
            self.collected_s.append(time.perf_counter() - self._collecting_s)

    def beat(self) -> None:
        """The timer."""
        now_s = self._loop.time()
        if self._due_s:
            self.late_s.append(now_s - self._due_s)
        self._due_s = now_s + _EVERY_S
        self._loop.call_at(self._due_s, self.beat)


def percentile_ms(late_s: list[float], percent: float) -> float | None:
    """The smallest delay that so many of all are not above (nearest rank)."""
    if not late_s:
        return None
    return 1000 * sorted(late_s)[max(0, math.ceil(len(late_s) * percent / 100) - 1)]


class PulseView(HomeAssistantView):
    """Serves the figures, to whoever asks: it is a test's Home Assistant."""

    url = "/api/loop_pulse"
    name = "api:loop_pulse"
    requires_auth = False

    def __init__(self, hass: HomeAssistant, pulse: Pulse) -> None:
        self._hass = hass
        self._pulse = pulse

    async def get(self, request: web.Request) -> web.Response:
        """The figures since the last call; with `?collect` garbage is collected first."""
        late_s, self._pulse.late_s = self._pulse.late_s, []
        collected_s, self._pulse.collected_s = self._pulse.collected_s, []
        if "collect" in request.query:
            gc.collect()
        server = self._hass.http.runner.server
        tasks = Counter(re.sub(r"[0-9a-f]{16}|\d+", "#", task.get_name()) for task in asyncio.all_tasks())
        return self.json(
            {
                "ticks": len(late_s),
                "p50_ms": percentile_ms(late_s, 50),
                "p99_ms": percentile_ms(late_s, 99),
                "max_ms": percentile_ms(late_s, 100),
                "collecting_max_ms": percentile_ms(collected_s, 100),
                "connections": len(server.connections),
                "tasks": tasks,
                "objects": len(gc.get_objects()) if "collect" in request.query else None,
            }
        )


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Begin to beat."""
    pulse = Pulse(hass.loop)
    pulse.beat()
    hass.http.register_view(PulseView(hass, pulse))
    return True
