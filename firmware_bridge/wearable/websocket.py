"""A WebSocket client (RFC 6455), no extensions: pure framing first, then the thin part over asyncio streams."""

import binascii
import hashlib

from .codec import MAX_BINARY_BYTES, MAX_TEXT_BEFORE_PROOF_BYTES, ProtocolError
from .transport import Gate, close_stream

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
HEAD_BYTES = 8  # room before a message for its frame's header: 2, 2 for the length, 4 for the mask
_MAX_CONTROL_BYTES = 125
_MAX_RESPONSE_BYTES = 4096
_LINE_END = 10
_DISCARD_BYTES = 256
_MASK_AT_ONCE_BYTES = 1024
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class HandshakeError(OSError):
    """The server did not accept the WebSocket: no home, or not ready."""


def split_url(url: str) -> tuple:
    """(tls, host, port, path without a slash at its end) of an http or https URL.

    Raises:
        ValueError: not such a URL.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https") or not rest:
        raise ValueError("not an http or https URL")
    tls = scheme == "https"
    place, slash, path = rest.partition("/")
    port = 443 if tls else 80
    if place.startswith("["):
        host, _, after = place[1:].partition("]")
        number = after[1:]
    else:
        host, _, number = place.partition(":")
    if number:
        port = int(number)
    if not host or not 0 < port < 65536:
        raise ValueError("no host, or a port out of range")
    path = slash + path
    while path.endswith("/"):
        path = path[:-1]
    return tls, host, port, path


def request(host: str, port: int, path: str, key: bytes) -> bytes:
    """The opening request; `key` is base64 of 16 random bytes."""
    place = "[" + host + "]" if ":" in host else host
    return (
        "GET " + path + " HTTP/1.1\r\nHost: " + place + ":" + str(port) + "\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: " + key.decode() + "\r\n\r\n"
    ).encode()


def accepted(response: bytes, key: bytes) -> bool:
    """Whether the server's response (up to the empty line) opens the WebSocket this `key` asked for."""
    lines = response.split(b"\r\n")
    if not lines[0].startswith(b"HTTP/1.1 101"):
        return False
    right = binascii.b2a_base64(hashlib.sha1(key + _GUID).digest()).strip()  # noqa: S324 -- RFC 6455 says SHA-1
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"sec-websocket-accept":
            return value.strip() == right
    return False


def seal(frame: memoryview, count: int, opcode: int, mask: bytes) -> memoryview:
    """Makes a masked frame of the `count` bytes that stand at HEAD_BYTES in `frame`, in place; returns it as a view."""
    start = HEAD_BYTES - 4
    frame[start:HEAD_BYTES] = mask
    if count < 126:
        start -= 2
        frame[start + 1] = 0x80 | count
    else:
        start -= 4
        frame[start + 1] = 0x80 | 126
        frame[start + 2] = count >> 8
        frame[start + 3] = count & 0xFF
    frame[start] = 0x80 | opcode
    # XOR of whole numbers: a loop over single bytes would take a small processor longer than sending them.
    # The pattern is made anew only for the last piece, if that is shorter: what is not allocated need not be collected.
    pattern_bytes = pattern = 0
    for offset in range(0, count, _MASK_AT_ONCE_BYTES):
        size = min(_MASK_AT_ONCE_BYTES, count - offset)
        if size != pattern_bytes:
            pattern_bytes = size
            pattern = int.from_bytes(
                mask * (size // 4) + mask[: size % 4] if size % 4 else mask * (size // 4), "little"
            )
        piece = frame[HEAD_BYTES + offset : HEAD_BYTES + offset + size]
        piece[:] = (int.from_bytes(piece, "little") ^ pattern).to_bytes(size, "little")
    return frame[start : HEAD_BYTES + count]


class WebSocket:
    """An open WebSocket. One task may receive while another sends."""

    def __init__(self, reader: object, writer: object, random_bytes: object, buffer: bytearray) -> None:
        """`buffer` (MAX_BINARY_BYTES) takes what comes in; a text that is longer gets memory of its own."""
        self._reader = reader
        self._writer = writer
        self._gate = Gate(writer)
        self._random_bytes = random_bytes
        self._buffer = buffer
        self._count = 0
        self._opcode = 0
        self.max_text_bytes = MAX_TEXT_BEFORE_PROOF_BYTES

    async def send(self, frame: memoryview, count: int, opcode: int) -> None:
        """Sends the `count` bytes at HEAD_BYTES in `frame`; returns when the memory may be used again."""
        await self._gate.send(seal(frame, count, opcode, self._random_bytes(4)))

    async def send_bytes(self, payload: bytes, opcode: int) -> None:
        """Sends a small message from memory of its own."""
        frame = memoryview(bytearray(HEAD_BYTES + len(payload)))
        frame[HEAD_BYTES:] = payload
        await self.send(frame, len(payload), opcode)

    async def receive(self) -> tuple:
        """The next message or control frame: (opcode, payload as a view that lives until the next call).

        Raises:
            ProtocolError: broken framing, or a message over its limit.
            OSError, EOFError: the connection is gone.
        """
        while True:
            head = await self._reader.readexactly(2)
            final, opcode, count = head[0] & 0x80, head[0] & 0x0F, head[1]
            if head[0] & 0x70 or count & 0x80:
                raise ProtocolError("a frame with reserved bits or a mask")
            if opcode >= CLOSE:
                if not final or count > _MAX_CONTROL_BYTES:
                    raise ProtocolError("a control frame that is too long or in pieces")
                return opcode, memoryview(await self._reader.readexactly(count))
            if (opcode == CONTINUATION) != (self._opcode != 0) or opcode > BINARY:
                raise ProtocolError("a frame out of order")
            if count >= 126:
                count = int.from_bytes(await self._reader.readexactly(2 if count == 126 else 8), "big")
            self._opcode = opcode or self._opcode
            await self._append(count)
            if final:
                opcode, count, self._opcode, self._count = self._opcode, self._count, 0, 0
                return opcode, memoryview(self._buffer)[:count]

    def limit(self, count: int) -> None:
        """How many bytes may be under way (`transport.Gate.limit`)."""
        self._gate.limit(count)

    async def close(self, code: int) -> None:
        """Says that it is over, with a close code of RFC 6455."""
        await self.send_bytes(code.to_bytes(2, "big"), CLOSE)

    async def discard(self) -> None:
        """Reads on until the other side closes: a connection that is cut with something unread takes the goodbye along."""
        while await self._reader.read(_DISCARD_BYTES):
            pass

    async def drop(self) -> None:
        """Closes the TCP connection."""
        self._gate.close()
        await close_stream(self._writer)

    def _grow(self, size: int) -> None:
        try:
            grown = bytearray(size)
        except MemoryError:
            grown = None
        if grown is None:
            raise ProtocolError("a message of %d bytes, and no memory for it" % size)
        grown[: self._count] = self._buffer[: self._count]
        self._buffer = grown

    async def _append(self, count: int) -> None:
        end = self._count + count
        if end > (self.max_text_bytes if self._opcode == TEXT else MAX_BINARY_BYTES):
            raise ProtocolError("a message over its limit")
        if end > len(self._buffer):
            self._grow(end)
        target = memoryview(self._buffer)[self._count : end]
        if hasattr(self._reader, "readinto"):  # MicroPython: straight into place
            while len(target):
                got = await self._reader.readinto(target)
                if not got:
                    raise EOFError
                target = target[got:]
        else:
            target[:] = await self._reader.readexactly(count)
        self._count = end


async def open_websocket(
    url: str, path: str, open_stream: object, random_bytes: object, buffer: bytearray
) -> WebSocket:
    """Opens `url` + `path`; `open_stream` is `transport.open_stream` or one like it, `random_bytes(n)` gives n bytes.

    Raises:
        OSError, EOFError, ValueError: no connection, or nobody there who speaks this.
    """
    tls, host, port, base = split_url(url)
    reader, writer = await open_stream(host, port, tls)
    try:
        key = binascii.b2a_base64(random_bytes(16)).strip()
        writer.write(request(host, port, base + path, key))
        await writer.drain()
        if not accepted(await _read_head(reader, buffer), key):
            raise HandshakeError("no WebSocket there")
    except BaseException:
        await close_stream(writer)
        raise
    return WebSocket(reader, writer, random_bytes, buffer)


async def _read_head(reader: object, buffer: bytearray) -> bytes:
    """The response up to its empty line, read byte by byte, because frames may follow at once."""
    count = 0
    while count < 4 or buffer[count - 1] != _LINE_END or bytes(buffer[count - 4 : count]) != b"\r\n\r\n":
        if count == _MAX_RESPONSE_BYTES:
            raise HandshakeError("a response without an end")
        buffer[count] = (await reader.readexactly(1))[0]
        count += 1
    return bytes(memoryview(buffer)[:count])
