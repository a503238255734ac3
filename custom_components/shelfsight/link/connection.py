"""One proven connection of a wearable: messages in as typed values, messages out, both within limits."""

import asyncio
from collections.abc import Awaitable, Callable
import logging

from aiohttp import WSCloseCode, WSMsgType, web

from . import messages
from .fields import LinkProtocolError
from .messages import FromWearable, Hello, Unknown
from .rate import Allowance

_LOGGER = logging.getLogger(__name__)

# A wearable sends 50 sound messages a second and pictures of at most 2 MiB in parts of 4 KiB.
_MESSAGES_PER_S, _MESSAGES_BURST = 1000, 3000
_BYTES_PER_S, _BYTES_BURST = 4 * 1024 * 1024, 8 * 1024 * 1024
# Who does not take a message for so long is cut: it would not hear anything in time anyway.
_SEND_TIMEOUT_S = 5


class LinkClosedError(Exception):
    """The wearable is gone; what was to be sent was not."""


class Connection:
    """Owns the WebSocket of one wearable from proof to close."""

    def __init__(self, ws: web.WebSocketResponse, hello: Hello) -> None:
        self._ws = ws
        self.hello = hello
        self.unknown_messages = 0

    async def send_text(self, text: str) -> None:
        """Send one of the texts made by `messages`.

        Raises:
            LinkClosedError: the wearable is gone, or too slow to talk to.
        """
        await self._send(lambda: self._ws.send_str(text))

    async def send_binary(self, data: bytes) -> None:
        """Send a stream's message; raises as `send_text` does."""
        await self._send(lambda: self._ws.send_bytes(data))

    async def _send(self, send: Callable[[], Awaitable[None]]) -> None:
        if self._ws.closed:
            raise LinkClosedError("the link is closed")
        try:
            async with asyncio.timeout(_SEND_TIMEOUT_S):
                await send()
        except TimeoutError as err:
            self._abort()
            raise LinkClosedError("the wearable does not take what is sent") from err
        except (ConnectionError, RuntimeError) as err:
            raise LinkClosedError("the link broke while sending") from err

    def _abort(self) -> None:
        """Drop the TCP connection without the closing handshake: the other side does not listen."""
        request = self._ws._req  # noqa: SLF001  # aiohttp offers no public way to drop a stuck peer
        if request is not None and request.transport is not None:
            request.transport.abort()

    async def close(self, reason: str, code: WSCloseCode = WSCloseCode.OK) -> None:
        """Say why and close; safe to call twice."""
        if self._ws.closed:
            return
        try:
            await self.send_text(messages.bye(reason))
        except LinkClosedError as err:
            _LOGGER.debug("The reason for closing did not reach the wearable: %s", err)
        await self._ws.close(code=code)

    async def read(self, listener: Callable[[FromWearable], None], now_s: Callable[[], float]) -> None:
        """Hand every message to `listener` until the wearable is gone. A broken rule ends the connection."""
        message_rate = Allowance(_MESSAGES_PER_S, _MESSAGES_BURST, now_s())
        byte_rate = Allowance(_BYTES_PER_S, _BYTES_BURST, now_s())
        try:
            async for message in self._ws:
                if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    break
                if not message_rate.take(1, now_s()) or not byte_rate.take(len(message.data), now_s()):
                    raise LinkProtocolError("more messages than a wearable has to send")
                parse = messages.parse_text if message.type is WSMsgType.TEXT else messages.parse_binary
                event = parse(message.data)
                if isinstance(event, Unknown):
                    self.unknown_messages += 1
                    continue
                listener(event)
        except LinkProtocolError as err:
            _LOGGER.warning("Wearable %s broke the protocol: %s", self.hello.wearable_id, err)
            await self.close("protocol", WSCloseCode.POLICY_VIOLATION)
