"""The document of the protocol is held to both sides' code: its examples are parsed, its numbers are theirs."""

import json
from pathlib import Path
import re
from typing import Any

from multidict import CIMultiDict
import pytest

from custom_components.shelfsight.link import (
    connection,
    from_wearable,
    hello,
    limits,
    messages,
    pairing as home_pairing,
    porch,
    proof,
    view,
)
from custom_components.shelfsight.link.fields import LinkProtocolError
from custom_components.shelfsight.link.messages import MicrophoneChunk, PicturePart, Unknown
from custom_components.shelfsight.link.rate import Kind
from custom_components.shelfsight.link.upgrade import refusal
from firmware_bridge.wearable import (
    button,
    capture,
    codec,
    conversation,
    cues,
    dialer,
    link,
    outbox,
    pairing,
    pairing_mode,
    pairing_server,
    playback,
    status,
    websocket,
)

FOLDER = Path(__file__).parents[2] / "firmware_bridge"
DOCUMENT = (FOLDER / "PROTOCOL.md").read_text()
VECTORS = FOLDER / "vectors"


def blocks(kind: str) -> list[str]:
    """The lines of all blocks of this kind, in the document's order."""
    found = re.findall(rf"^```{kind}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    return [line for block in found for line in block.splitlines()]


def table(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    section = DOCUMENT[DOCUMENT.index(f"\n{heading}\n") :]
    rows = re.search(r"^\|.*?(?=\n\n|\Z)", section, re.DOTALL | re.MULTILINE)
    assert rows is not None
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[0].splitlines()[2:]]


def numbers(heading: str) -> dict[str, float]:
    return {row[0]: float(row[1]) for row in table(heading)}


@pytest.mark.parametrize("line", blocks("json to-home"))
def test_an_example_of_a_wearable_is_understood_by_the_home(line: str) -> None:
    parsed: object = messages.parse_hello(line) if '"hello"' in line else messages.parse_text(line)
    assert not isinstance(parsed, Unknown)


def test_everything_a_wearable_can_say_has_an_example() -> None:
    said = [json.loads(line) for line in blocks("json to-home")]
    assert {message["type"] for message in said} == {"hello", "button", "played", "state", "refused"}
    assert {message["event"] for message in said if "event" in message} == set(messages.ButtonAction)


@pytest.mark.parametrize("line", blocks("json to-wearable"))
def test_an_example_of_a_home_is_understood_by_the_wearable(line: str) -> None:
    assert codec.read_text(memoryview(line.encode())) is not None


def test_everything_a_home_can_say_has_an_example() -> None:
    assert {json.loads(line)["type"] for line in blocks("json to-wearable")} == set(codec._READERS)


def test_the_binary_examples_say_what_the_text_around_them_says() -> None:
    sound, picture = (messages.parse_binary(bytes.fromhex(line)) for line in blocks("hex to-home"))
    assert sound == MicrophoneChunk(0, 5, b"\x01\x00\xff\xff\x00\x01")
    assert picture == PicturePart(2, 1000, 0, 6, b"\xff\xd8\x01\x02\xff\xd9")
    (speaker,) = (bytes.fromhex(line) for line in blocks("hex to-wearable"))
    assert bytes(codec.read_speaker(memoryview(speaker))) == bytes(4)
    assert messages.speaker_chunk(1, 40, bytes(4)) == speaker


def test_the_proofs_of_the_examples_are_made_with_the_key_that_is_named() -> None:
    named = re.search(r"made with the key `([0-9a-f]{64})`", DOCUMENT)
    assert named is not None
    key = bytes.fromhex(named[1])
    said = {message["type"]: message for message in map(json.loads, reversed(blocks("json to-(?:home|wearable)")))}
    claim = hello.parse_claim(json.dumps(said["hello"]))
    values = (key, claim.wearable_id, bytes.fromhex(said["challenge"]["nonce"]), claim.nonce, claim.protocol)
    assert claim.proof == proof.wearable_proof(*values)
    assert said["welcome"]["proof"] == proof.home_proof(*values).hex()


def test_the_pairing_of_the_examples_is_that_of_the_vectors_with_its_digits_and_its_key() -> None:
    case = json.loads((VECTORS / "pairing.json").read_text())[1]
    lines = blocks("json pairing-to-(?:home|wearable)")
    vector = [line["text"] for line in json.loads((VECTORS / "messages.json").read_text())["pairing"]]
    assert lines == [*vector, '{"type": "pair_failed", "reason": "commit"}']
    assert f"the digits {case['digits']} and the key `{case['key']}`" in DOCUMENT


def test_the_request_of_the_document_is_the_wearables_and_opens_the_home() -> None:
    lines = blocks("http")
    key = dict(line.split(": ") for line in lines[1:])["Sec-WebSocket-Key"]
    written = websocket.request("192.0.2.10", 8123, link.PATH, key.encode()).decode()
    assert written.split("\r\n") == [*lines, "", ""]
    assert refusal(CIMultiDict(line.split(": ") for line in lines[1:])) is None
    assert lines[0] == f"GET {view.LINK_PATH} HTTP/1.1"


LIMITS = {
    "text message before proof": (limits.UNPROVEN_LIMIT_BYTES, codec.MAX_TEXT_BEFORE_PROOF_BYTES),
    "text message after proof": (limits.TEXT_LIMIT_BYTES, codec.MAX_TEXT_BYTES),
    "microphone message": (limits.MICROPHONE_LIMIT_BYTES,),
    "picture part": (limits.PICTURE_PART_LIMIT_BYTES, codec.MAX_PART_BYTES),
    "picture": (limits.PICTURE_LIMIT_BYTES, codec.MAX_PICTURE_BYTES),
    "speaker message": (limits.SPEAKER_LIMIT_BYTES, codec.MAX_SPEAKER_BYTES),
    "line of pairing": (home_pairing._LINE_LIMIT_BYTES, pairing.MAX_LINE_BYTES),
    "home's name in `welcome`": (limits.HOME_NAME_LIMIT,),
    "URL": (limits.URL_LIMIT_BYTES, codec.MAX_URL_BYTES),
    "URLs": (limits.URL_LIMIT, codec.MAX_URLS),
    "`press`, `turn`, `position_ms`, `time_ms`": (from_wearable._U32,),
}
TIMINGS = {
    "opening time": (link._OPENING_S,),
    "hello time": (view._HELLO_TIMEOUT_S,),
    "welcome time": (link._WELCOME_S,),
    "ping time": (view._HEARTBEAT_S,),
    "silent time": (link._SILENT_MS / 1000,),
    "first wait": (dialer.FIRST_MS / 1000,),
    "quick wait": (dialer._QUICK_MS / 1000,),
    "quick period": (dialer._QUICK_FOR_MS / 1000,),
    "quick opening": (dialer._QUICK_OPEN_S,),
    "longest wait": (dialer.LONGEST_MS / 1000,),
    "stable time": (dialer._STABLE_MS / 1000,),
    "debounce": (button.DEBOUNCE_MS,),
    "double time": (button.DOUBLE_MS,),
    "hold time": (button.HOLD_MS,),
    "long time": (button.LONG_MS / 1000,),
    "safety stop": (capture.SAFETY_STOP_MS / 1000,),
    "sound message": (capture.CHUNK_MS,),
    "start buffer": (playback.START_MS,),
    "progress": (playback.REPORT_MS,),
    "state, busy": (status._BUSY_MS / 1000,),
    "state, idle": (status._IDLE_MS / 1000,),
    "pairing time": (pairing_mode.LIMIT_S,),
    "line time": (pairing_server._LINE_S, home_pairing._STEP_TIMEOUT_S),
    "new digits time": (pairing_server.NEW_DIGITS_MS / 1000,),
    "digits again": (pairing_mode._REPEAT_S,),
    "keepalive": (
        home_pairing._KEEPALIVE["TCP_KEEPIDLE"]
        + home_pairing._KEEPALIVE["TCP_KEEPINTVL"] * home_pairing._KEEPALIVE["TCP_KEEPCNT"],
    ),
}


@pytest.mark.parametrize(("name", "values"), LIMITS.items(), ids=LIMITS)
def test_the_limits_are_those_of_the_code(name: str, values: tuple[float, ...]) -> None:
    assert {numbers("## 8. Limits")[name]} == set(values)


@pytest.mark.parametrize(("name", "values"), TIMINGS.items(), ids=TIMINGS)
def test_the_timings_are_those_of_the_code(name: str, values: tuple[float, ...]) -> None:
    assert {numbers("## 9. Timings")[name]} == set(values)


def test_every_number_of_the_tables_is_looked_at_but_those_held_elsewhere() -> None:
    tried = {"name", "reason", "protocol"}  # by the vectors, one more and one less
    assert set(numbers("## 8. Limits")) - set(LIMITS) == tried
    assert set(numbers("## 9. Timings")) - set(TIMINGS) == {"pong time"}  # aiohttp's own: half of the ping time


def test_every_name_in_bold_stands_in_a_table_of_numbers() -> None:
    """But for the few that are only stressed; those that begin sentences have capitals."""
    text = re.sub(r"```.*?```", "", DOCUMENT, flags=re.DOTALL)
    stressed = {"text", "binary", "little", "same address"}
    named = set(re.findall(r"\*\*([a-z][a-z ]+|URL)\*\*", text)) - stressed
    assert named
    assert named <= {*numbers("## 8. Limits"), *numbers("## 9. Timings")}


def test_what_a_home_takes_and_a_wearable_keeps_is_that_of_the_code() -> None:
    text = " ".join(DOCUMENT.split())
    names = {
        Kind.TEXT: "text {:,} a second, {:,} at once",
        Kind.SOUND: "sound {:,} and {:,}",
        Kind.PICTURE: "parts of pictures {:,} and {:,}",
        Kind.UNKNOWN: "streams it does not know {:,} and {:,}",
        Kind.CONTROL: "pings and pongs {:,} and {:,}",
    }
    assert "; ".join(names[kind].format(*kind.value) for kind in Kind) in text
    assert (
        f"{porch.PER_ADDRESS} connections from one address (IPv6: one /{porch._ONE_SITE_BITS}), {porch.IN_ALL} in all"
        in text
    )
    assert 450 < conversation._QUEUED_CHUNKS * capture.CHUNK_MS <= 500 and "half a second of sound" in text
    assert f"{outbox._MAX_TEXTS} text messages" in text
    assert f"does not take a message for {connection._SEND_TIMEOUT_S} s" in text


def as_notes(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def test_the_cues_of_the_document_are_those_of_the_wearable() -> None:
    told = {row[0].strip("`"): as_notes(row[1]) for row in table("### Cues")}
    assert list(told) == list(codec.CUES)
    for name, lengths in told.items():
        made = [ms for _, on_ms, off_ms, _ in cues.notes_of(name) for ms in (on_ms, off_ms)]
        assert lengths == [ms for ms in made if ms], name


def test_the_reasons_and_codes_of_the_document_are_those_of_the_code() -> None:
    codes = re.findall(
        r"^\| `(\w+)` \| (?:it|privacy)", DOCUMENT[: DOCUMENT.index("### Home to wearable")], re.MULTILINE
    )
    assert set(messages.RefusalCode) <= set(codes)
    assert set(link._REFUSALS) | set(dialer._UNWANTED) <= {
        row[0].strip("`") for row in table("## 5. Liveness, goodbye, and dialling again")
    }


def test_the_settings_of_the_document_are_those_both_sides_know() -> None:
    told = {row[0].strip("`") for row in table("### Settings")}
    assert told == set(
        json.loads((VECTORS / "messages.json").read_text())["to_wearable"]["messages"][0]["value"]["settings"]
    )


def test_abilities_may_be_missing_where_the_document_says_so() -> None:
    whole: dict[str, Any] = json.loads(next(line for line in blocks("json to-home") if '"hello"' in line))
    for names, _, missing, _ in table("### What a wearable can do: the fields of `hello`"):
        for name in re.findall(r"`(\w+)`", names):
            without = json.dumps({key: value for key, value in whole.items() if key != name})
            if missing == "no":
                with pytest.raises(LinkProtocolError, match=name):
                    messages.parse_hello(without)
            else:
                messages.parse_hello(without)
