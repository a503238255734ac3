"""Runs the functions of a module whose names begin with `check_`, on MicroPython; each in a fresh world."""

import asyncio
import io
import json
import sys
import time


class FakeThread:
    """In the place of `_thread`: the unix port has no lock around its heap, and nothing here takes long."""

    @staticmethod
    def start_new_thread(work, arguments):
        work(*arguments)


sys.modules["_thread"] = FakeThread

import camera  # noqa: E402 -- the threads are to be replaced first
import esp32  # noqa: E402
import machine  # noqa: E402
import network  # noqa: E402


def fresh_world():
    """Nothing has happened yet."""
    for module in (machine, esp32, network, camera):
        module.world.__init__()
    machine.I2S = machine.PlainI2S


machine.PlainI2S = machine.I2S


async def until(condition, limit_s=5):
    """Waits until the condition is true; returns its value."""
    end_ms = time.ticks_add(time.ticks_ms(), int(limit_s * 1000))
    while not condition():
        assert time.ticks_diff(end_ms, time.ticks_ms()) > 0, "it did not happen"
        await asyncio.sleep(0.005)
    return condition()


def raised(kind, call, *arguments):
    """The exception of this kind that the call raises."""
    try:
        call(*arguments)
    except kind as error:
        return error
    raise AssertionError("nothing was raised")


async def raised_by(kind, awaitable):
    """The exception of this kind that comes out of the awaitable."""
    try:
        await awaitable
    except kind as error:
        return error
    raise AssertionError("nothing was raised")


def run_all(names):
    """Runs what `names` (a module's globals) holds; a line for each."""
    for name in sorted(names):
        if not name.startswith("check_"):
            continue
        fresh_world()
        asyncio.new_event_loop()
        wrong = ""
        try:
            outcome = names[name]()
            if outcome is not None:
                asyncio.run(asyncio.wait_for(outcome, 20))
        except Exception as error:  # noqa: BLE001 -- the others are checked all the same
            text = io.StringIO()
            sys.print_exception(error, text)
            wrong = text.getvalue()
        print("CHECK " + json.dumps([name, wrong]))  # noqa: T201 -- what the test reads
