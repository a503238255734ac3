"""The board's TLS against a real server: what is checked, and that nothing is said before it has held. Real MicroPython."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass, field
import datetime as dt
import json
from pathlib import Path
import ssl
import struct
from typing import Any

import board_interpreter
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
import pytest

NAME = "home.example.org"
NOW = dt.datetime.now(dt.UTC)
YEAR = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Authority:
    """A root that signs."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, name: str) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = _builder(subject, subject, key, NOW - YEAR, NOW + YEAR)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return cls(key, builder.sign(key, hashes.SHA256()))

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def issue(self, folder: Path, name: str, begins: dt.datetime, ends: dt.datetime) -> ssl.SSLContext:
        """A server's context with a certificate for `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = _builder(subject, self.certificate.subject, key, begins, ends)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        chain = folder / "server.pem"
        chain.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begins: dt.datetime, ends: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


@dataclass
class Server:
    """A server that answers a line, and what it heard."""

    port: int = 0
    heard: bytearray = field(default_factory=bytearray)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            self.heard += await reader.readline()
            writer.write(b"right\n")
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def serving(context: ssl.SSLContext | None) -> AsyncIterator[Server]:
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    async with listener:
        server.port = listener.sockets[0].getsockname()[1]
        yield server


class NameServer(asyncio.DatagramProtocol):
    """Says 127.0.0.1 to every question."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes((127, 0, 0, 1))
        head = data[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0)
        assert isinstance(self._transport, asyncio.DatagramTransport)
        self._transport.sendto(head + data[12:] + answer, address)


async def dial(port: int, roots: Path, host: str = NAME, *, clock: bool = True, tls: bool = True) -> dict[str, Any]:
    """What comes of a dial on MicroPython."""
    loop = asyncio.get_running_loop()
    transport, _protocol = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    options = {
        "host": host,
        "port": port,
        "roots": str(roots),
        "name_server": transport.get_extra_info("sockname"),
        "clock": clock,
        "tls": tls,
    }
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            board_interpreter.micropython(),
            str(board_interpreter.HERE / "tls_device.py"),
            stdout=pipe,
            stderr=pipe,
            env=board_interpreter.environment(**options),
        )
        out, err = await asyncio.wait_for(process.communicate(), 30)
    finally:
        transport.close()
    assert process.returncode == 0, out.decode() + err.decode()
    outcome = json.loads(out.splitlines()[-1])
    assert isinstance(outcome, dict)
    return outcome


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make("Right root")


@pytest.fixture
def roots(tmp_path: Path, authority: Authority) -> Path:
    """As scripts/flash makes it: several roots, one after the other."""
    path = tmp_path / "roots.der"
    path.write_bytes(Authority.make("Another root").der + authority.der + Authority.make("A third root").der)
    return path


async def test_a_home_with_the_right_name_under_a_known_root_is_spoken_to(
    tmp_path: Path, authority: Authority, roots: Path
) -> None:
    context = authority.issue(tmp_path, NAME, NOW - YEAR, NOW + YEAR)
    async with serving(context) as server:
        outcome = await dial(server.port, roots)
        assert outcome.get("answer") == "right\n", outcome
        assert server.heard == b"secret\n"


@pytest.mark.parametrize(
    ("name", "begins", "ends", "reason"),
    [
        ("evil.example.org", NOW - YEAR, NOW + YEAR, "does not match"),
        (NAME, NOW - YEAR, NOW - dt.timedelta(days=1), "expired"),
        (NAME, NOW + dt.timedelta(days=1), NOW + YEAR, "in the future"),
    ],
    ids=["another name", "expired", "not yet valid"],
)
async def test_a_certificate_that_does_not_fit_is_told_nothing(
    tmp_path: Path, authority: Authority, roots: Path, name: str, begins: dt.datetime, ends: dt.datetime, reason: str
) -> None:
    async with serving(authority.issue(tmp_path, name, begins, ends)) as server:
        outcome = await dial(server.port, roots)
        assert reason in outcome["error"], outcome
        assert server.heard == b""


async def test_a_root_that_nobody_chose_is_told_nothing(tmp_path: Path, roots: Path) -> None:
    stranger = Authority.make("Right root")
    async with serving(stranger.issue(tmp_path, NAME, NOW - YEAR, NOW + YEAR)) as server:
        outcome = await dial(server.port, roots)
        assert "not correctly signed" in outcome["error"], outcome
        assert server.heard == b""


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN", b"\x30\x82\xff\xff", b"\x30\x82\x00\x04abcd"])
async def test_without_usable_roots_https_is_refused(
    tmp_path: Path, authority: Authority, content: bytes | None
) -> None:
    path = tmp_path / "roots.der"
    if content is not None:
        path.write_bytes(content)
    async with serving(authority.issue(tmp_path, NAME, NOW - YEAR, NOW + YEAR)) as server:
        outcome = await dial(server.port, path)
        assert "RootsError" in outcome["error"], outcome
        assert server.heard == b""


async def test_without_the_date_https_is_not_tried_and_the_person_can_be_told(
    tmp_path: Path, authority: Authority, roots: Path
) -> None:
    async with serving(authority.issue(tmp_path, NAME, NOW - YEAR, NOW + YEAR)) as server:
        outcome = await dial(server.port, roots, clock=False)
        assert "ClockError" in outcome["error"], outcome
        assert outcome["clock_missed"] is True
        assert server.heard == b""


async def test_a_home_on_this_network_needs_neither_roots_nor_date(tmp_path: Path) -> None:
    async with serving(None) as server:
        outcome = await dial(server.port, tmp_path / "none", "homeassistant.local", clock=False, tls=False)
        assert outcome == {"answer": "right\n", "clock_missed": False}
