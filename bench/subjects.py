"""The two that are measured: the integration in a real Home Assistant, and the plain relay."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from demo.processes import ROOT, DemoError, free_port, in_use, running

from .glasses import Glasses
from .home import Home
from .live import LiveServer
from .plain import PlainClient
from .wearing import Worn

RELAY_PYTHON: Final = ROOT / ".tools" / "bench" / "bin" / "python"
_STARTS_WITHIN_S: Final = 30


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that carries questions: its process, and how a device with a number connects to it."""

    name: str
    pid: int
    dial: Callable[[int], Awaitable[Worn]]
    devices: list[Worn]
    """Those that are connected."""

    async def grow(self, count: int) -> list[Worn]:
        """So many are connected when this returns; ten dial at a time."""
        while len(self.devices) < count:
            first = len(self.devices) + 1
            numbers = range(first, min(count, first + 9) + 1)
            self.devices.extend(await asyncio.gather(*(self.dial(number) for number in numbers)))
        return self.devices[:count]

    async def shrink(self) -> None:
        """Nobody is connected any more."""
        await asyncio.gather(*(device.leave() for device in self.devices))
        self.devices.clear()


@asynccontextmanager
async def shelfsight(home: Home, jpeg: bytes) -> AsyncIterator[Subject]:
    """Glasses at this home."""
    async with _http() as http:
        subject = Subject("shelfsight", home.pid, lambda number: Glasses.dial(http, home.url, number, jpeg), [])
        try:
            yield subject
        finally:
            await subject.shrink()


@asynccontextmanager
async def baseline(folder: Path, live: LiveServer, jpeg: bytes) -> AsyncIterator[Subject]:
    """Start the plain relay in its own environment.

    Raises:
        DemoError: it is not there, or does not start.
    """
    if not RELAY_PYTHON.exists():
        raise DemoError("the baseline's environment is missing: run scripts/bench, which makes it")
    port = free_port()
    arguments = ["-m", "bench.relay", str(port), str(live.port), live.identity.certificate_path]
    async with running("relay", arguments, folder, python=RELAY_PYTHON) as program, _http() as http:
        for _ in range(_STARTS_WITHIN_S * 10):
            if not program.running:
                raise DemoError(f"the relay ended: {program.last_words()}")
            if in_use(port):
                break
            await asyncio.sleep(0.1)
        url = f"http://127.0.0.1:{port}"
        subject = Subject("baseline", program.pid, lambda number: PlainClient.dial(http, url, number, jpeg), [])
        try:
            yield subject
        finally:
            await subject.shrink()


def _http() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None))
