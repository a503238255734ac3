"""scripts/flash: what it checks, what it does, and that the Wi-Fi password is seen by the board alone."""

import asyncio
import contextlib
import hashlib
import json
import os
from pathlib import Path
import shutil
import stat
import subprocess
import sys
from typing import Any
import zipfile

import board_interpreter
import pytest
from repl_board import ReplBoard

from firmware_bridge.boards.esp32.flashing import command, firmware, network, roots, stage

FLASH = board_interpreter.REPOSITORY / "scripts" / "flash"
SSID, KEY = 'Ana\'s "home"', "a very \\secret' password"

RECORDER = """#!{python}
import json, os, sys
standard_input = sys.stdin.buffer.read().decode()
entry = {{"tool": {tool!r}, "arguments": sys.argv[1:], "input": standard_input, "environment": dict(os.environ)}}
with open({log!r}, "a") as file:
    file.write(json.dumps(entry) + "\\n")
if "FAIL" in os.environ and os.environ["FAIL"] in sys.argv:
    print("it went wrong in a way of its own")
    sys.exit(1)
if "add_network" in standard_input:
    print("kept")
"""


def image(
    *, chip: int = 9, version: bytes = b"MicroPython v1.26.1 on 2025-09-11", more: bytes = b"free_buffer"
) -> bytes:
    """Something that looks like firmware."""
    head = bytearray(64)
    head[0] = 0xE9
    head[12:14] = chip.to_bytes(2, "little")
    return bytes(head) + version + b"\0" + more + bytes(1_000_000)


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for esptool and mpremote that write down how they were called."""
    log = tmp_path / "calls"
    folder = tmp_path / "tools"
    folder.mkdir()
    for tool in ("esptool", "mpremote"):
        path = folder / tool
        path.write_text(RECORDER.format(python=sys.executable, tool=tool, log=str(log)))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("SHELFSIGHT_FLASH_TOOLS", str(folder))
    monkeypatch.setenv("SHELFSIGHT_FLASH_PAUSE_S", "0")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return log


def calls(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def flash(*arguments: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(FLASH), *arguments],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def written(tmp_path: Path, name: str = "XIAO_ESP32S3.bin", **options: Any) -> Path:
    path = tmp_path / name
    path.write_bytes(image(**options))
    return path


def test_firmware_and_files_are_written_and_the_network_kept(tmp_path: Path, recorded: Path) -> None:
    path = written(tmp_path)
    total = hashlib.sha256(path.read_bytes()).hexdigest()
    arguments = ("--port", "/dev/null", "--firmware", str(path), "--sha256", total, "--erase", "--wifi-stdin")
    finished = flash(*arguments, text=f"{SSID}\n{KEY}\n")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    made = calls(recorded)
    esptool = [call["arguments"] for call in made if call["tool"] == "esptool"]
    assert esptool[0][-1] == "erase-flash"
    assert esptool[1][:6] == ["--chip", "esp32s3", "--port", "/dev/null", "--baud", "460800"]
    assert esptool[1][6:8] == ["write-flash", "0x0"]
    copied = [Path(call["arguments"][-2]).name for call in made if "cp" in call["arguments"]]
    assert set(copied) == {"wearable", "boards", "phrases", "config.json", "roots.der", "main.py"}
    assert copied[-1] == "main.py"
    kept = [call for call in made if "add_network" in call["input"]]
    assert len(kept) == 1 and kept[0]["arguments"] == ["connect", "/dev/null", "resume", "run", "/dev/stdin"]
    lines = finished.stdout.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("Step")] == [f"Step {n} of 6" for n in range(1, 7)]
    assert "\r" not in finished.stdout and "%" not in finished.stdout, "nothing a screen reader stumbles over"


def test_the_password_is_in_no_argument_no_environment_no_file_and_no_word_of_output(
    tmp_path: Path, recorded: Path
) -> None:
    finished = flash("--port", "/dev/null", "--wifi-stdin", text=f"{SSID}\n{KEY}\n")
    assert finished.returncode == 0, finished.stderr
    for call in calls(recorded):
        assert not any("secret" in argument for argument in call["arguments"])
        assert not any("secret" in value for value in call["environment"].values())
    assert "secret" not in finished.stdout + finished.stderr
    others = [path for path in tmp_path.rglob("*") if path.is_file() and path != recorded]
    assert not [path for path in others if b"secret" in path.read_bytes()]
    with pytest.raises(SystemExit):
        command.parser().parse_args(["--wifi-password", KEY])


def test_the_network_may_come_on_a_descriptor(recorded: Path) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, f"{SSID}\n{KEY}\n".encode())
    os.close(write_end)
    finished = subprocess.run(
        [sys.executable, str(FLASH), "--port", "/dev/null", "--wifi-fd", str(read_end)],
        pass_fds=(read_end,),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(read_end)
    assert finished.returncode == 0, finished.stderr
    assert [call for call in calls(recorded) if "add_network" in call["input"]]


def test_a_dry_run_says_all_and_touches_nothing(tmp_path: Path, recorded: Path) -> None:
    path = written(tmp_path)
    finished = flash("--dry-run", "--firmware", str(path), "--language", "de", "--port", "/dev/null")
    assert finished.returncode == 0, finished.stderr
    assert "Step 1 of 5: Writing MicroPython 1.26" in finished.stdout and "Nothing was written." in finished.stdout
    assert "de, en" in finished.stdout and not recorded.exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"chip": 0}, "another chip"),
        ({"version": b"MicroPython v1.25.0 on 2025-04-15"}, "1.26 or later"),
        ({"version": b"something else"}, "not MicroPython"),
        ({"more": b""}, "no camera module"),
    ],
)
def test_firmware_that_does_not_fit_is_refused_before_anything_is_touched(
    tmp_path: Path, recorded: Path, options: dict[str, Any], sentence: str
) -> None:
    finished = flash("--port", "/dev/null", "--no-wifi", "--firmware", str(written(tmp_path, **options)), text="yes\n")
    assert finished.returncode == 2 and sentence in finished.stderr
    assert not recorded.exists()


def test_a_file_nobody_vouched_for_needs_a_yes(tmp_path: Path, recorded: Path) -> None:
    path = written(tmp_path)
    arguments = ("--port", "/dev/null", "--no-wifi", "--firmware", str(path))
    refused = flash(*arguments, text="no\n")
    assert refused.returncode == 2 and hashlib.sha256(path.read_bytes()).hexdigest() in refused.stdout
    assert not recorded.exists()
    assert flash(*arguments, text="yes\n").returncode == 0
    wrong = flash(*arguments, "--sha256", "0" * 64)
    assert wrong.returncode == 2 and "not the one you mean" in wrong.stderr
    other = written(tmp_path, "FREENOVE_ESP32S3_CAM.bin")
    total = hashlib.sha256(other.read_bytes()).hexdigest()
    doubtful = flash("--port", "/dev/null", "--no-wifi", "--firmware", str(other), "--sha256", total, text="no\n")
    assert doubtful.returncode == 2 and "another board" in doubtful.stdout


def test_the_archive_of_the_release_may_be_given_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "XIAO_ESP32S3.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("firmware.bin", image(more=b"free_buffer PDM_RX"))
    data = path.read_bytes()
    found = firmware.examine(data, hashlib.sha256(data).hexdigest())
    assert (found.version, found.pdm) == ((1, 26), True)
    assert firmware.examine(data, hashlib.sha256(found.image).hexdigest()) == found
    for broken in (b"PK\x03\x04 nonsense", b"", b"<html>not found</html>"):
        with pytest.raises(firmware.FirmwareError):
            firmware.examine(broken, None)


@pytest.mark.parametrize(
    "text", ["", "Home\nshort\n", "\npassword1\n", f"{'x' * 33}\npassword1\n", f"Home\n{'x' * 64}\n"]
)
def test_an_impossible_network_is_refused(recorded: Path, text: str) -> None:
    finished = flash("--port", "/dev/null", "--wifi-stdin", text=text)
    assert finished.returncode == 2 and "must have" in finished.stderr
    assert not recorded.exists()


def test_it_asks_without_showing_what_is_typed() -> None:
    asked = []

    def secret(prompt: str) -> str:
        asked.append(prompt)
        return KEY

    assert network.ask(lambda _prompt: SSID, secret) == (SSID, KEY)
    assert len(asked) == 1


def test_a_step_that_fails_says_what_the_tool_said_and_that_it_may_be_run_again(recorded: Path) -> None:
    finished = flash("--port", "/dev/null", "--no-wifi", FAIL="cp")
    assert finished.returncode == 1
    assert "in a way of its own" in finished.stderr and "run the same command again" in finished.stderr
    assert flash("--port", "/dev/null", "--no-wifi").returncode == 0


def test_pdm_needs_firmware_that_can(tmp_path: Path, recorded: Path) -> None:
    finished = flash("--no-wifi", "--microphone", "pdm", "--firmware", str(written(tmp_path)), text="yes\n")
    assert finished.returncode == 2 and "PDM" in finished.stderr
    assert not recorded.exists()


def test_the_roots_are_this_computers_own_or_those_that_are_given(tmp_path: Path) -> None:
    common = roots.common_roots()
    if common:  # a computer without certificates gives the board none
        assert all(der[:2] == b"\x30\x82" for der in common.values())
    own = tmp_path / "own.pem"
    own.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    assert roots.bundle([own]) == (["own.pem (1)"], b"\x30\x82\x01")
    own.write_text("nothing")
    with pytest.raises(ValueError, match="no certificate"):
        roots.bundle([own])


def mpremote() -> Path:
    """The real one, if it is installed."""
    private = board_interpreter.REPOSITORY / ".tools" / "flash" / "bin" / "mpremote"
    found = str(private) if private.exists() else shutil.which("mpremote")
    if found is None:
        board_interpreter.missing("mpremote is not installed; scripts/flash installs it when it is first run")
    return Path(str(found))


async def test_the_real_mpremote_does_it_with_a_real_micropython_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = mpremote().parent
    monkeypatch.setenv("SHELFSIGHT_FLASH_PAUSE_S", "0.2")
    root = tmp_path / "flash"
    root.mkdir()
    said: list[str] = []
    async with ReplBoard(root) as board:
        for run in range(2):
            config: dict[str, object] = {"board": "xiao_esp32s3_sense", "name": "Ana"}
            wished = (SSID, f"{KEY}{run}")
            # No phrases: they are many, and their way is that of the other files.
            choices = command.Choices(board.port, None, False, wished, config, [], [], b"")
            await asyncio.to_thread(command.carry_out, choices, False, lambda: folder, said.append)
        assert board.restarts == 4, "into service and out of it, twice"
    config = json.loads((root / "config.json").read_text())
    assert (config["board"], config["name"]) == ("xiao_esp32s3_sense", "Ana")
    stored = {(space, key): bytes.fromhex(blob) for space, key, blob in json.loads((root / "nvs").read_text())}
    assert json.loads(stored["shelfsight", "wifi"]) == [[SSID, KEY + "1"]]
    assert not (root / stage.SERVICE).exists()
    source = board_interpreter.FIRMWARE / "wearable" / "link.py"
    assert (root / "wearable" / "link.py").read_bytes() == source.read_bytes()
    assert (root / "main.py").exists() and not (root / "boards" / "esp32" / "flashing").exists()
    (root / stage.SERVICE).touch()
    told = await booted(root)
    assert told["waited"]["times"] == 3 and told["waited"]["heard_bytes"] > 3 * 24 * 2 * 500, "a cue each time"
    assert stage.SERVICE not in told["waited"]["files"], "a computer that never came back does not silence it for ever"
    assert told["wifi"]["ssid"] == SSID


async def booted(root: Path) -> dict[str, dict[str, Any]]:
    """What a board tells that starts with these files, by event, until it has joined the network."""
    air = [{"ssid": SSID, "key": KEY + "1", "rssi": -50}]
    process = await asyncio.create_subprocess_exec(
        board_interpreter.micropython(),
        str(board_interpreter.HERE / "boot_device.py"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=board_interpreter.environment(root=str(root), air=air),
    )
    assert process.stdout is not None
    told: dict[str, dict[str, Any]] = {}
    said = b""
    try:
        async with asyncio.timeout(30):
            while "wifi" not in told:
                line = await process.stdout.readline()
                assert line, said.decode()
                said += line
                if line.startswith(b"{"):
                    event = json.loads(line)
                    told[event["event"]] = event
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return told
