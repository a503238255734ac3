"""The whole ESP32 wearable: found by real zeroconf, paired and asked by real homes. Real MicroPython, a chip that is played."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import hashlib
import json
from pathlib import Path
import secrets
from typing import Any

import board_interpreter
from home_simulator import Home
from pairing_home import PairingHome
import pytest
from test_mdns_responder import Watcher, own_address
from test_tls_streams import NOW, YEAR, Authority, NameServer
from wearable_processes import LineProcess
from zeroconf import ServiceStateChange

HOME_WIFI = {"ssid": "Home", "key": "right password", "rssi": -50}
DEVICE_ID = hashlib.sha256(b"shelfsight device 1" + bytes((1, 2, 3, 4, 5, 6))).hexdigest()[:16]
SETUP_PORT = 18590
ERROR_CUE_BYTES = 24 * 2 * 500  # half a second of sound
VOLUME = {"volume": 100, "cues": False}


@contextlib.asynccontextmanager
async def board(root: Path, *, heap: str | None = None, **options: Any) -> AsyncIterator[LineProcess]:
    """The wearable's process; its folder holds what scripts/flash would have written."""
    (root / "config.json").write_text(json.dumps({"board": "xiao_esp32s3_sense", "name": "Ana's glasses"}))
    if not (root / "phrases").exists():
        (root / "phrases").symlink_to(board_interpreter.FIRMWARE / "phrases")
    command = [board_interpreter.micropython()]
    if heap is not None:
        command += ["-X", f"heapsize={heap}"]
    full = {"root": f"{root}/", "address": own_address(), "air": [HOME_WIFI], "networks": [["Home", "right password"]]}
    process = await LineProcess.start(
        [*command, str(board_interpreter.HERE / "whole_device.py")],
        board_interpreter.environment(**{**full, **options}),
    )
    try:
        yield process
        assert b"Traceback" not in process.errors, process.errors.decode()
    finally:
        await process.close()


async def pair(glasses: LineProcess, watcher: Watcher, home: Home) -> None:
    """Finds and pairs it as Home Assistant does; the home knows its key afterwards."""
    await glasses.until("pairing")
    info = await watcher.info(await watcher.until(ServiceStateChange.Added))
    dialled = await PairingHome.dial(info.parsed_addresses()[0], info.port or 0)
    try:
        assert (await dialled.begin())["id"] == DEVICE_ID
        digits = await dialled.reveal()
        await glasses.until("pairing_digits")
        assert (await glasses.tell())["digits"] == digits
        await glasses.send("down", "up")
        home.key, home.device_id = dialled.key, DEVICE_ID
        assert await dialled.finish([home.url]) == {"type": "pair_stored"}
    finally:
        await dialled.close()


async def test_it_is_found_paired_and_asked_a_question(tmp_path: Path) -> None:
    answer = secrets.token_bytes(48 * 700)
    watcher = Watcher(DEVICE_ID)
    try:
        async with Home(b"", settings=VOLUME) as home, board(tmp_path, heap="1024k") as glasses:
            await glasses.until("wifi")
            await pair(glasses, watcher, home)
            await glasses.until("connected")
            await watcher.until(ServiceStateChange.Removed)
            hello = home.hellos[-1]
            assert (hello["name"], hello["model"]) == ("Ana's glasses", "xiao_esp32s3_sense")
            assert hello["camera"]["sizes"][0] == [1600, 1200]
            assert hello["microphone"] == {"rate_hz": 16000}
            told = await glasses.tell()
            assert told["key"] == home.key.hex()
            assert not told["camera"] and not told["led"] and told["fed"] > 0

            await glasses.send("down")  # the second press: the first confirmed the digits
            await home.until(lambda: home.heard.pictures and len(home.heard.sound) > 640 * 20)
            told = await glasses.tell()
            assert told["camera"] and told["led"]
            assert len(home.heard.pictures[0]) == 200000 and home.heard.pictures[0][:2] == b"\xff\xd8"
            await glasses.send("up")
            await home.until(lambda: home.texts("button", event="release"))
            await home.send({"type": "capture", "press": 2, "audio": False, "video": None, "still": None})
            await glasses.until("capture", on=False)
            told = await glasses.tell()
            assert not told["camera"] and not told["led"]

            await glasses.send(f"record {len(answer)}")
            await home.speak(1, answer)
            await home.until(lambda: home.texts("played", turn=1, done=True))
            told = await glasses.tell()
            assert told["heard_sha"] == hashlib.sha256(answer).hexdigest(), "bit for bit, at full volume"
            print(f"heap: {told['heap_bytes']} bytes")  # noqa: T201 -- a figure
    finally:
        await watcher.close()


async def test_a_home_on_the_internet_is_spoken_to_under_a_root_that_was_chosen(tmp_path: Path) -> None:
    authority = Authority.make("Chosen root")
    context = authority.issue(tmp_path, "localhost", NOW - YEAR, NOW + YEAR)
    (tmp_path / "roots.der").write_bytes(authority.der)
    watcher = Watcher(DEVICE_ID)
    loop = asyncio.get_running_loop()
    names, _protocol = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    try:
        async with (
            Home(b"", settings=VOLUME, tls=context) as home,
            board(tmp_path, name_server=names.get_extra_info("sockname")) as glasses,
        ):
            await pair(glasses, watcher, home)
            await glasses.until("connected", url=home.url)
            await glasses.send("down")
            await home.until(lambda: home.heard.pictures and len(home.heard.sound) > 640 * 10)
    finally:
        names.close()
        await watcher.close()


async def test_when_wifi_goes_and_comes_the_person_hears_why_and_it_is_linked_again(tmp_path: Path) -> None:
    watcher = Watcher(DEVICE_ID)
    try:
        async with Home(b"", settings=VOLUME) as home, board(tmp_path) as glasses:
            await pair(glasses, watcher, home)
            await glasses.until("connected")
            await glasses.send("air []")
            await home.close()
            await glasses.until("wifi_lost")
            await glasses.until("cue", name="no_wifi")
            await home.open()
            await glasses.send(f"air {json.dumps([HOME_WIFI])}")
            began_s = asyncio.get_running_loop().time()
            await glasses.until("connected", 2)
            assert asyncio.get_running_loop().time() - began_s < 5
            await glasses.until("cue", name="back")
    finally:
        await watcher.close()


async def test_a_wrong_password_is_said_and_a_long_press_opens_the_way_to_mend_it(tmp_path: Path) -> None:
    async with board(tmp_path, networks=[["Home", "wrong password"]]) as glasses:
        await glasses.until("no_network", reason="wifi_refused")
        await glasses.send("down")
        await glasses.until("setup")
        await glasses.until("access_point")
        assert not glasses.all("pairing"), "the long press began no pairing"
        point = (await glasses.tell())["point"]
        assert point["ssid"] == f"Shelfsight-{DEVICE_ID[-4:]}" and len(point["key"]) == 8
        answer = await submit("ssid=Home&key=right+password")
        assert "200 OK" in answer
        await glasses.until("setup_over", saved=True)
        await glasses.until("reset")
        assert (await glasses.until("over"))["networks"] == [["Home", "right password"]]


@pytest.mark.parametrize(
    "options", [{"held": True}, {"networks": []}], ids=["the button is held", "no network is known"]
)
async def test_at_power_on_wifi_can_be_set_up(tmp_path: Path, options: dict[str, Any]) -> None:
    async with board(tmp_path, **options) as glasses:
        await glasses.until("setup")
        await glasses.until("access_point")
        assert "<form" in await submit("")


async def submit(form: str) -> str:
    """What the page answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", SETUP_PORT)
    head = f"{'POST' if form else 'GET'} / HTTP/1.1\r\nHost: 192.168.4.1\r\nContent-Length: {len(form)}\r\n\r\n"
    writer.write((head + form).encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer.decode()


async def test_a_fault_of_the_program_is_heard_written_down_and_ends_in_a_restart(tmp_path: Path) -> None:
    async with board(tmp_path, fault=True) as glasses:
        await glasses.until("fault")
        await glasses.until("reset")
        assert (await glasses.until("over"))["heard_bytes"] > ERROR_CUE_BYTES, "the cue for an error"
    journal = (tmp_path / "journal.txt").read_text()
    assert "start pwron_reset" in journal and "a fault on purpose" in journal


async def test_an_interrupt_from_a_computer_ends_in_a_prompt_with_a_cue(tmp_path: Path) -> None:
    async with board(tmp_path) as glasses:
        await glasses.until("wifi")
        await glasses.send("interrupt")
        assert (await glasses.until("over"))["heard_bytes"] > ERROR_CUE_BYTES
        assert not glasses.all("reset")


async def test_where_nobody_sets_wifi_up_it_goes_on_and_a_long_press_asks_again(tmp_path: Path) -> None:
    async with board(tmp_path, networks=[], setup_s=0.3) as glasses:
        await glasses.until("setup_over", saved=False)
        await glasses.until("no_network")
        await glasses.send("down")
        await glasses.until("access_point", 2)
        assert not glasses.all("reset")


async def test_without_the_date_a_home_on_the_internet_is_not_dialled_and_the_person_hears_why(tmp_path: Path) -> None:
    async with board(tmp_path, home=["00" * 32, "https://home.example.org"], date=False) as glasses:
        await glasses.until("cue", name="clock")
        assert "ClockError" in glasses.all("dial_failed")[0]["reason"]


async def test_questions_leave_nothing_behind_in_memory(tmp_path: Path) -> None:
    key = secrets.token_bytes(32)
    async with contextlib.AsyncExitStack() as stack:
        home = await stack.enter_async_context(Home(key, DEVICE_ID, settings=VOLUME))
        glasses = await stack.enter_async_context(board(tmp_path, home=[key.hex(), home.url]))
        await glasses.until("connected")
        heaps = []
        for press in range(1, 9):
            await glasses.send("down", "up")
            await home.until(lambda press=press: home.texts("button", event="release", press=press))
            await glasses.until("frame_sent", press=press)
            await home.send({"type": "capture", "press": press, "audio": False, "video": None, "still": None})
            await glasses.until("capture", press, on=False)
            await home.speak(press, bytes(48 * 100))
            await home.until(lambda press=press: home.texts("played", turn=press, done=True))
            heaps.append((await glasses.tell())["heap_bytes"])
        assert max(heaps[4:]) - max(heaps[:4]) < 1024, heaps
