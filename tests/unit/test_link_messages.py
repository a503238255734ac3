"""The codec of the link against the protocol's byte-exact cases, and against everything a stranger may send."""

from collections.abc import Callable
import json
from pathlib import Path
import struct
from typing import Any

import pytest

from custom_components.shelfsight.link import messages
from custom_components.shelfsight.link.assembly import PictureAssembly
from custom_components.shelfsight.link.fields import LinkProtocolError, read_flag, read_hex
from custom_components.shelfsight.link.messages import (
    Button,
    ButtonAction,
    Capture,
    MicrophoneChunk,
    PicturePart,
    Played,
    Refused,
    State,
    Unknown,
    Video,
)

VECTORS = Path(__file__).parents[2] / "firmware_bridge" / "vectors"
BINARY = json.loads((VECTORS / "binary.json").read_text())
SECRET = "hunter2"
HELLO: dict[str, Any] = {
    "type": "hello",
    "protocol": 1,
    "id": "00c0ffee12345678",
    "nonce": "00" * 16,
    "proof": "11" * 32,
    "name": "Desk",
    "model": "desk",
    "firmware": "0.1.0",
    "camera": {"sizes": [[1600, 1200], [640, 480]], "rate_hz": 5},
    "microphone": {"rate_hz": 16000},
    "speaker": {"rate_hz": 24000, "buffer_ms": 400},
    "buttons": 1,
    "echo_cancellation": False,
}


def cases(stream: int) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in BINARY["messages"] if case["stream"] == stream]


@pytest.mark.parametrize("case", cases(1))
def test_microphone_messages_are_read_byte_for_byte(case: dict[str, Any]) -> None:
    assert messages.parse_binary(bytes.fromhex(case["message"])) == MicrophoneChunk(
        case["sequence"], case["time_ms"], bytes.fromhex(case["payload"])
    )


@pytest.mark.parametrize("case", [case for case in cases(3) if case.id != "flags are ignored"])
def test_speaker_messages_are_written_byte_for_byte(case: dict[str, Any]) -> None:
    written = messages.speaker_chunk(case["sequence"], case["time_ms"], bytes.fromhex(case["payload"]))
    assert written.hex() == case["message"]


def test_counters_of_a_long_answer_wrap_as_the_protocol_says() -> None:
    assert messages.speaker_chunk(65536 + 3, 2**32 + 5, b"")[2:8] == struct.pack(">HI", 3, 5)


@pytest.mark.parametrize("pcm", [b"\0" * 4098, b"\0"], ids=["too long", "half a sample"])
def test_a_speaker_message_that_breaks_the_protocol_is_never_made(pcm: bytes) -> None:
    with pytest.raises(ValueError, match="wrong size"):
        messages.speaker_chunk(0, 0, pcm)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in BINARY["pictures"]])
def test_pictures_are_put_together_byte_for_byte(case: dict[str, Any]) -> None:
    assembly = PictureAssembly()
    *first, last = (messages.parse_binary(bytes.fromhex(part)) for part in case["parts"])
    assert all(isinstance(part, PicturePart) and assembly.add(part) is None for part in first)
    assert isinstance(last, PicturePart)
    picture = assembly.add(last)
    assert picture is not None
    assert (picture.jpeg.hex(), picture.sequence, picture.taken_ms) == (case["jpeg"], case["sequence"], case["time_ms"])


def microphone(size: int) -> bytes:
    return struct.pack(">BBHI", 1, 0, 0, 0) + bytes(size)


def part(offset: int, total: int, size: int) -> bytes:
    return struct.pack(">BBHIII", 2, 0, 0, 0, offset, total) + bytes(size)


BROKEN_BINARY = {
    "nothing": (b"", "header"),
    "half a header": (b"\1\0\0\0\0\0\0", "header"),
    "sound of no samples": (microphone(0), "microphone"),
    "sound of half a sample": (microphone(3), "microphone"),
    "sound over its limit": (microphone(2050), "microphone"),
    "a picture without its header": (struct.pack(">BBHI", 2, 0, 0, 0) + bytes(7), "picture"),
    "a part of nothing": (part(0, 10, 0), "part"),
    "a part over its limit": (part(0, 10_000, 4097), "part"),
    "a picture of no bytes": (part(0, 0, 1), "outside"),
    "a picture over its limit": (part(0, 2 * 1024 * 1024 + 1, 1), "outside"),
    "a part that reaches beyond its picture": (part(8, 10, 3), "outside"),
    "a part that begins at the end of the numbers": (part(0xFFFFFFFF, 10, 3), "outside"),
}


@pytest.mark.parametrize(("data", "named"), BROKEN_BINARY.values(), ids=BROKEN_BINARY)
def test_a_broken_binary_message_is_refused_and_its_fault_named(data: bytes, named: str) -> None:
    with pytest.raises(LinkProtocolError, match=named):
        messages.parse_binary(data)


def test_the_largest_messages_that_are_allowed_are_taken() -> None:
    assert isinstance(messages.parse_binary(microphone(2048)), MicrophoneChunk)
    largest = part(2 * 1024 * 1024 - 4096, 2 * 1024 * 1024, 4096)
    assert isinstance(messages.parse_binary(largest), PicturePart)
    assert len(largest) == messages.BINARY_LIMIT_BYTES
    filler = messages.TEXT_LIMIT_BYTES - len('{"type":"new","x":""}')
    assert messages.parse_text('{"type":"new","x":"' + "x" * filler + '"}') == Unknown("new")


@pytest.mark.parametrize("stream", [0, 3, 4, 255])
def test_a_stream_that_is_not_known_is_left_for_counting(stream: int) -> None:
    assert messages.parse_binary(bytes([stream]) + bytes(20)) == Unknown(f"stream {stream}")


def test_a_hello_is_read_whole() -> None:
    hello = messages.parse_hello(json.dumps(HELLO))
    assert (hello.wearable_id, hello.protocol, hello.name, hello.model, hello.firmware) == (
        "00c0ffee12345678", 1, "Desk", "desk", "0.1.0",
    )  # fmt: skip
    assert (hello.nonce, hello.proof) == (bytes(16), b"\x11" * 32)
    assert hello.camera == messages.CameraAbility(((1600, 1200), (640, 480)), 5.0)
    assert (hello.microphone_hz, hello.speaker) == (16000, messages.SpeakerAbility(24000, 400))
    assert hello.echo_cancellation is False


def test_a_wearable_may_have_neither_camera_nor_microphone_nor_speaker() -> None:
    bare = {**HELLO, "camera": None, "microphone": None, "future": [1, {"a": 2}]}
    del bare["speaker"], bare["echo_cancellation"], bare["model"], bare["firmware"]
    hello = messages.parse_hello(json.dumps(bare))
    assert (hello.camera, hello.microphone_hz, hello.speaker, hello.echo_cancellation) == (None, None, None, False)


BROKEN_HELLO: dict[str, tuple[dict[str, Any], str]] = {
    "another type": ({"type": "button"}, "hello"),
    "no id": ({"id": None}, "id"),
    "an id in capitals": ({"id": "00C0FFEE12345678"}, "id"),
    "an id with a line end": ({"id": "00c0ffee12345678\n"}, "id"),
    "an id of digits from another script": ({"id": "٠" * 16}, "id"),
    "a protocol that is a text": ({"protocol": "1"}, "protocol"),
    "a protocol that is true": ({"protocol": True}, "protocol"),
    "a protocol that is half": ({"protocol": 1.5}, "protocol"),
    "a negative protocol": ({"protocol": -1}, "protocol"),
    "a short nonce": ({"nonce": "00" * 15}, "nonce"),
    "a nonce with spaces": ({"nonce": "00 " * 10 + "00"}, "nonce"),
    "a proof in capitals": ({"proof": "AA" * 32}, "proof"),
    "a proof that is a list": ({"proof": [SECRET]}, "proof"),
    "no name": ({"name": None}, "name"),
    "a long name": ({"name": SECRET * 6}, "name"),
    "a model that is a number": ({"model": 7}, "model"),
    "a firmware that is an object": ({"firmware": {}}, "firmware"),
    "a camera that is a text": ({"camera": SECRET}, "camera"),
    "a camera without sizes": ({"camera": {}}, "sizes"),
    "a camera with no size": ({"camera": {"sizes": []}}, "sizes"),
    "a camera with too many sizes": ({"camera": {"sizes": [[64, 64]] * 17}}, "sizes"),
    "a size of three numbers": ({"camera": {"sizes": [[1, 2, 3]]}}, "sizes"),
    "a size that is a text": ({"camera": {"sizes": [SECRET]}}, "sizes"),
    "a size of a text": ({"camera": {"sizes": [[SECRET, 64]]}}, "size"),
    "a size beyond reason": ({"camera": {"sizes": [[10_001, 64]]}}, "size"),
    "a camera's rate of zero": ({"camera": {"sizes": [[64, 64]], "rate_hz": 0}}, "rate_hz"),
    "a camera's rate that is true": ({"camera": {"sizes": [[64, 64]], "rate_hz": True}}, "rate_hz"),
    "a camera's rate that is a text": ({"camera": {"sizes": [[64, 64]], "rate_hz": SECRET}}, "rate_hz"),
    "a microphone that is a list": ({"microphone": []}, "microphone"),
    "a microphone's rate too low": ({"microphone": {"rate_hz": 4000}}, "rate_hz"),
    "a microphone without a rate": ({"microphone": {}}, "rate_hz"),
    "a speaker's rate too high": ({"speaker": {"rate_hz": 96000, "buffer_ms": 400}}, "rate_hz"),
    "a speaker without a buffer": ({"speaker": {"rate_hz": 24000}}, "buffer_ms"),
    "echo cancellation that is a word": ({"echo_cancellation": SECRET}, "echo_cancellation"),
}


@pytest.mark.parametrize(("change", "named"), BROKEN_HELLO.values(), ids=BROKEN_HELLO)
def test_a_broken_hello_is_refused_its_field_named_and_its_content_kept_silent(
    change: dict[str, Any], named: str
) -> None:
    with pytest.raises(LinkProtocolError, match=named) as caught:
        messages.parse_hello(json.dumps({**HELLO, **change}))
    assert SECRET not in str(caught.value)


GARBAGE = {
    "nothing": "",
    "a word": SECRET,
    "half an object": '{"type": "hello"',
    "a list": f'["{SECRET}"]',
    "a number": "7",
    "null": "null",
    "an object without a type": f'{{"x": "{SECRET}"}}',
    "a type that is a number": '{"type": 1}',
    "a type that is null": '{"type": null}',
    "a nest of lists": "[" * 4000,
    "half a surrogate": '{"type": "\ud800',
}


@pytest.mark.parametrize("parse", [messages.parse_hello, messages.parse_text])
@pytest.mark.parametrize("text", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_refused_and_not_repeated(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(LinkProtocolError, match="message") as caught:
        parse(text)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(("parse", "limit"), [(messages.parse_hello, 4096), (messages.parse_text, 16384)])
def test_a_text_over_its_limit_in_bytes_is_refused_before_it_is_parsed(
    parse: Callable[[str], object], limit: int
) -> None:
    text = json.dumps({**HELLO, "x": "ü" * (limit // 2)}, ensure_ascii=False)
    assert len(text) < limit < len(text.encode()), "short in characters, long in bytes"
    with pytest.raises(LinkProtocolError, match=f"longer than {limit} bytes"):
        parse(text)


GOOD_TEXTS: dict[str, tuple[dict[str, Any], object]] = {
    "a press": (
        {"type": "button", "event": "press", "press": 3, "time_ms": 81234},
        Button(ButtonAction.PRESS, 3, 81234),
    ),
    "a release": ({"type": "button", "event": "release", "press": 3, "time_ms": 0}, Button(ButtonAction.RELEASE, 3, 0)),
    "a button event of the future": (
        {"type": "button", "event": "triple", "press": 3, "time_ms": 0},
        Unknown("button triple"),
    ),
    "played": ({"type": "played", "turn": 7, "position_ms": 1240, "done": True}, Played(7, 1240, done=True)),
    "played a little": ({"type": "played", "turn": 7, "position_ms": 1240}, Played(7, 1240, done=False)),
    "a state": (
        {"type": "state", "battery_percent": 80, "charging": False, "rssi_dbm": -60, "free_bytes": 90000},
        State(80, charging=False, rssi_dbm=-60, free_bytes=90000),
    ),
    "a state of which nothing is known": ({"type": "state"}, State(None, None, None, None)),
    "refused": ({"type": "refused", "what": "camera", "reason": "none"}, Refused("camera", "none")),
    "a type of the future": ({"type": "x" * 50}, Unknown("x" * 40)),
}


@pytest.mark.parametrize(("message", "value"), GOOD_TEXTS.values(), ids=GOOD_TEXTS)
def test_texts_become_values(message: dict[str, Any], value: object) -> None:
    assert messages.parse_text(json.dumps({**message, "future": {}})) == value


BROKEN_TEXTS: dict[str, tuple[dict[str, Any], str]] = {
    "a press of which the number is a text": ({"type": "button", "event": "press", "press": SECRET}, "press"),
    "a press without a number": ({"type": "button", "event": "press", "time_ms": 0}, "press"),
    "a press with a negative time": ({"type": "button", "event": "press", "press": 1, "time_ms": -1}, "time_ms"),
    "a press beyond u32": ({"type": "button", "event": "press", "press": 2**32, "time_ms": 0}, "press"),
    "an event that is a list": ({"type": "button", "event": [SECRET]}, "event"),
    "played without a turn": ({"type": "played", "position_ms": 1}, "turn"),
    "done that is a word": ({"type": "played", "turn": 1, "position_ms": 1, "done": SECRET}, "done"),
    "a battery beyond full": ({"type": "state", "battery_percent": 101}, "battery_percent"),
    "charging that is one": ({"type": "state", "charging": 1}, "charging"),
    "a signal that is a text": ({"type": "state", "rssi_dbm": SECRET}, "rssi_dbm"),
    "less than no memory": ({"type": "state", "free_bytes": -1}, "free_bytes"),
    "a refusal of nothing": ({"type": "refused", "reason": SECRET}, "what"),
    "a refusal with a long reason": ({"type": "refused", "what": "cue", "reason": SECRET * 40}, "reason"),
}


@pytest.mark.parametrize(("message", "named"), BROKEN_TEXTS.values(), ids=BROKEN_TEXTS)
def test_a_broken_text_is_refused_its_field_named_and_its_content_kept_silent(
    message: dict[str, Any], named: str
) -> None:
    with pytest.raises(LinkProtocolError, match=named) as caught:
        messages.parse_text(json.dumps(message))
    assert SECRET not in str(caught.value)


def test_a_missing_flag_and_missing_hex_are_refused() -> None:
    with pytest.raises(LinkProtocolError, match="on"):
        read_flag({}, "on")
    with pytest.raises(LinkProtocolError, match="key"):
        read_hex({}, "key", 4)


VIDEO = Video(1600, 1200, 1.0, 80)
VIDEO_DICT = {"width": 1600, "height": 1200, "rate_hz": 1.0, "quality": 80}
WRITTEN: dict[str, tuple[str, dict[str, Any]]] = {
    "challenge": (messages.challenge(b"\xab" * 16), {"type": "challenge", "protocol": 1, "oldest": 1, "nonce": "ab" * 16}),
    "welcome": (
        messages.welcome(b"\xcd" * 32, "Home", {"cues": True}),
        {"type": "welcome", "protocol": 1, "proof": "cd" * 32, "home": "Home", "settings": {"cues": True}},
    ),
    "capture of everything": (
        messages.capture(Capture(3, audio=True, video=VIDEO, still=VIDEO)),
        {"type": "capture", "press": 3, "audio": True, "video": VIDEO_DICT,
         "still": {"width": 1600, "height": 1200, "quality": 80}},
    ),
    "capture of nothing": (
        messages.capture(Capture(0, audio=False, video=None)),
        {"type": "capture", "press": 0, "audio": False, "video": None, "still": None},
    ),
    "cue": (messages.cue("thinking"), {"type": "cue", "name": "thinking"}),
    "speak": (messages.speak(7, 24000), {"type": "speak", "turn": 7, "rate_hz": 24000}),
    "spoken": (messages.spoken(7), {"type": "spoken", "turn": 7}),
    "flush": (messages.flush(), {"type": "flush"}),
    "bye": (messages.bye("removed"), {"type": "bye", "reason": "removed"}),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRITTEN.values(), ids=WRITTEN)
def test_the_homes_messages_are_those_of_the_protocol(text: str, message: dict[str, Any]) -> None:
    assert json.loads(text) == message


def pieces(jpeg: bytes, sequence: int, size: int = 4) -> list[PicturePart]:
    return [PicturePart(sequence, 9, at, len(jpeg), jpeg[at : at + size]) for at in range(0, len(jpeg), size)]


def feed(assembly: PictureAssembly, parts: list[PicturePart]) -> list[bytes]:
    return [picture.jpeg for one in parts if (picture := assembly.add(one)) is not None]


def test_a_picture_with_a_gap_is_dropped_and_the_next_one_comes_through() -> None:
    assembly = PictureAssembly()
    first, second = pieces(b"0123456789", 1), pieces(b"abcdefghij", 2)
    assert feed(assembly, [first[0], first[2], *second]) == [b"abcdefghij"]
    assert assembly.dropped == 1


def test_a_picture_that_was_given_up_for_a_newer_one_is_dropped() -> None:
    assembly = PictureAssembly()
    first, second = pieces(b"0123456789", 1), pieces(b"abcdefghij", 2)
    assert feed(assembly, [*first[:2], *second]) == [b"abcdefghij"]
    assert assembly.dropped == 1


def test_parts_of_two_pictures_do_not_mix() -> None:
    assembly = PictureAssembly()
    first, second = pieces(b"0123456789", 1), pieces(b"abcdefghij", 2)
    assert feed(assembly, [first[0], second[1], first[1], first[2]]) == []


def test_a_part_that_belongs_to_nothing_is_no_lost_picture() -> None:
    assembly = PictureAssembly()
    assert feed(assembly, pieces(b"0123456789", 1)[1:]) == []
    assert assembly.dropped == 0
