"""Lines in: commands from standard input."""

import asyncio
import sys
import threading

_MAX_WAITING_LINES = 100


def follow_input(lines: asyncio.Queue[str]) -> None:
    """Puts the lines of standard input into the queue, from a thread: it may be a terminal, a pipe or a file.

    The thread does not keep the program alive. When the input ends, the desk goes on.
    """
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            try:
                asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()
            except RuntimeError, asyncio.CancelledError:
                return  # the program has ended meanwhile

    threading.Thread(target=read, daemon=True, name="standard input").start()


def new_queue() -> asyncio.Queue[str]:
    """A queue that holds back the one who writes too much."""
    return asyncio.Queue(_MAX_WAITING_LINES)
