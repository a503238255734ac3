"""Tasks that live and die together, and tasks that are stopped."""

import asyncio

import pytest

from custom_components.shelfsight.tasks import apart, first_error, owned_tasks, patience, stop


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


async def test_patience_ends_when_it_was_not_renewed_for_so_long() -> None:
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    async def renewing() -> None:
        async with patience(0.05) as again:
            for _ in range(4):
                await asyncio.sleep(0.02)
                again()
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await renewing()
    assert 0.12 < loop.time() - began_s < 1


async def test_patience_leaves_nothing_behind_and_lets_a_cancellation_through() -> None:
    async with patience(0.01):
        pass
    await asyncio.sleep(0.03)  # nothing is cancelled by it any more

    async def waiting() -> None:
        async with patience(10):
            await asyncio.Event().wait()

    task = asyncio.create_task(waiting())
    await asyncio.sleep(0)
    await stop(task)
    assert task.cancelled()


async def test_apart_gives_the_result_or_the_error_and_is_cancelled_together() -> None:
    async def two() -> int:
        return 2

    async def failing() -> None:
        raise OSError("broken")

    assert await apart(two()) == 2
    with pytest.raises(OSError, match="broken"):
        await apart(failing())
    ended = asyncio.Event()

    async def lasting() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(apart(lasting()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await stop(task)
    assert task.cancelled() and ended.is_set()
