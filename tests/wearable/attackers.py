"""Attackers in the wire between a home and a wearable that pair (real TCP, real keys)."""

import asyncio
import contextlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pairing_home import PairingHome
from tape import Listening


class ManInTheMiddle(Listening):
    """Stands between a home and a wearable that pair, with keys of its own towards each.

    `wearable_first` true: it goes through with the wearable, down to the digits, before it answers the home; false: it
    answers the home first and has the home's key before it begins with the wearable. It keeps the rules on both sides:
    it cannot know what it binds itself to before it has done so.
    """

    def __init__(self, wearable_port: int, *, wearable_first: bool) -> None:
        self._wearable_port = wearable_port
        self._wearable_first = wearable_first
        self.digits_at_wearable = ""
        self.home_public = ""
        self.passed_on = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\n")  # the home's commitment stays here
        wearable = await PairingHome.dial("127.0.0.1", self._wearable_port)
        await wearable.begin()
        if self._wearable_first:
            self.digits_at_wearable = await wearable.reveal()
        own = X25519PrivateKey.generate().public_key().public_bytes_raw().hex()
        await _say(writer, {**wearable.reply, "public": own, "nonce": secrets.token_hex(16)})
        self.home_public = json.loads(await reader.readuntil(b"\n"))["public"]
        if not self._wearable_first:
            self.digits_at_wearable = await wearable.reveal()
        with contextlib.suppress(ConnectionError):
            confirmation = await wearable.receive()
            if confirmation is not None:
                await _say(writer, confirmation)
                self.passed_on.set()
            await reader.read()
        await wearable.close()
        writer.close()


class LateChooser(Listening):
    """Passes the home's commitment on, and only when it has seen both keys puts its own in the place of the home's."""

    def __init__(self, wearable_port: int) -> None:
        self._wearable_port = wearable_port
        self.refusal: dict[str, Any] | None = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        down, up = await asyncio.open_connection("127.0.0.1", self._wearable_port)
        up.write(await reader.readuntil(b"\n"))
        writer.write(await down.readuntil(b"\n"))
        reveal = json.loads(await reader.readuntil(b"\n"))
        own = X25519PrivateKey.generate().public_key().public_bytes_raw()
        await _say(up, {**reveal, "public": own.hex()})
        line = await down.readuntil(b"\n")
        self.refusal = json.loads(line)
        writer.write(line)
        writer.close()
        up.close()


async def _say(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    writer.write(json.dumps(message).encode() + b"\n")
    await writer.drain()
