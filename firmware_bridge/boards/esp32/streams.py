"""TCP and TLS streams to the home. On https the certificate is checked: its root, its name, its dates.

The roots are chosen when the board is flashed, in `roots.der`: certificates in DER, one after the other.
"""

import asyncio

from . import clock
from .resolver import Resolver

_MAX_ROOT_BYTES = 8192
_IPPROTO_TCP, _TCP_NODELAY = 6, 1
_SEQUENCE, _TWO_LENGTH_BYTES = 0x30, 0x82


class ClockError(OSError):
    """Nobody has told the date yet, without which a certificate proves nothing."""


class RootsError(OSError):
    """There are no root certificates on this board."""


def read_roots(data: bytes) -> list:
    """The certificates in `data`, each as bytes.

    Raises:
        RootsError: none, or something else between them.
    """
    roots = []
    offset = 0
    while offset < len(data):
        head = data[offset : offset + 4]
        # A certificate is an ASN.1 sequence of 256 to 65535 bytes (RFC 5280): 30 82, then its length.
        if len(head) < 4 or head[0] != _SEQUENCE or head[1] != _TWO_LENGTH_BYTES:
            raise RootsError("roots.der is damaged")
        size = 4 + (head[2] << 8 | head[3])
        if size > _MAX_ROOT_BYTES or offset + size > len(data):
            raise RootsError("roots.der is damaged")
        roots.append(data[offset : offset + size])
        offset += size
    if not roots:
        raise RootsError("there are no roots")
    return roots


class Streams:
    """`open` is a board's `open_stream`. `clock_missed` is True after a home could not be dialled for want of the date."""

    def __init__(self, resolver: Resolver, roots_path: str) -> None:
        self._resolver = resolver
        self._roots_path = roots_path
        self._context = None
        self.clock_missed = False

    async def open(self, host: str, port: int, tls: bool) -> tuple:
        """A (reader, writer) pair. The TLS handshake comes with the first bytes; nothing is sent before it has held.

        Raises:
            OSError: no connection, no date, no roots. A certificate that does not hold comes out of the first write
                or read.
        """
        context = None
        if tls:
            self.clock_missed = not clock.is_set()
            if self.clock_missed:
                raise ClockError("the date is not known")
            context = self._checking_context()
        else:
            self.clock_missed = False
        address = await self._resolver.address(host)
        reader, writer = await asyncio.open_connection(
            address, port, ssl=context, server_hostname=host if tls else None
        )
        if not tls:
            _send_at_once(writer.s)
        return reader, writer

    def _checking_context(self) -> object:
        """One for all: the roots take memory and time to read."""
        if self._context is None:
            import tls

            roots = read_roots(_content(self._roots_path))
            context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
            context.verify_mode = tls.CERT_REQUIRED
            try:
                for root in roots:
                    context.load_verify_locations(root)
            except ValueError:
                context = None
            if context is None:
                raise RootsError("roots.der is damaged")
            self._context = context
        return self._context


def _content(path: str) -> bytes:
    """A file's bytes; none if there is no such file."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _send_at_once(connection: object) -> None:
    """A sound chunk must not wait for the one before it to be acknowledged."""
    try:
        connection.setsockopt(_IPPROTO_TCP, _TCP_NODELAY, 1)
    except OSError:
        return  # this system has no such option; only delays grow
