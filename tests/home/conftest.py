"""What the tests at home share: a running Home Assistant with the integration, a Live server, wearables that dial in."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from aiohttp.web import WebSocketResponse
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.async_ import get_scheduled_timer_handles

from local_live import certificate
from local_live.server import Server
from tests.home.parts import FakeWearable, wearable_entry
from tests.local_live.server_parts import BREAD, Brains, running

type Dial = Callable[..., Coroutine[Any, Any, FakeWearable]]


@pytest_asyncio.fixture(autouse=True)
async def _shelfsight(
    enable_custom_integrations: None, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """The integration is there, and sockets are real, though only to this machine."""
    monkeypatch.setattr(certificate, "local_addresses", lambda: ["127.0.0.1"])  # it would look for a way out
    yield
    # aiohttp leaves the heartbeat of a closed or dropped socket to run out by itself, within 10 s.
    for timer in get_scheduled_timer_handles(asyncio.get_running_loop()):
        if isinstance(getattr(timer._callback, "__self__", None), WebSocketResponse):
            timer.cancel()


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Each test has a folder of its own: a banned address is written there."""
    return hass_tmp_config_dir


@pytest.fixture
def brains() -> Brains:
    """Who thinks in the Live server; `brains.first` answers in the first session."""
    made = Brains()
    made.first.place = BREAD
    return made


@pytest_asyncio.fixture
async def live(hass: HomeAssistant, tmp_path: Path, brains: Brains) -> AsyncIterator[Server]:
    """A Live server over real TLS, in Home Assistant's loop."""
    told = hass.loop.get_exception_handler()
    assert told is not None

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A caller who hangs up in the midst of TLS is an everyday thing to a server, and here it shares the loop."""
        if context["message"] != "Error on transport creation for incoming connection":
            told(loop, context)

    hass.loop.set_exception_handler(handle)
    async with running(tmp_path, brains) as server:
        yield server


@pytest_asyncio.fixture
async def entry(hass: HomeAssistant, live: Server) -> AsyncIterator[MockConfigEntry]:
    """A wearable that is set up and has not dialled yet."""
    made = wearable_entry(live)
    made.add_to_hass(hass)
    assert await async_setup_component(hass, "http", {"http": {"ip_ban_enabled": True, "login_attempts_threshold": 3}})
    assert await hass.config_entries.async_setup(made.entry_id)
    await hass.async_block_till_done()
    yield made
    if made.entry_id in {kept.entry_id for kept in hass.config_entries.async_loaded_entries("shelfsight")}:
        await hass.config_entries.async_unload(made.entry_id)


@pytest_asyncio.fixture
async def http(entry: MockConfigEntry, hass_client_no_auth: Any) -> TestClient:
    """A client of Home Assistant's web server that has no token."""
    return await hass_client_no_auth()


@pytest_asyncio.fixture
async def dial(http: TestClient) -> AsyncIterator[Dial]:
    """Dials in as a wearable; what has dialled is gone at the end."""
    dialled: list[FakeWearable] = []

    async def connect(**changes: Any) -> FakeWearable:
        dialled.append(await FakeWearable.dial(http, **changes))
        return dialled[-1]

    yield connect
    for one in dialled:
        await one.leave()
