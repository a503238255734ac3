"""An event loop of virtual time: nobody waits, the clock goes to the next timer, and the same steps come in the same order.

What would make two runs differ is taken away: sockets are a `Network` of memory, threads do their work at once, and tasks have a
hash of their own, so that sets of them (`asyncio.TaskGroup`) are walked in the same order whatever their addresses are.
"""

import asyncio
from asyncio import base_events
from collections.abc import Callable, Coroutine
import itertools
from typing import Any, override

from .network import Listener, Network
from .road import MemoryTransport

BEGINS_S = 1000.0
"""The loop's clock at its beginning: nothing may take 0 for "never"."""


class StandstillError(Exception):
    """Nobody waits for a time, and nothing is on its way: the world would stand still for ever."""


class _Selector:
    """Instead of waiting for sockets it moves the clock."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        """As `selectors.BaseSelector.select`: nothing ever comes from outside."""
        if timeout is None:
            raise StandstillError
        if timeout > 0:
            self._loop.now_s += timeout
        return []


class _Task(asyncio.Task[Any]):
    """A task whose hash is its number and not its address."""

    _numbers = itertools.count()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._number = next(_Task._numbers)
        super().__init__(*arguments, **options)

    @override
    def __hash__(self) -> int:
        return self._number


class VirtualLoop(base_events.BaseEventLoop):
    """Its time is `now_s`; `steps` counts the turns of the loop, and `on_step` is called at each when it is set."""

    def __init__(self, network: Network) -> None:
        self.now_s = BEGINS_S
        super().__init__()
        self._selector = _Selector(self)
        self._clock_resolution = 1e-9
        self.network = network
        self.steps = 0
        self.on_step: Callable[[int], None] | None = None
        network.loop = self
        _Task._numbers = itertools.count()
        self.set_task_factory(_make_task)

    @override
    def time(self) -> float:
        return self.now_s

    def _process_events(self, events: list[Any]) -> None:
        self.steps += 1
        if self.on_step is not None:
            self.on_step(self.steps)

    def _write_to_self(self) -> None:
        """Only one thread is here: nobody has to be woken."""

    @override
    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """At once; its result is there at a later turn of the loop."""
        done: asyncio.Future[Any] = self.create_future()
        try:
            result = func(*args)
        except Exception as error:  # noqa: BLE001  # whatever it is goes to who waits for it, as from a thread
            self.call_soon(_fail, done, error)
        else:
            self.call_soon(_finish, done, result)
        return done

    @override
    async def create_connection(  # type: ignore[override]
        self, protocol_factory: Callable[[], Any], host: str | None = None, port: int | None = None, **_options: Any
    ) -> tuple[MemoryTransport, Any]:
        """A connection within the network; TLS, addresses of its own and the like are left out."""
        return await self.network.connect(protocol_factory, int(port or 0))

    @override
    async def create_server(  # type: ignore[override]
        self, protocol_factory: Callable[[], Any], host: Any = None, port: int | None = None, **_options: Any
    ) -> Listener:
        """A listener within the network; port 0 takes a free one."""
        return self.network.listen(protocol_factory, port or 0)

    @override
    async def getaddrinfo(self, host: Any, port: Any, **_options: Any) -> list[Any]:
        return [(2, 1, 6, "", ("127.0.0.1", port or 0))]

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """There is none."""


def _make_task(loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **options: Any) -> _Task:
    return _Task(coro, loop=loop, **options)


def _finish(done: asyncio.Future[Any], result: Any) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: asyncio.Future[Any], error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
