"""A small home for tests: the home's side of PROTOCOL.md over a real aiohttp server, with `hmac` and `struct` only."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
import hashlib
import hmac
import json
import secrets
import ssl
import struct
from typing import Any, Self

from aiohttp import WSMsgType, web

PATH = "/api/shelfsight/link"


@dataclass
class Heard:
    """What came in over one connection, in order."""

    texts: list[dict[str, Any]] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    sound: bytearray = field(default_factory=bytearray)
    sound_times_ms: list[int] = field(default_factory=list)
    sound_sequences: list[int] = field(default_factory=list)
    sound_arrived_s: list[float] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    picture_sequences: list[int] = field(default_factory=list)
    close_code: int | None = None


class Home:
    """Serves one wearable at a time; `async with Home(...) as home`."""

    def __init__(
        self,
        key: bytes,
        device_id: str = "00c0ffee12345678",
        settings: dict[str, Any] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.key = key
        self._tls = tls
        self.device_id = device_id
        self.settings = settings or {}
        self.port = 0
        self.wrong_proof = False
        self.instead_of_welcome: str | None = None
        self.connections: list[Heard] = []
        self.hellos: list[dict[str, Any]] = []
        self.socket: web.WebSocketResponse | None = None
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_details: object) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """What the wearable dials."""
        return f"http://127.0.0.1:{self.port}" if self._tls is None else f"https://localhost:{self.port}"

    @property
    def heard(self) -> Heard:
        """Of the newest connection."""
        return self.connections[-1]

    async def open(self) -> None:
        """Listens, on the same port as before if there was one."""
        application = web.Application()
        application.router.add_get(PATH, self._serve)
        self._runner = web.AppRunner(application, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True, ssl_context=self._tls)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Goes away, connections and all."""
        if self._runner is not None:
            if self.socket is not None and not self.socket.closed:
                await self.socket.close()
            await self._runner.cleanup()
            self._runner = None

    async def send(self, message: dict[str, Any]) -> None:
        """Sends a text message."""
        assert self.socket is not None
        await self.socket.send_json(message)

    async def speak(
        self, turn: int, pcm: bytes, rate_hz: int = 24000, piece_bytes: int = 1920, press: int | None = None
    ) -> None:
        """Sends an answer, paced as PROTOCOL.md section 4 wants it; it tells which press it knows of, if one is given."""
        assert self.socket is not None
        await self.send(
            {"type": "speak", "turn": turn, "rate_hz": rate_hz, **({} if press is None else {"press": press})}
        )
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for sequence, offset in enumerate(range(0, len(pcm), piece_bytes)):
            position_ms = offset * 500 // rate_hz
            await asyncio.sleep(max(0.0, began_s + (position_ms - 300) / 1000 - loop.time()))
            header = struct.pack(">BBHI", 3, 0, sequence & 0xFFFF, position_ms)
            await self.socket.send_bytes(header + pcm[offset : offset + piece_bytes])
        await self.send({"type": "spoken", "turn": turn})

    async def until(self, condition: Callable[[], Any], timeout_s: float = 15) -> Any:
        """Waits until something that came in makes the condition true; returns its value."""
        async with asyncio.timeout(timeout_s):
            while not (value := condition()):
                self._changed.clear()
                await self._changed.wait()
            return value

    def texts(self, kind: str, **fields: object) -> list[dict[str, Any]]:
        """The newest connection's messages of this type whose fields are as given."""
        if not self.connections:
            return []
        return [
            text
            for text in self.heard.texts
            if text["type"] == kind and all(text.get(name) == value for name, value in fields.items())
        ]

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        nonce = secrets.token_bytes(16)
        await socket.send_json({"type": "challenge", "protocol": 1, "nonce": nonce.hex()})
        first = await socket.receive()
        if first.type != WSMsgType.TEXT:
            return socket
        hello = json.loads(first.data)
        self.hellos.append(hello)
        rest = hello["id"].encode() + nonce + bytes.fromhex(hello["nonce"])
        right = hmac.digest(self.key, b"shelfsight wearable 1" + rest, hashlib.sha256).hex()
        if hello["id"] != self.device_id or not hmac.compare_digest(right, hello["proof"]):
            self._changed.set()
            await socket.send_json({"type": "bye", "reason": "proof"})
            await socket.close(code=1008)
            return socket
        if self.instead_of_welcome is not None:
            await socket.send_str(self.instead_of_welcome)
        else:
            proof = hmac.digest(self.key, b"shelfsight home 1" + rest, hashlib.sha256).hex()
            await socket.send_json(
                {
                    "type": "welcome",
                    "protocol": 1,
                    "proof": "00" * 32 if self.wrong_proof else proof,
                    "home": "Test home",
                    "settings": self.settings,
                }
            )
        heard = Heard()
        self.connections.append(heard)
        self.socket = socket
        self._changed.set()
        await self._listen(socket, heard)
        return socket

    async def _listen(self, socket: web.WebSocketResponse, heard: Heard) -> None:
        picture = bytearray()
        while True:
            message = await socket.receive()
            if message.type == WSMsgType.TEXT:
                heard.texts.append(json.loads(message.data))
                heard.order.append(heard.texts[-1]["type"])
            elif message.type == WSMsgType.BINARY:
                self._binary(message.data, heard, picture)
            else:
                heard.close_code = socket.close_code
                self._changed.set()
                return
            self._changed.set()

    def _binary(self, data: bytes, heard: Heard, picture: bytearray) -> None:
        stream, _flags, sequence, time_ms = struct.unpack(">BBHI", data[:8])
        if stream == 1:
            heard.order.append("sound")
            heard.sound += data[8:]
            heard.sound_times_ms.append(time_ms)
            heard.sound_sequences.append(sequence)
            heard.sound_arrived_s.append(asyncio.get_running_loop().time())
            return
        assert stream == 2
        offset, size = struct.unpack(">II", data[8:16])
        assert len(data) <= 16 + 4096
        heard.order.append("part")
        if offset == 0:
            picture.clear()
        assert offset == len(picture), "parts come in order"
        picture += data[16:]
        if len(picture) == size:
            heard.pictures.append(bytes(picture))
            heard.picture_sequences.append(sequence)
