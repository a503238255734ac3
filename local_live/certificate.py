"""The server's own certificate: made at the first start, kept in the state folder, known to clients by its fingerprint.

EC P-256, ten years, for ``localhost`` and this machine's names and addresses. Clients pin the fingerprint (SHA-256 of
the DER form), so a change of address does no harm.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import ipaddress
import os
from pathlib import Path
import socket
import ssl
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE_NAME: Final = "certificate.pem"
KEY_NAME: Final = "key.pem"
_LIFE: Final = timedelta(days=3652)
_CLOCK_SKEW: Final = timedelta(days=1)  # a small machine without a clock battery may live in yesterday
_ANY_ADDRESS: Final = ("198.51.100.1", 9)  # documentation range: nothing is sent, it only picks the outgoing interface


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate on disk. ``fingerprint`` is ``AA:BB:...``, SHA-256 of the DER form."""

    certificate_path: Path
    key_path: Path
    fingerprint: str

    def context(self) -> ssl.SSLContext:
        """Make the server's TLS context; reads files, so it belongs into an executor."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate_path, self.key_path)
        return context


def load_or_make(state_dir: Path, now: datetime) -> Identity:
    """Return the identity kept in ``state_dir``, making folder and identity where there is none. Blocks.

    Raises:
        OSError: the folder cannot be written or read.
        ValueError: what is kept there is no certificate.
    """
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate_path, key_path = state_dir / CERTIFICATE_NAME, state_dir / KEY_NAME
    if not (certificate_path.exists() and key_path.exists()):
        certificate, key = make(now, local_names(), local_addresses())
        _write_private(key_path, key)
        _write_private(certificate_path, certificate)
    certificate = certificate_path.read_bytes()
    return Identity(certificate_path, key_path, fingerprint(certificate))


def fingerprint(certificate_pem: bytes) -> str:
    """Return the SHA-256 of a certificate's DER form as ``AA:BB:...``."""
    return x509.load_pem_x509_certificate(certificate_pem).fingerprint(hashes.SHA256()).hex(":").upper()


def make(now: datetime, dns_names: list[str], addresses: list[str]) -> tuple[bytes, bytes]:
    """Make a self-signed certificate; returns certificate and private key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Shelfsight Live server")])
    alternatives: list[x509.GeneralName] = [x509.DNSName(dns_name) for dns_name in dns_names]
    alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def local_names() -> list[str]:
    """List this machine's names."""
    host = socket.gethostname().split(".")[0].lower()
    usable = host.isascii() and host.replace("-", "").isalnum() and host != "localhost"
    return ["localhost", *([host, f"{host}.local"] if usable else [])]


def local_addresses() -> list[str]:
    """List this machine's addresses: loopback, and the one it would reach others from, where it has a network."""
    addresses = ["127.0.0.1", "::1"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ANY_ADDRESS)
        except OSError:  # no network: loopback is all there is
            return addresses
        own = probe.getsockname()[0]
    return addresses if own in addresses else [*addresses, own]


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
