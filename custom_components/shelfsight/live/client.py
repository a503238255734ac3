"""The SDK's client for who answers. Imports the SDK, and blocks: `answerer.make_client` comes here in an executor."""

from functools import cache
import logging
import ssl

from google import genai
from google.genai import types
import httpx

from .answerer import Answerer
from .certificate import pinned_context
from .edge import EdgeConnection
from .warm import warm_up

# Live is documented on v1beta; from SDK 3.0 on the default would be v1.
_API_VERSION = "v1beta"
# A server of our own asks for no key unless it was started with one, but the SDK must have something to send.
_NO_KEY = "local"
# The library logs headers, which hold the key, and what is said, once somebody wants its debug log: never of these sockets.
_SOCKET_LOGGER = logging.getLogger(f"{__name__}.socket")
_SOCKET_LOGGER.setLevel(logging.INFO)
# Pongs were seen to take 8 to 30 s (live-api.md): liveness is the session's own affair.
_SOCKET = {
    "ping_interval": None,
    "open_timeout": 8,
    "max_size": 8 * 1024 * 1024,
    # Somebody may be waiting for another session, and this one is not wanted any more.
    "close_timeout": 0.5,
    # Deflating a picture held up the event loop, and so everybody's sound, for 32 ms, to win back base64's third.
    "compression": None,
    "create_connection": EdgeConnection,
    "logger": _SOCKET_LOGGER,
}


@cache
def _public_context() -> ssl.SSLContext:
    """That of this system's certificates: one for all, as reading them takes 10 ms and a third of a megabyte.

    Made here and not by the SDK at connect time, which would be in the event loop.
    """
    return ssl.create_default_context()


def build_client(answerer: Answerer) -> genai.Client:
    """The SDK's client. Reads certificates and configuration from files."""
    warm_up()
    base_url = None
    if answerer.is_local:
        host = f"[{answerer.host}]" if answerer.host and ":" in answerer.host else answerer.host
        base_url = f"https://{host}:{answerer.port}"
        context = pinned_context(answerer.certificate_pem)
    else:
        context = _public_context()
    return genai.Client(
        api_key=answerer.api_key or _NO_KEY,
        vertexai=False,
        http_options=types.HttpOptions(
            api_version=_API_VERSION,
            base_url=base_url,
            # The SDK hands the WebSocket what it knows of this, and HTTP the rest. With a transport of httpx a broken request
            # fails at once; the SDK's own choice was seen to sleep for seconds and to send it again, unasked.
            # Nobody uses the SDK's blocking side, which would read all of the system's certificates into a context of its own.
            client_args={"verify": context},
            async_client_args={"ssl": context, "transport": httpx.AsyncHTTPTransport(verify=context), **_SOCKET},
        ),
    )
