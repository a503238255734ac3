"""What blocks the event loop is found, in whatever test it happens; these show that the finding works."""

import asyncio
from pathlib import Path
import time
from typing import Any

import pytest

from homeassistant.core import HomeAssistant

from custom_components.shelfsight.dashboard import FOLDER, digest
from custom_components.shelfsight.sound import phrases
from custom_components.shelfsight.sound.phrases import load


async def in_the_loop(called: Any, *arguments: Any) -> None:
    """As the loop calls a callback."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.call_soon(called, *arguments)
    loop.call_soon(done.set)
    await done.wait()


@pytest.mark.parametrize(
    ("called", "arguments", "where"),
    [(load, ("en",), "sound/phrases.py"), (digest, (FOLDER,), "dashboard.py")],
    ids=["a sound that is read", "files that are read"],
)
async def test_our_code_that_blocks_the_loop_is_found(
    hass: HomeAssistant, blocked: list[str], called: Any, arguments: tuple[Any, ...], where: str
) -> None:
    phrases._load.cache_clear()  # what is kept is not read again
    await in_the_loop(called, *arguments)
    assert blocked and all(where in one for one in blocked), blocked
    blocked.clear()


async def test_the_same_in_an_executor_blocks_nobody(hass: HomeAssistant, blocked: list[str]) -> None:
    phrases._load.cache_clear()
    await hass.async_add_executor_job(load, "en")
    assert not blocked


async def test_what_a_test_does_in_the_loop_is_its_own_affair(
    hass: HomeAssistant, blocked: list[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    phrases._load.cache_clear()
    load("en")
    time.sleep(0)  # noqa: ASYNC251  # it is what is found where our code does it
    assert not blocked
