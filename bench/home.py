"""The Home Assistant that is measured: a real process whose wearables are set up before it starts, with a probe in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import STORAGE_KEY, STORAGE_VERSION, STORAGE_VERSION_MINOR, ConfigEntry
from homeassistant.helpers.json import json_bytes

from demo.house import House, house

from .glasses import link_key, wearable_id
from .live import LiveServer

_SET_UP_WITHIN_S = 60
PROBE = Path(__file__).parent / "bench_probe"


@dataclass(frozen=True, slots=True)
class Home:
    """It runs, and knows its wearables."""

    house: House
    setup_s: float
    """How long it took to set the integration up, in Home Assistant's own count."""

    @property
    def url(self) -> str:
        """Where the wearables dial."""
        return self.house.url

    @property
    def pid(self) -> int:
        """The process."""
        return self.house.program.pid

    async def watch(self, *, profile: bool = False) -> None:
        """Begin to watch its loop."""
        await self.house.post("/api/bench_probe/begin", {"profile": profile})

    async def watched(self) -> dict[str, Any]:
        """What was seen since then."""
        seen: dict[str, Any] = await self.house.post("/api/bench_probe/end")
        return seen


def _entry(number: int, live: LiveServer, certificate: str) -> ConfigEntry[Any]:
    """The entry of the glasses with that number, as pairing leaves it."""
    answerer = {
        "host": "127.0.0.1",
        "port": live.port,
        "api_key": "",
        "model": "gemini-3.8-live",
        "follows_instructions": True,
        "certificate": certificate,
    }
    return ConfigEntry(
        data={
            "wearable_id": wearable_id(number),
            "name": f"Bench {number}",
            "link_key": link_key(number).hex(),
            "home_address": "127.0.0.1",
            "answerer": answerer,
        },
        discovery_keys=MappingProxyType({}),
        domain="shelfsight",
        minor_version=1,
        options={},
        source="user",
        subentries_data=None,
        title=f"Bench {number}",
        unique_id=wearable_id(number),
        version=1,
    )


def entries(count: int, live: LiveServer) -> dict[str, Any]:
    """What Home Assistant keeps of so many wearables, as its file `core.config_entries`."""
    certificate = live.identity.certificate_path.read_text(encoding="ascii")
    stored = [json.loads(json_bytes(_entry(number, live, certificate).as_dict())) for number in range(1, count + 1)]
    return {
        "version": STORAGE_VERSION,
        "minor_version": STORAGE_VERSION_MINOR,
        "key": STORAGE_KEY,
        "data": {"entries": stored},
    }


@asynccontextmanager
async def home(folder: Path, count: int, live: LiveServer) -> AsyncIterator[Home]:
    """Start it with so many wearables, none of them connected."""
    stored = {STORAGE_KEY: entries(count, live)}
    async with house(folder, components=[PROBE], stored=stored, debug=False) as running:
        yield Home(running, await _setup_s(running))


async def _setup_s(running: House) -> float:
    """Wait until all is set up; how long that took for the integration, by Home Assistant's own count."""
    async with asyncio.timeout(_SET_UP_WITHIN_S), running.socket() as call:
        while (await call("get_config"))["state"] != "RUNNING":  # noqa: ASYNC110  # it tells nobody outside
            await asyncio.sleep(0.2)
        return sum(
            float(one["seconds"]) for one in await call("integration/setup_info") if one["domain"] == "shelfsight"
        )
