"""The wearable's side of pairing, step by step (PROTOCOL.md, section 6). Messages in, messages out; no socket.

| step | call | comes in | goes out |
| --- | --- | --- | --- |
| 1, 2 | `begin` | `pair_begin` | `pair_reply` |
| 3, 4 | `reveal` | `pair_reveal` | the six digits |
| 5 | `confirm` | the button | `pair_confirm` |
| 6, 7 | `finish` | `pair_done` | the link key and the home's URLs |
"""

import hashlib
import json

from .codec import PAIRING_PROTOCOL, ProtocolError, read_hex, read_object, read_urls
from .proof import equal, hmac_sha256
from .x25519 import multiply, public_key

MAX_LINE_BYTES = 1024


class PairingError(Exception):
    """Pairing cannot go on; `reason` is one of PROTOCOL.md's, `told` whether the home said so itself."""

    def __init__(self, reason: str, told: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.told = told


def read_line(line: bytes, expected: str) -> dict:
    """The message in one line, which has to be of the type `expected`.

    Raises:
        PairingError: `protocol`, or the home's own reason if the line is `pair_failed`.
    """
    message = read_object(line)
    if message is None:
        raise PairingError("protocol")
    if message.get("type") == "pair_failed":
        raise PairingError(str(message.get("reason"))[:40], told=True)
    if message.get("type") != expected:
        raise PairingError("protocol")
    return message


def write_line(message: dict) -> bytes:
    """One message as one line."""
    return (json.dumps(message) + "\n").encode()


class Attempt:
    """One attempt with one home; secret and nonce are made for it alone."""

    def __init__(self, device_id: str, name: str, model: str, secret: bytes, nonce: bytes) -> None:
        """`device_id` is 16 hex digits, `secret` 32 and `nonce` 16 random bytes."""
        self._id = device_id
        self._name = name
        self._model = model
        self._secret = secret
        self._public = public_key(secret)
        self._nonce = nonce
        self._commit = b""
        self._transcript = b""
        self._key = b""
        self.home = ""

    def begin(self, message: dict) -> dict:
        """Keeps the home's commitment and answers with the wearable's public key and nonce."""
        if message.get("protocol") != PAIRING_PROTOCOL:
            raise PairingError("protocol")
        self._commit = _hex(message, "commit", 32)
        self.home = str(message.get("home", ""))[:80]
        return {
            "type": "pair_reply",
            "protocol": PAIRING_PROTOCOL,
            "id": self._id,
            "name": self._name,
            "model": self._model,
            "public": self._public.hex(),
            "nonce": self._nonce.hex(),
        }

    def reveal(self, message: dict) -> str:
        """Checks what the home was bound to, computes the key, and returns the six digits."""
        public, nonce = _hex(message, "public", 32), _hex(message, "nonce", 16)
        if not equal(hashlib.sha256(b"shelfsight commit 1" + public + nonce).digest(), self._commit):
            raise PairingError("commit")
        shared = multiply(self._secret, public)
        if equal(shared, bytes(32)):
            raise PairingError("protocol")
        self._transcript = hashlib.sha256(
            b"shelfsight pairing 1" + self._id.encode() + public + self._public + nonce + self._nonce
        ).digest()
        self._key = hmac_sha256(shared, b"shelfsight key 1", self._transcript)
        number = int.from_bytes(hmac_sha256(shared, b"shelfsight digits 1", self._transcript)[:8], "big")
        return "%06d" % (number % 1000000)

    def confirm(self) -> dict:
        """What is sent once the person has pressed the button."""
        proof = hmac_sha256(self._key, b"shelfsight paired wearable 1", self._transcript)
        return {"type": "pair_confirm", "proof": proof.hex()}

    def finish(self, message: dict) -> tuple:
        """Checks the home's proof; returns the link key (32 bytes) and the home's URLs."""
        urls = _checked(read_urls, message.get("urls"))
        right = hmac_sha256(self._key, b"shelfsight paired home 1", self._transcript, " ".join(urls).encode())
        if not equal(right, _hex(message, "proof", 32)):
            raise PairingError("digits")
        return self._key, list(urls)


def _hex(message: dict, name: str, count: int) -> bytes:
    return _checked(read_hex, message.get(name), count)


def _checked(read: object, *arguments: object) -> object:
    """What `read` makes of them; PairingError instead of ProtocolError. MicroPython knows no `raise ... from`."""
    try:
        return read(*arguments)
    except ProtocolError:
        pass
    raise PairingError("protocol")
