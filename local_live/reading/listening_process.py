"""The other end of a listening process: starts it, asks it, starts it again where it died."""

import base64
import contextlib
from dataclasses import dataclass
import json
import os
from pathlib import Path
import subprocess
import sys
import threading
from typing import Any
import weakref

_PROJECT = Path(__file__).resolve().parents[2]


class ListeningError(OSError):
    """The listening process cannot be started, or died twice."""


@dataclass(frozen=True, slots=True)
class Listening:
    """What one listening made of a turn: texts with logarithms of how likely each is, and the ``gap`` of `Listened`."""

    texts: dict[str, float]
    gap: float


class ListeningProcess:
    """One process, started at its first use, gone with this one. Every call blocks; one runs at a time.

    ``kind`` is how it listens, a key of `listener.EARS`.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._here: dict[str, Any] | None = None

    def prepare(self, here: dict[tuple[str, ...], int]) -> None:
        """Tell it what is read on the shelf, with how often."""
        request = {"here": [[list(phrase), count] for phrase, count in here.items()]}
        with self._lock:
            if request != self._here:
                self._here = None
                self._ask(request)
                self._here = request

    def listen(self, pcm: bytes) -> list[Listening]:
        """What may have been said (s16le mono, 16 kHz)."""
        with self._lock:
            heard = self._ask({"sound": base64.b64encode(pcm).decode()})["heard"]
            return [
                Listening({str(text): float(score) for text, score in one["texts"].items()}, float(one["gap"]))
                for one in heard
            ]

    def sounds(self, phrases: list[tuple[str, ...]]) -> list[str]:
        """How phrases are said, in ARPAbet, sounds parted by spaces."""
        with self._lock:
            return [str(said) for said in self._ask({"sounds": phrases})["sounds"]]

    def close(self) -> None:
        """End it."""
        with self._lock:
            self._end()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        for attempt in range(2):
            process = self._running()
            try:
                return _exchange(process, request)
            except (OSError, ValueError) as error:
                self._end()
                if attempt:
                    raise ListeningError(f"the listening process does not answer: {error!r}") from error
        raise AssertionError("unreachable")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            path = os.pathsep.join([str(_PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])])
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local_live.reading.listener", self._kind],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},  # the other core listens as well
            )  # fmt: skip
            weakref.finalize(self, _end, self._process)  # also where nobody closes it, and at the end of the program
            if self._here:
                _exchange(self._process, self._here)
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with contextlib.suppress(OSError):  # what was still to be written to it is of no use
                pipe.close()


def _exchange(process: subprocess.Popen[bytes], request: dict[str, Any]) -> dict[str, Any]:
    """Send a request, wait for its answer; raises OSError or ValueError where the process is gone."""
    if process.stdin is None or process.stdout is None:
        raise OSError("it has no pipes")
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer
