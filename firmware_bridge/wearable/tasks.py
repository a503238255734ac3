"""Tasks with an owner, on both interpreters."""

import asyncio


async def cancel(task: asyncio.Task) -> None:
    """Cancels a task and waits for its end; an error of its own comes out here."""
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return


async def first_of(*runs: object) -> None:
    """Runs coroutines side by side until one of them ends, then cancels the others; an error comes out here."""
    over = asyncio.Event()
    tasks = [asyncio.create_task(_then_set(run, over)) for run in runs]
    try:
        await over.wait()
    finally:
        failure = None
        for task in tasks:
            try:
                await cancel(task)
            except Exception as error:  # noqa: BLE001  # the others are cancelled first; then it comes out
                failure = failure or error
        if failure is not None:
            raise failure


async def _then_set(run: object, over: asyncio.Event) -> None:
    try:
        await run
    finally:
        over.set()
