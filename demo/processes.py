"""Programs the demo starts: owned, watched, and gone when it ends, whatever ends it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
import ctypes
import json
import os
from pathlib import Path
import signal
import socket
import sys
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_GRACE_S = 8
_PR_SET_PDEATHSIG = 1


class DemoError(Exception):
    """A step did not do what it should; the text is for the person at the terminal."""


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        port: int = probe.getsockname()[1]
        return port


def in_use(port: int) -> bool:
    """True when somebody listens on this TCP port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _die_with_parent() -> None:
    """Even a parent that is killed leaves nothing behind (Linux; elsewhere the demo's own clean-up has to do)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Program:
    """One running program of ours. Its JSON lines on stdout are events; what it says on stderr goes to `log`."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process
        self._events: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(1000)
        self._reader = asyncio.create_task(self._read(), name=f"{name} events")

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "event" in event:
                await self._events.put(event)
        await self._events.put(None)

    async def event(self, *names: str, timeout_s: float = 30) -> dict[str, Any]:
        """The next event with one of these names; others before it are passed over.

        Raises:
            DemoError: the program ended, or it took too long.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    event = await self._events.get()
                    if event is None:
                        raise DemoError(f"{self.name} ended: {self.last_words()}")
                    if event["event"] in names:
                        return event
        except TimeoutError as err:
            raise DemoError(f"{self.name} did not say {' or '.join(names)} within {timeout_s:g} s") from err

    def forget_events(self) -> None:
        """What happened so far does not matter any more."""
        while not self._events.empty():
            if self._events.get_nowait() is None:
                self._events.put_nowait(None)  # the end is never forgotten
                return

    async def say(self, command: str) -> None:
        """A command on its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n".encode())
        await self._process.stdin.drain()

    @property
    def pid(self) -> int:
        """The process, for whoever measures it."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """False once it has ended."""
        return self._process.returncode is None

    async def ended(self) -> None:
        """Wait until it has ended."""
        await self._process.wait()

    def last_words(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return " | ".join(lines[-3:]) or "it said nothing"

    async def stop(self) -> None:
        """Ask it to end, then make it."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.running:
                self._process.send_signal(sign)
                try:
                    async with asyncio.timeout(_GRACE_S):
                        await self._process.wait()
                except TimeoutError:
                    continue
        self._reader.cancel()
        await asyncio.wait({self._reader})


@asynccontextmanager
async def running(
    name: str,
    arguments: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    python: Path | str = sys.executable,
) -> AsyncIterator[Program]:
    """Start a Python program in `cwd`, with its log in `folder`; it is gone when the block is left.

    `python` is the interpreter, this one where none is named.
    """
    log = folder / f"{name.replace(' ', '-')}.log"
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            str(python),
            *[str(argument) for argument in arguments],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            cwd=cwd,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            limit=1024 * 1024,
            # Ctrl-C at the terminal is the demo's to handle: it ends its programs in order.
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
    program = Program(name, process, log)
    try:
        yield program
    finally:
        await asyncio.shield(program.stop())
