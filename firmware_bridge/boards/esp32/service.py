"""The cue for "a computer is writing files, or was": played without the rest of the board."""

import asyncio

from .clock import BoardClock
from .config import read_config
from .say import Announcer
from .speaker import BoardSpeaker


def say() -> None:
    """Plays `error` once."""
    try:
        with open("/config.json") as file:
            config = read_config(file.read())
    except OSError:
        config = read_config("")
    speaker = BoardSpeaker(config.table.amplifier, BoardClock(), config.speaker_hz)
    asyncio.run(Announcer(speaker, None).cue("error"))
    speaker.close()
