"""The Live server of a simulated world: the real one of `local_live`, which answers a question with its number in tones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
import ssl
import tempfile
import time

from local_live import wire
from local_live.certificate import Identity, load_or_make, now_utc
from local_live.door import Door
from local_live.espeak import Utterance
from local_live.memory import Memory
from local_live.server import Server
from local_live.session import Terms
from tests.faults.case import TIMES
from tests.rig.coded_sound import tones
from tests.rig.live import Came, LiveLog, TonesBrain


class _Identity(Identity):
    """Made once for all worlds: the network of memory has no TLS, but the client pins a certificate."""

    def context(self) -> ssl.SSLContext:
        """One that nobody uses."""
        return _context()


@cache
def _context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


@cache
def identity() -> _Identity:
    """The certificate of every server."""
    made = load_or_make(Path(tempfile.mkdtemp(prefix="shelfsight-simulator-live-")), now_utc())
    return _Identity(made.certificate_path, made.key_path, made.fingerprint)


@cache
def certificate_pem() -> str:
    """The same as text."""
    return identity().certificate_path.read_text()


@cache
def _voice(text: str) -> Utterance:
    return tones(text, TIMES)


@dataclass(frozen=True, slots=True)
class LiveServer:
    """A running server and what came to it."""

    server: Server
    log: LiveLog


@asynccontextmanager
async def live_server() -> AsyncIterator[LiveServer]:
    """On a port of the world's network."""
    log = LiveLog()

    def note(session: int, message: wire.ClientMessage) -> None:
        log.came.append(Came(time.monotonic(), session, message))

    terms = Terms(
        profile=None,
        voice=_voice,
        executor=None,
        speed=1.0,
        life_s=600.0,
        go_away_s=60.0,
        sound_limit_s=900.0,
        video_limit_s=120.0,
        memory=Memory(),
        witness=note,
    )
    server = Server(identity(), Door(None, 16), terms, lambda: TonesBrain(log), None)
    await server.start("127.0.0.1", 0)
    async with server:
        yield LiveServer(server, log)
