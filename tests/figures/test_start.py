"""How much later Home Assistant has started because of the integration and one wearable, which is away.

Real `hass` processes in two folders that differ by nothing else, started in turns. Wall time is what a person waits; it also holds
whatever else this machine does, so the processor time of all of the process's threads is told beside it.

Python looks through all of Home Assistant's objects for garbage after so many new ones, for a sixth of a second. In a house as small as
this one the second such look is due a moment after the start, and with us a moment before its end. It is told apart and does not count:
whoever comes last has it, and whatever comes next would have it without us.
"""

from pathlib import Path
from statistics import median

import pytest

from tests.rig.figures import spread_ms

from .staging import Started, furnish, started, worn

pytestmark = pytest.mark.timeout(600)

TIMES = 5
LATER_S = 0.3


@pytest.fixture
async def starts(tmp_path: Path) -> list[tuple[Started, Started]]:
    """Starts with the integration and without it, in turns; the first of each, in which Python compiles, does not count."""
    async with worn(tmp_path) as (glasses, live):
        furnished = await furnish(tmp_path, glasses, live)
    pairs = []
    for number in range(TIMES + 1):
        pair = {}
        # Whoever comes second finds the machine a little warmer: each is second every other time.
        for config in (furnished.with_us, furnished.without) if number % 2 else (furnished.without, furnished.with_us):
            async with started(config, furnished.bytecode) as begun:
                pair[config] = begun
        if number:
            pairs.append((pair[furnished.with_us], pair[furnished.without]))
    return pairs


def without_collections(one: Started) -> float:
    """Wall time of a start, in seconds, but for full collections of garbage."""
    return one.took_s - one.full_collections_s


async def test_home_assistant_starts_no_more_than_300_ms_later(starts: list[tuple[Started, Started]]) -> None:
    rows = []
    for title, of in (
        ("wall time", lambda one: one.took_s),
        ("processor time", lambda one: one.cpu_s),
        ("wall, no garbage", without_collections),
    ):
        ours, theirs = [of(one) for one, _ in starts], [of(one) for _, one in starts]
        rows.append(f"{title:16} with    {spread_ms(ours)}")
        rows.append(f"{'':16} without {spread_ms(theirs)}")
        rows.append(f"{'':16} later by {1000 * (median(ours) - median(theirs)):.0f} ms (medians)")
    for title, ones in (("with", [one for one, _ in starts]), ("without", [one for _, one in starts])):
        each = [f"{one.full_collections} ({one.full_collections_s * 1000:.0f} ms)" for one in ones]
        rows.append(f"full collections of garbage, {title}: {', '.join(each)}")
    table = "\n".join(rows)
    print(f"\n{table}")  # noqa: T201  # the suite's result
    later_s = median(without_collections(one) for one, _ in starts) - median(
        without_collections(one) for _, one in starts
    )
    assert later_s <= LATER_S, table
    assert not any(one.sdk_imported for one, _ in starts), "google-genai is for after the start"
