"""A person with glasses who asks one question after the other, while things go wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
import random
import time

from local_live.orders import GenerateOrder, Order
from tests.faults.case import ENDED_WITHIN_S, Case
from tests.rig.board import Speech
from tests.rig.glasses import Glasses
from tests.rig.live import Live

# After the end: what was still on its way is heard and judged.
_HEARS_ON_S = 1.7
_LINK_BACK_S = 40.0
_SESSION_GONE_S = 25.0
_LOOK_EVERY_S = 0.05
_THINKS_AT_MOST_S = 1.2
BEFORE = "(the question before)"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is ordered of the next sessions and `generateContent` calls, one tuple each; the question is that turn."""

    sessions: list[tuple[Order, ...]]
    generate: list[tuple[GenerateOrder, ...]] = field(default_factory=list)
    turn: int = 1
    acts_later_s: float = 0.0
    """So long after the server carried it out, the fault is one (a `goAway` tells of the end beforehand)."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault can reach."""

    glasses: Glasses
    live: Live
    case: Case
    chance: random.Random

    def struck(self, at_s: float) -> None:
        """The fault acted."""
        self.case.struck.append(at_s)


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault. `plan` is ordered of the server; `strike` runs beside the question; `asks` is how the person asks,
    where it is not by one press.
    """

    name: str
    plan: Callable[[random.Random], Plan] | None = None
    strike: Callable[[Scene], Awaitable[None]] | None = None
    asks: Callable[[Scene], Awaitable[None]] | None = None
    harmless: bool = False


async def ask_once(scene: Scene) -> None:
    """Held or tapped, at random; the question ends by the button or by silence."""
    held = scene.chance.random() < 0.5
    voiced_ms = scene.chance.randrange(300, 700, 20)
    press(scene, Speech(scene.case.number, before_ms=60, voiced_ms=voiced_ms))
    await asyncio.sleep(scene.chance.uniform(0.55, 0.9) if held else 0.1)
    scene.glasses.release()
    scene.case.spoken_s = time.monotonic() if held else scene.case.pressed[-1] + 0.06 + voiced_ms / 1000


def press(scene: Scene, speech: Speech) -> None:
    """Press, and note when."""
    scene.case.pressed.append(time.monotonic())
    scene.glasses.press(speech)


async def one_question(glasses: Glasses, live: Live, fault: Fault, number: int, chance: random.Random) -> list[Case]:
    """Ask, with a fault; returns when the question has ended and what came late was heard.

    A fault of a session's second turn has a question before it, whose case is returned too: nothing must be wrong with it.
    What is ordered is of the next session: there must be none now.
    """
    live.log.thinks_s = chance.uniform(0.0, _THINKS_AT_MOST_S)
    if fault.plan is None:
        return [await _asked(glasses, live, fault, number, chance)]
    plan = fault.plan(chance)
    ordered = [live.server.order(*orders) for orders in plan.sessions]
    around = [live.server.order_generate(*orders) for orders in plan.generate]
    cases = []
    if plan.turn == 2:
        cases.append(await _asked(glasses, live, Fault(BEFORE), number - 1, chance, hears_on_s=0.0))
        await asyncio.sleep(chance.uniform(0.0, 1.0))
    case = await _asked(glasses, live, Fault(fault.name, harmless=fault.harmless), number, chance)
    case.struck += [at_s + plan.acts_later_s for each in (*ordered, *around) for at_s in each.acted_at_s]
    cases.append(case)
    while not all(each.taken.is_set() for each in ordered):
        live.server._plans.take()
    while not all(each.taken.is_set() for each in around):
        live.server._generate_plans.take()
    return cases


async def session_gone(live: Live) -> bool:
    """Wait until the server has no session any more; False when it still has one long after the follow-up time."""
    for _ in range(round(_SESSION_GONE_S / _LOOK_EVERY_S)):
        if not live.server.open_sessions:
            return True
        await asyncio.sleep(_LOOK_EVERY_S)
    return False


async def _asked(
    glasses: Glasses, live: Live, fault: Fault, number: int, chance: random.Random, hears_on_s: float = _HEARS_ON_S
) -> Case:
    glasses.forget()
    case = Case(number, fault.name, glasses.name, harmless=fault.harmless)
    scene = Scene(glasses, live, case, chance)
    striking = asyncio.create_task(fault.strike(scene)) if fault.strike is not None else None
    began_s = time.monotonic()
    try:
        await (fault.asks or ask_once)(scene)
        await _heard_to_the_end(glasses, case, began_s)
        await asyncio.sleep(hears_on_s)
    finally:
        if striking is not None:
            await striking
    case.heard = [sounding for sounding in glasses.heard if sounding.began_s >= began_s]
    await glasses.until(lambda: glasses.linked, _LINK_BACK_S, "link again")
    case.story = glasses.story(began_s)
    return case


async def _heard_to_the_end(glasses: Glasses, case: Case, began_s: float) -> None:
    def ended() -> str | None:
        case.heard = [sounding for sounding in glasses.heard if sounding.began_s >= began_s]
        return case.look()

    try:
        await glasses.until(ended, ENDED_WITHIN_S, "end of the question")
    except AssertionError:
        return  # the case says so itself: it has no end
    case.ended_s = time.monotonic()
