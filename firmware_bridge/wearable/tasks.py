"""Tasks with an owner, on both interpreters."""

import asyncio

_PAUSE_S = 1  # before what failed is begun again: a fault that stays must not take all of the processor


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
    await _until_over(over, tasks)


async def _until_over(over: asyncio.Event, tasks: list) -> None:
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


class Keeper:
    """Keeps the tasks of the wearable running: what fails is told, and begun again after a second.

    The second of the two walls (`wall.py` is the first): behind it are mistakes of the logic, memory that ran out, and
    parts without which the wearable goes on (a button whose driver failed is tried again and again).
    """

    def __init__(self, on_fault: object) -> None:
        """`on_fault(name, error)` is told of each failure."""
        self._on_fault = on_fault
        self._runs = []
        self._failing = 0

    @property
    def well(self) -> bool:
        """Whether all tasks run, and none waits to be begun again."""
        return self._failing == 0

    def add(self, name: str, run: object) -> None:
        """`run` is a coroutine function without arguments."""
        self._runs.append((name, run))

    async def run(self) -> None:
        """For ever."""
        over = asyncio.Event()
        tasks = [asyncio.create_task(self._keep(name, run, over)) for name, run in self._runs]
        await _until_over(over, tasks)

    async def _keep(self, name: str, run: object, over: asyncio.Event) -> None:
        try:
            while True:
                try:
                    await run()
                except Exception as error:  # noqa: BLE001 -- the wall this class is
                    self._on_fault(name, error)
                self._failing += 1
                await asyncio.sleep(_PAUSE_S)
                self._failing -= 1
        finally:
            over.set()
