"""scripts/install-pi into a folder, and its units before systemd's own tools."""

import os
from pathlib import Path
import re
import shutil
import subprocess
import sys

import pytest
from wearable_processes import missing

REPOSITORY = Path(__file__).parents[2]
INSTALL = REPOSITORY / "scripts" / "install-pi"
SYSTEM = REPOSITORY / "firmware_bridge" / "boards" / "pi" / "system"
UNITS = ["shelfsight-wearable.service", "shelfsight-wearable-sound.service"]
MOST_EXPOSURE = 2.0
PROGRAM = "opt/shelfsight-wearable"
SETTINGS = "etc/shelfsight-wearable/wearable.toml"


def install(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(INSTALL), *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not installed (Debian: systemd)")
    return str(found)


def files(root: Path) -> dict[str, bytes]:
    """Every file but Python's own environment and compiled code, which has times in it."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "venv" not in path.parts and path.suffix != ".pyc"
    }


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not Path("/usr/bin/python3").exists():
        missing("there is no /usr/bin/python3, for which a Pi's packages are made (Debian: python3 python3-venv)")
    root = tmp_path_factory.mktemp("root")
    done = install("--root", root, "--echo-cancellation")
    assert done.returncode == 0, done.stderr
    return root


def test_the_installed_program_checks_the_installed_settings(installed: Path) -> None:
    """With this project's Python: the packages of a Pi are not in the folder."""
    command = [
        ".venv/bin/python",
        "-m",
        "firmware_bridge.boards.pi",
        "--check",
        "--settings",
        str(installed / SETTINGS),
    ]
    command[0] = str(REPOSITORY / command[0])
    environment = {**os.environ, "PYTHONPATH": str(installed / PROGRAM / "lib")}
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "the settings are good\n"), done.stderr


def test_only_what_belongs_on_a_pi_is_installed(installed: Path) -> None:
    there = set(files(installed))
    assert f"{PROGRAM}/lib/firmware_bridge/wearable/wearable.py" in there
    assert f"{PROGRAM}/lib/firmware_bridge/phrases/en/ready.wav" in there
    assert not [name for name in there if "boards/desk" in name or "boards/esp32" in name or "vectors" in name]
    for path in (installed / PROGRAM / "lib").rglob("*"):
        assert not path.stat().st_mode & 0o022, f"{path} could be changed by others"


def test_a_second_time_changes_nothing_and_keeps_settings_and_leftovers_go(installed: Path) -> None:
    (installed / SETTINGS).write_text('name = "Mine"\n')
    stale = installed / PROGRAM / "lib" / "firmware_bridge" / "boards" / "pi" / "of_an_older_version.py"
    stale.write_text("")
    before = files(installed)
    assert install("--root", installed, "--echo-cancellation").returncode == 0
    before.pop(str(stale.relative_to(installed)))
    assert files(installed) == before
    assert (installed / SETTINGS).read_text() == 'name = "Mine"\n'
    shutil.copy(SYSTEM / "wearable.toml", installed / SETTINGS)


def test_a_dry_run_says_everything_and_does_nothing(tmp_path: Path) -> None:
    done = install("--dry-run", "--echo-cancellation")
    assert done.returncode == 0, done.stderr
    for word in ("apt-get", "--no-remove", "libportaudio2", "venv", "--require-hashes", "systemd-sysusers", "restart"):
        assert word in done.stdout
    assert install("--dry-run", "--root", tmp_path).returncode == 0
    assert install("--dry-run", "--uninstall", "--purge").returncode == 0
    assert not list(tmp_path.iterdir())
    assert not Path("/opt/shelfsight-wearable").exists()


def test_removed_it_leaves_settings_and_pairing_and_purged_nothing(tmp_path: Path) -> None:
    assert install("--root", tmp_path, "--echo-cancellation").returncode == 0
    state = tmp_path / "var/lib/shelfsight-wearable/wearable.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")
    assert install("--root", tmp_path, "--uninstall").returncode == 0
    left = set(files(tmp_path))
    assert left == {
        SETTINGS,
        f"{SETTINGS}.example",
        "etc/shelfsight-wearable/sound.pa",
        str(state.relative_to(tmp_path)),
    }
    assert install("--root", tmp_path, "--uninstall", "--purge").returncode == 0
    assert not files(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nonsense"], "there is no option --nonsense"),
        (["--root"], "--root needs a folder"),
        (["--root", "/nowhere/at/all"], "there is no folder"),
        (["--purge"], "--purge belongs to --uninstall"),
    ],
)
def test_what_it_does_not_understand_is_said(arguments: list[str], words: str) -> None:
    done = install(*arguments)
    assert done.returncode == 1 and words in done.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_the_units_right(installed: Path, unit: str, tmp_path: Path) -> None:
    """`systemd-analyze verify` in the folder, which is given what every system has."""
    analyze = tool("systemd-analyze")
    root = tmp_path / "root"
    shutil.copytree(installed, root, symlinks=True)
    shutil.copytree("/usr/lib/systemd/system", root / "usr/lib/systemd/system", symlinks=True)
    (root / "usr/bin").mkdir()
    for program in ("python3", "pulseaudio"):
        shutil.copy("/bin/true", root / "usr/bin" / program)
    done = subprocess.run([analyze, "verify", f"--root={root}", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_rates_the_units_as_hardly_exposed(unit: str) -> None:
    command = [tool("systemd-analyze"), "security", "--offline=yes", "--no-pager", str(SYSTEM / unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    sys.stdout.write(f"\n{unit}: exposure {found[1]}\n")
    assert float(found[1]) <= MOST_EXPOSURE


def test_what_the_camera_the_card_and_the_pins_need_is_allowed_and_nothing_else() -> None:
    text = (SYSTEM / UNITS[0]).read_text()
    allowed = set(re.findall(r"^DeviceAllow=char-(\S+) rw$", text, re.MULTILINE))
    assert allowed == {"video4linux", "media", "dma_heap", "alsa", "gpiochip", "i2c"}
    for line in ("Type=notify", "Restart=always", "StartLimitIntervalSec=0", "NoNewPrivileges=yes", "User=shelfsight"):
        assert f"\n{line}\n" in text
    watchdog = re.search(r"^WatchdogSec=(\d+)$", text, re.MULTILINE)
    assert watchdog is not None and int(watchdog[1]) >= 8, "wearable/drivers.py: Board.alive"
    assert "\nCapabilityBoundingSet=\n" in text


def test_systemd_makes_the_user_without_login(installed: Path, tmp_path: Path) -> None:
    sysusers = tool("systemd-sysusers")
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    command = [sysusers, f"--root={root}", str(installed / "etc/sysusers.d/shelfsight-wearable.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"systemd-sysusers cannot make users here: {done.stderr.strip()}")
    user = (root / "etc/passwd").read_text().split(":")
    assert (user[0], user[6].strip()) == ("shelfsight", "/usr/sbin/nologin")
    groups = {
        line.split(":")[0]
        for line in (root / "etc/group").read_text().splitlines()
        if "shelfsight" in line.split(":")[3]
    }
    assert groups == {"video", "audio", "gpio", "i2c"}


def test_the_sound_servers_script_is_understood_by_the_real_one(tmp_path: Path) -> None:
    from sound_server import require_server, server

    require_server()
    lines = [
        line for line in (SYSTEM / "sound.pa").read_text().splitlines() if line.startswith("load-module module-echo")
    ]
    assert len(lines) == 1
    room = "load-module module-null-sink sink_name=room rate=48000"
    # There are no cards here that udev could find; the rest of the line is as it is installed.
    with server(tmp_path, room, f"{lines[0]} source_master=room.monitor sink_master=card") as environment:
        listed = subprocess.run(
            ["pactl", "list", "short", "sources"], env=environment, capture_output=True, text=True, check=True
        )
    assert "\twearable.echo-cancel\tmodule-echo-cancel.c\t" in listed.stdout


def test_tables_drawing_and_settings_say_the_same_of_every_pin() -> None:
    page = (REPOSITORY / "docs" / "build-pi.md").read_text()
    rows = re.findall(r"^\| [^|]+ \| [^|]+ \| (\d+) \| ([^|]+) \|$", page, re.MULTILINE)
    assert len(rows) == 17
    drawing = (REPOSITORY / "docs" / "build-pi.svg").read_text()
    drawn = re.findall(
        r'<circle [^>]*fill="#(?!ffffff)[^>]*/>\s*<text [^>]*>(\d+)</text>\s*<path [^>]*/>\s*<text [^>]*>([^:]+):',
        drawing,
    )
    assert dict(rows) == dict(drawn)
    header = {name: pin for pin, name in rows}
    for gpio, pin in re.findall(r"^pin = (\d+) +# header (\d+)", (SYSTEM / "wearable.toml").read_text(), re.MULTILINE):
        assert header[f"GPIO {gpio}"] == pin
