"""A Live server's own certificate, pinned: fetched once, shown to the person by its fingerprint, trusted alone afterwards.

All of it blocks (sockets, OpenSSL): run it in an executor.
"""

import hashlib
import socket
import ssl

_FETCH_TIMEOUT_S = 5
_LIMIT_BYTES = 64 * 1024


class CertificateError(Exception):
    """The server cannot be reached (`unreachable`), or does not speak TLS (`no_tls`)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def fetch(host: str, port: int) -> str:
    """The certificate a server shows, as PEM. Nothing is trusted by this; the person compares the fingerprint.

    Raises:
        CertificateError: there is no server, or it does not speak TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        raw = socket.create_connection((host, port), timeout=_FETCH_TIMEOUT_S)
    except (OSError, UnicodeError) as err:  # UnicodeError: a host name that IDNA cannot encode
        raise CertificateError("unreachable") from err
    with raw:
        try:
            with context.wrap_socket(raw) as tls:
                certificate = tls.getpeercert(binary_form=True)
        except (OSError, ssl.SSLError) as err:
            raise CertificateError("no_tls") from err
    if certificate is None or len(certificate) > _LIMIT_BYTES:
        raise CertificateError("no_tls")
    return ssl.DER_cert_to_PEM_cert(certificate)


def fingerprint(pem: str) -> str:
    """SHA-256 of the certificate, as upper-case hex pairs with colons, as browsers show it."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).digest().hex(":").upper()


def pinned_context(pem: str) -> ssl.SSLContext:
    """A context that accepts exactly this certificate.

    The host name does not matter: the server is known by its key, not by where it lives today.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=pem)
    return context
