"""Tasks that live and die together, whose first error comes out as itself and not in a group of one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


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
