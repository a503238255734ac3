"""The Live server with a key as the other end of sessions and talks: what it was told, and that nothing secret was logged."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import logging
from pathlib import Path
from typing import Any

from google import genai
import numpy as np
import pytest

from custom_components.shelfsight.live.accounts import Usage
from custom_components.shelfsight.live.answerer import Answerer, make_client
from custom_components.shelfsight.live.events import Said, Sound, TurnEvent, TurnOver
from custom_components.shelfsight.live.models import DEFAULT_MODEL
from custom_components.shelfsight.live.session import LiveSession, Turn
from custom_components.shelfsight.live.talk import Limits, Talk
from custom_components.shelfsight.live.terms import Terms
from local_live import wire
from local_live.server import Server
from local_live.setup import Setup
from tests.local_live.server_parts import Brains, NotingBrain, hum, running

KEY = "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"
INSTRUCTIONS = "Be brief about Anna's shelf."
CHUNK_BYTES = 640  # 20 ms at 16 kHz
_PATIENCE_S = 5.0


def jpeg(number: int) -> bytes:
    """The smallest thing that begins and ends as a JPEG does, and can be told from the others."""
    return b"\xff\xd8" + bytes([number]) + b"\xff\xd9"


def voice(seconds: float, pitch_hz: int = 300) -> bytes:
    """As loud as somebody who speaks: s16le mono at 16 kHz."""
    at = np.arange(round(seconds * 16_000))
    return (8_000 * np.sin(at * (2 * np.pi * pitch_hz / 16_000))).astype("<i2").tobytes()


def said(events: list[TurnEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Said))


def sound(events: list[TurnEvent]) -> bytes:
    return b"".join(event.pcm for event in events if isinstance(event, Sound))


def usage(events: list[TurnEvent]) -> Usage:
    return next((event.usage for event in events if isinstance(event, TurnOver)), Usage())


async def events_of(turn: Turn) -> list[TurnEvent]:
    return [event async for event in turn.events(_PATIENCE_S)]


class OtherEnd:
    """A running server, the integration's client for it, and all that the sessions sent."""

    def __init__(self, brains: Brains) -> None:
        self.brains = brains
        self.messages: list[tuple[int, wire.ClientMessage]] = []
        self.open_at_setup: list[int] = []
        self.opened: list[LiveSession] = []
        self.ahead_s = 0.0
        self.server: Server
        self.client: genai.Client

    def witness(self, number: int, message: wire.ClientMessage) -> None:
        self.messages.append((number, message))
        if isinstance(message, Setup):
            self.open_at_setup.append(self.server.open_sessions)

    @property
    def setups(self) -> list[Setup]:
        return [message for _, message in self.messages if isinstance(message, Setup)]

    @property
    def handles(self) -> list[str]:
        """All handles that were given out, the oldest first."""
        return list(self.server._terms.memory._kept)

    def brain(self) -> NotingBrain:
        """That of the newest session."""
        return self.brains.made[-1]

    def sent(self, *kinds: type[Any]) -> list[Any]:
        return [message for _, message in self.messages if isinstance(message, kinds)]

    def now_s(self) -> float:
        """The loop's clock, put forward by as much as a test says."""
        return asyncio.get_running_loop().time() + self.ahead_s

    async def open(self, model: str = DEFAULT_MODEL, **terms: Any) -> LiveSession:
        session = await LiveSession.open(self.client, model, Terms(**({"instructions": INSTRUCTIONS} | terms)))
        self.opened.append(session)
        return session

    def talk(self, limits: Limits | None = None, model: str = DEFAULT_MODEL, **terms: Any) -> Talk:
        async def open_session(handle: str | None, history: str) -> LiveSession:
            return await self.open(model, handle=handle, history=history, **terms)

        return Talk(open_session, limits or Limits(), self.now_s)

    async def nobody_left(self) -> None:
        """Wait until the server serves nobody; nothing of ours runs any more."""
        async with asyncio.timeout(_PATIENCE_S):
            while self.server.open_sessions:  # noqa: ASYNC110  # the server tells nobody when it is empty
                await asyncio.sleep(0.005)
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert not {name for name in names if name.startswith("shelfsight")}


@asynccontextmanager
async def other_end(
    state_dir: Path, caplog: pytest.LogCaptureFixture, brains: Brains | None = None, **options: Any
) -> AsyncIterator[OtherEnd]:
    """At the end nothing may be left, and neither the key, a handle nor the instructions may stand in any log."""
    caplog.set_level(logging.DEBUG)
    end = OtherEnd(brains or Brains())
    options = {"voice": hum, "key": KEY, "witness": end.witness} | options
    async with running(state_dir, end.brains, **options) as end.server:
        answerer = Answerer(
            "the other end",
            api_key=KEY,
            host="127.0.0.1",
            port=end.server.port,
            certificate_pem=end.server.identity.certificate_path.read_text(),
        )
        end.client = await asyncio.to_thread(make_client, answerer)
        try:
            yield end
        finally:
            for session in end.opened:
                await session.close()
            await end.client.aio.aclose()
        await end.nobody_left()
        handles = end.handles
    logged = "".join(record.getMessage() + str(record.exc_text or "") for record in caplog.records)
    for secret in (KEY, "Anna's shelf", *handles):
        assert secret not in logged


async def ask(talk: Talk, question: str, picture: bytes | None = None) -> list[TurnEvent]:
    """One written question in the talk, answered."""
    session = await talk.session()
    events = await events_of(await session.ask(question, picture or jpeg(1)))
    talk.answered(question, said(events), usage(events))
    return events
