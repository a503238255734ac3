"""What Linux tells of processes and of the machine (proc(5))."""

from collections.abc import Mapping
from dataclasses import dataclass
import os
from pathlib import Path
from typing import Final

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
CORES: Final = os.cpu_count() or 1


def cpu_s(pid: int) -> float:
    """How long a process has computed so far."""
    return _cpu_s(Path(f"/proc/{pid}/stat").read_text(encoding="ascii"))


def _cpu_s(stat: str) -> float:
    """Utime and stime: the 14th and 15th field, counted after the name, which may hold anything."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def loop_cpu_s(pid: int) -> float:
    """The same of its first thread alone, which is where an event loop runs."""
    return _cpu_s(Path(f"/proc/{pid}/task/{pid}/stat").read_text(encoding="ascii"))


def resident_mb(pid: int) -> float:
    """What a process has in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * _PAGE_BYTES / 1e6


def busy_s() -> float:
    """How long all cores have computed for anybody, what the hypervisor gave to others included."""
    user, nice, system, _idle, _waiting, irq, softirq, stolen = Path("/proc/stat").read_text("ascii").split()[1:9]
    return sum(map(int, (user, nice, system, irq, softirq, stolen))) / _TICKS_PER_S


@dataclass(frozen=True, slots=True)
class Load:
    """Who computed in a stretch of time, each as a part of all cores."""

    ours: Mapping[str, float]
    others: float


class Watch:
    """Follows some processes, by name."""

    def __init__(self, pids: Mapping[str, int], now_s: float) -> None:
        self._pids = dict(pids)
        self._began_s = now_s
        self._busy_s = busy_s()
        self._cpu_s = {name: cpu_s(pid) for name, pid in self._pids.items()}

    def load(self, now_s: float) -> Load:
        """What has been computed since it began."""
        available_s = max(1e-9, (now_s - self._began_s) * CORES)
        ours_s = {name: cpu_s(pid) - self._cpu_s[name] for name, pid in self._pids.items()}
        others_s = max(0.0, busy_s() - self._busy_s - sum(ours_s.values()))
        return Load({name: spent_s / available_s for name, spent_s in ours_s.items()}, others_s / available_s)
