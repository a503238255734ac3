"""The wearable's logic on a board of memory, as a process, on both interpreters.

    PYTHON memory_device.py OPTIONS-AS-JSON        or @FILE with them: MicroPython takes arguments of 255 bytes at most

Options: key (hex or absent), urls, port (for pairing), jpeg_bytes (a picture in the heap) or picture (a file that stays
outside it), with (a list of "privacy", "network", "phrases"), without (a list of parts), state (what the board knows), and
silent_ms, first_ms, longest_ms, safety_ms, pairing_s, new_digits_ms, deaf_ms, blind_ms, state_ms to shorten what would take
long, and speed, at which time passes on this board. Commands come as lines on standard input; what happens goes out as JSON lines.
"""

# ruff: noqa: E402, PLW0603 -- what each import adds to the heap is measured
import asyncio
import gc
import hashlib
import json
import os
import sys


def allocated() -> int:
    """The bytes of MicroPython's heap that are in use; 0 on CPython."""
    gc.collect()
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0


# What of the heap is the logic's: all but what was there before it, and the board of memory with its program. MicroPython
# loads the parts of asyncio when they are first asked for.
for _part in ("open_connection", "wait_for", "Event", "start_server", "StreamReader"):
    getattr(asyncio, _part)
BEFORE_LOGIC = allocated()
try:
    from firmware_bridge.wearable import capture, conversation, dialer, drivers, link, status, transport
    from firmware_bridge.wearable.wearable import Wearable
except ImportError:  # MicroPython: the package stands alone
    from wearable import capture, conversation, dialer, drivers, link, status, transport  # noqa: F401
    from wearable.wearable import Wearable
BEFORE_BOARD = allocated()
from memory_board import MemoryBoard, Network, Phrases, Switch

not_logic_bytes = BEFORE_LOGIC + allocated() - BEFORE_BOARD


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


def digest_of(heard: list) -> str:
    """MicroPython's hashes give their digest only once."""
    if not isinstance(heard[1], str):
        heard[1] = heard[1].digest().hex()
    return heard[1]


def obey(board: MemoryBoard, wearable: Wearable, words: list) -> None:
    if words[0] in ("down", "up"):
        board.button.push(words[0] == "down")
    elif words[0] == "pair":
        wearable.pair()
    elif words[0] == "fail":
        part = getattr(board, words[1])
        part.fails = {"no": False, "yes": "known"}.get(words[2], words[2])
        if words[1] == "button":
            part.wake()
    elif words[0] == "lose":
        board.camera.lost = words[1] == "yes"
    elif words[0] == "switch":
        board.privacy.put(words[1] == "on")
    elif words[0] == "network":
        board.network.change(words[1] if len(words) > 1 else None)
    elif words[0] == "state":
        board.known = json.loads(" ".join(words[1:]))
    elif words[0] == "skip":
        board.clock.forward_ms += int(words[1])
    elif words[0] == "tell":
        heap_bytes = allocated()
        report(
            "told",
            state=wearable.state,
            led=board.led.on,
            camera=board.camera and board.camera.running,
            microphone=board.microphone and board.microphone.running,
            released=not board.camera
            or (all(frame.released for frame in board.camera.frames) and not board.camera.held),
            starts=[part and part.starts for part in (board.camera, board.microphone)],
            language=board.phrases and board.phrases.language,
            rests=board.rests,
            alives=board.alives,
            wishes=board.camera and board.camera.wishes[-1:],
            volume=getattr(board.speaker, "volume", None),
            cue_bytes=board.speaker and board.speaker.cue_bytes,
            key=board.store.key.hex() if board.store.key else None,
            urls=list(board.store.urls),
            chunks=board.microphone and board.microphone.chunks,
            heap_bytes=heap_bytes,
            logic_bytes=heap_bytes - not_logic_bytes,
            answers={str(turn): [heard[0], digest_of(heard)] for turn, heard in board.kept.items()},
        )


def read_options(argument: str) -> dict:
    if argument[0] != "@":
        return json.loads(argument)
    with open(argument[1:]) as file:  # noqa: PTH123 -- MicroPython has no pathlib
        return json.load(file)


def shorten_pairing(options: dict) -> None:
    # Only here: a wearable that does not pair goes without this code, and its heap is measured.
    if sys.implementation.name == "micropython":
        from wearable import pairing_mode, pairing_server
    else:
        from firmware_bridge.wearable import pairing_mode, pairing_server
    pairing_mode.LIMIT_S = options.get("pairing_s", pairing_mode.LIMIT_S)
    pairing_server.NEW_DIGITS_MS = options.get("new_digits_ms", pairing_server.NEW_DIGITS_MS)


def prepare_picture(camera: object, options: dict) -> None:
    digest = hashlib.sha256()
    if "picture" in options:
        camera.use_file(options["picture"])
        camera.file.seek(0)
        while more := camera.file.read(1024):
            digest.update(more)
    else:
        camera.jpeg = os.urandom(1024) * (options.get("jpeg_bytes", 20000) // 1024) + b"\xff\xd9"
        digest.update(camera.jpeg)
    report("picture", sha=digest.digest().hex(), bytes=camera.file_bytes or len(camera.jpeg))


async def main() -> None:
    options = read_options(sys.argv[1])
    link._SILENT_MS = options.get("silent_ms", link._SILENT_MS)
    dialer.FIRST_MS = options.get("first_ms", dialer.FIRST_MS)
    dialer.LONGEST_MS = options.get("longest_ms", dialer.LONGEST_MS)
    capture.SAFETY_STOP_MS = options.get("safety_ms", capture.SAFETY_STOP_MS)
    capture._DEAF_MS = options.get("deaf_ms", capture._DEAF_MS)
    capture._BLIND_MS = options.get("blind_ms", capture._BLIND_MS)
    conversation.POLL_MS = status._BUSY_MS = options.get("state_ms", status._BUSY_MS)
    status._IDLE_MS = status._BUSY_MS * 6
    key = bytes.fromhex(options["key"]) if options.get("key") else None
    global not_logic_bytes
    before = allocated()
    board = MemoryBoard(key, tuple(options.get("urls", ())), b"", options.get("port", 0))
    not_logic_bytes += allocated() - before
    board.clock.speed = board.microphone.speed = options.get("speed", 1)
    board.known = options.get("state", {})
    for name in options.get("with", ()):
        setattr(board, name, {"privacy": Switch, "network": Network, "phrases": Phrases}[name]())
    prepare_picture(board.camera, options)
    board.speaker.keep = False
    board.kept = board.speaker.answers
    for name in options.get("without", ()):
        setattr(board, name, None)
    wearable = Wearable(board, report)
    if "pairing_s" in options or "new_digits_ms" in options:
        shorten_pairing(options)  # not earlier: its code would lie where the wearable's buffers go
    running = asyncio.create_task(wearable.run(pair_at_once=True))
    reader = await input_lines()
    while True:
        line = await reader.readline()
        if not line or line.strip() == b"quit":
            running.cancel()
            return
        obey(board, wearable, line.decode().split())


asyncio.run(main())
