"""A library that hangs is noticed, said, and in the end left to the watchdog."""

import threading

import pytest

from firmware_bridge.boards.linux import worker as module
from firmware_bridge.boards.linux.worker import Worker
from firmware_bridge.wearable.drivers import DriverError


async def test_calls_are_done_in_order_by_one_thread() -> None:
    worker, done = Worker("the thing"), []
    worker.submit(done.append, 1)
    worker.submit(done.append, 2)
    assert await worker.run(5, lambda: [*done, threading.get_ident()]) == [
        1,
        2,
        await worker.run(5, threading.get_ident),
    ]
    with pytest.raises(ZeroDivisionError):
        await worker.run(5, lambda: 1 // 0)
    worker.close()


async def test_a_call_that_hangs_is_said_and_after_a_while_the_worker_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_STUCK_S", 0.1)
    worker, free = Worker("the thing"), threading.Event()
    worker.submit(free.wait)
    with pytest.raises(DriverError, match=r"the thing did not answer in 0\.2 s"):
        await worker.run(0.2, int)
    assert worker.stuck
    free.set()
    assert await worker.run(5, int) == 0
    assert not worker.stuck
    worker.close()
