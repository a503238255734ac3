"""Opening a TCP or TLS stream that holds back little, on both interpreters. The only file that knows which one it runs on."""

import asyncio
import socket

_SEND_AHEAD_BYTES = 8192  # unsent bytes the system may hold: what a sound chunk waits for, at worst
_TCP_NODELAY = 1
_TCP_NOTSENT_LOWAT = 25  # Linux; elsewhere it is refused, which is fine
_IPPROTO_TCP = 6
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


async def close_stream(writer: object) -> None:
    """Closes the connection without waiting for the other side, which may be gone."""
    transport = getattr(writer, "transport", None)
    if transport is not None:
        transport.abort()
    else:
        await writer.wait_closed()  # MicroPython's close() does nothing


async def _open_cpython(host: str, port: int, tls: bool) -> tuple:
    reader, writer = await asyncio.open_connection(host, port)
    _tune(writer.get_extra_info("socket"))
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
        _tune(writer.s)
    return reader, writer


def _tune(connection: socket.socket) -> None:
    for option, value in ((_TCP_NODELAY, 1), (_TCP_NOTSENT_LOWAT, _SEND_AHEAD_BYTES)):
        try:
            connection.setsockopt(_IPPROTO_TCP, option, value)
        except OSError:
            continue  # this system has no such option; only delays grow
