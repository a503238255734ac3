"""Wi-Fi is away for 30 s in the middle of questions, answers and pairings, 20 times each, in both ways it can go away.

Ten wearables, each with its own link, live through it side by side; each begins with a pairing that is cut in its middle.
All times are of this machine's one monotonic clock; the network's return is the moment at which the host has its address and
route again, or the switch passes its packets on again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count
import os
from pathlib import Path
import random
import re

import pytest
import pytest_asyncio

from tests import pictures

from .case import Case, Middle, table
from .cutting import Misfortune, suffer
from .figures import tell
from .household import Household, household
from .namespaces import Cut
from .worn import desk

PEOPLE = int(os.environ.get("NETWORK_PEOPLE", "10"))
ROUNDS = int(os.environ.get("NETWORK_ROUNDS", "2"))
SEED = int(os.environ.get("NETWORK_SEED", "1"))
MIDDLES = [Middle(name) for name in os.environ.get("NETWORK_MIDDLES", "pairing question answer").split()]
_APART_S = 1.5  # ten pairings at one moment would measure this machine

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(900)]


async def _life(home: Household, folder: Path, camera: Path, number: int, cases: list[Case]) -> None:
    """One person's: a pairing, a question and an answer cut; as often as there are rounds."""
    chance = random.Random(f"{SEED} {number}")
    numbers = count(100 * number + 1)
    await asyncio.sleep(number * _APART_S)
    async with desk(home.network.host(10 + number), f"Glasses {number}", folder, camera) as wearable:
        for turn in range(ROUNDS):
            for middle in MIDDLES:
                # Each lives through both kinds of cut in each middle, if there are two rounds; five of ten begin with the other.
                cut = list(Cut)[(turn + number) % 2]
                case = Case(middle, cut, wearable.name)
                cases.append(case)
                await suffer(Misfortune(home, wearable, chance, case, lambda: next(numbers)))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def cases(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Case]]:
    """All of them, lived through."""
    tell(f"\nNETWORK_SEED={SEED}, {PEOPLE} wearables, {ROUNDS} rounds")
    folder = tmp_path_factory.mktemp("cuts")
    camera = folder / "view.jpg"
    camera.write_bytes(pictures.jpeg())
    lived: list[Case] = []
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(household(folder))
        async with asyncio.TaskGroup() as people:
            for number in range(PEOPLE):
                people.create_task(_life(home, folder / f"glasses{number}", camera, number, lived))
        log = home.log()
    tell(table(lived))
    for case in lived:
        if complaints := case.complaints():
            tell(f"{case.who}, {case.middle.value}, {case.cut.value}: {'; '.join(complaints)}")
    if wrong := re.findall(r"^.* ERROR .*(?:\n(?!\d{4}-).*)*", log, re.MULTILINE):
        tell("Home Assistant's errors:\n" + "\n".join(wrong))
    yield lived


@pytest.mark.parametrize("middle", Middle)
async def test_it_comes_back_by_itself_says_so_and_the_next_question_is_answered(
    cases: list[Case], middle: Middle
) -> None:
    if middle not in MIDDLES:
        pytest.skip("left out by NETWORK_MIDDLES")
    complaints = [case.complaints() for case in cases if case.middle is middle]
    assert len(complaints) == PEOPLE * ROUNDS
    assert sum(map(bool, complaints)) == 0, "as printed above"
