"""The client of a plain relay: JSON with base64 in both directions, microphone and camera always on, as people write it."""

import asyncio
import base64
from contextlib import suppress
import json
from typing import Final, Self

import aiohttp

from .stamps import DOWN_CHUNK_BYTES, now_us, stamps_in
from .wearing import CAMERA_EVERY_S, Asked, microphone

_PATIENCE_S: Final = 10
_ANSWER_GAP_S: Final = 0.4


class PlainClient:
    """A connected one, streaming."""

    def __init__(self, number: int, socket: aiohttp.ClientWebSocketResponse, jpeg: bytes) -> None:
        self.number = number
        self._socket = socket
        self._picture = json.dumps({"type": "video", "data": base64.b64encode(jpeg).decode()})
        self._asked: Asked | None = None
        self._questions = 0
        self._tasks = [
            asyncio.create_task(self._read()),
            asyncio.create_task(microphone(self._send_sound, self._speech)),
            asyncio.create_task(self._film()),
        ]

    @classmethod
    async def dial(cls, http: aiohttp.ClientSession, url: str, number: int, jpeg: bytes) -> Self:
        """Connect; whoever can reach the port is let in."""
        return cls(number, await http.ws_connect(f"{url}/ws", max_msg_size=0, compress=0), jpeg)

    async def ask(self, talk_s: float) -> Asked:
        """Talk, and hear the answer out; the server finds the end."""
        self._questions += 1
        question = self.number << 8 | self._questions & 0xFF
        self._asked = asked = Asked(question, now_us(), talk_s, before_s=0.1)
        async with asyncio.timeout(talk_s + _PATIENCE_S):
            while not asked.came or now_us() - asked.came[-1][1] < _ANSWER_GAP_S * 1e6:  # noqa: ASYNC110  # a relay says no end
                await asyncio.sleep(0.02)
        asked.over.set()
        return asked

    async def leave(self) -> None:
        """As in `Worn`."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self._socket.close()

    def _speech(self) -> Asked:
        """Silence is sent too, until the next question as that of the last one."""
        if self._asked is None:
            self._asked = Asked(self.number << 8, now_us(), 0.0, 0.0)
        return self._asked

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            at_us = now_us()
            said = json.loads(message.data)
            if said["type"] == "audio" and self._asked is not None:
                for stamp in stamps_in(base64.b64decode(said["data"]), DOWN_CHUNK_BYTES):
                    self._asked.heard(stamp, at_us)

    async def _send_sound(self, pcm: bytes) -> None:
        with suppress(ConnectionError):
            await self._socket.send_str(json.dumps({"type": "audio", "data": base64.b64encode(pcm).decode()}))

    async def _film(self) -> None:
        while True:
            with suppress(ConnectionError):
                await self._socket.send_str(self._picture)
            await asyncio.sleep(CAMERA_EVERY_S)
