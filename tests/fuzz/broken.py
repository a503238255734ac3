"""What is thrown at the door and mostly ends the connection (chance may leave a message valid), or is no link at all.

Pure: a `random.Random` in, messages out.
"""

import json
from random import Random
import struct
from typing import Any

from .kept import PRESS, TEXTS, Maker, Thrown, any_value, any_word, json_text, stream_head
from .wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame, opening

_U32 = 0xFFFFFFFF

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
            message[name] = any_value(chance)
    return Thrown("wrong types", frame(TEXT, json_text(message, chance)))


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
        payload = stream_head(1, chance) + bytes(chance.choice([0, 1, 3, 641, 2050, 4096, 50_000]))
    elif kind == 1:
        payload = stream_head(2, chance) + chance.randbytes(chance.randrange(8))
    else:
        offset, total = (
            chance.choice([0, 1, 2**21, 2**21 + 1, 2**31, _U32, chance.randrange(2**32)]) for _ in range(2)
        )
        size = chance.choice([0, 1, 100, 4096, 4097, 50_000])
        payload = stream_head(2, chance) + struct.pack(">II", offset, total) + bytes(size)
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
            message[name] = any_value(chance)
        case 1:
            name = chance.choice(["id", "nonce", "proof"])
            digits = list(message[name])
            digits[chance.randrange(len(digits))] = chance.choice("0123456789abcdefABCDEFg \u0661")
            message[name] = "".join(digits)
        case 2:
            message["protocol"] = chance.choice([0, 2, 3, 1000, 1_000_000, 1_000_001, -1, 1.0, True, "1"])
        case 3:
            return Thrown("hello, flipped", frame(TEXT, _flipped(json_text(message, chance), chance)))
    for _ in range(chance.randrange(3)):
        message["x" + any_word(chance)] = any_value(chance)
    return Thrown("hello, wrong", frame(TEXT, json_text(message, chance)))


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
