"""Tasks that live and die together, and tasks that are stopped."""

import asyncio

import pytest

from custom_components.shelfsight.tasks import first_error, owned_tasks, stop


async def test_no_task_outlives_its_block_and_its_error_comes_out_as_itself() -> None:
    ended = asyncio.Event()

    async def lasting() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def failing() -> None:
        await asyncio.sleep(0)
        raise OSError("broken")

    async def together() -> None:
        async with owned_tasks() as tasks:
            tasks.create_task(lasting())
            tasks.create_task(failing())

    with pytest.raises(OSError, match="broken"):
        await together()
    assert ended.is_set()


async def test_a_task_that_is_stopped_has_ended_and_its_error_is_nobodys_but_its_own() -> None:
    async def leaving() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            raise OSError("broken")

    task = asyncio.create_task(leaving())
    await asyncio.sleep(0)
    await stop(task)
    assert task.done() and isinstance(task.exception(), OSError)


def test_the_first_error_of_nested_groups_is_an_error() -> None:
    group = ExceptionGroup("", [ExceptionGroup("", [OSError("inner")]), ValueError("outer")])
    assert isinstance(first_error(group), OSError)
