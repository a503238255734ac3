"""The certificate: made once, kept, private, and what clients pin."""

from datetime import UTC, datetime, timedelta
import hashlib
import json
from pathlib import Path
import stat

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
import pytest

from local_live import certificate
from tests.local_live.server_parts import raw, running, set_up

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_it_is_made_at_the_first_start_and_kept(tmp_path: Path) -> None:
    first = certificate.load_or_make(tmp_path / "state", NOW)
    again = certificate.load_or_make(tmp_path / "state", NOW + timedelta(days=400))
    assert first == again
    assert stat.S_IMODE(first.key_path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert {path.name for path in (tmp_path / "state").iterdir()} == {"certificate.pem", "key.pem"}


def test_it_is_an_elliptic_curve_certificate_for_ten_years_and_this_machine(tmp_path: Path) -> None:
    identity = certificate.load_or_make(tmp_path, NOW)
    made = x509.load_pem_x509_certificate(identity.certificate_path.read_bytes())
    key = made.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    assert timedelta(days=3650) < made.not_valid_after_utc - NOW < timedelta(days=3660)
    assert made.not_valid_before_utc < NOW
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert {"127.0.0.1", "::1"} <= {str(address) for address in names.get_values_for_type(x509.IPAddress)}


def test_half_an_identity_is_made_anew(tmp_path: Path) -> None:
    first = certificate.load_or_make(tmp_path, NOW)
    first.key_path.unlink()
    assert certificate.load_or_make(tmp_path, NOW).fingerprint != first.fingerprint


def test_something_else_than_a_certificate_is_said(tmp_path: Path) -> None:
    certificate.load_or_make(tmp_path, NOW).certificate_path.write_text("hello")
    with pytest.raises(ValueError, match="PEM"):
        certificate.load_or_make(tmp_path, NOW)


async def test_the_fingerprint_is_that_of_the_certificate_on_the_wire_before_and_after_a_restart(
    tmp_path: Path,
) -> None:
    seen = []
    for _ in range(2):
        async with running(tmp_path) as server, raw(server) as connection:
            await set_up(connection)
            der = connection.transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
            assert hashlib.sha256(der).hexdigest() == server.fingerprint.replace(":", "").lower()
            seen.append(json.dumps(server.fingerprint))
    assert seen[0] == seen[1]
