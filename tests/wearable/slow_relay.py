"""A TCP relay as slow as a mobile network's uplink, that holds as little as it can: what waits, waits at the sender."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass
import socket

_AT_ONCE_BYTES = 512
_WINDOW_BYTES = 2048  # the system makes a few KiB of it


@dataclass(slots=True)
class Relay:
    """Where to dial; while it is `silent` nothing comes through in either direction, and no connection breaks."""

    port: int
    silent: bool = False


@contextlib.asynccontextmanager
async def slow_relay(port: int, bytes_per_s: int | None = None) -> AsyncIterator[Relay]:
    """Relays to 127.0.0.1:`port`; what comes from the dialling side is held to `bytes_per_s`."""
    tasks: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WINDOW_BYTES)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        relay = Relay(listening.getsockname()[1])

        async def forward(source: socket.socket, target: socket.socket, rate: int | None) -> None:
            with source, contextlib.suppress(OSError):
                free_s = 0.0
                while data := await loop.sock_recv(source, _AT_ONCE_BYTES if rate else 65536):
                    if relay.silent:
                        continue
                    if rate:
                        # A late turn of this loop is made up for by at most 10 ms of traffic at once.
                        free_s = max(free_s, loop.time() - 0.010) + len(data) / rate
                        await asyncio.sleep(max(0.0, free_s - loop.time()))
                    await loop.sock_sendall(target, data)
                target.shutdown(socket.SHUT_WR)

        async def serve() -> None:
            while True:
                near, _address = await loop.sock_accept(listening)
                far = socket.create_connection(("127.0.0.1", port))
                for end in (near, far):
                    end.setblocking(False)
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                tasks.add(asyncio.create_task(forward(near, far, bytes_per_s)))
                tasks.add(asyncio.create_task(forward(far, near, None)))

        tasks.add(asyncio.create_task(serve()))
        try:
            yield relay
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
