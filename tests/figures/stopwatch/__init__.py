"""A component for Home Assistant under test: says on standard output when Home Assistant has started, and what that took.

`{"event": "started", "at_s": ..., "cpu_s": ..., "full_collections": ..., "full_collections_s": ..., "sdk_imported": ...}`: the moment of
EVENT_HOMEASSISTANT_STARTED by the machine's monotonic clock, which is the same in every process (clock_gettime(2)), and the processor
time of all threads until then. Python looks through all objects of Home Assistant for garbage whenever so many new ones were made: how
often it did that, and how long it took since this component is there, is told apart, as it hits whoever makes the one object more.
"""

import gc
import json
import sys
import time

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

DOMAIN = "stopwatch"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Wait for the moment."""
    began_s, took_s = 0.0, 0.0

    def collect(phase: str, info: dict[str, int]) -> None:
        nonlocal began_s, took_s
        if phase == "start":
            began_s = time.thread_time()
        elif info["generation"] == 2:
            took_s += time.thread_time() - began_s

    gc.callbacks.append(collect)

    @callback
    def started(_event: Event) -> None:
        told = {
            "event": "started",
            "at_s": time.monotonic(),
            "cpu_s": time.process_time(),
            "full_collections": gc.get_stats()[2]["collections"],
            "full_collections_s": took_s,
            "sdk_imported": "google.genai" in sys.modules,
        }
        sys.stdout.write(f"{json.dumps(told)}\n")
        sys.stdout.flush()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, started)
    return True
