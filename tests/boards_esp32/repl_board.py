"""A board at the end of a serial line, as far as mpremote sees it: MicroPython's raw REPL on a pseudo-terminal.

The programs are run by the real MicroPython of this computer, in a process whose root folder is a folder of the test
(`repl_device.py`). The protocol is that of MicroPython's documentation, "The MicroPython Interactive Interpreter Mode".
"""

import asyncio
import contextlib
import json
import os
from pathlib import Path
import pty
import tty
from typing import Self

import board_interpreter

_WINDOW = 4096
_BANNER = b"raw REPL; CTRL-B to exit\r\n>"


class ReplBoard:
    """Serves until it is closed; `port` is what mpremote connects to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.restarts = 0
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._input = bytearray()

    async def __aenter__(self) -> Self:
        await self._boot()
        self._task = asyncio.create_task(self._serve())
        return self

    async def __aexit__(self, *_details: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._stop()
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)

    async def _boot(self) -> None:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            board_interpreter.micropython(),
            str(board_interpreter.HERE / "repl_device.py"),
            str(self.root),
            stdin=pipe,
            stdout=pipe,
            env=board_interpreter.environment(),
            limit=2**22,
        )

    async def _stop(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _read(self) -> int:
        while not self._input:
            ready = asyncio.Event()
            loop = asyncio.get_running_loop()
            loop.add_reader(self._master, ready.set)
            await ready.wait()
            loop.remove_reader(self._master)
            self._input += os.read(self._master, 65536)
        return self._input.pop(0)

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._master, data) :]

    async def _serve(self) -> None:
        program = bytearray()
        raw = False
        while True:
            byte = await self._read()
            if byte == 1:
                raw, program = True, bytearray()
                self._write(_BANNER)
            elif byte == 2:
                raw = False
            elif byte == 3:
                program = bytearray()
            elif byte == 5 and raw:
                assert await self._read() == ord("A")
                assert await self._read() == 1
                await self._run(await self._paste(), b"")
            elif byte == 4 and raw and program:
                await self._run(bytes(program), b"OK")
                program = bytearray()
            elif byte == 4 and raw:
                await self._stop()
                await self._boot()
                self._write(b"OK\r\nMPY: soft reboot\r\n" + _BANNER)
            elif raw:
                program.append(byte)

    async def _paste(self) -> bytes:
        """Raw-paste mode: a window of bytes, granted anew whenever it has been used."""
        self._write(b"R\x01" + _WINDOW.to_bytes(2, "little"))
        pasted = bytearray()
        while (byte := await self._read()) != 4:
            pasted.append(byte)
            if len(pasted) % _WINDOW == 0:
                self._write(b"\x01")
        self._write(b"\x04")
        return bytes(pasted)

    async def _run(self, program: bytes, first: bytes) -> None:
        self._write(first)
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(program.hex().encode() + b"\n")
        told = json.loads(await process.stdout.readline())
        if told.get("reset"):
            self.restarts += 1
            await self._stop()
            await self._boot()
            return
        self._write(bytes.fromhex(told["out"]) + b"\x04" + told["error"].encode() + b"\x04>")
