"""A Live server that always takes equally long to answer, and costs little: what is measured is the way to it and back.

It speaks as much of the Live protocol as a session needs, over TLS as the local one does; looks at nothing and says stamps. Turns
end by the client's markers, or, where the setup asks for detection, 600 ms after the last voiced chunk.
"""

import asyncio
import base64
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any, Final, cast

from aiohttp import WSMsgType, web

from local_live import replies, usage
from local_live.brain import Place
from local_live.calls import REPORT_PLACE, find_function, place_arguments
from local_live.certificate import Identity, load_or_make, now_utc
from local_live.setup import Coverage, Setup, parse_setup

from .stamps import DOWN_CHUNK_BYTES, UP_CHUNK_BYTES, Stamp, now_us, stamped, stamps_in

# With the silence before it this is less than a second: then the home would say that somebody is there, before the answer.
DELAY_S: Final = 0.2
SILENCE_MS: Final = 600
_PATH: Final = "/{slashes:/*}ws/{service:.*BidiGenerateContent}"
_CHUNK_S: Final = 0.04
_SOUND_BEGINS: Final = '{"realtime_input": {"audio": {"data": "'
_WORDS: Final = "Third shelf of five from the top, far right, a green bag."
_PLACE: Final = Place(
    found=True,
    item="gluten free bread",
    shelf=3,
    shelf_count=5,
    counted_from="top",
    side="far right",
    read_text="gluten free bread",
    price=None,
    confidence=0.9,
    box=(400, 800, 500, 900),
)


@dataclass(slots=True)
class Log:
    """What the server noted: everything in microseconds of the stamps' clock."""

    came: list[tuple[Stamp, int]] = field(default_factory=list)
    """Microphone chunks, each with when it was taken apart."""
    began_us: dict[int, int] = field(default_factory=dict)
    """When the start marker came, by the question that followed it."""
    first_sound_us: dict[int, int] = field(default_factory=dict)
    """When the answer's first sound went out, by question."""
    last_sound_us: dict[int, int] = field(default_factory=dict)
    bytes_in: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Payload that sessions sent up, by the wearable that they turned out to be of."""
    tokens: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """What was billed, by wearable: `text_in`, `audio_in`, `image_in` and `audio_out`."""
    pictures: int = 0

    def forget(self) -> None:
        """Begin anew."""
        self.came.clear()
        for noted in (self.began_us, self.first_sound_us, self.last_sound_us, self.bytes_in, self.tokens):
            noted.clear()
        self.pictures = 0


class LiveServer:
    """A running one."""

    def __init__(self, identity: Identity, log: Log) -> None:
        self.identity = identity
        self.log = log
        self.port = 0
        self.answer_s = 2.5
        """How long answers are."""

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One session."""
        socket = web.WebSocketResponse(max_msg_size=8 * 1024 * 1024)
        await socket.prepare(request)
        await _Session(socket, self.log, self.answer_s).run()
        return socket


class _Session:
    """From the setup to the end of the connection."""

    def __init__(self, socket: web.WebSocketResponse, log: Log, answer_s: float) -> None:
        self._socket = socket
        self._log = log
        self._answer_s = answer_s
        self._setup = Setup("")
        self._ledger = usage.Ledger()
        self._question: int | None = None
        self._wearable: int | None = None
        self._began_us = 0
        self._open = False
        self._spoke = False
        self._silent_ms = 0
        self._sound_bytes = 0
        self._bytes_in = 0
        self._answering: asyncio.Task[None] | None = None

    async def run(self) -> None:
        try:
            async for message in self._socket:
                if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    break
                self._count(len(message.data))
                if message.type is WSMsgType.TEXT and message.data.startswith(_SOUND_BEGINS):
                    begins = len(
                        _SOUND_BEGINS
                    )  # the shortest way: a hundred wearables send five thousand of them a second
                    self._hear(base64.b64decode(message.data[begins : message.data.index('"', begins)]))
                else:
                    await self._take(json.loads(message.data))
        finally:
            if self._answering is not None:
                self._answering.cancel()

    def _count(self, size_bytes: int) -> None:
        """Sessions say whose they are with their first sound; until then what they send is kept."""
        self._bytes_in += size_bytes
        if self._wearable is not None:
            self._log.bytes_in[self._wearable] += self._bytes_in
            self._bytes_in = 0

    async def _take(self, message: dict[str, Any]) -> None:
        if (setup := message.get("setup")) is not None:
            self._setup = parse_setup(setup)
            functions = "".join(function.name for function in self._setup.functions)
            self._ledger.fixed_tokens = usage.text_tokens(self._setup.system_text) + usage.text_tokens(functions)
            self._ledger.compression = self._setup.compression
            await self._send(replies.setup_complete())
        elif (said := message.get("realtime_input", message.get("realtimeInput"))) is not None:
            self._take_realtime(said)

    def _take_realtime(self, said: dict[str, Any]) -> None:
        if (sound := said.get("audio")) is not None:
            self._hear(base64.b64decode(sound["data"].translate(_URL_SAFE)))
        elif "video" in said:
            self._log.pictures += 1
            if self._open or self._setup.coverage is not Coverage.ACTIVITY:
                self._ledger.note(image=usage.picture_tokens(self._setup.media_resolution))
        elif "activityStart" in said or "activity_start" in said:
            self._open, self._began_us, self._sound_bytes = True, now_us(), 0
        elif "activityEnd" in said or "activity_end" in said:
            self._open = False
            self._answer()

    def _hear(self, pcm: bytes) -> None:
        at_us = now_us()
        detects = not self._setup.detection.disabled
        if self._open or self._spoke:  # what is no activity is not paid for
            self._sound_bytes += len(pcm)
        for stamp in stamps_in(pcm, UP_CHUNK_BYTES):
            self._log.came.append((stamp, at_us))
            if self._wearable is None:
                self._wearable = stamp.question >> 8
            if stamp.question != self._question:
                self._question, self._spoke, self._silent_ms = stamp.question, False, 0
                self._log.began_us[stamp.question] = self._began_us
            if detects:
                self._follow(stamp)

    def _follow(self, stamp: Stamp) -> None:
        """The server's own detection of a turn's end, by what the chunks say of themselves."""
        if stamp.voiced:
            self._spoke, self._silent_ms = True, 0
        elif self._spoke:
            self._silent_ms += 20
            if self._silent_ms >= SILENCE_MS:
                self._spoke = False
                self._answer()

    def _answer(self) -> None:
        if self._question is not None:
            self._ledger.note(audio=usage.sound_in_tokens(self._sound_bytes))
            self._sound_bytes = 0
            self._answering = asyncio.create_task(self._say(self._question))

    async def _say(self, question: int) -> None:
        await asyncio.sleep(DELAY_S)
        function = find_function(self._setup.functions, REPORT_PLACE)
        if function is not None:
            arguments = place_arguments(_PLACE, function.properties)
            await self._send(replies.tool_call(f"call-{question}", REPORT_PLACE, arguments))
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        pieces = round(self._answer_s / _CHUNK_S)
        for number in range(pieces):
            # In real time: each piece is then sent on as it comes, and its stamp tells how long that took.
            await asyncio.sleep(max(0.0, began_s + number * _CHUNK_S - loop.time()))
            at_us = now_us()
            pcm = stamped(Stamp(question, number, True, at_us), DOWN_CHUNK_BYTES)
            self._log.first_sound_us.setdefault(question, at_us)
            self._log.last_sound_us[question] = at_us
            await self._send(replies.speech(pcm, _WORDS if number == 0 else ""))
        await self._send(replies.generation_complete())
        bill = self._ledger.bill(usage.speech_tokens(pieces * DOWN_CHUNK_BYTES))
        self._log.tokens[question >> 8].update(billed(bill))
        await self._send(replies.turn_complete(bill))

    async def _send(self, reply: replies.Reply) -> None:
        if not self._socket.closed:
            await self._socket.send_bytes(replies.encode(reply))


def billed(bill: replies.Reply) -> Counter[str]:
    """The tokens of a bill by what they carry and which way."""
    found: Counter[str] = Counter()
    for key, way in (("promptTokensDetails", "in"), ("responseTokensDetails", "out")):
        for part in cast(list[dict[str, Any]], bill[key]):
            found[f"{part['modality'].lower()}_{way}"] += part["tokenCount"]
    return found


_URL_SAFE: Final = str.maketrans("-_", "+/")


@asynccontextmanager
async def live_server(folder: Path, log: Log) -> AsyncIterator[LiveServer]:
    """Serve on a free port with a certificate made in `folder`."""
    identity = await asyncio.to_thread(load_or_make, folder, now_utc())
    server = LiveServer(identity, log)
    application = web.Application()
    application.router.add_get(_PATH, server.serve)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=identity.context()).start()
        server.port = runner.addresses[0][1]
        yield server
    finally:
        await runner.cleanup()
