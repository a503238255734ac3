"""A wearable without our software, for the tests at home: requests of aiohttp's client that last."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from aiohttp import ClientError, ClientResponse
from aiohttp.test_utils import TestClient
import numpy as np
from pytest_homeassistant_custom_component.common import MockConfigEntry

from local_live.server import Server
from tests.home.parts import local_answerer

STREAM_ID = "c0ffee0012345678"
STREAM_KEY = "5ea1" * 16
PATH = f"/api/shelfsight/stream/{STREAM_ID}"
BEARER = {"Authorization": f"Bearer {STREAM_KEY}"}
MULTIPART = "multipart/x-mixed-replace;boundary=frame"
_CHUNK_BYTES = 640


def stream_entry(server: Server, **changes: Any) -> MockConfigEntry:
    """An entry of a wearable for plain streams."""
    return MockConfigEntry(
        domain="shelfsight",
        title="Webcam",
        unique_id=STREAM_ID,
        data={
            "stream_id": STREAM_ID,
            "stream_key": STREAM_KEY,
            "name": "Webcam",
            "answerer": local_answerer(server, **changes),
        },
    )


def part(jpeg: bytes) -> bytes:
    """A part of a multipart body, as ffmpeg writes it."""
    return b"--frame\r\nContent-type: image/jpeg\r\nContent-length: %d\r\n\r\n%b\r\n" % (len(jpeg), jpeg)


class Upload:
    """A POST whose body goes on until `end`."""

    def __init__(self, client: TestClient, what: str, content_type: str, **query: str) -> None:
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        headers = {**BEARER, "Content-Type": content_type} if content_type else BEARER
        self._posting = asyncio.create_task(
            client.post(f"{PATH}/{what}", data=self._body(), headers=headers, params=query, expect100=True)
        )

    async def _body(self) -> AsyncIterator[bytes]:
        while (piece := await self._pieces.get()) is not None:
            yield piece
            self._pieces.task_done()

    async def send(self, data: bytes) -> None:
        """Send this, after the home has taken the request; returns when it is on its way."""
        self._pieces.put_nowait(data)
        joining = asyncio.create_task(self._pieces.join())
        await asyncio.wait({joining, self._posting}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        joining.cancel()

    async def end(self) -> ClientResponse:
        """The body is over; the answer."""
        self._pieces.put_nowait(None)
        return await self.answer()

    async def answer(self) -> ClientResponse:
        """What the home says, now or without waiting for the end."""
        async with asyncio.timeout(10):
            return await self._posting

    async def leave(self) -> None:
        """Hang up."""
        self._posting.cancel()
        with suppress(asyncio.CancelledError, ClientError, OSError):
            await self._posting


class Player:
    """A GET of what is said; keeps what came, and when its first loud sample came."""

    def __init__(self, response: ClientResponse) -> None:
        self.response = response
        self.pcm = bytearray()
        self.over = False
        self._changed = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def begin(cls, client: TestClient, **query: str) -> Player:
        """Fetch."""
        response = await client.get(f"{PATH}/speaker", headers=BEARER, params=query)
        assert response.status == 200, await response.text()
        return cls(response)

    async def _read(self) -> None:
        with suppress(ClientError, ConnectionError):
            async for data in self.response.content.iter_any():
                self.pcm += data
                self._changed.set()
        self.over = True
        self._changed.set()

    @property
    def loud_ms(self) -> int:
        """How much of what came is no silence, at 24 kHz."""
        heard = np.frombuffer(bytes(self.pcm[: len(self.pcm) & ~1]), "<i2").astype(int)
        steps = np.abs(heard[: heard.size // 240 * 240]).reshape(-1, 240).max(axis=1, initial=0)
        return int((steps > 300).sum()) * 10

    async def until(self, condition: Any, timeout_s: float = 15) -> None:
        """Wait until what came makes it true."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def forget(self) -> None:
        """Begin to listen anew."""
        self.pcm.clear()

    async def leave(self) -> None:
        """Hang up."""
        self._reading.cancel()
        self.response.close()
        await asyncio.wait({self._reading})


class PlainWearable:
    """All four together."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.video = Upload(client, "video", MULTIPART)
        self.audio = Upload(client, "audio", "audio/pcm;rate=16000")
        self.player: Player

    @classmethod
    async def begin(cls, client: TestClient, **query: str) -> PlainWearable:
        """Open its streams."""
        one = cls(client)
        one.player = await Player.begin(client, **query)
        return one

    async def button(self, event: str) -> None:
        """The person does this."""
        response = await self.client.post(f"{PATH}/button", json={"event": event}, headers=BEARER)
        assert response.status == 204, await response.text()

    async def say(self, pcm: bytes) -> None:
        """Send sound, as fast as the line takes it."""
        for at in range(0, len(pcm), _CHUNK_BYTES * 10):
            await self.audio.send(pcm[at : at + _CHUNK_BYTES * 10])

    async def show(self, jpeg: bytes) -> None:
        """Send a picture."""
        await self.video.send(part(jpeg))

    async def leave(self) -> None:
        """Hang up everything."""
        for one in (self.video, self.audio, self.player):
            await one.leave()
