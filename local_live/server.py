"""The server: one TLS port with the Live WebSocket and ``generateContent``, keys, how many sessions there may be.

A caller of Live without the right key is let through the upgrade and closed once its first message has come, as Gemini
does it: 1007 "API key not valid" for a wrong key, 1008 "unregistered callers" for none. More sessions than there is room
for are refused at the upgrade, with HTTP 429. A path may begin with several slashes: the SDK's base URL ends in one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from http import HTTPStatus
import itertools
import logging
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from local_live.answering import Voice, default_voice
from local_live.brain import BrainMaker
from local_live.certificate import Identity, load_or_make, now_utc
from local_live.connection import Connection, GoneError, new_socket
from local_live.door import Door, live_refusal, shown_key
from local_live.generating import MAX_REQUEST_BYTES, Generator
from local_live.memory import Memory
from local_live.orders import GenerateOrder, LateUpgrade, Order, RefuseUpgrade
from local_live.plans import Plan, Plans
from local_live.profiles import Profile
from local_live.refusal import RefusalError
from local_live.session import SETUP_LIMIT_S, Session, Terms
from local_live.sound_file import SoundFile
from local_live.strangers import SOCKET_LOGGER, tell_of_failed_handshakes
from local_live.wire import ClientMessage

MAX_SESSIONS: Final = 8
LIFE_S: Final = 600.0  # Gemini's connections live about ten minutes
GO_AWAY_S: Final = 60.0
SOUND_LIMIT_S: Final = 900.0  # without compression
VIDEO_LIMIT_S: Final = 120.0  # the same, once there was a picture
GOING_AWAY: Final = 1001
_STOP_LIMIT_S: Final = 2.0
_SLASHES: Final = "/{slashes:/*}"
_VERSION: Final = "{version:v1beta|v1alpha|v1}"
_LIVE_PATH: Final = (
    f"{_SLASHES}ws/google.ai.generativelanguage.{_VERSION}.GenerativeService.BidiGenerateContent"
    "{constrained:(Constrained)?}"
)
_GENERATE_PATH: Final = f"{_SLASHES}{_VERSION}/models/{{model}}:generateContent"
_FULL: Final = "All sessions of this server are taken."

_LOGGER = logging.getLogger(__name__)


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
        self._connections: set[Connection] = set()
        self._open = 0
        self._plans: Plans[Order] = Plans()
        self._generate_plans: Plans[GenerateOrder] = Plans()
        self._generator = Generator(door, terms.profile is not None, make_brain, terms.voice, terms.executor)
        self._runner: web.AppRunner | None = None
        self.host = ""
        self.port = 0

    @property
    def fingerprint(self) -> str:
        """The certificate's SHA-256, ``AA:BB:...``."""
        return self.identity.fingerprint

    @property
    def open_sessions(self) -> int:
        """How many sessions and calls are being served."""
        return self._open

    def order(self, *orders: Order) -> Plan[Order]:
        """Order something for the next Live session; without any orders that is a plain one. See ``orders.py``.

        Raises:
            asyncio.QueueFull: a thousand plans wait.
        """
        return self._plans.add(orders)

    def order_generate(self, *orders: GenerateOrder) -> Plan[GenerateOrder]:
        """Order something for the next ``generateContent``; as `order`."""
        return self._generate_plans.add(orders)

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: the port is in use, or the address is not this machine's.
        """
        context = await asyncio.get_running_loop().run_in_executor(None, self.identity.context)
        tell_of_failed_handshakes(context)
        application = web.Application(client_max_size=MAX_REQUEST_BYTES)
        application.router.add_get(_LIVE_PATH, self._serve_live)
        application.router.add_post(_GENERATE_PATH, self._serve_generate)
        application.router.add_get("/", _introduce)
        application.on_shutdown.append(self._end_sessions)
        # No access log: paths hold keys.
        runner = web.AppRunner(application, access_log=None, logger=SOCKET_LOGGER, shutdown_timeout=_STOP_LIMIT_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, ssl_context=context).start()
        except OSError, OverflowError:
            await runner.cleanup()
            raise
        self._runner = runner
        self.host, self.port = host, runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening and end all sessions (1001)."""
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _end_sessions(self, _application: web.Application) -> None:
        await asyncio.gather(*(connection.close(GOING_AWAY, "") for connection in self._connections))

    async def _serve_live(self, request: web.Request) -> web.StreamResponse:
        socket = new_socket()
        if not socket.can_prepare(request):
            return web.Response(status=HTTPStatus.UPGRADE_REQUIRED, text="This is a WebSocket.\n")
        if self._open >= self._door.max_sessions:
            return web.Response(status=HTTPStatus.TOO_MANY_REQUESTS, text=f"{_FULL}\n")
        number = next(self._numbers)
        self._open += 1
        self._terms.memory.enter(number)
        try:
            refusal = live_refusal(shown_key(request, self._door.key))
            plan: Plan[Order] = Plan() if refusal else self._plans.take()
            if late := plan.find(LateUpgrade):
                plan.note()
                await asyncio.sleep(late.by_s)
            if refused := plan.find(RefuseUpgrade):
                plan.note()
                return web.Response(status=refused.status, text=f"{refused.status.phrase}\n")
            try:
                await socket.prepare(request)
            except ConnectionResetError:
                return socket  # whoever asked did not wait for the answer
            await self._serve_connection(Connection(socket, request), request, number, refusal, plan)
        finally:
            self._terms.memory.leave(number)
            self._open -= 1
        return socket

    async def _serve_connection(
        self, connection: Connection, request: web.Request, number: int, refusal: RefusalError | None, plan: Plan[Order]
    ) -> None:
        self._connections.add(connection)
        try:
            if refusal:
                await _refuse_after_first_message(connection, refusal)
                return
            path = self._keep_sound_dir / f"{self._started}-{number:04}.pcm" if self._keep_sound_dir else None
            with SoundFile(path) as sound_file:
                version = request.match_info["version"]
                brain = self._make_brain()
                await Session(connection, number, version, brain, sound_file, self._terms, plan).run()
        finally:
            self._connections.discard(connection)
            await connection.finish()

    async def _serve_generate(self, request: web.Request) -> web.Response:
        plan = self._generate_plans.take()
        is_full = self._open >= self._door.max_sessions
        self._open += 1
        try:
            return await self._generator.respond(request, plan, is_full=is_full)
        finally:
            self._open -= 1


async def _introduce(_request: web.Request) -> web.Response:
    return web.Response(text="Shelfsight's Live server. It speaks the Gemini Live protocol.\n")


async def _refuse_after_first_message(connection: Connection, refusal: RefusalError) -> None:
    try:
        async with asyncio.timeout(SETUP_LIMIT_S):
            await connection.recv()
    except TimeoutError, GoneError:
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
    voice: Voice = default_voice,
    executor: Executor | None = None,
    max_sessions: int = MAX_SESSIONS,
    speed: float = 1.0,
    life_s: float = LIFE_S,
    go_away_s: float = GO_AWAY_S,
    sound_limit_s: float = SOUND_LIMIT_S,
    video_limit_s: float = VIDEO_LIMIT_S,
    witness: Callable[[int, ClientMessage], None] | None = None,
) -> Server:
    """Start a server; what is returned belongs into an ``async with``.

    ``port`` 0 takes a free one, see ``server.port``. ``keep_sound_dir`` (which must exist) gets one raw file a session
    with all its microphone sound. ``profile`` serves every model name as that model. ``voice`` turns a text into an
    `espeak.Utterance`; it blocks, and works in ``executor`` (None: asyncio's own). ``speed`` makes the listener's clock
    run faster than the world's, so that tests need not listen to answers. ``life_s`` and ``go_away_s`` are of a
    connection, ``sound_limit_s`` and ``video_limit_s`` of a session without compression. ``witness`` is told every
    message that a client sends in a session, with the session's number.

    Raises:
        OSError: the port is in use, the state folder cannot be written.
        ValueError: the state folder holds something else than a certificate.
    """
    identity = await asyncio.get_running_loop().run_in_executor(None, load_or_make, state_dir, now_utc())
    terms = Terms(
        profile=profile,
        voice=voice,
        executor=executor,
        speed=speed,
        life_s=life_s,
        go_away_s=go_away_s,
        sound_limit_s=sound_limit_s,
        video_limit_s=video_limit_s,
        memory=Memory(),
        witness=witness,
    )
    server = Server(identity, Door(key, max_sessions), terms, make_brain, keep_sound_dir)
    await server.start(host, port)
    return server
