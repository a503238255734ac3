"""A Live server in this process, quick enough to measure against: no reading of pictures, no speech, answers in tones.

What it receives is noted when a session has taken a message apart, what it sends when it puts a frame together.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
import secrets
import time
from typing import Any
from unittest import mock

from local_live import replies, wire
from local_live.brain import Answer, Place
from local_live.server import Server, serve

from .coded_sound import chunks_in, question_in, tones


@dataclass(frozen=True, slots=True)
class Came:
    """A message of the client's, when the session with this number had taken it apart."""

    at_s: float
    session: int
    message: wire.ClientMessage


@dataclass(frozen=True, slots=True)
class Went:
    """A message to the client, just before it is handed to the socket."""

    at_s: float
    reply: dict[str, Any]

    @property
    def is_sound(self) -> bool:
        """Whether it holds a part of an answer's sound."""
        return "modelTurn" in self.reply.get("serverContent", {})


@dataclass(slots=True)
class LiveLog:
    """Everything that came and went, in order, and the turns as the brain got them."""

    came: list[Came] = field(default_factory=list)
    went: list[Went] = field(default_factory=list)
    turns: list[tuple[float, bytes]] = field(default_factory=list)
    """(when, the turn's sound)"""
    thinks_s: float = 0.0
    """How long an answer takes from now on."""

    def forget(self) -> None:
        """Begin anew: a long run must not keep everything."""
        self.came.clear()
        self.went.clear()
        self.turns.clear()

    def seen_chunks(self) -> dict[tuple[int, int], float]:
        """When each microphone chunk was seen, by (question, chunk)."""
        seen: dict[tuple[int, int], float] = {}
        for came in self.came:
            if isinstance(came.message, wire.Sound):
                for chunk in chunks_in(came.message.pcm):
                    seen.setdefault((chunk.question, chunk.number), came.at_s)
        return seen

    def markers(self, kind: type[wire.ActivityStart | wire.ActivityEnd], since_s: float) -> list[float]:
        """When markers came."""
        return [came.at_s for came in self.came if isinstance(came.message, kind) and came.at_s >= since_s]

    def first_sound_s(self, since_s: float) -> float:
        """When the first sound of an answer went out."""
        return next(went.at_s for went in self.went if went.is_sound and went.at_s >= since_s)


class TonesBrain:
    """Answers a spoken question with its own number; pictures are not looked at."""

    def __init__(self, log: LiveLog) -> None:
        self._log = log

    def look(self, jpeg: bytes) -> None:
        """Pictures are the path's load here, not the question."""

    async def answer_sound(self, pcm_16k: bytes) -> Answer:
        """The number that was spoken."""
        self._log.turns.append((time.monotonic(), pcm_16k))
        await asyncio.sleep(self._log.thinks_s)
        return _answer(question_in(pcm_16k))

    async def answer_text(self, question: str) -> Answer:
        """The last number in the text."""
        digits = "".join(character if character.isdigit() else " " for character in question).split()
        return _answer(int(digits[-1]) if digits else 0xFFFF)

    def close(self) -> None:
        """Nothing runs."""


def _answer(number: int) -> Answer:
    place = Place(
        found=True,
        item=f"thing {number}",
        shelf=1 + number % 5,
        shelf_count=5,
        counted_from="top",
        side="left",
        read_text="",
        price=None,
        confidence=0.9,
        box=(100, 100, 200, 200),
    )
    return Answer(heard=f"question {number}", text=f"{number}", place=place)


@contextmanager
def _noting_replies(log: LiveLog) -> Iterator[None]:
    """While this lasts the servers' encoder also tells the log."""
    encode = replies.encode

    def noted(reply: replies.Reply) -> bytes:
        log.went.append(Went(time.monotonic(), dict(reply)))
        return encode(reply)

    with mock.patch.object(replies, "encode", noted):
        yield


@dataclass(frozen=True, slots=True)
class Live:
    """A running server and what it noted. Of several in one process each log holds what all of them sent."""

    server: Server
    log: LiveLog
    key: str
    """The only API key it lets in; it must never be in a log."""


@asynccontextmanager
async def live_server(state_dir: Path, times: int = 1, **options: Any) -> AsyncIterator[Live]:
    """A server on a free port that says its answers so many times; `options` are those of `local_live.server.serve`."""
    log, key = LiveLog(), f"key-{secrets.token_hex(12)}"

    def note(session: int, message: wire.ClientMessage) -> None:
        log.came.append(Came(time.monotonic(), session, message))

    with _noting_replies(log):
        server = await serve(
            "127.0.0.1",
            0,
            state_dir,
            lambda: TonesBrain(log),
            key=key,
            voice=lambda text: tones(text, times),
            witness=note,
            max_sessions=16,
            **options,
        )
        async with server:
            yield Live(server, log, key)
