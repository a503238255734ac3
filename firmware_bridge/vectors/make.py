"""Writes the byte-exact cases of PROTOCOL.md beside itself, from `cryptography`, `hashlib`, `struct` and what
stands in `cases.py`, `to_home.py` and `to_wearable.py`.

    python firmware_bridge/vectors/make.py [--check]

Neither the wearable's nor the home's own code is used, so that both can be tested against these files. Keys and nonces
are derived from a case's name with SHA-256: anybody gets the same bytes. All byte strings are lower case hex.
`--check` writes nothing and ends with 1 when a file differs.
"""

import argparse
import hashlib
import hmac
import json
import pathlib
import struct
import sys

from cases import conversation, version_cases
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from to_home import hello_cases, home_cases
from to_wearable import wearable_cases, wearable_opening_cases

FOLDER = pathlib.Path(__file__).parent
DEVICE_ID = "00c0ffee12345678"
BASE_POINT = (9).to_bytes(32, "little")

# (where in RFC 7748, scalar, u coordinate, result); computed again here, and refused if they differ.
RFC_7748 = (
    (
        "section 5.2, first",
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ),
    (
        "section 5.2, second: the top bit of u is not used",
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ),
    (
        "section 6.1: Bob's secret with Alice's public key",
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
        "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
    ),
)
RFC_7748_ITERATED = {
    1: "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
    1000: "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51",
}


def some_bytes(name: str, count: int) -> bytes:
    """`count` bytes that look random and follow from `name`."""
    blocks = (hashlib.sha256(f"{name} {number}".encode()).digest() for number in range(count // 32 + 1))
    return b"".join(blocks)[:count]


def mac(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 of the joined parts."""
    return hmac.digest(key, b"".join(parts), "sha256")


def multiply(scalar: bytes, u: bytes) -> bytes:
    """X25519 of RFC 7748."""
    return X25519PrivateKey.from_private_bytes(scalar).exchange(X25519PublicKey.from_public_bytes(u))


def x25519_cases() -> dict:
    """Single multiplications, the iterated ones of section 5.2, and points whose product is zero."""
    for where, scalar, u, result in RFC_7748:
        if multiply(bytes.fromhex(scalar), bytes.fromhex(u)).hex() != result:
            raise ValueError(f"RFC 7748 {where} was copied wrongly")
    scalar = u = BASE_POINT
    for number in range(1, 1001):
        scalar, u = multiply(scalar, u), scalar
        if number in RFC_7748_ITERATED and scalar.hex() != RFC_7748_ITERATED[number]:
            raise ValueError(f"RFC 7748 section 5.2, {number} iterations, was copied wrongly")
    return {
        "multiply": [
            {"name": f"RFC 7748 {where}", "scalar": scalar, "u": u, "result": result}
            for where, scalar, u, result in RFC_7748
        ],
        "iterated": [
            {
                "name": f"RFC 7748 section 5.2, {count} times",
                "count": count,
                "start": BASE_POINT.hex(),
                "result": result,
            }
            for count, result in RFC_7748_ITERATED.items()
        ],
        # Points of small order (RFC 7748 section 7): whatever the scalar, the product is zero and must be refused.
        "zero": [
            {"name": f"u = {name}", "scalar": some_bytes("zero", 32).hex(), "u": u.to_bytes(32, "little").hex()}
            for name, u in (("0", 0), ("1", 1), ("p - 1", 2**255 - 20), ("p", 2**255 - 19), ("p + 1", 2**255 - 18))
        ],
    }


def binary_cases() -> dict:
    """Whole binary messages, field by field."""
    cases = []
    for name, stream, sequence, time_ms, payload in (
        ("the first microphone message", 1, 0, 0, struct.pack("<4h", 0, 1, -1, 32767)),
        ("a microphone message of 20 ms at 16 kHz", 1, 258, 81234, some_bytes("microphone", 640)),
        ("counters just before they wrap", 1, 65535, 4294967295, struct.pack("<2h", -32768, 256)),
        ("the largest microphone message", 1, 7, 140, some_bytes("largest microphone", 2040)),
        ("a speaker message", 3, 12, 1024, struct.pack("<3h", 100, -100, 0)),
        ("the largest speaker message", 3, 13, 1109, some_bytes("largest speaker", 4088)),
        ("an empty speaker message", 3, 14, 1194, b""),
    ):
        message = struct.pack(">BBHI", stream, 0, sequence, time_ms) + payload
        cases.append(
            {
                "name": name,
                "stream": stream,
                "flags": 0,
                "sequence": sequence,
                "time_ms": time_ms,
                "payload": payload.hex(),
                "message": message.hex(),
            }
        )
    flagged = bytearray.fromhex(cases[4]["message"])
    flagged[1] = 0xA5
    cases.append({**cases[4], "name": "flags are ignored", "flags": 0xA5, "message": flagged.hex()})
    pictures = []
    for name, size, sequence, time_ms in (
        ("a picture in one part", 10, 0, 5),
        ("a picture of exactly one full part", 4096, 1, 1005),
        ("a picture in three parts", 2 * 4096 + 904, 65535, 4294967290),
    ):
        jpeg = b"\xff\xd8" + some_bytes(name, size - 4) + b"\xff\xd9"
        parts = [
            struct.pack(">BBHIII", 2, 0, sequence, time_ms, offset, size) + jpeg[offset : offset + 4096]
            for offset in range(0, size, 4096)
        ]
        pictures.append(
            {
                "name": name,
                "sequence": sequence,
                "time_ms": time_ms,
                "jpeg": jpeg.hex(),
                "parts": [part.hex() for part in parts],
            }
        )
    return {
        "messages": cases,
        "pictures": pictures,
        "malformed": [
            {"name": "nothing", "message": ""},
            {"name": "shorter than its header", "message": "03000001000000"},
            {"name": "an odd number of PCM bytes", "message": struct.pack(">BBHI", 3, 0, 0, 0).hex() + "000102"},
            {"name": "a speaker message over its limit", "message": (b"\x03" + bytes(7 + 4098)).hex()},
            {"name": "an unknown stream", "message": struct.pack(">BBHI", 9, 0, 0, 0).hex() + "0001"},
        ],
        "malformed_to_home": malformed_to_home(),
    }


def malformed_to_home() -> list[dict]:
    """Binary messages that a home refuses; `names` is what is wrong with them."""

    def microphone(size: int) -> bytes:
        return struct.pack(">BBHI", 1, 0, 0, 0) + bytes(size)

    def part(offset: int, total: int, size: int) -> bytes:
        return struct.pack(">BBHIII", 2, 0, 0, 0, offset, total) + bytes(size)

    largest = 2 * 1024 * 1024
    return [
        {"name": name, "names": names, "message": message.hex()}
        for name, names, message in (
            ("nothing", "header", b""),
            ("shorter than its header", "header", bytes.fromhex("01000001000000")),
            ("sound of no samples", "microphone", microphone(0)),
            ("sound of half a sample", "microphone", microphone(3)),
            ("sound over its limit", "microphone", microphone(2050)),
            ("a picture shorter than its header", "picture", struct.pack(">BBHI", 2, 0, 0, 0) + bytes(7)),
            ("a part of nothing", "part", part(0, 10, 0)),
            ("a part over its limit", "part", part(0, 10_000, 4097)),
            ("a picture of no bytes", "outside", part(0, 0, 1)),
            ("a picture over its limit", "outside", part(0, largest + 1, 1)),
            ("a part that reaches beyond its picture", "outside", part(8, 10, 3)),
            ("a part that begins at the end of the numbers", "outside", part(0xFFFFFFFF, 10, 3)),
        )
    ]


def opening_cases() -> list[dict]:
    """The proofs of hello and welcome, in several versions."""
    cases = []
    for name, version in (("first", 1), ("second", 1), ("second, of version 2", 2), ("second, of version 12", 12)):
        key, home, wearable = opening_secrets(name.partition(",")[0])
        rest = DEVICE_ID.encode() + home + wearable
        cases.append(
            {
                "name": name,
                "version": version,
                "key": key.hex(),
                "id": DEVICE_ID,
                "home_nonce": home.hex(),
                "wearable_nonce": wearable.hex(),
                "wearable_proof": mac(key, b"shelfsight wearable %d" % version, rest).hex(),
                "home_proof": mac(key, b"shelfsight home %d" % version, rest).hex(),
            }
        )
    return cases


def opening_secrets(name: str) -> tuple[bytes, bytes, bytes]:
    """Link key, the home's nonce and the wearable's."""
    return (
        some_bytes(f"link key {name}", 32),
        some_bytes(f"home nonce {name}", 16),
        some_bytes(f"wearable nonce {name}", 16),
    )


def message_file() -> dict:
    """All text messages, both ways."""
    secrets = opening_secrets("first")
    return {
        "to_home_opening": hello_cases(*secrets),
        "to_home": home_cases(),
        "to_wearable_opening": wearable_opening_cases(*secrets),
        "to_wearable": wearable_cases(),
        "pairing": conversation(pairing_cases()[1]),
        "versions": version_cases(),
    }


def pairing_case(name: str, urls: list[str]) -> dict:
    """One whole pairing, every value that is computed on the way."""
    home_secret, wearable_secret = some_bytes(f"home secret {name}", 32), some_bytes(f"wearable secret {name}", 32)
    home_nonce, wearable_nonce = some_bytes(f"home nonce {name}", 16), some_bytes(f"wearable nonce {name}", 16)
    home_public, wearable_public = (
        X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        for secret in (home_secret, wearable_secret)
    )
    shared = multiply(home_secret, wearable_public)
    if shared != multiply(wearable_secret, home_public):
        raise ValueError("the two sides do not agree")
    transcript = hashlib.sha256(
        b"shelfsight pairing 1" + DEVICE_ID.encode() + home_public + wearable_public + home_nonce + wearable_nonce
    ).digest()
    key = mac(shared, b"shelfsight key 1", transcript)
    digits = int.from_bytes(mac(shared, b"shelfsight digits 1", transcript)[:8], "big") % 1_000_000
    return {
        "name": name,
        "id": DEVICE_ID,
        "home_secret": home_secret.hex(),
        "home_public": home_public.hex(),
        "home_nonce": home_nonce.hex(),
        "wearable_secret": wearable_secret.hex(),
        "wearable_public": wearable_public.hex(),
        "wearable_nonce": wearable_nonce.hex(),
        "commit": hashlib.sha256(b"shelfsight commit 1" + home_public + home_nonce).hexdigest(),
        "shared": shared.hex(),
        "transcript": transcript.hex(),
        "digits": f"{digits:06d}",
        "key": key.hex(),
        "wearable_proof": mac(key, b"shelfsight paired wearable 1", transcript).hex(),
        "urls": urls,
        "home_proof": mac(key, b"shelfsight paired home 1", transcript, " ".join(urls).encode()).hex(),
    }


def pairing_cases() -> list[dict]:
    """Pairings with one and several URLs, and one whose digits begin with a zero."""
    one = ["http://192.0.2.10:8123"]
    cases = [
        pairing_case("one URL", one),
        pairing_case("two URLs, one not ASCII", ["http://küche.example:8123", "https://home.example"]),
    ]
    numbered = (pairing_case(f"digits with a leading zero {number}", one) for number in range(1000))
    cases.append(next(case for case in numbered if case["digits"].startswith("0")))
    return cases


def main() -> int:
    """Writes the files, or compares them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 when a file differs")
    check = parser.parse_args().check
    differing = []
    for name, cases in (
        ("x25519", x25519_cases()),
        ("binary", binary_cases()),
        ("opening", opening_cases()),
        ("pairing", pairing_cases()),
        ("messages", message_file()),
    ):
        path = FOLDER / f"{name}.json"
        text = json.dumps(cases, indent=1, ensure_ascii=True) + "\n"
        if check:
            if not path.is_file() or path.read_text() != text:
                differing.append(path.name)
        else:
            path.write_text(text)
    for name in differing:
        print(f"differs: {name}", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
