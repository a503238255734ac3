"""The proofs of the link: who holds the key may talk (PROTOCOL.md, sections 3 and 6). Bytes in, bytes out."""

from dataclasses import dataclass
import hashlib
import hmac

NONCE_BYTES = 16
KEY_BYTES = 32


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104), 32 bytes."""
    return hmac.digest(key, message, "sha256")


def same(one: bytes, other: bytes) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one, other)


def wearable_proof(key: bytes, wearable_id: str, home_nonce: bytes, wearable_nonce: bytes, version: int) -> bytes:
    """What a wearable that holds the key says in `hello`; `version` is the one that `hello` names."""
    return mac(key, b"shelfsight wearable %d" % version + wearable_id.encode("ascii") + home_nonce + wearable_nonce)


def home_proof(key: bytes, wearable_id: str, home_nonce: bytes, wearable_nonce: bytes, version: int) -> bytes:
    """What a home that holds the key says in `welcome`; `version` is the one that `hello` names."""
    return mac(key, b"shelfsight home %d" % version + wearable_id.encode("ascii") + home_nonce + wearable_nonce)


def commitment(public: bytes, nonce: bytes) -> bytes:
    """What the home binds itself to in `pair_begin`, before it has seen anything of the wearable."""
    return hashlib.sha256(b"shelfsight commit 1" + public + nonce).digest()


@dataclass(frozen=True, slots=True, repr=False)
class Agreement:
    """What both sides of a pairing compute from the exchange; secret, so it has no repr."""

    digits: str
    link_key: bytes
    transcript: bytes

    def wearable_confirms(self) -> bytes:
        """The proof in `pair_confirm`."""
        return mac(self.link_key, b"shelfsight paired wearable 1" + self.transcript)

    def home_confirms(self, urls: list[str]) -> bytes:
        """The proof in `pair_done`; it also covers the URLs that the wearable will dial."""
        return mac(self.link_key, b"shelfsight paired home 1" + self.transcript + " ".join(urls).encode())


def agree(  # every argument is one field of the exchange
    *,
    shared: bytes,
    wearable_id: str,
    home_public: bytes,
    wearable_public: bytes,
    home_nonce: bytes,
    wearable_nonce: bytes,
) -> Agreement:
    """Compute digits and key from X25519's shared secret and all that was said."""
    transcript = hashlib.sha256(
        b"shelfsight pairing 1"
        + wearable_id.encode("ascii")
        + home_public
        + wearable_public
        + home_nonce
        + wearable_nonce
    ).digest()
    number = int.from_bytes(mac(shared, b"shelfsight digits 1" + transcript)[:8], "big")
    return Agreement(
        digits=f"{number % 1_000_000:06d}",
        link_key=mac(shared, b"shelfsight key 1" + transcript),
        transcript=transcript,
    )
