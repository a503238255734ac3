"""System health: what Home Assistant's page shows of Shelfsight, with real servers to reach, or not to."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import flight_recorder, system_health as room
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import camera_entry, eventually, local_answerer, wearable_entry
from tests.local_live.server_parts import Brains, running

SHELF = pictures.jpeg(1, (1600, 1200))


async def told(hass: HomeAssistant) -> dict[str, Any]:
    """What the page shows once all of it has come."""
    assert await async_setup_component(hass, "system_health", {})
    info = await get_system_health_info(hass, "shelfsight")
    return {key: await value if asyncio.iscoroutine(value) else value for key, value in info.items()}


def gemini_entry() -> MockConfigEntry:
    answerer = {"api_key": "a-key", "model": "gemini-3.8-live"}
    return MockConfigEntry(domain="shelfsight", title="Cameras", unique_id="cameras", data={"answerer": answerer})


async def added(hass: HomeAssistant, made: MockConfigEntry) -> MockConfigEntry:
    made.add_to_hass(hass)
    assert await hass.config_entries.async_setup(made.entry_id)
    await hass.async_block_till_done()
    return made


async def test_it_tells_who_can_be_reached_who_is_there_and_how_quick_and_dear_the_day_was(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, live: Server
) -> None:
    await added(hass, wearable_entry(live, "f" * 16, bytes(32)))
    wearable = await dial()
    await wearable.ask(SHELF)
    await eventually(lambda: entry.runtime_data.last is not None)
    sessions = entry.runtime_data.answering.sessions_opened
    health = await told(hass)
    assert health == {
        "live_servers": "1/1",
        "wearables": "1/2",
        "first_audio": f"{entry.runtime_data.last.first_audio_ms} ms",
        "questions_today": 1,
        "spent_today": "0.000 USD",
    }
    assert entry.runtime_data.answering.sessions_opened == sessions, "nothing is paid for a look"
    texts = await async_get_translations(hass, "en", "system_health", {"shelfsight"})
    assert {f"component.shelfsight.system_health.info.{key}" for key in (*health, "gemini")} == set(texts)


async def test_what_is_not_known_is_left_out(hass: HomeAssistant, live: Server) -> None:
    made = await added(hass, camera_entry(live))
    assert await told(hass) == {
        "live_servers": "1/1",
        "wearables": "0/0",
        "questions_today": 0,
        "spent_today": "0.000 USD",
    }
    await hass.config_entries.async_unload(made.entry_id)
    assert await told(hass) == {"wearables": "0/0", "questions_today": 0}


async def test_a_live_server_that_is_not_there_or_is_another_one_is_told_and_which_one_is_not(
    hass: HomeAssistant, entry: MockConfigEntry, live: Server, brains: Brains, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with running(tmp_path_factory.mktemp("other"), brains) as other:
        impostor = local_answerer(live, port=other.port)  # the certificate that was accepted is not what is shown there
        for number, answerer in enumerate((impostor, local_answerer(live, port=9))):
            data = {"answerer": answerer}
            await added(hass, MockConfigEntry(domain="shelfsight", title="x", unique_id=str(number), data=data))
        health = await told(hass)
    assert health["live_servers"] == {"type": "failed", "error": "1/3"}
    assert "127.0.0.1" not in str(health) and str(live.port) not in str(health)


async def test_a_live_server_that_takes_the_call_and_says_nothing_is_not_waited_for(
    hass: HomeAssistant, live: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert room._TRY_LIMIT_S < 5
    monkeypatch.setattr(room, "_TRY_LIMIT_S", 0.1)
    over = asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    await added(
        hass, MockConfigEntry(domain="shelfsight", title="x", data={"answerer": local_answerer(live, port=port)})
    )
    assert (await told(hass))["live_servers"] == {"type": "failed", "error": "0/1"}
    over.set()
    silent.close()


@pytest.mark.parametrize("there", [True, False])
async def test_gemini_is_asked_without_a_key(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, socket_enabled: None, *, there: bool
) -> None:
    """A web server of the test's plays Google."""
    assert room.GEMINI_URL.startswith("https://generativelanguage.googleapis.com")
    asked: list[web.Request] = []

    async def nothing_here(request: web.Request) -> web.Response:
        asked.append(request)
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/", nothing_here)
    async with TestServer(app) as google:
        monkeypatch.setattr(room, "GEMINI_URL", str(google.make_url("/")) if there else "http://127.0.0.1:9/")
        await added(hass, gemini_entry())
        health = await told(hass)
    assert health["gemini"] == ("ok" if there else {"type": "failed", "error": "unreachable"})
    assert "live_servers" not in health
    assert len(asked) == there and all("a-key" not in f"{request.rel_url}{request.headers}" for request in asked)


async def test_yesterdays_questions_are_not_todays(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    recorder: flight_recorder.FlightRecorder = entry.runtime_data.recorder
    recorder.count((datetime.now(UTC) - timedelta(days=2)).date())
    assert (await told(hass))["questions_today"] == 0


async def test_a_price_that_is_not_there_is_left_out(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.states.async_set("sensor.desk_cost_today", "unavailable")
    assert "spent_today" not in await told(hass)


async def test_the_page_leads_to_the_integration(
    hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: Any
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "system_health/info"})
    assert (await client.receive_json())["success"]
    data = (await client.receive_json())["event"]["data"]["shelfsight"]
    assert data["manage_url"] == "/config/integrations/integration/shelfsight"
    assert data["info"]["live_servers"] == {"type": "pending"}, "the page is there before the network has answered"
    update = (await client.receive_json())["event"]
    while update.get("key") != "live_servers":
        update = (await client.receive_json())["event"]
    assert update["data"] == "1/1"
