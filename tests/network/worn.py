"""A wearable as a process on a host of its own, and the person who wears it: presses, speaks, hears."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
import json
from pathlib import Path
import sys
import time
from typing import Any
import wave

import numpy as np

from tests.rig.board import Speech
from tests.rig.coded_sound import ANSWER_HZ, QUESTION_HZ, answers_in, question_chunk
from tests.wearable.wearable_processes import HERE, LineProcess, interpreter

from .namespaces import Host

_WAV_HEADER_BYTES = 44
_LOUD = 1000  # of 32,767; cues and phrases reach ten times that
_SAYS_WITHIN_S = 2
_SAID_S = 0.15
"""So much sound is a cue, if not a word."""


def now_ms() -> float:
    """The clock of all processes on this machine, which a desk's events carry, too (CLOCK_MONOTONIC)."""
    return time.monotonic() * 1000


class Timed(LineProcess):
    """Events have `time_ms`: the process's own, else when they were read."""

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            with suppress(ValueError):
                self.events.append({"time_ms": now_ms(), **json.loads(line)})
            self._changed.set()
        self._ended = True
        self._changed.set()


class Worn:
    """What both kinds of wearable have in common: events, and a host whose cable can be pulled."""

    def __init__(self, name: str, host: Host, process: Timed) -> None:
        self.name = name
        self.host = host
        self.process = process

    async def event(self, *names: str, since_ms: float, timeout_s: float, **fields: object) -> dict[str, Any]:
        """The first event of one of these names and with these fields since then, waiting for it.

        Raises:
            AssertionError: there was none in time; the text says what there was.
        """

        def look() -> dict[str, Any] | None:
            return next((event for event in self.since(since_ms, *names) if fields.items() <= event.items()), None)

        deadline_ms = now_ms() + timeout_s * 1000
        while (found := look()) is None:
            left_s = (deadline_ms - now_ms()) / 1000
            if left_s <= 0 or self.process._ended:
                raise AssertionError(f"{self.name}: no {' or '.join(names)} within {timeout_s:g} s; {self.story()}")
            self.process._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self.process._changed.wait()
        return found

    def since(self, since_ms: float, *names: str) -> list[dict[str, Any]]:
        """The events of these names since then."""
        return [event for event in self.process.events if event["event"] in names and event["time_ms"] >= since_ms]

    def story(self, last: int = 12) -> str:
        """The last events, for messages of tests that fail."""
        lines = []
        for event in self.process.events[-last:]:
            details = {name: value for name, value in event.items() if name not in ("event", "time_ms", "sha")}
            lines.append(f"{event['time_ms'] / 1000:.1f} {event['event']} {details or ''}".strip())
        return f"{now_ms() / 1000:.1f} now; {'; '.join(lines)} {self.process.errors.decode(errors='replace')[-500:]}"


class Desk(Worn):
    """The wearable on a desk (firmware_bridge/boards/desk), its files in `folder`."""

    def __init__(self, name: str, host: Host, process: Timed, folder: Path) -> None:
        super().__init__(name, host, process)
        self.folder = folder

    async def do(self, *commands: str) -> None:
        """Commands on its standard input."""
        await self.process.send(*commands)

    def state(self) -> dict[str, Any]:
        """What it keeps: id, key, urls."""
        kept: dict[str, Any] = json.loads((self.folder / "state" / "wearable.json").read_text(encoding="utf-8"))
        return kept

    async def keeps(self, wanted: Callable[[dict[str, Any]], bool], timeout_s: float) -> None:
        """Wait until its file is as wanted."""
        for _ in range(round(timeout_s * 10)):
            if wanted(self.state()):
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{self.name}: it keeps {self.state()['urls']}; {self.story()}")

    async def says(self, digits: str, since_ms: float) -> bool:
        """Whether these digits are what it says for pairing; it may say so a moment later than the home shows them."""
        try:
            await self.event("pairing_digits", since_ms=since_ms, timeout_s=_SAYS_WITHIN_S, digits=digits)
        except AssertionError:
            return False
        return self.since(since_ms, "pairing_digits", "pairing_failed")[-1].get("digits") == digits

    async def ask(self, number: int, voiced_ms: int = 500) -> float:
        """Press, and speak question `number`; when that was."""
        path = self.folder / f"question-{number}.wav"
        write_question(path, number, voiced_ms)
        at_ms = now_ms()
        await self.do(f"hear {path}", "tap")
        await self.event("press", since_ms=at_ms, timeout_s=5)
        return at_ms

    @staticmethod
    def numbers_in(answer: dict[str, Any]) -> list[int]:
        """The numbers that an answer (the event) says in tones, as far as it was heard."""
        with wave.open(str(answer["wav"]), "rb") as file:
            assert file.getframerate() == ANSWER_HZ
            return answers_in(file.readframes(file.getnframes()))

    def heard_samples(self) -> int:
        """How many samples its recording of everything holds by now."""
        size: int = (self.folder / "speaker" / "speaker.wav").stat().st_size
        return max(0, size - _WAV_HEADER_BYTES) // 2

    def said_since(self, samples: int) -> bool:
        """Whether something loud enough to be noticed was played after so many samples."""
        with (self.folder / "speaker" / "speaker.wav").open("rb") as file:
            file.seek(_WAV_HEADER_BYTES + 2 * samples)
            heard = np.frombuffer(file.read(), "<i2")
        return bool(np.count_nonzero(np.abs(heard.astype(np.int32)) > _LOUD) > _SAID_S * ANSWER_HZ / 4)


@asynccontextmanager
async def desk(host: Host, name: str, folder: Path, camera: Path, *options: str) -> AsyncIterator[Desk]:
    """Switch a desk on; it looks at `camera`, hears what it is given, and pairs at once if it has no key."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    arguments = ["-m", "firmware_bridge.boards.desk", "--state", str(folder / "state"), "--name", name]
    arguments += ["--camera", str(camera), "--microphone", "none", "--speaker", str(folder / "speaker"), *options]
    process = await Timed.start(host.namespace.command(sys.executable, *arguments))
    try:
        yield Desk(name, host, process, folder)
    finally:
        await process.close()


@asynccontextmanager
async def memory_device(host: Host, python: str, **options: object) -> AsyncIterator[Worn]:
    """Switch a wearable of memory on, under the interpreter `python`; options as in memory_device.py."""
    command, environment = interpreter(python)
    program = host.namespace.command(*command, str(HERE / "memory_device.py"), json.dumps(options))
    process = await Timed.start(program, environment)
    try:
        yield Worn(f"memory on {python}", host, process)
    finally:
        await process.close()


def write_question(path: Path, number: int, voiced_ms: int) -> None:
    """A question that says its number, as a WAV for the microphone; the rest of the room is silent."""
    speech = Speech(number, before_ms=60, voiced_ms=voiced_ms)
    pcm = b"".join(question_chunk(speech.chunk(index)) for index in range((60 + voiced_ms) // 20))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(QUESTION_HZ)
        file.writeframes(pcm)
