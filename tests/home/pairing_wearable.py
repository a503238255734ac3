"""A wearable in pairing mode over a real TCP socket, with the crypto of the protocol done once more and on its own."""

import asyncio
from collections.abc import Callable
import hashlib
import hmac
import json
import secrets
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

WEARABLE_ID = "00c0ffee12345678"

type Change = Callable[[dict[str, Any]], dict[str, Any] | str | None]


class PairingWearable:
    """Listens, pairs one home after the other. `change` may spoil what it says: a message by its type, or None for silence."""

    def __init__(self, wearable_id: str = WEARABLE_ID, **change: Change) -> None:
        self.wearable_id = wearable_id
        self.change = change
        self.port = 0
        self.digits = ""
        self.key = b""
        self.begun: list[dict[str, Any]] = []
        self.urls: list[str] = []
        self.pressed = asyncio.Event()
        self.stored = asyncio.Event()
        self.closed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_details: object) -> None:
        assert self._server is not None
        self._server.close()
        self._server.close_clients()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._server.wait_closed()

    def hang_up(self) -> None:
        """Whoever is connected is connected no more; the next one is welcome."""
        assert self._server is not None
        self._server.close_clients()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.closed.clear()
        try:
            await self._pair(reader, writer)
        except asyncio.IncompleteReadError, ConnectionError:
            pass  # the home has hung up
        finally:
            writer.close()
            self.closed.set()

    async def _pair(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begin = await self._hear(reader)
        self.begun.append(begin)
        secret, nonce = X25519PrivateKey.generate(), secrets.token_bytes(16)
        public = secret.public_key().public_bytes_raw()
        reply = {"type": "pair_reply", "protocol": 1, "id": self.wearable_id, "name": "Desk", "model": "desk",
                 "public": public.hex(), "nonce": nonce.hex()}  # fmt: skip
        await self._say(writer, reply)
        reveal = await self._hear(reader)
        home_public, home_nonce = bytes.fromhex(reveal["public"]), bytes.fromhex(reveal["nonce"])
        if hashlib.sha256(b"shelfsight commit 1" + home_public + home_nonce).hexdigest() != begin["commit"]:
            await self._say(writer, {"type": "pair_failed", "reason": "commit"})
            return
        shared = secret.exchange(X25519PublicKey.from_public_bytes(home_public))
        said = self.wearable_id.encode() + home_public + public + home_nonce + nonce
        transcript = hashlib.sha256(b"shelfsight pairing 1" + said).digest()
        number = int.from_bytes(_mac(shared, b"shelfsight digits 1" + transcript)[:8], "big")
        self.digits = f"{number % 1_000_000:06}"
        self.key = _mac(shared, b"shelfsight key 1" + transcript)
        await self._press_or_hang_up(reader)
        proof = _mac(self.key, b"shelfsight paired wearable 1" + transcript)
        await self._say(writer, {"type": "pair_confirm", "proof": proof.hex()})
        done = await self._hear(reader)
        right = _mac(self.key, b"shelfsight paired home 1" + transcript + " ".join(done["urls"]).encode())
        assert done["proof"] == right.hex()
        self.urls = done["urls"]
        await self._say(writer, {"type": "pair_stored"})
        self.stored.set()
        await reader.read()

    async def _press_or_hang_up(self, reader: asyncio.StreamReader) -> None:
        pressed, gone = asyncio.ensure_future(self.pressed.wait()), asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({pressed, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not pressed.done():
                raise asyncio.IncompleteReadError(b"", None)
        finally:
            pressed.cancel()
            gone.cancel()
            await asyncio.wait({pressed, gone})

    async def _hear(self, reader: asyncio.StreamReader) -> dict[str, Any]:
        line = await reader.readuntil(b"\n")
        assert len(line) <= 1024
        message: dict[str, Any] = json.loads(line)
        return message

    async def _say(self, writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
        change = self.change.get(message["type"])
        changed = message if change is None else change(message)
        if changed is None:
            await asyncio.Event().wait()
        writer.write((changed if isinstance(changed, str) else json.dumps(changed)).encode() + b"\n")
        await writer.drain()


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
