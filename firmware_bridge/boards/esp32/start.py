"""The life of a board, from power on. `main.py` calls `run`, which never returns to a silent prompt.

| what happens | what the person hears | then |
| --- | --- | --- |
| no known network, or the button held for 2 s at power on, or for 4.5 s without a network | `setup_wifi` and digits | restart; without anybody there, as before |
| a fault in this program | `error`, three times | restart, later each time |
| Ctrl-C from a computer | `error` | the prompt |
"""

import asyncio
import os
import sys

import machine
from wearable.tasks import first_of
from wearable.wearable import Wearable

from . import setup_mode
from .board import Esp32Board
from .config import read_config
from .failing import text_of
from .journal import Journal
from .power import reset_cause
from .say import Announcer
from .scanning import scan
from .wifi import JOINED

_HELD_AT_START_MS = 2000
# A wearable without a link begins pairing at 5 s; without a network that would lead nowhere.
_HELD_WITHOUT_NETWORK_MS = 4500
_LOOK_S = 0.1
_JOIN_FIRST_S = 20
_ERRORS_SAID = 3


async def live(board: Esp32Board, journal: Journal) -> None:
    """Until a network was added, or a part of the program ended, which it should not: then the chip starts again."""
    announcer = Announcer(board.speaker, board.phrases)
    wanted = asyncio.Event()
    if not board.store.networks() or await _held(board, _HELD_AT_START_MS):
        wanted.set()
    while True:
        if wanted.is_set() and await _set_up(board, announcer, journal):
            return
        # Nobody came to set it up, or nobody wanted to: a long press asks for it again.
        wanted.clear()
        wearable = Wearable(board, journal.report)
        await first_of(_wear(board, wearable), _watch_button(board, wanted), *board.runs())
        if not wanted.is_set():
            return


async def _wear(board: Esp32Board, wearable: Wearable) -> None:
    """The wearable's logic; a new one pairs at once, if there is a network to be found in."""
    if board.store.key is None:
        for _ in range(int(_JOIN_FIRST_S / _LOOK_S)):
            if board.wifi.state == JOINED or board.wifi.trouble() is not None:
                break
            board.alive()
            await asyncio.sleep(_LOOK_S)
    await wearable.run(pair_at_once=board.wifi.state == JOINED)


async def _watch_button(board: Esp32Board, wanted: asyncio.Event) -> None:
    """Returns when the button is held for long while there is no network."""
    while True:
        held_ms = board.button.held_ms()
        if held_ms >= _HELD_WITHOUT_NETWORK_MS and board.wifi.state != JOINED:
            wanted.set()
            return
        await asyncio.sleep(_LOOK_S)


async def _held(board: Esp32Board, limit_ms: int) -> bool:
    while board.button.down:
        if board.button.held_ms() >= limit_ms:
            return True
        await asyncio.sleep(_LOOK_S)
    return False


async def _set_up(board: Esp32Board, announcer: Announcer, journal: Journal) -> bool:
    """Returns whether a network was added."""
    journal.report("setup")
    board.rest(False)
    wlan = board.wifi.wlan
    wlan.active(True)
    names = []
    for entry in sorted(await scan(wlan), key=lambda entry: -entry[3]):
        name = text_of(entry[0])
        if name and name not in names:
            names.append(name)
    wlan.active(False)
    saved = await setup_mode.run(
        board.store, names, announcer, os.urandom, board.alive, lambda: journal.report("access_point")
    )
    journal.report("setup_over", saved=saved)
    return saved


def run(root: str = "/") -> None:
    """Everything; ends with a restart of the chip, or, after Ctrl-C, with a cue."""
    journal = Journal(root + "journal.txt")
    journal.started(reset_cause())
    board = None
    try:
        board = Esp32Board(read_config(_read(root + "config.json")), journal.report, root)
        asyncio.run(live(board, journal))
    except KeyboardInterrupt:
        _say_error(board, 1)
        return
    except Exception as error:  # noqa: BLE001 -- the last wall: whatever it is, the person hears it and it starts again
        journal.failed(error)
        sys.print_exception(error)
        _say_error(board, _ERRORS_SAID)
        journal.pause()
    machine.reset()


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def _say_error(board: Esp32Board | None, times: int) -> None:
    """With a loop of its own: the other one is over."""
    asyncio.new_event_loop()
    if board is None:
        return

    async def say() -> None:
        announcer = Announcer(board.speaker, None)
        for _ in range(times):
            await announcer.cue("error")
            await asyncio.sleep(0.5)

    asyncio.run(say())
