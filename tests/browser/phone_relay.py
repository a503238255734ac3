"""The network between a page and Home Assistant: it can be cut, made uneven, and tells when which message went over the link.

A browser cannot be told to drop a WebSocket that is open, so everything goes through here. It only reads what goes over the link.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
import random
import time
from typing import Any

_LINK = b"GET /api/shelfsight/link"
_PIECE_BYTES = 65536
_MESSAGE_BYTES = 1936
_MASK_BYTES = 4


@dataclass(frozen=True, slots=True)
class Went:
    """A message of the link, when it came by here (`time.time`, which a browser's clock can be compared with)."""

    at_s: float
    up: bool
    kind: str
    """The `type` of a text; `microphone`, `picture` or `speaker` of a stream."""
    fields: dict[str, Any] = field(default_factory=dict)


class _Frames:
    """Cuts one direction of a WebSocket into messages (RFC 6455, section 5.2); ours are in one frame each."""

    def __init__(self, up: bool, note: Callable[[Went], None]) -> None:
        self._up = up
        self._note = note
        self._held = bytearray()
        self._head = True

    def feed(self, data: bytes) -> None:
        """More of the stream: first the HTTP head, then frames."""
        self._held += data
        if self._head:
            end = self._held.find(b"\r\n\r\n")
            if end < 0:
                return
            del self._held[: end + 4]
            self._head = False
        while (frame := self._next()) is not None:
            self._tell(*frame)

    def _next(self) -> tuple[int, bytes] | None:
        held = self._held
        if len(held) < 2:
            return None
        size, at = held[1] & 127, 2
        if size > 125:
            wide = 2 if size == 126 else 8
            if len(held) < 2 + wide:
                return None
            size, at = int.from_bytes(held[2 : 2 + wide]), 2 + wide
        masked = bool(held[1] & 128)
        start = at + (_MASK_BYTES if masked else 0)
        if len(held) < start + size:
            return None
        payload = bytes(held[start : start + min(size, 4096)])
        if masked:
            mask = held[at:start]
            payload = bytes(byte ^ mask[index % _MASK_BYTES] for index, byte in enumerate(payload[:600]))
        opcode = held[0] & 15
        del held[: start + size]
        return opcode, payload

    def _tell(self, opcode: int, payload: bytes) -> None:
        now_s = time.time()
        if opcode == 2:
            stream = {1: "microphone", 2: "picture", 3: "speaker"}.get(payload[0], "?")
            self._note(Went(now_s, self._up, stream, {"time_ms": int.from_bytes(payload[4:8])}))
        elif opcode == 1:
            try:
                fields = json.loads(payload)
            except ValueError:
                return  # longer than what is looked at here
            self._note(Went(now_s, self._up, fields.get("type", "?"), fields))


class Relay:
    """Listens, and passes everything on to Home Assistant's port."""

    def __init__(self, home_port: int) -> None:
        self._home_port = home_port
        self._server: asyncio.Server | None = None
        self._ways: set[asyncio.Task[None]] = set()
        self.port = 0
        self.went: list[Went] = []
        self.links = 0
        """How often the link was dialled."""
        self.jitter_ms = 0
        """What comes down the link waits up to so long, each piece anew, in order."""

    @property
    def url(self) -> str:
        """What the browser takes for Home Assistant."""
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Listen, on the same port each time."""
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """No network: nobody gets in, and whatever is open ends."""
        assert self._server is not None
        self._server.close()
        for way in list(self._ways):
            way.cancel()
        if self._ways:
            await asyncio.wait(self._ways)

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """No network while this lasts."""
        await self.cut()
        try:
            yield
        finally:
            await self.open()

    def since(self, at_s: float, kind: str, **fields: Any) -> list[Went]:
        """The messages of this kind from then on, with these fields."""
        return [
            went
            for went in self.went
            if went.at_s >= at_s
            and went.kind == kind
            and all(went.fields.get(key) == value for key, value in fields.items())
        ]

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._ways.add(task)
        try:
            home_reader, home_writer = await asyncio.open_connection("127.0.0.1", self._home_port)
        except OSError:
            writer.close()
            self._ways.discard(task)
            return
        try:
            first = await reader.read(_PIECE_BYTES)
            link = first.startswith(_LINK)
            self.links += link
            up = _Frames(True, self.went.append) if link else None
            down = _Frames(False, self.went.append) if link else None
            if up is not None:
                up.feed(first)
            home_writer.write(first)
            ways = [
                asyncio.create_task(self._stream(reader, home_writer, up, False)),
                asyncio.create_task(self._stream(home_reader, writer, down, link)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.wait(ways)
        finally:
            self._ways.discard(task)
            for end in (writer, home_writer):
                end.transport.abort()

    async def _stream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: _Frames | None, uneven: bool
    ) -> None:
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def arrive() -> None:
            while True:
                due_s, data = await under_way.get()
                await asyncio.sleep(max(0.0, due_s - loop.time()))
                if frames is not None:
                    frames.feed(data)
                writer.write(data)
                await writer.drain()

        arriving = asyncio.create_task(arrive())
        due_s = 0.0
        try:
            # A message of sound is 1.9 KiB: none comes together with the next one by chance.
            while data := await reader.read(_PIECE_BYTES if not (uneven and self.jitter_ms) else _MESSAGE_BYTES):
                late_s = random.uniform(0, self.jitter_ms / 1000) if uneven else 0.0
                due_s = max(due_s, loop.time() + late_s)  # in order, as TCP has it
                under_way.put_nowait((due_s, data))
        except OSError:
            return
        finally:
            arriving.cancel()
            await asyncio.wait({arriving})
