"""Carries a scenario out in a world of its own, and gives what came of it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
import gc
import itertools
import logging

from . import home, judge
from .loop import StandstillError, VirtualLoop
from .network import Network
from .player import Player
from .scenario import Asked, How, Scenario

_WORLDS = itertools.count()
_WORLDS_APART = 10


@dataclass(slots=True)
class Result:
    """What came of a seed."""

    scenario: Scenario
    complaints: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    """All that happened, in order."""
    steps: int = 0
    took_s: float = 0.0
    """Of the world's time."""
    longest_wait_s: float = 0.0
    longest_silence_s: float = 0.0
    link_messages: int = 0
    """From the first press until nobody asked any more; so are the next two."""
    live_messages: int = 0
    question_steps: int = 0

    def __str__(self) -> str:
        return "\n".join([str(self.scenario), *(f"  -> {complaint}" for complaint in self.complaints)])


def run(scenario: Scenario) -> Result:
    """A world from its beginning to its end, always the same."""
    _warm_up()
    with _no_collector():
        return _run(scenario)


@cache
def _warm_up() -> None:
    """What is imported at its first use takes turns of the loop: a plain world goes before the first that counts."""
    asked = Asked(1, How.PRESS, 0.1, 0.1, 300)
    delay_s = (0.001, 0.002)
    with _no_collector():
        _run(Scenario(0, delay_s, delay_s, thinks_s=0.1, entities=True, spare=True, questions=(asked,)))


@contextmanager
def _no_collector() -> Iterator[None]:
    """The garbage collector comes when it likes, and ends generators, which takes turns of the loop."""
    # A world leaves a great deal behind that knows each other; all of it is looked through now and then.
    gc.collect(2 if next(_WORLDS) % _WORLDS_APART == 0 else 0)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _run(scenario: Scenario) -> Result:
    network = Network(scenario.seed)
    loop = VirtualLoop(network)
    result = Result(scenario)
    asyncio.set_event_loop(loop)
    with home.staged(loop, scenario.seed, entities=scenario.entities) as wall, _logged(loop) as faults:
        began_s = loop.time()
        player = Player(loop, wall, scenario)
        try:
            loop.run_until_complete(player.play())
        except StandstillError:
            player.record.left.append("the world stands still")
        left = [task.get_name() for task in asyncio.all_tasks(loop)]
        if left:
            player.record.left.append(f"tasks at the end: {sorted(left)}")
        if network.open_transports:
            player.record.left.append(f"{len(network.open_transports)} connections at the end")
        if network.listeners:
            player.record.left.append(f"listeners at the end: {sorted(network.listeners)}")
        result.took_s, result.steps = loop.time() - began_s, loop.steps
        _let_go(loop)
    player.record.left += faults
    result.complaints = judge.complaints(player.record)
    result.longest_wait_s = player.record.longest_wait_s
    result.longest_silence_s = player.record.longest_silence_s
    result.link_messages, result.live_messages, result.question_steps = player.counted
    result.trace = player.trace()
    return result


def _let_go(loop: VirtualLoop) -> None:
    """Whatever is left is cancelled, so that it does not speak up in the next world."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=60))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    asyncio.set_event_loop(None)


class _Faults(logging.Handler):
    """Errors in a log, and whatever has a traceback."""

    def __init__(self, found: list[str]) -> None:
        super().__init__()
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        if record.levelno >= logging.ERROR or record.exc_info:
            error = f": {record.exc_info[1]!r}" if record.exc_info else ""
            self._found.append(f"logged by {record.name}: {record.getMessage()}{error}")


@contextmanager
def _logged(loop: VirtualLoop) -> Iterator[list[str]]:
    """What the integration, the wearable or asyncio complain about while this lasts."""
    found: list[str] = []
    handler = _Faults(found)
    names = ("custom_components.shelfsight", "homeassistant", "aiohttp", "local_live", "asyncio")
    loop.set_exception_handler(
        lambda _loop, context: found.append(f"the loop: {context['message']}: {context.get('exception')!r}")
    )
    for name in names:
        logging.getLogger(name).addHandler(handler)
    try:
        yield found
    finally:
        for name in names:
            logging.getLogger(name).removeHandler(handler)
