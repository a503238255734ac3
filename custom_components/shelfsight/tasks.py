"""Tasks and their ends: some live and die together, and one is stopped by whoever owns it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any


def first_error(group: BaseExceptionGroup) -> BaseException:
    """The first error in a group that holds no group."""
    err: BaseException = group
    while isinstance(err, BaseExceptionGroup):
        err = err.exceptions[0]
    return err


@asynccontextmanager
async def owned_tasks() -> AsyncIterator[asyncio.TaskGroup]:
    """A TaskGroup: none of its tasks outlives the block, and the first error of any of them leaves it unwrapped."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as group:
        raise first_error(group) from None


async def apart[T](work: Coroutine[Any, Any, T]) -> T:
    """Do it in a task of its own, which begins at once, and wait for that: cancelled together, and with its result or error.

    For what is woken often: each time, the loop goes through all coroutines between a task and what it waits for.
    """
    return await asyncio.create_task(work, eager_start=True)


@asynccontextmanager
async def patience(limit_s: float) -> AsyncIterator[Callable[[], None]]:
    """TimeoutError once what this gives was not called for so long. A call costs no timer, as `asyncio.timeout` does."""
    loop = asyncio.get_running_loop()
    again_s = loop.time()

    def again() -> None:
        nonlocal again_s
        again_s = loop.time()

    timer: asyncio.TimerHandle | None = None

    def look() -> None:
        nonlocal timer
        if loop.time() >= again_s + limit_s:
            timeout.reschedule(loop.time())
        else:
            timer = loop.call_at(again_s + limit_s, look)

    timer = loop.call_at(again_s + limit_s, look)
    try:
        async with asyncio.timeout(None) as timeout:
            yield again
    finally:
        if timer is not None:
            timer.cancel()


async def stop(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait for its end; its result or error is for whoever asks it."""
    task.cancel()
    await asyncio.wait({task})
