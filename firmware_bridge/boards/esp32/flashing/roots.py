"""Which roots the board trusts for https: chosen here, written to it as `roots.der`."""

from __future__ import annotations

import binascii
from collections.abc import Iterable
from pathlib import Path
import re
import ssl

# What issues certificates for homes: Let's Encrypt (ISRG), Google (GTS), and what Nabu Casa, Cloudflare and Amazon use.
_COMMON = (
    "ISRG Root X1",
    "ISRG Root X2",
    "GTS Root R1",
    "GTS Root R4",
    "Amazon Root CA 1",
    "DigiCert Global Root G2",
    "USERTrust ECC Certification Authority",
)
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----\s(.+?)-----END CERTIFICATE-----", re.DOTALL)


def certificates_in(data: bytes) -> list[bytes]:
    """The certificates in a file, PEM or DER, each in DER.

    Raises:
        ValueError: none.
    """
    if data[:1] == b"\x30":
        return [data]
    blocks = _BLOCK.findall(data.decode("ascii", "replace"))
    if not blocks:
        raise ValueError("no certificate")
    return [binascii.a2b_base64(block) for block in blocks]


def common_roots(names: Iterable[str] = _COMMON) -> dict[str, bytes]:
    """Those of `names` that this computer itself trusts: name and DER."""
    context = ssl.create_default_context()
    found = {}
    for about, der in zip(context.get_ca_certs(), context.get_ca_certs(binary_form=True)):  # noqa: B905 -- Python 3.9
        subject = dict(part[0] for part in about["subject"])
        name = subject.get("commonName", "")
        if name in names:
            found[name] = der
    return found


def bundle(files: Iterable[Path]) -> tuple[list[str], bytes]:
    """What `roots.der` is to hold, with the names of it: the files' certificates, or the common roots if there are none.

    Raises:
        ValueError, OSError: a file that cannot be used.
    """
    named: dict[str, bytes] = {}
    for path in files:
        for number, der in enumerate(certificates_in(path.read_bytes())):
            named[f"{path.name} ({number + 1})"] = der
    named = named or common_roots()
    return list(named), b"".join(named.values())
