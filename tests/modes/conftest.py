"""The demonstration, run once for each mode by a stranger: its exit status, its words, its data."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
import json
import os
from pathlib import Path
import sys
import tempfile
from typing import Any

import pytest

from demo.processes import ROOT

_LIMIT_S = 420


@dataclass(frozen=True, slots=True)
class Shown:
    """What one run of `scripts/demo --mode` left."""

    status: int
    text: str
    data: dict[str, Any]
    output: Path

    @property
    def answers(self) -> list[dict[str, Any]]:
        """What was heard of who answers, in order; the phrases of the integration left out."""
        return [said for said in self.data["said"] if said["phrase"] is None]

    @property
    def phrases(self) -> list[str]:
        """The names of the phrases that were heard, in order."""
        return [said["phrase"] for said in self.data["said"] if said["phrase"] is not None]


async def _run(mode: str, output: Path) -> tuple[int, str]:
    environment = {name: value for name, value in os.environ.items() if name != "GEMINI_API_KEY"}
    environment["PYTHONPATH"] = str(ROOT)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo", "--mode", mode, "--json", str(output / "demo.json"), "--output", str(output),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=environment, cwd=tempfile.gettempdir(),
    )  # fmt: skip
    try:
        async with asyncio.timeout(_LIMIT_S):
            text, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, text.decode()


@pytest.fixture(scope="session")
def show(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Shown]:
    """Runs the demonstration of a mode, once."""

    @cache
    def shown(mode: str) -> Shown:
        output = tmp_path_factory.mktemp(mode)
        status, text = asyncio.run(_run(mode, output))
        written = output / "demo.json"
        return Shown(status, text, json.loads(written.read_text()) if written.is_file() else {}, output)

    return shown
