"""The integration's own session on the newest SDK: the everyday suite runs it on the version that Home Assistant pins."""

import os
from pathlib import Path
import re
import subprocess
import sys

from tests.clients.environments import REPOSITORY, sdk_beside_home_assistant

_CHECK = "import homeassistant, google.genai; print(google.genai.__version__)"
_LIMIT_S = 500


def _python(arguments: list[str], packages: Path) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(packages)}
    return subprocess.run(
        [sys.executable, *arguments], env=variables, cwd=REPOSITORY, capture_output=True, text=True, timeout=_LIMIT_S, check=False
    )  # fmt: skip


def test_what_is_proven_of_the_session_holds_on_the_newest_sdk_beside_home_assistant() -> None:
    version, packages = sdk_beside_home_assistant()
    assert _python(["-W", "ignore", "-c", _CHECK], packages).stdout.strip() == version != "2.25.0"
    done = _python(["-m", "pytest", "-q", "-p", "no:homeassistant", "-n", "2", "tests/conformance"], packages)
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0 and passed, done.stdout[-4000:] + done.stderr[-1000:]
    print(f"google-genai {version}: {passed[1]} conformance tests passed")  # noqa: T201  # the suite's result
    assert int(passed[1]) > 100
