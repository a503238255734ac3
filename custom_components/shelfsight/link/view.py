"""The door: wearables dial in here, prove themselves, and are handed over. Nothing else is parsed before proof."""

import asyncio
from collections.abc import Callable
import logging
import secrets
import struct
from typing import Protocol

from aiohttp import WSCloseCode, WSMsgType, web

from homeassistant.helpers.http import HomeAssistantView

from ..seldom import Seldom
from . import messages, proof
from .connection import Connection, LinkClosedError
from .doorbook import Doorbook, LinkedWearable, NotReady, Stranger
from .fields import LinkProtocolError
from .messages import Claim
from .porch import Guest, Porch, address_of
from .refusals import Refusals
from .turnstile import Turnstile
from .upgrade import NO_WEBSOCKET, Refusal, refusal

_LOGGER = logging.getLogger(__name__)

LINK_PATH = "/api/shelfsight/link"
_HELLO_TIMEOUT_S = 5
# From hello to welcome, with the wait for a wearable that is not set up yet; the wearable waits for 15 s.
_ANSWER_TIMEOUT_S = 15
_HEARTBEAT_S = 10
_CLOSE_TIMEOUT_S = 2
# A message over its limit is answered with `bye`, as the protocol wants; what is longer still, aiohttp closes with 1009.
_SOCKET_LIMIT_BYTES = 4 * messages.TEXT_LIMIT_BYTES
# What waits to be sent to a wearable: a third of a second of speech. Whoever sends more waits, and is cut after 5 s.
_SEND_BUFFER_BYTES = 16 * 1024
# Pings before hello: a client may begin with one.
_UNPROVEN_CONTROLS = 4
_CLOSE_CODE = struct.Struct(">H")
_TOO_MANY = Refusal(503, "Too many at once.\n")


class Household(Protocol):
    """What the door tells of what happens there."""

    def home_name(self) -> str:
        """What this home is called."""

    def came_by(self, host: str | None) -> None:
        """A wearable of this home is here, by a connection to this host; None where it named none."""

    def speaks_otherwise(self, wearable_id: str, protocol: int) -> None:
        """A wearable of this home was sent away: its version of the protocol is none that is spoken here."""

    def count_wrong_proof(self, request: web.Request) -> None:
        """Somebody at this address tries keys."""

    def replaced(self, wearable_id: str) -> None:
        """A newer connection has thrown out one of the same id, whose wearable was still there."""


class LinkView(HomeAssistantView):
    """`GET /api/shelfsight/link`, upgraded to a WebSocket. The link has a proof of its own instead of a token."""

    url = LINK_PATH
    name = "api:shelfsight:link"
    requires_auth = False

    def __init__(self, doorbook: Doorbook, household: Household, now_s: Callable[[], float]) -> None:
        self._doorbook = doorbook
        self._household = household
        self._now_s = now_s
        self._turnstile = Turnstile()
        self._porch = Porch()
        self._refusals = Refusals()
        self._turned_away = Seldom()
        self._broke_protocol = Seldom()

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Take in a wearable, from the upgrade to the end of its connection."""
        if (refused := refusal(request.headers, request.host)) is not None:
            return _refused(refused)
        if not await self._turnstile.through():
            return _refused(_TOO_MANY)
        ws = web.WebSocketResponse(
            max_msg_size=_SOCKET_LIMIT_BYTES,
            heartbeat=_HEARTBEAT_S,
            compress=False,  # what little there is to gain is not worth a message that unpacks to a thousand times its size
            timeout=_CLOSE_TIMEOUT_S,
            autoping=False,  # pings count as messages
            autoclose=False,
            writer_limit=0,  # whoever sends waits as soon as the buffer is full
        )
        try:
            opened = await self._take_in(ws, request)
        except web.HTTPBadRequest:
            return _refused(NO_WEBSOCKET)  # aiohttp's parser sees no upgrade in it
        if opened is not None:
            wearable, connection = opened
            self._household.came_by(request.host if "Host" in request.headers else None)
            await wearable.serve(connection)
            if connection.closed_for == "replaced" and connection.answered:
                self._household.replaced(connection.hello.wearable_id)
        return ws

    async def _take_in(
        self, ws: web.WebSocketResponse, request: web.Request
    ) -> tuple[LinkedWearable, Connection] | None:
        """Everything before proof, within its limits; None when whoever it was is gone again."""
        address = address_of(request.remote)
        try:
            async with asyncio.timeout(_HELLO_TIMEOUT_S) as patience:
                with self._porch.visit(address, lambda: _run_out(patience, self._now_s())) as guest:
                    await ws.prepare(request)
                    if request.transport is not None:
                        request.transport.set_write_buffer_limits(_SEND_BUFFER_BYTES)
                    try:
                        return await self._prove(ws, request, guest, patience)
                    except LinkProtocolError as err:
                        self._tell_turned_away(address, str(err))
                        await _say_and_close(ws, "protocol", WSCloseCode.POLICY_VIOLATION)
        except TimeoutError:
            self._tell_turned_away(address, "too many at once" if guest.sent_away else "no hello in time")
            await _hang_up(ws, request, "busy" if guest.sent_away else "protocol")
        except ConnectionError, LinkClosedError:
            self._tell_turned_away(address, "hung up before proof")
        return None

    async def _prove(
        self, ws: web.WebSocketResponse, request: web.Request, guest: Guest, patience: asyncio.Timeout
    ) -> tuple[LinkedWearable, Connection] | None:
        """The protocol's section on opening and proof; None when the wearable was sent away."""
        nonce = secrets.token_bytes(proof.NONCE_BYTES)
        await ws.send_str(messages.challenge(nonce))
        text = await _first_text(ws)
        claim = messages.parse_claim(text)
        if not guest.sent_away:
            patience.reschedule(self._now_s() + _ANSWER_TIMEOUT_S)
        found = await self._doorbook.find(claim.wearable_id, lambda key: _proves(key, claim, nonce))
        if isinstance(found, NotReady):
            await _say_and_close(ws, "shutdown", WSCloseCode.OK)  # known, but not ready: dial again
            return None
        if isinstance(found, Stranger):
            await self._refuse(ws, request, claim.wearable_id)
            return None
        if not messages.speaks(claim.protocol):
            self._household.speaks_otherwise(claim.wearable_id, claim.protocol)
            await _say_and_close(ws, "version", WSCloseCode.OK)
            return None
        hello = messages.parse_hello(text)
        connection = Connection(ws, request.transport, hello, self._broke_protocol)
        settings = found.wearable.welcome_settings(hello) if found.wearable is not None else {}
        right = proof.home_proof(found.key, claim.wearable_id, nonce, claim.nonce, claim.protocol)
        await connection.send_text(messages.welcome(right, self._household.home_name(), settings, claim.protocol))
        if found.wearable is None:
            await connection.send_text(messages.bye("removed"))
            self._doorbook.parted(claim.wearable_id, found.key)
            await ws.close()
            return None
        return found.wearable, connection

    async def _refuse(self, ws: web.WebSocketResponse, request: web.Request, wearable_id: str) -> None:
        address = address_of(request.remote)
        self._tell_turned_away(address, "a wrong proof")
        if request.remote is not None and self._refusals.counts(address, wearable_id, self._now_s()):
            self._household.count_wrong_proof(request)
        await _say_and_close(ws, "proof", WSCloseCode.POLICY_VIOLATION)

    def _tell_turned_away(self, address: str, reason: str) -> None:
        """`reason` is text of ours: nothing that a stranger says belongs into the log."""
        if (due := self._turned_away.due(address, self._now_s())) is not None:
            _LOGGER.info("Turned away from %s: %s (%d times since told last)", due[0], reason, due[1])


def _refused(refused: Refusal) -> web.Response:
    """Nobody who is refused keeps the connection: the web server would hold it open for an hour."""
    response = web.Response(status=refused.status, text=refused.text)
    response.force_close()
    return response


def _run_out(patience: asyncio.Timeout, now_s: float) -> None:
    if not patience.expired():
        patience.reschedule(now_s)


def _proves(key: bytes, claim: Claim, nonce: bytes) -> bool:
    right = proof.wearable_proof(key, claim.wearable_id, nonce, claim.nonce, claim.protocol)
    return proof.same(right, claim.proof)


async def _first_text(ws: web.WebSocketResponse) -> str:
    """The first message.

    Raises:
        LinkProtocolError: it is none that an unproven wearable may send.
        ConnectionError: there is none.
    """
    for _ in range(_UNPROVEN_CONTROLS):
        message = await ws.receive()
        if message.type is WSMsgType.TEXT:
            text: str = message.data
            return text
        if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING):
            raise ConnectionResetError("closed before hello")
        if message.type is WSMsgType.PING:
            await ws.pong(message.data)
        elif message.type is not WSMsgType.PONG:
            break
    raise LinkProtocolError("the first message is not hello")


async def _say_and_close(ws: web.WebSocketResponse, reason: str, code: WSCloseCode) -> None:
    if ws.closed:
        return  # aiohttp did, as its frames were broken
    await ws.send_str(messages.bye(reason))
    await ws.close(code=code)


async def _hang_up(ws: web.WebSocketResponse, request: web.Request, reason: str) -> None:
    """Tell somebody unproven why, without waiting for an answer: they may be many."""
    code = WSCloseCode.TRY_AGAIN_LATER if reason == "busy" else WSCloseCode.POLICY_VIOLATION
    try:
        await ws.send_str(messages.bye(reason))
        await ws.send_frame(_CLOSE_CODE.pack(code), WSMsgType.CLOSE)
    except ConnectionError, RuntimeError:
        _LOGGER.debug("Whoever was turned away has hung up")
    if request.transport is not None:
        request.transport.close()
