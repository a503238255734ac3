"""The door under attack: crowds, floods, bombs, strangers' words and wearables that share an id. Real server and sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
import json
import logging
import os
import struct
from typing import Any

import aiohttp
from aiohttp import ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestClient
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.http.ban import KEY_FAILED_LOGIN_ATTEMPTS, KEY_LOGIN_THRESHOLD
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from custom_components.shelfsight import DOORBOOK, household
from tests.fuzz.wire import BINARY, CLOSE, PING, TEXT, frame
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

BUSY = [{"type": "bye", "reason": "busy"}]
BROKEN = ([{"type": "bye", "reason": "protocol"}], 1008)
ROOM = "custom_components.shelfsight"


def ours(caplog: pytest.LogCaptureFixture, level: int = logging.INFO) -> list[str]:
    """What the integration logged."""
    return [one.getMessage() for one in caplog.records if one.name.startswith(ROOM) and one.levelno >= level]


def failed_logins(hass: HomeAssistant) -> int:
    return sum(hass.http.app[KEY_FAILED_LOGIN_ATTEMPTS].values())


async def ending(socket: ClientWebSocketResponse) -> tuple[list[dict[str, Any]], int | None]:
    """What is said until the connection closes, and the code it closes with."""
    said = []
    while (message := await socket.receive(timeout=5)).type is WSMsgType.TEXT:
        said.append(json.loads(message.data))
    return said, socket.close_code


class Street:
    """Callers from several addresses of this machine."""

    def __init__(self, client: TestClient, stack: AsyncExitStack) -> None:
        self._url = f"ws://127.0.0.1:{client.port}{PATH}"
        self._stack = stack
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._sockets: list[ClientWebSocketResponse] = []

    async def empty(self) -> None:
        """Nobody is left."""
        await asyncio.gather(*(socket.close() for socket in self._sockets))

    async def call(self, address: str = "127.0.0.1", **options: Any) -> ClientWebSocketResponse:
        """Connect from there and read the challenge; say nothing."""
        if address not in self._sessions:
            connector = aiohttp.TCPConnector(local_addr=(address, 0), limit=0)
            self._sessions[address] = await self._stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        socket = await self._sessions[address].ws_connect(self._url, **options)
        self._sockets.append(socket)
        assert (await socket.receive_json(timeout=5))["type"] == "challenge"
        return socket


@pytest_asyncio.fixture
async def street(http: TestClient) -> AsyncIterator[Street]:
    async with AsyncExitStack() as stack:
        made = Street(http, stack)
        yield made
        await made.empty()


async def still_there(socket: ClientWebSocketResponse) -> bool:
    """Whether nothing more has come."""
    try:
        await socket.receive(timeout=0.05)
    except TimeoutError:
        return True
    return False


# --- crowds -----------------------------------------------------------------------------------------------------------


async def test_of_more_than_16_unproven_of_an_address_the_oldest_go_and_a_wearable_gets_in(
    street: Street, dial: Dial, caplog: pytest.LogCaptureFixture
) -> None:
    sockets = [await street.call() for _ in range(20)]
    assert [(await ending(socket))[0] for socket in sockets[:4]] == [BUSY] * 4
    assert all(await asyncio.gather(*(still_there(socket) for socket in sockets[4:])))
    await dial()
    assert (await ending(sockets[4]))[0] == BUSY, "the wearable took its place while it was unproven"
    assert len([line for line in ours(caplog) if "Turned away" in line]) == 1


async def test_of_more_than_64_in_all_one_goes_whose_address_has_the_most(street: Street, dial: Dial) -> None:
    alone = await street.call("127.0.0.9")
    crowd = [await street.call(f"127.0.0.{10 + number // 16}") for number in range(63)]
    for number in range(8):
        await street.call(f"127.0.0.{20 + number}")
    assert await still_there(alone)
    gone = [
        socket for socket, there in zip(crowd, await asyncio.gather(*map(still_there, crowd)), strict=True) if not there
    ]
    assert len(gone) == 8
    await dial()


async def test_those_who_were_sent_away_take_no_room(hass: HomeAssistant, street: Street, dial: Dial) -> None:
    for _ in range(3):
        for socket in [await street.call() for _ in range(16)]:
            await socket.send_str("no hello")
            assert await ending(socket) == BROKEN
    sockets = [await street.call() for _ in range(16)]
    assert all(await asyncio.gather(*map(still_there, sockets)))


async def test_in_the_midst_of_a_crowd_that_does_not_end_a_wearable_gets_in(street: Street, dial: Dial) -> None:
    async def crowd() -> None:
        while True:
            await street.call()

    crowds = [asyncio.create_task(crowd()) for _ in range(4)]
    try:
        await asyncio.sleep(0.2)
        for _ in range(3):
            wearable = await dial()
            await wearable.press()
            await wearable.heard("capture", press=1)
    finally:
        for task in crowds:
            task.cancel()
        await asyncio.wait(crowds)


# --- strangers' words -------------------------------------------------------------------------------------------------

MARKER = "hunter2"


async def test_nothing_that_a_stranger_says_gets_into_the_log(
    hass: HomeAssistant, http: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", "aiohttp.access")  # where Home Assistant itself has it
    caplog.set_level("DEBUG")
    url = f"{PATH}?{MARKER}={MARKER}"
    headers = {"User-Agent": MARKER, "Referer": MARKER, "Cookie": f"{MARKER}={MARKER}"}
    challenge: dict[str, Any]
    for said in (
        MARKER,
        json.dumps({"type": MARKER}),
        json.dumps({"type": "hello", "id": MARKER}),
        json.dumps({"type": "hello", "id": WEARABLE_ID, "protocol": MARKER}),
        json.dumps({MARKER: MARKER, "type": "hello", "x": [MARKER] * 2000}),
        MARKER.encode(),
        None,
    ):
        socket = await http.ws_connect(url, headers=headers)
        challenge = await socket.receive_json()
        if said is None:
            await socket.send_json({**hello_to(challenge, key=bytes(32)), "name": MARKER, "model": MARKER, MARKER: 1})
        elif isinstance(said, str):
            await socket.send_str(said)
        else:
            await socket.send_bytes(said)
        await ending(socket)
    for change in (
        {"Sec-WebSocket-Protocol": MARKER},
        {"Origin": f"https://{MARKER}"},
        {"Sec-WebSocket-Key": MARKER},
        {"Sec-WebSocket-Version": MARKER},
        {"Upgrade": MARKER},
        {"Sec-WebSocket-Extensions": MARKER},
    ):
        opening = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                   "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
        response = await http.get(url, headers={**headers, **opening, **change})
        assert MARKER not in (await response.text() if response.status != 101 else "")
        response.close()
    await eventually(lambda: failed_logins(hass) == 1)
    await hass.async_block_till_done()
    told = [one for one in caplog.records if MARKER in one.getMessage() or MARKER in str(one.exc_info)]
    assert not told
    assert any("127.0.0.1" in line for line in ours(caplog))


async def test_a_page_in_a_browser_cannot_have_its_reader_banned(hass: HomeAssistant, http: TestClient) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await http.ws_connect(PATH, headers={"Origin": "https://example.org"})
    assert refused.value.status == 403
    assert failed_logins(hass) == 0


async def test_however_many_are_turned_away_there_is_one_line_a_minute(
    hass: HomeAssistant, http: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    hass.http.app[KEY_LOGIN_THRESHOLD] = -1  # nobody is banned: Home Assistant's own default
    for _ in range(30):
        socket = await http.ws_connect(PATH)
        await socket.send_json(hello_to(await socket.receive_json(), key=os.urandom(32)))
        await ending(socket)
    await hass.async_block_till_done()
    assert ours(caplog) == ["Turned away from 127.0.0.1: a wrong proof (1 times since told last)"]
    await eventually(lambda: [one for one in caplog.records if "invalid authentication" in one.getMessage()])
    assert len([one for one in caplog.records if "invalid authentication" in one.getMessage()]) == 1


# --- floods and bombs -------------------------------------------------------------------------------------------------


FRAMES = {
    "a compressed message that nobody agreed on": frame(TEXT, b"\xaa\x00" * 50, reserved=0x40),
    "reserved bits": frame(TEXT, b"x", reserved=0x20),
    "an unknown opcode": frame(3, b"x"),
    "a control frame in pieces": frame(PING, b"x", final=False),
    "a long control frame": frame(PING, bytes(126)),
    "a continuation of nothing": frame(0, b"x"),
    "a message within a message": frame(TEXT, b"x", final=False) + frame(TEXT, b"y"),
    "no UTF-8": frame(TEXT, b"\xff\xfe"),
    "a length of exabytes": frame(BINARY, bytes(100), size=2**62),
    "a negative length": frame(BINARY, bytes(100), size=2**64 - 1),
    "a message that does not end": b"".join(
        frame(BINARY if number == 0 else 0, bytes(1000), final=False) for number in range(200)
    ),
    "a close that is none": frame(CLOSE, b"\x00"),
}


@pytest.mark.parametrize("bomb", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("proven", [True, False], ids=["proven", "unproven"])
async def test_broken_frames_end_the_connection_and_nothing_else(
    hass: HomeAssistant, http: TestClient, dial: Dial, caplog: pytest.LogCaptureFixture, bomb: bytes, proven: bool
) -> None:
    if proven:
        wearable = await dial()
        wearable.socket._conn.transport.write(bomb)
        await wearable.until(lambda: "closed" in wearable.order)
        await eventually(lambda: state(hass, "binary_sensor", "connected") == "off")
    else:
        socket = await http.ws_connect(PATH)
        await socket.receive_json()
        socket._conn.transport.write(bomb)
        await ending(socket)
    await dial()
    lines = ours(caplog, logging.WARNING)
    assert lines == (
        [f"Wearable {WEARABLE_ID} broke the protocol: broken WebSocket frames (1 times since told last)"]
        if proven
        else []
    )
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_compression_is_never_agreed_on(http: TestClient) -> None:
    socket = await http.ws_connect(PATH, compress=15)
    assert "Sec-WebSocket-Extensions" not in socket._response.headers
    assert not socket.compress
    await socket.close()


async def test_a_wearables_pings_are_answered_and_a_flood_of_them_ends_the_connection(dial: Dial) -> None:
    wearable = await dial()
    await wearable.socket.ping(b"are you there?")
    await wearable.press()
    await wearable.heard("capture", press=1)
    for _ in range(100):
        await wearable.socket.ping(b"x")
    await wearable.until(lambda: "closed" in wearable.order)
    assert wearable.texts[-1] == {"type": "bye", "reason": "protocol"}


async def test_pings_do_not_keep_an_unproven_connection_open(http: TestClient) -> None:
    socket = await http.ws_connect(PATH)
    await socket.receive_json()
    for _ in range(5):
        await socket.ping()
    assert await ending(socket) == BROKEN


@pytest.mark.parametrize(
    "flood",
    [
        b'{"type":"new"}',
        struct.pack(">BBHI", 1, 0, 0, 0) + bytes(2),
        struct.pack(">BBHIII", 2, 0, 0, 0, 0, 2_000_000) + bytes(1),
        struct.pack(">BBHI", 9, 0, 0, 0),
    ],
    ids=["texts", "sound", "picture parts", "an unknown stream"],
)
async def test_a_flood_of_any_kind_ends_the_connection(dial: Dial, flood: bytes) -> None:
    wearable = await dial()
    opcode = TEXT if flood.startswith(b"{") else BINARY
    wearable.socket._conn.transport.write(frame(opcode, flood) * 4000)
    await wearable.until(lambda: "closed" in wearable.order)
    await dial()


async def test_a_wearable_that_breaks_the_protocol_over_and_over_fills_no_log(
    dial: Dial, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10):
        wearable = await dial()
        await wearable.socket.send_str("no JSON")
        await wearable.until(lambda wearable=wearable: "closed" in wearable.order)
        assert wearable.socket.close_code == 1008
    assert len([line for line in ours(caplog, logging.WARNING) if "broke the protocol" in line]) == 1


async def test_a_question_over_a_connection_that_broke_the_protocol_ends_and_the_next_one_begins(
    hass: HomeAssistant, dial: Dial
) -> None:
    wearable = await dial()
    await wearable.press()
    await until_state(hass, lambda: state(hass, "sensor", "state") == "listening")
    await wearable.socket.send_bytes(b"broken")
    await wearable.until(lambda: "closed" in wearable.order)
    await until_state(hass, lambda: state(hass, "sensor", "state") in ("idle", "unavailable"))
    await eventually(lambda: not running_tasks())
    back = await dial()
    await back.press()
    await until_state(hass, lambda: state(hass, "sensor", "state") == "listening")


async def test_a_hello_that_is_proven_but_broken_is_a_broken_protocol_and_no_wrong_login(
    hass: HomeAssistant, http: TestClient
) -> None:
    socket = await http.ws_connect(PATH)
    await socket.send_json(hello_to(await socket.receive_json(), microphone={"rate_hz": "loud"}))
    assert await ending(socket) == BROKEN
    assert failed_logins(hass) == 0


# --- a new key --------------------------------------------------------------------------------------------------------


async def test_a_wearable_that_was_just_paired_again_is_not_refused_for_its_new_key(
    hass: HomeAssistant, entry: MockConfigEntry, http: TestClient
) -> None:
    new = bytes(reversed(range(32)))
    hass.data[DOORBOOK].expected.add(WEARABLE_ID)  # as the config flow does before it hands over the key
    dialling = asyncio.create_task(FakeWearable.dial(http, key=new))
    await asyncio.sleep(0.1)
    assert not dialling.done()
    hass.config_entries.async_update_entry(entry, data={**entry.data, "link_key": new.hex()})
    assert await hass.config_entries.async_reload(entry.entry_id)
    wearable = await dialling
    assert wearable.welcome["type"] == "welcome"
    await wearable.leave()
    assert failed_logins(hass) == 0


# --- two wearables with one id ----------------------------------------------------------------------------------------


def rivals(hass: HomeAssistant) -> list[ir.IssueEntry]:
    return [issue for issue in ir.async_get(hass).issues.values() if issue.translation_key == "rivals"]


async def throw_each_other_out(hass: HomeAssistant, dial: Dial, times: int) -> None:
    older = await dial()
    for _ in range(times):
        newer = await dial()
        await older.until(lambda older=older: "closed" in older.order)
        assert older.texts == [{"type": "bye", "reason": "replaced"}]
        older = newer


async def test_two_wearables_with_one_id_are_told_of_once_and_forgotten_when_it_is_over(
    hass: HomeAssistant, dial: Dial, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert household.OVER_AFTER_S == 300
    monkeypatch.setattr(household, "OVER_AFTER_S", 1)
    await throw_each_other_out(hass, dial, 2)
    await asyncio.sleep(0.05)
    assert not rivals(hass), "that may have been one that came back"
    await throw_each_other_out(hass, dial, 3)
    await eventually(lambda: rivals(hass))
    (issue,) = rivals(hass)
    assert (issue.severity, issue.is_fixable, issue.translation_placeholders) == (
        ir.IssueSeverity.WARNING, False, {"name": "Desk"},
    )  # fmt: skip
    assert ours(caplog, logging.WARNING) == [
        f"Two wearables dial in with the id {WEARABLE_ID}, and throw each other out"
    ]
    await eventually(lambda: not rivals(hass))


async def test_a_new_key_ends_it(hass: HomeAssistant, entry: MockConfigEntry, dial: Dial) -> None:
    await throw_each_other_out(hass, dial, 4)
    await eventually(lambda: rivals(hass))
    hass.config_entries.async_update_entry(entry, data={**entry.data, "link_key": bytes(32).hex()})
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert not rivals(hass)
    assert KEY.hex() != entry.data["link_key"]


async def test_one_wearable_whose_connections_die_is_no_two(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    for _ in range(5):
        older = await dial()
        older._reader.cancel()  # its network is gone: it does not even answer a goodbye
    last = await dial()
    await last.press()
    await last.heard("capture", press=1)
    await eventually(lambda: len([name for name in running_tasks() if "farewell" in name]) == 0)
    assert not rivals(hass)
