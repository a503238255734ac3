"""Pictures on their way in: one at a time, the newest wins, and a broken one stops nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
import gc
import threading
import time
from typing import Any

import pytest

from custom_components.shelfsight.sight import intake as intake_room
from custom_components.shelfsight.sight.frame import Frame, FrameError
from custom_components.shelfsight.sight.intake import Intake, OneAtATime, Seen, Taken
from tests import pictures


async def in_thread[*Ts, T](target: Callable[[*Ts], T], /, *args: *Ts) -> T:
    return await asyncio.to_thread(target, *args)


@asynccontextmanager
async def running(intake: Intake) -> AsyncIterator[asyncio.Queue[Seen]]:
    seen: asyncio.Queue[Seen] = asyncio.Queue()
    task = asyncio.create_task(intake.run())
    with intake.watch(seen.put_nowait):
        yield seen
    task.cancel()
    await asyncio.wait({task})


async def test_a_picture_is_handed_over_examined() -> None:
    intake = Intake(in_thread)
    async with running(intake) as seen:
        intake.put(Taken(pictures.jpeg(), 3.0, 4.0, 0.0))
        one = await seen.get()
    assert one.frame is not None
    assert (one.taken_s, one.frame.received_s, one.frame.width) == (3.0, 4.0, 640)


async def test_a_damaged_picture_is_told_and_the_next_one_comes_through(caplog: pytest.LogCaptureFixture) -> None:
    intake = Intake(in_thread)
    async with running(intake) as seen:
        intake.put(Taken(pictures.damaged(), 1.0, 1.0, 0.0))
        assert (await seen.get()).frame is None
        intake.put(Taken(pictures.jpeg(), 2.0, 2.0, 0.0))
        assert (await seen.get()).frame is not None
    assert "refused: damaged" in caplog.text


async def test_while_one_is_examined_only_the_newest_waits() -> None:
    gate, begun = asyncio.Event(), asyncio.Event()

    async def slowly(target: Callable[..., Any], /, *args: Any) -> Any:
        begun.set()
        await gate.wait()
        return target(*args)

    intake = Intake(slowly)
    async with running(intake) as seen:
        intake.put(Taken(pictures.jpeg(), 1.0, 1.0, 0.0))
        await begun.wait()
        for taken_s in (2.0, 3.0, 4.0):
            intake.put(Taken(pictures.jpeg(), taken_s, taken_s, 0.0))
        gate.set()
        assert [(await seen.get()).taken_s, (await seen.get()).taken_s] == [1.0, 4.0]
        assert seen.empty()


async def test_while_nobody_watches_nothing_is_examined() -> None:
    examined = asyncio.Event()

    async def noting(target: Callable[..., Any], /, *args: Any) -> Any:
        examined.set()
        return target(*args)

    intake = Intake(noting)
    task = asyncio.create_task(intake.run())
    intake.put(Taken(pictures.jpeg(), 1.0, 1.0, 0.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not examined.is_set()
    seen: asyncio.Queue[Seen] = asyncio.Queue()
    with intake.watch(seen.put_nowait):
        intake.put(Taken(pictures.jpeg(), 2.0, 2.0, 0.0))
        assert (await seen.get()).taken_s == 2.0
    task.cancel()
    await asyncio.wait({task})


async def test_a_picture_that_comes_just_before_somebody_watches_is_kept_for_them() -> None:
    intake = Intake(in_thread)
    async with running(intake) as seen:
        intake.keep()
        for taken_s in (2.0, 3.0):
            intake.put(Taken(pictures.jpeg(), taken_s, taken_s, 0.0))
            assert (await seen.get()).taken_s == taken_s
        late: list[Seen] = []
        with intake.watch(late.append):
            assert [one.taken_s for one in late] == [3.0]
        intake.forget()
        with intake.watch(late.append):
            assert len(late) == 1, "what was forgotten is gone"


async def test_what_was_kept_for_one_press_is_not_kept_for_the_next() -> None:
    intake = Intake(in_thread)
    async with running(intake) as seen:
        intake.keep()
        intake.put(Taken(pictures.jpeg(), 2.0, 2.0, 0.0))
        await seen.get()
        intake.keep()
        late: list[Seen] = []
        with intake.watch(late.append):
            assert late == []


async def test_what_is_kept_is_examined_though_nobody_watches_yet() -> None:
    examined = asyncio.Event()

    async def noting(target: Callable[..., Any], /, *args: Any) -> Any:
        examined.set()
        return target(*args)

    intake = Intake(noting)
    task = asyncio.create_task(intake.run())
    intake.keep()
    intake.put(Taken(pictures.jpeg(), 2.0, 2.0, 0.0))
    await examined.wait()
    late: list[Seen] = []
    with intake.watch(late.append):
        assert [one.taken_s for one in late] == [2.0]
    task.cancel()
    await asyncio.wait({task})


async def test_pictures_of_several_wearables_are_examined_one_after_the_other() -> None:
    at_once, most = 0, 0

    def work() -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.002)  # other threads would run meanwhile
        at_once -= 1

    in_turn = OneAtATime(in_thread)
    await asyncio.gather(*(in_turn(work) for _ in range(20)))
    assert most == 1


async def test_a_picture_that_takes_too_long_is_refused_and_the_next_one_waits_for_its_thread(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = threading.Event()
    begun = []

    def slowly(jpeg: bytes, received_s: float) -> Frame:
        begun.append(received_s)
        stuck.wait()
        raise FrameError("damaged")

    monkeypatch.setattr(intake_room, "examine", slowly)
    intake = Intake(OneAtATime(in_thread, longest_s=0.05))
    async with running(intake) as seen:
        intake.put(Taken(b"", 1.0, 1.0, 0.0))
        assert (await seen.get()).frame is None
        monkeypatch.undo()
        intake.put(Taken(pictures.jpeg(), 2.0, 2.0, 0.0))
        await asyncio.sleep(0)
        assert seen.empty(), "its thread is not free yet"
        stuck.set()
        assert (await seen.get()).frame is not None
    assert begun == [1.0]
    assert "it took too long to decode" in caplog.text
    assert "never retrieved" not in caplog.text


async def test_many_bad_pictures_are_told_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    intake = Intake(in_thread)
    async with running(intake) as seen:
        for _ in range(5):
            intake.put(Taken(b"no picture", 1.0, 1.0, 0.0))
            await seen.get()
    assert [record.getMessage() for record in caplog.records] == [
        "A picture from the wearable was refused: not a JPEG (1 times since told last)"
    ]


async def test_a_bad_picture_whose_wearable_left_meanwhile_is_no_error_of_anybody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on, told = threading.Event(), threading.Event(), []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))

    def slowly(jpeg: bytes, received_s: float) -> Frame:
        begun.set()
        go_on.wait()
        raise FrameError("damaged")

    monkeypatch.setattr(intake_room, "examine", slowly)
    in_turn = OneAtATime(in_thread)
    intake = Intake(in_turn)
    async with running(intake):
        intake.put(Taken(b"", 1.0, 1.0, 0.0))
        await asyncio.to_thread(begun.wait)
    go_on.set()
    assert await in_turn(lambda: "the next one's turn has come") is not None
    gc.collect()
    await asyncio.sleep(0)
    assert told == []
