"""Pairing from the home's side: dial the wearable, exchange keys, show digits, confirm (PROTOCOL.md, section 6)."""

import asyncio
from dataclasses import dataclass
import json
import secrets
import socket
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from .fields import LinkProtocolError, parse_object, read_hex, read_identifier, read_number, read_text
from .limits import PAIRING_PROTOCOL, fitting_urls
from .proof import KEY_BYTES, NONCE_BYTES, Agreement, agree, commitment, same

_LINE_LIMIT_BYTES = 1024
_STEP_TIMEOUT_S = 10
# While the person compares digits nothing is sent. A wearable whose network is cut is noticed all the same: after
# 5 + 3 * 3 = 14 s of silence. Linux looks at the last of these (ms) instead of counting probes, and for what was sent and
# not confirmed as well (tcp(7)).
_KEEPALIVE = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 3, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 14_000}


class PairingError(Exception):
    """Pairing came to an end. `reason` is a word of the protocol or `unreachable`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Paired:
    """What pairing leaves behind at home."""

    wearable_id: str
    name: str
    model: str
    link_key: bytes


class Pairing:
    """One attempt with one wearable. Use `open`, show `digits`, `wait_for_button`, then `finish` or `close`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._agreement: Agreement
        self._confirmed = False
        self.wearable_id = ""
        self.name = ""
        self.model = ""

    @classmethod
    async def open(cls, host: str, port: int, home_name: str) -> Self:
        """Dial the wearable and go as far as the digits.

        Raises:
            PairingError: it cannot be reached, or does not play by the rules.
        """
        try:
            async with asyncio.timeout(_STEP_TIMEOUT_S):
                reader, writer = await asyncio.open_connection(host, port, limit=_LINE_LIMIT_BYTES)
        except (OSError, TimeoutError) as err:
            raise PairingError("unreachable") from err
        _keep_alive(writer.get_extra_info("socket"))
        pairing = cls(reader, writer)
        try:
            await pairing._exchange(home_name)
        except BaseException:
            await pairing.close()
            raise
        return pairing

    async def _exchange(self, home_name: str) -> None:
        secret = X25519PrivateKey.generate()
        public = secret.public_key().public_bytes_raw()
        nonce = secrets.token_bytes(NONCE_BYTES)
        await self._send(
            type="pair_begin", protocol=PAIRING_PROTOCOL, home=home_name[:40], commit=commitment(public, nonce).hex()
        )
        reply = await self._receive("pair_reply")
        try:
            read_number(reply, "protocol", PAIRING_PROTOCOL, PAIRING_PROTOCOL)
            self.wearable_id = read_identifier(reply, "id")
            self.name = read_text(reply, "name", 40)
            self.model = read_text(reply, "model", 40, "")
            wearable_public = read_hex(reply, "public", KEY_BYTES)
            wearable_nonce = read_hex(reply, "nonce", NONCE_BYTES)
            shared = secret.exchange(X25519PublicKey.from_public_bytes(wearable_public))
        except (LinkProtocolError, ValueError) as err:  # ValueError: the shared secret is all zero
            raise PairingError("protocol") from err
        await self._send(type="pair_reveal", public=public.hex(), nonce=nonce.hex())
        self._agreement = agree(
            shared=shared,
            wearable_id=self.wearable_id,
            home_public=public,
            wearable_public=wearable_public,
            home_nonce=nonce,
            wearable_nonce=wearable_nonce,
        )

    @property
    def digits(self) -> str:
        """Six digits that the wearable says as well; equal only if nobody sits in between."""
        return self._agreement.digits

    async def wait_for_button(self, timeout_s: float) -> bool:
        """True once the person has pressed the wearable's button."""
        if self._confirmed:
            return True
        try:
            confirm = await self._receive("pair_confirm", timeout_s)
        except TimeoutError:
            return False
        if not same(read_proof(confirm), self._agreement.wearable_confirms()):
            raise PairingError("digits")
        self._confirmed = True
        return True

    async def finish(self, urls: list[str]) -> Paired:
        """Confirm from the home's side; afterwards the wearable holds the key and dials one of `urls`."""
        urls = fitting_urls(urls)
        await self._send(type="pair_done", proof=self._agreement.home_confirms(urls).hex(), urls=urls)
        await self._receive("pair_stored")
        await self.close()
        return Paired(self.wearable_id, self.name, self.model, self._agreement.link_key)

    def local_address(self) -> str:
        """The address of this home as the wearable sees it: one that it can dial."""
        address: str = self._writer.get_extra_info("sockname")[0]
        return f"[{address}]" if ":" in address else address

    async def close(self) -> None:
        """End the attempt, whatever state it is in."""
        self._writer.close()
        try:
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
        except OSError, TimeoutError:
            self._writer.transport.abort()

    async def _send(self, **message: Any) -> None:
        try:
            # Not escaped: four URLs of 200 bytes have to fit into a line.
            self._writer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
            await self._writer.drain()
        except OSError as err:
            raise PairingError("unreachable") from err

    async def _receive(self, expected: str, timeout_s: float | None = None) -> dict[str, Any]:
        """The next message, which must be the expected one.

        Raises:
            TimeoutError: only where the caller gave a time.
            PairingError: everything else that can go wrong.
        """
        limit = asyncio.timeout(timeout_s if timeout_s is not None else _STEP_TIMEOUT_S)
        try:
            async with limit:
                line = await self._reader.readuntil(b"\n")
        except TimeoutError as err:
            if not limit.expired():  # the system's own: the other side no longer answers (ETIMEDOUT)
                raise PairingError("unreachable") from err
            if timeout_s is not None:
                raise
            raise PairingError("time") from err
        except (OSError, asyncio.IncompleteReadError) as err:
            raise PairingError("unreachable") from err
        except asyncio.LimitOverrunError as err:
            raise PairingError("protocol") from err
        try:
            message = parse_object(line.decode(errors="replace"), _LINE_LIMIT_BYTES)
        except LinkProtocolError as err:
            raise PairingError("protocol") from err
        if message["type"] == "pair_failed":
            reason = message.get("reason")
            raise PairingError(reason if reason in ("commit", "digits", "busy", "time", "storage") else "protocol")
        if message["type"] != expected:
            raise PairingError("protocol")
        return message


def read_proof(message: dict[str, Any]) -> bytes:
    """The proof in a message of pairing."""
    try:
        return read_hex(message, "proof", KEY_BYTES)
    except LinkProtocolError as err:
        raise PairingError("protocol") from err


def _keep_alive(connection: socket.socket) -> None:
    """Have the system ask whether the other side is still there (tcp(7)); some systems lack some of these options."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if (option := getattr(socket, name, None)) is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
