"""The integration's own tests, on the Home Assistant of the everyday run with the newest SDK.

On the newest Home Assistant they cannot run: pytest-homeassistant-custom-component 0.13.375, the newest, is made of the tests of
2026.10.4 and pins it.
"""

import os
import re
import subprocess
import sys

import pytest

from demo.processes import ROOT

from .houses import newest_sdk
from .test_versions import tell

_LIMIT_S = 1200


@pytest.mark.timeout(_LIMIT_S + 60)
def test_what_is_tested_inside_home_assistant_holds_on_the_newest_sdk() -> None:
    version, packages = newest_sdk()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "3", "tests/home"],
        env={**os.environ, "PYTHONPATH": str(packages)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0 and passed, done.stdout[-6000:] + done.stderr[-1000:]
    tell(f"Home Assistant 2026.10.4 with google-genai {version}: {passed[1]} tests of the integration passed")
    assert int(passed[1]) > 500
