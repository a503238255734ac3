"""What can go wrong in a simulated world, as values: each can be drawn, printed, and struck."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from homeassistant.config_entries import ConfigEntryState

from . import home
from .road import Road, State
from .world import World


class Where(StrEnum):
    """A road."""

    LINK = "link"
    LIVE = "live"


class What(StrEnum):
    """What happens to a road; see `road.py`."""

    CUT = "cut"
    STILL = "still"
    HOLE = "hole"


@dataclass(frozen=True, slots=True)
class RoadFails:
    """A road is cut, stands still or swallows everything, for a while."""

    where: Where
    what: What
    for_s: float


@dataclass(frozen=True, slots=True)
class SlowReader:
    """The glasses read nothing for a while."""

    for_s: float


@dataclass(frozen=True, slots=True)
class Unloads:
    """The entry is unloaded, and set up again after a while."""

    for_s: float


@dataclass(frozen=True, slots=True)
class Stops:
    """Home Assistant stops, for good."""


@dataclass(frozen=True, slots=True)
class WallJumps:
    """The clock on the wall is set."""

    by_s: float


@dataclass(frozen=True, slots=True)
class PowerFails:
    """The glasses are off for a while."""

    for_s: float


type Act = RoadFails | SlowReader | Unloads | Stops | WallJumps | PowerFails


@dataclass(slots=True)
class Strike:
    """An act that struck, and until when it lasted; None while it does."""

    act: Act
    at_s: float
    over_s: float | None = None


def _road(world: World, where: Where) -> Road:
    return world.link_road if where is Where.LINK else world.live_road


def begin(world: World, strike: Strike) -> None:
    """What happens at once: what befalls a road holds for the message that brought it about."""
    if isinstance(strike.act, RoadFails):
        _road(world, strike.act.where).set(State[strike.act.what.name])


async def carry_out(world: World, strike: Strike) -> None:
    """Until it is over; to be called after `begin`."""
    match strike.act:
        case RoadFails(where=where, for_s=for_s):
            await asyncio.sleep(for_s)
            _road(world, where).set(State.OPEN)
        case SlowReader(for_s=for_s):
            ends = world.link_road.near_ends
            for end in ends:
                end.hold(still=True)
            await asyncio.sleep(for_s)
            for end in ends:
                end.hold(still=False)
        case Unloads(for_s=for_s):
            if world.entry.state is ConfigEntryState.LOADED:
                await world.hass.config_entries.async_unload(world.entry.entry_id)
                await asyncio.sleep(for_s)
                if not world.hass.is_stopping:
                    await world.hass.config_entries.async_setup(world.entry.entry_id)
        case Stops():
            if not world.hass.is_stopping:
                await home.stop(world.hass)
        case WallJumps(by_s=by_s):
            world.wall.ahead_s += by_s
        case PowerFails(for_s=for_s):
            if world.worn.on:
                await world.worn.switch_off()
                await asyncio.sleep(for_s)
                world.worn.switch_on()
        case _ as never:
            assert_never(never)
    strike.over_s = world.loop.time()
