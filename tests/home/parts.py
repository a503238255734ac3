"""Parts for the tests at home: a wearable on a real WebSocket, with `hmac` and `struct` only, and an entry to serve it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import cache
import hmac
import json
import secrets
import struct
from typing import Any, Self

from aiohttp import ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestClient
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from local_live.server import Server
from local_live.voice import speak

PATH = "/api/shelfsight/link"
WEARABLE_ID = "00c0ffee12345678"
KEY = bytes(range(32))
API_KEY = "a-key-that-nobody-may-read"
ABILITIES: dict[str, Any] = {
    "name": "Desk",
    "model": "desk",
    "firmware": "0.1.0",
    "camera": {"sizes": [[1600, 1200], [640, 480]], "rate_hz": 5},
    "microphone": {"rate_hz": 16000},
    # A large buffer: answers are sent at once and not in real time, which nobody listens to here.
    "speaker": {"rate_hz": 24000, "buffer_ms": 10_000},
    "buttons": 1,
    "echo_cancellation": False,
    "battery": False,
    "led": True,
}
CHUNK_BYTES = 640
SILENCE = bytes(32 * 800)


@cache
def question(text: str = "Where is the gluten free bread?") -> bytes:
    """A spoken question, s16le at 16 kHz, from the first sample of the voice."""
    return speak(text, rate_hz=16_000)


def proof_of(label: str, key: bytes, wearable_id: str, home_nonce: bytes, own_nonce: bytes) -> str:
    """Section 3 of the protocol, once more and on its own."""
    return hmac.digest(key, label.encode() + wearable_id.encode() + home_nonce + own_nonce, "sha256").hex()


def hello_to(
    challenge: dict[str, Any], key: bytes = KEY, wearable_id: str = WEARABLE_ID, **changes: Any
) -> dict[str, Any]:
    """The right answer to a challenge, with changes."""
    own_nonce = secrets.token_bytes(16)
    version = changes.get("protocol", 1)
    label = f"shelfsight wearable {version}"
    proof = proof_of(label, key, wearable_id, bytes.fromhex(challenge["nonce"]), own_nonce)
    hello = {"type": "hello", "protocol": version, "id": wearable_id, "nonce": own_nonce.hex(), "proof": proof}
    return {**hello, **ABILITIES, **changes}


class FakeWearable:
    """A wearable behind its proven connection. It says at once that it has played what was sent."""

    def __init__(self, socket: ClientWebSocketResponse, welcome: dict[str, Any]) -> None:
        self.socket = socket
        self.welcome = welcome
        self.texts: list[dict[str, Any]] = []
        self.sounds: list[tuple[int, int, bytes]] = []
        self.order: list[str] = []
        self.times_s: list[float] = []
        """When each of `order` came, by the loop's clock."""
        self.still_jpeg: bytes | None = None
        self.plays = True
        self.presses = 0
        self._pictures = 0
        self._chunks = 0
        self._ahead_ms = 0
        self._changed = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def dial(
        cls, client: TestClient, *, key: bytes = KEY, wearable_id: str = WEARABLE_ID, **changes: Any
    ) -> Self:
        """Connect, prove, and check the home's proof."""
        socket = await client.ws_connect(PATH)
        challenge = await socket.receive_json(timeout=5)
        hello = hello_to(challenge, key, wearable_id, **changes)
        await socket.send_json(hello)
        welcome = await socket.receive_json(timeout=15)
        nonces = bytes.fromhex(challenge["nonce"]), bytes.fromhex(hello["nonce"])
        assert welcome["proof"] == proof_of("shelfsight home 1", key, wearable_id, *nonces), welcome
        return cls(socket, welcome)

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is WSMsgType.TEXT:
                text = json.loads(message.data)
                self.texts.append(text)
                self._note(text["type"])
                await self._react(text)
            elif message.type is WSMsgType.BINARY:
                stream, _, sequence, time_ms = struct.unpack_from(">BBHI", message.data)
                assert stream == 3 and len(message.data) <= 8 + 4096
                self.sounds.append((sequence, time_ms, message.data[8:]))
                self._note("sound")
            self._changed.set()
        self._note("closed")
        self._changed.set()

    def _note(self, kind: str) -> None:
        self.order.append(kind)
        self.times_s.append(asyncio.get_running_loop().time())

    async def _react(self, text: dict[str, Any]) -> None:
        if text["type"] == "spoken" and self.plays:
            await self.send({"type": "played", "turn": text["turn"], "position_ms": 1, "done": True})
        if text["type"] == "capture" and text["still"] is not None and self.still_jpeg is not None:
            await self.show(self.still_jpeg)

    async def until(self, condition: Callable[[], Any], timeout_s: float = 15) -> Any:
        """Wait until something that came in makes the condition true; its value."""
        async with asyncio.timeout(timeout_s):
            while not (value := condition()):
                self._changed.clear()
                await self._changed.wait()
            return value

    async def heard(self, kind: str, count: int = 1, **fields: Any) -> dict[str, Any]:
        """Wait for the `count`-th message of this type with these fields."""
        return await self.until(lambda: (found := self.all(kind, **fields))[count - 1 :] and found[count - 1])

    def all(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        """The messages of this type whose fields are as given."""
        return [
            text for text in self.texts
            if text["type"] == kind and all(text[name] == value for name, value in fields.items())
        ]  # fmt: skip

    def moments(self, kind: str, **fields: Any) -> list[float]:
        """When the messages of this type with these fields came, by the loop's clock."""
        came_s = [at_s for one, at_s in zip(self.order, self.times_s, strict=True) if one not in ("sound", "closed")]
        return [
            at_s for text, at_s in zip(self.texts, came_s, strict=True)
            if text["type"] == kind and all(text[name] == value for name, value in fields.items())
        ]  # fmt: skip

    @property
    def played_pcm(self) -> bytes:
        """All sound that came since `forget`."""
        return b"".join(pcm for _, _, pcm in self.sounds)

    def forget(self) -> None:
        """Begin to note anew."""
        self.texts.clear()
        self.sounds.clear()
        self.order.clear()
        self.times_s.clear()

    def stamp_ms(self, step_ms: int) -> int:
        """The wearable's clock, `step_ms` later than it would be: what is sent faster than it was spoken keeps its time."""
        self._ahead_ms += step_ms
        return (round(asyncio.get_running_loop().time() * 1000) + self._ahead_ms) & 0xFFFFFFFF

    async def send(self, message: dict[str, Any]) -> None:
        """Send a text message."""
        with suppress(ConnectionError):  # the other side may just have gone
            await self.socket.send_json(message)

    async def press(self) -> None:
        """The person presses."""
        self.presses += 1
        await self.send({"type": "button", "event": "press", "press": self.presses, "time_ms": self.stamp_ms(1)})

    async def release(self) -> None:
        """The person lets go."""
        await self.send({"type": "button", "event": "release", "press": self.presses, "time_ms": self.stamp_ms(1)})

    async def say(self, pcm: bytes) -> None:
        """Send sound, as fast as the line takes it."""
        for start in range(0, len(pcm), CHUNK_BYTES):
            header = struct.pack(">BBHI", 1, 0, self._chunks & 0xFFFF, self.stamp_ms(20))
            self._chunks += 1
            await self.socket.send_bytes(header + pcm[start : start + CHUNK_BYTES])

    async def show(self, jpeg: bytes) -> None:
        """Send a picture taken now, in parts."""
        time_ms = self.stamp_ms(50)
        for offset in range(0, len(jpeg), 4096):
            header = struct.pack(">BBHIII", 2, 0, self._pictures & 0xFFFF, time_ms, offset, len(jpeg))
            await self.socket.send_bytes(header + jpeg[offset : offset + 4096])
        self._pictures += 1

    async def ask(self, *jpegs: bytes, spoken: bytes | None = None) -> bytes:
        """Press shortly, show pictures, ask, fall silent; what was said."""
        said = (question() if spoken is None else spoken) + SILENCE
        await self.press()
        await self.release()
        for jpeg in jpegs:
            await self.show(jpeg)
        await self.say(said)
        return said

    async def leave(self) -> None:
        """Close the connection."""
        await self.socket.close()
        await asyncio.wait({self._reader})


def local_answerer(server: Server, **changes: Any) -> dict[str, Any]:
    """The part of an entry that says who answers: this Live server."""
    return {
        "host": "127.0.0.1",
        "port": server.port,
        "api_key": "",
        "certificate": server.identity.certificate_path.read_text(),
        "model": "gemini-3.8-live",
        **changes,
    }


def wearable_entry(server: Server, wearable_id: str = WEARABLE_ID, key: bytes = KEY, **changes: Any) -> MockConfigEntry:
    """An entry of a wearable."""
    return MockConfigEntry(
        domain="shelfsight",
        title="Desk",
        unique_id=wearable_id,
        data={
            "wearable_id": wearable_id,
            "name": "Desk",
            "link_key": key.hex(),
            "answerer": local_answerer(server, **changes),
        },
    )


async def choose(
    hass: HomeAssistant, entry: MockConfigEntry, answerer: dict[str, Any] | None = None, **options: Any
) -> None:
    """Change options, and who answers, of an entry that no wearable has dialled yet."""
    data = {**entry.data, "answerer": {**entry.data["answerer"], **(answerer or {})}}
    hass.config_entries.async_update_entry(entry, data=data, options={**entry.options, **options})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


def camera_entry(server: Server) -> MockConfigEntry:
    """An entry without a wearable."""
    return MockConfigEntry(
        domain="shelfsight", title="Shelfsight", unique_id="cameras", data={"answerer": local_answerer(server)}
    )


def entity_id(hass: HomeAssistant, platform: str, key: str, of: str = WEARABLE_ID) -> str:
    """The entity of a wearable or an entry."""
    found = er.async_get(hass).async_get_entity_id(platform, "shelfsight", f"{of}_{key}")
    assert found is not None
    return found


def state(hass: HomeAssistant, platform: str, key: str, of: str = WEARABLE_ID) -> str:
    """Its state."""
    found = hass.states.get(entity_id(hass, platform, key, of))
    assert found is not None
    return found.state


async def eventually(condition: Callable[[], Any], timeout_s: float = 10) -> None:
    """Wait for what nobody announces."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  # nothing tells of it: there is no event to wait for
            await asyncio.sleep(0.005)


def running_tasks() -> set[str]:
    """The integration's tasks that are still alive."""
    return {task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("shelfsight")}


async def until_state(hass: HomeAssistant, wanted: Callable[[], bool], timeout_s: float = 15) -> None:
    """Wait until Home Assistant's states make it true."""
    changed = asyncio.Event()
    stop = hass.bus.async_listen("state_changed", callback(lambda _event: changed.set()))
    try:
        async with asyncio.timeout(timeout_s):
            while not wanted():
                changed.clear()
                await changed.wait()
    finally:
        stop()


def states_from_now(hass: HomeAssistant, entity: str) -> list[str]:
    """A list that this entity's states are added to as they come, attributes' changes too."""
    seen: list[str] = []

    @callback  # else the bus calls it in a thread, late and in any order
    def note(event: Any) -> None:
        if event.data["entity_id"] == entity and event.data["new_state"] is not None:
            seen.append(event.data["new_state"].state)

    hass.bus.async_listen("state_changed", note)
    return seen
