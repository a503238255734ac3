"""A million messages of chance at the door of a real Home Assistant, before and after proof.

`FUZZ_SEED` repeats what is thrown (the seed is printed; when what arrives depends on the machine), `FUZZ_COUNT` throws another
number. Thrown by a process of its own; a person with glasses goes on asking meanwhile, in this process, on the same two
cores. What is counted: a message after proof counts when the home has answered a ping behind it, so it was read; before
proof each connection counts as the one message that is read of it.
"""

import asyncio
import os
import random
import time

import pytest

from tests.fuzz.staging import Stage, stage, thrower, unreadable_http
from tests.rig.figures import percentile

COUNT = int(os.environ.get("FUZZ_COUNT", "1000000"))
SEED = int(os.environ.get("FUZZ_SEED", str(random.SystemRandom().randrange(1_000_000))))
UNPROVEN, RAW = COUNT * 6 // 100, COUNT // 100
BAD_WEARABLES = 8
QUESTIONS = 8
WARM_UP = (
    0.1  # the part of the run after which memory is compared: caches of strings, of sockets, of code are full then
)
GROWTH_MOST_BYTES = 24 * 1024 * 1024
FIRST_SOUND_MOST_S = 1.5

pytestmark = pytest.mark.timeout(1500)


async def asking(staged: Stage, until: asyncio.Event) -> list[float]:
    """Questions one after the other, with pauses, while the attack lasts."""
    asked = []
    while not until.is_set() or len(asked) < QUESTIONS:
        asked.append(await staged.ask())
        staged.glasses.forget()
        try:
            async with asyncio.timeout(4):
                await until.wait()
        except TimeoutError:
            continue
        if len(asked) >= QUESTIONS:
            break
    return asked


async def test_a_million_messages_do_no_harm(tmp_path_factory: pytest.TempPathFactory) -> None:
    print(f"\nFUZZ_SEED={SEED}")  # noqa: T201  # to repeat the run
    folder = tmp_path_factory.mktemp("fuzz")
    async with stage(folder) as staged:
        bad = await staged.went_bad(folder, BAD_WEARABLES + 1)
        before = [await staged.ask() for _ in range(QUESTIONS)]
        await asyncio.sleep(12)  # the time for a further question passes
        idle = await staged.pulse(collect=True)
        await staged.pulse()  # what collecting took is no figure
        open_before = staged.whole.open_files()
        orders = {
            "port": staged.port,
            "seed": SEED,
            "wearables": bad,
            "proven": COUNT - UNPROVEN - RAW,
            "unproven": UNPROVEN,
            "raw": RAW,
        }
        over = asyncio.Event()
        memory = 0
        began_s = time.monotonic()
        async with thrower("tests.fuzz.fuzzers", orders, folder) as fuzzers:
            person = asyncio.create_task(asking(staged, over))
            while (event := await fuzzers.event("progress", "done", timeout_s=1200))["event"] == "progress":
                if not memory and event["total"] > COUNT * WARM_UP:
                    memory = staged.whole.memory_bytes()
                assert not person.done(), person.result()
            took_s = time.monotonic() - began_s
            over.set()
            during = await person
        pulse = await staged.pulse()
        print(report(event, took_s, before, during, pulse))  # noqa: T201  # the suite's result

        total = sum(event["thrown"].values())
        assert total >= COUNT * 0.99, total
        assert not staged.faults(), staged.faults()[:3]
        assert len(during) >= QUESTIONS
        assert max(during) < FIRST_SOUND_MOST_S
        assert not [outcome for outcome in event["outcomes"] if "what is allowed" in outcome]

        await asyncio.sleep(20)  # heartbeats of those who just left run out
        left = await staged.pulse(collect=True)
        after = staged.whole.memory_bytes()
        print(  # noqa: T201
            f"memory after {WARM_UP:.0%}: {memory / 2**20:.1f} MiB, after all: {after / 2**20:.1f} MiB; "
            f"objects {idle['objects']} -> {left['objects']}; files {open_before} -> {staged.whole.open_files()}; "
            f"connections {idle['connections']} -> {left['connections']}; tasks {idle['tasks']} -> {left['tasks']}; "
            f"of our loggers {staged.lines('WARNING', 'custom_components.shelfsight')} warnings, of all others"
            f" {staged.lines('WARNING', '(?!custom_components.shelfsight)')}, of aiohttp for what is no HTTP"
            f" {sum(unreadable_http(one) for one in staged.records())} errors"
        )
        assert after - memory < GROWTH_MOST_BYTES
        assert left["connections"] <= idle["connections"]
        assert sum(left["tasks"].values()) <= sum(idle["tasks"].values()) + 2
        assert staged.whole.open_files() <= open_before + 2


def report(
    event: dict[str, dict[str, int]], took_s: float, before: list[float], during: list[float], pulse: dict[str, float]
) -> str:
    """The figures as text."""
    thrown = event["thrown"]
    rows = [f"{sum(thrown.values()):,} messages in {took_s:.0f} s"]
    rows += [f"  {count:9,}  {kind}" for kind, count in sorted(thrown.items())]
    rows += ["what came of it"]
    rows += [f"  {count:9,}  {kind}" for kind, count in sorted(event["outcomes"].items())]
    rows += [
        f"loop of Home Assistant late by: p50 {pulse['p50_ms']:.1f}, p99 {pulse['p99_ms']:.1f}, max {pulse['max_ms']:.0f} ms"
    ]
    old_s, new_s = percentile(before, 50), percentile(during, 50)
    rows.append(
        f"from the button let go to the first sound: {1000 * old_s:.0f} ms before, {1000 * new_s:.0f} ms meanwhile"
        f" ({new_s / old_s:.2f} times), at most {1000 * max(during):.0f} ms; {len(during)} questions, all answered"
    )
    return "\n".join(rows)
