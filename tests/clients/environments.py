"""The environment of each client: built on demand under .tools/clients, used again while its pins are the same.

Python packages are pinned with hashes in requirements/, Node's with integrity hashes in node/package-lock.json. Where
"newest" is wanted, the package itself (nothing else) is looked up again within the range of its .in file; without a
network the pinned version serves, and that is said. Everything blocks.
"""

from dataclasses import dataclass
import hashlib
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys
from typing import Final

REPOSITORY: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent
_HOMES: Final = REPOSITORY / ".tools" / "clients"
_BUILD_LIMIT_S: Final = 600
_LEAST_NODE: Final = 20


class NotToBeHadError(Exception):
    """A client's environment cannot be built; says why."""


@dataclass(frozen=True, slots=True)
class Client:
    """How to run a client's program: the command before the errand's path, and how it is told what to trust."""

    command: tuple[str, ...]
    certificate_variable: str
    note: str

    def run(self, errand: Path, certificate: Path, limit_s: float) -> str:
        """Run an errand with nothing of this process's environment but the essentials; returns the line it prints.

        Raises:
            RuntimeError: the program failed, or took longer than ``limit_s``; with the end of what it said.
        """
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        variables = {**kept, self.certificate_variable: str(certificate), "NO_PROXY": "127.0.0.1"}
        try:
            done = subprocess.run(
                [*self.command, str(errand)], env=variables, capture_output=True, text=True, timeout=limit_s, check=True
            )
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"the client failed with status {error.returncode}:\n{error.stderr[-4000:]}") from error
        except subprocess.TimeoutExpired as error:
            said = (error.stderr or b"").decode(errors="replace")
            raise RuntimeError(f"the client did not end within {limit_s:.0f} s:\n{said[-4000:]}") from error
        return done.stdout.strip().splitlines()[-1]


def python_client(name: str, program: str, *, newest: str | None = None) -> Client:
    """Make the client of requirements/``name``.txt; ``newest`` is the package that is looked up again.

    Raises:
        NotToBeHadError: its packages cannot be installed.
    """
    home, note = _HOMES / name, ""
    home.mkdir(parents=True, exist_ok=True)
    pins = home / "requirements.txt"
    shutil.copyfile(REPOSITORY / "requirements" / f"{name}.txt", pins)
    if newest:
        note = _look_up(name, newest, pins)
    python = home / "venv" / "bin" / "python"
    key = _digest(pins.read_bytes() + sys.version.encode())
    built = home / "built"
    if not (built.exists() and built.read_text() == key and python.exists()):
        built.unlink(missing_ok=True)
        _build([_uv(), "venv", "--quiet", "--clear", "--python", sys.executable, str(home / "venv")], name)
        sync = ("pip", "sync", "--quiet", "--python", str(python), "--require-hashes", str(pins))
        _build([_uv(), *sync], name)
        built.write_text(key)
    return Client((str(python), "-W", "ignore", str(HERE / program)), "SSL_CERT_FILE", note)


def sdk_beside_home_assistant() -> tuple[str, Path]:
    """The newest google-genai alone in a folder, to be put before Home Assistant's packages; its version and the folder.

    Raises:
        NotToBeHadError: it cannot be installed.
    """
    name = "clients-genai-newest"
    python_client(name, "genai_client.py", newest="google-genai")
    pins = (_HOMES / name / "requirements.txt").read_text()
    found = re.search(r"^google-genai==(\S+)(?:.*\\\n)*.*", pins, re.MULTILINE)
    if found is None:
        raise NotToBeHadError(f"{name} pins no google-genai")
    folder = _HOMES / "sdk" / found[1]
    if not (folder / "google" / "genai").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        pin = folder.with_suffix(".pin.txt")
        pin.write_text(found[0] + "\n")
        wanted = ("--no-deps", "--require-hashes", "--target", str(folder), "-r", str(pin))
        _build([_uv(), "pip", "install", "--quiet", "--python", sys.executable, *wanted], name)
    return found[1], folder


def node_client() -> Client:
    """Make the client on Node.

    Raises:
        NotToBeHadError: there is no Node and none can be installed, or its packages cannot be.
    """
    node = _node()
    home = _HOMES / "node"
    home.mkdir(parents=True, exist_ok=True)
    # Node looks for packages beside the program's own file: it runs from a copy.
    for name in ("package.json", "package-lock.json", "client.mjs"):
        shutil.copyfile(HERE / "node" / name, home / name)
    key = _digest((home / "package-lock.json").read_bytes() + node.encode())
    built = home / "built"
    if not (built.exists() and built.read_text() == key):
        built.unlink(missing_ok=True)
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        _build([shutil.which("npm") or "npm", "ci", *options], "@google/genai", home)
        built.write_text(key)
    return Client((node, str(home / "client.mjs")), "NODE_EXTRA_CA_CERTS", "")


def _look_up(name: str, package: str, pins: Path) -> str:
    """Raise one package in ``pins`` to the newest of its range; the others stay unless it needs them newer."""
    options = ("--universal", "--python-version", "3.14.2", "--generate-hashes", "--no-emit-index-url")
    options += ("--no-emit-find-links", "--no-header", "--no-annotate", "--upgrade-package", package)
    source = str(REPOSITORY / "requirements" / f"{name}.in")
    before = pins.read_bytes()
    command = [_uv(), "pip", "compile", "--quiet", "--python", sys.executable, *options, source, "-o", str(pins)]
    try:
        _build(command, name)
    except NotToBeHadError as error:
        pins.write_bytes(before)
        return f"the newest {package} could not be looked up, the pinned one was used ({str(error).splitlines()[-1]})"
    return ""


def _uv() -> str:
    return shutil.which("uv") or str(REPOSITORY / ".tools" / "pypi" / "bin" / "uv")


def _node() -> str:
    """Find Node and npm, or have Debian's installed."""
    node = shutil.which("node")
    if not (node and shutil.which("npm")):
        _build([str(REPOSITORY / "scripts" / "lib" / "node-from-debian")], "Node")
        node = shutil.which("node") or "node"
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(said.removeprefix("v").split(".")[0]) < _LEAST_NODE:
        raise NotToBeHadError(f"@google/genai needs Node {_LEAST_NODE} or later, and {node} is {said}")
    return node


def _build(command: list[str], what: str, folder: Path | None = None) -> None:
    variables = {**os.environ, "UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
    try:
        subprocess.run(
            command, cwd=folder, env=variables, capture_output=True, text=True, timeout=_BUILD_LIMIT_S, check=True
        )
    except subprocess.CalledProcessError as error:
        raise NotToBeHadError(f"{what} cannot be had here: {error.stderr[-2000:].strip()}") from error
    except subprocess.TimeoutExpired as error:
        raise NotToBeHadError(f"{what} cannot be had here: nothing after {_BUILD_LIMIT_S} s") from error
    except OSError as error:
        raise NotToBeHadError(f"{what} cannot be had here: {error}") from error


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
