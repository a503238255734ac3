"""A Live server's own certificate: fetched, shown by its fingerprint, and then the only one that is trusted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import socket
import ssl
from typing import Any
from unittest import mock

import pytest

from custom_components.shelfsight.live.answerer import Answerer, make_client
from custom_components.shelfsight.live.certificate import CertificateError, fetch, fingerprint, pinned_context
from local_live.certificate import Identity, load_or_make, now_utc


def identity(folder: Path) -> Identity:
    return load_or_make(folder, now_utc())


@asynccontextmanager
async def server(context: ssl.SSLContext | None) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello, this is no TLS\r\n")
        await reader.read()
        writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with running:
        yield running.sockets[0].getsockname()[1]


async def test_the_certificate_is_fetched_and_its_fingerprint_is_what_the_server_prints(tmp_path: Path) -> None:
    own = identity(tmp_path)
    async with server(own.context()) as port:
        pem = await asyncio.to_thread(fetch, "127.0.0.1", port)
    assert ssl.PEM_cert_to_DER_cert(pem) == ssl.PEM_cert_to_DER_cert(own.certificate_path.read_text())
    assert fingerprint(pem) == own.fingerprint


async def test_exactly_the_pinned_certificate_is_accepted_under_whatever_name(tmp_path: Path) -> None:
    own, other = identity(tmp_path / "own"), identity(tmp_path / "other")
    for shown, is_good in ((own, True), (other, False)):
        async with server(shown.context()) as port:
            connecting = asyncio.open_connection(
                "127.0.0.1", port, ssl=pinned_context(own.certificate_path.read_text()), server_hostname="elsewhere"
            )
            if is_good:
                _, writer = await connecting
                writer.close()
                await writer.wait_closed()
            else:
                with pytest.raises(ssl.SSLCertVerificationError):
                    await connecting


async def test_a_server_without_tls_is_told_apart_from_none() -> None:
    async with server(None) as port:
        with pytest.raises(CertificateError) as caught:
            await asyncio.to_thread(fetch, "127.0.0.1", port)
    assert caught.value.reason == "no_tls"


@pytest.mark.parametrize("host", ["127.0.0.1", "a..b", "x" * 70 + ".example", "\0"])
async def test_an_address_with_nobody_is_unreachable(host: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(CertificateError) as caught:
            await asyncio.to_thread(fetch, host, unused.getsockname()[1])
    assert caught.value.reason == "unreachable"


def test_the_client_of_a_local_server_dials_it_and_the_one_of_gemini_gemini(tmp_path: Path) -> None:
    pem = identity(tmp_path).certificate_path.read_text()
    local = make_client(Answerer("local", host="192.0.2.7", port=8443, certificate_pem=pem))._api_client
    assert local._http_options.base_url == "https://192.0.2.7:8443"
    assert (local.api_key, local._http_options.api_version) == ("local", "v1beta")
    six = make_client(Answerer("local", api_key="k", host="fd00::7", port=8443, certificate_pem=pem))._api_client
    assert (six._http_options.base_url, six.api_key) == ("https://[fd00::7]:8443", "k")
    gemini = make_client(Answerer("Gemini", api_key="key"))._api_client
    assert "generativelanguage.googleapis.com" in str(gemini._http_options.base_url)
    assert gemini._http_options.async_client_args["ssl"].verify_mode is ssl.CERT_REQUIRED


def test_clients_share_what_they_know_of_public_certificates_and_read_no_others(tmp_path: Path) -> None:
    """A home may have a hundred of them; each such context takes a third of a megabyte, and 5 ms to make."""
    pem = identity(tmp_path).certificate_path.read_text()
    made: list[ssl.SSLContext] = []
    create = ssl.create_default_context

    def noted(*arguments: Any, **options: Any) -> ssl.SSLContext:
        made.append(create(*arguments, **options))
        return made[-1]

    make_client(Answerer("Gemini", api_key="first"))
    with mock.patch.object(ssl, "create_default_context", noted):
        one, other = (make_client(Answerer("Gemini", api_key=key)) for key in ("one", "other"))
        make_client(Answerer("local", host="192.0.2.7", port=8443, certificate_pem=pem))
    contexts = [client._api_client._http_options.async_client_args["ssl"] for client in (one, other)]
    assert contexts[0] is contexts[1]
    assert made == [], "the system's certificates are read once"


def test_who_answers_does_not_show_a_key_in_a_log() -> None:
    assert "secret" not in repr(Answerer("Gemini", api_key="secret", certificate_pem="secret"))
