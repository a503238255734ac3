"""How long the event loop was held up: by one callback (a stall), and in all (how late a timer came).

What Python's search for garbage took is left out of both and told beside: it goes through all objects of Home Assistant, whoever
made them. Whose code a stall is in is seen by a thread that looks at the loop's stack once a callback has run for 4 ms.
"""

import asyncio
from asyncio import events
import gc
import math
import sys
import threading
import time
from types import FrameType
from typing import Any

_EVERY_S = 0.01
_LOOK_AFTER_NS = 4_000_000
_TOLD_NS = 5_000_000
_LOOK_EVERY_S = 0.002
_OURS = "custom_components/shelfsight"
_TOLD = 20


class Stalls:
    """Watches one loop from `begin` to `end`; costs it about a microsecond a callback."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._watching = False
        self._began_ns = 0
        self._collecting_ns = 0
        self._collected_ns = 0
        self._longest_collection_ns = 0
        self._where: str | None = None
        self._stalls: list[dict[str, Any]] = []
        self._late_s: list[float] = []
        self._timer: asyncio.TimerHandle | None = None
        self._run = events.Handle._run

    def begin(self) -> None:
        """Watch, in the loop's thread."""
        if self._watching:
            return
        self._watching = True
        self._stalls, self._late_s, self._longest_collection_ns, self._collected_ns = [], [], 0, 0
        gc.callbacks.append(self._collect)
        events.Handle._run = self._timed(self._run)
        self._beat(None, 0)
        watcher = threading.Thread(target=self._look, args=(threading.get_ident(),), name="bench probe", daemon=True)
        watcher.start()

    def end(self) -> dict[str, Any]:
        """What was seen."""
        if self._watching:
            self._watching = False
            events.Handle._run = self._run
            gc.callbacks.remove(self._collect)
            if self._timer is not None:
                self._timer.cancel()
        worst = sorted(self._stalls, key=lambda stall: -stall["ms"])
        # What nobody was quick enough to look at is not known to be somebody else's.
        ours = [stall["ms"] for stall in worst if stall["ours"] is not False]
        late = sorted(self._late_s)
        return {
            "ours_max_ms": max(ours, default=0.0),
            "all_max_ms": max((stall["ms"] for stall in worst), default=0.0),
            "late_p50_ms": _percentile_ms(late, 50),
            "late_p99_ms": _percentile_ms(late, 99),
            "late_max_ms": _percentile_ms(late, 100),
            "garbage_max_ms": self._longest_collection_ns / 1e6,
            "garbage_ms": self._collected_ns / 1e6,
            "stalls": worst[:_TOLD],
        }

    def _timed(self, run: Any) -> Any:
        def timed(handle: events.Handle) -> None:
            collected_ns, cpu_ns = self._collected_ns, time.thread_time_ns()
            self._where = None
            self._began_ns = began_ns = time.monotonic_ns()
            run(handle)
            took_ns = time.monotonic_ns() - began_ns - (self._collected_ns - collected_ns)
            self._began_ns = 0
            if took_ns > _TOLD_NS:
                cpu_ms = (time.thread_time_ns() - cpu_ns) / 1e6
                where = self._where
                ours = None if where is None else _OURS in where
                self._stalls.append({"ms": took_ns / 1e6, "cpu_ms": cpu_ms, "ours": ours, "where": where})

        return timed

    def _beat(self, due_s: float | None, collected_ns: int) -> None:
        now_s = self._loop.time()
        if due_s is not None:
            self._late_s.append(max(0.0, now_s - due_s - (self._collected_ns - collected_ns) / 1e9))
        self._timer = self._loop.call_at(now_s + _EVERY_S, self._beat, now_s + _EVERY_S, self._collected_ns)

    def _collect(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._collecting_ns = time.monotonic_ns()
            return
        took_ns = time.monotonic_ns() - self._collecting_ns
        self._collected_ns += took_ns
        self._longest_collection_ns = max(self._longest_collection_ns, took_ns)

    def _look(self, thread: int) -> None:
        while self._watching:
            began_ns = self._began_ns
            if began_ns and self._where is None and time.monotonic_ns() - began_ns > _LOOK_AFTER_NS:
                frame = sys._current_frames().get(thread)
                if self._began_ns == began_ns:
                    self._where = place_of(frame)
            time.sleep(_LOOK_EVERY_S)


def place_of(frame: FrameType | None) -> str:
    """The innermost frame of the integration on a stack, else the innermost of all."""
    innermost = frame
    while frame is not None and _OURS not in frame.f_code.co_filename:
        frame = frame.f_back
    shown = frame or innermost
    return f"{shown.f_code.co_filename}:{shown.f_lineno} {shown.f_code.co_qualname}" if shown else ""


def _percentile_ms(ordered_s: list[float], percent: float) -> float:
    """The smallest value that so many of all are not above (nearest rank); 0 where there is none."""
    return 1000 * ordered_s[max(0, math.ceil(len(ordered_s) * percent / 100) - 1)] if ordered_s else 0.0
