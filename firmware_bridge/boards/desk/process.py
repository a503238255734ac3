"""Running ffmpeg: a process with one owner, ended cleanly, its complaint turned into one line."""

import asyncio
from collections.abc import Sequence
from typing import Self

from ...wearable.drivers import DriverError

_END_S = 2
_KEPT_BYTES = 2000


class Running:
    """A program whose output is read while it runs; its complaints never hold it up."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._complaints = b""
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        """Starts a program.

        Raises:
            DriverError: it is not installed.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise DriverError(f"{command[0]} cannot be run: {error.strerror}") from error
        return cls(process)

    @property
    def output(self) -> asyncio.StreamReader:
        """What it writes."""
        assert self._process.stdout is not None
        return self._process.stdout

    async def complaint(self) -> str:
        """The last line it wrote about what went wrong, once it has closed its output."""
        await self._listening
        lines = self._complaints.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it ended without a word"

    async def end(self) -> int:
        """Ends it, asked first, then killed; returns its exit code when it is gone."""
        if self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), _END_S)
            except TimeoutError:
                self._process.kill()
        code = await self._process.wait()
        await self._listening
        return code

    async def _listen(self) -> None:
        assert self._process.stderr is not None
        while more := await self._process.stderr.read(_KEPT_BYTES):
            self._complaints = (self._complaints + more)[-_KEPT_BYTES:]


async def output_of(command: Sequence[str]) -> bytes:
    """Everything a program writes.

    Raises:
        DriverError: it cannot be run or it wrote nothing; the text is its last complaint.
    """
    running = await Running.start(command)
    try:
        output = await running.output.read()
        if not output:
            raise DriverError(await running.complaint())
    finally:
        await running.end()
    return output
