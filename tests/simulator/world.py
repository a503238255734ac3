"""One simulated world: a home, glasses on a person, Live servers, and the roads between them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from firmware_bridge.wearable.wearable import Wearable
from tests import pictures
from tests.rig.glasses import Glasses

from . import home, server
from .loop import VirtualLoop
from .road import Road

_WRAP_MS = 1 << 32


@cache
def _picture() -> bytes:
    return pictures.jpeg(size=(96, 64))


class Worn:
    """Glasses whose power can be switched off and on."""

    def __init__(self, seed: object, wearable_id: str = home.WEARABLE_ID) -> None:
        self._chance = Random(f"{seed} glasses")
        self.glasses = Glasses("Glasses", wearable_id, _picture())
        self.glasses.board.store.key = home.LINK_KEY
        self.glasses.board.store.urls = (f"http://127.0.0.1:{home.PORT}",)
        self._running: asyncio.Task[None] | None = None

    @property
    def on(self) -> bool:
        """Whether it has power."""
        return self._running is not None

    def switch_on(self) -> None:
        """It starts anew, and dials. Its clock begins anywhere, often so that its stamps wrap soon."""
        glasses = self.glasses
        glasses.board.button._edges.clear()  # whoever pressed a button without power pressed nothing
        glasses.board.clock.forward_ms = self._chance.choice(
            [0, _WRAP_MS - self._chance.randrange(1_000_000, 1_030_000)]
        )
        glasses.wearable = Wearable(glasses.board, glasses._report, self._chance.randbytes)
        glasses._note_speaker_messages()
        self._running = asyncio.create_task(self.glasses.wearable.run(), name="glasses")

    async def switch_off(self) -> None:
        """It is gone without a word; raises whatever its logic broke with."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.wait({running})
            if not running.cancelled() and (error := running.exception()) is not None:
                raise error


@dataclass(slots=True)
class World:
    """What a scenario works with."""

    loop: VirtualLoop
    wall: home.WallClock
    hass: HomeAssistant
    entry: MockConfigEntry
    worn: Worn
    live: server.LiveServer
    spare: server.LiveServer | None
    link_road: Road
    live_road: Road

    @property
    def glasses(self) -> Glasses:
        """Those that the person wears."""
        return self.worn.glasses

    @property
    def talks(self) -> bool:
        """Whether the integration has a conversation."""
        return self.entry.state is ConfigEntryState.LOADED and self.entry.runtime_data.talks

    async def until(self, look: Callable[[], bool], timeout_s: float) -> bool:
        """Wait for what nobody announces; False when it did not come."""
        for _ in range(round(timeout_s / 0.05)):
            if look():
                return True
            await asyncio.sleep(0.05)
        return look()


@asynccontextmanager
async def world(
    loop: VirtualLoop, wall: home.WallClock, seed: object, options: dict[str, Any], *, spare: bool
) -> AsyncIterator[World]:
    """Everything runs, and the glasses are switched on; at the end everything is gone."""
    async with AsyncExitStack() as stack:
        live = await stack.enter_async_context(server.live_server())
        other = await stack.enter_async_context(server.live_server()) if spare else None
        pem = server.certificate_pem()
        entries = [home.wearable_entry(home.answerer(live.server.port, pem), options)]
        if other is not None:
            entries.append(home.server_entry(home.answerer(other.server.port, pem)))
        hass = await stack.enter_async_context(home.home_assistant(*entries))
        worn = Worn(seed)
        worn.switch_on()
        stack.push_async_callback(worn.switch_off)
        roads = loop.network.road(home.PORT, "link"), loop.network.road(live.server.port, "live")
        yield World(loop, wall, hass, entries[0], worn, live, other, *roads)
