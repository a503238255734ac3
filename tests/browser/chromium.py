"""Chromium without a screen, steered over its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/).

One WebSocket for everything; each page is a session on it, in a browser context of its own: no page knows what another has kept.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
import os
from pathlib import Path
import shutil
import signal
from typing import Any

import aiohttp

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
    "--remote-debugging-port=0",
)  # fmt: skip
_START_LIMIT_S = 30
_ANSWER_LIMIT_S = 60
_GRACE_S = 5


class BrowserError(Exception):
    """The browser did not start, refused a command, or a script failed in it."""


def program() -> str | None:
    """Where Chromium is; None where it is not installed."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Browser:
    """A running Chromium."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: dict[str, Callable[[str, dict[str, Any]], None]] = {}
        self._reader = asyncio.create_task(self._read(), name="chromium reader")

    async def _read(self) -> None:
        async for message in self._socket:
            told = message.json()
            if (answer := self._answers.pop(told.get("id", 0), None)) is not None:
                if not answer.done():
                    answer.set_result(told)
            elif (listener := self._listeners.get(told.get("sessionId", ""))) is not None:
                listener(told["method"], told["params"])

    async def command(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Send a command; its result.

        Raises:
            BrowserError: it was refused.
        """
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        message = {"id": self._number, "method": method, "params": params}
        await self._socket.send_json({**message, "sessionId": session} if session else message)
        async with asyncio.timeout(_ANSWER_LIMIT_S):
            told = await answer
        if "error" in told:
            raise BrowserError(f"{method}: {told['error']['message']}")
        result: dict[str, Any] = told["result"]
        return result

    @asynccontextmanager
    async def session(self, listener: Callable[[str, dict[str, Any]], None]) -> AsyncIterator[str]:
        """An empty page; `listener` gets its events. It is closed when the block is left."""
        context = (await self.command("Target.createBrowserContext"))["browserContextId"]
        made = await self.command("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await self.command("Target.attachToTarget", targetId=made["targetId"], flatten=True)
        session: str = attached["sessionId"]
        self._listeners[session] = listener
        try:
            yield session
        finally:
            del self._listeners[session]
            await self.command("Target.disposeBrowserContext", browserContextId=context)

    async def close(self) -> None:
        """Stop listening."""
        self._reader.cancel()
        await asyncio.wait({self._reader})


@asynccontextmanager
async def chromium(folder: Path, *flags: str) -> AsyncIterator[Browser]:
    """Start one with a profile of its own in `folder`, which must be new; it is gone when the block is left.

    `flags` are further ones of its command line.

    Raises:
        BrowserError: there is none, or it does not start.
    """
    if (path := program()) is None:
        raise BrowserError("Chromium is not installed")
    await asyncio.to_thread(folder.mkdir)
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            path, *_FLAGS, *flags, f"--user-data-dir={folder / 'profile'}", "about:blank", stdin=asyncio.subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        url = await _address(folder / "profile" / "DevToolsActivePort", process)
        async with aiohttp.ClientSession() as http, http.ws_connect(url, max_msg_size=0) as socket:
            browser = Browser(socket)
            try:
                yield browser
            finally:
                await browser.close()
    finally:
        await _end(process)


async def _address(told: Path, process: asyncio.subprocess.Process) -> str:
    """Where it listens: it writes port and path into a file of its profile."""
    try:
        async with asyncio.timeout(_START_LIMIT_S):
            while process.returncode is None:
                lines = told.read_text(encoding="ascii").split() if told.exists() else []  # noqa: ASYNC240  # a line
                if len(lines) == 2:
                    return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise BrowserError(f"Chromium did not listen within {_START_LIMIT_S} s") from None
    raise BrowserError(f"Chromium ended with status {process.returncode}")


async def _end(process: asyncio.subprocess.Process) -> None:
    """All of its processes: they are a group."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is None:
            os.killpg(process.pid, sign)
            try:
                async with asyncio.timeout(_GRACE_S):
                    await process.wait()
            except TimeoutError:
                continue
