"""What a wearable says to the home, right and wrong. Written by hand from PROTOCOL.md: no code of either side is used."""

import hmac
import json

from cases import GARBAGE, ID, U32, Case, changed, padded, plain, right, said, wrong


def hello_of(key: bytes, home_nonce: bytes, wearable_nonce: bytes, version: int = 1) -> dict[str, object]:
    """The part of `hello` that is the same in all versions."""
    said = f"shelfsight wearable {version}{ID}".encode() + home_nonce + wearable_nonce
    proof = hmac.digest(key, said, "sha256").hex()
    return {"type": "hello", "protocol": version, "id": ID, "nonce": wearable_nonce.hex(), "proof": proof}


_ABILITIES: dict[str, object] = {
    "name": "Desk",
    "model": "desk",
    "firmware": "0.1.0",
    "camera": {"sizes": [[1600, 1200], [640, 480]], "rate_hz": 5},
    "microphone": {"rate_hz": 16000},
    "speaker": {"rate_hz": 24000, "buffer_ms": 400},
    "buttons": 1,
    "echo_cancellation": False,
    "battery": True,
    "led": True,
    "privacy": True,
}


def hello_cases(key: bytes, home_nonce: bytes, wearable_nonce: bytes) -> dict[str, list[Case]]:
    """`hello`, whole; and claims, of which only what all versions share is read."""
    claim = hello_of(key, home_nonce, wearable_nonce)
    hello = {**claim, **_ABILITIES}
    proven = {name: value for name, value in claim.items() if name != "type"}
    bare = {"camera": None, "microphone": None, "speaker": None, "buttons": 1, "echo_cancellation": False,
            "battery": False, "led": False, "privacy": False, "model": "", "firmware": ""}  # fmt: skip
    future = {**hello_of(key, home_nonce, wearable_nonce, 2), "name": {"de": "Brille"}, "camera": 7}
    return {
        "hello": [
            right("a wearable with everything", hello, message="hello", **proven, **_ABILITIES),
            right("only what must be there", {**claim, "name": "Ear"}, message="hello", **proven, name="Ear", **bare),
            right("null is none", {**claim, "name": "Ear", "camera": None, "microphone": None, "speaker": None},
                  message="hello", **proven, name="Ear", **bare),
            right("unknown fields", {**hello, "tail": {"wags": [True]}}, message="hello", **proven, **_ABILITIES),
            right("of the largest size", padded(hello, 4096), message="hello", **proven, **_ABILITIES),
        ],
        "claims": [
            right("of a later version, which differs in the rest", future, message="claim",
                  **{name: value for name, value in future.items() if name in ("protocol", "id", "nonce", "proof")}),
        ],
        "malformed": [
            *GARBAGE,
            wrong("over its size", padded(hello, 4097), "message", "size"),
            wrong("another message", '{"type": "button", "event": "press", "press": 1, "time_ms": 0}', "hello", "type"),
            *changed(hello, _HELLO_FAULTS),
        ],
    }  # fmt: skip


_CAMERA = {"sizes": [[640, 480]], "rate_hz": 5}
_HELLO_FAULTS: dict[str, tuple[dict[str, object], str, str]] = {
    "no id": ({"id": ...}, "id", "missing"),
    "an id in capitals": ({"id": "00C0FFEE12345678"}, "id", "form"),
    "an id with a line end": ({"id": ID + "\n"}, "id", "form"),
    "an id of digits of another script": ({"id": "\u0660" * 16}, "id", "form"),
    "a protocol that is a text": ({"protocol": "1"}, "protocol", "kind"),
    "a protocol that is true": ({"protocol": True}, "protocol", "kind"),
    "a protocol that is half": ({"protocol": 1.5}, "protocol", "kind"),
    "a protocol below none": ({"protocol": -1}, "protocol", "range"),
    "a short nonce": ({"nonce": "00" * 15}, "nonce", "form"),
    "a nonce with spaces": ({"nonce": "00 " * 10 + "00"}, "nonce", "form"),
    "a proof in capitals": ({"proof": "AA" * 32}, "proof", "form"),
    "a proof that is a list": ({"proof": ["11"]}, "proof", "kind"),
    "no name": ({"name": ...}, "name", "missing"),
    "a name of 41 characters": ({"name": "x" * 41}, "name", "form"),
    "a model that is a number": ({"model": 7}, "model", "kind"),
    "a camera that is a text": ({"camera": "yes"}, "camera", "kind"),
    "a camera without sizes": ({"camera": {"rate_hz": 5}}, "sizes", "missing"),
    "a camera of no size": ({"camera": {**_CAMERA, "sizes": []}}, "sizes", "form"),
    "a camera of 17 sizes": ({"camera": {**_CAMERA, "sizes": [[64, 64]] * 17}}, "sizes", "form"),
    "a size of three numbers": ({"camera": {**_CAMERA, "sizes": [[64, 64, 64]]}}, "sizes", "form"),
    "a size beyond 10,000": ({"camera": {**_CAMERA, "sizes": [[10001, 64]]}}, "size", "range"),
    "a size below 16": ({"camera": {**_CAMERA, "sizes": [[64, 15]]}}, "size", "range"),
    "a camera's rate of none": ({"camera": {**_CAMERA, "rate_hz": 0}}, "rate_hz", "range"),
    "a camera's rate that is true": ({"camera": {**_CAMERA, "rate_hz": True}}, "rate_hz", "kind"),
    "a microphone that is a list": ({"microphone": []}, "microphone", "kind"),
    "a microphone without a rate": ({"microphone": {}}, "rate_hz", "missing"),
    "a microphone of 4 kHz": ({"microphone": {"rate_hz": 4000}}, "rate_hz", "range"),
    "a speaker of 96 kHz": ({"speaker": {"rate_hz": 96000, "buffer_ms": 400}}, "rate_hz", "range"),
    "a speaker without a buffer": ({"speaker": {"rate_hz": 24000}}, "buffer_ms", "missing"),
    "a speaker with next to no buffer": ({"speaker": {"rate_hz": 24000, "buffer_ms": 99}}, "buffer_ms", "range"),
    "17 buttons": ({"buttons": 17}, "buttons", "range"),
    "echo cancellation that is a word": ({"echo_cancellation": "yes"}, "echo_cancellation", "kind"),
    "a battery that is one": ({"battery": 1}, "battery", "kind"),
    "a light that is null": ({"led": None}, "led", "kind"),
    "a privacy switch that is a word": ({"privacy": "on"}, "privacy", "kind"),
}

_BUTTON: dict[str, object] = {"type": "button", "event": "press", "press": 3, "time_ms": 81234}
_PING: dict[str, object] = {"type": "ping", "number": 7}
_PLAYED: dict[str, object] = {"type": "played", "turn": 7, "position_ms": 1240, "done": False}
_STATE: dict[str, object] = {"type": "state", "battery_percent": 80, "charging": False, "rssi_dbm": -60,
                             "free_bytes": 90000, "privacy": False}  # fmt: skip
_REFUSED: dict[str, object] = {"type": "refused", "what": "camera", "code": "failed", "reason": "no frame for 3 s"}
_UNKNOWN_STATE = {"battery_percent": None, "charging": None, "rssi_dbm": None, "free_bytes": None, "privacy": None}


def home_cases() -> dict[str, list[Case]]:
    """What a proven wearable says to the home."""
    return {
        "messages": [
            *(plain(f"button: {event}", _BUTTON, event=event) for event in ("press", "release", "double", "hold", "long", "stop")),
            plain("ping", _PING),
            plain("the largest numbers", _BUTTON, press=U32, time_ms=U32),
            plain("played", _PLAYED),
            plain("played to its end", _PLAYED, position_ms=2000, done=True),
            right("played, not said to be done", {"type": "played", "turn": 7, "position_ms": 0},
                  message="played", turn=7, position_ms=0, done=False),
            plain("state", _STATE),
            right("state: its privacy switch", {"type": "state", "privacy": True},
                  **{"message": "state", **_UNKNOWN_STATE, "privacy": True}),
            right("state: nothing known", {"type": "state"}, message="state", **_UNKNOWN_STATE),
            right("state: null is not known", {"type": "state", "rssi_dbm": None, "charging": None},
                  message="state", **_UNKNOWN_STATE),
            *(plain(f"refused: {code}", _REFUSED, code=code) for code in ("missing", "failed", "privacy", "unknown")),
            *(plain(f"refused: {what}", _REFUSED, what=what) for what in ("microphone", "speaker", "cue", "storage")),
            right("refused, with no more than what", {"type": "refused", "what": "cue"},
                  message="refused", what="cue", code="failed", reason=""),
            right("refused with a code of a later version", {**_REFUSED, "code": "tired"}, **said(_REFUSED)),
            right("a reason in another script", '{"type":"refused","what":"camera","code":"failed","reason":"кабель"}',
                  **said(_REFUSED, reason="кабель")),
            right("unknown fields", {**_PLAYED, "more": {"and": ["more"]}}, **said(_PLAYED)),
            right("an unknown type", {"type": "from the future", "press": "?"}, message="unknown"),
            right("an unknown event", {**_BUTTON, "event": "triple"}, message="unknown"),
            right("of the largest size", padded(_PLAYED, 16384), **said(_PLAYED)),
        ],
        "malformed": [
            *GARBAGE,
            wrong("over its size", padded(_PLAYED, 16385), "message", "size"),
            wrong("over its size in bytes, not in characters",
                  json.dumps({**_PLAYED, "x": "ü" * 8200}, ensure_ascii=False), "message", "size"),
            *changed(_BUTTON, {
                "a press that is a text": ({"press": "3"}, "press", "kind"),
                "no press": ({"press": ...}, "press", "missing"),
                "a press beyond u32": ({"press": U32 + 1}, "press", "range"),
                "a time before the beginning": ({"time_ms": -1}, "time_ms", "range"),
                "an event that is a list": ({"event": ["press"]}, "event", "kind"),
            }),
            *changed(_PING, {
                "a ping without its number": ({"number": ...}, "number", "missing"),
                "a ping with a text": ({"number": "7"}, "number", "kind"),
                "a ping beyond u32": ({"number": U32 + 1}, "number", "range"),
            }),
            *changed(_PLAYED, {
                "played of no turn": ({"turn": ...}, "turn", "missing"),
                "a position that is half": ({"position_ms": 1.5}, "position_ms", "kind"),
                "done that is a word": ({"done": "yes"}, "done", "kind"),
            }),
            *changed(_STATE, {
                "fuller than full": ({"battery_percent": 101}, "battery_percent", "range"),
                "charging that is one": ({"charging": 1}, "charging", "kind"),
                "a signal that is a text": ({"rssi_dbm": "good"}, "rssi_dbm", "kind"),
                "less memory than none": ({"free_bytes": -1}, "free_bytes", "range"),
                "privacy that is a word": ({"privacy": "on"}, "privacy", "kind"),
            }),
            *changed(_REFUSED, {
                "a refusal of nothing": ({"what": ...}, "what", "missing"),
                "a code that is a number": ({"code": 404}, "code", "kind"),
                "a reason of 201 characters": ({"reason": "x" * 201}, "reason", "form"),
            }),
        ],
    }  # fmt: skip
