"""HTTP of the SDK over the network of memory: httpx as it is, on streams of asyncio instead of sockets, and without TLS."""

import asyncio
from collections.abc import Iterable
import ssl
from typing import Any, override

import httpcore
import httpx

# What httpcore wants to hear when something breaks.
_BROKEN = (OSError, EOFError)


class _Stream(httpcore.AsyncNetworkStream):
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @override
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        except _BROKEN as error:
            raise httpcore.ReadError from error

    @override
    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error
        except _BROKEN as error:
            raise httpcore.WriteError from error

    @override
    async def aclose(self) -> None:
        self._writer.close()

    @override
    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return self

    @override
    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # of a connection that was kept: it was closed meanwhile
            return self._reader.at_eof() or self._writer.is_closing()
        return None


class _Backend(httpcore.AsyncNetworkBackend):
    """Dials within the network of memory."""

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                return _Stream(*await asyncio.open_connection(host, port))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except _BROKEN as error:
            raise httpcore.ConnectError from error

    @override
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class PlainHttp(httpx.AsyncHTTPTransport):
    """In place of httpx's own transport."""

    def __init__(self, verify: ssl.SSLContext) -> None:
        super().__init__(verify=verify)
        self._pool = httpcore.AsyncConnectionPool(ssl_context=verify, keepalive_expiry=5.0, network_backend=_Backend())
