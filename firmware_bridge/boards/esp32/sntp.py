"""The date, from the network (SNTP, RFC 4330): certificates cannot be checked without one."""

import asyncio
import os

from . import clock
from .datagram import Datagrams, address_of
from .resolver import Resolver

_SERVERS = ("pool.ntp.org", "time.cloudflare.com", "time.google.com")
_PORT = 123
_PACKET_BYTES = 48
_CLIENT = 0x23  # no warning, version 4, mode 3 (client)
_SERVER_MODE = 4
_UNIX_EPOCH_S = 2208988800  # 1970 in seconds since 1900
_ERA_S = 1 << 32  # seconds since 1900 wrap in 2036
_EARLIEST_UNIX_S = 1735689600  # 2025: see clock.py
_ANSWER_S = 2.0
_AGAIN_S = 15
_DAILY_S = 12 * 3600
_LOOK_S = 1.0


def request(cookie: bytes) -> bytes:
    """A client's packet; the server gives the 8 bytes of `cookie` back."""
    return bytes((_CLIENT,)) + bytes(39) + cookie


def read_answer(data: bytes, cookie: bytes) -> int | None:
    """Seconds since 1970 in a server's packet; None if it is not an answer to ours, or the server has no time itself."""
    if len(data) < _PACKET_BYTES or data[24:32] != cookie:
        return None
    if data[0] & 7 != _SERVER_MODE or data[0] >> 6 == 3 or not 0 < data[1] < 16:
        return None
    unix_s = int.from_bytes(data[40:44], "big") - _UNIX_EPOCH_S
    if unix_s < _EARLIEST_UNIX_S:
        unix_s += _ERA_S
    return unix_s


class TimeKeeper:
    """Sets the clock when there is a network and no date, and twice a day."""

    def __init__(self, resolver: Resolver, online: object, servers: tuple = _SERVERS, port: int = _PORT) -> None:
        """`online()` says whether asking makes sense."""
        self._resolver = resolver
        self._online = online
        self._servers = servers
        self._port = port

    async def run(self) -> None:
        """For ever."""
        while True:
            if not self._online():
                wait_s = _LOOK_S
            elif await self.ask():
                wait_s = _DAILY_S
            else:
                wait_s = _AGAIN_S
            await asyncio.sleep(wait_s)

    async def ask(self) -> bool:
        """Asks the servers in turn; True when one has told the date."""
        for server in self._servers:
            try:
                unix_s = await self._ask(await self._resolver.address(server))
            except OSError:
                continue
            if unix_s is not None:
                clock.set_date(unix_s)
                return True
        return False

    async def _ask(self, address: str) -> int | None:
        cookie = os.urandom(8)
        socket = Datagrams.any_port()
        try:
            socket.send(request(cookie), address_of(address, self._port))
            received = await socket.receive(_ANSWER_S)
            return None if received is None else read_answer(received[0], cookie)
        finally:
            socket.close()
