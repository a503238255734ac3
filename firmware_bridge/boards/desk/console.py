"""Lines in and out: commands from standard input, events to standard output."""

import asyncio
from collections.abc import Callable
import json
import sys
import threading

_MAX_WAITING_LINES = 100


class Events:
    """Writes what happens: JSON lines, or with `plain` something for people."""

    def __init__(self, now_ms: Callable[[], int], plain: bool) -> None:
        """`now_ms` is the board's clock."""
        self._now_ms = now_ms
        self._plain = plain

    def __call__(self, event: str, **details: object) -> None:
        """Writes one event at once."""
        now_ms = self._now_ms()
        if self._plain:
            words = " ".join(f"{name}={value}" for name, value in details.items() if value not in (None, ""))
            line = f"{now_ms / 1000:10.3f}  {event.replace('_', ' ')}  {words}".rstrip()
        else:
            line = json.dumps({"event": event, "time_ms": now_ms, **details})
        print(line, flush=True)


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
