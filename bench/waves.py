"""Many ask at once: a wave begins within a second, then all talk together, then all are answered together."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
import gc
from typing import Final

from . import machine
from .figures import percentile
from .live import DELAY_S, SILENCE_MS, Log
from .stamps import now_us
from .wearing import Asked, Worn

BEFORE_S: Final = 0.1
"""Silence before the first word."""
_SETTLED_S: Final = 0.7
"""From a press on until sound surely flows: speech is sure and a session is open."""
_END_S: Final = SILENCE_MS / 1000 + DELAY_S


@dataclass(frozen=True, slots=True)
class Shape:
    """How a wave is spoken: its questions begin spread over `stagger_s`, each is `talk_s` long, its answer `answer_s`."""

    stagger_s: float
    talk_s: float
    answer_s: float


@dataclass(slots=True)
class Wave:
    """What was measured of one, in milliseconds."""

    up_ms: list[float] = field(default_factory=list)
    down_ms: list[float] = field(default_factory=list)
    end_ms: list[float] = field(default_factory=list)
    """From the last voiced sample to the answer's first sound, beyond the silence that decides and the server's delay."""
    rig_late_ms: list[float] = field(default_factory=list)
    """How late this process' own loop was: part of the figures above, but nobody's fault."""
    talking_cores: float = 0.0
    answering_cores: float = 0.0
    peak_mb: float = 0.0
    unanswered: int = 0

    @property
    def complete(self) -> bool:
        """Whether everybody was answered."""
        return not self.unanswered and bool(self.up_ms) and bool(self.down_ms)

    def p95_ms(self) -> float:
        """The worse direction's 95th percentile; infinite where somebody was not answered."""
        if not self.complete:
            return float("inf")
        return max(percentile(self.up_ms, 95), percentile(self.down_ms, 95))


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """Python's search goes through all that was noted so far: a tenth of a second and more, in which nobody here talks or hears."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def wave(devices: Sequence[Worn], log: Log, shape: Shape, pid: int) -> Wave:
    """Ask with all of them; `pid` is whose processor time and memory are followed."""
    log.forget()
    with _no_search_for_garbage():
        return await _wave(devices, log, shape, pid)


async def _wave(devices: Sequence[Worn], log: Log, shape: Shape, pid: int) -> Wave:
    measured = Wave()
    watching = [
        asyncio.create_task(_follow_memory(measured, pid)),
        asyncio.create_task(_beat(measured)),
        asyncio.create_task(_follow_cores(measured, shape, pid)),
    ]
    gap_s = shape.stagger_s / len(devices)
    answers = await asyncio.gather(
        *(_ask_later(device, index * gap_s, shape.talk_s) for index, device in enumerate(devices)),
        return_exceptions=True,
    )
    for task in watching:
        task.cancel()
    asked = [answer for answer in answers if isinstance(answer, Asked)]
    measured.unanswered = len(devices) - len(asked)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, TimeoutError | ConnectionError):
            raise answer
    if asked:
        collect(measured, log, asked, shape)
    return measured


async def _ask_later(device: Worn, after_s: float, talk_s: float) -> Asked:
    await asyncio.sleep(after_s)
    return await device.ask(talk_s)


def collect(measured: Wave, log: Log, asked: Sequence[Asked], shape: Shape) -> None:
    """The latencies of what was said while all talked, and of what was heard while all were answered.

    Sound that was held back on purpose (until it is sure that somebody speaks, and a session is open) counts from the start
    marker on, where there is one.
    """
    from_us = max(one.began_us for one in asked) + _SETTLED_S * 1e6
    to_us = min(one.began_us for one in asked) + (BEFORE_S + shape.talk_s) * 1e6
    for stamp, at_us in log.came:
        if from_us <= stamp.at_us <= to_us and stamp.at_us > log.began_us.get(stamp.question, 0):
            measured.up_ms.append((at_us - stamp.at_us) / 1000)
    answered_us = max(log.first_sound_us[one.question] for one in asked)
    over_us = min(log.last_sound_us[one.question] for one in asked)
    for one in asked:
        measured.down_ms += [
            (at - stamp.at_us) / 1000 for stamp, at in one.came if answered_us <= stamp.at_us <= over_us
        ]
        measured.end_ms.append((one.first_heard_us - one.last_voiced_us) / 1000 - 1000 * _END_S)


async def _follow_memory(measured: Wave, pid: int) -> None:
    while True:
        measured.peak_mb = max(measured.peak_mb, machine.resident_mb(pid))
        await asyncio.sleep(0.1)


async def _beat(measured: Wave) -> None:
    while True:
        due_us = now_us() + 10_000
        await asyncio.sleep(0.01)
        measured.rig_late_ms.append((now_us() - due_us) / 1000)


async def _follow_cores(measured: Wave, shape: Shape, pid: int) -> None:
    """How many cores it takes while all talk, and while all are answered."""
    begins_s = shape.stagger_s + _SETTLED_S
    measured.talking_cores = await _cores(pid, begins_s, BEFORE_S + shape.talk_s - begins_s)
    until_all_answered_s = _END_S + shape.stagger_s + 0.2
    measured.answering_cores = await _cores(pid, until_all_answered_s, shape.answer_s - shape.stagger_s - 0.3)


async def _cores(pid: int, after_s: float, for_s: float) -> float:
    await asyncio.sleep(after_s)
    began_us, began_s = now_us(), machine.cpu_s(pid)
    await asyncio.sleep(for_s)
    return (machine.cpu_s(pid) - began_s) / ((now_us() - began_us) / 1e6)
