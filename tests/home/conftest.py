"""What the tests at home share: a running Home Assistant with the integration, a Live server, wearables that dial in."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
import logging
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from aiohttp.web import WebSocketResponse
from google.genai import types
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.async_ import get_scheduled_timer_handles

from custom_components.shelfsight.live import retrying
from custom_components.shelfsight.live.accounts import Usage
from local_live import certificate, replies, wire
from local_live.server import Server
from tests.home import blocking
from tests.home.parts import API_KEY, FakeWearable, wearable_entry
from tests.local_live.server_parts import BREAD, Brains, running


def pytest_addoption(parser: pytest.Parser) -> None:
    """How often an entry comes and goes (test_lifecycle.py)."""
    parser.addoption("--lives", type=int, default=3)


type Dial = Callable[..., Coroutine[Any, Any, FakeWearable]]


@pytest.fixture(autouse=True, scope="session")
def _blocking_is_detected() -> Iterator[None]:
    with blocking.detected():
        yield


@pytest.fixture(autouse=True)
def blocked(_blocking_is_detected: None) -> Iterator[list[str]]:
    """What of ours has blocked the event loop in this test: nothing."""
    blocking.found.clear()
    yield blocking.found
    assert not blocking.found, blocking.found


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


@pytest.fixture
def live_options() -> dict[str, Any]:
    """How the Live server differs from the usual; for test modules to override."""
    return {}


@pytest.fixture
def answerer_data() -> dict[str, Any]:
    """What the entry says of who answers, beside the usual; for test modules to override."""
    return {}


@pytest_asyncio.fixture
async def live(
    hass: HomeAssistant, tmp_path: Path, brains: Brains, live_options: dict[str, Any]
) -> AsyncIterator[Server]:
    """A Live server over real TLS, in Home Assistant's loop."""
    told = hass.loop.get_exception_handler()
    assert told is not None

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A caller who hangs up in the midst of TLS is an everyday thing to a server, and here it shares the loop."""
        if context["message"] != "Error on transport creation for incoming connection":
            told(loop, context)

    hass.loop.set_exception_handler(handle)
    async with running(tmp_path, brains, **live_options) as server:
        yield server


@pytest_asyncio.fixture
async def entry(hass: HomeAssistant, live: Server, answerer_data: dict[str, Any]) -> AsyncIterator[MockConfigEntry]:
    """A wearable that is set up and has not dialled yet."""
    made = wearable_entry(live, **answerer_data)
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


@pytest.fixture
def upward(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the Live server reads off the wire, message by message."""
    messages: list[Any] = []
    parse = wire.parse

    def noting(frame: Any) -> Any:
        messages.append(parse(frame))
        return messages[-1]

    monkeypatch.setattr(wire, "parse", noting)
    return messages


@pytest.fixture
def bills(monkeypatch: pytest.MonkeyPatch) -> list[Usage]:
    """What the Live server counted, turn by turn, whether anybody took it or not."""
    made: list[Usage] = []
    turn_complete = replies.turn_complete

    def noting(usage: dict[str, Any], reason: str = "") -> dict[str, Any]:
        made.append(Usage.from_metadata(types.UsageMetadata.model_validate(usage)))
        return turn_complete(usage, reason)

    monkeypatch.setattr(replies, "turn_complete", noting)
    return made


@pytest.fixture
def quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits here for a server to come back."""
    assert retrying._DELAYS_S == (0.5, 1.0, 2.0, 4.0)
    monkeypatch.setattr(retrying, "_DELAYS_S", (0.05, 0.05, 0.05, 0.05))


@pytest.fixture
def clean_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever happened: nothing was logged that nobody expected, and no key, however much is logged."""
    for name in ("custom_components.shelfsight", "google_genai", "websockets", "httpx", "httpcore"):
        caplog.set_level("DEBUG", name)
    yield
    for record in [*caplog.get_records("setup"), *caplog.get_records("call")]:
        told = record.levelno > logging.DEBUG or record.name.startswith(
            "custom_components"
        )  # asyncio's own tell of any reset
        assert not (told and record.exc_info) and "Traceback" not in record.getMessage(), record.getMessage()
        assert API_KEY not in record.getMessage(), f"the key, logged by {record.name}"
