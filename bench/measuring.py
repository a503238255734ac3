"""The run: what is measured of the integration and of the baseline, one after the other, phase by phase, in the same minutes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import itertools
import os
from pathlib import Path
from statistics import median
import time
from typing import Any, Final

from . import machine
from .figures import Measure, percentile
from .home import Home, home
from .live import LiveServer, Log, live_server
from .plan import Plan
from .subjects import Subject, baseline, shelfsight
from .waves import Wave, wave

LIMIT_MS: Final = 30.0
# So many times the limit is no bad luck.
_BY_FAR: Final = 4
_LATENCY_FLOOR_MS: Final = 1.0
# Of 95th and 99th percentiles: ten late chunks of two hundred make one, so it comes out a little otherwise each time.
_TAIL_FLOOR_MS: Final = 2.0
_MEMORY_FLOOR_MB: Final = 0.05
_CORES_FLOOR: Final = 0.0015
# Follow-up time, and the last bill: then a talk is over and its session closed.
_TALK_OVER_S: Final = 14.0
_IDLE_S: Final = 4.0
# After too many have asked at once, until what was on the way is done.
_CALMS_S: Final = 4.0
_SETTLED_S, _SETTLES_WITHIN_S, _SETTLED_MB = 4, 20, 0.3
_PROFILED_QUESTIONS: Final = 5

type Tell = Callable[[str], None]


@dataclass(slots=True)
class Findings:
    """Of one subject: figures by name, as `group.name`, and what the waves were."""

    measures: dict[str, Measure] = field(default_factory=dict)
    waves: dict[int, list[Wave]] = field(default_factory=dict)
    loop: list[dict[str, Any]] = field(default_factory=list)
    profiles: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)
    """Of one question of the visit, by what they carry."""

    def add(self, name: str, repeats: list[float], floor: float = 0.0) -> None:
        """One more figure."""
        if repeats:
            self.measures[name] = Measure(tuple(repeats), floor)


@dataclass(slots=True)
class Run:
    """Both of them, and how much of the machine others took meanwhile."""

    ours: Findings
    theirs: Findings
    others: float = 0.0
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Stage:
    """What is up while something is measured."""

    plan: Plan
    live: LiveServer
    log: Log
    tell: Tell


@asynccontextmanager
async def stage(folder: Path, plan: Plan, tell: Tell) -> AsyncIterator[Stage]:
    """The Live server."""
    log = Log()
    async with live_server(folder / "live", log) as live:
        yield Stage(plan, live, log, tell)


async def measure(folder: Path, jpeg: bytes, plan: Plan, tell: Tell) -> Run:
    """Everything that needs the real parts running."""
    run, began_s = Run(Findings(), Findings()), time.monotonic()
    most = plan.most
    async with stage(folder, plan, tell) as up:
        tell("starting Home Assistant with one wearable")
        async with home(folder / "one", 1, up.live) as alone:
            lonely_mb = await _settled_mb(alone.pid)
            run.ours.add("startup.one_s", [alone.setup_s])
        tell(f"starting Home Assistant with {most} wearables, and the baseline")
        async with home(folder / "many", most, up.live) as house, baseline(folder, up.live, jpeg) as relay:
            run.ours.add("startup.many_s", [house.setup_s])
            entries_mb = await _settled_mb(house.pid)
            entry_mb = (entries_mb - lonely_mb) / (most - 1)
            pids = {"home": house.pid, "relay": relay.pid, "rig": os.getpid()}
            async with shelfsight(house, jpeg) as glasses:
                watch = machine.Watch(pids, time.monotonic())
                await _one(up, glasses, run.ours)
                await _one(up, relay, run.theirs)
                await relay.shrink()  # its devices stream all the time
                await _visit(up, glasses, relay, run)
                await _stalls(up, house, glasses, run.ours)
                await _many(up, glasses, run.ours, plan.questions, entry_mb)
                await _limit(up, glasses, run.ours)
                await glasses.shrink()
                await _many(up, relay, run.theirs, 1, 0.0)  # it takes seconds for each piece: one says enough
                await _limit(up, relay, run.theirs)
                run.others = watch.load(time.monotonic()).others
    run.took_s = time.monotonic() - began_s
    return run


async def _settled_mb(pid: int) -> float:
    """What a process has in memory once that does not change any more: the integration imports the SDK after the start."""
    seen: list[float] = []
    for _ in range(_SETTLES_WITHIN_S):
        await asyncio.sleep(1)
        seen.append(machine.resident_mb(pid))
        if len(seen) >= _SETTLED_S and max(seen[-_SETTLED_S:]) - min(seen[-_SETTLED_S:]) < _SETTLED_MB:
            break
    return seen[-1]


# --- one wearable -----------------------------------------------------------------------------------------------------


async def _one(up: Stage, subject: Subject, found: Findings) -> None:
    """Latencies of one that is alone."""
    up.tell(f"{subject.name}: one wearable, {up.plan.repeats} times {up.plan.questions} questions")
    devices = await subject.grow(1)
    up.live.answer_s = up.plan.one_shape.answer_s
    await wave(devices, up.log, up.plan.one_shape, subject.pid)  # the first question warms up
    repeats = [
        _joined([await wave(devices, up.log, up.plan.one_shape, subject.pid) for _ in range(up.plan.questions)])
        for _ in range(up.plan.repeats)
    ]
    found.waves[1] = repeats
    _add_latencies(found, "one", repeats)


def _joined(waves: list[Wave]) -> Wave:
    """Several questions as one repeat."""
    joined = Wave()
    for one in waves:
        for name in ("up_ms", "down_ms", "end_ms", "rig_late_ms"):
            getattr(joined, name).extend(getattr(one, name))
        joined.unanswered += one.unanswered
    joined.talking_cores = median(one.talking_cores for one in waves)
    joined.answering_cores = median(one.answering_cores for one in waves)
    return joined


def _add_latencies(found: Findings, group: str, waves: list[Wave]) -> None:
    """Percentiles in both directions, the end of speech, and processor time."""
    whole = [one for one in waves if one.complete]
    if len(whole) < len(waves):
        return  # somebody was not answered: there is no latency of what never came
    for percent, floor_ms in ((50, _LATENCY_FLOOR_MS), (95, _TAIL_FLOOR_MS), (99, _TAIL_FLOOR_MS)):
        found.add(f"{group}.up_p{percent}_ms", [percentile(one.up_ms, percent) for one in whole], floor_ms)
        found.add(f"{group}.down_p{percent}_ms", [percentile(one.down_ms, percent) for one in whole], floor_ms)
    found.add(f"{group}.end_to_sound_p50_ms", [percentile(one.end_ms, 50) for one in whole], 5.0)
    found.add(f"{group}.end_to_sound_p95_ms", [percentile(one.end_ms, 95) for one in whole], 10.0)
    found.add(f"{group}.rig_late_p95_ms", [percentile(one.rig_late_ms, 95) for one in whole], _LATENCY_FLOOR_MS)


# --- a visit to a shop ------------------------------------------------------------------------------------------------


async def _visit(up: Stage, glasses: Subject, relay: Subject, run: Run) -> None:
    """Bytes and tokens of somebody who walks and asks, walks and asks: what goes up between questions counts too."""
    plan = up.plan
    up.tell(f"bytes and tokens: {plan.visit_questions} questions, one in {plan.visit_every_s:g} s, both at once")
    person = (await glasses.grow(1))[0]
    up.log.forget()
    # Both have numbers of their own at the Live server.
    other = await relay.dial(_OTHER)
    up.live.answer_s = plan.one_shape.answer_s
    try:
        for _ in range(plan.visit_questions):
            await asyncio.sleep(plan.visit_every_s)
            await asyncio.gather(person.ask(plan.one_shape.talk_s), other.ask(plan.one_shape.talk_s))
    finally:
        await other.leave()
    for found, number in ((run.ours, 1), (run.theirs, _OTHER)):
        found.add("visit.bytes_per_question", [up.log.bytes_in[number] / plan.visit_questions])
        billed = up.log.tokens[number]
        found.add("visit.tokens_per_question", [billed.total() / plan.visit_questions])
        found.tokens = {kind: count / plan.visit_questions for kind, count in sorted(billed.items())}


_OTHER: Final = 255


# --- many -------------------------------------------------------------------------------------------------------------


async def _stalls(up: Stage, house: Home, glasses: Subject, found: Findings) -> None:
    """How long Home Assistant's loop stands still while some ask."""
    up.tell(f"loop stalls: {up.plan.stalling} wearables asking")
    devices = await glasses.grow(up.plan.stalling)
    up.live.answer_s = up.plan.many_shape.answer_s
    for _ in range(up.plan.repeats):
        await house.watch()
        await wave(devices, up.log, up.plan.many_shape, house.pid)
        found.loop.append((await house.watched())["loop"])
    found.add("loop.late_p99_ms", [one["late_p99_ms"] for one in found.loop], _TAIL_FLOOR_MS)
    for name in ("ours_max_ms", "all_max_ms", "late_max_ms", "garbage_max_ms"):
        # Of all repeats the longest: there is but one.
        found.add(f"loop.{name}", [max(one[name] for one in found.loop)])


async def _many(up: Stage, subject: Subject, found: Findings, questions: int, entry_mb: float) -> None:
    """Latencies, memory and processor time of many that talk at once."""
    plan = up.plan
    up.tell(f"{subject.name}: {plan.many} wearables at once, {plan.repeats} times {questions} questions")
    await asyncio.sleep(_TALK_OVER_S)  # until then it listens for a follow-up
    before, before_mb = len(subject.devices), await _settled_mb(subject.pid)
    devices = await subject.grow(plan.many)
    idle_mb = await _settled_mb(subject.pid)
    grown = plan.many - before
    if grown > 0:
        found.add("memory.idle_mb", [max(0.0, entry_mb + (idle_mb - before_mb) / grown)], _MEMORY_FLOOR_MB)
        found.add("memory.entry_mb", [max(0.0, entry_mb)], _MEMORY_FLOOR_MB)
    began_s, spent_s = time.monotonic(), machine.cpu_s(subject.pid)
    await asyncio.sleep(_IDLE_S)
    idle_cores = (machine.cpu_s(subject.pid) - spent_s) / (time.monotonic() - began_s)
    found.add("cpu.idle_cores", [idle_cores / plan.many], _CORES_FLOOR)
    up.live.answer_s = plan.many_shape.answer_s
    # The first wave opens the sessions; its memory counts, its latencies do not.
    opening, *waves = [
        await wave(devices, up.log, plan.many_shape, subject.pid) for _ in range(1 + plan.repeats * questions)
    ]
    peak_mb = max(one.peak_mb for one in (opening, *waves))
    found.add("memory.asking_mb", [max(0.0, (peak_mb - idle_mb) / plan.many)], _MEMORY_FLOOR_MB)
    found.waves[plan.many] = repeats = [
        _joined(list(some)) for some in itertools.batched(waves, questions, strict=True)
    ]
    _add_latencies(found, "many", repeats)
    for name in ("talking_cores", "answering_cores"):
        spent = [getattr(one, name) / plan.many for one in repeats]
        found.add(f"cpu.{name}", [cores for cores in spent if cores], _CORES_FLOOR)  # 0: the wave was over before


async def _limit(up: Stage, subject: Subject, found: Findings) -> None:
    """How many at once before the 95th percentile passes 30 ms: closed in until it is known, then tried again from there."""

    async def one(count: int) -> float:
        measured = await wave(await subject.grow(count), up.log, up.plan.many_shape, subject.pid)
        found.waves.setdefault(count, []).append(measured)
        return measured.p95_ms()

    async def fits(count: int) -> bool:
        up.tell(f"{subject.name}: {count} at once")
        if count < len(subject.devices):
            await subject.shrink()  # a plain relay's devices stream even while nobody asks
            await asyncio.sleep(_CALMS_S)
        up.live.answer_s = up.plan.many_shape.answer_s
        # As with those fifty: the first wave opens the sessions.
        await wave(await subject.grow(count), up.log, up.plan.many_shape, subject.pid)
        first_ms = await one(count)
        if first_ms <= LIMIT_MS or first_ms > _BY_FAR * LIMIT_MS:
            return first_ms <= LIMIT_MS
        # By little: two of three decide, as somebody else may have had the processor for a moment.
        return await one(count) <= LIMIT_MS and await one(count) <= LIMIT_MS

    waves = found.waves[up.plan.many]
    known = sum(each.p95_ms() <= LIMIT_MS for each in waves) * 2 > len(waves)
    best = await most_that_fit(fits, up.plan.many, known, up.plan.most)
    again = best
    while again and not await fits(again):
        again -= max(1, again // 10)
    found.add("limit.wearables_within_30_ms", [float(best), float(again)])


async def most_that_fit(fits: Callable[[int], Awaitable[bool]], known: int, known_fits: bool, most: int) -> int:
    """The largest count that fits, as near as a tenth of it, if those that fit are the small ones; 0 where none does.

    Climbs from below: a home that was far overloaded still has to do with that when the next ones ask.
    """
    if known_fits:
        low, high = known, most + 1
        while low < most < high:
            step = min(most, low * 3 // 2)
            low, high = (step, high) if await fits(step) else (low, step)
    else:
        low, high, step = 0, known, 1
        while step < high and await fits(step):
            low, step = step, step * 3
        high = min(high, step)
    while low < most and high - low > max(1, low // 10):
        middle = (low + high) // 2
        low, high = (middle, high) if await fits(middle) else (low, middle)
    return low


# --- where the time goes ----------------------------------------------------------------------------------------------


async def profile(folder: Path, jpeg: bytes, plan: Plan, tell: Tell) -> Findings:
    """Samples of Home Assistant's loop with one wearable and with many."""
    found = Findings()
    async with (
        stage(folder, plan, tell) as up,
        home(folder / "many", plan.many, up.live) as house,
        shelfsight(house, jpeg) as glasses,
    ):
        up.live.answer_s = plan.many_shape.answer_s
        for count in (1, plan.many):
            tell(f"profiling {count} at once")
            devices = await glasses.grow(count)
            await wave(devices, up.log, plan.many_shape, house.pid)
            await house.watch(profile=True)
            chunks = pictures = 0
            # Samples come with the kernel's clock: of one wearable there are few in a question.
            for _ in range(_PROFILED_QUESTIONS if count == 1 else 1):
                found.waves.setdefault(count, []).append(await wave(devices, up.log, plan.many_shape, house.pid))
                chunks, pictures = chunks + len(up.log.came), pictures + up.log.pictures
            seen = await house.watched()
            found.profiles[str(count)] = {**seen["profile"], "chunks": chunks, "pictures": pictures}
            found.loop.append(seen["loop"])
    return found
