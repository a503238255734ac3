"""A component for Home Assistant under test: which turns of the event loop took long, and whose they were.

`GET /api/slow_watch` gives those since the last call. A turn is one callback, or one step of a task; it is measured in processor time
of the loop's thread, which other processes and other threads do not add to, without what Python took meanwhile to look for garbage.
asyncio's own debug mode tells the same by wall time, and makes every turn slower.
"""

import asyncio
from collections.abc import Coroutine, Generator
import gc
import time
from typing import Any

from aiohttp import web

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.helpers.typing import ConfigType

DOMAIN = "slow_watch"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)

_LEAST_S = 0.005
_OURS = "custom_components/shelfsight/"


class Watch:
    """Takes the place of `Handle._run`; bounded by how long nobody asks, which is a test's."""

    def __init__(self) -> None:
        self.slow: list[dict[str, Any]] = []
        self.turns = 0
        self._garbage_s = 0.0
        self._garbage_since_s = 0.0
        self._run = asyncio.Handle._run
        gc.callbacks.append(self._collect)

    def _collect(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._garbage_since_s = time.thread_time()
        else:
            self._garbage_s += time.thread_time() - self._garbage_since_s

    def run(self, handle: asyncio.Handle) -> None:
        """One turn, measured."""
        callback, self._garbage_s = handle._callback, 0.0
        began_s = time.thread_time()
        self._run(handle)
        took_s = time.thread_time() - began_s - self._garbage_s
        self.turns += 1
        if took_s >= _LEAST_S:
            self.slow.append({"ms": round(took_s * 1000, 2), **_whose(callback)})


def _whose(callback: Any) -> dict[str, Any]:
    """What ran, and where in our code it stands now, if it is ours."""
    owner = getattr(callback, "__self__", None)
    if not isinstance(owner, asyncio.Task):
        code = getattr(getattr(callback, "__func__", callback), "__code__", None)
        place = f"{code.co_filename}:{code.co_firstlineno}" if code is not None else ""
        return {"what": getattr(callback, "__qualname__", repr(callback)), "ours": _OURS in place}
    places = list(_awaited(owner.get_coro()))
    ours = [place for place in places if _OURS in place]
    return {"what": f"{owner.get_name()} {(ours or places or [''])[-1]}", "ours": bool(ours)}


def _awaited(coroutine: Coroutine[Any, Any, Any] | Generator[Any] | None) -> Generator[str]:
    """Where a coroutine waits, and what it waits for, from the outermost inwards."""
    while coroutine is not None and (code := getattr(coroutine, "cr_code", None)) is not None:
        frame = coroutine.cr_frame
        yield f"{code.co_filename}:{frame.f_lineno if frame is not None else 'over'} {code.co_qualname}"
        coroutine = coroutine.cr_await


class WatchView(HomeAssistantView):
    """Serves the slow turns, to whoever asks: it is a test's Home Assistant."""

    url = "/api/slow_watch"
    name = "api:slow_watch"
    requires_auth = False

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    async def get(self, request: web.Request) -> web.Response:
        """Those since the last call, and how many turns there were. With `?spin_ms=` this turn takes at least so long."""
        until_s = time.thread_time() + int(request.query.get("spin_ms", "0")) / 1000
        while time.thread_time() < until_s:
            pass
        slow, self._watch.slow = self._watch.slow, []
        turns, self._watch.turns = self._watch.turns, 0
        return self.json({"turns": turns, "slow": slow})


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Begin to watch."""
    watch = Watch()

    def run(handle: asyncio.Handle) -> None:  # a bound method would not be given the handle
        watch.run(handle)

    asyncio.Handle._run = run  # type: ignore[method-assign]
    hass.http.register_view(WatchView(watch))
    return True
