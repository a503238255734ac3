"""What a seed stands for: how far everything is, what the person asks, and what goes wrong when. Drawn here, carried out in run.py."""

from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random

from tests.faults.kinds import ALL
from tests.faults.person import Plan

from .acts import Act, PowerFails, RoadFails, SlowReader, Stops, Unloads, WallJumps, What, Where

FOLLOW_UP_S = 3
_MESSAGES_OF_A_QUESTION = 260
_LIVE_MESSAGES_OF_A_QUESTION = 90
_STEPS_OF_A_QUESTION = 2_600
_PLANNED = [fault for fault in ALL if fault.plan is not None]


class Since(Enum):
    """What an act waits for, counted from the first press on."""

    SECONDS = auto()
    LINK_MESSAGES = auto()
    LIVE_MESSAGES = auto()
    STEPS = auto()
    """Turns of the event loop: at each of them something awaits."""


@dataclass(frozen=True, slots=True)
class Timed:
    """An act, and when: after `count` of `since`."""

    act: Act
    since: Since
    count: float


class How(Enum):
    """How a question comes about."""

    PRESS = auto()
    """After the end of the one before, and a while."""
    FOLLOW_UP = auto()
    """Spoken in the follow-up time, without a press."""
    INTO_ANSWER = auto()
    """A press while the answer to the one before is heard."""
    IMPATIENT = auto()
    """A press at any time after the press before."""
    AGAIN = auto()
    """A press right after the press before: by mistake, or because the first words went wrong."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its number, how and how long after what `how` says, for how long the button is held and it is spoken."""

    number: int
    how: How
    after_s: float
    hold_s: float
    voiced_ms: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """All of a seed. `server` is what is ordered of the Live server's sessions, with its name."""

    seed: int
    link_delay_s: tuple[float, float]
    live_delay_s: tuple[float, float]
    thinks_s: float
    entities: bool
    spare: bool
    questions: tuple[Asked, ...]
    acts: tuple[Timed, ...] = ()
    server: tuple[tuple[str, Plan], ...] = field(default=())

    def __str__(self) -> str:
        lines = [
            f"seed {self.seed}: link {_ms(self.link_delay_s)}, live {_ms(self.live_delay_s)}, thinks {self.thinks_s:.2f} s"
        ]
        lines[0] += (", entities" if self.entities else "") + (", another server stands in" if self.spare else "")
        lines += [
            f"  question {asked.number}: {asked.how.name.lower()} after {asked.after_s:.2f} s, held {asked.hold_s:.2f} s,"
            f" spoken {asked.voiced_ms} ms"
            for asked in self.questions
        ]
        lines += [f"  after {timed.count:.6g} {timed.since.name.lower()}: {timed.act}" for timed in self.acts]
        lines += [f"  the server: {name}: {plan.sessions or plan.generate}" for name, plan in self.server]
        return "\n".join(lines)


def _ms(delay_s: tuple[float, float]) -> str:
    return f"{delay_s[0] * 1000:.0f} to {delay_s[1] * 1000:.0f} ms"


def draw(seed: int) -> Scenario:
    """The scenario of a seed: always the same."""
    chance = Random(f"scenario {seed}")
    questions = _questions(chance)
    server: list[tuple[str, Plan]] = []
    acts: list[Timed] = []
    for _ in range(chance.choices([0, 1, 2, 3], [1, 5, 3, 1])[0]):
        if chance.random() < 0.4 and not server:
            fault = chance.choice(_PLANNED)
            assert fault.plan is not None
            server.append((fault.name, fault.plan(chance)))
        else:
            acts.append(_timed(chance))
    return Scenario(
        seed=seed,
        link_delay_s=_delay(chance, 0.03),
        live_delay_s=_delay(chance, 0.08),
        thinks_s=chance.uniform(0.0, 1.5),
        entities=seed % 10 == 0,
        spare=chance.random() < 0.3,
        questions=questions,
        acts=tuple(acts),
        server=tuple(server),
    )


def _delay(chance: Random, jitter_s: float) -> tuple[float, float]:
    least_s = chance.choice([0.0005, 0.005, 0.03, 0.1])
    return least_s, least_s + chance.uniform(0.0, jitter_s)


def _questions(chance: Random) -> tuple[Asked, ...]:
    asked = [_question(chance, 1, How.PRESS, chance.uniform(0.0, 0.5))]
    for number in range(2, 2 + chance.choices([0, 1, 2], [4, 4, 1])[0]):
        how = chance.choice(list(How))
        after_s = {
            How.PRESS: chance.uniform(0.0, FOLLOW_UP_S + 2.0),
            How.FOLLOW_UP: chance.uniform(0.2, FOLLOW_UP_S - 0.5),
            How.INTO_ANSWER: chance.uniform(0.0, 1.1),
            How.IMPATIENT: chance.uniform(0.0, 4.0),
            How.AGAIN: chance.uniform(0.02, 1.0),
        }[how]
        asked.append(_question(chance, number, how, after_s))
    return tuple(asked)


def _question(chance: Random, number: int, how: How, after_s: float) -> Asked:
    held = chance.random() < 0.5
    voiced_ms = chance.randrange(300, 700, 20)
    return Asked(number, how, after_s, chance.uniform(0.55, 0.9) if held else 0.1, voiced_ms)


def _timed(chance: Random) -> Timed:
    act = _act(chance)
    match chance.choice(list(Since)):
        case Since.SECONDS:
            return Timed(act, Since.SECONDS, chance.uniform(0.0, 6.0))
        case Since.LINK_MESSAGES:
            return Timed(act, Since.LINK_MESSAGES, chance.randrange(1, _MESSAGES_OF_A_QUESTION))
        case Since.LIVE_MESSAGES:
            return Timed(act, Since.LIVE_MESSAGES, chance.randrange(1, _LIVE_MESSAGES_OF_A_QUESTION))
        case Since.STEPS:
            return Timed(act, Since.STEPS, chance.randrange(1, _STEPS_OF_A_QUESTION))


def _act(chance: Random) -> Act:
    match chance.choices(["road", "slow", "unloads", "stops", "wall", "power"], [10, 1, 3, 2, 1, 1])[0]:
        case "road":
            return RoadFails(
                chance.choice(list(Where)), chance.choice(list(What)), chance.choice([0.05, 0.5, 2.0, 8.0, 30.0])
            )
        case "slow":
            return SlowReader(chance.uniform(0.1, 1.0))
        case "unloads":
            return Unloads(chance.uniform(0.0, 3.0))
        case "stops":
            return Stops()
        case "wall":
            return WallJumps(chance.choice([-90_000.0, -3600.0, 3600.0, 90_000.0]))
        case _:
            return PowerFails(chance.uniform(0.1, 3.0))
