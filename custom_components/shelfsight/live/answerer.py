"""Who answers: Gemini with a key, or a Live server on this network; and the SDK's client for it."""

from dataclasses import dataclass, field
import logging
import ssl

from google import genai
from google.genai import types
import httpx

from .certificate import pinned_context
from .edge import EdgeConnection
from .models import DEFAULT_MODEL
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
    "create_connection": EdgeConnection,
    "logger": _SOCKET_LOGGER,
}


@dataclass(frozen=True, slots=True)
class Answerer:
    """Where a session goes. `host` is None for Gemini itself."""

    name: str
    api_key: str = field(default="", repr=False)
    host: str | None = None
    port: int = 0
    certificate_pem: str = field(default="", repr=False)
    model: str = DEFAULT_MODEL
    follows_instructions: bool = True
    """False for a shelf reader, which does what it does whatever the session's instructions say."""

    @property
    def patience_s(self) -> float:
        """How long a server may send nothing at all before the answer counts as lost.

        The local Live server sends a sign of life while it reads a large picture; Gemini that is silent for a quarter of a
        minute has lost the question.
        """
        return 15.0

    @property
    def is_local(self) -> bool:
        """True for a Live server on this network."""
        return self.host is not None


def make_client(answerer: Answerer) -> genai.Client:
    """The SDK's client. Reads certificates and configuration from files: run it in an executor."""
    warm_up()
    base_url = None
    if answerer.is_local:
        host = f"[{answerer.host}]" if answerer.host and ":" in answerer.host else answerer.host
        base_url = f"https://{host}:{answerer.port}"
        context = pinned_context(answerer.certificate_pem)
    else:
        # Made here and not by the SDK at connect time, which would be in the event loop.
        context = ssl.create_default_context()
    return genai.Client(
        api_key=answerer.api_key or _NO_KEY,
        vertexai=False,
        http_options=types.HttpOptions(
            api_version=_API_VERSION,
            base_url=base_url,
            # The SDK hands the WebSocket what it knows of this, and HTTP the rest. With a transport of httpx a broken request
            # fails at once; the SDK's own choice was seen to sleep for seconds and to send it again, unasked.
            async_client_args={"ssl": context, "transport": httpx.AsyncHTTPTransport(verify=context), **_SOCKET},
        ),
    )
