"""One connection to the home: opening and proof, messages in both directions, liveness (PROTOCOL.md, sections 3 to 5)."""

import asyncio
import json

from . import codec, websocket
from .outbox import Outbox
from .pace import Pace
from .proof import equal, proof_of_home, proof_of_wearable
from .tasks import first_of

PATH = "/api/shelfsight/link"
_OPENING_S = 5
_WELCOME_S = 15  # a home that is only just setting up this wearable lets it wait
# What a home says before proof when it does not want this wearable; after anything else it may be dialled again soon.
# `removed` is not among them: whoever has not proven to be the home must not make this wearable forget it.
_REFUSALS = ("proof", "version")
_SILENT_MS = 15000
_PROBE_MS = 4000
_WATCH_S = 0.5
_GOODBYE_S = 1
_DEAF = ("silent", "stuck")  # nobody would hear a goodbye
_POLICY = 1008  # RFC 6455, section 7.4.1
_NORMAL = 1000
_GONE = (OSError, EOFError)
_UNREACHABLE = (OSError, asyncio.TimeoutError)


class RefusedError(Exception):
    """The home said `bye` before proof, or is not the home the key belongs to; the text is the reason."""


class Link:
    """An open and proven link. `on_message(value)` gets the home's messages, `on_speaker(pcm)`, awaited, its sound."""

    def __init__(self, socket: websocket.WebSocket, outbox: Outbox, clock: object) -> None:
        self._socket = socket
        self._outbox = outbox
        self._clock = clock
        self._heard_ms = clock.ms()
        self._probed_ms = None
        self._pace = Pace()
        self._asked_to_end = asyncio.Event()
        self.reason = None
        self.unknown_messages = 0
        self.on_message = None
        self.on_speaker = None

    def end(self, reason: str) -> None:
        """Closes the link; `run` returns."""
        self.reason = self.reason or reason
        self._asked_to_end.set()

    def probe(self) -> None:
        """Asks the home whether it is still there; without any sign of it the link ends.

        When the network has changed, and at a press: nobody should speak for 15 s to a home that is gone.
        """
        self._probed_ms = self._clock.ms()
        self._outbox.ping(self._pace.ask(False, self._probed_ms))

    async def run(self) -> str:
        """Until the link ends; returns why: the home's reason, or `closed`, `silent`, `stuck`, `protocol`."""
        try:
            await first_of(self._receive(), self._send(), self._watch(), self._asked_to_end.wait())
        finally:
            await self._goodbye()
        return self.reason or "closed"

    async def _receive(self) -> None:
        try:
            while self.reason is None:
                opcode, payload = await self._socket.receive()
                self._heard_ms = self._clock.ms()
                self._probed_ms = None
                if opcode == websocket.BINARY:
                    await self.on_speaker(codec.read_speaker(payload))
                else:
                    self._take(opcode, payload)
        except codec.ProtocolError:
            self.reason = self.reason or "protocol"
        except _GONE:
            self.reason = self.reason or "closed"

    def _take(self, opcode: int, payload: memoryview) -> None:
        if opcode == websocket.TEXT:
            message = codec.read_text(payload)
            if isinstance(message, codec.Bye):
                self.reason = message.reason
            elif message is None or isinstance(message, (codec.Challenge, codec.Welcome)):
                self.unknown_messages += 1
            else:
                self.on_message(message)
        elif opcode == websocket.PING:
            self._outbox.pong(bytes(payload))
        elif opcode == websocket.PONG:
            if self._pace.answered(payload, self._heard_ms):
                self._socket.limit(self._pace.limit_bytes)
        elif opcode == websocket.CLOSE:
            self.reason = "closed"

    async def _send(self) -> None:
        frame = self._outbox.frame
        self._socket.limit(self._pace.limit_bytes)
        self._outbox.ping(self._pace.ask(False, self._clock.ms()))
        try:
            while True:
                waiting = self._outbox.next_message()
                if waiting is None:
                    await self._outbox.wait()
                else:
                    await self._socket.send(frame, waiting[1], waiting[0])
                    if self._outbox.in_picture and self._pace.due(self._clock.ms()):
                        self._outbox.ping(self._pace.ask(True, self._clock.ms()))
        except OSError:
            self.reason = self.reason or "closed"

    async def _watch(self) -> None:
        while not self._silent(self._clock.ms()):
            if self._outbox.overflowed:
                self.reason = self.reason or "stuck"
                return
            await asyncio.sleep(_WATCH_S)
        self.reason = self.reason or "silent"

    def _silent(self, now_ms: int) -> bool:
        if self._probed_ms is not None and now_ms - self._probed_ms >= _PROBE_MS:
            return True
        return now_ms - self._heard_ms >= _SILENT_MS

    async def _goodbye(self) -> None:
        broken = self.reason == "protocol"
        try:
            if self.reason not in _DEAF:
                await asyncio.wait_for(_close(self._socket, broken), _GOODBYE_S)
        except _UNREACHABLE:
            return  # it is gone already
        finally:
            await self._socket.drop()


async def _close(socket: websocket.WebSocket, broken: bool) -> None:
    if broken:
        await socket.send_bytes(b'{"type": "bye", "reason": "protocol"}', websocket.TEXT)
    await socket.close(_POLICY if broken else _NORMAL)
    if broken:
        await socket.discard()


async def open_link(
    url: str,
    device_id: str,
    key: bytes,
    hello: dict,
    outbox: Outbox,
    clock: object,
    open_stream: object,
    random_bytes: object,
) -> tuple:
    """Dials, proves itself, has the home prove itself; returns (Link, codec.Welcome).

    Raises:
        RefusedError: there is a home, but not one for this wearable; nothing but `hello` was sent.
        codec.ProtocolError, OSError, EOFError, ValueError, asyncio.TimeoutError: no home there.
    """
    socket = await asyncio.wait_for(
        websocket.open_websocket(url, PATH, open_stream, random_bytes, outbox.incoming), _OPENING_S
    )
    try:
        welcome = await asyncio.wait_for(_prove(socket, device_id, key, hello, random_bytes), _WELCOME_S)
    except BaseException:
        await socket.drop()
        raise
    socket.max_text_bytes = codec.MAX_TEXT_BYTES
    return Link(socket, outbox, clock), welcome


async def _prove(socket: websocket.WebSocket, device_id: str, key: bytes, hello: dict, random_bytes: object) -> tuple:
    challenge = await asyncio.wait_for(_expect(socket, codec.Challenge), _OPENING_S)
    version = codec.agreed_version(challenge.oldest, challenge.protocol)
    nonce = random_bytes(16)
    message = opening_of(hello, device_id, key, challenge.nonce, nonce, version)
    await socket.send_bytes(json.dumps(message).encode(), websocket.TEXT)
    welcome = await _expect(socket, codec.Welcome)
    if not equal(welcome.proof, proof_of_home(key, device_id, challenge.nonce, nonce, version)):
        raise RefusedError("the home's proof is wrong")
    if welcome.protocol != version:
        raise RefusedError("version")
    return welcome


def opening_of(hello: dict, device_id: str, key: bytes, home_nonce: bytes, nonce: bytes, version: int) -> dict:
    """The message `hello`: what this wearable can do (`hello`), and the proof that it is the one the home knows."""
    message = {
        "type": "hello",
        "protocol": version,
        "id": device_id,
        "nonce": nonce.hex(),
        "proof": proof_of_wearable(key, device_id, home_nonce, nonce, version).hex(),
    }
    message.update(hello)
    return message


async def _expect(socket: websocket.WebSocket, kind: object) -> object:
    while True:
        opcode, payload = await socket.receive()
        if opcode == websocket.PING:
            await socket.send_bytes(bytes(payload), websocket.PONG)
        elif opcode == websocket.CLOSE:
            raise EOFError
        elif opcode != websocket.TEXT:
            raise codec.ProtocolError("sound before proof")
        else:
            message = codec.read_text(payload)
            if isinstance(message, codec.Bye):
                if message.reason in _REFUSALS:
                    raise RefusedError(message.reason)
                raise EOFError(message.reason[:40])
            if not isinstance(message, kind):
                raise codec.ProtocolError("another message before proof")
            return message
