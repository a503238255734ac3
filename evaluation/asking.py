"""Asks over the whole path: the integration's own Live session, over TLS, as a wearable's question would go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
import tempfile
import time
from typing import Final

from custom_components.shelfsight.live.answerer import Answerer, make_client
from custom_components.shelfsight.live.certificate import fetch
from custom_components.shelfsight.live.events import Heard, Reported, Said, Sound, TurnOver, Wrote
from custom_components.shelfsight.live.faults import LiveError
from custom_components.shelfsight.live.models import DEFAULT_MODEL
from custom_components.shelfsight.live.session import LiveSession, Turn
from custom_components.shelfsight.live.setup import Terms
from custom_components.shelfsight.sight.choice import WHOLE_BYTES, WHOLE_SIDE_PX
from custom_components.shelfsight.sight.frame import shrink
from custom_components.shelfsight.spatial import Mode, PlaceReport, instructions
from demo.processes import running

_CHUNK_BYTES: Final = 16_000 * 2 // 50  # 20 ms, as a wearable sends them
_PATIENCE_S: Final = 90.0  # of one answer: a machine may be busy, and that is no wrong answer
_READY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back. ``first_audio_ms`` runs from the end of the question to the first sound; ``error`` is "" where all went well.

    ``heard`` is what was understood of a spoken question.
    """

    text: str
    heard: str
    place: PlaceReport | None
    first_audio_ms: int | None
    error: str = ""


@dataclass(slots=True)
class _Pieces:
    heard: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    wrote: list[str] = field(default_factory=list)
    place: PlaceReport | None = None
    first_s: float | None = None


@asynccontextmanager
async def local_answerer() -> AsyncIterator[Answerer]:
    """A local Live server of its own, gone when the block is left; its certificate is pinned."""
    with tempfile.TemporaryDirectory(prefix="shelfsight-evaluation-") as folder:
        state = Path(folder) / "state"
        async with running("live server", ["-m", "evaluation.serving", "--state", state], Path(folder)) as server:
            ready = await server.event("ready", timeout_s=_READY_S)
            certificate = await asyncio.to_thread(fetch, ready["host"], ready["port"])
            yield Answerer("local", host=ready["host"], port=ready["port"], certificate_pem=certificate)


def gemini_answerer(key: str) -> Answerer:
    """Gemini, with a key."""
    return Answerer("gemini", api_key=key, model=DEFAULT_MODEL)


def as_sent(data: bytes) -> bytes:
    """A picture as the integration sends it up. Blocks."""
    return shrink(data, WHOLE_SIDE_PX, WHOLE_BYTES)


class Asker:
    """Asks one answerer; a session for each `view`, as for a person who stands before one shelf."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self._client = make_client(answerer)

    @asynccontextmanager
    async def view(self, jpeg: bytes) -> AsyncIterator[View]:
        """A session in which questions about one picture are asked.

        Raises:
            LiveError: it cannot be opened.
        """
        terms = Terms(instructions=instructions(Mode.FIND, "en"))
        session = await LiveSession.open(self._client, self._answerer.model, terms)
        try:
            yield View(session, jpeg)
        finally:
            await session.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aio.aclose()


class View:
    """A picture that is looked at, and asked about."""

    def __init__(self, session: LiveSession, jpeg: bytes) -> None:
        self._session = session
        self._jpeg = jpeg

    @property
    def usable(self) -> bool:
        """False once the session has died."""
        return self._session.usable

    async def ask(self, question: str) -> Answered:
        """Ask in writing: the picture comes with the question, so nothing is looked at before it."""
        try:
            turn = await self._session.ask(question, self._jpeg)
            return await _answer(turn, time.monotonic())
        except LiveError as error:
            return Answered("", "", None, None, str(error))

    async def ask_aloud(self, pcm: bytes) -> Answered:
        """Ask aloud (s16le mono at 16 kHz), in real time: the picture goes up with the first word, as a wearable's does."""
        try:
            turn = await self._session.start_speech()
            began_s = time.monotonic()
            for number, start in enumerate(range(0, len(pcm), _CHUNK_BYTES)):
                await asyncio.sleep(began_s + number * 0.02 - time.monotonic())
                await self._session.send_sound(pcm[start : start + _CHUNK_BYTES])
                if number == 0:
                    await self._session.send_picture(self._jpeg)
            await self._session.end_speech()
            return await _answer(turn, time.monotonic())
        except LiveError as error:
            return Answered("", "", None, None, str(error))


async def _answer(turn: Turn, asked_s: float) -> Answered:
    pieces = _Pieces()
    async for event in turn.events(_PATIENCE_S):
        match event:
            case Heard(text=text):
                pieces.heard.append(text)
            case Said(text=text):
                pieces.said.append(text)
            case Wrote(text=text):
                pieces.wrote.append(text)
            case Reported(place=place):
                pieces.place = pieces.place or place
            case Sound():
                pieces.first_s = pieces.first_s or time.monotonic()
            case TurnOver():
                break
            case _:
                pass
    text = " ".join(("".join(pieces.said) or "".join(pieces.wrote)).split())
    first_ms = round((pieces.first_s - asked_s) * 1000) if pieces.first_s else None
    heard = " ".join("".join(pieces.heard).split())
    return Answered(text, heard, pieces.place, first_ms, "" if text else "there was no answer")
