"""HMAC-SHA256 (RFC 2104) and the two proofs that open a link (PROTOCOL.md, section 3)."""

import hashlib

_BLOCK_BYTES = 64


def hmac_sha256(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 over the joined parts, 32 bytes. MicroPython has no `hmac` module."""
    if len(key) > _BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    key = key + bytes(_BLOCK_BYTES - len(key))
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
    for part in parts:
        inner.update(part)
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))
    outer.update(inner.digest())
    return outer.digest()


def equal(one: bytes, other: bytes) -> bool:
    """Whether two byte strings are equal; how long it takes does not tell where they differ."""
    if len(one) != len(other):
        return False
    difference = 0
    for index in range(len(one)):
        difference |= one[index] ^ other[index]
    return difference == 0


def proof_of_wearable(key: bytes, device_id: str, home_nonce: bytes, wearable_nonce: bytes, version: int) -> bytes:
    """What `hello` carries; `version` is the one that `hello` names, so nobody can talk the two sides down unnoticed."""
    return hmac_sha256(key, b"shelfsight wearable %d" % version, device_id.encode(), home_nonce, wearable_nonce)


def proof_of_home(key: bytes, device_id: str, home_nonce: bytes, wearable_nonce: bytes, version: int) -> bytes:
    """What `welcome` has to carry, for the version that `hello` named."""
    return hmac_sha256(key, b"shelfsight home %d" % version, device_id.encode(), home_nonce, wearable_nonce)
