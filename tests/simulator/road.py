"""Roads and the connections on them: they carry bytes late, lose them, stand still, or break, by order.

A `Road` is what lies between those who dial a port and who listens there. A message is what one `write` was given: aiohttp,
`websockets` and the wearable each write a frame whole. Directions are seen from who dialled: "up" and "down".

| state of a road | connections that are open                        | who dials                         |
| --------------- | ------------------------------------------------ | --------------------------------- |
| OPEN            | carry                                            | gets through                      |
| STILL           | keep what they are given, and carry it afterwards | waits until it is open            |
| HOLE            | lose it, and are dead for ever without knowing it | waits until it is open            |
| CUT             | break                                            | is refused                        |
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random
from typing import Any, override

# What a system keeps of a connection beside asyncio's own buffer.
_WINDOW_BYTES = 64 * 1024
_HIGH_BYTES = 64 * 1024
# Timers of the same time come in no order: messages of one direction are never due at the same time.
_APART_S = 1e-6


class State(Enum):
    """Of a road."""

    OPEN = auto()
    STILL = auto()
    HOLE = auto()
    CUT = auto()


@dataclass(slots=True, eq=False)
class Road:
    """What lies before one port. `delay_s` is (least, most) of one message's way; no message overtakes another of its direction."""

    name: str
    chance: Random
    delay_s: tuple[float, float] = (0.001, 0.003)
    state: State = State.OPEN
    messages: int = 0
    """How many were given to it so far, up and down."""
    on_message: Callable[[int, str], None] | None = None
    """Told of each (its number, its direction) before it goes; what it does to the road holds for this message already."""
    transports: list[MemoryTransport] = field(default_factory=list)
    lingering: list[MemoryTransport] = field(default_factory=list)
    """Those that were closed while something they had been given could not be carried: it will be."""
    _opened: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def near_ends(self) -> list[MemoryTransport]:
        """Those of who dialled."""
        return [transport for transport in self.transports if transport.direction == "up"]

    def set(self, state: State) -> None:
        """Something happens to it."""
        self.state = state
        if state is State.OPEN:
            self._opened.set()
            for transport in [*self.transports, *self.lingering]:
                transport.carry_on()
            self.lingering.clear()
            return
        self._opened.clear()
        for transport in list(self.transports):
            if state is State.HOLE:
                transport.dead = True
            elif state is State.CUT:
                transport.break_off()

    async def passable(self) -> None:
        """Returns when somebody who dials gets through; raises ConnectionRefusedError where nobody does."""
        while self.state is not State.OPEN:
            if self.state is State.CUT:
                raise ConnectionRefusedError(f"{self.name} is cut")
            await self._opened.wait()


class MemoryTransport(asyncio.Transport):
    """One end of a connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, road: Road, direction: str, chance: Random, port: int) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", port)})
        self._loop = loop
        self._road = road
        self.direction = direction
        self._chance = chance
        self._protocol: Any = None
        self._peer: MemoryTransport | None = None
        self._incoming: deque[bytes | None] = deque()
        self._incoming_bytes = 0
        self._waiting: deque[bytes | None] = deque()  # given to a road that stands still
        self._under_way_bytes = 0
        self._last_s = 0.0
        self._reading = True
        self._held = False
        self._paused_protocol = False
        self._high_bytes, self._low_bytes = _HIGH_BYTES, _HIGH_BYTES // 4
        self._closing = False
        self._lost = self._aborted = False
        self._ended = False
        self.dead = False
        """Whatever is written is lost, and nobody is told."""

    def join(self, peer: MemoryTransport, protocol: Any) -> None:
        """Both ends are there."""
        self._peer, self._protocol = peer, protocol
        self._road.transports.append(self)

    # --- writing ------------------------------------------------------------------------------------------------------

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or self._lost or self._ended:
            return
        message = bytes(data)
        if not message:
            return
        self._road.messages += 1
        if self._road.on_message is not None:
            self._road.on_message(self._road.messages, self.direction)
            if self._lost:
                return
        self._under_way_bytes += len(message)
        self._send(message)
        self._look_at_buffer()

    @override
    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(bytes(data) for data in list_of_data))

    @override
    def write_eof(self) -> None:
        if not self._ended and not self._closing:
            self._ended = True
            self._send(None)

    @override
    def can_write_eof(self) -> bool:
        return True

    def _send(self, message: bytes | None) -> None:
        if self.dead:
            return
        if self._road.state is State.STILL or self._waiting:
            self._waiting.append(message)
            return
        self._last_s = max(self._last_s + _APART_S, self._loop.time() + self._chance.uniform(*self._road.delay_s))
        assert self._peer is not None
        self._loop.call_at(self._last_s, self._peer._arrive, message)

    def carry_on(self) -> None:
        """The road is open again."""
        waiting, self._waiting = self._waiting, deque()
        for message in waiting:
            self._send(message)

    @override
    def get_write_buffer_size(self) -> int:
        return max(0, self._under_way_bytes - _WINDOW_BYTES)

    @override
    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high_bytes = _HIGH_BYTES if high is None else high
        self._low_bytes = self._high_bytes // 4 if low is None else low
        self._look_at_buffer()

    @override
    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._low_bytes, self._high_bytes

    def _look_at_buffer(self) -> None:
        size = self.get_write_buffer_size()
        if not self._paused_protocol and size > self._high_bytes:
            self._paused_protocol = True
            self._protocol.pause_writing()
        elif self._paused_protocol and size <= self._low_bytes:
            self._paused_protocol = False
            self._protocol.resume_writing()

    def _taken(self, count: int) -> None:
        """The other side has read so much."""
        self._under_way_bytes -= count
        if not self._lost:
            self._look_at_buffer()

    # --- reading ------------------------------------------------------------------------------------------------------

    def _arrive(self, message: bytes | None) -> None:
        if self.dead:
            return
        if self._lost:
            if message is not None and self._peer is not None:  # nobody is here any more, and the system says so
                self._peer.break_off()
            return
        self._incoming.append(message)
        self._hand_over()

    def hold(self, *, still: bool) -> None:
        """Whoever reads here is slow: takes nothing while `still`."""
        self._held = still
        self._hand_over()

    def _hand_over(self) -> None:
        while self._incoming and self._reading and not (self._held or self._lost):
            message = self._incoming.popleft()
            if message is None:
                if not self._protocol.eof_received():
                    self.close()
                return
            if self._peer is not None:
                self._peer._taken(len(message))
            if not self._closing:
                self._protocol.data_received(message)

    @override
    def pause_reading(self) -> None:
        self._reading = False

    @override
    def resume_reading(self) -> None:
        if not self._reading:
            self._reading = True
            self._loop.call_soon(self._hand_over)

    @override
    def is_reading(self) -> bool:
        return self._reading and not self._closing

    # --- ends ---------------------------------------------------------------------------------------------------------

    @override
    def close(self) -> None:
        if self._closing:
            return
        if not self._ended:
            self._ended = True
            self._send(None)
        self._closing = True
        self._loop.call_soon(self._lose, None)

    @override
    def abort(self) -> None:
        if self._lost:
            return
        self._closing = self._aborted = True
        self._loop.call_soon(self._lose, None)
        if not self.dead and self._road.state is not State.STILL and self._peer is not None:
            delay_s = self._chance.uniform(*self._road.delay_s)
            self._loop.call_later(delay_s, self._peer._lose, ConnectionResetError("reset by the other side"))

    def break_off(self) -> None:
        """The network between both ends says that it is over."""
        self._closing = True
        self._loop.call_soon(self._lose, ConnectionResetError("the network broke"))

    def _lose(self, error: Exception | None) -> None:
        if self._lost:
            return
        self._lost = self._closing = True
        self._road.transports.remove(self)
        self._incoming.clear()
        if error is not None or self._aborted:
            self._waiting.clear()
        elif self._waiting:
            self._road.lingering.append(self)
        self._protocol.connection_lost(error)

    @override
    def is_closing(self) -> bool:
        return self._closing

    @override
    def set_protocol(self, protocol: Any) -> None:
        self._protocol = protocol

    @override
    def get_protocol(self) -> Any:
        return self._protocol
