"""A TLS server that speaks a script to one client after the other: what Gemini did, said again over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
import json
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from custom_components.shelfsight.live.answerer import Answerer, make_client
from custom_components.shelfsight.live.session import LiveSession
from custom_components.shelfsight.live.terms import Terms
from local_live.certificate import load_or_make, now_utc


class Gemini:
    """The server's side of one connection: what came in, and what may be said."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.received: list[dict[str, Any]] = []

    async def say(self, *frames: dict[str, Any] | bytes) -> None:
        """Send frames as Gemini does: binary, holding JSON."""
        for frame in frames:
            await self.connection.send(frame if isinstance(frame, bytes) else json.dumps(frame).encode())

    async def hear(self, *kinds: str) -> dict[str, Any]:
        """Read until one of these comes; kinds are the keys below the top level, or the top level's own."""
        while True:
            message: dict[str, Any] = json.loads(await self.connection.recv())
            self.received.append(message)
            (top, inner), *_ = message.items()
            if top in kinds or any(key in kinds for key in inner):
                return message

    async def set_up(self) -> dict[str, Any]:
        """Take the setup and say that it is complete."""
        setup = await self.hear("setup")
        await self.say({"setupComplete": {}})
        return setup

    async def question(self) -> dict[str, Any]:
        """Wait for a question that is complete: marked, or written."""
        return await self.hear("activityEnd", "client_content")


type Script = Callable[[Gemini], Awaitable[None]]


@asynccontextmanager
async def session_with(
    folder: Path, script: Script, *, model: str = "gemini-3.8-live", terms: Terms | None = None
) -> AsyncIterator[tuple[LiveSession, Gemini]]:
    """An open session with a server that follows the script; an error in the script is the test's."""
    connected: asyncio.Future[Gemini] = asyncio.get_running_loop().create_future()
    playing: list[asyncio.Task[None]] = []

    async def play(connection: ServerConnection) -> None:
        gemini = Gemini(connection)
        await gemini.set_up()
        connected.set_result(gemini)
        playing.append(asyncio.ensure_future(script(gemini)))
        await asyncio.wait(playing)
        await connection.wait_closed()

    identity = await asyncio.to_thread(load_or_make, folder, now_utc())
    async with serve(play, "127.0.0.1", 0, ssl=identity.context(), max_size=None) as server:
        client = make_client(
            Answerer(
                "scripted",
                api_key="key",
                host="127.0.0.1",
                port=next(iter(server.sockets)).getsockname()[1],
                certificate_pem=identity.certificate_path.read_text(),
            )
        )
        session = await LiveSession.open(client, model, terms or Terms("Be brief."))
        try:
            yield session, await connected
        finally:
            await session.close()
            await client.aio.aclose()
    for task in playing:
        await task
