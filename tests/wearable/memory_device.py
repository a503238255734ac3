"""The wearable's logic on a board of memory, as a process, on both interpreters.

    PYTHON memory_device.py OPTIONS-AS-JSON

Options: key (hex or absent), urls, jpeg_bytes, port (for pairing), and silent_ms, first_ms, longest_ms, safety_ms, pairing_s,
new_digits_ms to shorten what would take long. Commands come as lines on standard input; what happens goes out as JSON lines.
"""

# ruff: noqa: FURB181 -- MicroPython's hashes have no hexdigest
import asyncio
import gc
import hashlib
import json
import os
import sys

try:
    from firmware_bridge.wearable import capture, dialer, link, pairing_mode, pairing_server
    from firmware_bridge.wearable.wearable import Wearable
except ImportError:  # MicroPython: the package stands alone
    from wearable import capture, dialer, link, pairing_mode, pairing_server
    from wearable.wearable import Wearable
from memory_board import MemoryBoard


def report(event: str, **details: object) -> None:
    details["event"] = event
    line = (json.dumps(details) + "\n").encode()
    if hasattr(sys.stdout, "buffer"):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    else:
        sys.stdout.write(line.decode())


async def input_lines() -> object:
    """A reader of standard input on either interpreter."""
    if hasattr(asyncio, "StreamReaderProtocol"):
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        return reader
    return asyncio.StreamReader(sys.stdin)


def obey(board: MemoryBoard, wearable: Wearable, words: list) -> None:
    if words[0] in ("down", "up"):
        board.button.push(words[0] == "down")
    elif words[0] == "pair":
        wearable.pair()
    elif words[0] == "fail":
        getattr(board, words[1]).fails = words[2] == "yes"
    elif words[0] == "tell":
        gc.collect()
        report(
            "told",
            state=wearable.state,
            led=board.led.on,
            camera=board.camera.running,
            microphone=board.microphone.running,
            released=all(frame.released for frame in board.camera.frames),
            wishes=board.camera.wishes[-1:],
            volume=getattr(board.speaker, "volume", None),
            cue_bytes=board.speaker.cue_bytes,
            key=board.store.key.hex() if board.store.key else None,
            urls=list(board.store.urls),
            heap_bytes=gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0,
            answers={
                str(turn): [len(pcm), hashlib.sha256(pcm).digest().hex()] for turn, pcm in board.speaker.answers.items()
            },
        )


async def main() -> None:
    options = json.loads(sys.argv[1])
    link._SILENT_MS = options.get("silent_ms", link._SILENT_MS)
    dialer.FIRST_MS = options.get("first_ms", dialer.FIRST_MS)
    dialer.LONGEST_MS = options.get("longest_ms", dialer.LONGEST_MS)
    pairing_mode.LIMIT_S = options.get("pairing_s", pairing_mode.LIMIT_S)
    pairing_server.NEW_DIGITS_MS = options.get("new_digits_ms", pairing_server.NEW_DIGITS_MS)
    capture.SAFETY_STOP_MS = options.get("safety_ms", capture.SAFETY_STOP_MS)
    key = bytes.fromhex(options["key"]) if options.get("key") else None
    jpeg = os.urandom(1024) * (options.get("jpeg_bytes", 20000) // 1024) + b"\xff\xd9"
    board = MemoryBoard(key, tuple(options.get("urls", ())), jpeg, options.get("port", 0))
    report("picture", sha=hashlib.sha256(board.camera.jpeg).digest().hex(), bytes=len(board.camera.jpeg))
    wearable = Wearable(board, report)
    running = asyncio.create_task(wearable.run(pair_at_once=True))
    reader = await input_lines()
    while True:
        line = await reader.readline()
        if not line or line.strip() == b"quit":
            running.cancel()
            return
        obey(board, wearable, line.decode().split())


asyncio.run(main())
