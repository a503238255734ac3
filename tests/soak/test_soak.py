"""Eight hours of use in a few minutes: three people with glasses in one home, on the simulator's clock and network.

They ask, follow up, interrupt, walk out of range, switch off and come back; sessions are rotated and sent away by the server, entries
are reloaded. At the end of each hour everybody is silent for a while, and is counted then: Python's memory blocks, the process's
memory, tasks, timers, connections, open files. From the second hour to the last nothing may have grown by more than 2 %.
`SOAK_HOURS` sets another number of hours, `SOAK_SEED` another course of things.
"""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, fields
import gc
import os
from pathlib import Path
from random import Random
import sys
import time

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from local_live.orders import OVERLOADED, Close, GoAway, Moment
from tests.faults.case import TIMES
from tests.rig.board import Speech
from tests.rig.heard import learn_phrases
from tests.simulator import home, server
from tests.simulator.loop import VirtualLoop
from tests.simulator.network import Network
from tests.simulator.road import State
from tests.simulator.world import Worn

HOURS = int(os.environ.get("SOAK_HOURS", "8"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
PEOPLE = 3
WARM_HOURS = 2
GROWTH = 0.02
_HOUR_S = 3600.0
# Before everybody is counted: the last bill, follow-up time, and what the SDK and the server still hold.
_QUIET_S = 120.0
_ANSWERED_WITHIN_S = 40.0
_OPTIONS = {"follow_up_s": 4, "rotate_after_s": 60}

pytestmark = pytest.mark.timeout(3600)


@dataclass(frozen=True, slots=True)
class Count:
    """What there is while nobody does anything."""

    blocks: int
    """Of Python's memory, after a collection."""
    memory_kib: int
    tasks: int
    timers: int
    connections: int
    files: int


def _counted(loop: VirtualLoop) -> Count:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Count(
        blocks=sys.getallocatedblocks(),
        memory_kib=pages * os.sysconf("SC_PAGE_SIZE") // 1024,
        tasks=len(asyncio.all_tasks(loop)),
        timers=sum(not handle.cancelled() for handle in loop._scheduled),
        connections=len(loop.network.open_transports),
        files=len(list(Path("/proc/self/fd").iterdir())),
    )


class Person:
    """Somebody with glasses, whose entry is `entry`; `done` counts what they did, and what came of it."""

    def __init__(
        self, hass: HomeAssistant, entry: MockConfigEntry, worn: Worn, live: server.LiveServer, chance: Random
    ) -> None:
        self._hass = hass
        self._entry = entry
        self.worn = worn
        self._live = live
        self._chance = chance
        self._number = 0
        self.done: Counter[str] = Counter()

    async def live(self, until_s: float) -> None:
        """Until a time of the loop; the glasses are on and at home when this returns."""
        loop = asyncio.get_running_loop()
        while loop.time() < until_s:
            await asyncio.sleep(self._chance.uniform(10.0, 200.0))
            act = self._chance.choices(
                [self._ask, self._interrupt, self._power_cycle, self._reload, self._order], [10, 3, 1, 1, 2]
            )[0]
            self.done[act.__name__.strip("_")] += 1
            await act()
        self.worn.glasses.forget()
        self._live.log.forget()

    async def _ask(self, *, heard_out: bool = True) -> None:
        glasses, chance = self.worn.glasses, self._chance
        if not glasses.linked:
            return
        glasses.forget()
        self._live.log.forget()
        self._number = self._number % 200 + 1
        glasses.press(Speech(self._number, before_ms=60, voiced_ms=chance.randrange(300, 700, 20)))
        await asyncio.sleep(chance.choice([0.1, 0.7]))
        glasses.release()
        if not heard_out:
            await asyncio.sleep(chance.uniform(0.0, 3.0))
            return
        for _ in range(round(_ANSWERED_WITHIN_S / 0.2)):
            heard = [one for one in glasses.heard if one.over and one.turn is not None]
            if heard and heard[-1].answers == [self._number] * TIMES:
                self.done["answered"] += 1
                return
            await asyncio.sleep(0.2)
        self.done["not answered"] += 1

    async def _interrupt(self) -> None:
        await self._ask(heard_out=False)
        await self._ask()

    async def _power_cycle(self) -> None:
        await self.worn.switch_off()
        await asyncio.sleep(self._chance.uniform(1.0, 300.0))
        self.worn.switch_on()
        await self._at_home()

    async def _reload(self) -> None:
        if self._entry.state is ConfigEntryState.LOADED:
            await self._hass.config_entries.async_reload(self._entry.entry_id)
        await self._at_home()

    async def _order(self) -> None:
        """The next session is sent away, or closed, in its first or second turn."""
        away = GoAway(at=Moment.AFTER_TURN, turn=1, left_s=self._chance.uniform(0.2, 2.0))
        closed = Close(at=Moment.THINKING, turn=1, ending=OVERLOADED)
        self._live.server.order(self._chance.choice([away, closed]))
        await self._ask()

    async def _at_home(self) -> None:
        for _ in range(600):
            if self.worn.glasses.linked:
                return
            await asyncio.sleep(0.1)


async def _weather(network: Network, chance: Random, until_s: float) -> None:
    """The link's road fails now and then, for everybody."""
    loop = asyncio.get_running_loop()
    road = network.road(home.PORT)
    while loop.time() < until_s:
        await asyncio.sleep(chance.uniform(100.0, 900.0))
        road.set(chance.choice([State.CUT, State.STILL, State.HOLE]))
        await asyncio.sleep(chance.uniform(0.1, 20.0))
        road.set(State.OPEN)


async def _soak(loop: VirtualLoop) -> list[Count]:
    counts: list[Count] = []
    began_s = time.perf_counter()
    async with AsyncExitStack() as stack:
        lives = [await stack.enter_async_context(server.live_server()) for _ in range(PEOPLE)]
        ids = [f"00c0ffee0000{number:04x}" for number in range(PEOPLE)]
        answered_by = [home.answerer(live.server.port, server.certificate_pem()) for live in lives]
        entries = [home.wearable_entry(by, _OPTIONS, one) for by, one in zip(answered_by, ids, strict=True)]
        hass = await stack.enter_async_context(home.home_assistant(*entries))
        people = []
        for number, (entry, live) in enumerate(zip(entries, lives, strict=True)):
            live.log.thinks_s = 0.5
            worn = Worn(f"{SEED} {number}", ids[number])
            worn.switch_on()
            stack.push_async_callback(worn.switch_off)
            people.append(Person(hass, entry, worn, live, Random(f"{SEED} person {number}")))
        for hour in range(1, HOURS + 1):
            until_s = loop.time() + _HOUR_S - _QUIET_S
            async with asyncio.TaskGroup() as tasks:
                for person in people:
                    tasks.create_task(person.live(until_s))
                tasks.create_task(_weather(loop.network, Random(f"{SEED} weather {hour}"), until_s))
            await asyncio.sleep(_QUIET_S)
            for person in people:
                await person._at_home()
                assert person.worn.glasses.linked
            gc.collect()
            await asyncio.sleep(1)  # a client of the SDK that is collected closes itself in tasks
            counts.append(_counted(loop))
            done = sum((person.done for person in people), Counter())
            print(f"hour {hour}, after {time.perf_counter() - began_s:.0f} s: {counts[-1]}; {dict(done)}")  # noqa: T201  # a figure
        assert done["answered"] > 10 * done["not answered"], "most of it was ordinary use"
    return counts


def test_eight_hours_of_use_leave_nothing_behind() -> None:
    learn_phrases()
    loop = VirtualLoop(Network(f"soak {SEED}"))
    asyncio.set_event_loop(loop)
    try:
        with home.staged(loop, SEED, entities=True):
            counts = loop.run_until_complete(_soak(loop))
        assert not loop.network.open_transports and not asyncio.all_tasks(loop)
    finally:
        loop.close()
        asyncio.set_event_loop(None)
    warm, last = counts[min(WARM_HOURS, HOURS - 1) - 1], counts[-1]
    for field in fields(Count):
        before, after = getattr(warm, field.name), getattr(last, field.name)
        assert after <= before * (1 + GROWTH), f"{field.name} grew from {before} to {after}"
