"""A thread for a library that blocks and wants all its calls from one thread, in order; it is noticed when one hangs."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
import time
from typing import Any

from ...wearable.drivers import DriverError

# A small Pi takes ten seconds to load a large library from its card.
_STUCK_S = 30


class HangError(DriverError):
    """A call has not come back yet."""


class Worker:
    """One thread. A call that hangs cannot be ended from within Python; what can be done is to start the program anew."""

    def __init__(self, name: str) -> None:
        """`name` is for messages: "the sound cards", "the camera"."""
        self._name = name
        self._threads = ThreadPoolExecutor(1, name)
        self._began_s: float | None = None

    @property
    def stuck(self) -> bool:
        """Whether a call has hung for so long that it will not come back."""
        began_s = self._began_s
        return began_s is not None and time.monotonic() - began_s > _STUCK_S

    def submit(self, function: Callable[..., Any], *arguments: object) -> None:
        """Has something done, in its turn; `function` must tell of its own failures."""
        self._threads.submit(self._do, function, arguments)

    async def run(self, limit_s: float, function: Callable[..., Any], *arguments: object) -> Any:
        """Has something done, in its turn, and returns what it returns.

        Raises:
            HangError: that took longer than `limit_s`; it goes on all the same.
        """
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._do, function, arguments)
        work.add_done_callback(_see)
        done, _ = await asyncio.wait((work,), timeout=limit_s)
        if not done:
            raise HangError(f"{self._name} did not answer in {limit_s:g} s")
        return work.result()

    def close(self) -> None:
        """No more calls."""
        self._threads.shutdown(wait=False)

    def _do(self, function: Callable[..., Any], arguments: tuple[object, ...]) -> Any:
        self._began_s = time.monotonic()
        try:
            return function(*arguments)
        finally:
            self._began_s = None


def _see(work: "asyncio.Future[Any]") -> None:
    """Looks at its failure: whoever asked may have gone away meanwhile, and asyncio would complain."""
    if not work.cancelled():
        work.exception()
