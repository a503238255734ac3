"""An entry that comes, is reloaded, and goes, over and over, leaves Home Assistant as it was.

Three times in the everyday run; `scripts/test figures` runs these with `--lives 100`.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import asdict, dataclass
import gc
from pathlib import Path
import re
import socket
import threading
from typing import Any
import weakref

from aiohttp.test_utils import TestClient
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.helpers.dispatcher import DATA_DISPATCHER, async_dispatcher_connect
from homeassistant.setup import async_setup_component
from homeassistant.util.async_ import get_scheduled_timer_handles

from custom_components.shelfsight.const import PLATFORMS
from local_live.server import Server
from tests import pictures
from tests.home.parts import FakeWearable, camera_entry, eventually, running_tasks, wearable_entry
from tests.home.plain import PlainWearable, stream_entry

_WARM = 2
"""Rounds that do not count: Home Assistant and Python keep what they make at first use."""
_WORKERS = re.compile(r"SyncWorker|ImportExecutor|asyncio_\d|ThreadPoolExecutor")
_OWN = "custom_components.shelfsight"

type Meanwhile = Callable[[], Any]
"""What is connected while the entry is loaded: an asynchronous context manager."""


@dataclass(frozen=True, slots=True)
class There:
    """What is there: everything that somebody could have left behind, counted by kind."""

    tasks: dict[str, int]
    listeners: dict[str, int]
    signals: dict[str, int]
    timers: dict[str, int]
    routes: int
    open_files: dict[str, int]
    threads: dict[str, int]
    data: dict[str, int]
    registries: dict[str, int]
    objects: dict[str, int]
    files: frozenset[str]


def _timer(handle: asyncio.TimerHandle) -> str:
    called = handle._callback
    return getattr(called, "__qualname__", None) or type(called).__name__


def _opened() -> dict[str, int]:
    found: Counter[str] = Counter()
    for link in Path("/proc/self/fd").iterdir():
        try:
            found[re.sub(r"\[\d+\]", "", str(link.readlink()))] += 1
        except FileNotFoundError:
            continue  # the one with which the folder is read
    return dict(found)


def _sizes(data: dict[Any, Any]) -> dict[str, int]:
    """How much the collections in Home Assistant's data hold."""
    kept = {str(key): len(value) for key, value in data.items() if isinstance(value, dict | list | set)}
    return {key: size for key, size in kept.items() if key != str(DATA_DISPATCHER)}  # those are told by signal


def there(hass: HomeAssistant) -> There:
    """What is there now. Nothing may be on its way any more."""
    gc.collect()
    entities, devices, issues = er.async_get(hass), dr.async_get(hass), ir.async_get(hass)
    kinds = Counter(type(one) for one in gc.get_objects())
    ours = {kind.__name__: count for kind, count in kinds.items() if str(kind.__module__).startswith(_OWN)}
    ours.pop("EdgeConnection", None)  # the socket's log names it, and pytest keeps what was logged
    timers = Counter(_timer(handle) for handle in get_scheduled_timer_handles(hass.loop) if not handle.cancelled())
    return There(
        tasks=dict(
            Counter(task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("shelfsight"))
        ),
        listeners={
            name: count for name, count in hass.bus.async_listeners().items() if name != EVENT_HOMEASSISTANT_FINAL_WRITE
        },
        signals={str(signal): len(of) for signal, of in hass.data[DATA_DISPATCHER].items() if of},
        # Home Assistant's own stores write some seconds after a change: how many still wait is a matter of time.
        timers={
            name: count for name, count in timers.items() if "heartbeat" not in name and "delayed_write" not in name
        },
        routes=len(hass.http.app.router.routes()),
        open_files=_opened(),
        threads=dict(Counter(one.name for one in threading.enumerate() if not _WORKERS.search(one.name))),
        data=_sizes(hass.data),
        registries={
            "states": len(hass.states.async_all()),
            "entries": len(hass.config_entries.async_entries()),
            "entities": len(entities.entities),
            "deleted entities": len(entities.deleted_entities),
            "devices": len(devices.devices),
            "issues": len(issues.issues),
            "flows": len(hass.config_entries.flow.async_progress()),
        },
        objects=ours,
        files=frozenset(path.name for path in Path(hass.config.config_dir).rglob("*") if path.is_file()),
    )


def _differing(was: Any, is_now: Any) -> Any:
    """What is there less or more often than before: (before, after)."""
    if not isinstance(was, dict):
        return was, is_now
    return {name: (was.get(name), is_now.get(name)) for name in was | is_now if was.get(name) != is_now.get(name)}


def left(before: There, after: There) -> dict[str, Any]:
    """What differs, by where."""
    was, is_now = asdict(before), asdict(after)
    more = {name: _differing(was[name], is_now[name]) for name in was if was[name] != is_now[name]}
    # Tests before this one have left some, which go when Python looks for them.
    if all(count <= before.objects.get(kind, 0) for kind, count in after.objects.items()):
        more.pop("objects", None)
    return more


async def live_through(hass: HomeAssistant, entry: MockConfigEntry, meanwhile: Meanwhile) -> weakref.ref[Any]:
    """The life of an entry, with somebody connected: set up, reloaded, removed. What it ran on, which nobody may keep."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    runs = weakref.ref(entry.runtime_data)
    async with meanwhile():
        assert await hass.config_entries.async_reload(entry.entry_id)
    async with meanwhile():
        await hass.config_entries.async_remove(entry.entry_id)
    return runs


async def lives(
    hass: HomeAssistant,
    times: int,
    make: Callable[[], MockConfigEntry],
    meanwhile: Meanwhile,
    at_rest: Callable[[], bool] = lambda: True,
) -> None:
    """So many lives: what is there afterwards is what was there before."""

    async def rest() -> There:
        await eventually(lambda: not running_tasks() and at_rest())
        await hass.async_block_till_done(wait_background_tasks=True)
        return there(hass)

    for _ in range(_WARM):
        await live_through(hass, make(), meanwhile)
    before = await rest()
    kept = [await live_through(hass, make(), meanwhile) for _ in range(times)]
    after = await rest()
    assert not left(before, after), left(before, after)
    assert not [one for one in kept if one() is not None]


def again(like: MockConfigEntry) -> MockConfigEntry:
    """An entry like this one, under one id: Home Assistant remembers entities of removed entries for a month, by that."""
    return MockConfigEntry(
        domain="shelfsight", entry_id="the-same-again", title=like.title, unique_id=like.unique_id, data=like.data
    )


@pytest.fixture
def times(request: pytest.FixtureRequest) -> int:
    """How many lives: `--lives` on the command line."""
    number: int = request.config.getoption("lives")
    return number


@pytest_asyncio.fixture
async def client(hass: HomeAssistant, hass_client_no_auth: Callable[[], Awaitable[TestClient]]) -> TestClient:
    """Of Home Assistant's web server; the integration is set up, and has no entry."""
    for component in (
        "http",
        *PLATFORMS,
        "homeassistant",
        "assist_pipeline",
        "shelfsight",
    ):  # they serve views, which must be there first
        assert await async_setup_component(hass, component, {})
    return await hass_client_no_auth()


async def test_a_wearable_that_is_connected(hass: HomeAssistant, live: Server, client: TestClient, times: int) -> None:
    @asynccontextmanager
    async def connected() -> AsyncIterator[None]:
        wearable = await FakeWearable.dial(client)
        yield
        await wearable.until(lambda: "closed" in wearable.order)
        await wearable.leave()

    await lives(hass, times, lambda: again(wearable_entry(live)), connected)


async def test_a_wearable_whose_plain_streams_are_open(
    hass: HomeAssistant, live: Server, client: TestClient, times: int
) -> None:
    @asynccontextmanager
    async def streaming() -> AsyncIterator[None]:
        wearable = await PlainWearable.begin(client)
        await wearable.show(pictures.jpeg())
        yield
        await wearable.leave()

    await lives(hass, times, lambda: again(stream_entry(live)), streaming)


async def test_an_entry_for_cameras(hass: HomeAssistant, live: Server, client: TestClient, times: int) -> None:
    await lives(hass, times, lambda: again(camera_entry(live)), nullcontext)


async def test_an_entry_that_goes_while_it_answers(
    hass: HomeAssistant, live: Server, client: TestClient, times: int
) -> None:
    @asynccontextmanager
    async def asking() -> AsyncIterator[None]:
        wearable = await FakeWearable.dial(client)
        await wearable.ask(pictures.jpeg())
        await wearable.heard("speak")
        yield
        await wearable.until(lambda: "closed" in wearable.order)
        await wearable.leave()

    await lives(hass, max(2, times // 5), lambda: again(wearable_entry(live)), asking, lambda: live._open == 0)


# --- what the tests above rest on -------------------------------------------------------------------------------------


def _listen(hass: HomeAssistant, folder: Path) -> object:
    return hass.bus.async_listen("state_changed", callback(lambda _event: None))


def _signal(hass: HomeAssistant, folder: Path) -> object:
    return async_dispatcher_connect(hass, "somebody", lambda: None)


def _time(hass: HomeAssistant, folder: Path) -> object:
    return hass.loop.call_later(60, hass.states.async_all).cancel


def _open(hass: HomeAssistant, folder: Path) -> object:
    return socket.socket().close


def _write(hass: HomeAssistant, folder: Path) -> object:
    path = folder / "left"
    path.touch()
    return path.unlink


def _begin(hass: HomeAssistant, folder: Path) -> object:
    return hass.async_create_background_task(asyncio.Event().wait(), "shelfsight forgotten").cancel


def _remember(hass: HomeAssistant, folder: Path) -> object:
    hass.data["somebody"] = {"who": 1}
    return lambda: hass.data.pop("somebody")


def _serve(hass: HomeAssistant, folder: Path) -> object:
    hass.http.app.router._frozen = False
    hass.http.app.router.add_get("/left", folder.exists)
    return lambda: None


@pytest.mark.parametrize(
    ("leave_behind", "where"),
    [
        (_listen, "listeners"),
        (_signal, "signals"),
        (_time, "timers"),
        (_open, "open_files"),
        (_write, "files"),
        (_begin, "tasks"),
        (_remember, "data"),
        (_serve, "routes"),
    ],
)
async def test_what_is_left_behind_is_noticed(
    hass: HomeAssistant, client: TestClient, leave_behind: Callable[[HomeAssistant, Path], Any], where: str
) -> None:
    before = there(hass)
    put_away = leave_behind(hass, Path(hass.config.config_dir))
    assert set(left(before, there(hass))) == {where}
    put_away()
