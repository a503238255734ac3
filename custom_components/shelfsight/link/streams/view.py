"""The door for plain streams: whoever shows the key of a wearable may send its pictures and sound, and fetch what it says.

Every address is `/api/shelfsight/stream/<wearable's id>/<what>`; the key comes as `Authorization: Bearer <key>`, or as
`?key=<key>` from a program that cannot send headers. Without the right one nothing of a request's body is read.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
import json
import logging
import socket
from urllib.parse import parse_qs

from aiohttp import hdrs, web
from aiohttp.web_protocol import RequestPayloadError

from ...sound.pcm import Resampler, samples
from ..messages import ButtonAction
from ..rate import Allowance
from .door import STREAM_PATH, NobodyThereError, PlainStreams, Resident, new_key, same_key
from .pictures import NoPicturesError, PictureStream
from .playout import PIECE_BYTES, PIECE_MS, PLAYOUT_HZ, Pace, Playout
from .sound import Chunker, SoundFormatError, pcm_format, rate_of, wav_header
from .stream import Ending, Kind, Manner, Stream, StreamEndedError
from .way import MICROPHONE_HZ

_LOGGER = logging.getLogger(__name__)

# As much as the link allows a wearable.
_BYTES_PER_S, _BYTES_BURST = 4 * 1024 * 1024, 8 * 1024 * 1024
# A camera or microphone that sends nothing for so long is dead, as on the link.
_SILENT_S = 15.0
# Who takes nothing for so long would not hear anything in time anyway.
_SLOW_S = 5.0
# What is in the socket can not be flushed: a quarter of a second of sound is enough for a network.
_SOCKET_BYTES = 12_000
_LEAD_S = 0.1
_PLAYER_DELAY_MS, _LONGEST_PLAYER_DELAY_MS = 500, 1500
_BUTTON_LIMIT_BYTES = 1024

_PICTURE_TYPES = (
    "multipart/x-mixed-replace",
    "video/x-motion-jpeg",
    "video/mjpeg",
    "image/jpeg",
    "application/octet-stream",
)
_ACTIONS = {
    "press": (ButtonAction.PRESS,),
    "release": (ButtonAction.RELEASE,),
    "tap": (ButtonAction.PRESS, ButtonAction.RELEASE),
}
_STATUS = {
    Ending.REPLACED: HTTPStatus.CONFLICT,
    Ending.SHUTDOWN: HTTPStatus.SERVICE_UNAVAILABLE,
    Ending.STALLED: HTTPStatus.REQUEST_TIMEOUT,
    Ending.FLOOD: HTTPStatus.TOO_MANY_REQUESTS,
}


type Taker = Callable[[web.Request, PlainStreams], Awaitable[web.StreamResponse]]


class StreamView:
    """`find` gives the wearable of plain streams with an id; `count_wrong_key` is told of a request that showed no right key.

    `now_s` is the loop's clock.
    """

    def __init__(
        self,
        find: Callable[[str], Resident | None],
        count_wrong_key: Callable[[web.Request], None],
        now_s: Callable[[], float],
    ) -> None:
        self._find = find
        self._count_wrong_key = count_wrong_key
        self._now_s = now_s

    async def get(self, request: web.Request, wearable_id: str, what: str) -> web.StreamResponse:
        """Fetch what the wearable says."""
        return await self._serve(request, wearable_id, self._speaker if what == Kind.SPEAKER else None)

    async def post(self, request: web.Request, wearable_id: str, what: str) -> web.StreamResponse:
        """Bring pictures, sound, or what was done with the button."""
        takers: dict[str, Taker] = {Kind.VIDEO: self._video, Kind.AUDIO: self._audio, "button": self._button}
        return await self._serve(request, wearable_id, takers.get(what))

    async def _serve(self, request: web.Request, wearable_id: str, taker: Taker | None) -> web.StreamResponse:
        resident = self._find(wearable_id)
        # An unknown wearable's key is compared as well, so that an answer's time does not tell who is known.
        right = same_key(resident.key if resident is not None else new_key(), _key_of(request))
        if resident is None or not right:
            # The address may hold a key that was mistyped, and is logged.
            self._count_wrong_key(request.clone(rel_url=STREAM_PATH, remote=request.remote or ""))
            return _told(HTTPStatus.UNAUTHORIZED, "no such wearable, or not its key", {hdrs.WWW_AUTHENTICATE: "Bearer"})
        if taker is None:
            return _told(HTTPStatus.NOT_FOUND, "POST to video, audio or button, or GET speaker")
        if resident.streams is None:
            return _told(HTTPStatus.SERVICE_UNAVAILABLE, "not ready", {hdrs.RETRY_AFTER: "5"})
        try:
            return await taker(request, resident.streams)
        except StreamEndedError as err:
            _LOGGER.debug("A stream of wearable %s ended: %s", wearable_id, err.ending)
            return _told(_STATUS[err.ending], err.ending)
        except NoPicturesError as err:
            return _told(HTTPStatus.BAD_REQUEST, str(err))
        except SoundFormatError as err:
            return _told(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(err))
        except NobodyThereError:
            return _told(HTTPStatus.CONFLICT, "no stream of this wearable is open: nobody would hear an answer")
        except RequestPayloadError, ConnectionError:
            _LOGGER.debug("A stream of wearable %s broke", wearable_id)
            return _told(HTTPStatus.BAD_REQUEST, "the body broke off")

    # --- in -----------------------------------------------------------------------------------------------------------

    async def _bytes(self, request: web.Request, stream: Stream) -> AsyncIterator[bytes]:
        """The body as it comes; raises StreamEndedError."""
        allowance = Allowance(_BYTES_PER_S, _BYTES_BURST, self._now_s())
        while True:
            async with stream.patience(_SILENT_S):
                data = await request.content.readany()
            if not data:
                return
            if not allowance.take(len(data), self._now_s()):
                raise StreamEndedError(Ending.FLOOD)
            yield data

    async def _video(self, request: web.Request, streams: PlainStreams) -> web.Response:
        if request.content_type not in _PICTURE_TYPES:
            return _told(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send one of {', '.join(_PICTURE_TYPES)}")
        pictures = PictureStream()
        stream = Stream(Kind.VIDEO)
        async with streams.open(stream) as way:
            async for data in self._bytes(request, stream):
                now_s = self._now_s()
                for picture in pictures.feed(data, now_s, wanted=way.wants_picture(now_s)):
                    way.show(picture.jpeg, picture.began_s)
        return _done()

    async def _audio(self, request: web.Request, streams: PlainStreams) -> web.Response:
        chunker = Chunker(pcm_format(request.headers.get(hdrs.CONTENT_TYPE, ""), request.query), MICROPHONE_HZ)
        stream = Stream(Kind.AUDIO, Manner(cancels_echo=request.query.get("echo_cancelled") == "1"))
        async with streams.open(stream) as way:
            async for data in self._bytes(request, stream):
                if way.wants_sound:
                    for chunk in chunker.feed(data):
                        way.hear(chunk)
                else:
                    chunker.skip(data)
        return _done()

    async def _button(self, request: web.Request, streams: PlainStreams) -> web.Response:
        event = await _event_of(request)
        if event not in _ACTIONS:
            return _told(HTTPStatus.BAD_REQUEST, f"event must be one of {', '.join(_ACTIONS)}")
        streams.push(_ACTIONS[event], self._now_s())
        return _done()

    # --- out ----------------------------------------------------------------------------------------------------------

    async def _speaker(self, request: web.Request, streams: PlainStreams) -> web.StreamResponse:
        query = request.query
        rate_hz = rate_of(query.get("rate", str(PLAYOUT_HZ)))
        wav, fill = query.get("format", "pcm") == "wav", query.get("fill") == "1"
        stream = Stream(Kind.SPEAKER, Manner(player_delay_ms=_player_delay_ms(query.get("delay_ms", ""))))
        response = web.StreamResponse(
            headers={
                hdrs.CONTENT_TYPE: "audio/wav" if wav else f"audio/pcm;rate={rate_hz};channels=1",
                hdrs.CACHE_CONTROL: "no-store",
            }
        )
        await response.prepare(request)
        if (transport := request.transport) is None:
            raise ConnectionResetError("the player has gone")
        _keep_little_under_way(transport)
        async with streams.open(stream) as way:
            try:
                if wav:
                    await response.write(wav_header(rate_hz))
                await self._play(response, transport, stream, way.playout, rate_hz, fill=fill)
            except StreamEndedError as err:
                if err.ending is Ending.STALLED:
                    transport.abort()  # it takes nothing, so it would not take an end either
            except ConnectionError:
                _LOGGER.debug("A player of wearable %s has gone", request.match_info["wearable_id"])
        return response

    async def _play(
        self,
        response: web.StreamResponse,
        transport: asyncio.Transport,
        stream: Stream,
        playout: Playout,
        rate_hz: int,
        *,
        fill: bool,
    ) -> None:
        """In real time, for ever; with `fill` silence where nothing is said."""
        resampler = Resampler(PLAYOUT_HZ, rate_hz)
        pace = Pace(_LEAD_S)
        while True:
            if not fill:
                async with stream.patience(None):
                    await playout.something()
            async with stream.patience(None):
                await asyncio.sleep(pace.wait_s(self._now_s()))
            async with stream.patience(_SLOW_S):
                await _taken(transport)
            piece = playout.take()
            silent = not piece
            if fill:
                piece = piece.ljust(PIECE_BYTES, b"\0")
            pace.went(len(piece) * PIECE_MS / PIECE_BYTES, silent=silent)
            if pcm := resampler.feed(samples(piece)).tobytes():
                await response.write(pcm)


async def _taken(transport: asyncio.Transport) -> None:
    """Wait until the player has taken what was written: what is not, is better kept where it can be flushed."""
    while transport.get_write_buffer_size() > _SOCKET_BYTES:  # noqa: ASYNC110  # aiohttp tells of 64 KiB and more only
        await asyncio.sleep(PIECE_MS / 1000)


def _keep_little_under_way(transport: asyncio.Transport) -> None:
    """A small buffer in the system too."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BYTES)


def _player_delay_ms(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        return _PLAYER_DELAY_MS
    return min(int(text), _LONGEST_PLAYER_DELAY_MS)


def _key_of(request: web.Request) -> str:
    scheme, _, key = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else request.query.get("key", "")


async def _event_of(request: web.Request) -> str:
    """What was done with the button: `event` in the address, or in a body of JSON or of a form; else it was tapped."""
    if event := request.query.get("event"):
        return event
    body = await request.content.read(_BUTTON_LIMIT_BYTES)
    if not body.strip():
        return "tap"
    if request.content_type == "application/json":
        try:
            said = json.loads(body)
        except ValueError, RecursionError:
            return ""
        event = said.get("event", "tap") if isinstance(said, dict) else ""
        return event if isinstance(event, str) else ""
    return parse_qs(body.decode(errors="replace")).get("event", ["tap"])[0]


def _done() -> web.Response:
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _told(status: HTTPStatus, text: str, headers: dict[str, str] | None = None) -> web.Response:
    """An answer for whoever runs the program; what is still coming of the request is not waited for."""
    response = web.Response(status=status, text=f"{text}\n", headers=headers)
    response.force_close()
    return response
