"""Where the event loop's time goes, by samples: a thousand looks a second of processor time, so that nothing is slowed down by it.

Each look counts as much as the loop's thread computed since the one before. What C code does counts for the Python function that
called it.
"""

from collections import Counter
import re
import signal
import time
from types import FrameType
from typing import Any

_EVERY_S = 0.001
_MODULE = re.compile(r".*(?:site-packages|custom_components|python3\.\d+)/(.+?)(?:/__init__)?\.py$")
_PARTS = (
    ("shelfsight/link", "shelfsight: link"),
    ("shelfsight/sound", "shelfsight: sound"),
    ("shelfsight/sight", "shelfsight: sight"),
    ("shelfsight/live", "shelfsight: live"),
    ("shelfsight/", "shelfsight: questions"),
    ("google/", "google-genai"),
    ("pydantic", "google-genai"),
    ("websockets/", "websockets (Live server)"),
    ("aiohttp/", "aiohttp (link)"),
    ("json/", "json"),
    ("asyncio/", "asyncio and sockets"),
    ("selectors", "asyncio and sockets"),
    ("ssl", "TLS"),
    ("numpy/", "numpy"),
    ("homeassistant/", "Home Assistant"),
)


class Profile:
    """Samples the thread in which it was begun, which is Python's first one."""

    def __init__(self) -> None:
        self._on = False
        self._parts: Counter[str] = Counter()
        self._selves: Counter[str] = Counter()
        self._within: Counter[str] = Counter()
        self._at_ns = 0

    def begin(self) -> None:
        """Sample."""
        self._on = True
        for counted in (self._parts, self._selves, self._within):
            counted.clear()
        self._at_ns = time.thread_time_ns()
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)

    def end(self) -> dict[str, Any] | None:
        """Milliseconds of processor time by part of the house, by function, and by function of ours with all it calls."""
        if not self._on:
            return None
        self._on = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        return {
            "total_ms": sum(self._parts.values()) / 1e6,
            "parts": _milliseconds(self._parts, 30),
            "functions": _milliseconds(self._selves, 40),
            "within": _milliseconds(self._within, 40),
        }

    def _sample(self, _signal: int, frame: FrameType | None) -> None:
        now_ns = time.thread_time_ns()
        weight, self._at_ns = now_ns - self._at_ns, now_ns
        if frame is None or weight <= 0:
            return
        self._parts[part_of(module_of(frame))] += weight
        self._selves[_name(frame)] += weight
        seen: set[str] = set()
        outer: FrameType | None = frame
        while outer is not None:
            name = _name(outer)
            if name.startswith("shelfsight/") and name not in seen:
                seen.add(name)
                self._within[name] += weight
            outer = outer.f_back


def module_of(frame: FrameType) -> str:
    """`package/module` of a frame's code."""
    found = _MODULE.search(frame.f_code.co_filename)
    return found.group(1) if found else frame.f_code.co_filename


def part_of(module: str) -> str:
    """Which part of the house a module is of."""
    return next((part for beginning, part in _PARTS if module.startswith(beginning)), "other")


def _name(frame: FrameType) -> str:
    return f"{module_of(frame)} {frame.f_code.co_qualname}"


def _milliseconds(counted: Counter[str], most: int) -> dict[str, float]:
    return {name: round(spent / 1e6, 2) for name, spent in counted.most_common(most)}
