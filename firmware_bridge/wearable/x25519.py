"""X25519 as RFC 7748, section 5, writes it down: the Montgomery ladder on Python's whole numbers.

Python's arithmetic takes longer for larger numbers, so this is not constant in time. It is used once per pairing, with a
secret made for that one attempt, in the two minutes after somebody held the button: there is nothing to average over.
"""

_P = 2**255 - 19
_A24 = 121665
_BASE_POINT = b"\x09" + bytes(31)


def multiply(scalar: bytes, u: bytes) -> bytes:
    """The u coordinate of `scalar` times the point `u`; both 32 bytes, little endian, as is the result.

    All zero for a point of small order: the caller must refuse that (RFC 7748, section 6.1).
    """
    k = int.from_bytes(scalar, "little")
    k = (k & ((1 << 255) - 8) & ~(1 << 255)) | (1 << 254)
    x1 = (int.from_bytes(u, "little") & ((1 << 255) - 1)) % _P
    x2, z2, x3, z3 = 1, 0, x1, 1
    swapped = 0
    for place in range(254, -1, -1):
        bit = (k >> place) & 1
        if bit != swapped:
            x2, x3, z2, z3 = x3, x2, z3, z2
            swapped = bit
        a, b = x2 + z2, x2 - z2
        aa, bb = a * a % _P, b * b % _P
        e = aa - bb
        da, cb = (x3 - z3) * a % _P, (x3 + z3) * b % _P
        x3, z3 = (da + cb) * (da + cb) % _P, x1 * ((da - cb) * (da - cb) % _P) % _P
        x2, z2 = aa * bb % _P, e * (aa + _A24 * e) % _P
    if swapped:
        x2, z2 = x3, z3
    return (x2 * pow(z2, _P - 2, _P) % _P).to_bytes(32, "little")


def public_key(secret: bytes) -> bytes:
    """The public key of a secret of 32 random bytes."""
    return multiply(secret, _BASE_POINT)
