"""What is thrown at the door: valid messages, and what chance makes of them. Pure: a `random.Random` in, messages out.

Three sorts. `kept`: odd, but within the protocol: the home has to read it and to go on. `broken`: it mostly ends the
connection (chance may leave a message valid). `raw`: what comes instead of a link's opening.
"""

from collections.abc import Callable
from dataclasses import dataclass
import itertools
import json
from pathlib import Path
from random import Random
import struct
from typing import Any

from .wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame, opening

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


def _word(chance: Random, most: int = 20) -> str:
    alphabet = (
        "abcXYZ019 _",
        '\u0000\u0007\u001b[31m\n\r\t\\"',
        "äßéñ中文שלום🥖👓\u202e\u200f\ufeff\uffff",
        "%s%n{}$`;'<>&",
    )
    return "".join(chance.choice(chance.choice(alphabet)) for _ in range(chance.randrange(most)))


def _value(chance: Random, depth: int = 3) -> Any:
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
        return _word(chance)
    if pick == 7:
        return [_value(chance, depth - 1) for _ in range(chance.randrange(5))]
    return {_word(chance, 8): _value(chance, depth - 1) for _ in range(chance.randrange(5))}


def _text(value: Any, chance: Random) -> bytes:
    return json.dumps(value, ensure_ascii=chance.random() < 0.5).encode(errors="surrogatepass")


def _head(stream: int, chance: Random) -> bytes:
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
        message.setdefault("x" + _word(chance), _value(chance))
    return Thrown("text: known", frame(TEXT, _text(message, chance)))


def _kept_unknown(chance: Random) -> Thrown:
    message = {_word(chance): _value(chance) for _ in range(chance.randrange(5))} | {"type": "x" + _word(chance, 60)}
    return Thrown("text: of a type nobody knows", frame(TEXT, _text(message, chance)[:16384]))


def _kept_deep(chance: Random) -> Thrown:
    depth = chance.randrange(1, 400)
    opened, closed = chance.choice([("[", "]"), ('{"a":', "}")])
    message = '{"type":"x","deep":' + opened * depth + "1" + closed * depth + "}"
    return Thrown("text: nested", frame(TEXT, message.encode()))


def _kept_pieces(chance: Random) -> Thrown:
    """A message in pieces, with pings between them."""
    whole = _text(dict(chance.choice(TEXTS)), chance)
    cuts = sorted(chance.randrange(len(whole) + 1) for _ in range(chance.randrange(1, 5)))
    edges = [0, *cuts, len(whole)]
    frames, messages = b"", 1
    for at, (start, end) in enumerate(itertools.pairwise(edges)):
        frames += frame(TEXT if at == 0 else CONTINUATION, whole[start:end], final=at == len(edges) - 2)
        if chance.random() < 0.05 and at < len(edges) - 2:
            frames, messages = frames + frame(PING, b"between"), messages + 1
    return Thrown("text: in pieces", frames, messages)


def _kept_sound(chance: Random) -> Thrown:
    return Thrown("binary: sound", frame(BINARY, _head(1, chance) + chance.randbytes(2 * chance.randrange(1, 64))))


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
        frame(BINARY, _head(stream, chance) + chance.randbytes(chance.randrange(60))),
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


# --- broken -----------------------------------------------------------------------------------------------------------


def _flipped(data: bytes, chance: Random) -> bytes:
    """Some of it changed, cut, doubled or put elsewhere."""
    out = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(out) + 1)
        match chance.randrange(5):
            case 0:
                out[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del out[at : at + chance.randrange(1, 20)]
            case 2:
                out[at:at] = chance.randbytes(chance.randrange(1, 20))
            case 3:
                out[at:at] = out[at : at + chance.randrange(1, 200)]
            case 4 if out:
                out[at % len(out)] ^= 1 << chance.randrange(8)
    return bytes(out[:60_000])


def flipped_vector(chance: Random, known: tuple[bytes, ...]) -> Thrown:
    """A message of the vectors or a text, after an accident."""
    whole = chance.choice(known) if chance.random() < 0.5 else json.dumps(chance.choice([*TEXTS, PRESS])).encode()
    opcode = TEXT if whole.startswith(b"{") else BINARY
    if chance.random() < 0.05:
        opcode = TEXT + BINARY - opcode
    return Thrown("flipped", frame(opcode, _flipped(whole, chance)))


def wrong_types(chance: Random) -> Thrown:
    """A known message with fields of other types, or without them."""
    message = dict(chance.choice([*TEXTS, PRESS]))
    for name in chance.sample(sorted(message), chance.randrange(1, 3)):
        if chance.random() < 0.3:
            del message[name]
        else:
            message[name] = _value(chance)
    return Thrown("wrong types", frame(TEXT, _text(message, chance)))


def json_bomb(chance: Random) -> Thrown:
    """Texts that cost more than they weigh, if one is not careful."""
    size = chance.choice([1000, 4090, 16_000, 60_000])
    bomb = chance.choice(
        [
            "[" * size,
            '{"type":' * (size // 8),
            '{"type":"x","n":' + "9" * size + "}",
            '{"type":"x","n":-0.' + "0" * size + "1e-999999999}",
            '{"type":"x","n":1e' + "9" * 400 + "}",
            '{"type":"state","battery_percent":' + "1" * 4000 + "}",
            '"' + "\\u0041" * (size // 6) + '"',
            '{"type":"x","s":"' + "\\ud800" * (size // 6) + '"}',
            '{"type":"' + "x" * size + '"}',
            "{" + ",".join(f'"{number}":0' for number in range(size // 9)) + "}",
            "{" + '"type":"x",' * (size // 11) + '"type":"button"}',
            '{"type":"x","a":' + "[" * (size // 2) + "]" * (size // 2) + "}",
            " " * size,
            "\x00" * size,
        ]
    )
    return Thrown("JSON bomb", frame(TEXT, bomb.encode()))


def random_bytes(chance: Random) -> Thrown:
    """Noise, as text or as binary."""
    size = chance.choice([0, 1, 7, 8, 15, 16, 17, chance.randrange(300), chance.randrange(5000), 60_000])
    return Thrown("noise", frame(chance.choice([TEXT, BINARY]), chance.randbytes(size)))


def lying_sizes(chance: Random) -> Thrown:
    """Binary messages whose numbers do not fit what follows."""
    kind = chance.randrange(4)
    if kind == 0:
        payload = _head(1, chance) + bytes(chance.choice([0, 1, 3, 641, 2050, 4096, 50_000]))
    elif kind == 1:
        payload = _head(2, chance) + chance.randbytes(chance.randrange(8))
    else:
        offset, total = (
            chance.choice([0, 1, 2**21, 2**21 + 1, 2**31, _U32, chance.randrange(2**32)]) for _ in range(2)
        )
        size = chance.choice([0, 1, 100, 4096, 4097, 50_000])
        payload = _head(2, chance) + struct.pack(">II", offset, total) + bytes(size)
    return Thrown("lying sizes", frame(BINARY, payload))


def broken_frames(chance: Random) -> Thrown:
    """Frames that RFC 6455 does not allow, or that promise what does not come."""
    broken = chance.choice(
        [
            frame(TEXT, chance.randbytes(50), reserved=0x40),
            frame(BINARY, chance.randbytes(50), reserved=chance.choice([0x10, 0x20, 0x30, 0x70])),
            frame(chance.choice([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), chance.randbytes(5)),
            frame(CONTINUATION, b"of nothing"),
            frame(TEXT, b"a", final=False) + frame(BINARY, b"b"),
            frame(chance.choice([CLOSE, PING, PONG]), b"x", final=False),
            frame(PING, bytes(200)),
            frame(
                CLOSE, chance.choice([b"\x00", b"\x00\x00", b"\x03\xe8\xff\xff", struct.pack(">H", 1005), b"\x03\xe8"])
            ),
            frame(BINARY, b"x", size=chance.choice([2**16, 2**31, 2**32, 2**62, 2**63, 2**64 - 1])),
            frame(TEXT, b"\xff\xfe\xfd"),
            frame(TEXT, b"\xed\xa0\x80"),
            b"".join(frame(TEXT if at == 0 else CONTINUATION, b"x" * 999, final=False) for at in range(80)),
            frame(TEXT, b"", final=False) + frame(CONTINUATION, b"", final=False) * 500 + frame(CONTINUATION, b"{"),
            chance.randbytes(chance.randrange(2, 400)),
        ]
    )
    return Thrown("broken frames", broken)


BROKEN: tuple[Maker, ...] = (wrong_types, json_bomb, random_bytes, lying_sizes, broken_frames)


def broken(chance: Random, known: tuple[bytes, ...]) -> Thrown:
    """One of them; half of them are accidents of valid messages."""
    return flipped_vector(chance, known) if chance.random() < 0.5 else chance.choice(BROKEN)(chance)


# --- before proof -----------------------------------------------------------------------------------------------------


def wrong_hello(hello: dict[str, Any], chance: Random) -> Thrown:
    """A hello that is nearly right: other fields, a flipped proof, bytes that got lost."""
    message = dict(hello)
    match chance.randrange(4):
        case 0:
            name = chance.choice(["id", "nonce", "proof", "protocol", "type"])
            message[name] = _value(chance)
        case 1:
            name = chance.choice(["id", "nonce", "proof"])
            digits = list(message[name])
            digits[chance.randrange(len(digits))] = chance.choice("0123456789abcdefABCDEFg \u0661")
            message[name] = "".join(digits)
        case 2:
            message["protocol"] = chance.choice([0, 2, 3, 1000, 1_000_000, 1_000_001, -1, 1.0, True, "1"])
        case 3:
            return Thrown("hello, flipped", frame(TEXT, _flipped(_text(message, chance), chance)))
    for _ in range(chance.randrange(3)):
        message["x" + _word(chance)] = _value(chance)
    return Thrown("hello, wrong", frame(TEXT, _text(message, chance)))


def raw(port: int, chance: Random) -> Thrown:
    """Instead of HTTP, or instead of this link's HTTP."""
    right = opening(port, chance.randbytes(16))
    head, _, rest = right.partition(b"\r\n")
    odd = bytes(chance.choice(b"\x00\x01\x7f\x80\xff\n\r\t :;()[]{}") for _ in range(chance.randrange(1, 30)))
    thrown = chance.choice(
        [
            chance.randbytes(chance.randrange(1, 2000)),
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(200),
            b"SSH-2.0-OpenSSH_9.6\r\n",
            _flipped(right, chance),
            _flipped(right, chance) + b"\r\n\r\n",
            head.replace(b"GET", chance.choice([b"POST", b"PUT", b"OPTIONS", b"HEAD", b"TRACE", b"X" * 50]))
            + b"\r\n"
            + rest,
            head.replace(b"/link", b"/link" + chance.choice([b"/", b"?a=" + b"%ff" * 50, b"%00", b"/../link", b"#x"]))
            + b"\r\n"
            + rest,
            right.replace(b"\r\n\r\n", b"\r\nX-Odd: " + odd + b"\r\n\r\n"),
            right.replace(b"\r\n\r\n", b"\r\n" + b"X: y\r\n" * chance.choice([100, 129, 1000]) + b"\r\n"),
            right.replace(b"\r\n\r\n", b"\r\nX: " + b"y" * chance.choice([8000, 9000, 40_000]) + b"\r\n\r\n"),
            right.replace(b"Key: ", b"Key: " + chance.choice([b"", b"\xe9", b"=" * 30, b"A" * 100])),
            right.replace(b"Version: 13", b"Version: " + chance.choice([b"8", b"0", b"-1", b"13, 8", b"\xb2"])),
            right.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Protocol: a, b\r\n\r\n"),
            right.replace(b"\r\n\r\n", b"\r\nOrigin: http://x\r\n\r\n"),
            right.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello"),
            right.replace(b"\r\n\r\n", b"\r\nContent-Length: -1\r\n\r\n"),
            right.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"),
            right.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
            right * 3,
        ]
    )
    return Thrown("HTTP and TCP garbage", thrown)
