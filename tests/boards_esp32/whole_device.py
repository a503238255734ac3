"""The whole wearable as `main.py` starts it, on MicroPython, with a chip and an air that are played.

    OPTIONS=JSON micropython whole_device.py

Options: root (a folder with config.json and phrases), address (ours), air (as in fakes/network.py), networks ([name, password]
pairs that are known), name_server ([host, port]), fault (the program has one), home ([key, URL] it is paired with),
date (false: the clock is at 1970), setup_s (for how long Wi-Fi can be set up), held (the button is down at power on). What would take long is shortened. Commands come as lines on standard input; what happens goes out
as JSON lines.
"""

import asyncio
import gc
import json
import os
import sys

# isort: off
import check_runner  # noqa: F401 -- it puts a played `_thread` in place
# isort: on

from boards.esp32 import board as board_module, clock, journal, setup_mode, start
from boards.esp32.store import NvsStore
import camera
import machine
import network

BUTTON = 2  # the XIAO's
kept = {"digits": None, "board": None}
real_report, real_live = journal.Journal.report, start.live


def report(self, event, **details):
    """Digits are said aloud and not printed; the test has no ears."""
    if event == "pairing_digits":
        kept["digits"] = details["digits"]
    real_report(self, event, **details)


def obey(words):
    """One command."""
    if words[0] in ("down", "up"):
        machine.world.push(BUTTON, 0 if words[0] == "down" else 1)
    elif words[0] == "air":
        network.world.air = json.loads(" ".join(words[1:]))
    elif words[0] == "interrupt":
        raise KeyboardInterrupt
    elif words[0] == "record":
        machine.world.hash_heard(int(words[1]))
    elif words[0] == "tell":
        gc.collect()
        board, world = kept["board"], machine.world
        told = {
            "event": "told",
            "digits": kept["digits"],
            "heap_bytes": gc.mem_alloc(),
            "heard_bytes": world.heard_bytes,
            "heard_sha": world.hashed.digest().hex() if world.hashed and not world.hash_left else None,
            "camera": camera.world.running is not None,
            "led": world.outputs.get(21) == 0,
            "amplifier": world.outputs.get(44),
            "ports": world.ports,
            "frequency_hz": world.frequency_hz,
            "fed": world.watchdog.feeds if world.watchdog else 0,
            "point": network.world.point,
            "key": board.store.key.hex() if board.store.key else None,
            "networks": board.store.networks(),
        }
        print(json.dumps(told))  # noqa: T201 -- what the test reads


async def commands():
    lines = asyncio.StreamReader(sys.stdin)
    while True:
        line = await lines.readline()
        if not line:
            return
        obey(line.decode().split())


async def live(board, book):
    kept["board"] = board
    if kept["fault"]:
        raise ValueError("a fault on purpose")
    listening = asyncio.create_task(commands())
    try:
        await real_live(board, book)
    finally:
        listening.cancel()


def main():
    options = json.loads(os.getenv("OPTIONS"))
    network.world.air = options["air"]
    network.world.address = options["address"]
    camera.world.jpeg_bytes = options.get("jpeg_bytes", 200000)
    camera.world.buffer()
    machine.world.keep_heard = False
    for ssid, key in options["networks"]:
        NvsStore().add_network(ssid, key)
    if options.get("home"):
        NvsStore().save(bytes.fromhex(options["home"][0]), [options["home"][1]])
    if not options.get("date", True):
        clock.is_set = lambda: False
    if options.get("held"):
        machine.world.levels[BUTTON] = 0
    journal.Journal.report = report
    start.live = live
    start.machine.reset = lambda: print(json.dumps({"event": "reset"}))  # noqa: T201 -- what the test reads
    if options.get("name_server"):
        board_module.name_server_of = lambda wlan: tuple(options["name_server"])
    setup_mode._PORT, setup_mode.LIMIT_S = 18590, options.get("setup_s", setup_mode.LIMIT_S)
    journal._FIRST_PAUSE_S = 0.1
    start._HELD_AT_START_MS, start._HELD_WITHOUT_NETWORK_MS, start._ERRORS_SAID = 300, 600, 1
    kept["fault"] = options.get("fault")
    start.run(options["root"])
    over = {"event": "over", "heard_bytes": machine.world.heard_bytes, "networks": NvsStore().networks()}
    print(json.dumps(over))  # noqa: T201 -- what the test reads


main()
