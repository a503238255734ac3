"""Echo cancellation of the sound server (PulseAudio, or PipeWire speaking its protocol): found, never assumed.

A server that cancels echo has a source, from which the echo is taken out, and a sink, from which it knows what the echo
is. Only sound that goes through both is free of it, so both must be there.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import re

# What the modules of both servers call them unless told otherwise: `<card>.echo-cancel`, `echo-cancel-source`,
# "Echo Cancellation Source".
_NAMED = re.compile(r"echo[-_. ]?cancel", re.IGNORECASE)
_MADE_BY = "module-echo-cancel.c"
_ANSWER_S = 3
_LATENCY_MS = "40"  # without it ALSA's way to the server runs dry all the time at the latency that `cards` asks for
DEVICE = "pulse"  # ALSA's way to the server (Debian package libasound2-plugins); PortAudio lists it under this name


@dataclass(frozen=True, slots=True)
class EchoPair:
    """The names of a source and of the sink that belongs to it."""

    source: str
    sink: str

    def environment(self) -> dict[str, str]:
        """What makes the server's library use them (pulseaudio(1)), with so short a delay that a flush is heard soon."""
        return {"PULSE_SOURCE": self.source, "PULSE_SINK": self.sink, "PULSE_LATENCY_MSEC": _LATENCY_MS}


def find_pair(sources: str, sinks: str, asked: EchoPair | None = None) -> EchoPair | None:
    """The pair in the output of `pactl list short sources` and `... sinks`; `asked` for by name, or the first. Pure."""
    if asked is not None:
        there = asked.source in _names(sources) and asked.sink in _names(sinks)
        return asked if there else None
    source, sink = _first(sources), _first(sinks)
    return None if source is None or sink is None else EchoPair(source, sink)


async def look(environment: Mapping[str, str], asked: EchoPair | None = None) -> EchoPair | None:
    """Asks the server; None if there is no server, no `pactl`, or no echo cancellation."""
    sources, sinks = await _listed("sources", environment), await _listed("sinks", environment)
    return find_pair(sources, sinks, asked)


def _names(listing: str) -> list[str]:
    return [columns[1] for line in listing.splitlines() if len(columns := line.split("\t")) >= 3]


def _first(listing: str) -> str | None:
    for line in listing.splitlines():
        columns = line.split("\t")
        if len(columns) < 3 or columns[1].endswith(".monitor"):
            continue
        if columns[2] == _MADE_BY or _NAMED.search(columns[1]):
            return columns[1]
    return None


async def _listed(what: str, environment: Mapping[str, str]) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            "pactl",
            "list",
            "short",
            what,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**environment, "LC_ALL": "C"},
        )
    except OSError:
        return ""
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _ANSWER_S)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return output.decode(errors="replace") if process.returncode == 0 else ""
