"""The server: TLS, the endpoint, keys, how many sessions there may be.

A caller without the right key is let through the upgrade and closed once its first message has come, as Gemini does it:
1007 "API key not valid" for a wrong key, 1008 "unregistered callers" for none. More sessions than there is room for are
refused at the upgrade, with HTTP 429.
"""

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass
import hmac
from http import HTTPStatus
import itertools
import logging
from pathlib import Path
import re
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server as SocketServer, ServerConnection, serve as serve_sockets
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from local_live.brain import BrainMaker
from local_live.certificate import Identity, load_or_make, now_utc
from local_live.memory import Memory
from local_live.profiles import Profile
from local_live.refusal import INVALID, POLICY, RefusalError
from local_live.session import SETUP_LIMIT_S, Session, Terms
from local_live.sound_file import SoundFile

MAX_MESSAGE_BYTES: Final = 8 * 1024 * 1024
MAX_SESSIONS: Final = 8
LIFE_S: Final = 600.0  # Gemini's connections live about ten minutes
GO_AWAY_S: Final = 60.0
_ENDPOINT: Final = re.compile(
    r"/+ws/google\.ai\.generativelanguage\.(v1beta|v1alpha|v1)\.GenerativeService\.BidiGenerateContent(?:Constrained)?"
)
_NO_KEY: Final = (
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form"
)
_WRONG_KEY: Final = "API key not valid. Please pass a valid API key."

_LOGGER = logging.getLogger(__name__)
_SOCKET_LOGGER = logging.getLogger(f"{__name__}.sockets")


def _calm(record: logging.LogRecord) -> bool:
    """Say in one line, without a traceback, that a caller did not get through the handshake: strangers knock often."""
    if record.getMessage() == "opening handshake failed":
        record.exc_info = record.exc_text = None
    return True


_SOCKET_LOGGER.addFilter(_calm)


@dataclass(frozen=True, slots=True)
class Door:
    """Who may come in. ``key`` None lets everybody in who knows the address."""

    key: str | None
    max_sessions: int


class Server:
    """A running server. Use it as an async context manager, or `close` it."""

    def __init__(
        self, identity: Identity, door: Door, terms: Terms, make_brain: BrainMaker, keep_sound_dir: Path | None
    ) -> None:
        self.identity = identity
        self._door = door
        self._terms = terms
        self._make_brain = make_brain
        self._keep_sound_dir = keep_sound_dir
        self._numbers = itertools.count(1)
        self._started = f"{now_utc():%Y%m%dT%H%M%SZ}"
        self._open = 0
        self._sockets: SocketServer | None = None
        self.host = ""
        self.port = 0

    @property
    def fingerprint(self) -> str:
        """The certificate's SHA-256, ``AA:BB:...``."""
        return self.identity.fingerprint

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: the port is in use, or the address is not this machine's.
        """
        context = await asyncio.get_running_loop().run_in_executor(None, self.identity.context)
        self._sockets = await serve_sockets(
            self._serve,
            host,
            port,
            ssl=context,
            process_request=self._receive_request,
            max_size=MAX_MESSAGE_BYTES,
            server_header=None,
            logger=_SOCKET_LOGGER,
        )
        self.host, self.port = host, next(iter(self._sockets.sockets)).getsockname()[1]

    async def close(self) -> None:
        """Stop listening and end all sessions (1001)."""
        if self._sockets:
            self._sockets.close()
            await self._sockets.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _receive_request(self, connection: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(re.sub(r"^/+", "/", request.path)).path
        if path == "/":
            return connection.respond(HTTPStatus.OK, "Shelfsight's Live server. It speaks the Gemini Live protocol.\n")
        if not _ENDPOINT.fullmatch(path):
            return connection.respond(HTTPStatus.NOT_FOUND, "There is nothing here.\n")
        if self._open >= self._door.max_sessions:
            return connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "All sessions of this server are taken.\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        if self._open >= self._door.max_sessions:  # several were let in at the same moment
            await connection.close(CloseCode.TRY_AGAIN_LATER, "All sessions of this server are taken.")
            return
        number = next(self._numbers)
        request = connection.request
        if request is None:  # cannot be after a handshake; said for the type checker
            return
        endpoint = _ENDPOINT.match(request.path)
        version = endpoint.group(1) if endpoint else ""
        self._open += 1
        self._terms.memory.enter(number)
        try:
            if refusal := refusal_of(request, self._door.key):
                await _refuse_after_first_message(connection, refusal)
                return
            path = self._keep_sound_dir / f"{self._started}-{number:04}.pcm" if self._keep_sound_dir else None
            with SoundFile(path) as sound_file:
                await Session(connection, number, version, self._make_brain(), sound_file, self._terms).run()
        finally:
            self._terms.memory.leave(number)
            self._open -= 1


def refusal_of(request: Request, key: str | None) -> RefusalError | None:
    """Check the key of a request: ``x-goog-api-key``, ``?key=``, ``?access_token=`` or ``Authorization: Token``."""
    if key is None:
        return None
    query = parse_qs(urlsplit(request.path).query)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = [request.headers.get("x-goog-api-key"), *query.get("key", ()), *query.get("access_token", ())]
    given.append(token if scheme.lower() in {"token", "bearer"} else None)
    shown = [candidate for candidate in given if candidate]
    if not shown:
        return RefusalError(POLICY, _NO_KEY)
    if any(hmac.compare_digest(candidate.encode(), key.encode()) for candidate in shown):
        return None
    return RefusalError(INVALID, _WRONG_KEY)


async def _refuse_after_first_message(connection: ServerConnection, refusal: RefusalError) -> None:
    try:
        async with asyncio.timeout(SETUP_LIMIT_S):
            await connection.recv()
    except TimeoutError, ConnectionClosed:
        pass  # closed below all the same
    await connection.close(refusal.code, refusal.reason)


async def serve(
    host: str,
    port: int,
    state_dir: Path,
    make_brain: BrainMaker,
    *,
    key: str | None = None,
    keep_sound_dir: Path | None = None,
    profile: Profile | None = None,
    executor: Executor | None = None,
    max_sessions: int = MAX_SESSIONS,
    speed: float = 1.0,
    life_s: float = LIFE_S,
    go_away_s: float = GO_AWAY_S,
) -> Server:
    """Start a server; what is returned belongs into an ``async with``.

    ``port`` 0 takes a free one, see ``server.port``. ``keep_sound_dir`` (which must exist) gets one raw file a session
    with all its microphone sound. ``profile`` serves every model name as that model. ``executor`` is where the voice
    works (None: asyncio's own). ``speed`` makes the listener's clock run faster than the world's, so that tests need not listen to answers.

    Raises:
        OSError: the port is in use, the state folder cannot be written.
        ValueError: the state folder holds something else than a certificate.
    """
    identity = await asyncio.get_running_loop().run_in_executor(None, load_or_make, state_dir, now_utc())
    terms = Terms(profile=profile, executor=executor, speed=speed, life_s=life_s, go_away_s=go_away_s, memory=Memory())
    server = Server(identity, Door(key, max_sessions), terms, make_brain, keep_sound_dir)
    await server.start(host, port)
    return server
