"""A home on its own host: a real Home Assistant with its users' API, and a Live server; wearables are paired as a person does."""

import asyncio
from collections.abc import AsyncIterator, Callable
import contextlib
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import signal
import time
from typing import Any

import aiohttp

from demo.house import House, _keep_port, house
from demo.parts import live_server as reading_server
from demo.processes import DemoError, running
from tests.rig.live import live_server

from .namespaces import Host, Network, network
from .worn import Desk, Worn, now_ms

FLOWS = "/api/config/config_entries/flow"
_ENTRIES = "/api/config/config_entries/entry?domain=shelfsight"
ANSWER_TIMES = 8
"""So often an answer says its number: 2.4 s, long enough to be cut in its middle."""
_RISES_WITHIN_S = 60
_WRITTEN_AFTER_S = 3
_DONE = {"create_entry", "paired_again"}


@dataclass(frozen=True, slots=True)
class Answerer:
    """The Live server that the home is told of."""

    port: int
    api_key: str


@dataclass(slots=True)
class Household:
    """Everything at home, and the network it is in."""

    network: Network
    host: Host
    home: House
    answerer: Answerer
    folder: Path
    programs: AsyncExitStack
    starts: int = 1

    @property
    def port(self) -> int:
        """Home Assistant's."""
        return int(self.home.url.rpartition(":")[2])

    def log(self) -> str:
        """All that Home Assistant said, since its last start."""
        return self.home.program.log.read_text(encoding="utf-8", errors="replace")

    async def entry(self, title: str) -> dict[str, Any]:
        """The entry of a wearable."""
        entry: dict[str, Any] = next(entry for entry in await self.home.get(_ENTRIES) if entry["title"] == title)
        return entry

    async def fall(self) -> None:
        """Home Assistant ends without a goodbye, as when the power fails."""
        self.home.program._process.send_signal(signal.SIGKILL)
        await self.home.program.ended()

    async def rise(self, title: str) -> float:
        """Home Assistant starts again; when it had set up the wearable of that name, in ms."""
        self.starts += 1
        arguments = [
            "-m",
            "homeassistant",
            "--config",
            self.folder / "house" / "config",
            "--skip-pip",
            "--log-no-color",
        ]
        name = f"home assistant {self.starts}"
        self.home.program = await self.programs.enter_async_context(running(name, arguments, self.folder / "house"))
        await self._until_up(title)
        up_ms = now_ms()
        await _keep_port(self.home)
        return up_ms

    async def _until_up(self, title: str) -> None:
        async with asyncio.timeout(_RISES_WITHIN_S):
            while self.home.program.running:
                with contextlib.suppress(aiohttp.ClientError, DemoError):  # not yet
                    if (await self.entry(title))["state"] == "loaded":
                        return
                await asyncio.sleep(0.05)
        raise DemoError(f"Home Assistant ended: {self.home.program.last_words()}")

    async def until_safe(self) -> None:
        """Wait until what was changed is on Home Assistant's disk: a power cut would take it (storage is written late)."""
        await asyncio.sleep(_WRITTEN_AFTER_S)

    # --- pairing, as a person does ------------------------------------------------------------------------------------

    async def found(self, wearable: Desk, timeout_s: float, other_than: str = "") -> str:
        """The flow that discovery began for this wearable, waiting for it.

        Raises:
            AssertionError: Home Assistant did not find it.
        """
        device_id = wearable.state()["id"]
        deadline_s = time.monotonic() + timeout_s
        async with self.home.socket() as call:
            while time.monotonic() < deadline_s:
                for flow in await call("config_entries/flow/progress"):
                    known = flow["handler"], flow["context"].get("unique_id"), flow["context"]["source"]
                    if known == ("shelfsight", device_id, "zeroconf") and flow["flow_id"] != other_than:
                        return str(flow["flow_id"])
                await asyncio.sleep(0.2)
        raise AssertionError(
            f"{wearable.name}: Home Assistant did not find it within {timeout_s:g} s; {wearable.story()}"
        )

    async def to_digits(self, flow_id: str) -> dict[str, Any]:
        """Go through a flow until it shows the digits, or ends; its step then."""
        step = await self.home.step(flow_id, {})
        if step.get("step_id") == "answerer":
            step = await self.choose_answerer(flow_id)
        return step

    async def choose_answerer(self, flow_id: str) -> dict[str, Any]:
        """The Live server answers; the step after that."""
        await self.home.step(flow_id, {"next_step_id": "local"})
        where = {"host": "127.0.0.1", "port": self.answerer.port, "api_key": self.answerer.api_key}
        step = await self.home.step(flow_id, where)
        assert step.get("step_id") == "certificate", step
        return await self.home.step(flow_id, {})

    async def confirm(self, flow_id: str) -> dict[str, Any]:
        """Confirm in Home Assistant; what came of it."""
        return await self.home.step(flow_id, {})

    async def pair(self, wearable: Desk, since_ms: float = 0.0) -> None:
        """Discovery, equal digits, the button, the confirmation; the wearable is at home when this returns."""
        await wearable.event("started", "pairing", since_ms=since_ms, timeout_s=30)
        step = await self.to_digits(flow_id := await self.found(wearable, 30))
        assert step.get("step_id") == "digits" and not step.get("errors"), step
        said = await wearable.event("pairing_digits", since_ms=since_ms, timeout_s=10)
        assert digits_of(step) == said["digits"]
        await wearable.do("tap")
        step = await self.confirm(flow_id)
        assert is_done(step), step
        await wearable.event("connected", since_ms=since_ms, timeout_s=20)

    async def pair_by_address(self, wearable: Worn) -> None:
        """For a wearable that nobody finds by itself."""
        port = (await wearable.event("pairing", since_ms=0, timeout_s=20))["port"]
        flow_id = (await self.home.post(FLOWS, {"handler": "shelfsight"}))["flow_id"]
        await self.home.step(flow_id, {"next_step_id": "pair"})
        await self.home.step(flow_id, {"host": wearable.host.address, "port": port})
        step = await self.choose_answerer(flow_id)
        said = await wearable.event("pairing_digits", since_ms=0, timeout_s=20)
        assert digits_of(step) == said["digits"], step
        await wearable.process.send("down", "up")
        assert is_done(step := await self.confirm(flow_id)), step
        await wearable.event("connected", since_ms=0, timeout_s=20)


def digits_of(step: dict[str, Any]) -> str:
    """The digits that a step shows; empty where it shows none."""
    shown = (step.get("description_placeholders") or {}).get("digits", "")
    return "".join(character for character in shown if character.isdigit())


def is_done(step: dict[str, Any]) -> bool:
    """Whether a flow ended with a paired wearable."""
    return step.get("type") in _DONE or step.get("reason") in _DONE


@asynccontextmanager
async def tones(folder: Path) -> AsyncIterator[Answerer]:
    """A Live server that answers a coded question with its number in tones."""
    async with live_server(folder / "live", times=ANSWER_TIMES) as live:
        yield Answerer(live.server.port, live.key)


@asynccontextmanager
async def reader(folder: Path) -> AsyncIterator[Answerer]:
    """The local Live server, which reads shelves and speaks."""
    async with reading_server(folder) as (server, _program):
        yield Answerer(server.port, "")


@asynccontextmanager
async def household(
    folder: Path, answering: Callable[[Path], AbstractAsyncContextManager[Answerer]] = tones
) -> AsyncIterator[Household]:
    """Home Assistant and a Live server on the home's host of a new network."""
    async with AsyncExitStack() as stack:
        made, host = stack.enter_context(network())
        answerer = await stack.enter_async_context(answering(folder))
        home = await stack.enter_async_context(house(folder / "house"))
        programs = await stack.enter_async_context(AsyncExitStack())
        yield Household(made, host, home, answerer, folder, programs)
