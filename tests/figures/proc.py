"""What a process has used so far, from proc(5)."""

from dataclasses import dataclass
import os
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Used:
    """Of a process, since it began."""

    cpu_s: float
    """On a processor, of all threads that still live; exact to the nanosecond (schedstat), where `stat` counts in 10 ms."""
    ticks_s: float
    """The same as `stat` has it, with threads that have ended."""
    written_bytes: int
    """Handed to the disk, or to be handed."""


def used_by(pid: int) -> Used:
    """What it has used until now."""
    process = Path(f"/proc/{pid}")
    nanoseconds = sum(
        int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in (process / "task").iterdir()
    )
    # The name, in brackets, may hold anything: what comes after it is counted from there (fields 14 and 15 are the times).
    after_name = (process / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
    ticks = int(after_name[11]) + int(after_name[12])
    written = dict(line.split(": ") for line in (process / "io").read_text(encoding="ascii").splitlines())
    return Used(nanoseconds / 1e9, ticks / os.sysconf("SC_CLK_TCK"), int(written["write_bytes"]))


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file in a folder, with its time of change (ns) and its size: what is written changes one of them."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            state = path.stat()
            found[path.relative_to(folder).as_posix()] = (state.st_mtime_ns, state.st_size)
    return found
