"""The home's side of pairing for tests, with `cryptography` (PROTOCOL.md, section 6)."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import secrets
import socket
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey


def free_port() -> int:
    """A port for a wearable to listen on; MicroPython cannot say which one it got.

    Not one of those the system gives to whoever dials (32768 and up on Linux): it may be taken before the wearable is there.
    """
    while True:
        port = 16384 + secrets.randbelow(16384)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class PairingHome:
    """One connection to a wearable that may be paired, step by step."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._secret = X25519PrivateKey.generate()
        self.public = self._secret.public_key().public_bytes_raw()
        self.nonce = secrets.token_bytes(16)
        self.reply: dict[str, Any] = {}
        self.transcript = b""
        self.key = b""
        self.digits = ""

    @classmethod
    async def dial(cls, host: str, port: int, own_address: str = "127.0.0.1") -> Self:
        """Connects, from any address of this machine."""
        return cls(*await asyncio.open_connection(host, port, local_addr=(own_address, 0)))

    async def send(self, message: dict[str, Any]) -> None:
        """Sends a line."""
        self._writer.write(json.dumps(message).encode() + b"\n")
        await self._writer.drain()

    async def send_bytes(self, line: bytes) -> None:
        """Sends whatever it is."""
        self._writer.write(line)
        await self._writer.drain()

    async def receive(self) -> dict[str, Any] | None:
        """The next line, None at the end."""
        async with asyncio.timeout(15):
            line = await self._reader.readline()
        return json.loads(line) if line else None

    async def begin(self) -> dict[str, Any]:
        """Steps 1 and 2."""
        commit = hashlib.sha256(b"shelfsight commit 1" + self.public + self.nonce).hexdigest()
        await self.send({"type": "pair_begin", "protocol": 1, "home": "Test home", "commit": commit})
        reply = await self.receive()
        assert reply is not None
        self.reply = reply
        return reply

    async def reveal(self) -> str:
        """Step 3; computes what both sides now know, and returns the digits."""
        await self.send({"type": "pair_reveal", "public": self.public.hex(), "nonce": self.nonce.hex()})
        public, nonce = bytes.fromhex(self.reply["public"]), bytes.fromhex(self.reply["nonce"])
        shared = self._secret.exchange(X25519PublicKey.from_public_bytes(public))
        self.transcript = hashlib.sha256(
            b"shelfsight pairing 1" + self.reply["id"].encode() + self.public + public + self.nonce + nonce
        ).digest()
        self.key = self._mac(shared, b"shelfsight key 1")
        number = int.from_bytes(self._mac(shared, b"shelfsight digits 1")[:8], "big") % 1_000_000
        self.digits = f"{number:06d}"
        return self.digits

    async def finish(self, urls: list[str]) -> dict[str, Any] | None:
        """Waits for step 5, checks it, does 6, returns 7."""
        confirm = await self.receive()
        assert confirm == {"type": "pair_confirm", "proof": self._mac(self.key, b"shelfsight paired wearable 1").hex()}
        proof = self._mac(self.key, b"shelfsight paired home 1", " ".join(urls).encode())
        await self.send({"type": "pair_done", "proof": proof.hex(), "urls": urls})
        return await self.receive()

    async def close(self) -> None:
        """Goes away."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):  # the wearable may have hung up on what it had not read
            await self._writer.wait_closed()

    def _mac(self, key: bytes, label: bytes, more: bytes = b"") -> bytes:
        return hmac.digest(key, label + self.transcript + more, "sha256")
