"""The first question does not wait for the SDK to build its types."""

import subprocess
import sys

FRESH = """
import homeassistant
from google.genai import types
from custom_components.shelfsight.live.warm import warm_up

used = (types.LiveServerMessage, types.LiveConnectConfig, types.GenerateContentConfig, types.GenerateContentResponse)
before = [one.__pydantic_complete__ for one in used]
warm_up()
print(before, [one.__pydantic_complete__ for one in used])
"""


def test_what_a_question_uses_is_built_beforehand() -> None:
    done = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] == f"{[False] * 4} {[True] * 4}"
