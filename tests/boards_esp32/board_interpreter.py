"""The real MicroPython with the ESP32's modules played by `fakes`: where things are, and how checks are run there."""

from functools import cache
import json
import os
from pathlib import Path
import re
import shutil
import subprocess

import pytest

REPOSITORY = Path(__file__).parents[2]
HERE = Path(__file__).parent
FIRMWARE = REPOSITORY / "firmware_bridge"


def micropython() -> str:
    """The interpreter's path; skips (or, where everything is required, fails) the test without one."""
    private = REPOSITORY / ".tools" / "micropython" / "usr" / "bin" / "micropython"
    found = os.environ.get("MICROPYTHON") or (str(private) if private.exists() else shutil.which("micropython"))
    if found is None:
        missing("MicroPython is not installed; scripts/setup installs it")
    return str(found)


def missing(reason: str) -> None:
    """Skips the test, or fails it with SHELFSIGHT_REQUIRE_ALL=1."""
    if os.environ.get("SHELFSIGHT_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def environment(**options: object) -> dict[str, str]:
    """In which `wearable`, `boards` and the fakes are found; `options` for a script (MicroPython takes no long arguments)."""
    path = f"{HERE / 'fakes'}:{FIRMWARE}:{HERE}:.frozen"
    return {**os.environ, "MICROPYPATH": path, "OPTIONS": json.dumps(options)}


def names_of_checks(script: str) -> list[str]:
    """The functions of a script that begin with `check_`, in order."""
    return re.findall(r"^(?:async )?def (check_\w+)", (HERE / script).read_text(), re.MULTILINE)


@cache
def outcomes(script: str) -> dict[str, str]:
    """Runs a script of checks; returns what went wrong in each of them, empty where nothing did."""
    finished = subprocess.run(
        [micropython(), str(HERE / script)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=HERE,
    )
    lines = [json.loads(line[6:]) for line in finished.stdout.splitlines() if line.startswith("CHECK ")]
    assert lines, finished.stdout[-2000:] + finished.stderr[-2000:]
    return dict(lines)
