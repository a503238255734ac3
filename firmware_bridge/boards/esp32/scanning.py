"""A scan in a thread: it takes about two seconds, in which the firmware lets other threads run, but not the loop."""

import _thread
import asyncio

_FAILURES = (OSError, RuntimeError)


async def scan(wlan: object) -> list:
    """What `wlan.scan()` gives; nothing if it fails. Must not be cancelled and called again before it has ended."""
    done = asyncio.ThreadSafeFlag()
    found = []

    def work() -> None:
        try:
            found.extend(wlan.scan())
        except _FAILURES:
            found.clear()
        finally:
            done.set()

    _thread.start_new_thread(work, ())
    await done.wait()
    return found
