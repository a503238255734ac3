"""Opening a TCP or TLS stream that holds back little, on both interpreters. The only file that knows which one it runs on."""

import asyncio
import os
import socket

_IPPROTO_TCP, _TCP_NODELAY = 6, 1
# Python's names, Linux' numbers where MicroPython has no names.
_SOL_SOCKET, _SO_SNDBUF = getattr(socket, "SOL_SOCKET", 1), getattr(socket, "SO_SNDBUF", 7)
_NO_OPTION = (OSError, AttributeError)  # the second: a TLS stream of MicroPython hides its socket
_X509_NOT_YET_VALID = 9  # X509_V_ERR_CERT_NOT_YET_VALID of OpenSSL


async def open_stream(host: str, port: int, tls: bool) -> tuple:
    """A (reader, writer) pair; with `tls` the server's certificate is checked as far as the platform can.

    Raises:
        OSError: no connection.
    """
    if hasattr(asyncio, "StreamReaderProtocol"):
        return await _open_cpython(host, port, tls)
    return await _open_micropython(host, port, tls)


def not_yet_valid(error: Exception) -> bool:
    """Whether TLS failed because the server's certificate begins in the future: this clock is behind, perhaps at 1970."""
    return getattr(error, "verify_code", None) == _X509_NOT_YET_VALID


class Gate:
    """The way out: a message goes only when the system has room for it, so that little of a picture is ahead of sound."""

    def __init__(self, writer: object) -> None:
        """`writer` is of a pair that `open_stream` gave."""
        self._writer = writer
        transport = getattr(writer, "transport", None)
        connection = None if transport is None else transport.get_extra_info("socket")
        # A descriptor of its own: the loop watches the first one for asyncio's transport.
        self._file = None if connection is None else os.dup(connection.fileno())
        self._connection = connection or getattr(writer, "s", None)

    async def send(self, data: memoryview) -> None:
        """Returns when the memory may be used again.

        Raises:
            OSError: the connection is gone.
        """
        if hasattr(self._writer, "out_buf"):  # MicroPython: `write` would not ask, and copy what is left over
            self._writer.out_buf = data
        else:
            await self._room()
            self._writer.write(data)
        await self._writer.drain()

    def limit(self, count: int) -> None:
        """How many bytes the system may hold that the other side has not acknowledged.

        Linux doubles the figure and counts its own bookkeeping in. A microcontroller's network stack holds little by itself,
        and cannot be told.
        """
        _set(self._connection, _SOL_SOCKET, _SO_SNDBUF, count)

    def close(self) -> None:
        """To be called once, before the stream is closed."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    async def _room(self) -> None:
        if self._file is None:
            return
        loop = asyncio.get_running_loop()
        room = asyncio.Event()
        try:
            loop.add_writer(self._file, room.set)
        except NotImplementedError:  # Windows: only delays grow
            self.close()
            return
        try:
            await room.wait()
        finally:
            loop.remove_writer(self._file)


async def close_stream(writer: object) -> None:
    """Closes the connection without waiting for the other side, which may be gone."""
    transport = getattr(writer, "transport", None)
    if transport is not None:
        transport.abort()
    else:
        await writer.wait_closed()  # MicroPython's close() does nothing


async def _open_cpython(host: str, port: int, tls: bool) -> tuple:
    reader, writer = await asyncio.open_connection(host, port)
    _set(writer.get_extra_info("socket"), _IPPROTO_TCP, _TCP_NODELAY, 1)
    # asyncio would take in 64 KiB of a picture before it says that the socket is full; a sound chunk would wait for that.
    writer.transport.set_write_buffer_limits(0)
    if tls:
        import ssl

        context = await asyncio.get_running_loop().run_in_executor(None, ssl.create_default_context)
        await writer.start_tls(context, server_hostname=host)
        writer.transport.set_write_buffer_limits(1, 0)  # a TLS transport takes 0 for always full
    return reader, writer


async def _open_micropython(host: str, port: int, tls: bool) -> tuple:
    context = None
    if tls:
        import tls as library

        # Without a store of certificates nothing can be checked here; that it is the right home, its proof shows.
        context = library.SSLContext(library.PROTOCOL_TLS_CLIENT)
        context.verify_mode = library.CERT_NONE
    reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host if tls else None)
    if not tls:
        _set(writer.s, _IPPROTO_TCP, _TCP_NODELAY, 1)
    return reader, writer


def _set(connection: object, level: int, option: int, value: int) -> None:
    try:
        connection.setsockopt(level, option, value)
    except _NO_OPTION:
        return  # this system has no such option; only delays grow
