"""Raspberry Pi OS has Python 3.13 (trixie) or 3.11 (bookworm): nothing newer may be in what is installed there."""

import ast
from pathlib import Path
import shutil
import subprocess

import pytest

BRIDGE = Path(__file__).parents[2] / "firmware_bridge"
INSTALLED = [BRIDGE / "wearable", BRIDGE / "boards" / "linux", BRIDGE / "boards" / "pi"]
FILES = sorted(path for folder in INSTALLED for path in folder.rglob("*.py"))
# What defines functions and classes, and so evaluates annotations, which newer versions put off.
IMPORT = "import importlib, sys\nfor name in sys.argv[1:]:\n    importlib.import_module(name)"
NEEDS_NOTHING = ["store", "netlink", "cards", "card_microphone", "card_speaker", "echo", "notify", "events", "frame"]


def other_pythons() -> list[str]:
    names = [f"python3.{minor}" for minor in (11, 12, 13)]
    found = [path for name in names if (path := shutil.which(name))]
    return [path for path in found if not subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(BRIDGE)))
def test_no_file_needs_a_newer_language(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 11))


def test_this_test_would_notice() -> None:
    with pytest.raises(SyntaxError):
        ast.parse("try:\n    pass\nexcept OSError, ValueError:\n    pass\n", feature_version=(3, 13))


def test_older_interpreters_that_are_here_import_it() -> None:
    found = other_pythons()
    if not found:
        pytest.skip("no Python 3.11, 3.12 or 3.13 on this machine")
    modules = [f"firmware_bridge.boards.linux.{name}" for name in NEEDS_NOTHING]
    modules += [f"firmware_bridge.boards.pi.{name}" for name in ("settings", "gpio", "battery", "camera", "jpeg")]
    modules += ["firmware_bridge.wearable.wearable", "firmware_bridge.wearable.phrases"]
    for python in found:
        done = subprocess.run(
            [python, "-B", "-c", IMPORT, *modules], cwd=BRIDGE.parent, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{python}: {done.stderr}"
