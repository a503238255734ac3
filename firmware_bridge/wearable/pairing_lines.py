"""One TCP connection of pairing: lines in and out, who is at the other end, and how to part (PROTOCOL.md, section 6)."""

import asyncio

from .pairing import MAX_LINE_BYTES, PairingError, write_line
from .transport import close_stream

_GOODBYE_S = 2
_READ_BYTES = 256
_AF_INET6 = (10, 30)  # Linux, macOS
# MicroPython needs the parentheses that the formatter takes away from an `except`.
_UNHEARD = (OSError, asyncio.TimeoutError)


class Lines:
    """Lines of at most MAX_LINE_BYTES; safe to cancel. `address` is the other side's, without its port."""

    def __init__(self, reader: object, writer: object) -> None:
        self._reader = reader
        self._writer = writer
        self._held = b""
        self.address = address_of(writer.get_extra_info("peername"))

    async def began(self) -> bool:
        """Waits for the first byte; False if the other side went without one."""
        self._held += await self._reader.read(_READ_BYTES)
        return bool(self._held)

    async def next(self) -> bytes:
        """The next line without its end.

        Raises:
            PairingError: a line that is too long, or the other side has gone.
            OSError: the connection broke.
        """
        while b"\n" not in self._held:
            if len(self._held) > MAX_LINE_BYTES:
                raise PairingError("protocol")
            more = await self._reader.read(_READ_BYTES)
            if not more:
                raise PairingError("gone", told=True)
            self._held += more
        line, _, self._held = self._held.partition(b"\n")
        if len(line) > MAX_LINE_BYTES:
            raise PairingError("protocol")
        return line

    async def send(self, message: dict) -> None:
        """Sends one message; raises OSError."""
        self._writer.write(write_line(message))
        await self._writer.drain()

    async def part(self, message: dict | None) -> None:
        """Sends a last message, if there is one, and closes; never waits long for a side that is gone."""
        try:
            await asyncio.wait_for(self._say_and_close(message), _GOODBYE_S)
        except _UNHEARD:
            await close_stream(self._writer)

    async def _say_and_close(self, message: dict | None) -> None:
        if message is not None:
            await self.send(message)
        self._writer.close()
        await self._writer.wait_closed()


def address_of(peer: object) -> str:
    """The address in what a platform says of its peer: (address, port, ...), or the bytes of a sockaddr.

    MicroPython's unix port gives the bytes as the C library has them: the family in its own byte order, then the port,
    then (IPv4) 4 bytes of address at offset 4, or (IPv6) 16 at offset 8.
    """
    if isinstance(peer, tuple):
        return str(peer[0])
    raw = bytes(peer)
    if len(raw) >= 24 and (raw[0] in _AF_INET6 or raw[1] in _AF_INET6):
        return raw[8:24].hex()
    return raw[4:8].hex()
