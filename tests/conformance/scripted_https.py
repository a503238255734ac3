"""A TLS server that answers `generateContent` as a test tells it to, and keeps what was asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
import json
from pathlib import Path
import ssl
from typing import Any

from aiohttp import web
from google import genai
from google.genai import types
import httpx

from custom_components.shelfsight.live.certificate import pinned_context
from custom_components.shelfsight.live.edge import EdgeConnection
from local_live.certificate import load_or_make, now_utc

KEY = "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"

type Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Asked:
    """The requests that came in."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.requests: list[web.Request] = []


def body(text: str | None = None, *, finish: str | None = "STOP", **more: Any) -> dict[str, Any]:
    """A response with one candidate."""
    parts = [] if text is None else [{"text": text}]
    return {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": finish}], **more}


def saying(response: object, status: int = 200) -> Reply:
    """Answers with this, as JSON; a text goes out as it is."""

    async def reply(_request: web.Request) -> web.StreamResponse:
        text = response if isinstance(response, str) else json.dumps(response)
        return web.Response(text=text, status=status, content_type="application/json")

    return reply


def client_of(port: int, certificate_pem: str) -> genai.Client:
    """The SDK's client with the same socket options as the integration's. Blocks: call it in a thread."""
    context: ssl.SSLContext = pinned_context(certificate_pem)
    return genai.Client(
        api_key=KEY,
        vertexai=False,
        http_options=types.HttpOptions(
            api_version="v1beta",
            base_url=f"https://127.0.0.1:{port}",
            async_client_args={
                "ssl": context,
                # Else the SDK takes aiohttp, and then waits up to ten seconds after a broken connection and tries again.
                "transport": httpx.AsyncHTTPTransport(verify=context),
                "create_connection": EdgeConnection,
                "ping_interval": None,
                "open_timeout": 8,
                "max_size": 8 * 1024 * 1024,
            },
        ),
    )


@asynccontextmanager
async def server_saying(
    folder: Path, reply: Reply, *, pinned: str | None = None
) -> AsyncIterator[tuple[genai.Client, Asked]]:
    """A client, and what it asked; `pinned` is the certificate it trusts instead of the server's."""
    asked = Asked()

    async def take(request: web.Request) -> web.StreamResponse:
        asked.requests.append(request)
        asked.bodies.append(await request.json())
        return await reply(request)

    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/{version}/models/{call}", take)
    identity = await asyncio.to_thread(load_or_make, folder, now_utc())
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=identity.context())
    await site.start()
    try:
        port = runner.addresses[0][1]
        client = await asyncio.to_thread(client_of, port, pinned or identity.certificate_path.read_text())
        try:
            yield client, asked
        finally:
            await client.aio.aclose()
    finally:
        await runner.cleanup()
