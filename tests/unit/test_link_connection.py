"""A proven connection whose other end is gone or speaks no WebSocket any more: real sockets, both ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
import logging

from aiohttp import ClientSession, ClientWebSocketResponse, WSCloseCode, WSMsgType, web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.shelfsight.link.connection import Connection, LinkClosedError
from custom_components.shelfsight.link.hello import Hello
from custom_components.shelfsight.link.messages import FromWearable
from custom_components.shelfsight.seldom import Seldom

HELLO = Hello("00c0ffee00000000", 1, b"", b"", "Glasses", "desk", "1", None, 16_000, None, False)
_SOON_S = 5

type Serve = Callable[[Connection, asyncio.Transport], Awaitable[None]]


@asynccontextmanager
async def linked(serve: Serve) -> AsyncIterator[tuple[ClientWebSocketResponse, asyncio.Task[None]]]:
    """A wearable's end, and the home's: `serve` runs there, with its connection and the socket under it."""
    ended: asyncio.Future[asyncio.Task[None]] = asyncio.get_running_loop().create_future()

    async def handle(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(autoping=False, autoclose=False)
        await ws.prepare(request)
        assert request.transport is not None
        serving = asyncio.ensure_future(serve(Connection(ws, request.transport, HELLO, Seldom()), request.transport))
        ended.set_result(serving)
        await asyncio.wait({serving})
        return ws

    app = web.Application()
    app.router.add_get("/", handle)
    async with TestServer(app) as server, ClientSession() as http, http.ws_connect(server.make_url("/")) as wearable:
        async with asyncio.timeout(_SOON_S):
            yield wearable, await ended


def now_s() -> float:
    return asyncio.get_running_loop().time()


def listen(_event: FromWearable) -> None:
    pytest.fail("nothing that was sent here is for anybody")


async def test_nothing_can_be_sent_once_it_is_closed() -> None:
    async def serve(connection: Connection, _socket: asyncio.Transport) -> None:
        await connection.close("shutdown")
        with pytest.raises(LinkClosedError, match="closed"):
            await connection.send_text("{}")

    async with linked(serve) as (wearable, home):
        assert (await wearable.receive_json())["reason"] == "shutdown"
        assert (await wearable.receive()).type is WSMsgType.CLOSE
        await home


async def test_a_goodbye_to_somebody_who_is_gone_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def serve(connection: Connection, socket: asyncio.Transport) -> None:
        socket.abort()
        await connection.close("shutdown")
        assert connection.closed_for == "shutdown"
        assert not connection.answered

    async with linked(serve) as (_wearable, home):
        await home
    assert "did not reach the wearable" in caplog.text


@pytest.mark.parametrize("by_text", [False, True])
async def test_a_ping_of_somebody_who_is_gone_since_ends_the_reading_quietly(
    caplog: pytest.LogCaptureFixture, by_text: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = asyncio.Event()

    async def serve(connection: Connection, socket: asyncio.Transport) -> None:
        await sent.wait()
        reader = connection._ws._reader
        assert reader is not None
        while not reader._buffer:  # noqa: ASYNC110  # that it has come is told only to who reads it, and nobody does yet
            await asyncio.sleep(0.001)
        socket.abort()
        await connection.read(listen, now_s)

    async with linked(serve) as (wearable, home):
        if by_text:
            await wearable.send_str('{"type": "ping", "number": 7}')
        else:
            await wearable.ping(b"7")
        sent.set()
        await home
    assert "A ping was not answered" in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_what_is_no_websocket_any_more_is_a_broken_rule_and_told(caplog: pytest.LogCaptureFixture) -> None:
    async def serve(connection: Connection, _socket: asyncio.Transport) -> None:
        await connection.read(listen, now_s)

    async with linked(serve) as (wearable, home):
        wearable._writer.transport.write(b"\xff" * 64)
        assert (await wearable.receive()).data == WSCloseCode.PROTOCOL_ERROR
        await home
    assert "broke the protocol: broken WebSocket frames" in caplog.text
