"""Mistakes that the integration might have: each put in for a while, to see that the simulator finds it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from custom_components.shelfsight import goodbye
from custom_components.shelfsight.company import Company
from custom_components.shelfsight.conversation import Conversation
from custom_components.shelfsight.live.events import Sound, TurnBoundary, TurnEvent
from custom_components.shelfsight.live.session import LiveSession
from custom_components.shelfsight.runtime import Runtime
from custom_components.shelfsight.senses import Senses
from custom_components.shelfsight.serving import Serving
from custom_components.shelfsight.talks import Talks

from .run import Result, run
from .scenario import draw


@dataclass(frozen=True, slots=True)
class Mistake:
    """`made` puts it in; `found_as` is in the complaint that finds it, which comes within so many seeds."""

    name: str
    made: Callable[[], AbstractContextManager[Any]]
    found_as: str
    within_seeds: int
    every_day: bool = False
    """Quickly found: the everyday suite looks as well."""


def _instead(owner: Any, name: str, other: Any) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: mock.patch.object(owner, name, other)


async def _nothing(*_arguments: Any, **_options: Any) -> None:
    """Does not do what it should."""


def _nothing_at_once(*_arguments: Any, **_options: Any) -> None:
    """The same for what is not awaited."""


def _any_sound(boundary: TurnBoundary, event: TurnEvent) -> bool:
    mine = _MINE(boundary, event)
    return mine or isinstance(event, Sound)


_MINE = TurnBoundary.mine


async def _forget_ear(senses: Senses, _ear: Any) -> None:
    senses.ear = None


def _waits_for_its_end(_conversation: Conversation, _trigger: Any) -> bool:
    """Of a press while something is asked or answered."""
    return False


ALL = (
    Mistake("no cue while the person waits", _instead(Company, "_cue", _nothing), "silence for", 20, every_day=True),
    Mistake(
        "sound of the turn before is let through",
        _instead(TurnBoundary, "mine", _any_sound),
        "heard the answer to",
        300,
    ),
    Mistake(
        "the microphone is not switched off",
        _instead(Senses, "close_ear", _forget_ear),
        "captured for",
        20,
        every_day=True,
    ),
    Mistake("a reason is not said", _instead(Serving, "_fail", _nothing), "no end within", 60),
    Mistake(
        "a talk is not closed", _instead(Talks, "end", _nothing_at_once), "alive in Home Assistant", 20, every_day=True
    ),
    Mistake("a session is not closed", _instead(LiveSession, "close", _nothing), "alive in Home Assistant", 20),
    Mistake("nobody says that Home Assistant stops", _instead(goodbye, "follow", _nothing_at_once), "silence for", 60),
    Mistake("unloading leaves everything open", _instead(Runtime, "close", _nothing), "after unloading", 20),
    Mistake("a press does not interrupt", _instead(Conversation, "_interrupts", _waits_for_its_end), "question 2", 60),
)


def found(mistake: Mistake) -> Result | None:
    """The first seed that finds a mistake."""
    with mistake.made():
        for seed in range(mistake.within_seeds):
            result = run(draw(seed))
            if any(mistake.found_as in complaint for complaint in result.complaints):
                return result
    return None
