"""A network of memory: who listens where, and who gets through to them. What lies between is a `Road` (road.py)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, override

from .road import MemoryTransport, Road


@dataclass(slots=True)
class _Name:
    """What a listener's socket would say of itself."""

    port: int

    def getsockname(self) -> tuple[str, int]:
        """As a socket's."""
        return "127.0.0.1", self.port


class Listener(asyncio.AbstractServer):
    """Somebody who listens at a port."""

    def __init__(self, network: Network, port: int, factory: Callable[[], Any]) -> None:
        self.factory = factory
        self.port = port
        self.sockets = (_Name(port),)
        self._network = network

    @override
    def close(self) -> None:
        if self._network.listeners.get(self.port) is self:
            del self._network.listeners[self.port]

    @override
    def is_serving(self) -> bool:
        return self._network.listeners.get(self.port) is self

    @override
    async def wait_closed(self) -> None:
        return

    @override
    async def start_serving(self) -> None:
        return


class Network:
    """All roads and listeners. `seed` makes every delay."""

    def __init__(self, seed: object) -> None:
        self._seed = seed
        self.loop: asyncio.AbstractEventLoop
        self.listeners: dict[int, Listener] = {}
        self.roads: dict[int, Road] = {}
        self._next_port = 40_000
        self._dialled = 0

    def road(self, port: int, name: str = "") -> Road:
        """The road to a port."""
        if port not in self.roads:
            self.roads[port] = Road(name or f"port {port}", Random(f"{self._seed} road {port}"))
        return self.roads[port]

    def listen(self, factory: Callable[[], Any], port: int) -> Listener:
        """Somebody listens."""
        if not port:
            port, self._next_port = self._next_port, self._next_port + 1
        if port in self.listeners:
            raise OSError(98, "address in use")
        self.listeners[port] = Listener(self, port, factory)
        return self.listeners[port]

    async def connect(self, factory: Callable[[], Any], port: int) -> tuple[MemoryTransport, Any]:
        """Dial; raises ConnectionRefusedError where nobody listens, or the road is cut."""
        road = self.road(port)
        self._dialled += 1
        number = self._dialled
        await road.passable()
        await asyncio.sleep(2 * road.chance.uniform(*road.delay_s))
        await road.passable()
        listener = self.listeners.get(port)
        if listener is None:
            raise ConnectionRefusedError(111, f"nobody listens at {port}")
        near = MemoryTransport(self.loop, road, "up", Random(f"{self._seed} up {number}"), port)
        far = MemoryTransport(self.loop, road, "down", Random(f"{self._seed} down {number}"), port)
        client, server = factory(), listener.factory()
        near.join(far, client)
        far.join(near, server)
        server.connection_made(far)
        client.connection_made(near)
        return near, client

    @property
    def open_transports(self) -> list[MemoryTransport]:
        """Ends of connections that are not over, without those whose other end fell into a hole: nobody can tell them."""
        return [transport for road in self.roads.values() for transport in road.transports if not transport.dead]
