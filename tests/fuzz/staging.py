"""The stage: Home Assistant with a pulse, one pair of glasses whose person goes on asking, and wearables that went bad."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import re
import time
from typing import Any

import aiohttp

from demo.processes import running
from tests import pictures
from tests.rig.board import Speech
from tests.rig.glasses import Glasses, wearing
from tests.rig.live import live_server
from tests.rig.whole import Rig, pair, rig

PULSE = Path(__file__).parent / "loop_pulse"


def unreadable_http(record: str) -> bool:
    """Whether aiohttp tells of a request that is no HTTP."""
    return "[aiohttp.server] Error handling request" in record and "aiohttp.http_exceptions." in record


@dataclass(slots=True)
class Stage:
    """What the tests of this suite work with."""

    whole: Rig
    port: int
    number: int = 0

    @property
    def glasses(self) -> Glasses:
        """Those of the person who goes on asking."""
        return self.whole.glasses[0]

    async def pulse(self, *, collect: bool = False) -> dict[str, Any]:
        """How late Home Assistant's loop was since the last call, and what is in it."""
        url = f"http://127.0.0.1:{self.port}/api/loop_pulse{'?collect' if collect else ''}"
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            figures: dict[str, Any] = await response.json()
            return figures

    async def ask(self) -> float:
        """One question with the button held; seconds from letting it go to the answer's first sound. Fails without one."""
        self.number += 1
        glasses, began_s = self.glasses, time.monotonic()
        await glasses.hold(Speech(self.number, before_ms=100, voiced_ms=1200), 1.5)
        answer = await glasses.event("answer", began_s, 20)
        sound = next(sound for sound in glasses.heard if sound.turn == answer.details["turn"])
        assert sound.answers == [self.number], f"heard {sound.name}; {glasses.story(began_s)}"
        released_s = next(e.at_s for e in glasses.events if e.name == "release" and e.at_s >= began_s)
        came_s = next(at_s for turn, at_s in glasses.speaker_came_s if turn == answer.details["turn"])
        return came_s - released_s

    def records(self) -> list[str]:
        """What Home Assistant logged: one text each, with the trace of its exception."""
        starts = re.split(r"^(?=\d{4}-\d\d-\d\d \d\d:)", self.whole.home_log(), flags=re.MULTILINE)
        return [record for record in starts if record]

    def faults(self) -> list[str]:
        """Errors and exceptions that somebody outside caused, but for those that are not ours to prevent.

        aiohttp itself logs each request that it cannot read as an error with a trace, before any of Home Assistant's code
        sees it.
        """
        bad = [one for one in self.records() if re.search(r"^\S+ \S+ (?:ERROR|CRITICAL) |Traceback", one)]
        return [one for one in bad if not unreadable_http(one)]

    def lines(self, level: str, room: str = "") -> int:
        """How many records of this level the loggers beginning with `room` made."""
        return sum(re.search(rf" {level} \([^)]*\) \[{room}", one) is not None for one in self.records())

    async def went_bad(self, folder: Path, count: int) -> list[tuple[str, str]]:
        """Ids and keys of so many paired wearables that nobody wears: whoever has the key is they."""
        found = []
        async with live_server(folder / "live-of-the-bad") as live:
            for number in range(count):
                wearable_id = f"bad0bad0bad0{number:04x}"
                async with wearing(f"Bad {number}", wearable_id, pictures.jpeg()) as glasses:
                    await pair(self.whole.home, glasses, live)
                    key = glasses.board.store.key
                    assert key is not None
                    found.append((wearable_id, key.hex()))
        return found


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """All of it, warmed up by one question."""
    async with rig(folder, pictures.jpeg(), components=[PULSE]) as whole:
        made = Stage(whole, int(whole.home.url.rpartition(":")[2]))
        await made.ask()
        yield made


@asynccontextmanager
async def thrower(module: str, orders: dict[str, Any], folder: Path) -> AsyncIterator[Any]:
    """A process that attacks as it is told; its events are told by `event`."""
    async with running(module.rpartition(".")[2], ["-m", module], folder) as program:
        await program.say(json.dumps(orders))
        yield program
