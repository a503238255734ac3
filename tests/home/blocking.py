"""Home Assistant's detection of what blocks the event loop, on for the whole run: it fails the test in which we block.

Which calls block is Home Assistant's list (homeassistant/block_async_io.py), all of it, also what its own tests leave out. Whose they
are is decided here: tests and the Live server share the loop, and may read files in it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
import sys
from types import FrameType
from typing import Any
from unittest import mock

from homeassistant import block_async_io
from homeassistant.util import loop as loop_util

_ROOT = Path(__file__).parents[2]
_OURS = str(_ROOT / "custom_components" / "shelfsight")
_PROJECT = tuple(str(_ROOT / room) for room in ("custom_components", "tests", "local_live", "demo", "firmware_bridge"))

found: list[str] = []
"""What blocked: the call, and where. Whoever looks empties it."""


def _whose(frame: FrameType | None) -> str | None:
    """The place in our code that blocks, from the frame of the blocking call outwards; None where it is somebody else's.

    What a test itself calls, and not the loop or Home Assistant for it, is the test's.
    """
    while frame is not None and not frame.f_code.co_filename.startswith(_PROJECT):
        frame = frame.f_back
    if frame is None or not frame.f_code.co_filename.startswith(_OURS):
        return None
    place = f"{frame.f_code.co_filename.removeprefix(_OURS)[1:]}:{frame.f_lineno} ({frame.f_code.co_qualname})"
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    called_by_a_test = frame is not None and frame.f_code.co_filename.startswith(_PROJECT)
    return None if called_by_a_test else place


def _notice(
    func: Callable[..., Any], check_allowed: Callable[[dict[str, Any]], bool] | None = None, **mapped_args: Any
) -> None:
    """In the place of Home Assistant's own report, with the same parameters."""
    for name in ("strict", "strict_core"):
        mapped_args.pop(name, None)
    if check_allowed is not None and check_allowed(mapped_args):
        return
    place = _whose(sys._getframe(2))  # past this and Home Assistant's wrapper
    if place is not None:
        found.append(f"{func.__qualname__}{mapped_args.get('args')} in {place}")


@contextmanager
def detected() -> Iterator[None]:
    """While this lasts, what blocks is found. Enter it in the thread of the loops."""
    with (
        mock.patch.object(block_async_io, "_IN_TESTS", new=False),
        mock.patch.object(loop_util, "raise_for_blocking_call", _notice),
    ):
        block_async_io.enable()
        try:
            yield
        finally:
            calls = block_async_io._BLOCKED_CALLS.calls
            for call in calls:
                setattr(call.object, call.function, call.original_func)
            calls.clear()
