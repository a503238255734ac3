"""Running ffmpeg: a process with one owner, ended cleanly, its complaint turned into one line."""

import asyncio
from collections.abc import Sequence

from ...wearable.drivers import DriverError

_END_S = 2


async def start(command: Sequence[str]) -> asyncio.subprocess.Process:
    """Starts a program with its output and complaints in pipes.

    Raises:
        DriverError: it is not installed.
    """
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise DriverError(f"{command[0]} cannot be run: {error.strerror}") from error


async def end(process: asyncio.subprocess.Process) -> None:
    """Ends a process and waits until it is gone: asked first, then killed."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _END_S)
        except TimeoutError:
            process.kill()
            await process.wait()


async def complaint(process: asyncio.subprocess.Process) -> str:
    """The last line a process that is ending wrote about what went wrong."""
    if process.stderr is None:
        return "it ended"
    lines = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it ended without a word"


async def output_of(command: Sequence[str]) -> bytes:
    """Everything a program writes.

    Raises:
        DriverError: it failed; the text is its last complaint.
    """
    process = await start(command)
    try:
        output, complaints = await process.communicate()
    finally:
        await end(process)
    if process.returncode:
        lines = complaints.decode(errors="replace").strip().splitlines()
        raise DriverError(lines[-1] if lines else f"{command[0]} failed")
    return output
