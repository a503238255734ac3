"""A wearable's TCP stream with eyes: notes when each message passes, and can be cut like a cable. Adds no waiting."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
import time

from firmware_bridge.wearable import codec, transport

_HEAD_AND_MASK = 8
_LENGTH_FOLLOWS = 126


def unmasked(frame: bytes | memoryview) -> bytes:
    """The payload of one client frame (RFC 6455, section 5.3) of less than 64 KiB; empty where it is none."""
    head = bytes(frame[:_HEAD_AND_MASK])
    if len(head) < 6 or not head[1] & 0x80:
        return b""
    start = 4 if head[1] & 0x7F == _LENGTH_FOLLOWS else 2
    mask, payload = bytes(frame[start : start + 4]), bytes(frame[start + 4 :])
    pattern = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(pattern, "little")).to_bytes(len(payload), "little")


@dataclass(slots=True)
class Cable:
    """Opens streams for a board. `on_sound(pcm, at_s)` is told of every microphone message as it is handed to the socket."""

    on_sound: Callable[[bytes, float], None] | None = None
    unplugged: bool = False
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def open_stream(self, host: str, port: int, tls: bool) -> tuple[asyncio.StreamReader, object]:
        """As `transport.open_stream`; raises OSError while the cable is out."""
        if self.unplugged:
            raise ConnectionRefusedError("the cable is out")
        reader, writer = await transport.open_stream(host, port, tls)
        self._writers = [older for older in self._writers if not older.is_closing()]
        self._writers.append(writer)
        return reader, _NotingWriter(writer, self)

    def cut(self) -> None:
        """Every open connection breaks, without a goodbye."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()


class _NotingWriter:
    """The part of a StreamWriter that the wearable uses; microphone messages are told of before they go."""

    def __init__(self, writer: asyncio.StreamWriter, cable: Cable) -> None:
        self._writer = writer
        self._cable = cable
        self.transport = writer.transport

    def write(self, frame: memoryview) -> None:
        """One frame: the wearable writes them whole."""
        if self._cable.on_sound is not None and len(frame) > codec.HEADER_BYTES and frame[0] == 0x80 | 2:
            at_s, payload = time.monotonic(), unmasked(frame)
            if payload and payload[0] == codec.MICROPHONE:
                self._cable.on_sound(payload[codec.HEADER_BYTES :], at_s)
        self._writer.write(frame)

    async def drain(self) -> None:
        await self._writer.drain()
