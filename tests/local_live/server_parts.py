"""Parts for the server's tests: a brain that notes what it is given, a running server, real clients."""

import homeassistant  # noqa: F401  before google.genai: it decides which httpx there is

# isort: split
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import ssl
from typing import Any

from google import genai
from google.genai import types
import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from local_live.brain import Answer, Place
from local_live.espeak import Utterance
from local_live.server import Server, serve

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
RECORDINGS = Path(__file__).parents[3] / "shared" / "live-recordings"
DEFAULT_MODEL = "gemini-3.8-live"
MODEL_31 = "gemini-3.1-flash-live-preview"
MODEL_25 = "gemini-2.5-flash-native-audio-preview-12-2025"
SPEED = 200.0  # the listener's clock in tests: an answer of 5 s is over in 25 ms

TRANSCRIBED: dict[str, Any] = {"inputAudioTranscription": {}, "outputAudioTranscription": {}}

BREAD = Place(
    found=True,
    item="bread",
    shelf=3,
    shelf_count=5,
    counted_from="top",
    side="far right",
    read_text="Gluten Free",
    price=None,
    confidence=0.91234,
    box=(400, 800, 600, 990),
)


class NotingBrain:
    """Answers every question with its number, the length of its sound and the pictures seen, and keeps all of them."""

    def __init__(self) -> None:
        self.pictures: list[bytes] = []
        self.sounds: list[bytes] = []
        self.questions: list[str] = []
        self.place: Place | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()
        self.looked = asyncio.Event()
        self.closed = asyncio.Event()
        self.text: str | None = None

    def look(self, jpeg: bytes) -> None:
        self.pictures.append(jpeg)
        self.looked.set()

    async def answer_sound(self, pcm_16k: bytes) -> Answer:
        self.sounds.append(pcm_16k)
        return await self._answer(f"{len(pcm_16k) / 32000:.1f} seconds of sound")

    async def answer_text(self, question: str) -> Answer:
        self.questions.append(question)
        return await self._answer(question)

    def close(self) -> None:
        self.closed.set()

    async def _answer(self, heard: str) -> Answer:
        self.asked.set()
        await self.gate.wait()
        number = len(self.sounds) + len(self.questions)
        said = self.text or f"Answer number {number}, after {len(self.pictures)} pictures."
        return Answer(heard=heard, text=said, place=self.place)


class Brains:
    """Makes noting brains and keeps them; ``first`` is made beforehand, so that a test can prepare it."""

    def __init__(self) -> None:
        self.first = NotingBrain()
        self.made: list[NotingBrain] = []

    def __call__(self) -> NotingBrain:
        brain = NotingBrain() if self.made else self.first
        self.made.append(brain)
        return brain


def hum(_text: str) -> Utterance:
    """A voice that is quicker than words: one second of 440 Hz."""
    samples = np.sin(np.arange(24_000) * (2 * np.pi * 440 / 24_000)).astype(np.float32)
    return Utterance(samples, 24_000, ())


@asynccontextmanager
async def running(state_dir: Path, brains: Brains | None = None, **options: Any) -> AsyncIterator[Server]:
    options.setdefault("speed", SPEED)
    async with await serve("127.0.0.1", 0, state_dir, brains or Brains(), **options) as server:
        yield server


def pinned(server: Server) -> ssl.SSLContext:
    """A client's TLS context that trusts this server's certificate and no other."""
    return ssl.create_default_context(cafile=str(server.identity.certificate_path))


def sdk(server: Server, key: str = "any", version: str = "v1beta") -> genai.Client:
    options = types.HttpOptions(
        base_url=f"https://127.0.0.1:{server.port}", api_version=version, async_client_args={"ssl": pinned(server)}
    )
    return genai.Client(api_key=key, http_options=options)


@asynccontextmanager
async def raw(server: Server, path: str = PATH, **options: Any) -> AsyncIterator[ClientConnection]:
    uri = f"wss://127.0.0.1:{server.port}{path}"
    async with connect(uri, ssl=pinned(server), **options) as connection:
        yield connection


def setup_message(model: str = DEFAULT_MODEL, **more: Any) -> dict[str, Any]:
    return {"setup": {"model": f"models/{model}", "generationConfig": {"responseModalities": ["AUDIO"]}, **more}}


BY_MARKERS = {"automaticActivityDetection": {"disabled": True}}


async def say(connection: ClientConnection, message: dict[str, Any]) -> None:
    await connection.send(json.dumps(message))


async def hear(connection: ClientConnection) -> dict[str, Any]:
    frame = await connection.recv()
    assert isinstance(frame, bytes), "Gemini's frames are binary"
    return json.loads(frame)


async def set_up(connection: ClientConnection, model: str = DEFAULT_MODEL, **more: Any) -> None:
    await say(connection, setup_message(model, **more))
    assert await hear(connection) == {"setupComplete": {}}


async def hear_turn(connection: ClientConnection) -> list[dict[str, Any]]:
    frames = []
    while True:
        frames.append(await hear(connection))
        if frames[-1].get("serverContent", {}).get("turnComplete"):
            return frames


def written(text: str) -> dict[str, Any]:
    return {"clientContent": {"turns": [{"role": "user", "parts": [{"text": text}]}], "turnComplete": True}}


def kinds(frames: list[dict[str, Any]]) -> list[str]:
    """What each frame says, repeats left out."""
    said: list[str] = []
    for frame in frames:
        content = frame.get("serverContent")
        kind = next(iter(content), "nothing") if content is not None else next(iter(frame))
        if not said or said[-1] != kind:
            said.append(kind)
    return said


def contents(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the frames say, calls and updates left out."""
    return [frame["serverContent"] for frame in frames if "serverContent" in frame]


def has_sound(frames: list[dict[str, Any]]) -> bool:
    return any(
        "inlineData" in part for content in contents(frames) for part in content.get("modelTurn", {}).get("parts", [])
    )


async def close_of(connection: ClientConnection) -> tuple[int | None, str]:
    """Read until the server closes; say with what. (None, "") is a connection that was lost."""
    async with asyncio.timeout(5):
        await connection.wait_closed()
    received = connection.protocol.close_rcvd
    return (received.code, received.reason) if received else (None, "")
