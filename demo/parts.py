"""The two other ends: the local Live server and the wearable on a desk, as real programs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any
import wave

from local_live.voice import speak

from .processes import DemoError, Program, running

QUESTION_HZ = 16_000
_START_TRIES = 300


@dataclass(frozen=True, slots=True)
class LiveServer:
    """Where a Live server is; the fingerprint is None where only the server itself can tell."""

    host: str
    port: int
    fingerprint: str | None
    follows_instructions: bool = False
    """True where a language model is behind it, which can translate."""


@asynccontextmanager
async def live_server(folder: Path, *extra: str) -> AsyncIterator[tuple[LiveServer, Program]]:
    """Start `local_live` on a free port."""
    arguments = ["-m", "local_live", "--host", "127.0.0.1", "--port", "0", "--state", folder / "live", *extra]
    async with running("local live", arguments, folder) as program:
        ready = await program.event("ready", timeout_s=60)
        yield LiveServer("127.0.0.1", int(ready["port"]), str(ready["fingerprint"])), program


class Desk:
    """The wearable on a desk, driven by its commands and followed by its events."""

    def __init__(self, program: Program, speaker: Path, state: Path) -> None:
        self.program = program
        self.speaker = speaker
        self._state = state

    async def wearable_id(self) -> str:
        """Who it is in the network; from its own file, once that is written.

        Raises:
            DemoError: it never was.
        """
        path = self._state / "wearable.json"
        for _ in range(_START_TRIES):
            if await asyncio.to_thread(path.is_file):
                return str(json.loads(await asyncio.to_thread(path.read_text, encoding="utf-8"))["id"])
            await asyncio.sleep(0.1)
        raise DemoError("the wearable did not start")

    async def do(self, command: str) -> None:
        """One of its commands (firmware_bridge/boards/desk)."""
        await self.program.say(command)

    async def look(self, picture: Path) -> None:
        """Look at something else: every picture that is taken from now on shows it."""
        await self.do(f"look {picture}")
        await self.event("looking")

    async def event(self, *names: str, timeout_s: float = 30) -> dict[str, Any]:
        """The next of these events."""
        return await self.program.event(*names, timeout_s=timeout_s)


@asynccontextmanager
async def desk(folder: Path, picture: Path, name: str = "Demo glasses") -> AsyncIterator[Desk]:
    """Start the wearable on a desk: it looks at `picture`, hears what it is given, speaks into WAV files."""
    speaker = folder / "speaker"
    speaker.mkdir(parents=True, exist_ok=True)
    arguments = [
        "-m",
        "firmware_bridge.boards.desk",
        "--state",
        folder / "desk",
        "--name",
        name,
        "--camera",
        picture,
        "--microphone",
        "none",
        "--speaker",
        speaker,
    ]
    async with running("desk", arguments, folder) as program:
        yield Desk(program, speaker, folder / "desk")


def say_question(text: str, path: Path) -> None:
    """A question as a person would ask it, as a WAV for the wearable's microphone."""
    pcm = speak(text, rate_hz=QUESTION_HZ)
    if not pcm:
        raise DemoError(f"the voice has no sound for {text!r}")
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(QUESTION_HZ)
        wav.writeframes(pcm)
