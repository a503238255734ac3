"""esptool and mpremote: got from PyPI into a folder of their own, run with their output kept back.

python3 -m firmware_bridge.boards.esp32.flashing.tools     only gets them
"""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import sys
import time
import venv

# Pinned, with hashes.
_ROOT = Path(__file__).resolve().parents[4]
_PACKAGES = _ROOT / "requirements" / "flash.txt"
FOLDER = _ROOT / ".tools" / "flash"
_OVERRIDE = "SHELFSIGHT_FLASH_TOOLS"  # a folder that has both
_BAUD = "460800"
_LINES_OF_A_FAILURE = 8
_PORT_S = 30
_POLL_S = 0.2


class ToolError(Exception):
    """A tool could not do its work; the text is for a person."""


def get(folder: Path) -> Path:
    """The folder with both programs, installed first if they are missing.

    Raises:
        ToolError: they cannot be had.
    """
    if os.environ.get(_OVERRIDE):
        return Path(os.environ[_OVERRIDE])
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    if _is_there(programs, "esptool") and _is_there(programs, "mpremote"):
        return programs
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run(
        [*pip, "--require-hashes", "-r", str(_PACKAGES)], None, "esptool and mpremote could not be installed from PyPI"
    )
    return programs


def _is_there(programs: Path, name: str) -> bool:
    return any((programs / each).exists() for each in (name, name + ".exe"))


def ports() -> list[str]:
    """Serial ports at which a board may be."""
    if sys.platform == "linux":
        return sorted(str(path) for pattern in ("ttyACM*", "ttyUSB*") for path in Path("/dev").glob(pattern))
    if sys.platform == "darwin":
        return sorted(str(path) for pattern in ("cu.usbmodem*", "cu.usbserial*") for path in Path("/dev").glob(pattern))
    return []


class Tools:
    """Both programs, for one port."""

    def __init__(self, programs: Path, port: str) -> None:
        self._programs = programs
        self._port = port

    def erase(self) -> None:
        """Erases the whole flash: the program, the key, the networks."""
        self._esptool("erase-flash")

    def write(self, image: Path) -> None:
        """Writes the firmware; the board starts with it, and its port comes back."""
        self._esptool("write-flash", "0x0", str(image))
        self.wait()

    def run(self, program: bytes, *, soft_reset: bool = False) -> str:
        """Runs a program on the board, which it gets over a pipe; returns what it prints."""
        resume = [] if soft_reset else ["resume"]
        return self._mpremote([*resume, "run", "/dev/stdin"], program)

    def restart(self, before: str = "") -> None:
        """Restarts the chip, after this line of Python; the port goes away and comes back."""
        self._mpremote(["resume", "exec", "--no-follow", f"{before}import machine; machine.reset()"], None)
        self.wait()

    def copy(self, source: Path, target: str) -> None:
        """Copies a file or a folder with all that is in it into a folder of the board; what is there already is left out."""
        folder = ["-r"] if source.is_dir() else []
        self._mpremote(["resume", "cp", *folder, str(source), ":" + target], None)

    def wait(self) -> None:
        """Until the port is there (again).

        Raises:
            ToolError: it does not come.
        """
        time.sleep(float(os.environ.get("SHELFSIGHT_FLASH_PAUSE_S", "2")))  # time for it to go away first
        end_s = time.monotonic() + _PORT_S
        while not os.path.exists(self._port):
            if time.monotonic() > end_s or os.name == "nt":
                raise ToolError(
                    f"The board did not come back at {self._port}. Unplug it, plug it in, and run this again."
                )
            time.sleep(_POLL_S)

    def _esptool(self, *arguments: str) -> None:
        command = [
            str(self._programs / "esptool"),
            "--chip",
            "esp32s3",
            "--port",
            self._port,
            "--baud",
            _BAUD,
            *arguments,
        ]
        _run(command, None, f"esptool could not talk to a board at {self._port}")

    def _mpremote(self, arguments: list[str], standard_input: bytes | None) -> str:
        command = [str(self._programs / "mpremote"), "connect", self._port, *arguments]
        return _run(command, standard_input, f"mpremote could not talk to MicroPython at {self._port}")


def _run(command: list[str], standard_input: bytes | None, failure: str) -> str:
    """Runs a program; its output is shown only if it fails, because progress bars are noise to a screen reader."""
    try:
        finished = subprocess.run(
            command,
            input=standard_input or b"",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        raise ToolError(f"{failure}: {command[0]} does not start ({error.strerror}).") from error
    output = finished.stdout.decode(errors="replace")
    if finished.returncode:
        last = "\n".join(line for line in output.splitlines() if line.strip()).splitlines()[-_LINES_OF_A_FAILURE:]
        raise ToolError(failure + ". It said:\n" + "\n".join(last))
    return output


if __name__ == "__main__":
    print(f"esptool and mpremote are in {get(FOLDER)}")
