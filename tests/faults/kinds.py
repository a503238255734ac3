"""The kinds of fault: of the wearable and its link, of the person, and all that a Live server can be ordered to do."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from random import Random
import time

from local_live import orders
from local_live.orders import Ending, GenerateOrder, Moment, Order, Then, Timed
from tests.faults.person import Fault, Plan, Scene, ask_once, press
from tests.rig.board import Speech

# So often a fault comes back that lasts: more often than any question is tried again.
_LASTING = 12
# Answers take 1.2 s, of which the server sends half a second at once (`local_live/answering.py`).
_ANSWER_MS = 1200
_ENDINGS = {
    "quota": orders.QUOTA,
    "overloaded": orders.OVERLOADED,
    "internal error": orders.INTERNAL_ERROR,
    "deadline": orders.DEADLINE,
    "keepalive": orders.KEEPALIVE,
    "invalid argument": orders.INVALID_ARGUMENT,
    "wrong key": orders.WRONG_KEY,
    "no access": orders.NO_ACCESS,
    "unknown session": orders.UNKNOWN_SESSION,
    "normal": orders.NORMAL,
}


# --- of the wearable, the link and the person -------------------------------------------------------------------------


async def _within_the_question(scene: Scene) -> None:
    """A random moment: while the person speaks, while the answer is waited for, or while it is heard."""
    await asyncio.sleep(scene.chance.uniform(0.05, 2.5))


async def _cut_cable(scene: Scene) -> None:
    await _within_the_question(scene)
    scene.glasses.cable.unplugged = True
    scene.glasses.cable.cut()
    scene.struck(time.monotonic())
    await asyncio.sleep(scene.chance.uniform(0.1, 2.5))
    scene.glasses.cable.unplugged = False


async def _server_away(scene: Scene) -> None:
    server = scene.live.server
    await _within_the_question(scene)
    scene.struck(time.monotonic())
    await server.close()
    await asyncio.sleep(scene.chance.uniform(0.5, 6.0))
    await server.start(server.host, server.port)


async def _press_twice(scene: Scene) -> None:
    """Pressed by mistake, or the first words went wrong: only what is asked after the second press counts."""
    press(scene, Speech(scene.case.number - 1, before_ms=0, voiced_ms=2000))
    await asyncio.sleep(0.1)
    scene.glasses.release()
    await asyncio.sleep(scene.chance.uniform(0.1, 1.2))
    await ask_once(scene)


async def _press_into_answer(scene: Scene) -> None:
    """Another question while the answer to the one before is heard."""
    glasses, began_s = scene.glasses, time.monotonic()
    press(scene, Speech(scene.case.number - 1, before_ms=60, voiced_ms=400))
    await asyncio.sleep(0.7)
    glasses.release()
    await glasses.event("first_sound", began_s, 10)
    await asyncio.sleep(scene.chance.uniform(0.05, 0.9))
    await ask_once(scene)


# --- of the server ----------------------------------------------------------------------------------------------------


def _when(chance: Random) -> tuple[Moment, int]:
    """A random moment of a turn, and how many milliseconds after it."""
    at = chance.choice([Moment.QUESTION, Moment.THINKING, Moment.SPEAKING])
    latest_ms = {Moment.QUESTION: 900, Moment.THINKING: 1000, Moment.SPEAKING: _ANSWER_MS - 100}[at]
    return at, chance.choice([0, chance.randrange(latest_ms)])


def _sometime(make: Callable[[Random, Moment, int, int], Order]) -> Callable[[Random], Plan]:
    """An order of a random moment of the first or second turn of a session; `make` gets chance, moment, turn, ms."""

    def plan(chance: Random) -> Plan:
        turn = chance.choice([1, 2])
        at, after_ms = _when(chance)
        return Plan(sessions=[(make(chance, at, turn, after_ms),)], turn=turn)

    return plan


def _between(make: Callable[[Random, Moment, int, int], Order]) -> Callable[[Random], Plan]:
    """The same between two turns of a session."""

    def plan(chance: Random) -> Plan:
        order = make(chance, Moment.AFTER_TURN, 1, chance.choice([0, chance.randrange(600)]))
        return Plan(sessions=[(order,)], turn=2)

    return plan


def _before_the_first(make: Callable[[Random, Moment, int, int], Order]) -> Callable[[Random], Plan]:
    """The same while a session begins."""

    def plan(chance: Random) -> Plan:
        at = chance.choice([Moment.UPGRADE, Moment.SETUP])
        return Plan(sessions=[(make(chance, at, 1, chance.choice([0, chance.randrange(200)])),)])

    return plan


def _always(*make: Callable[[Random], Order]) -> Callable[[Random], Plan]:
    """Orders of the next session that have no moment."""
    return lambda chance: Plan(sessions=[tuple(one(chance) for one in make)])


def _shaped(kind: Callable[[int], Order]) -> Callable[[Random], Plan]:
    """Another shape of the answer to the first or second turn."""

    def plan(chance: Random) -> Plan:
        turn = chance.choice([1, 2])
        return Plan(sessions=[(kind(turn),)], turn=turn)

    return plan


def _closing(ending: Ending) -> Callable[[Random, Moment, int, int], Order]:
    return lambda _chance, at, turn, after_ms: orders.Close(at=at, turn=turn, after_ms=after_ms, ending=ending)


def _dropping(_chance: Random, at: Moment, turn: int, after_ms: int) -> Order:
    return orders.Drop(at=at, turn=turn, after_ms=after_ms)


def _silent(chance: Random, at: Moment, turn: int, after_ms: int) -> Order:
    return orders.GoSilent(at=at, turn=turn, after_ms=after_ms, pongs=chance.random() < 0.5)


def _going_away(chance: Random) -> Plan:
    turn, left_s = chance.choice([1, 2]), chance.uniform(0.2, 2.0)
    at, after_ms = _when(chance)
    order = orders.GoAway(at=at, turn=turn, after_ms=after_ms, left_s=left_s, then=chance.choice(list(Then)))
    return Plan(sessions=[(order,)], turn=turn, acts_later_s=left_s)


def _tool(chance: Random, at: Moment, turn: int, after_ms: int) -> Order:
    name = chance.choice(["report_place", "open_the_door"])
    return orders.CallTool(at=at, turn=turn, after_ms=after_ms, name=name, arguments={"found": "perhaps"})


def _cancelled_tool(chance: Random, at: Moment, turn: int, after_ms: int) -> Order:
    cancel_ms = chance.randrange(300)
    return orders.CancelledCall(at=at, turn=turn, after_ms=after_ms, name="open_the_door", cancel_after_ms=cancel_ms)


def _odd(kind: Callable[..., Timed], least: int = 1, most: int = 3) -> Callable[[Random, Moment, int, int], Order]:
    def make(chance: Random, at: Moment, turn: int, after_ms: int) -> Order:
        order: Order = kind(at=at, turn=turn, after_ms=after_ms, count=chance.randint(least, most))
        return order

    return make


def _renewed(resumed: Callable[[Random], tuple[Order, ...]], *first: Order) -> Callable[[Random], Plan]:
    """The first session goes away after its first turn, and what was ordered of the one that resumes it comes true."""

    def plan(chance: Random) -> Plan:
        away = orders.GoAway(at=Moment.AFTER_TURN, turn=1, left_s=chance.uniform(0.2, 1.5))
        return Plan(sessions=[(*first, away), resumed(chance)], turn=2)

    return plan


def _lasting(*order: Order, generate: Callable[[Random], GenerateOrder] | None = None) -> Callable[[Random], Plan]:
    """What no trying again helps against; with `generate` the way around Live fails as well."""

    def plan(chance: Random) -> Plan:
        around = [(generate(chance),)] * _LASTING if generate is not None else []
        return Plan(sessions=[order] * _LASTING, generate=around)

    return plan


_OVERLOADED = orders.Close(at=Moment.SETUP, ending=orders.OVERLOADED)
_GONE = orders.Drop(at=Moment.QUESTION, turn=None)


def _of_the_server() -> list[Fault]:
    faults = [Fault(f"closed: {name}", plan=_sometime(_closing(ending))) for name, ending in _ENDINGS.items()]
    faults += [
        Fault(f"closed at first: {name}", plan=_before_the_first(_closing(_ENDINGS[name])))
        for name in ("quota", "overloaded", "internal error", "invalid argument", "wrong key")
    ]
    faults += [
        Fault(f"upgrade refused: {status.value}", plan=_always(lambda _, status=status: orders.RefuseUpgrade(status)))
        for status in (
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.SERVICE_UNAVAILABLE,
        )
    ]
    faults += [
        Fault("upgrade late", plan=_always(lambda chance: orders.LateUpgrade(chance.uniform(0.5, 6.0)))),
        Fault("setup late", plan=_always(lambda chance: orders.LateSetup(chance.uniform(0.5, 6.0)))),
        Fault("setup never", plan=_always(lambda _: orders.LateSetup(None))),
        Fault("slow pongs", plan=_always(lambda chance: orders.SlowPongs(chance.uniform(8.0, 30.0))), harmless=True),
        Fault("dropped", plan=_sometime(_dropping)),
        Fault("dropped between turns", plan=_between(_dropping)),
        Fault("dropped at first", plan=_before_the_first(_dropping)),
        Fault("silent", plan=_sometime(_silent)),
        Fault("silent between turns", plan=_between(_silent)),
        Fault("goAway", plan=_going_away),
        Fault("goAway between turns", plan=_renewed(lambda _: ())),
        Fault("resumable false, then goAway", plan=_renewed(lambda _: (), orders.Unresumable())),
        Fault("handles lost, then goAway", plan=_renewed(lambda _: (), orders.LoseHandles())),
        Fault("resumption refused", plan=_renewed(lambda _: (orders.RefuseResume(),))),
        Fault("poisoned context", plan=_renewed(lambda _: (), orders.Poison(0.4))),
        Fault("empty answer", plan=_shaped(lambda turn: orders.EmptyAnswer(turn=turn))),
        Fault("not addressed", plan=_shaped(lambda turn: orders.NotAddressed(turn=turn))),
        Fault("rejected", plan=_shaped(lambda turn: orders.Rejected(turn=turn))),
        Fault("transcript only", plan=_shaped(lambda turn: orders.TranscriptOnly(turn=turn))),
        Fault("text only", plan=_shaped(lambda turn: orders.TextOnly(turn=turn))),
        Fault("phantom interruption", plan=_shaped(lambda turn: orders.Phantom(turn=turn))),
        Fault("thoughts", plan=_shaped(lambda turn: orders.Thoughts(turn=turn)), harmless=True),
        Fault("turnComplete late", plan=_shaped(lambda turn: orders.LateTurnComplete(4.0, turn=turn)), harmless=True),
        Fault("a tool is called", plan=_sometime(_tool), harmless=True),
        Fault("a call is cancelled", plan=_sometime(_cancelled_tool), harmless=True),
        Fault("empty frames", plan=_sometime(_odd(orders.EmptyFrames)), harmless=True),
        Fault("unknown fields", plan=_sometime(_odd(orders.UnknownFields)), harmless=True),
        Fault("wrong base64", plan=_sometime(_odd(orders.WrongBase64)), harmless=True),
        Fault("odd bytes", plan=_sometime(_odd(orders.OddBytes)), harmless=True),
        Fault("another rate", plan=_sometime(_odd(orders.OtherRate)), harmless=True),
        Fault("a megabyte of text", plan=_sometime(_odd(orders.LongText)), harmless=True),
        Fault("no JSON", plan=_sometime(_odd(orders.NotJson)), harmless=True),
        Fault("a flood of no JSON", plan=_sometime(_odd(orders.NotJson, least=110, most=300))),
        Fault("an error frame", plan=_sometime(_odd(orders.ErrorFrame, most=1))),
        Fault("overloaded for good", plan=_lasting(_OVERLOADED)),
        Fault("dropped for good", plan=_lasting(_GONE)),
        Fault(
            "for good, generateContent fails",
            plan=_lasting(
                _OVERLOADED,
                generate=lambda chance: orders.FailGenerate(
                    chance.choice([HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR])
                ),
            ),
        ),
        Fault(
            "for good, generateContent is slow",
            plan=_lasting(_GONE, generate=lambda chance: orders.SlowGenerate(chance.uniform(1.0, 4.0))),
        ),
        Fault("for good, generateContent drops", plan=_lasting(_GONE, generate=lambda _: orders.DropGenerate())),
        Fault("for good, no candidates", plan=_lasting(_GONE, generate=lambda _: orders.NoCandidates())),
        Fault("for good, blocked", plan=_lasting(_GONE, generate=lambda _: orders.Blocked())),
        Fault("for good, broken text", plan=_lasting(_GONE, generate=lambda _: orders.BrokenText())),
    ]
    return faults


ALL = (
    Fault("nothing goes wrong"),
    Fault("the wearable's link is cut", strike=_cut_cable),
    Fault("a double press", asks=_press_twice),
    Fault("a press into the answer", asks=_press_into_answer),
    Fault("the Live server is away", strike=_server_away),
    *_of_the_server(),
)
