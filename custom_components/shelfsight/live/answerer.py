"""Who answers: Gemini with a key, or a Live server on this network.

The SDK takes a second of a fast processor to import, and Home Assistant starts without it: outside of what is annotated, only
`session`, `generate` and the rooms behind them import it, and they are entered by `make_client`.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .models import DEFAULT_MODEL

if TYPE_CHECKING:
    from google import genai


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
    """The SDK's client; after that `session` and `generate` are imported. Blocks, the first time for a second: run it in an executor.

    Raises:
        ssl.SSLError: the certificate that was kept cannot be read.
        ValueError: none was kept.
        ImportError: the SDK is not there, or is broken.
    """
    from . import client, generate, session  # noqa: F401  # whoever has a client imports them next, in the event loop

    return client.build_client(answerer)
