"""A wire that keeps what goes over it, and one that plays it back (real TCP, on this machine)."""

import asyncio
import contextlib
from typing import Self


class Listening:
    """Something that others dial; `port` is where."""

    port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_details: object) -> None:
        self._server.close()
        self._server.close_clients()
        async with asyncio.timeout(5):
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


class Tape(Listening):
    """Passes everything on and records it: `said` is what the dialling side sent, `heard` what it got."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self.said = bytearray()
        self.heard = bytearray()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        down, up = await asyncio.open_connection("127.0.0.1", self._behind)
        await asyncio.gather(_copy(reader, up, self.said), _copy(down, writer, self.heard))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tape: bytearray) -> None:
    with contextlib.suppress(ConnectionError):
        while more := await reader.read(65536):
            tape += more
            writer.write(more)
            await writer.drain()
    writer.close()


class Replay(Listening):
    """Says what is on a tape to whoever dials, whatever they say; an endless ear."""

    def __init__(self, tape: bytes) -> None:
        self._tape = tape

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(self._tape)
            await writer.drain()
            while await reader.read(65536):
                pass
        writer.close()
