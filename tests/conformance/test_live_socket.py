"""The socket to a Live server costs the event loop, which carries everybody's sound, no more than it must."""

import homeassistant  # noqa: F401  before google.genai: it decides which httpx there is

# isort: split
from pathlib import Path

from tests.conformance.scripted_server import Gemini, session_with


async def test_what_is_sent_is_not_deflated_first_even_where_the_server_would_take_it(tmp_path: Path) -> None:
    async def nothing(_gemini: Gemini) -> None:
        return

    async with session_with(tmp_path, nothing) as (_session, gemini):
        assert gemini.connection.request is not None
        assert "Sec-WebSocket-Extensions" not in gemini.connection.request.headers
        assert not gemini.connection.protocol.extensions
