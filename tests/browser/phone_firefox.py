"""Firefox without a screen, steered over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), as much of it as this suite needs.

Its fake microphone hums and its fake camera shows a coloured picture: no file can be given to them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
import os
from pathlib import Path
import re
import shutil
import signal
from typing import Any

import aiohttp

_NAMES = ("firefox-esr", "firefox")
_START_LIMIT_S = 60
_ANSWER_LIMIT_S = 60
_PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "media.cubeb.sandbox": False,
    "security.sandbox.content.level": 0,
}
_LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


def firefox_program() -> str | None:
    """Where Firefox is; None where it is not installed."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def sound_program() -> str | None:
    """Where the sound server is: without a card Firefox's clock of sound stands still."""
    return shutil.which("pulseaudio")


class FirefoxError(Exception):
    """It did not start, or refused a command."""


class Firefox:
    """One running, with one window."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.context = ""

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command; its result.

        Raises:
            FirefoxError: it was refused.
        """
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        async with asyncio.timeout(_ANSWER_LIMIT_S):
            while True:
                told = await self._socket.receive_json()
                if told.get("id") == self._number:
                    break
        if told["type"] == "error":
            raise FirefoxError(f"{method}: {told['message']}")
        result: dict[str, Any] = told["result"]
        return result

    async def script(self, source: str, **values: Any) -> Any:
        """The value of an expression, as JSON has it; `values` are constants in it."""
        constants = "".join(f"const {name} = {json.dumps(value)};" for name, value in values.items())
        told = await self.command(
            "script.evaluate",
            expression=f"(async () => {{ {constants} return JSON.stringify(await ({source})) ?? null; }})()",
            target={"context": self.context},
            awaitPromise=True,
            userActivation=False,
        )
        if told["type"] == "exception":
            raise FirefoxError(told["exceptionDetails"]["text"])
        value = told["result"].get("value")
        return None if value is None else json.loads(value)

    async def until(self, source: str, timeout_s: float = 30, **values: Any) -> Any:
        """Wait until an expression is true; its value."""
        end_s = asyncio.get_running_loop().time() + timeout_s
        while True:
            try:
                if value := await self.script(source, **values):
                    return value
            except FirefoxError:
                pass  # not there yet
            if asyncio.get_running_loop().time() > end_s:
                shown = await self.script("[told('.state'), told('.sentence'), told('.lights'), document.title]")
                raise AssertionError(f"not within {timeout_s:g} s: {source}; {shown}")
            await asyncio.sleep(0.05)

    async def mouse(self, kind: str, x: float, y: float) -> None:
        """`pointerDown` or `pointerUp` at a place of the window."""
        actions = [{"type": "pointerMove", "x": round(x), "y": round(y)}, {"type": kind, "button": 0}]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}
        await self.command("input.performActions", context=self.context, actions=[mouse])


@asynccontextmanager
async def _card(folder: Path) -> AsyncIterator[dict[str, str]]:
    """A sound card that is none, as environment for who plays on it."""
    socket = folder / "native"
    lines = (
        "load-module module-null-sink sink_name=card rate=48000",
        f"load-module module-native-protocol-unix auth-anonymous=1 socket={socket}",
    )
    await asyncio.to_thread((folder / "sound.pa").write_text, "\n".join(lines) + "\n")
    environment = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PULSE_SERVER": f"unix:{socket}"}
    process = await asyncio.create_subprocess_exec(
        sound_program() or "pulseaudio", "-n", f"--file={folder / 'sound.pa'}", "--daemonize=no", "--exit-idle-time=-1",
        "--use-pid-file=no", "--realtime=no", "--high-priority=no", env=environment,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_START_LIMIT_S):
            while not await asyncio.to_thread(socket.exists):  # noqa: ASYNC110  # another process: nothing tells of it
                await asyncio.sleep(0.05)
        yield environment
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[Firefox]:
    """Start one with a profile of its own in `folder`, which must be new; it is gone when the block is left.

    Raises:
        FirefoxError: it does not start.
    """
    await asyncio.to_thread(_make_profile, folder)
    async with _card(folder) as environment:
        process = await asyncio.create_subprocess_exec(
            firefox_program() or "firefox", "--headless", "--no-remote", "--profile", str(folder),
            "--remote-debugging-port", "0", "about:blank", stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, start_new_session=True, env=environment,
        )  # fmt: skip
        assert process.stderr is not None
        try:
            url = await _address(process.stderr)
            async with aiohttp.ClientSession() as http, http.ws_connect(f"{url}/session", max_msg_size=0) as socket:
                browser = Firefox(socket)
                await browser.command("session.new", capabilities={})
                browser.context = (await browser.command("browsingContext.getTree"))["contexts"][0]["context"]
                yield browser
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _make_profile(folder: Path) -> None:
    folder.mkdir()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items()]
    (folder / "user.js").write_text("\n".join(lines), encoding="utf-8")


async def _address(said: asyncio.StreamReader) -> str:
    try:
        async with asyncio.timeout(_START_LIMIT_S):
            async for line in said:
                if found := _LISTENS.search(line.decode(errors="replace")):
                    return found[1].rstrip("/")
    except TimeoutError:
        raise FirefoxError(f"Firefox did not listen within {_START_LIMIT_S} s") from None
    raise FirefoxError("Firefox ended")
