"""A person with glasses who asks one question after the other, while things go wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import random
import time

from tests.faults.case import ENDED_WITHIN_S, Case
from tests.rig.board import Speech
from tests.rig.glasses import Glasses
from tests.rig.live import Live

_HEARS_ON_S = 1.7  # after the end, what was still on its way is heard and judged
_LINK_BACK_S = 40


@dataclass(slots=True)
class Scene:
    """What a fault can reach. `struck()` notes that it acts now."""

    glasses: Glasses
    live: Live
    case: Case
    chance: random.Random

    def struck(self, at_s: float | None = None) -> None:
        """The fault acts now, or acted then."""
        self.case.struck.append(time.monotonic() if at_s is None else at_s)

    async def within_the_question(self) -> None:
        """A random moment: while the person speaks, while the answer is waited for, or while it is heard."""
        await asyncio.sleep(self.chance.uniform(0.05, 2.2))


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault. `prepare` is awaited before the press, `strike` runs beside the question."""

    name: str
    prepare: Callable[[Scene], Awaitable[None]] | None = None
    strike: Callable[[Scene], Awaitable[None]] | None = None
    asks: Callable[[Scene], Awaitable[None]] | None = None
    """How the person asks, where it is not by one press."""


async def ask_once(scene: Scene) -> None:
    """Held or tapped, at random; the question ends by the button or by silence."""
    glasses, case, chance = scene.glasses, scene.case, scene.chance
    held = chance.random() < 0.5
    speech = Speech(case.number, before_ms=60, voiced_ms=chance.randrange(300, 700, 20))
    press(scene, speech)
    await asyncio.sleep(chance.uniform(0.55, 0.9) if held else 0.1)
    glasses.release()


def press(scene: Scene, speech: Speech) -> None:
    """Press, and note when."""
    scene.case.pressed.append(time.monotonic())
    scene.glasses.press(speech)


async def one_question(glasses: Glasses, live: Live, fault: Fault, number: int, chance: random.Random) -> Case:
    """Ask, with a fault; returns when the question has ended and what came late was heard."""
    glasses.forget()
    case = Case(number, fault.name, glasses.name)
    scene = Scene(glasses, live, case, chance)
    if fault.prepare is not None:
        await fault.prepare(scene)
    striking = asyncio.create_task(fault.strike(scene)) if fault.strike is not None else None
    began_s = time.monotonic()
    try:
        await (fault.asks or ask_once)(scene)
        case.heard = glasses.heard = [sounding for sounding in glasses.heard if sounding.began_s >= began_s]
        try:
            await glasses.until(case.look, ENDED_WITHIN_S, "end of the question")
        except AssertionError:
            case.story = glasses.story(began_s)
        else:
            case.ended_s = time.monotonic()
        await asyncio.sleep(_HEARS_ON_S)
    finally:
        if striking is not None:
            await striking
    case.heard = list(glasses.heard)
    if case.complaints() and not case.story:
        case.story = glasses.story(began_s)
    await glasses.until(lambda: glasses.linked, _LINK_BACK_S, "link again")
    return case
