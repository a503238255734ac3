"""One WebSocket as a session sees it: frames in, frames out, and the ways in which it ends.

Pings are answered here and not by aiohttp, so that a server with slow pongs, or without any, can be had.
"""

import asyncio
import contextlib
from typing import Final

from aiohttp import WSMsgType, web

from local_live.refusal import INTERNAL

MAX_MESSAGE_BYTES: Final = 8 * 1024 * 1024
_CLOSE_LIMIT_S: Final = 5.0  # how long the other side may take to answer a close frame
_MAX_WAITING_PONGS: Final = 32


class GoneError(Exception):
    """The connection is closed, by whichever side, or lost."""


class Connection:
    """A WebSocket that has been accepted. One task may receive; any may send."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket = socket
        self._request = request
        self._pong_delay_s = 0.0
        self._pongs: set[asyncio.Task[None]] = set()
        self._sends = True
        self._sends_pongs = True

    async def recv(self) -> str | bytes:
        """Return the next message, text or binary.

        Raises:
            GoneError: there is none any more.
        """
        while True:
            message = await self._socket.receive()
            match message.type:
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    frame: str | bytes = message.data
                    return frame
                case WSMsgType.PING:
                    await self._take_ping(message.data)
                case WSMsgType.PONG:
                    pass
                case _:
                    raise GoneError

    async def send(self, frame: bytes) -> None:
        """Send one binary frame, as Gemini does; nothing where the connection is muted.

        Raises:
            GoneError: the connection is closed.
        """
        if not self._sends:
            return
        try:
            await self._socket.send_bytes(frame)
        except ConnectionResetError as error:
            raise GoneError from error

    async def close(self, code: int, reason: str) -> None:
        """Close with a code and a reason of at most 123 bytes; a muted connection is dropped. Harmless if closed."""
        if self._sends:
            await self._socket.close(code=code, message=reason.encode())
        else:
            self.drop()

    async def finish(self) -> None:
        """End the pongs that still wait; a connection that nobody has closed ends with 1011, as after a fault."""
        for pong in self._pongs:
            pong.cancel()
        await self.close(INTERNAL, "Internal error encountered.")

    def drop(self) -> None:
        """Break the TCP connection, without a close frame."""
        if self._request.transport is not None:
            self._request.transport.abort()

    def mute(self, *, pongs: bool) -> None:
        """Send nothing more; ``pongs`` says whether pings are still answered."""
        self._sends = False
        self._sends_pongs = pongs

    def slow_pongs(self, by_s: float) -> None:
        """Answer pings late from now on."""
        self._pong_delay_s = by_s

    async def _take_ping(self, payload: bytes) -> None:
        if not self._sends_pongs:
            return
        if self._pong_delay_s == 0:
            await self._pong(payload)
        elif len(self._pongs) < _MAX_WAITING_PONGS:
            pong = asyncio.create_task(self._pong(payload, self._pong_delay_s))
            self._pongs.add(pong)
            pong.add_done_callback(self._pongs.discard)

    async def _pong(self, payload: bytes, after_s: float = 0.0) -> None:
        if after_s:
            await asyncio.sleep(after_s)
        with contextlib.suppress(ConnectionResetError):  # the next receive says that it is gone
            await self._socket.pong(payload)


def new_socket() -> web.WebSocketResponse:
    """Make the socket that a request is to be upgraded to."""
    return web.WebSocketResponse(timeout=_CLOSE_LIMIT_S, autoping=False, max_msg_size=MAX_MESSAGE_BYTES)
