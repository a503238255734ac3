"""Home Assistant in a simulated world: its own core, web server and registries, with the integration; storage stays in memory."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache
from pathlib import Path
import random
import ssl
import tempfile
from typing import Any
from unittest import mock

from aiohttp import web_app
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

from homeassistant import loader
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from custom_components import shelfsight
from custom_components.shelfsight import answering
from custom_components.shelfsight.live import client
from custom_components.shelfsight.sound import phrases
from tests.rig import heard
from tests.rig.coded_sound import answers_in

from .loop import BEGINS_S, VirtualLoop
from .plain_http import PlainHttp

PORT = 8123
WEARABLE_ID = "00c0ffee12345678"
LINK_KEY = bytes(range(32))
_BEGINS = datetime(2026, 11, 21, 9, tzinfo=UTC).timestamp()


class WallClock:
    """The time on the wall: goes with the loop's clock, and can be put forward or back."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.ahead_s = 0.0

    def time(self) -> float:
        """As `time.time`."""
        return _BEGINS + self._loop.now_s - BEGINS_S + self.ahead_s

    def utcnow(self) -> datetime:
        """As `dt_util.utcnow`."""
        return datetime.fromtimestamp(self.time(), UTC)

    def now(self, time_zone: tzinfo | None = None) -> datetime:
        """As `dt_util.now`."""
        return datetime.fromtimestamp(self.time(), time_zone or dt_util.DEFAULT_TIME_ZONE)


@cache
def _phrases(language: str) -> dict[str, phrases.Phrase]:
    return phrases.load(language)


@lru_cache(maxsize=512)
def _numbers(pcm: bytes) -> list[int]:
    return answers_in(pcm)


@cache
def _context(*_arguments: Any, **_options: Any) -> ssl.SSLContext:
    """One for everybody: the network of memory has no TLS, and reading the system's certificates takes long."""
    return _DEFAULT_CONTEXT()


_DEFAULT_CONTEXT = ssl.create_default_context


async def _stored_nothing(_store: Store[Any]) -> None:
    """Nothing was kept before."""


async def _store_nothing(store: Store[Any], data: dict[str, Any]) -> None:
    """It is made ready to be written, and forgotten."""
    if "data_func" in data:
        data.pop("data_func")()
    store._data = None


@cache
def _config_dir() -> str:
    return str(Path(tempfile.mkdtemp(prefix="shelfsight-simulator-")))


@contextmanager
def staged(loop: VirtualLoop, seed: object, *, entities: bool) -> Iterator[WallClock]:
    """While this lasts every clock of this process is the loop's, and chance is the seed's.

    Without `entities` the integration makes none of Home Assistant's entities, which take most of the time of a setup.
    """
    wall = WallClock(loop)
    before = random.getstate()
    random.seed(str(seed))
    with ExitStack() as patches:
        patch = patches.enter_context
        patch(mock.patch.object(Store, "_async_load", _stored_nothing))
        patch(mock.patch.object(Store, "_async_write_data", _store_nothing))
        patch(mock.patch.object(ssl, "create_default_context", _context))
        patch(mock.patch("time.monotonic", loop.time))
        patch(mock.patch("time.time", wall.time))
        patch(mock.patch.object(dt_util, "utcnow", wall.utcnow))
        patch(mock.patch.object(dt_util, "now", wall.now))
        patch(mock.patch.object(client.httpx, "AsyncHTTPTransport", PlainHttp))
        patch(mock.patch.object(answering, "load", _phrases))
        patch(mock.patch.object(heard, "answers_in", _numbers))  # the same sounds come again and again
        patch(mock.patch.object(shelfsight, "ASSIST_PLATFORMS", []))
        if not entities:
            patch(mock.patch.object(shelfsight, "PLATFORMS", []))
        try:
            yield wall
        finally:
            random.setstate(before)
            # It holds every application whose handlers were called, and with it its Home Assistant.
            web_app._cached_build_middleware.cache_clear()


def answerer(port: int, certificate_pem: str) -> dict[str, Any]:
    """Who answers, as an entry's data."""
    return {
        "host": "127.0.0.1",
        "port": port,
        "api_key": "key-of-the-simulator",
        "certificate": certificate_pem,
        "model": "gemini-3.8-live",
    }


def wearable_entry(
    answered_by: dict[str, Any], options: dict[str, Any], wearable_id: str = WEARABLE_ID
) -> MockConfigEntry:
    """The entry of a paired wearable."""
    data = {"wearable_id": wearable_id, "name": "Glasses", "link_key": LINK_KEY.hex(), "answerer": answered_by}
    return MockConfigEntry(
        domain="shelfsight",
        entry_id=f"entry{wearable_id}",
        title="Glasses",
        unique_id=wearable_id,
        data=data,
        options=options,
    )


def server_entry(answered_by: dict[str, Any]) -> MockConfigEntry:
    """An entry without a wearable, whose Live server may stand in."""
    return MockConfigEntry(
        domain="shelfsight", entry_id="entryspare", title="Spare", unique_id="cameras", data={"answerer": answered_by}
    )


@asynccontextmanager
async def home_assistant(*entries: MockConfigEntry) -> AsyncIterator[HomeAssistant]:
    """Home Assistant that runs, serves its port and has these entries; stopped at the end, where nobody has done that."""
    async with async_test_home_assistant(config_dir=_config_dir()) as hass:
        hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)  # the integration of this folder is looked for, as in a real one
        assert await async_setup_component(hass, "http", {"http": {"server_port": PORT}})
        for entry in entries:
            entry.add_to_hass(hass)
        assert await async_setup_component(hass, "shelfsight", {})
        await hass.async_block_till_done()
        await hass.http.start()
        try:
            yield hass
        finally:
            if not hass.is_stopping:
                await stop(hass)


async def stop(hass: HomeAssistant) -> None:
    """As when the person restarts it: everything ends, in Home Assistant's own order."""
    await hass.async_stop(force=True)
