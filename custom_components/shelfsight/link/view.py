"""The door: wearables dial in here, prove themselves, and are handed over. Nothing else is parsed before proof."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
import logging
import secrets
from typing import Any, Protocol

from aiohttp import WSCloseCode, WSMsgType, web

from homeassistant.components.http.ban import process_wrong_login
from homeassistant.helpers.http import HomeAssistantView

from . import messages, proof
from .connection import Connection, LinkClosedError
from .fields import LinkProtocolError
from .messages import Hello

_LOGGER = logging.getLogger(__name__)

LINK_PATH = "/api/shelfsight/link"
_HELLO_TIMEOUT_S = 5
_HEARTBEAT_S = 10
# A wearable that was just paired dials before its entry is set up; so does one that finds Home Assistant starting.
_EXPECTED_WAIT_S = 10
# A message over its limit is answered with `bye`, as the protocol wants; what is longer still, aiohttp closes with 1009.
_SOCKET_LIMIT_BYTES = 4 * messages.TEXT_LIMIT_BYTES


class LinkedWearable(Protocol):
    """What the door needs of a wearable that belongs to this home."""

    link_key: bytes

    def welcome_settings(self, hello: Hello) -> dict[str, object]:
        """What to tell the wearable in `welcome`."""

    async def serve(self, connection: Connection) -> None:
        """Live with the connection until it ends."""


@dataclass(slots=True)
class Doorbook:
    """Who may come in: wearables that are set up, and those that soon will be."""

    wearables: dict[str, LinkedWearable] = field(default_factory=dict)
    expected: set[str] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def admit(self, wearable_id: str, wearable: LinkedWearable) -> None:
        """This wearable may dial from now on."""
        self.wearables[wearable_id] = wearable
        self.expected.discard(wearable_id)
        self._announce()

    def dismiss(self, wearable_id: str) -> None:
        """It may not any more."""
        self.wearables.pop(wearable_id, None)
        self._announce()

    def _announce(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    async def find(self, wearable_id: str) -> LinkedWearable | None:
        """The wearable, waiting a while for one that is expected."""
        try:
            async with asyncio.timeout(_EXPECTED_WAIT_S):
                while wearable_id not in self.wearables and wearable_id in self.expected:
                    await self.changed.wait()
        except TimeoutError:
            _LOGGER.debug("Wearable %s was expected but is not set up yet", wearable_id)
        return self.wearables.get(wearable_id)


class LinkView(HomeAssistantView):
    """`GET /api/shelfsight/link`, upgraded to a WebSocket. The link has a proof of its own instead of a token."""

    url = LINK_PATH
    name = "api:shelfsight:link"
    requires_auth = False

    def __init__(self, doorbook: Doorbook, home_name: Callable[[], str], now_s: Callable[[], float]) -> None:
        self._doorbook = doorbook
        self._home_name = home_name
        self._now_s = now_s

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Take in a wearable, from the upgrade to the end of its connection."""
        ws = web.WebSocketResponse(max_msg_size=_SOCKET_LIMIT_BYTES, heartbeat=_HEARTBEAT_S, compress=False, timeout=2)
        if not ws.can_prepare(request):
            return web.Response(status=426, text="This address speaks the Shelfsight link, over WebSocket.\n")
        await ws.prepare(request)
        try:
            opened = await self._prove(ws, lambda: process_wrong_login(request))
        except (LinkProtocolError, TimeoutError) as err:
            _LOGGER.debug("A connection from %s said no proper hello: %s", request.remote, err or "too late")
            await _send_away(ws)
        except ConnectionError, LinkClosedError:
            _LOGGER.debug("A connection from %s broke before proof", request.remote)
        else:
            if opened is not None:
                wearable, connection = opened
                await wearable.serve(connection)
        return ws

    async def _prove(
        self, ws: web.WebSocketResponse, wrong_login: Callable[[], Coroutine[Any, Any, None]]
    ) -> tuple[LinkedWearable, Connection] | None:
        """Sections 3 of the protocol; None when the wearable was sent away."""
        nonce = secrets.token_bytes(proof.NONCE_BYTES)
        await ws.send_str(messages.challenge(nonce))
        async with asyncio.timeout(_HELLO_TIMEOUT_S):
            message = await ws.receive()
        if message.type is not WSMsgType.TEXT:
            raise LinkProtocolError("the first message is not hello")
        hello = messages.parse_hello(message.data)
        connection = Connection(ws, hello)
        if hello.protocol != messages.PROTOCOL:
            await connection.close("version")
            return None
        wearable = await self._doorbook.find(hello.wearable_id)
        if wearable is None and hello.wearable_id in self._doorbook.expected:
            await connection.close("shutdown")  # known, but not ready: dial again
            return None
        # An unknown wearable is compared as well, so that an answer's time does not tell who is known.
        key = wearable.link_key if wearable is not None else secrets.token_bytes(proof.KEY_BYTES)
        right = proof.wearable_proof(key, hello.wearable_id, nonce, hello.nonce, hello.protocol)
        if not proof.same(right, hello.proof) or wearable is None:
            # Counted first, and to the end: whoever hangs up at once has this handler cancelled.
            await asyncio.shield(wrong_login())
            await connection.close("proof", WSCloseCode.POLICY_VIOLATION)
            return None
        await connection.send_text(
            messages.welcome(
                proof.home_proof(key, hello.wearable_id, nonce, hello.nonce, hello.protocol),
                self._home_name(),
                wearable.welcome_settings(hello),
            )
        )
        return wearable, connection


async def _send_away(ws: web.WebSocketResponse) -> None:
    """Tell somebody unproven that this was no hello, if they are still there."""
    try:
        await ws.send_str(messages.bye("protocol"))
    except ConnectionError:
        _LOGGER.debug("Whoever said no proper hello has hung up")
    await ws.close(code=WSCloseCode.POLICY_VIOLATION)
