"""What is thrown at the door and has to be borne: odd, but within the protocol. The home reads it and goes on.

Pure: a `random.Random` in, messages out.
"""

from collections.abc import Callable
from dataclasses import dataclass
import itertools
import json
from pathlib import Path
from random import Random
import struct
from typing import Any

from .wire import BINARY, CONTINUATION, PING, PONG, TEXT, frame

_VECTORS = Path(__file__).parent.parent.parent / "firmware_bridge" / "vectors"
_U32 = 0xFFFFFFFF

TEXTS: tuple[dict[str, Any], ...] = (
    {"type": "button", "event": "release", "press": 3, "time_ms": 81234},
    {"type": "button", "event": "double", "press": 3, "time_ms": 81234},
    {"type": "button", "event": "hold", "press": 3, "time_ms": 81234},
    {"type": "button", "event": "long", "press": 3, "time_ms": 81234},
    {"type": "played", "turn": 7, "position_ms": 1240, "done": False},
    {"type": "played", "turn": 7, "position_ms": 1240, "done": True},
    {"type": "state", "battery_percent": 80, "charging": False, "rssi_dbm": -60, "free_bytes": 90000, "privacy": False},
    {"type": "refused", "what": "camera", "reason": "busy", "code": "failed"},
    {"type": "bye", "reason": "left"},
)
PRESS: dict[str, Any] = {"type": "button", "event": "press", "press": 4, "time_ms": 81300}


def vectors() -> tuple[bytes, ...]:
    """Every whole message that the vectors of the protocol hold, as it goes over the wire."""
    found = []
    for path in sorted(_VECTORS.glob("*.json")):
        pending: list[Any] = [json.loads(path.read_text(encoding="utf-8"))]
        while pending:
            value = pending.pop()
            if isinstance(value, dict):
                if isinstance(value.get("message"), str):
                    found.append(_bytes(value["message"]))
                elif "type" in value:
                    found.append(json.dumps(value).encode())
                pending += value.values()
            elif isinstance(value, list):
                pending += value
    return tuple(found)


def _bytes(message: str) -> bytes:
    """A message as hex, or as its text."""
    try:
        return bytes.fromhex(message)
    except ValueError:
        return message.encode(errors="surrogatepass")


@dataclass(frozen=True, slots=True)
class Thrown:
    """Frames to send, how many messages they are (control frames are messages here), and of what kind."""

    kind: str
    frames: bytes
    messages: int = 1


type Maker = Callable[[Random], Thrown]

# --- values -----------------------------------------------------------------------------------------------------------


def any_word(chance: Random, most: int = 20) -> str:
    alphabet = (
        "abcXYZ019 _",
        '\u0000\u0007\u001b[31m\n\r\t\\"',
        "äßéñ中文שלום🥖👓\u202e\u200f\ufeff\uffff",
        "%s%n{}$`;'<>&",
    )
    return "".join(chance.choice(chance.choice(alphabet)) for _ in range(chance.randrange(most)))


def any_value(chance: Random, depth: int = 3) -> Any:
    """Any JSON value, some of them numbers that few expect."""
    pick = chance.randrange(9 if depth else 7)
    if pick == 0:
        return chance.choice([None, True, False])
    if pick == 1:
        return chance.choice(
            [0, -1, 1, 255, 65536, _U32, _U32 + 1, 2**53, 2**63, -(2**63), 2**64, 10**300, -(10**1000)]
        )
    if pick == 2:
        return chance.choice([0.0, -0.0, 1e308, 5e-324, float("inf"), float("-inf"), float("nan"), chance.random()])
    if pick <= 6:
        return any_word(chance)
    if pick == 7:
        return [any_value(chance, depth - 1) for _ in range(chance.randrange(5))]
    return {any_word(chance, 8): any_value(chance, depth - 1) for _ in range(chance.randrange(5))}


def json_text(value: Any, chance: Random) -> bytes:
    return json.dumps(value, ensure_ascii=chance.random() < 0.5).encode(errors="surrogatepass")


def stream_head(stream: int, chance: Random) -> bytes:
    return struct.pack(">BBHI", stream, chance.randrange(256), chance.randrange(65536), chance.randrange(2**32))


# --- kept: odd but allowed --------------------------------------------------------------------------------------------


def _kept_known(chance: Random) -> Thrown:
    """A message as it is, with other numbers in their limits and with keys that nobody knows."""
    message = dict(chance.choice(TEXTS))
    for name, value in message.items():
        if isinstance(value, int) and not isinstance(value, bool) and chance.random() < 0.7:
            low, high = {"battery_percent": (0, 100), "rssi_dbm": (-200, 20)}.get(name, (0, _U32))
            message[name] = chance.choice([low, high, chance.randint(low, high)])
    for _ in range(chance.randrange(4)):
        message.setdefault("x" + any_word(chance), any_value(chance))
    return Thrown("text: known", frame(TEXT, json_text(message, chance)))


def _kept_unknown(chance: Random) -> Thrown:
    message = {any_word(chance): any_value(chance) for _ in range(chance.randrange(5))} | {
        "type": "x" + any_word(chance, 60)
    }
    return Thrown("text: of a type nobody knows", frame(TEXT, json_text(message, chance)[:16384]))


def _kept_deep(chance: Random) -> Thrown:
    depth = chance.randrange(1, 400)
    opened, closed = chance.choice([("[", "]"), ('{"a":', "}")])
    message = '{"type":"x","deep":' + opened * depth + "1" + closed * depth + "}"
    return Thrown("text: nested", frame(TEXT, message.encode()))


def _kept_pieces(chance: Random) -> Thrown:
    """A message in pieces, with pings between them."""
    whole = json_text(dict(chance.choice(TEXTS)), chance)
    cuts = sorted(chance.randrange(len(whole) + 1) for _ in range(chance.randrange(1, 5)))
    edges = [0, *cuts, len(whole)]
    frames, messages = b"", 1
    for at, (start, end) in enumerate(itertools.pairwise(edges)):
        frames += frame(TEXT if at == 0 else CONTINUATION, whole[start:end], final=at == len(edges) - 2)
        if chance.random() < 0.05 and at < len(edges) - 2:
            frames, messages = frames + frame(PING, b"between"), messages + 1
    return Thrown("text: in pieces", frames, messages)


def _kept_sound(chance: Random) -> Thrown:
    return Thrown(
        "binary: sound", frame(BINARY, stream_head(1, chance) + chance.randbytes(2 * chance.randrange(1, 64)))
    )


def _kept_picture(chance: Random) -> Thrown:
    """Parts that may or may not belong together."""
    part = chance.randbytes(chance.randrange(1, 100))
    total = chance.choice([len(part), len(part) + 1, 2 * 1024 * 1024, chance.randrange(len(part), 2 * 1024 * 1024)])
    offset = chance.choice([0, 0, total - len(part), chance.randrange(total - len(part) + 1)])
    head = struct.pack(">BBHI", 2, 0, chance.randrange(3), chance.randrange(2**32))
    return Thrown("binary: picture", frame(BINARY, head + struct.pack(">II", offset, total) + part))


def _kept_stream(chance: Random) -> Thrown:
    stream = chance.choice([0, 3, 4, 127, 128, 255])
    return Thrown(
        "binary: of a stream nobody knows",
        frame(BINARY, stream_head(stream, chance) + chance.randbytes(chance.randrange(60))),
    )


def _kept_control(chance: Random) -> Thrown:
    return Thrown("control", frame(chance.choice([PING, PONG]), chance.randbytes(chance.randrange(126))))


# How many of each kind a connection may bring at once (link/rate.py), with room for what its answers need.
KEPT: tuple[tuple[Maker, int], ...] = (
    (_kept_known, 90),
    (_kept_unknown, 50),
    (_kept_deep, 10),
    (_kept_pieces, 20),
    (_kept_sound, 400),
    (_kept_picture, 400),
    (_kept_stream, 150),
    (_kept_control, 25),
)
