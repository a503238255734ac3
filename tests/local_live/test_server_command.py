"""The command as a process: its one line, its exit status, its end."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import signal
import socket
import ssl
import sys
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.local_live.server_parts import MODEL_25, PATH, hear, hear_turn, kinds, say, set_up, setup_message, written

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "tests.local_live.server_command")


async def start(*arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(*COMMAND, *arguments, cwd=REPOSITORY, stdout=PIPE, stderr=PIPE)


@asynccontextmanager
async def started(state: Path, *more: str) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    process = await start("--host", "127.0.0.1", "--port", "0", "--state", str(state), *more)
    assert process.stdout
    try:
        yield process, json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def connected(state: Path, ready: dict[str, Any]) -> AsyncIterator[Any]:
    context = ssl.create_default_context(cafile=str(state / "certificate.pem"))
    async with connect(f"wss://{ready['host']}:{ready['port']}{PATH}", ssl=context) as connection:
        yield connection


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
async def test_it_prints_one_line_when_it_listens_and_ends_cleanly(tmp_path: Path, end: signal.Signals) -> None:
    async with started(tmp_path) as (process, ready):
        assert ready["event"] == "ready"
        assert ready["host"] == "127.0.0.1"
        assert len(ready["fingerprint"].split(":")) == 32
        async with connected(tmp_path, ready) as connection:
            await set_up(connection)
            await say(connection, written("Where?"))
            await hear(connection)
            process.send_signal(end)
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(hear_turn(connection), 10)
        out, log = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 0
    assert out == b"", "one line and no more"
    assert b"Traceback" not in log
    assert b"session 1 is gemini-3.8-live" in log


async def test_the_key_is_asked_for_and_never_logged(tmp_path: Path) -> None:
    async with started(tmp_path, "--key", "a-secret-key") as (process, ready):
        async with connected(tmp_path, ready) as connection:
            await say(connection, setup_message())
            with pytest.raises(ConnectionClosed):
                await hear(connection)
        process.terminate()
        _, log = await process.communicate()
    assert b"a-secret-key" not in log


async def test_a_profile_can_be_forced_on_any_model_name(tmp_path: Path) -> None:
    async with started(tmp_path, "--model-profile", MODEL_25) as (_, ready), connected(tmp_path, ready) as connection:
        await set_up(connection, "some-model", outputAudioTranscription={})
        await say(connection, written("Where?"))
        first, second = await hear(connection), await hear(connection)
    assert first["serverContent"]["modelTurn"]["parts"][0]["thought"] is True
    assert kinds([second]) == ["outputTranscription"]


async def test_a_port_in_use_is_said_in_one_line_with_status_1(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = await start("--host", "127.0.0.1", "--port", str(port), "--state", str(tmp_path))
        out, log = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert out == b""
    assert b"in use" in log
    assert len(log.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--host", "192.0.2.1"], ["--host", "no such host"]])
async def test_an_address_that_cannot_be_is_said_in_one_line_with_status_1(
    tmp_path: Path, arguments: list[str]
) -> None:
    process = await start("--port", "0", "--state", str(tmp_path), *arguments)
    _, log = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert len(log.strip().splitlines()) == 1


@pytest.mark.parametrize("spoiled", ["a file", "rubbish inside"])
async def test_a_state_folder_that_cannot_be_used_is_said_in_one_line_with_status_1(
    tmp_path: Path, spoiled: str
) -> None:
    state = tmp_path / "state"
    if spoiled == "a file":
        state.write_text("not a folder")
    else:
        state.mkdir()
        (state / "certificate.pem").write_text("rubbish")
        (state / "key.pem").write_text("rubbish")
    process = await start("--port", "0", "--state", str(state))
    _, log = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert len(log.strip().splitlines()) == 1
