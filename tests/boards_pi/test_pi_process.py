"""The whole wearable of a Pi as a process: real program, real sound server, gpiozero's mock pins, a fake camera."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import io
import json
import os
from pathlib import Path
import socket
import sys
import tempfile
from typing import Any

from home_simulator import Home
from pairing_home import PairingHome
from PIL import Image
from sound_server import ECHO, server
from wearable_processes import REPOSITORY, LineProcess

from firmware_bridge.boards.linux.store import id_of
from firmware_bridge.boards.pi.board import read_hardware

HERE = Path(__file__).parent
KEY = bytes(range(32))
SERIAL = read_hardware().serial
DEVICE_ID = id_of(SERIAL) if SERIAL else "00c0ffee12345678"
SETTINGS = "[led]\npin = 27\n[privacy]\npin = 22\n"


@contextlib.asynccontextmanager
async def pi(
    folder: Path, environment: dict[str, str], settings: str = SETTINGS, home: Home | None = None
) -> AsyncIterator[LineProcess]:
    state = folder / "state"
    state.mkdir(exist_ok=True)
    if home is not None:
        (state / "wearable.json").write_text(json.dumps({"id": DEVICE_ID, "key": KEY.hex(), "urls": [home.url]}))
    (folder / "wearable.toml").write_text(settings)
    arguments = ["--settings", str(folder / "wearable.toml"), "--state", str(state)]
    path = {"PYTHONPATH": f"{REPOSITORY}:{HERE}", "PYTHONDONTWRITEBYTECODE": "1"}
    running = await LineProcess.start(
        [sys.executable, str(HERE / "pi_on_a_bench.py"), *arguments], {**environment, **path}
    )
    try:
        yield running
        assert b"Traceback" not in running.errors, running.errors.decode()
    finally:
        await running.close()


async def test_a_question_at_the_button_is_seen_and_heard_and_its_answer_played(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"capture": {"video": {"width": 1600, "height": 1200, "rate_hz": 2, "quality": 80}}}
    with server(tmp_path) as environment:
        async with Home(KEY, DEVICE_ID, settings) as home, pi(tmp_path, environment, home=home) as running:
            await running.until("connected")
            hello = home.hellos[0]
            assert (hello["model"], hello["microphone"], hello["speaker"]["rate_hz"]) == (
                "pi",
                {"rate_hz": 16000},
                24000,
            )
            assert hello["camera"]["sizes"] == [[1600, 1200], [640, 480]]
            assert hello["privacy"] is True and hello["echo_cancellation"] is False
            await running.send("low 17")
            await home.until(lambda: home.heard.pictures and len(home.heard.sound) > 16000)
            await running.send("dark 27")
            assert (await running.until("pin"))["state"], "the light is on"
            with Image.open(io.BytesIO(home.heard.pictures[0])) as image:
                assert image.size == (1600, 1200)
            await running.send("high 17")
            await home.until(lambda: home.texts("button", event="release"))
            await home.send({"type": "capture", "press": 1, "audio": False, "video": None, "still": None})
            await running.until("capture", on=False)
            began_s = asyncio.get_running_loop().time()
            await home.speak(1, b"\x00\x20" * 12000)
            await home.until(lambda: home.texts("played", turn=1, done=True))
            assert 0.4 < asyncio.get_running_loop().time() - began_s < 3, "half a second takes half a second"
            assert home.texts("played", turn=1, done=True)[0]["position_ms"] == 500
            assert not home.texts("refused")
            await running.send("dark 27")
            assert not (await running.until("pin", 2))["state"], "the light is off"


async def test_while_the_privacy_switch_is_on_nothing_is_captured(tmp_path: Path) -> None:
    with server(tmp_path) as environment:
        async with Home(KEY, DEVICE_ID) as home, pi(tmp_path, environment, home=home) as running:
            await running.until("connected")
            await running.send("low 22")
            await home.until(lambda: home.texts("state", privacy=True))
            await running.send("low 17")
            await home.until(lambda: home.texts("button", event="press"))
            await running.send("high 17")
            await home.until(lambda: home.texts("button", event="release"))
            assert not home.heard.sound and not home.heard.pictures
            await running.send("high 22")
            await home.until(lambda: home.texts("state", privacy=False))
            await running.send("low 17")
            await home.until(lambda: home.heard.sound and home.heard.pictures)


async def test_echo_cancellation_is_told_when_the_sound_server_has_it(tmp_path: Path) -> None:
    with server(tmp_path, *ECHO) as environment:
        async with Home(KEY, DEVICE_ID) as home, pi(tmp_path, environment, home=home) as running:
            await running.until("connected")
            assert home.hellos[0]["echo_cancellation"] is True
            await running.send("low 17")
            await home.until(lambda: len(home.heard.sound) > 6400)


async def test_held_for_five_seconds_an_unpaired_pi_is_paired(tmp_path: Path) -> None:
    with server(tmp_path) as environment:
        async with pi(tmp_path, environment) as running:
            await running.until("started")
            await running.send("low 17")
            port = (await running.until("pairing"))["port"]
            await running.send("high 17")
            await running.until("release")
            pairing = await PairingHome.dial("127.0.0.1", port)
            told = await pairing.begin()
            digits = await pairing.reveal()
            assert (await running.until("pairing_digits"))["digits"] == digits
            await running.send("low 17")
            await running.until("press", 2)
            await running.send("high 17")
            async with Home(pairing.key, told["id"]) as home:
                assert await pairing.finish([home.url]) == {"type": "pair_stored"}
                await running.until("connected")
            await pairing.close()
    assert (tmp_path / "state" / "wearable.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


async def test_without_a_sound_server_the_person_at_home_learns_why(tmp_path: Path) -> None:
    environment = {**os.environ, "PULSE_SERVER": f"unix:{tmp_path}/none"}
    async with (
        Home(KEY, DEVICE_ID) as home,
        pi(tmp_path, environment, SETTINGS + '[microphone]\ndevice = "no such card"\n', home) as running,
    ):
        await running.until("connected")
        await running.send("low 17")
        refused = (await home.until(lambda: home.texts("refused", what="microphone")))[0]
        assert "sound card" in refused["reason"]
        await home.until(lambda: home.heard.pictures)


async def test_systemd_is_told_that_it_is_ready_and_alive(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"{short}/notify")
        manager.setblocking(False)
        environment = {**os.environ, "NOTIFY_SOCKET": f"{short}/notify", "WATCHDOG_USEC": "600000"}
        loop = asyncio.get_running_loop()
        async with pi(tmp_path, environment, "[speaker]\nuse = false\n[microphone]\nuse = false\n") as running:
            async with asyncio.timeout(20):
                assert await loop.sock_recv(manager, 100) == b"READY=1"
                began_s = loop.time()
                for _ in range(4):
                    assert await loop.sock_recv(manager, 100) == b"WATCHDOG=1"
                assert 0.3 < loop.time() - began_s < 2.4, "every third of the time allowed"
                running.process.terminate()
                while await loop.sock_recv(manager, 100) != b"STOPPING=1":
                    pass
            assert await running.process.wait() == 0


async def test_settings_that_are_wrong_are_one_line(tmp_path: Path) -> None:
    async with pi(tmp_path, dict(os.environ), "[button]\npin = 99\n") as running:
        assert await running.process.wait() == 2
    lines = [line for line in running.errors.decode().splitlines() if line.startswith("wearable:")]
    assert (
        lines[0] == f"wearable: {tmp_path}/wearable.toml: button.pin: a whole number from 2 to 27 is wanted, not '99'"
    )
