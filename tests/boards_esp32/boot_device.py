"""Starts what scripts/flash has copied, as the chip does at power on, on MicroPython: `OPTIONS=JSON micropython boot_device.py`.

Options: root (the folder that becomes the board's), air (as in fakes/network.py). Waiting in `main.py` takes no time.
"""

# isort: off
import check_runner  # noqa: F401 -- it puts a played `_thread` in place
# isort: on

import json
import os
import sys
import time

import esp32
import machine
import network
import vfs

options = json.loads(os.getenv("OPTIONS"))
network.world.air = options["air"]
machine.world.keep_heard = False
vfs.umount("/")
vfs.mount(vfs.VfsPosix(options["root"]), "/")
os.chdir("/")
sys.path[:] = [path for path in sys.path if "firmware_bridge" not in path]
sys.path.insert(0, "/")
with open("/nvs") as file:  # noqa: PTH123 -- MicroPython has no pathlib
    for namespace, key, blob in json.loads(file.read()):
        esp32.world.blobs[namespace, key] = bytes.fromhex(blob)
waited = []


class Time:
    """`time`, but nobody waits."""

    def __getattr__(self, name):
        return waited.append if name == "sleep" else getattr(time, name)


sys.modules["time"] = Time()
with open("/main.py") as file:  # noqa: PTH123 -- MicroPython has no pathlib
    program = file.read().replace("_TIMES = 20", "_TIMES = 3")  # each is a cue of nearly a second
before = program.split("from boards.esp32 import start")[0]
names = {}
exec(before, names)  # noqa: S102 -- as the chip does
sys.modules["time"] = time
told = {
    "event": "waited",
    "times": len(waited),
    "heard_bytes": machine.world.heard_bytes,
    "files": os.listdir("/"),  # noqa: PTH208 -- MicroPython has no pathlib
}
print(json.dumps(told))  # noqa: T201 -- what the test reads
exec(program, {})  # noqa: S102 -- as the chip does
