"""The address for outside: tried over real sockets at this home's own web server, through whatever stands in between."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.util import dt as dt_util

from custom_components.shelfsight import reachability as room
from custom_components.shelfsight.issues import Unreached
from custom_components.shelfsight.reachability import REACH_PATH, REACHABILITY, Reachability
from local_live.server import Server
from tests.home.conftest import Dial
from tests.home.parts import camera_entry, eventually, running_tasks, wearable_entry
from tests.home.test_repairs import Fixing, fixing, issues, titles

__all__ = ["fixing"]  # the fixture


class Tunnel:
    """What stands between the world and this home: passes everything on while it is `up`, and hangs up while it is not."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self.up = True
        self.callers = 0
        self.url = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callers += 1
        if not self.up:
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pass_on(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                sink.write(data)
        sink.close()

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()


@pytest_asyncio.fixture
async def tunnel(http: TestClient) -> AsyncIterator[Tunnel]:
    made = Tunnel(http.port or 0)
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()
    made.close()


@pytest.fixture
def reachability(hass: HomeAssistant, entry: MockConfigEntry) -> Reachability:
    return hass.data[REACHABILITY]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times that stay below those at which other parts of a home do things."""
    assert (room.FIRST_TRY_S, room.CHANGED_TRY_S, room.SECOND_TRY_S, room.TOLD_TRY_S) == (60, 10, 300, 3600)
    for name in ("FIRST_TRY_S", "CHANGED_TRY_S", "SECOND_TRY_S", "TOLD_TRY_S"):
        monkeypatch.setattr(room, name, 50.0)


@asynccontextmanager
async def elsewhere(answer: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    """A web server that is not this home; its address."""
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def outside(hass: HomeAssistant, url: str | None) -> None:
    await hass.config.async_update(external_url=url)


async def pass_time(hass: HomeAssistant) -> None:
    """It is time for the next try, if one is due; wait until it is over."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=55))
    await eventually(lambda: "shelfsight reachability" not in running_tasks())


def due(reachability: Reachability) -> bool:
    return reachability._stop_timer is not None


# --- a try ------------------------------------------------------------------------------------------------------------


async def test_an_address_that_leads_here_is_known_by_the_answer(
    hass: HomeAssistant, reachability: Reachability, tunnel: Tunnel
) -> None:
    assert await reachability.reach() is None and tunnel.callers == 0, "there is no address"
    await outside(hass, tunnel.url)
    assert await reachability.reach() is None
    assert tunnel.callers == 1


async def test_where_nothing_answers_there_is_no_answer(
    hass: HomeAssistant, reachability: Reachability, tunnel: Tunnel
) -> None:
    tunnel.up = False
    await outside(hass, tunnel.url)
    assert await reachability.reach() is Unreached.NO_ANSWER


async def test_who_never_answers_is_not_waited_for_for_ever(
    hass: HomeAssistant, reachability: Reachability, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert room._TRY_LIMIT_S == 10
    monkeypatch.setattr(room, "_TRY_LIMIT_S", 0.1)

    async def silence(_request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    async with elsewhere(silence) as url:
        await outside(hass, url)
        assert await reachability.reach() is Unreached.NO_ANSWER


async def test_a_certificate_that_nobody_knows_is_told_as_that(
    hass: HomeAssistant, reachability: Reachability, live: Server
) -> None:
    await outside(hass, f"https://127.0.0.1:{live.port}")
    assert await reachability.reach() is Unreached.CERTIFICATE


async def test_whoever_else_answers_is_a_stranger_whatever_they_say(
    hass: HomeAssistant, reachability: Reachability
) -> None:
    async def no_such_page(_request: web.Request) -> web.Response:
        raise web.HTTPNotFound

    async def own_page(_request: web.Request) -> web.Response:
        return web.Response(text="<html>Your router</html>")

    async def echo(request: web.Request) -> web.Response:
        return web.Response(text=request.path.rsplit("/", 1)[-1])

    async def without_end(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(bytes(4096))
        return response

    for answer in (no_such_page, own_page, echo, without_end):
        async with elsewhere(answer) as url:
            await outside(hass, url)
            assert await reachability.reach() is Unreached.STRANGER, answer.__name__


async def test_another_home_of_the_same_kind_is_a_stranger(
    hass: HomeAssistant, reachability: Reachability, http: TestClient
) -> None:
    """Its own tries are answered by it, ours are not."""
    other = room.ReachView()
    app = web.Application()
    app.router.add_get(REACH_PATH + "/{asked}", lambda request: other.get(request, request.match_info["asked"]))
    async with TestServer(app) as server:
        await outside(hass, str(server.make_url("")).rstrip("/"))
        assert await reachability.reach() is Unreached.STRANGER


async def test_a_guess_is_told_what_any_path_is_told_that_does_not_exist(
    reachability: Reachability, http: TestClient
) -> None:
    asked, answer = reachability._view.open()
    nowhere = await http.get("/api/shelfsight/nowhere")
    for guess in ("0" * 32, answer, "..", "a"):
        response = await http.get(f"{REACH_PATH}/{guess}")
        assert (response.status, await response.text()) == (nowhere.status, await nowhere.text())
    assert await (await http.get(f"{REACH_PATH}/{asked}")).text() == answer
    assert (await http.get(f"{REACH_PATH}/{asked}")).status == 404, "once only"
    later, _ = reachability._view.open()
    reachability._view.close(later)
    assert (await http.get(f"{REACH_PATH}/{later}")).status == 404, "and no longer than the try lasts"


# --- when -------------------------------------------------------------------------------------------------------------


async def test_an_address_that_leads_here_is_tried_once(
    hass: HomeAssistant, reachability: Reachability, tunnel: Tunnel
) -> None:
    await outside(hass, tunnel.url)
    assert tunnel.callers == 0, "not at once"
    await pass_time(hass)
    assert tunnel.callers == 1 and issues(hass) == [] and not due(reachability)
    await hass.config.async_update(elevation=7)
    assert not due(reachability), "what does not matter starts no try"


async def test_two_failures_make_an_issue_and_a_success_ends_it(
    hass: HomeAssistant, reachability: Reachability, tunnel: Tunnel
) -> None:
    tunnel.up = False
    await outside(hass, tunnel.url)
    await pass_time(hass)
    assert issues(hass) == [] and due(reachability), "that may have been a moment"
    await pass_time(hass)
    assert await titles(hass) == ["Nothing answers at the address of Home Assistant for outside"]
    await pass_time(hass)
    assert len(issues(hass)) == 1 and due(reachability)
    tunnel.up = True
    await pass_time(hass)
    assert issues(hass) == [] and not due(reachability)


async def test_one_failure_alone_is_forgotten(hass: HomeAssistant, reachability: Reachability, tunnel: Tunnel) -> None:
    tunnel.up = False
    await outside(hass, tunnel.url)
    await pass_time(hass)
    tunnel.up = True
    await pass_time(hass)
    assert issues(hass) == [] and not due(reachability)


async def test_another_address_and_none_end_what_was_told_of_the_old_one(
    hass: HomeAssistant, reachability: Reachability, tunnel: Tunnel
) -> None:
    for url in (tunnel.url, None):
        await outside(hass, "http://127.0.0.1:9")
        reachability.tell(Unreached.NO_ANSWER)
        assert len(issues(hass)) == 1
        await outside(hass, url)
        assert issues(hass) == []
    assert not due(reachability)


async def test_a_try_that_was_under_way_when_the_address_changed_counts_for_nothing(
    hass: HomeAssistant, reachability: Reachability, tunnel: Tunnel
) -> None:
    asked = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        asked.set()
        await asyncio.sleep(5)
        return web.Response()

    async with elsewhere(slow) as url:
        await outside(hass, url)
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=55))
        await asked.wait()
        await outside(hass, tunnel.url)
        await eventually(lambda: "shelfsight reachability" not in running_tasks())
    await pass_time(hass)
    assert issues(hass) == [] and tunnel.callers == 1


async def test_a_wearable_that_comes_by_the_address_settles_it(
    hass: HomeAssistant, reachability: Reachability, http: TestClient, dial: Dial
) -> None:
    await outside(hass, f"http://127.0.0.1:{(http.port or 0) ^ 1}")
    reachability.tell(Unreached.NO_ANSWER)
    first = await dial()
    assert len(issues(hass)) == 1, "it came by another one"
    await first.leave()
    await outside(hass, f"http://127.0.0.1:{http.port}")
    reachability.tell(Unreached.NO_ANSWER)
    await dial()
    await eventually(lambda: not issues(hass))
    assert not due(reachability)


async def test_an_address_is_recognised_by_host_and_port(hass: HomeAssistant, reachability: Reachability) -> None:
    for url, host, same in (
        ("https://Home.example", "home.example", True), ("https://home.example:443", "HOME.example", True),
        ("https://home.example:8443", "home.example:8443", True), ("https://home.example:8443", "home.example", False),
        ("http://home.example", "home.example:8123", False), ("https://[2001:db8::1]:8123", "[2001:db8::1]:8123", True),
        ("https://home.example", None, False),
    ):  # fmt: skip
        await outside(hass, url)
        reachability.tell(Unreached.NO_ANSWER)
        reachability.came_by(host)
        assert (issues(hass) == []) is same, (url, host)


async def test_nothing_is_tried_before_home_assistant_has_started(
    hass: HomeAssistant, live: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    hass.set_state(CoreState.starting)
    await outside(hass, "http://127.0.0.1:9")
    made = wearable_entry(live)
    made.add_to_hass(hass)
    assert await hass.config_entries.async_setup(made.entry_id)
    reachability = hass.data[REACHABILITY]
    assert not due(reachability)
    await outside(hass, "http://127.0.0.1:10")
    assert hass.state is CoreState.starting
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert due(reachability)
    assert await hass.config_entries.async_unload(made.entry_id)


# --- for whom ---------------------------------------------------------------------------------------------------------


async def test_where_nothing_leaves_the_house_nothing_is_tried(hass: HomeAssistant, live: Server) -> None:
    await outside(hass, "http://127.0.0.1:9")
    made = camera_entry(live)
    made.add_to_hass(hass)
    assert await hass.config_entries.async_setup(made.entry_id)
    assert not due(hass.data[REACHABILITY])
    assert await hass.config_entries.async_unload(made.entry_id)


async def test_with_the_last_wearable_goes_what_was_told(
    hass: HomeAssistant, entry: MockConfigEntry, live: Server, reachability: Reachability
) -> None:
    other = wearable_entry(live, "f" * 16, bytes(32))
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    await outside(hass, "http://127.0.0.1:9")
    reachability.tell(Unreached.NO_ANSWER)
    await hass.config_entries.async_remove(other.entry_id)
    assert len(issues(hass)) == 1 and due(reachability)
    await hass.config_entries.async_remove(entry.entry_id)
    assert issues(hass) == [] and not due(reachability)
    reachability.tell(Unreached.NO_ANSWER)
    assert issues(hass) == []
    await outside(hass, "http://127.0.0.1:10")
    assert not due(reachability)


# --- mending ----------------------------------------------------------------------------------------------------------


async def test_the_flow_tries_now_and_says_what_came_of_it(
    hass: HomeAssistant, fixing: Fixing, reachability: Reachability, tunnel: Tunnel, live: Server
) -> None:
    tunnel.up = False
    await outside(hass, tunnel.url)
    reachability.tell(Unreached.STRANGER)
    assert await titles(hass) == ["Something else answers at the address of Home Assistant for outside"]
    await fixing.begin()
    text = await fixing.text("step", "confirm.description")
    assert tunnel.url in text and "routers let nobody at home use the address from outside" in text
    await fixing.confirm()
    assert fixing.result["errors"] == {"base": "url_no_answer"}
    assert await fixing.text("error", "url_no_answer")
    assert [issue.translation_key for issue in issues(hass)] == ["url_no_answer"]
    tunnel.up = True
    await fixing.confirm()
    assert fixing.result["type"] == "create_entry"
    assert issues(hass) == []
    await pass_time(hass)
    assert issues(hass) == [] and not due(reachability)


async def test_the_flow_ends_where_there_is_no_address_any_more(
    hass: HomeAssistant, fixing: Fixing, reachability: Reachability
) -> None:
    await outside(hass, "http://127.0.0.1:9")
    reachability.tell(Unreached.NO_ANSWER)
    await fixing.begin()
    await outside(hass, None)
    assert (await fixing.confirm()).result["type"] == "create_entry"
