"""Runs programs that come as lines of hex on standard input, on MicroPython, with a folder of the test as its root.

    micropython repl_device.py FOLDER

For each a JSON line: out (hex), error; or reset. What is in NVS lies in the file `/nvs` between the restarts.
"""

# ruff: noqa: PTH123 -- MicroPython has no pathlib

import io
import json
import os
import sys

import check_runner  # noqa: F401 -- it puts a played `_thread` in place
import esp32
import machine
import vfs

_stdin, _stdout = sys.stdin, sys.stdout
vfs.umount("/")
vfs.mount(vfs.VfsPosix(sys.argv[1]), "/")
os.chdir("/")
sys.path.insert(0, "/")


def load():
    try:
        with open("/nvs") as file:
            for namespace, key, blob in json.loads(file.read()):
                esp32.world.blobs[namespace, key] = bytes.fromhex(blob)
    except OSError:
        return


def keep():
    if esp32.world.blobs:
        with open("/nvs", "w") as file:
            file.write(json.dumps([[key[0], key[1], blob.hex()] for key, blob in esp32.world.blobs.items()]))


class Out:
    """In the place of `sys.stdout`, for `print` and for what writes bytes."""

    def __init__(self):
        self.data = bytearray()
        self.buffer = self

    def write(self, data):
        self.data += data.encode() if isinstance(data, str) else data
        return len(data)


def run(program, names):
    out = Out()
    names["print"] = lambda *values, sep=" ", end="\n": (
        out.write(sep.join(str(value) for value in values) + end) and None
    )
    names["__out"] = out
    error = ""
    try:
        exec(program, names)  # noqa: S102 -- that is what a REPL is for
    except machine.ResetError:
        return {"reset": True}
    except BaseException as failure:  # noqa: BLE001 -- a REPL tells of every failure
        text = io.StringIO()
        sys.print_exception(failure, text)
        error = text.getvalue()
    return {"out": bytes(out.data).hex(), "error": error}


def main():
    load()
    names = {"__name__": "__main__"}
    while True:
        line = _stdin.readline()
        if not line:
            return
        told = run(bytes.fromhex(line.strip()).decode(), names)
        keep()
        _stdout.write(json.dumps(told) + "\n")


main()
