"""The process that throws: `python -m tests.fuzz.fuzzers`, its orders as one JSON line on stdin, its count on stdout.

Every wearable has one connection at a time, in which a few hundred odd messages are followed by a broken one. That the odd ones were
all read is known by the answer to a ping behind them. Beside them strangers dial, each with one message, or with none
that is one.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
import json
from random import Random
import sys
from typing import Any

from .broken import broken, raw, wrong_hello
from .kept import KEPT, PRESS, Thrown, vectors
from .wire import PING, PONG, TEXT, Caller, frame, hello

_GONE = (ConnectionError, TimeoutError, asyncio.IncompleteReadError, OSError)
_FENCE = b"is all of it read?"
_WAIT_S = 20
_HALF_A_FRAME_S = 0.2
_LONG = 0.06


@dataclass(slots=True)
class Tally:
    """What was thrown, by kind, and what came of it."""

    thrown: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)

    def count(self, prefix: str, thrown: Thrown) -> None:
        """It is on its way."""
        self.thrown[f"{prefix} {thrown.kind}"] += thrown.messages

    @property
    def total(self) -> int:
        """All messages."""
        return self.thrown.total()


class Fuzzer:
    """Throws until its count is reached."""

    def __init__(self, port: int, seed: int) -> None:
        self.port = port
        self.seed = seed
        self.tally = Tally()
        self._known = vectors()

    # --- after proof --------------------------------------------------------------------------------------------------

    async def wearable(self, number: int, wearable_id: str, key: bytes, messages: int) -> None:
        """As this wearable, until so many messages were read."""
        chance = Random(f"{self.seed} wearable {number}")
        address = f"127.0.1.{number + 1}"
        done = 0
        while done < messages:
            try:
                caller, challenge = await Caller.link(self.port, address)
                await caller.prove(challenge, wearable_id, key)
            except _GONE as err:
                self.tally.outcomes[f"proven: did not get in: {err!r:.60}"] += 1
                await asyncio.sleep(0.5)
                continue
            try:
                done += await self._throw_at(caller, chance)
            except _GONE as err:
                self.tally.outcomes[f"proven: broke: {err!r:.60}"] += 1
            caller.hang_up()

    async def _throw_at(self, caller: Caller, chance: Random) -> int:
        # Most connections are short, so that many messages may be the one that ends one.
        least, most = (0.3, 1.0) if chance.random() < _LONG else (0.0, 0.03)
        thrown = [make(chance) for make, full in KEPT for _ in range(round(full * chance.uniform(least, most)))]
        chance.shuffle(thrown)
        if chance.random() < 0.01:
            thrown.insert(0, Thrown("text: a press", frame(TEXT, json.dumps(PRESS).encode())))
        for start in range(0, len(thrown), 200):
            caller.writer.write(b"".join(one.frames for one in thrown[start : start + 200]))
            await caller.writer.drain()
        if not await self._fenced(caller, _WAIT_S):
            self.tally.outcomes["proven: ended in the midst of what is allowed"] += 1
            return 0
        for one in thrown:
            self.tally.count("proven, kept:", one)
        last = broken(chance, self._known)
        caller.writer.write(last.frames)
        self.tally.count("proven, broken:", last)
        kept = await self._fenced(caller, _HALF_A_FRAME_S)
        self.tally.outcomes["proven: the broken one was read over" if kept else "proven: the broken one ended it"] += 1
        return sum(one.messages for one in thrown) + last.messages

    async def _fenced(self, caller: Caller, wait_s: float) -> bool:
        """Whether the home has read everything and is still there."""
        try:
            caller.writer.write(frame(PING, _FENCE))
            async with asyncio.timeout(wait_s):
                while (message := await caller.receive()) is not None:
                    if message == (PONG, _FENCE):
                        return True
        except ConnectionError:
            return False
        except TimeoutError:
            # Half a frame stands before the ping: the home waits for the rest of it.
            self.tally.outcomes["half a frame kept the home waiting"] += 1
        return False

    # --- before proof -------------------------------------------------------------------------------------------------

    async def stranger(self, number: int, known: tuple[str, bytes], messages: int) -> None:
        """One connection and one message after the other."""
        chance = Random(f"{self.seed} stranger {number}")
        address = f"127.0.2.{number + 1}"
        for _ in range(messages):
            try:
                caller, challenge = await Caller.link(self.port, address)
            except _GONE as err:
                self.tally.outcomes[f"unproven: did not get in: {err!r:.60}"] += 1
                continue
            if chance.random() < 0.5:
                wearable_id, key = chance.choice([known, (f"{chance.randrange(2**64):016x}", bytes(32))])
                thrown = wrong_hello(hello(challenge, wearable_id, key), chance)
            else:
                thrown = broken(chance, self._known)
            self.tally.count("unproven:", thrown)
            await self._see_off(caller, thrown, "unproven")

    async def intruder(self, number: int, messages: int) -> None:
        """Somebody who does not even speak HTTP, or not well."""
        chance = Random(f"{self.seed} intruder {number}")
        for _ in range(messages):
            try:
                caller = await Caller.dial(self.port, f"127.0.3.{number + 1}")
            except _GONE as err:
                self.tally.outcomes[f"raw: did not get in: {err!r:.60}"] += 1
                continue
            thrown = raw(self.port, chance)
            self.tally.count("raw:", thrown)
            try:
                caller.writer.write(thrown.frames)
                caller.writer.write_eof()
                async with asyncio.timeout(0.5):
                    answer = await caller.reader.read(100)
            except TimeoutError:
                self.tally.outcomes["raw: waited for more"] += 1
            except _GONE:
                self.tally.outcomes["raw: hung up"] += 1
            else:
                self.tally.outcomes[f"raw: answered {answer[9:12].decode(errors='replace') or 'nothing'}"] += 1
            caller.hang_up()

    async def _see_off(self, caller: Caller, thrown: Thrown, who: str) -> None:
        try:
            caller.writer.write(thrown.frames)
            async with asyncio.timeout(_HALF_A_FRAME_S if thrown.kind in ("broken frames", "flipped") else _WAIT_S):
                said = await caller.ending()
        except TimeoutError:
            self.tally.outcomes[f"{who}: half a message, hung up"] += 1
        except _GONE:
            self.tally.outcomes[f"{who}: cut"] += 1
        else:
            words = " ".join(str(one.get("reason", one["type"])) for one in said) or "nothing"
            self.tally.outcomes[f"{who}: heard {words}"] += 1
        caller.hang_up()

    async def report(self) -> None:
        """How far it is, every few seconds."""
        while True:
            await asyncio.sleep(5)
            sys.stdout.write(json.dumps({"event": "progress", "total": self.tally.total}) + "\n")
            sys.stdout.flush()


async def throw(orders: dict[str, Any]) -> Tally:
    """All of it: `port`, `seed`, `wearables` ([id, key as hex]), and how many `proven`, `unproven` and `raw` messages.

    As the last wearable nobody goes on after proof: strangers know its key, and say it nearly right.
    """
    *wearables, known = [(wearable_id, bytes.fromhex(key)) for wearable_id, key in orders["wearables"]]
    fuzzer = Fuzzer(orders["port"], orders["seed"])
    strangers, intruders = orders.get("strangers", 8), orders.get("intruders", 2)
    reporting = asyncio.create_task(fuzzer.report())
    try:
        async with asyncio.TaskGroup() as group:
            for number, (wearable_id, key) in enumerate(wearables):
                group.create_task(fuzzer.wearable(number, wearable_id, key, orders["proven"] // len(wearables)))
            for number in range(strangers):
                group.create_task(fuzzer.stranger(number, known, orders["unproven"] // strangers))
            for number in range(intruders):
                group.create_task(fuzzer.intruder(number, orders["raw"] // intruders))
    finally:
        reporting.cancel()
    return fuzzer.tally


def main() -> None:
    """Read the orders, throw, tell the count."""
    tally = asyncio.run(throw(json.loads(sys.stdin.readline())))
    done = {"event": "done", "thrown": tally.thrown, "outcomes": tally.outcomes}
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main()
