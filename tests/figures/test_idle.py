"""What a connected wearable costs Home Assistant while nobody asks, beside a Home Assistant that does not know of it.

Both are real `hass` processes and are watched over the same minutes, so both have the same neighbours. The wearable is the real logic
on a board of memory, in this process; it is connected and pings.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median
import time

import pytest
import pytest_asyncio

from .proc import Used, files_of, used_by
from .staging import furnish, started, worn

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(900)]

_SETTLED_S = 200
"""What changed while Home Assistant started it writes three minutes later (helpers/registry.py, SAVE_DELAY_LONG)."""
_WINDOW_S = 60
_WINDOWS = 3
MORE_PERCENT = 0.2


@dataclass(frozen=True, slots=True)
class Window:
    """One minute of both houses: (with us, without)."""

    seconds: float
    cpu_percent: tuple[float, float]
    tick_percent: tuple[float, float]
    written_bytes: tuple[int, int]
    changed: tuple[set[str], set[str]]
    """Files that were written, came or went."""


def _percent(before: Used, after: Used, seconds: float) -> tuple[float, float]:
    return 100 * (after.cpu_s - before.cpu_s) / seconds, 100 * (after.ticks_s - before.ticks_s) / seconds


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def windows(tmp_path_factory: pytest.TempPathFactory) -> list[Window]:
    """So many minutes, one after the other."""
    folder = tmp_path_factory.mktemp("idle")
    async with worn(folder) as (glasses, live), AsyncExitStack() as houses:
        furnished = await furnish(folder, glasses, live)
        configs = (furnished.with_us, furnished.without)
        pids = []
        began_s = time.monotonic()
        for config in configs:
            begun = await houses.enter_async_context(started(config, furnished.bytecode))
            pids.append(begun.pid)
        await glasses.event("connected", began_s, 60)
        await asyncio.sleep(_SETTLED_S)
        assert glasses.linked
        watched_s = time.monotonic()
        seen = []
        for _ in range(_WINDOWS):
            before = [(used_by(pid), files_of(config)) for pid, config in zip(pids, configs, strict=True)]
            from_s = time.monotonic()
            await asyncio.sleep(_WINDOW_S)
            after = [(used_by(pid), files_of(config)) for pid, config in zip(pids, configs, strict=True)]
            seconds = time.monotonic() - from_s
            both = [(*was, *is_now) for was, is_now in zip(before, after, strict=True)]
            cpu, ticks = zip(*(_percent(was, now, seconds) for was, _, now, _ in both), strict=True)
            written = [now.written_bytes - was.written_bytes for was, _, now, _ in both]
            changed = [{name for name, _ in old.items() ^ new.items()} for _, old, _, new in both]
            seen.append(Window(seconds, cpu, ticks, tuple(written), tuple(changed)))
        assert glasses.linked and not [
            event for event in glasses.events if event.name == "disconnected" and event.at_s >= watched_s
        ], glasses.story()
        print(f"\n{_table(seen)}")  # noqa: T201  # the suite's result
        return seen


def _table(seen: list[Window]) -> str:
    lines = ["% of a core: with us, without, more (by ticks of 10 ms); bytes written; files changed"]
    for one in seen:
        ours, theirs = one.cpu_percent
        more_ticks = one.tick_percent[0] - one.tick_percent[1]
        lines.append(
            f"{one.seconds:5.1f} s {ours:6.3f} {theirs:6.3f} {ours - theirs:6.3f} ({more_ticks:5.2f}); "
            f"{one.written_bytes}; {sorted(one.changed[0])}, {sorted(one.changed[1])}"
        )
    return "\n".join(lines)


async def test_a_connected_wearable_costs_less_than_a_fifth_of_a_percent_of_a_core(windows: list[Window]) -> None:
    more = [ours - theirs for ours, theirs in (one.cpu_percent for one in windows)]
    assert median(more) < MORE_PERCENT, _table(windows)


async def test_while_nobody_asks_nothing_is_written(windows: list[Window]) -> None:
    for one in windows:
        assert one.changed[0] - one.changed[1] == set(), _table(windows)
    # Where both houses wrote a file of Home Assistant's own, their bytes are those of the two file systems' bookkeeping.
    still = [one for one in windows if one.changed[0] == set()]
    assert still, _table(windows)
    for one in still:
        assert one.written_bytes[0] <= one.written_bytes[1], _table(windows)
