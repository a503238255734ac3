"""A WebSocket client's bytes and sockets with nothing in between, so that they may also be wrong (RFC 6455)."""

import asyncio
import base64
import hmac
import json
import os
import struct
from typing import Self

from firmware_bridge.wearable.link import PATH

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
_WAIT_S = 20


def frame(
    opcode: int, payload: bytes = b"", *, final: bool = True, reserved: int = 0, size: int | None = None
) -> bytes:
    """One frame, masked by zeros; `size` is what its length says, if that is a lie."""
    size = len(payload) if size is None else size
    head = bytes([(0x80 if final else 0) | reserved | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += struct.pack(">BH", 0x80 | 126, size)
    else:
        head += struct.pack(">BQ", 0x80 | 127, size)
    return head + bytes(4) + payload


def opening(port: int, key: bytes = b"") -> bytes:
    """The request that opens the link."""
    nonce = base64.b64encode(key or os.urandom(16)).decode()
    return (
        f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {nonce}\r\n\r\n"
    ).encode()


def proof_of(label: str, key: bytes, wearable_id: str, home_nonce: bytes, own_nonce: bytes) -> str:
    """PROTOCOL.md's proof, on its own."""
    return hmac.digest(key, label.encode() + wearable_id.encode() + home_nonce + own_nonce, "sha256").hex()


def hello(challenge: dict[str, str], wearable_id: str, key: bytes) -> dict[str, object]:
    """The right answer to a challenge."""
    nonce = os.urandom(16)
    proof = proof_of("shelfsight wearable 1", key, wearable_id, bytes.fromhex(challenge["nonce"]), nonce)
    return {
        "type": "hello",
        "protocol": 1,
        "id": wearable_id,
        "nonce": nonce.hex(),
        "proof": proof,
        "name": "Fuzz",
        "camera": {"sizes": [[1600, 1200]], "rate_hz": 5},
        "microphone": {"rate_hz": 16000},
        "speaker": {"rate_hz": 24000, "buffer_ms": 400},
    }


class Caller:
    """One TCP connection to the home, from an address of this machine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def dial(cls, port: int, address: str = "127.0.0.1") -> Self:
        """Connect; nothing is said yet. Raises OSError."""
        async with asyncio.timeout(_WAIT_S):
            return cls(*await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0)))

    @classmethod
    async def link(cls, port: int, address: str = "127.0.0.1") -> tuple[Self, dict[str, str]]:
        """Open the link: the caller and the home's challenge.

        Raises:
            ConnectionError: sent away at once, as one too many.
        """
        caller = await cls.dial(port, address)
        try:
            async with asyncio.timeout(_WAIT_S):
                caller.writer.write(opening(port))
                response = await caller.reader.readuntil(b"\r\n\r\n")
                if not response.startswith(b"HTTP/1.1 101"):
                    raise ConnectionRefusedError(response.splitlines()[0].decode())
                message = await caller.receive()
        except asyncio.IncompleteReadError as err:
            raise ConnectionResetError("sent away") from err
        if message is None:
            raise ConnectionResetError("sent away")
        return caller, json.loads(message[1])

    async def prove(self, challenge: dict[str, str], wearable_id: str, key: bytes) -> None:
        """Say hello and wait for the welcome.

        Raises:
            ConnectionError: not welcome.
        """
        self.writer.write(frame(TEXT, json.dumps(hello(challenge, wearable_id, key)).encode()))
        async with asyncio.timeout(_WAIT_S):
            message = await self.receive()
        if message is None or json.loads(message[1])["type"] != "welcome":
            raise ConnectionResetError(f"not welcome: {message}")

    async def receive(self) -> tuple[int, bytes] | None:
        """The home's next frame: opcode and payload; None when the connection is over."""
        try:
            head = await self.reader.readexactly(2)
            size = head[1]
            if size == 126:
                size = int.from_bytes(await self.reader.readexactly(2))
            elif size == 127:
                size = int.from_bytes(await self.reader.readexactly(8))
            return head[0] & 15, await self.reader.readexactly(size)
        except asyncio.IncompleteReadError, ConnectionError:
            return None

    async def ending(self) -> list[dict[str, object]]:
        """What is still said until the home has closed; the closing handshake is answered."""
        said = []
        async with asyncio.timeout(_WAIT_S):
            while (message := await self.receive()) is not None:
                if message[0] == TEXT:
                    said.append(json.loads(message[1]))
                elif message[0] == CLOSE:
                    break
        self.hang_up()
        return said

    def hang_up(self) -> None:
        """Without a word."""
        self.writer.transport.abort()
