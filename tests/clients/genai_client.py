"""The google-genai SDK as a client; runs in an environment of its own, whose Python has nothing of this project.

``python genai_client.py ERRAND.json`` holds one conversation and prints one line of JSON; both are described in
``errand.py``. The server's certificate is trusted by way of ``SSL_CERT_FILE``.
"""

import asyncio
from importlib.metadata import version
import json
from pathlib import Path
import platform
import sys
from time import monotonic
from typing import Any
import wave

from google import genai
from google.genai import live, types

CHUNK_MS = 100  # as a microphone gives it: in real time
CHUNK_BYTES = 16_000 * 2 * CHUNK_MS // 1000
TURN_LIMIT_S = 60.0


class Turn:
    """What is noted of one turn. The clock starts when the question is over."""

    def __init__(self) -> None:
        self.asked_s: float | None = None
        self.first_sound_s: float | None = None
        self.answering = asyncio.Event()
        self.heard = self.said = ""
        self.sound_bytes = 0
        self.sound_types: set[str] = set()
        self.calls: list[dict[str, Any]] = []
        self.events: list[str] = []

    def note(self, event: str) -> None:
        """Note an event; one that repeats is noted once."""
        if self.events[-1:] != [event]:
            self.events.append(event)

    def report(self) -> dict[str, Any]:
        """The turn as plain values."""
        first = None if self.first_sound_s is None or self.asked_s is None else self.first_sound_s - self.asked_s
        return {
            "heard": self.heard.strip(),
            "said": self.said.strip(),
            "sound_bytes": self.sound_bytes,
            "sound_types": sorted(self.sound_types),
            "calls": self.calls,
            "events": self.events,
            "first_sound_ms": None if first is None else round(first * 1000),
        }


def config(errand: dict[str, Any]) -> types.LiveConnectConfig:
    """The session as the errand wants it."""
    tools = None
    if function := errand["function"]:
        declaration = types.FunctionDeclaration(
            name=function["name"],
            description=function["description"],
            parameters=types.Schema.model_validate(function["parameters"]),
            behavior=types.Behavior.BLOCKING,
        )
        tools = [types.Tool(function_declarations=[declaration])]
    detection = types.AutomaticActivityDetection(disabled=errand["by_markers"])
    return types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        system_instruction="Say where things stand on the shelf.",
        realtime_input_config=types.RealtimeInputConfig(automatic_activity_detection=detection),
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        tools=tools,
    )


def picture(asked: dict[str, Any]) -> types.Blob | None:
    """The picture of a turn."""
    return types.Blob(data=Path(asked["picture"]).read_bytes(), mime_type="image/jpeg") if asked["picture"] else None


async def stream(session: live.AsyncSession, pcm: bytes) -> None:
    """Send sound at the pace of a microphone."""
    for start in range(0, len(pcm), CHUNK_BYTES):
        blob = types.Blob(data=pcm[start : start + CHUNK_BYTES], mime_type="audio/pcm;rate=16000")
        await session.send_realtime_input(audio=blob)
        await asyncio.sleep(CHUNK_MS / 1000)


async def speak(session: live.AsyncSession, asked: dict[str, Any], turn: Turn, *, by_markers: bool) -> None:
    """Ask aloud, with a picture; without markers the microphone stays open until the answer begins."""
    with wave.open(asked["sound"]) as file:
        pcm = file.readframes(file.getnframes())
    if by_markers:
        await session.send_realtime_input(activity_start=types.ActivityStart())
    if jpeg := picture(asked):
        await session.send_realtime_input(video=jpeg)
    await stream(session, pcm)
    turn.asked_s = monotonic()
    if by_markers:
        await session.send_realtime_input(activity_end=types.ActivityEnd())
    while not by_markers and not turn.answering.is_set():
        await stream(session, bytes(CHUNK_BYTES))


async def write(session: live.AsyncSession, asked: dict[str, Any], turn: Turn) -> None:
    """Ask in writing, the picture before the words."""
    parts = [types.Part(text=asked["text"])]
    if jpeg := picture(asked):
        parts.insert(0, types.Part(inline_data=jpeg))
    await session.send_client_content(turns=types.Content(role="user", parts=parts), turn_complete=True)
    turn.asked_s = monotonic()


async def listen(session: live.AsyncSession, turn: Turn) -> None:
    """Take an answer, and answer its calls."""
    async for message in session.receive():
        if message.tool_call:
            turn.note("toolCall")
            for call in message.tool_call.function_calls or []:
                turn.calls.append({"name": call.name, "args": call.args})
                response = types.FunctionResponse(id=call.id, name=call.name, response={"status": "ok"})
                await session.send_tool_response(function_responses=response)
                turn.note("toolResponse")
        if message.tool_call_cancellation:
            turn.note("toolCallCancellation")
        if content := message.server_content:
            take(content, turn)


def take(content: types.LiveServerContent, turn: Turn) -> None:
    """Note what one message says."""
    if content.input_transcription:
        turn.note("inputTranscription")
        turn.heard += content.input_transcription.text or ""
    for part in (content.model_turn.parts or []) if content.model_turn else []:
        if part.inline_data and part.inline_data.data:
            turn.note("sound")
            turn.answering.set()
            turn.first_sound_s = turn.first_sound_s or monotonic()
            turn.sound_bytes += len(part.inline_data.data)
            turn.sound_types.add(part.inline_data.mime_type or "")
    if content.output_transcription:
        turn.said += content.output_transcription.text or ""
    for name in ("interrupted", "generation_complete", "turn_complete"):
        if getattr(content, name):
            turn.note(name)


async def converse(errand: dict[str, Any]) -> list[dict[str, Any]]:
    """Hold the conversation; returns what was noted of each turn."""
    options = types.HttpOptions(base_url=errand["base_url"], api_version="v1beta")
    client = genai.Client(api_key=errand["key"], http_options=options)
    turns = []
    async with client.aio.live.connect(model=errand["model"], config=config(errand)) as session:
        for asked in errand["turns"]:
            turn = Turn()
            async with asyncio.timeout(TURN_LIMIT_S), asyncio.TaskGroup() as tasks:
                tasks.create_task(listen(session, turn))
                if asked["sound"]:
                    await speak(session, asked, turn, by_markers=errand["by_markers"])
                else:
                    await write(session, asked, turn)
            turns.append(turn.report())
    return turns


if __name__ == "__main__":
    told = json.loads(Path(sys.argv[1]).read_text())
    result = {
        "client": f"google-genai {version('google-genai')}, Python {platform.python_version()}",
        "turns": asyncio.run(converse(told)),
    }
    sys.stdout.write(json.dumps(result) + "\n")
