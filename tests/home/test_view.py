"""The door: who may come in, who not, and what becomes of those who behave badly. Real server, real WebSocket."""

import asyncio
import json
from pathlib import Path
import secrets
import socket
import struct
from typing import Any

from aiohttp import WSMsgType
from aiohttp.test_utils import TestClient
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.http.ban import KEY_FAILED_LOGIN_ATTEMPTS
from homeassistant.core import HomeAssistant

from custom_components.shelfsight import DOORBOOK
from custom_components.shelfsight.link import connection, doorbook, view
from tests import pictures
from tests.home.conftest import Dial
from tests.home.parts import (
    KEY,
    PATH,
    WEARABLE_ID,
    FakeWearable,
    eventually,
    hello_to,
    running_tasks,
    state,
    until_state,
)
from tests.local_live.server_parts import Brains

OTHER_ID = "ffffffffffffffff"


def failed_logins(hass: HomeAssistant) -> int:
    return sum(hass.http.app[KEY_FAILED_LOGIN_ATTEMPTS].values())


async def ending(socket: Any) -> tuple[list[dict[str, Any]], int | None]:
    """What is said until the connection closes, and the code it closes with."""
    said = []
    while (message := await socket.receive(timeout=5)).type is WSMsgType.TEXT:
        said.append(json.loads(message.data))
    assert message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING)
    return said, socket.close_code


def drop(socket: Any) -> None:
    """Hang up without a word."""
    socket._conn.transport.abort()


async def test_whoever_proves_to_hold_the_key_is_welcomed_and_the_home_proves_itself(
    hass: HomeAssistant, dial: Dial
) -> None:
    hass.config.location_name = "Our home"
    wearable = await dial()  # checks the home's proof
    assert (wearable.welcome["type"], wearable.welcome["protocol"], wearable.welcome["home"]) == (
        "welcome", 1, "Our home",
    )  # fmt: skip
    assert wearable.welcome["settings"]["capture"] == {
        "audio": True, "video": {"width": 1600, "height": 1200, "rate_hz": 1.0, "quality": 80},
    }  # fmt: skip
    await until_state(hass, lambda: state(hass, "binary_sensor", "connected") == "on")
    assert failed_logins(hass) == 0


async def test_a_wearable_without_camera_and_microphone_is_asked_for_neither(dial: Dial) -> None:
    wearable = await dial(camera=None, microphone=None)
    assert wearable.welcome["settings"]["capture"] == {"audio": False, "video": None}


@pytest.mark.parametrize("who", [{"key": bytes(32)}, {"wearable_id": OTHER_ID}], ids=["wrong key", "unknown id"])
async def test_whoever_does_not_hold_the_key_is_sent_away_and_counted(
    hass: HomeAssistant, http: TestClient, who: dict[str, Any]
) -> None:
    socket = await http.ws_connect(PATH)
    await socket.send_json(hello_to(await socket.receive_json(), **who))
    assert await ending(socket) == ([{"type": "bye", "reason": "proof"}], 1008)
    await eventually(lambda: failed_logins(hass) == 1)
    assert state(hass, "binary_sensor", "connected") == "off"


async def guess(http: TestClient, wearable_id: str = WEARABLE_ID) -> None:
    """Try a key that is not the right one."""
    socket = await http.ws_connect(PATH)
    await socket.send_json(hello_to(await socket.receive_json(), key=secrets.token_bytes(32), wearable_id=wearable_id))
    assert await ending(socket) == ([{"type": "bye", "reason": "proof"}], 1008)


async def test_whoever_keeps_guessing_is_banned(hass: HomeAssistant, http: TestClient) -> None:
    for _ in range(11):  # the first counts; as fast as a wearable may dial, ten more do not
        await guess(http)
    await eventually(lambda: failed_logins(hass) == 1)
    for count in (2, 3):
        await guess(http)
        await eventually(lambda count=count: failed_logins(hass) == count)
    banned = Path(hass.config.config_dir) / "ip_bans.yaml"
    await eventually(lambda: banned.exists() and "127.0.0.1" in banned.read_text())
    assert (await http.get("/api/")).status == 403


async def test_whoever_tries_one_id_after_the_other_is_banned(hass: HomeAssistant, http: TestClient) -> None:
    for number in range(3):
        await guess(http, f"{number:016x}")
        await eventually(lambda count=number + 1: failed_logins(hass) == count)
    assert (await http.get("/api/")).status == 403


async def test_whoever_hangs_up_before_the_refusal_is_counted_all_the_same(
    hass: HomeAssistant, http: TestClient
) -> None:
    socket = await http.ws_connect(PATH)
    await socket.send_json(hello_to(await socket.receive_json(), key=bytes(32)))
    drop(socket)
    await eventually(lambda: failed_logins(hass) == 1)


async def test_a_proof_does_not_hold_for_another_connection(hass: HomeAssistant, http: TestClient, dial: Dial) -> None:
    first = await http.ws_connect(PATH)
    old = hello_to(await first.receive_json())
    await first.close()
    second = await http.ws_connect(PATH)
    await second.receive_json()
    await second.send_json(old)
    assert await ending(second) == ([{"type": "bye", "reason": "proof"}], 1008)


async def test_a_wearable_of_ours_with_another_version_is_told_so_and_which_would_do(
    hass: HomeAssistant, http: TestClient
) -> None:
    socket = await http.ws_connect(PATH)
    await socket.send_json(hello_to(await socket.receive_json(), protocol=2))
    assert await ending(socket) == ([{"type": "bye", "reason": "version", "protocol": 1, "oldest": 1}], 1000)
    assert failed_logins(hass) == 0


@pytest.mark.parametrize("change", [{"protocol": 2}, {"protocol": 0}, {"protocol": 1_000_000}], ids=str)
async def test_a_stranger_with_another_version_is_told_no_more_than_any_stranger(
    http: TestClient, change: dict[str, Any]
) -> None:
    socket = await http.ws_connect(PATH)
    await socket.send_json({**hello_to(await socket.receive_json()), **change})  # the proof is that of version 1
    assert await ending(socket) == ([{"type": "bye", "reason": "proof"}], 1008)


async def test_the_home_says_which_versions_it_speaks(http: TestClient) -> None:
    socket = await http.ws_connect(PATH)
    challenge = await socket.receive_json()
    assert (challenge["type"], challenge["protocol"], challenge["oldest"]) == ("challenge", 1, 1)


async def test_whoever_says_nothing_is_sent_away(http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert view._HELLO_TIMEOUT_S == 5
    monkeypatch.setattr(view, "_HELLO_TIMEOUT_S", 0.1)
    socket = await http.ws_connect(PATH)
    await socket.receive_json()
    assert (await ending(socket))[0] == [{"type": "bye", "reason": "protocol"}]


MICROPHONE = struct.pack(">BBHI", 1, 0, 0, 0) + bytes(640)
BEFORE_PROOF: dict[str, str | bytes] = {
    "binary": MICROPHONE,
    "a button": '{"type":"button","event":"press","press":1,"time_ms":1}',
    "no JSON": "hunter2",
    "nothing": "",
    "a list": "[]",
    "a nest": "[" * 4000,
    "a hello without anything": '{"type":"hello"}',
    "a long hello": json.dumps({"type": "hello", "x": "x" * 5000}),
    "a longer hello": json.dumps({"type": "hello", "x": "x" * 20_000}),
}


@pytest.mark.parametrize("message", BEFORE_PROOF.values(), ids=BEFORE_PROOF)
async def test_whatever_is_no_hello_ends_the_connection_and_the_next_one_works(
    http: TestClient, dial: Dial, message: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    socket = await http.ws_connect(PATH)
    await socket.receive_json()
    await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
    assert await ending(socket) == ([{"type": "bye", "reason": "protocol"}], 1008)
    await dial()
    assert "hunter2" not in caplog.text


async def test_whoever_hangs_up_before_hello_leaves_no_error_behind(
    hass: HomeAssistant, http: TestClient, dial: Dial, caplog: pytest.LogCaptureFixture
) -> None:
    for hang_up in ("close", "drop"):
        socket = await http.ws_connect(PATH)
        await socket.receive_json()
        if hang_up == "close":
            await socket.close()
        else:
            drop(socket)
    await dial()
    await hass.async_block_till_done()
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


AFTER_PROOF: dict[str, str | bytes] = {
    "no JSON": "hunter2",
    "a wrong field": '{"type":"button","event":"press","press":"hunter2","time_ms":1}',
    "an empty binary message": b"",
    "a long sound": struct.pack(">BBHI", 1, 0, 0, 0) + bytes(4000),
    "half a sample": struct.pack(">BBHI", 1, 0, 0, 0) + bytes(3),
    "a part outside its picture": struct.pack(">BBHIII", 2, 0, 0, 0, 90, 100) + bytes(50),
    "a text over its limit": json.dumps({"type": "new", "x": "x" * 16_384}),
    "a text far over its limit": json.dumps({"type": "new", "x": "x" * 60_000}),
    "a binary message far over its limit": struct.pack(">BBHI", 1, 0, 0, 0) + bytes(60_000),
}


@pytest.mark.parametrize("message", AFTER_PROOF.values(), ids=AFTER_PROOF)
async def test_a_wearable_that_breaks_the_protocol_is_sent_away_and_may_dial_again(
    hass: HomeAssistant, dial: Dial, message: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    wearable = await dial()
    if isinstance(message, str):
        await wearable.socket.send_str(message)
    else:
        await wearable.socket.send_bytes(message)
    await wearable.until(lambda: "closed" in wearable.order)
    assert wearable.texts == [{"type": "bye", "reason": "protocol"}]
    assert wearable.socket.close_code == 1008
    await until_state(hass, lambda: state(hass, "binary_sensor", "connected") == "off")
    await dial()
    assert "hunter2" not in caplog.text


async def test_what_is_not_known_is_ignored_and_counted(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    wearable = await dial()
    for message in ({"type": "future"}, {"type": "button", "event": "triple", "press": 1, "time_ms": 1}):
        await wearable.send(message)
    await wearable.socket.send_bytes(struct.pack(">BBHI", 9, 0, 0, 0))
    await wearable.send({"type": "state", "battery_percent": 80})
    await wearable.send({"type": "refused", "what": "camera", "reason": "busy"})
    await wearable.send({"type": "button", "event": "long", "press": 0, "time_ms": 1})
    await until_state(hass, lambda: state(hass, "event", "button") != "unknown")
    assert entry.runtime_data.wearable.diagnostics()["unknown_messages"] == 3


async def test_a_flood_ends_the_connection(dial: Dial, caplog: pytest.LogCaptureFixture) -> None:
    wearable = await dial()
    for _ in range(4500):
        if wearable.socket.closed:
            break
        try:
            await wearable.socket.send_str('{"type":"x"}')
        except ConnectionError:
            break
    await wearable.until(lambda: "closed" in wearable.order)
    assert wearable.texts == [{"type": "bye", "reason": "protocol"}]
    assert "more messages than a wearable has to send" in caplog.text


async def test_a_newer_connection_of_the_same_wearable_replaces_the_older(hass: HomeAssistant, dial: Dial) -> None:
    older = await dial()
    newer = await dial()
    await older.until(lambda: "closed" in older.order)
    assert older.texts == [{"type": "bye", "reason": "replaced"}]
    await newer.press()
    await newer.heard("capture", press=1)
    assert state(hass, "binary_sensor", "connected") == "on"


async def test_of_many_connections_at_once_one_is_left_and_it_works(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    dialled = await asyncio.gather(*(dial() for _ in range(5)))
    await eventually(lambda: sum("closed" not in one.order for one in dialled) == 1)
    (left,) = (one for one in dialled if "closed" not in one.order)
    await left.press()
    await left.heard("capture", press=1)
    assert state(hass, "binary_sensor", "connected") == "on"


async def test_a_question_over_a_connection_that_was_replaced_ends_with_it(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    await (await dial()).press()
    await until_state(hass, lambda: state(hass, "sensor", "state") == "listening")
    newer = await dial()
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    await newer.press()
    await until_state(hass, lambda: state(hass, "sensor", "state") == "listening")


async def test_a_wearable_whose_older_connection_is_dead_is_served_at_once(hass: HomeAssistant, dial: Dial) -> None:
    older = await dial()
    older._reader.cancel()  # it does not even answer a close any more
    newer = await dial()
    began_s = hass.loop.time()
    await newer.press()
    await newer.heard("capture", press=1)
    assert hass.loop.time() - began_s < 1


async def test_a_wearable_that_takes_nothing_of_what_is_sent_is_cut(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, brains: Brains, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_SEND_TIMEOUT_S", 0.3)
    brains.first.text = "This is an answer that is far too long to be waiting in a buffer. " * 12
    wearable = await dial(speaker={"rate_hz": 48000, "buffer_ms": 10_000})
    ours = entry.runtime_data.wearable._way._connection._ws._req.transport
    theirs = wearable.socket._conn.transport
    ours.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    theirs.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await wearable.ask(pictures.jpeg())
    theirs.pause_reading()
    await until_state(hass, lambda: state(hass, "binary_sensor", "connected") == "off")
    await until_state(hass, lambda: state(hass, "sensor", "state") == "unavailable")
    await eventually(lambda: not running_tasks())
    theirs.resume_reading()


async def test_a_wearable_that_is_expected_but_not_ready_is_waited_for(
    hass: HomeAssistant, entry: MockConfigEntry, http: TestClient
) -> None:
    assert await hass.config_entries.async_unload(entry.entry_id)
    dialling = asyncio.create_task(FakeWearable.dial(http))
    await asyncio.sleep(0.1)
    assert not dialling.done()
    assert await hass.config_entries.async_setup(entry.entry_id)
    wearable = await dialling
    assert wearable.welcome["type"] == "welcome"
    await wearable.leave()


async def test_a_wearable_that_stays_not_ready_is_told_to_dial_again_and_not_counted(
    hass: HomeAssistant, entry: MockConfigEntry, http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorbook, "_EXPECTED_WAIT_S", 0.1)
    assert await hass.config_entries.async_unload(entry.entry_id)
    socket = await http.ws_connect(PATH)
    await socket.send_json(hello_to(await socket.receive_json()))
    assert await ending(socket) == ([{"type": "bye", "reason": "shutdown"}], 1000)
    assert failed_logins(hass) == 0


async def test_a_wearable_that_was_removed_hears_so_once_from_its_home_and_is_a_stranger_then(
    hass: HomeAssistant, entry: MockConfigEntry, http: TestClient, dial: Dial
) -> None:
    there = await dial()
    await hass.config_entries.async_remove(entry.entry_id)
    await there.heard("bye", reason="shutdown")
    assert hass.data[DOORBOOK].expected == set()
    await guess(http)  # somebody else with its id does not take its goodbye away
    back = await FakeWearable.dial(http)  # checks the home's proof
    await back.until(lambda: "closed" in back.order)
    assert back.texts == [{"type": "bye", "reason": "removed"}]
    assert back.welcome["settings"] == {}
    assert KEY.hex() not in repr(hass.data[DOORBOOK]) and KEY not in hass.data[DOORBOOK]._farewells.values()
    socket = await http.ws_connect(PATH)
    await socket.send_json(hello_to(await socket.receive_json()))
    assert await ending(socket) == ([{"type": "bye", "reason": "proof"}], 1008)


async def test_a_browser_is_told_what_lives_here(http: TestClient) -> None:
    response = await http.get(PATH)
    assert response.status == 426
    assert "WebSocket" in await response.text()


@pytest.mark.parametrize("key", [KEY, bytes(32)], ids=["right", "wrong"])
async def test_no_secret_gets_into_the_log(http: TestClient, caplog: pytest.LogCaptureFixture, key: bytes) -> None:
    caplog.set_level("DEBUG")
    socket = await http.ws_connect(PATH)
    challenge = await socket.receive_json()
    hello = hello_to(challenge, key=key)
    await socket.send_json(hello)
    answer = await socket.receive_json()
    await socket.close()
    for secret in (KEY.hex(), hello["proof"], answer.get("proof", "no proof"), challenge["nonce"], hello["nonce"]):
        assert secret not in caplog.text
    assert WEARABLE_ID in caplog.text or key != KEY
