"""Glasses on the link, light enough for a hundred in one process: PROTOCOL.md from the opening to `played`.

What a real wearable computes with its parts is not done here (the rig of the tests runs that), so that the machine's second core
has room for all of them and the Live server.
"""

import asyncio
from contextlib import suppress
import json
import secrets
import struct
from typing import Any, Final, Self

import aiohttp

from firmware_bridge.wearable.proof import proof_of_home, proof_of_wearable

from .stamps import DOWN_HZ, UP_CHUNK_BYTES, UP_HZ, Stamp, now_us, stamp_at, stamped
from .wearing import CAMERA_EVERY_S, Asked, Ticking

LINK_PATH: Final = "/api/shelfsight/link"
_HEADER: Final = struct.Struct(">BBHI")
_PART: Final = struct.Struct(">BBHIII")
_PART_BYTES: Final = 4096
# RFC 6455, section 5.2: a whole binary message of 16 bits' length, masked with zeros.
_SOUND_FRAME: Final = struct.pack(">BBHI", 0x82, 0x80 | 126, _HEADER.size + UP_CHUNK_BYTES, 0)
# 16 Mbit/s, a good wireless network: a picture of 350 KB is under way for a fifth of a second.
_PARTS_AT_ONCE, _PARTS_EVERY_S = 10, 0.02
_TAP_S: Final = 0.1
_PATIENCE_S: Final = 10
_ABILITIES: Final[dict[str, Any]] = {
    "name": "Bench",
    "model": "bench",
    "firmware": "0.1.0",
    "camera": {"sizes": [[1600, 1200]], "rate_hz": 5},
    "microphone": {"rate_hz": UP_HZ},
    "speaker": {"rate_hz": DOWN_HZ, "buffer_ms": 200},
    "buttons": 1,
    "echo_cancellation": False,
    "battery": False,
    "led": True,
}


def wearable_id(number: int) -> str:
    """Who the glasses with this number are."""
    return f"be7c4be7c400{number:04x}"


def link_key(number: int) -> bytes:
    """Their key."""
    return number.to_bytes(32)


class Glasses:
    """Connected ones."""

    def __init__(self, number: int, socket: aiohttp.ClientWebSocketResponse, jpeg: bytes) -> None:
        self.number = number
        self._socket = socket
        self._jpeg = jpeg
        self._asked: Asked | None = None
        self._presses = 0
        self._chunks = 0
        self._pictures = 0
        self._picture_every_s = CAMERA_EVERY_S
        self._rate_changed = asyncio.Event()
        self._microphone = Ticking(self._send_sound)
        self._video: asyncio.Task[None] | None = None
        self._reader = asyncio.create_task(self._read(), name=f"glasses {number}")

    @classmethod
    async def dial(cls, http: aiohttp.ClientSession, url: str, number: int, jpeg: bytes) -> Self:
        """Connect and prove.

        Raises:
            ConnectionError: this home does not take them, or is another one.
        """
        socket = await http.ws_connect(f"{url}{LINK_PATH}", max_msg_size=0, compress=0)
        nonce = bytes.fromhex((await socket.receive_json(timeout=10))["nonce"])
        own_nonce, key, who = secrets.token_bytes(16), link_key(number), wearable_id(number)
        proof = proof_of_wearable(key, who, nonce, own_nonce, 1)
        opening = {"type": "hello", "protocol": 1, "id": who, "nonce": own_nonce.hex(), "proof": proof.hex()}
        await socket.send_json({**opening, **_ABILITIES})
        welcome = await socket.receive_json(timeout=20)
        if welcome.get("proof") != proof_of_home(key, who, nonce, own_nonce, 1).hex():
            raise ConnectionError(f"glasses {number} were not taken: {welcome}")
        return cls(number, socket, jpeg)

    async def ask(self, talk_s: float) -> Asked:
        """Press, talk, and hear the answer out; silence ends the question."""
        self._presses += 1
        question = self.number << 8 | self._presses & 0xFF
        self._asked = asked = Asked(question, now_us(), talk_s, before_s=0.1)
        self._picture_every_s = CAMERA_EVERY_S  # until the home says otherwise
        await self._push("press")
        self._capture(audio=True, video=False)  # anew: a picture under way is dropped, and one is taken at once
        self._capture(audio=True, video=True)
        await asyncio.sleep(_TAP_S)
        await self._push("release")
        async with asyncio.timeout(talk_s + _PATIENCE_S):
            await asked.over.wait()
        return asked

    async def leave(self) -> None:
        """As in `Worn`."""
        self._capture(audio=False, video=False)
        self._reader.cancel()
        await asyncio.wait({self._reader})
        await self._socket.close()

    # --- what comes ---------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                at_us = now_us()
                if self._asked is not None and (stamp := stamp_at(message.data, _HEADER.size)) is not None:
                    self._asked.heard(stamp, at_us)
            elif message.type is aiohttp.WSMsgType.TEXT:
                await self._obey(json.loads(message.data))

    async def _obey(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "capture" if message["press"] >= self._presses:
                if message["video"] is not None:
                    self._picture_every_s = 1 / message["video"]["rate_hz"]
                    self._rate_changed.set()
                self._capture(audio=message["audio"], video=message["video"] is not None)
            case "spoken":
                # What is still in the buffer is heard first: the home waits for this before anybody may follow up.
                played = {"type": "played", "turn": message["turn"], "position_ms": 0, "done": True}
                await self._socket.send_json(played)
                if self._asked is not None and self._asked.came:
                    self._asked.over.set()

    # --- what goes ----------------------------------------------------------------------------------------------------

    def _capture(self, *, audio: bool, video: bool) -> None:
        self._microphone.switch(on=audio)
        self._video = _running(self._video, video, self._film)

    async def _push(self, event: str) -> None:
        time_ms = now_us() // 1000 & 0xFFFFFFFF
        await self._socket.send_json({"type": "button", "event": event, "press": self._presses, "time_ms": time_ms})

    def _send_sound(self) -> None:
        """Past aiohttp, as a hundred of these share a processor with what is measured: the frame is the same, its mask is zero."""
        asked, at_us = self._asked, now_us()
        stamp = asked.chunk(at_us) if asked is not None else Stamp(0, 0, False, at_us)
        self._chunks += 1
        header = _HEADER.pack(1, 0, self._chunks & 0xFFFF, at_us // 1000 & 0xFFFFFFFF)
        writer = self._socket._writer
        if not (self._socket.closed or writer.transport.is_closing()):
            writer.transport.write(b"".join((_SOUND_FRAME, header, stamped(stamp, UP_CHUNK_BYTES))))

    async def _film(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began_s = loop.time()
            await self._show()
            while (wait_s := began_s + self._picture_every_s - loop.time()) > 0:
                self._rate_changed.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._rate_changed.wait(), wait_s)

    async def _show(self) -> None:
        self._pictures += 1
        taken_ms, total = now_us() // 1000 & 0xFFFFFFFF, len(self._jpeg)
        for index, offset in enumerate(range(0, total, _PART_BYTES)):
            if index and index % _PARTS_AT_ONCE == 0:
                await asyncio.sleep(_PARTS_EVERY_S)
            header = _PART.pack(2, 0, self._pictures & 0xFFFF, taken_ms, offset, total)
            with suppress(ConnectionError):
                await self._socket.send_bytes(header + self._jpeg[offset : offset + _PART_BYTES])


def _running(task: asyncio.Task[None] | None, wanted: bool, run: Any) -> asyncio.Task[None] | None:
    """The task that does something exactly while it is wanted."""
    if wanted:
        return task if task is not None else asyncio.create_task(run())
    if task is not None:
        task.cancel()
    return None
