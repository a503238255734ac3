"""Pipecat's Gemini Live service as a client; runs in an environment of its own, whose Python has nothing of this project.

``python pipecat_client.py ERRAND.json`` holds one conversation and prints one line of JSON; both are described in
``errand.py``. The pipeline is a bot's: what comes from the person goes in at one end, frames of speech come out at the
other. The first turn, if it is a written one, is the bot's opening context; later written ones go through the stream,
as pipecat does it. The server's certificate is trusted by way of ``SSL_CERT_FILE``.
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

from google.genai import types
from PIL import Image
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    Frame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InputAudioRawFrame,
    InputImageRawFrame,
    InputTextRawFrame,
    InterruptionFrame,
    LLMContextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService, GeminiVADParams
from pipecat.services.llm_service import FunctionCallParams
from pipecat.workers.runner import WorkerRunner

RATE_HZ = 16_000
CHUNK_MS = 100  # as a microphone gives it: in real time
CHUNK_BYTES = RATE_HZ * 2 * CHUNK_MS // 1000
TURN_LIMIT_S = 60.0


class Turn:
    """What is noted of one turn. The clock starts when the question is over."""

    def __init__(self) -> None:
        self.asked_s: float | None = None
        self.first_sound_s: float | None = None
        self.answering = asyncio.Event()
        self.over = asyncio.Event()
        self.heard: list[str] = []
        self.said = ""
        self.sound_bytes = 0
        self.sound_types: set[str] = set()
        self.calls: list[dict[str, Any]] = []
        self.events: list[str] = []
        self.errors: list[str] = []

    def note(self, event: str) -> None:
        """Note an event; one that repeats is noted once."""
        if self.events[-1:] != [event]:
            self.events.append(event)

    def take(self, frame: Frame) -> None:
        """Note what one frame says."""
        match frame:
            case TranscriptionFrame(text=text):
                self.note("inputTranscription")
                self.heard.append(text)
            case FunctionCallsStartedFrame(function_calls=calls):
                self.note("toolCall")
                self.calls += [{"name": call.function_name, "args": dict(call.arguments)} for call in calls]
            case FunctionCallResultFrame():
                self.note("toolResponse")
            case TTSAudioRawFrame(audio=pcm, sample_rate=rate_hz):
                self.note("sound")
                self.answering.set()
                self.first_sound_s = self.first_sound_s or monotonic()
                self.sound_bytes += len(pcm)
                self.sound_types.add(f"audio/pcm;rate={rate_hz}")
            case TTSTextFrame(text=text):
                self.said += text
            case InterruptionFrame():
                self.note("interrupted")
            case TTSStoppedFrame():
                self.note("turn_complete")
                self.over.set()
            case ErrorFrame(error=error):
                self.errors.append(error)
                self.over.set()

    def report(self) -> dict[str, Any]:
        """The turn as plain values."""
        first = None if self.first_sound_s is None or self.asked_s is None else self.first_sound_s - self.asked_s
        return {
            "heard": " ".join(self.heard).strip(),
            "said": self.said.strip(),
            "sound_bytes": self.sound_bytes,
            "sound_types": sorted(self.sound_types),
            "calls": self.calls,
            "events": self.events,
            "first_sound_ms": None if first is None else round(first * 1000),
        }


class Notes:
    """The turns so far; frames belong to the newest."""

    def __init__(self) -> None:
        self.turn = Turn()


class Watcher(FrameProcessor):
    """Notes the frames of some kinds that pass in one direction; frames about calls pass in both."""

    def __init__(self, notes: Notes, watched: FrameDirection, kinds: tuple[type[Frame], ...]) -> None:
        super().__init__()
        self._notes = notes
        self._watched = watched
        self._kinds = kinds

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Note a frame and pass it on."""
        await super().process_frame(frame, direction)
        if direction is self._watched and isinstance(frame, self._kinds):
            self._notes.turn.take(frame)
        await self.push_frame(frame, direction)


async def report_done(params: FunctionCallParams) -> None:
    """The function that the model may call."""
    await params.result_callback({"status": "ok"})


def service(errand: dict[str, Any]) -> GeminiLiveLLMService:
    """Pipecat's service, pointed at the server."""
    opens_in_writing = errand["turns"][0]["sound"] is None
    live = GeminiLiveLLMService(
        api_key=errand["key"],
        http_options=types.HttpOptions(base_url=errand["base_url"], api_version="v1beta"),
        system_instruction="Say where things stand on the shelf.",
        settings=GeminiLiveLLMService.Settings(
            model=errand["model"], vad=GeminiVADParams(disabled=True) if errand["by_markers"] else None
        ),
        inference_on_context_initialization=opens_in_writing,
    )
    if errand["function"]:
        live.register_function(errand["function"]["name"], report_done)
    return live


async def opening(errand: dict[str, Any]) -> LLMContext:
    """The context that the bot begins with: its functions, and the first turn if that is a written one."""
    messages, first = [], errand["turns"][0]
    if first["sound"] is None:
        with Image.open(first["picture"]) as picture:
            messages.append(
                await LLMContext.create_image_message(
                    format="RGB", size=picture.size, image=picture.convert("RGB").tobytes(), text=first["text"]
                )
            )
    if not (function := errand["function"]):
        return LLMContext(messages)
    schema = FunctionSchema(
        name=function["name"],
        description=function["description"],
        properties=function["parameters"]["properties"],
        required=function["parameters"]["required"],
    )
    return LLMContext(messages, ToolsSchema(standard_tools=[schema]))


async def stream(worker: PipelineWorker, pcm: bytes) -> None:
    """Put sound into the pipeline at the pace of a microphone."""
    for start in range(0, len(pcm), CHUNK_BYTES):
        chunk = pcm[start : start + CHUNK_BYTES]
        await worker.queue_frame(InputAudioRawFrame(audio=chunk, sample_rate=RATE_HZ, num_channels=1))
        await asyncio.sleep(CHUNK_MS / 1000)


async def ask(worker: PipelineWorker, asked: dict[str, Any], turn: Turn, *, by_markers: bool) -> None:
    """Ask aloud or in writing; without markers the microphone stays open until the answer begins."""
    if asked["picture"]:
        with Image.open(asked["picture"]) as picture:
            raw, size = picture.convert("RGB").tobytes(), picture.size
        await worker.queue_frame(InputImageRawFrame(image=raw, size=size, format="RGB"))
    if asked["sound"] is None:
        await worker.queue_frame(InputTextRawFrame(asked["text"]))
        turn.asked_s = monotonic()
        return
    with wave.open(asked["sound"]) as file:
        pcm = file.readframes(file.getnframes())
    if by_markers:
        await worker.queue_frame(UserStartedSpeakingFrame())
    await stream(worker, pcm)
    turn.asked_s = monotonic()
    if by_markers:
        await worker.queue_frame(UserStoppedSpeakingFrame())
    while not by_markers and not turn.answering.is_set():
        await stream(worker, bytes(CHUNK_BYTES))


async def talk(
    worker: PipelineWorker, live: GeminiLiveLLMService, errand: dict[str, Any], notes: Notes
) -> list[dict[str, Any]]:
    """Go through the turns; returns what was noted of each."""
    await worker.queue_frame(LLMContextFrame(await opening(errand)))
    # A context with functions makes pipecat connect again. It says nowhere when it is ready, and drops what comes earlier.
    while not live._ready_for_realtime_input:  # noqa: ASYNC110 - pipecat offers no event to wait for
        await asyncio.sleep(0.02)
    turns = []
    for number, asked in enumerate(errand["turns"]):
        turn = notes.turn
        async with asyncio.timeout(TURN_LIMIT_S):
            if number == 0 and asked["sound"] is None:
                turn.asked_s = monotonic()
            else:
                await ask(worker, asked, turn, by_markers=errand["by_markers"])
            await turn.over.wait()
        if turn.errors:
            raise ConnectionError(f"pipecat reports in turn {number + 1}: {turn.errors}")
        notes.turn = Turn()
        turns.append(turn.report())
    return turns


async def converse(errand: dict[str, Any]) -> list[dict[str, Any]]:
    """Hold the conversation; returns what was noted of each turn."""
    notes, live = Notes(), service(errand)
    before = Watcher(notes, FrameDirection.UPSTREAM, (TranscriptionFrame, ErrorFrame))
    after = Watcher(notes, FrameDirection.DOWNSTREAM, (Frame,))
    pipeline = Pipeline([before, live, after])
    worker = PipelineWorker(pipeline, cancel_on_idle_timeout=False, enable_rtvi=False)
    started = asyncio.Event()

    @worker.event_handler("on_pipeline_started")
    async def _started(_worker: PipelineWorker, _frame: Frame) -> None:
        started.set()

    runner = WorkerRunner()
    await runner.add_workers(worker)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(runner.run())
        await started.wait()
        turns = await talk(worker, live, errand, notes)
        await worker.queue_frame(EndFrame())
        await running
    return turns


if __name__ == "__main__":
    told = json.loads(Path(sys.argv[1]).read_text())
    result = {
        "client": f"pipecat {version('pipecat-ai')}, google-genai {version('google-genai')}, Python {platform.python_version()}",
        "turns": asyncio.run(converse(told)),
    }
    sys.stdout.write(json.dumps(result) + "\n")
