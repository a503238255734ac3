"""One proven connection of a wearable: messages in as typed values, messages out, both within limits."""

import asyncio
from collections.abc import Awaitable, Callable
import logging
import struct

from aiohttp import WebSocketError, WSCloseCode, WSMessage, WSMsgType, web

from ..seldom import Seldom
from . import messages
from .fields import LinkProtocolError
from .messages import FromWearable, Hello, MicrophoneChunk, PicturePart, Ping, Unknown
from .rate import Budget, Kind

_LOGGER = logging.getLogger(__name__)

# Who does not take a message for so long is cut: it would not hear anything in time anyway.
_SEND_TIMEOUT_S = 5
# How long a wearable has to answer the closing handshake.
_CLOSE_TIMEOUT_S = 2
# A stalled network delivers thousands of messages at once; others must have their turn in between.
_AT_ONCE = 20
_CLOSE_CODE = struct.Struct(">H")


class LinkClosedError(Exception):
    """The wearable is gone; what was to be sent was not."""


class Connection:
    """Owns the WebSocket of one wearable from proof to close; the socket answers neither ping nor close by itself."""

    def __init__(
        self, ws: web.WebSocketResponse, transport: asyncio.Transport | None, hello: Hello, broke_protocol: Seldom
    ) -> None:
        self._ws = ws
        self._transport = transport
        self._broke_protocol = broke_protocol
        self.hello = hello
        self.unknown_messages = 0
        self.closed_for: str | None = None
        """Why the home closed it, if it did."""
        self.answered = False
        """True when the wearable was there to answer that."""
        self._sending: set[asyncio.Future[None]] = set()
        self._patience: asyncio.Timeout | None = None
        self._over = asyncio.Event()

    # --- out ----------------------------------------------------------------------------------------------------------

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
            if self._takes_at_once:
                await send()  # does not wait, so that no timer is needed
            else:
                async with asyncio.timeout(_SEND_TIMEOUT_S):
                    await self._send_patiently(send)
        except TimeoutError as err:
            self._abort()
            raise LinkClosedError("the wearable does not take what is sent") from err
        except (ConnectionError, RuntimeError) as err:
            raise LinkClosedError("the link broke while sending") from err

    @property
    def _takes_at_once(self) -> bool:
        """True when nothing waits to be sent: no message of ours fills the buffer by itself, so nobody has to wait."""
        return self._transport is None or self._transport.get_write_buffer_size() == 0

    async def _send_patiently(self, send: Callable[[], Awaitable[None]]) -> None:
        """Send in a task of its own, which is never cancelled: it ends when there is room, or no connection.

        All who wait for room in aiohttp share one future (`BaseProtocol._drain_helper`): cancelled with one of them, it
        would seem to cancel everybody who sends after that.
        """
        sending = asyncio.ensure_future(send())
        self._sending.add(sending)
        sending.add_done_callback(self._sent)
        await asyncio.wait({sending})
        sending.result()

    def _sent(self, sending: asyncio.Future[None]) -> None:
        self._sending.discard(sending)
        if not sending.cancelled():
            sending.exception()  # whoever sent may not wait for it any more

    def _abort(self) -> None:
        """Drop the TCP connection without the closing handshake: the other side does not listen."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self, reason: str, code: WSCloseCode = WSCloseCode.OK) -> None:
        """Say why and close, and wait until it is closed; safe to call twice."""
        if self._ws.closed or self.closed_for is not None:
            return
        self.closed_for = reason
        try:
            await self.send_text(messages.bye(reason))
            if self._patience is None:  # nobody reads
                await self._ws.close(code=code)
                return
            await self._send(lambda: self._ws.send_frame(_CLOSE_CODE.pack(code), WSMsgType.CLOSE))
        except LinkClosedError as err:
            _LOGGER.debug("The reason for closing did not reach the wearable: %s", err)
        if self._patience is not None:
            # Whoever reads also waits for the answer, so that it is known whether somebody was there to give it.
            self._patience.reschedule(asyncio.get_running_loop().time() + _CLOSE_TIMEOUT_S)
            await self._over.wait()

    # --- in -----------------------------------------------------------------------------------------------------------

    async def read(self, listener: Callable[[FromWearable], None], now_s: Callable[[], float]) -> None:
        """Hand every message to `listener` until the wearable is gone. A broken rule ends the connection."""
        try:
            async with asyncio.timeout(None) as self._patience:
                await self._read(listener, now_s)
        except TimeoutError:
            self._abort()  # it does not answer the goodbye
        except LinkProtocolError as err:
            self._tell_broken(err, now_s())
            self._patience = None
            await self.close("protocol", WSCloseCode.POLICY_VIOLATION)
        finally:
            self._patience = None
            self._over.set()

    async def _read(self, listener: Callable[[FromWearable], None], now_s: Callable[[], float]) -> None:
        budget = Budget(now_s())
        count = 0
        while True:
            message = await self._ws.receive()
            count += 1
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                if (ping := self._take(message, budget, listener, now_s())) is not None:
                    await self._answer_text_ping(ping)
            elif message.type in (WSMsgType.PING, WSMsgType.PONG):
                _charge(budget, Kind.CONTROL, message, now_s())
                if message.type is WSMsgType.PING:
                    await self._answer_ping(message.data)
            else:
                await self._end(message)
                return

    def _take(
        self, message: WSMessage, budget: Budget, listener: Callable[[FromWearable], None], now_s: float
    ) -> Ping | None:
        """Hand a message to whom it is for; a ping is for this room, and comes back."""
        if self.closed_for is not None:
            return None  # it has not read yet that this is over
        if message.type is WSMsgType.TEXT:
            _charge(budget, Kind.TEXT, message, now_s)
            event = messages.parse_text(message.data)
        else:
            event = messages.parse_binary(message.data)
            _charge(budget, _kind(event), message, now_s)
        if isinstance(event, Unknown):
            self.unknown_messages += 1
        elif isinstance(event, Ping):
            return event
        else:
            listener(event)
        return None

    async def _answer_ping(self, data: bytes) -> None:
        try:
            await self._send(lambda: self._ws.pong(data))
        except LinkClosedError as err:
            _LOGGER.debug("A ping was not answered: %s", err)

    async def _answer_text_ping(self, ping: Ping) -> None:
        try:
            await self.send_text(messages.pong(ping.number))
        except LinkClosedError as err:
            _LOGGER.debug("A ping was not answered: %s", err)

    async def _end(self, message: WSMessage) -> None:
        """The WebSocket is over: by the wearable, by the network, or by aiohttp because its frames are broken."""
        if message.type is WSMsgType.ERROR and isinstance(message.data, WebSocketError):
            raise LinkProtocolError("broken WebSocket frames")
        if message.type is not WSMsgType.CLOSE:
            return
        if self.closed_for is None:
            await self._ws.close(drain=False)
            return
        self.answered = True
        if self._transport is not None:
            self._transport.close()

    def _tell_broken(self, err: LinkProtocolError, now_s: float) -> None:
        if (due := self._broke_protocol.due(self.hello.wearable_id, now_s)) is not None:
            _LOGGER.warning("Wearable %s broke the protocol: %s (%d times since told last)", due[0], err, due[1])


def _kind(event: FromWearable) -> Kind:
    match event:
        case MicrophoneChunk():
            return Kind.SOUND
        case PicturePart():
            return Kind.PICTURE
        case _:
            return Kind.UNKNOWN


def _charge(budget: Budget, kind: Kind, message: WSMessage, now_s: float) -> None:
    if not budget.take(kind, len(message.data), now_s):
        raise LinkProtocolError("more messages than a wearable has to send")
