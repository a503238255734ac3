"""The wearable against every text message of `vectors/`, run by both interpreters as shared_checks.py is.

Usage: `micropython protocol_checks.py VECTORS`
"""

# ruff: noqa: PTH123 -- it runs on MicroPython too
import json
import sys

try:
    from firmware_bridge.wearable import codec, link, pairing, proof
except ImportError:  # MicroPython: the package stands alone
    from wearable import codec, link, pairing, proof

from checks_main import main

VECTORS = ""
# MicroPython needs the parentheses that the formatter takes away from an `except`.
_REFUSALS = (codec.ProtocolError, pairing.PairingError)


def vectors(name: str) -> object:
    with open(VECTORS + "/" + name + ".json") as file:
        return json.load(file)


def from_hex(text: str) -> bytes:
    return bytes(int(text[index : index + 2], 16) for index in range(0, len(text), 2))


def refused(read: object, *arguments: object) -> bool:
    try:
        read(*arguments)
    except _REFUSALS:
        return True
    return False


def video_said(video: object) -> dict | None:
    if video is None:
        return None
    return {"width": video.width, "height": video.height, "rate_hz": video.rate_hz, "quality": video.quality}


def still_said(still: object) -> dict | None:
    return still and {"width": still.width, "height": still.height, "quality": still.quality}


def said(value: object) -> dict:
    """What was read, in the protocol's own names."""
    if value is None:
        return {"message": "unknown"}
    if isinstance(value, codec.Challenge):
        return {
            "message": "challenge",
            "protocol": value.protocol,
            "oldest": value.oldest,
            "nonce": value.nonce.hex(),
        }
    if isinstance(value, codec.Welcome):
        return {
            "message": "welcome",
            "protocol": value.protocol,
            "proof": value.proof.hex(),
            "home": value.home,
            "settings": value.settings,
        }
    if isinstance(value, codec.Capture):
        return {
            "message": "capture",
            "press": value.press,
            "audio": value.audio,
            "video": video_said(value.video),
            "still": still_said(value.still),
        }
    plain = (
        (codec.Cue, "cue", ("name",)),
        (codec.Speak, "speak", ("turn", "rate_hz", "press")),
        (codec.Spoken, "spoken", ("turn",)),
        (codec.Flush, "flush", ()),
        (codec.SettingsChange, "settings", ("settings",)),
        (codec.Bye, "bye", ("reason",)),
    )
    for kind, message, names in plain:
        if isinstance(value, kind):
            told = {name: getattr(value, name) for name in names}
            told["message"] = message
            return told
    raise AssertionError(value)


def read(text: str) -> tuple | None:
    return codec.read_text(memoryview(text.encode()))


def check_every_message_of_a_home_becomes_the_value_it_stands_for() -> None:
    cases = vectors("messages")
    count = 0
    for part in ("to_wearable_opening", "to_wearable"):
        for case in cases[part]["messages"]:
            assert said(read(case["text"])) == case["value"], case["name"]
            count += 1
    assert count > 35, "all are there"


def check_every_malformed_message_of_a_home_is_refused() -> None:
    cases = vectors("messages")
    count = 0
    for part in ("to_wearable_opening", "to_wearable"):
        for case in cases[part]["malformed"]:
            too_long = len(case["text"].encode()) > codec.MAX_TEXT_BYTES  # which the WebSocket sees to
            assert too_long == (case["rule"] == "size"), case["name"]
            assert too_long or refused(read, case["text"]), case["name"]
            count += 1
    assert count > 45, "all are there"


def check_text_that_is_no_utf_8_is_refused() -> None:
    for raw in (b"\xff\xfe", b'{"type": "fl\xc3"}', b'{"type": "\x80"}'):
        assert refused(codec.read_text, memoryview(raw)), raw


def check_settings_say_the_same_once_they_are_merged() -> None:
    for case in vectors("messages")["to_wearable"]["messages"]:
        if case["value"]["message"] != "settings":
            continue
        change = case["value"]["settings"]
        merged = codec.merge_settings(codec.DEFAULT_SETTINGS, change)
        default = codec.DEFAULT_SETTINGS
        for name in ("cues", "led", "volume", "privacy", "language"):
            assert getattr(merged, name) == change.get(name, getattr(default, name)), (case["name"], name)
        assert merged.urls == (tuple(change["urls"]) if "urls" in change else None), case["name"]
        capture = change.get("capture", {})
        assert merged.audio == capture.get("audio", default.audio), case["name"]
        assert video_said(merged.video) == capture.get("video", video_said(default.video)), case["name"]


def check_settings_that_were_named_once_are_kept() -> None:
    once = codec.merge_settings(
        codec.DEFAULT_SETTINGS, {"privacy": True, "urls": ["http://a.example"], "language": "de"}
    )
    later = codec.merge_settings(once, {"volume": 10})
    assert (later.privacy, later.urls, later.language, later.volume) == (True, ("http://a.example",), "de", 10)


def check_the_version_spoken_is_the_highest_of_both() -> None:
    for case in vectors("messages")["versions"]:
        version = codec.agreed_version(
            case["home_oldest"], case["home_newest"], case["wearable_oldest"], case["wearable_newest"]
        )
        assert version == case["hello"], case


def check_the_opening_of_a_wearable_is_that_of_the_vectors() -> None:
    case = vectors("opening")[0]
    values = [from_hex(case[name]) for name in ("key", "home_nonce", "wearable_nonce")]
    for example in vectors("messages")["to_home_opening"]["hello"][:2]:
        written = json.loads(example["text"])
        abilities = {
            name: value for name, value in written.items() if name not in ("type", "protocol", "id", "nonce", "proof")
        }
        assert link.opening_of(abilities, case["id"], values[0], values[1], values[2], 1) == written, example["name"]


def check_proofs_of_every_version_are_those_of_the_vectors() -> None:
    versions = []
    for case in vectors("opening"):
        values = [from_hex(case[name]) for name in ("key", "home_nonce", "wearable_nonce")]
        arguments = (values[0], case["id"], values[1], values[2], case["version"])
        assert proof.proof_of_wearable(*arguments).hex() == case["wearable_proof"], case["name"]
        assert proof.proof_of_home(*arguments).hex() == case["home_proof"], case["name"]
        versions.append(case["version"])
    assert len(set(versions)) > 2, "who talks a version down needs another proof"


def check_a_pairing_is_said_line_by_line_as_in_the_vectors() -> None:
    case = vectors("pairing")[1]
    begin, reply, reveal, confirm, done, _stored = [line["text"] for line in vectors("messages")["pairing"]]
    attempt = pairing.Attempt(
        case["id"], "Desk", "desk", from_hex(case["wearable_secret"]), from_hex(case["wearable_nonce"])
    )
    for line in (begin, reveal, done):
        assert len(line.encode()) <= pairing.MAX_LINE_BYTES
    assert attempt.begin(pairing.read_line(begin.encode(), "pair_begin")) == json.loads(reply)
    assert attempt.reveal(pairing.read_line(reveal.encode(), "pair_reveal")) == case["digits"]
    assert attempt.confirm() == json.loads(confirm)
    key, urls = attempt.finish(pairing.read_line(done.encode(), "pair_done"))
    assert (key.hex(), urls) == (case["key"], case["urls"])


if __name__ == "__main__":
    sys.exit(main(globals()))
