"""The process that comes in great numbers: `python -m tests.fuzz.crowd`, its orders as one JSON line on stdin.

`{"port", "count", "addresses", "first": first part of the addresses, "at_once", "kind"}`. Kinds: `silent` opens the link and never says
hello, `half` sends half a request and waits. As fast as this machine opens them; whoever is sent away is not replaced.
"""

import asyncio
from collections import Counter
import json
import sys
import time
from typing import Any, override

from .wire import opening

_HALF = b"GET /api/shelfsight/link HTTP/1.1\r\nHost: home\r\nUpgrade: webso"


class Visitor(asyncio.Protocol):
    """One of them."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._heard = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._crowd.present.add(transport)
        self._transport = transport
        transport.write(self._crowd.says)

    @override
    def data_received(self, data: bytes) -> None:
        self._heard += data

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.present.discard(self._transport)
        self._crowd.over(self._heard)


class Crowd:
    """All of them."""

    def __init__(self, orders: dict[str, Any]) -> None:
        self._orders = orders
        self.says = opening(orders["port"], bytes(16)) if orders["kind"] == "silent" else _HALF
        self.present: set[asyncio.Transport] = set()
        self.outcomes: Counter[str] = Counter()

    def over(self, heard: bytes) -> None:
        """One was sent away."""
        if heard.startswith(b"HTTP/1.1 503"):
            self.outcomes["sent away before the upgrade"] += 1
        elif not heard.startswith(b"HTTP/1.1 101"):
            self.outcomes["cut"] += 1
        else:
            self.outcomes["sent away as busy" if b'"busy"' in heard else "sent away"] += 1

    async def come(self) -> float:
        """Until all have dialled; seconds it took."""
        numbers = iter(range(self._orders["count"]))
        began_s = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._orders["at_once"]):
                group.create_task(self._dial(numbers))
        return time.monotonic() - began_s

    async def _dial(self, numbers: Any) -> None:
        loop = asyncio.get_running_loop()
        for number in numbers:
            address = f"{self._orders['first']}.{number % self._orders['addresses'] + 1}"
            try:
                async with asyncio.timeout(20):
                    await loop.create_connection(
                        lambda: Visitor(self), "127.0.0.1", self._orders["port"], local_addr=(address, 0)
                    )
            except OSError as err:
                self.outcomes[f"could not dial: {type(err).__name__}"] += 1
            else:
                self.outcomes["dialled"] += 1


async def main() -> None:
    """Come, tell, stay until told to go (end of stdin), tell again."""
    loop = asyncio.get_running_loop()
    crowd = Crowd(json.loads(await loop.run_in_executor(None, sys.stdin.readline)))
    took_s = await crowd.come()
    tell("here", took_s=took_s)
    await loop.run_in_executor(None, sys.stdin.readline)
    tell("gone", outcomes={**crowd.outcomes, "still there": len(crowd.present)})
    for transport in list(crowd.present):
        transport.abort()


def tell(event: str, **details: Any) -> None:
    """One line for whoever gave the orders."""
    sys.stdout.write(json.dumps({"event": event, **details}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
