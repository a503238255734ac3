"""The codec of the link against the protocol's byte-exact cases, and against everything a stranger may send."""

from collections.abc import Callable
import json
from pathlib import Path
import struct
import tracemalloc
from typing import Any

import pytest

from custom_components.shelfsight.link import messages
from custom_components.shelfsight.link.assembly import PictureAssembly
from custom_components.shelfsight.link.fields import LinkProtocolError, read_flag, read_hex
from custom_components.shelfsight.link.messages import (
    Button,
    Capture,
    Claim,
    FromPress,
    FromWearable,
    Hello,
    MicrophoneChunk,
    PicturePart,
    Ping,
    Played,
    Refused,
    Settings,
    State,
    Unknown,
    Video,
)

VECTORS = Path(__file__).parents[2] / "firmware_bridge" / "vectors"
BINARY = json.loads((VECTORS / "binary.json").read_text())
MESSAGES = json.loads((VECTORS / "messages.json").read_text())
OPENING = json.loads((VECTORS / "opening.json").read_text())
SECRET = "hunter2"


def named(found: list[Any]) -> list[Any]:
    """Cases of the vectors as parameters."""
    return [pytest.param(case, id=case["name"]) for case in found]


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


@pytest.mark.parametrize("case", named(BINARY["malformed_to_home"]))
def test_a_broken_binary_message_is_refused_and_its_fault_named(case: dict[str, Any]) -> None:
    with pytest.raises(LinkProtocolError, match=case["names"]):
        messages.parse_binary(bytes.fromhex(case["message"]))


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


def claim_said(claim: Claim | Hello) -> dict[str, Any]:
    return {
        "id": claim.wearable_id,
        "protocol": claim.protocol,
        "nonce": claim.nonce.hex(),
        "proof": claim.proof.hex(),
    }


def hello_said(hello: Hello) -> dict[str, Any]:
    """What was read, in the protocol's own names."""
    camera, speaker = hello.camera, hello.speaker
    return {
        "message": "hello",
        **claim_said(hello),
        "name": hello.name,
        "model": hello.model,
        "firmware": hello.firmware,
        "camera": camera and {"sizes": [list(size) for size in camera.sizes], "rate_hz": camera.rate_hz},
        "microphone": hello.microphone_hz and {"rate_hz": hello.microphone_hz},
        "speaker": speaker and {"rate_hz": speaker.rate_hz, "buffer_ms": speaker.buffer_ms},
        "buttons": hello.buttons,
        "echo_cancellation": hello.echo_cancellation,
        "battery": hello.battery,
        "led": hello.led,
        "privacy": hello.privacy_switch,
    }


@pytest.mark.parametrize("case", named(MESSAGES["to_home_opening"]["hello"]))
def test_a_hello_is_read_whole(case: dict[str, Any]) -> None:
    assert hello_said(messages.parse_hello(case["text"])) == case["value"]
    claim = claim_said(messages.parse_claim(case["text"]))
    assert claim == {name: case["value"][name] for name in claim}


@pytest.mark.parametrize("case", named(MESSAGES["to_home_opening"]["claims"]))
def test_the_claim_of_a_version_nobody_here_knows_is_read_all_the_same(case: dict[str, Any]) -> None:
    claim = messages.parse_claim(case["text"])
    assert {"message": "claim", **claim_said(claim)} == case["value"]
    assert not messages.speaks(claim.protocol)
    with pytest.raises(LinkProtocolError):
        messages.parse_hello(case["text"])


@pytest.mark.parametrize("case", MESSAGES["versions"], ids=str)
def test_a_home_speaks_the_versions_between_its_oldest_and_its_newest(case: dict[str, Any]) -> None:
    assert messages.speaks(case["hello"], case["home_oldest"], case["home_newest"]) is case["welcome"]


@pytest.mark.parametrize("case", named(MESSAGES["to_home_opening"]["malformed"]))
def test_a_broken_hello_is_refused_and_its_field_named(case: dict[str, Any]) -> None:
    with pytest.raises(LinkProtocolError, match=case["field"]):
        messages.parse_hello(case["text"])


CLAIM = ("id", "protocol", "nonce", "proof", "message", "hello")


@pytest.mark.parametrize("case", named(MESSAGES["to_home_opening"]["malformed"]))
def test_of_an_unproven_hello_nothing_is_looked_at_but_the_claim(case: dict[str, Any]) -> None:
    if case["field"] in CLAIM:
        with pytest.raises(LinkProtocolError, match=case["field"]):
            messages.parse_claim(case["text"])
    else:
        assert messages.parse_claim(case["text"]).wearable_id == "00c0ffee12345678"


def said(value: FromWearable) -> dict[str, Any]:
    """What was read, in the protocol's own names."""
    match value:
        case Button(action=action, press=press, time_ms=time_ms):
            return {"message": "button", "event": action.value, "press": press, "time_ms": time_ms}
        case Played(turn=turn, position_ms=position_ms, done=done):
            return {"message": "played", "turn": turn, "position_ms": position_ms, "done": done}
        case State():
            names = ("battery_percent", "charging", "rssi_dbm", "free_bytes", "privacy")
            return {"message": "state", **{name: getattr(value, name) for name in names}}
        case Refused(what=what, reason=reason, code=code):
            return {"message": "refused", "what": what, "reason": reason, "code": code.value}
        case Ping(number=number):
            return {"message": "ping", "number": number}
        case Unknown():
            return {"message": "unknown"}
        case _:
            raise AssertionError(value)


@pytest.mark.parametrize("case", named(MESSAGES["to_home"]["messages"]))
def test_texts_become_values(case: dict[str, Any]) -> None:
    assert said(messages.parse_text(case["text"])) == case["value"]


def test_what_is_not_known_is_named_for_counting_and_cut_short() -> None:
    assert messages.parse_text(json.dumps({"type": "x" * 50})) == Unknown("x" * 40)
    event = {"type": "button", "event": "triple", "press": 3, "time_ms": 0}
    assert messages.parse_text(json.dumps(event)) == Unknown("button triple")


@pytest.mark.parametrize("case", named(MESSAGES["to_home"]["malformed"]))
def test_a_broken_text_is_refused_and_its_field_named(case: dict[str, Any]) -> None:
    with pytest.raises(LinkProtocolError, match=case["field"]):
        messages.parse_text(case["text"])


LEAKING: dict[str, tuple[Callable[[str], object], Any]] = {
    "a word": (messages.parse_text, SECRET),
    "a list": (messages.parse_hello, [SECRET]),
    "no type": (messages.parse_text, {SECRET: SECRET}),
    "an id": (messages.parse_claim, {"type": "hello", "id": SECRET}),
    "an event": (messages.parse_text, {"type": "button", "event": [SECRET]}),
    "a press": (messages.parse_text, {"type": "button", "event": "press", "press": SECRET}),
    "done": (messages.parse_text, {"type": "played", "turn": 1, "position_ms": 1, "done": SECRET}),
    "a long reason": (messages.parse_text, {"type": "refused", "what": "cue", "reason": SECRET * 40}),
}


@pytest.mark.parametrize(("parse", "message"), LEAKING.values(), ids=LEAKING)
def test_what_is_refused_is_not_repeated_in_the_log(parse: Callable[[str], object], message: Any) -> None:
    with pytest.raises(LinkProtocolError) as caught:
        parse(json.dumps(message))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("parse", [messages.parse_claim, messages.parse_hello, messages.parse_text])
def test_half_a_surrogate_is_refused(parse: Callable[[str], object]) -> None:
    with pytest.raises(LinkProtocolError, match="message"):
        parse('{"type": "\ud800')


def test_a_missing_flag_and_missing_hex_are_refused() -> None:
    with pytest.raises(LinkProtocolError, match="on"):
        read_flag({}, "on")
    with pytest.raises(LinkProtocolError, match="key"):
        read_hex({}, "key", 4)


VIDEO = Video(1600, 1200, 1.0, 80)
NONCE, PROOF = bytes.fromhex(OPENING[0]["home_nonce"]), bytes.fromhex(OPENING[0]["home_proof"])
SETTINGS = Settings(
    from_press=FromPress(audio=True, video=VIDEO), cues=True, led=True, volume=80, privacy=False,
    urls=("http://192.0.2.10:8123", "https://home.example"), language="pt-BR",
)  # fmt: skip
OPENING_WRITTEN = {
    "challenge": messages.challenge(NONCE),
    "welcome": messages.welcome(PROOF, "Home", SETTINGS.as_dict()),
    "bye: proof": messages.bye("proof"),
}
WRITTEN = {
    "settings": messages.settings(SETTINGS.as_dict()),
    "settings: none": messages.settings(Settings().as_dict()),
    "settings: privacy alone": messages.settings(Settings(privacy=False).as_dict()),
    "settings: volume alone": messages.settings(Settings(volume=80).as_dict()),
    "settings: urls alone": messages.settings(Settings(urls=SETTINGS.urls).as_dict()),
    "settings: language alone": messages.settings(Settings(language="pt-BR").as_dict()),
    "capture of sound and pictures": messages.capture(Capture(3, audio=True, video=VIDEO)),
    "capture of a still": messages.capture(Capture(3, audio=False, video=None, still=Video(1600, 1200, 9.0, 90))),
    "capture of nothing": messages.capture(Capture(3, audio=False, video=None)),
    "cue: thinking": messages.cue("thinking"),
    "speak": messages.speak(7, 24000, 3),
    "spoken": messages.spoken(7),
    "flush": messages.flush(),
    "bye: removed": messages.bye("removed"),
    "bye: busy": messages.bye("busy"),
}
TO_WEARABLE = {case["name"]: case["text"] for case in MESSAGES["to_wearable"]["messages"]}
TO_WEARABLE_OPENING = {case["name"]: case["text"] for case in MESSAGES["to_wearable_opening"]["messages"]}


@pytest.mark.parametrize("name", WRITTEN)
def test_the_homes_messages_are_those_of_the_protocol(name: str) -> None:
    assert json.loads(WRITTEN[name]) == json.loads(TO_WEARABLE[name])


@pytest.mark.parametrize("name", OPENING_WRITTEN)
def test_the_homes_part_of_an_opening_is_that_of_the_protocol(name: str) -> None:
    assert json.loads(OPENING_WRITTEN[name]) == json.loads(TO_WEARABLE_OPENING[name])


def test_who_speaks_another_version_hears_which_are_spoken_here() -> None:
    assert json.loads(messages.bye("version")) == {"type": "bye", "reason": "version", "protocol": 1, "oldest": 1}


def test_the_longest_welcome_keeps_to_what_is_allowed_before_proof() -> None:
    everything = Settings(
        from_press=FromPress(audio=True, video=VIDEO), cues=True, led=True, volume=100, privacy=False,
        urls=tuple("http://" + letter * 96 for letter in "äöüß"), language="x" * 35,
    )  # fmt: skip
    assert len(messages.welcome(PROOF, "\U0001f3e0" * 200, everything.as_dict()).encode()) <= 4096


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


def test_a_picture_in_parts_of_one_byte_takes_no_more_memory_than_a_few_of_its_size() -> None:
    assembly, jpeg = PictureAssembly(), bytes(range(251)) * 1000
    parts = pieces(jpeg, 1, size=1)
    tracemalloc.start()
    try:
        # Whoever sends has the parts; here only what is kept of them counts.
        assert feed(assembly, [PicturePart(*part[:-1], bytes(bytearray(part.data))) for part in parts[:-1]]) == []
        kept_bytes, _most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept_bytes < len(jpeg) + 100_000
    assert feed(assembly, parts[-1:]) == [jpeg]


def test_a_part_that_belongs_to_nothing_is_no_lost_picture() -> None:
    assembly = PictureAssembly()
    assert feed(assembly, pieces(b"0123456789", 1)[1:]) == []
    assert assembly.dropped == 0
