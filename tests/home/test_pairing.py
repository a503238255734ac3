"""Pairing from the home's side, against a wearable on a real TCP socket: whom to trust, and when to give up."""

import asyncio
import errno
import json
from pathlib import Path
import secrets
import socket
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
import pytest

from custom_components.shelfsight.link import pairing as pairing_room
from custom_components.shelfsight.link.limits import fitting_urls
from custom_components.shelfsight.link.pairing import Pairing, PairingError
from tests.home.pairing_wearable import WEARABLE_ID, Change, PairingWearable
from tests.wearable.tape import Replay, Tape

VECTORS = Path(__file__).parents[2] / "firmware_bridge" / "vectors"


async def test_both_sides_have_the_same_digits_and_the_same_key() -> None:
    async with PairingWearable() as wearable:
        pairing = await Pairing.open(
            "127.0.0.1", wearable.port, "Our home, which has a name of more than forty characters"
        )
        wearable.pressed.set()
        assert await pairing.wait_for_button(5)
        assert await pairing.wait_for_button(5), "asked twice, it stays confirmed"
        assert (pairing.digits, len(pairing.digits)) == (wearable.digits, 6)
        paired = await pairing.finish(["http://192.0.2.1:8123", "https://home.example"])
        await wearable.stored.wait()
    assert (paired.wearable_id, paired.name, paired.model) == (WEARABLE_ID, "Desk", "desk")
    assert paired.link_key == wearable.key and len(paired.link_key) == 32
    assert wearable.urls == ["http://192.0.2.1:8123", "https://home.example"]
    assert wearable.begun[0]["home"] == "Our home, which has a name of more than "


async def test_a_home_says_line_by_line_what_the_vectors_say(monkeypatch: pytest.MonkeyPatch) -> None:
    case = json.loads((VECTORS / "pairing.json").read_text())[1]
    lines = json.loads((VECTORS / "messages.json").read_text())["pairing"]
    secret = X25519PrivateKey.from_private_bytes(bytes.fromhex(case["home_secret"]))
    monkeypatch.setattr(X25519PrivateKey, "generate", lambda: secret)
    monkeypatch.setattr(secrets, "token_bytes", lambda _count: bytes.fromhex(case["home_nonce"]))
    heard = "".join(line["text"] + "\n" for line in lines if line["from"] == "wearable")
    async with Replay(heard.encode()) as wearable, Tape(wearable.port) as tape:
        pairing = await Pairing.open("127.0.0.1", tape.port, "Home")
        assert pairing.digits == case["digits"]
        assert await pairing.wait_for_button(5)
        assert (await pairing.finish(case["urls"])).link_key.hex() == case["key"]
    said = [json.loads(line) for line in bytes(tape.said).splitlines()]
    assert said == [json.loads(line["text"]) for line in lines if line["from"] == "home"]


async def test_every_pairing_has_other_digits() -> None:
    digits = set()
    async with PairingWearable() as wearable:
        for _ in range(4):
            pairing = await Pairing.open("127.0.0.1", wearable.port, "Home")
            digits.add(pairing.digits)
            await pairing.close()
            await wearable.closed.wait()
    assert len(digits) == 4


async def test_before_the_button_is_pressed_nothing_is_confirmed() -> None:
    async with PairingWearable() as wearable:
        pairing = await Pairing.open("127.0.0.1", wearable.port, "Home")
        assert not await pairing.wait_for_button(0.05)
        wearable.pressed.set()
        assert await pairing.wait_for_button(5)
        await pairing.close()


def with_(**fields: Any) -> Change:
    return lambda message: {**message, **fields}


def without(name: str) -> Change:
    return lambda message: {key: value for key, value in message.items() if key != name}


SPOILED: dict[str, tuple[dict[str, Change], str]] = {
    "a key that makes the secret zero": ({"pair_reply": with_(public="00" * 32)}, "protocol"),
    "a key of small order": ({"pair_reply": with_(public="01" + "00" * 31)}, "protocol"),
    "a short key": ({"pair_reply": with_(public="00" * 31)}, "protocol"),
    "no key": ({"pair_reply": without("public")}, "protocol"),
    "no nonce": ({"pair_reply": without("nonce")}, "protocol"),
    "an id that is none": ({"pair_reply": with_(id="desk")}, "protocol"),
    "a long name": ({"pair_reply": with_(name="x" * 41)}, "protocol"),
    "another message": ({"pair_reply": with_(type="pair_stored")}, "protocol"),
    "no JSON": ({"pair_reply": lambda _message: "hello"}, "protocol"),
    "letters instead of a message": ({"pair_reply": lambda _message: "\u00ff" * 20}, "protocol"),
    "a line without end": ({"pair_reply": lambda _message: "x" * 5000}, "protocol"),
    "silence": ({"pair_reply": lambda _message: None}, "time"),
    "busy": ({"pair_reply": lambda _message: '{"type": "pair_failed", "reason": "busy"}'}, "busy"),
    "out of time": ({"pair_reply": lambda _message: '{"type": "pair_failed", "reason": "time"}'}, "time"),
    "a commitment that does not hold": (
        {"pair_reply": lambda _message: '{"type": "pair_failed", "reason": "commit"}'},
        "commit",
    ),
    "refused for the digits": (
        {"pair_reply": lambda _message: '{"type": "pair_failed", "reason": "digits"}'},
        "digits",
    ),
    "no room for a key": (
        {"pair_reply": lambda _message: '{"type": "pair_failed", "reason": "storage"}'},
        "storage",
    ),
    "another version of pairing": ({"pair_reply": with_(protocol=2)}, "protocol"),
    "refused for something new": (
        {"pair_reply": lambda _message: '{"type": "pair_failed", "reason": "moon"}'},
        "protocol",
    ),
    "refused for an object": ({"pair_reply": lambda _message: '{"type": "pair_failed", "reason": {}}'}, "protocol"),
    "refused for nothing": ({"pair_reply": lambda _message: '{"type": "pair_failed"}'}, "protocol"),
}


@pytest.mark.parametrize(("change", "reason"), SPOILED.values(), ids=SPOILED)
async def test_a_wearable_that_does_not_play_by_the_rules_is_given_up(
    change: dict[str, Change], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pairing_room._STEP_TIMEOUT_S == 10
    monkeypatch.setattr(pairing_room, "_STEP_TIMEOUT_S", 0.3)
    async with PairingWearable(**change) as wearable:
        with pytest.raises(PairingError) as caught:
            await Pairing.open("127.0.0.1", wearable.port, "Home")
        if reason != "time":
            await asyncio.wait_for(wearable.closed.wait(), 5)
    assert caught.value.reason == reason


CONFIRMED_WRONGLY: dict[str, tuple[Change, str]] = {
    "another proof": (with_(proof="00" * 32), "digits"),
    "a proof of another form": (with_(proof="yes"), "protocol"),
    "another message": (with_(type="pair_stored"), "protocol"),
    "given up": (lambda _message: '{"type": "pair_failed", "reason": "time"}', "time"),
}


@pytest.mark.parametrize(("change", "reason"), CONFIRMED_WRONGLY.values(), ids=CONFIRMED_WRONGLY)
async def test_a_wrong_confirmation_is_none(change: Change, reason: str) -> None:
    async with PairingWearable(pair_confirm=change) as wearable:
        pairing = await Pairing.open("127.0.0.1", wearable.port, "Home")
        wearable.pressed.set()
        with pytest.raises(PairingError) as caught:
            await pairing.wait_for_button(5)
        await pairing.close()
    assert caught.value.reason == reason


async def test_a_wearable_that_does_not_store_the_key_is_not_paired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing_room, "_STEP_TIMEOUT_S", 0.3)
    async with PairingWearable(pair_stored=lambda _message: None) as wearable:
        pairing = await Pairing.open("127.0.0.1", wearable.port, "Home")
        wearable.pressed.set()
        await pairing.wait_for_button(5)
        with pytest.raises(PairingError, match="time"):
            await pairing.finish([])
        await pairing.close()


async def test_a_wearable_that_hangs_up_is_unreachable() -> None:
    async with PairingWearable() as wearable:
        pairing = await Pairing.open("127.0.0.1", wearable.port, "Home")
    with pytest.raises(PairingError, match="unreachable"):
        await pairing.wait_for_button(5)
    with pytest.raises(PairingError, match="unreachable"):
        await pairing.finish([])
    await pairing.close()


async def test_where_nobody_listens_is_nobody() -> None:
    async with PairingWearable() as wearable:
        port = wearable.port
    with pytest.raises(PairingError, match="unreachable"):
        await Pairing.open("127.0.0.1", port, "Home")


async def test_the_address_that_the_wearable_can_dial_is_this_sides_own() -> None:
    async with PairingWearable() as wearable:
        pairing = await Pairing.open("127.0.0.1", wearable.port, "Home")
        assert pairing.local_address() == "127.0.0.1"
        await pairing.close()


async def test_a_wearable_whose_network_is_cut_while_digits_are_compared_is_noticed_within_fifteen_seconds() -> None:
    async with PairingWearable() as wearable:
        pairing = await Pairing.open("127.0.0.1", wearable.port, "Home")
        connection = pairing._writer.get_extra_info("socket")

        def tcp(option: int) -> int:
            return connection.getsockopt(socket.IPPROTO_TCP, option)

        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        silent_s = tcp(socket.TCP_KEEPIDLE) + tcp(socket.TCP_KEEPINTVL) * tcp(socket.TCP_KEEPCNT)
        assert 10 <= silent_s <= 15, "long enough for a Wi-Fi that changes its access point"
        assert tcp(socket.TCP_USER_TIMEOUT) == silent_s * 1000
        # What the system says then.
        pairing._reader.set_exception(TimeoutError(errno.ETIMEDOUT, "Connection timed out"))
        with pytest.raises(PairingError, match="unreachable"):
            await pairing.wait_for_button(5)
        await pairing.close()


def url(size_bytes: int, letter: str = "x") -> str:
    return "http://" + letter * ((size_bytes - 7) // len(letter.encode()))


async def test_urls_over_the_limits_are_left_out_and_the_four_longest_fit_into_a_line() -> None:
    assert fitting_urls([url(200), url(201), url(199, "ü"), url(201, "ü"), "http://a", "http://b", "http://c"]) == [
        url(200), url(199, "ü"), "http://a", "http://b",
    ]  # fmt: skip
    longest = [url(200, letter) for letter in "abcd"]
    async with PairingWearable() as wearable:
        pairing = await Pairing.open("127.0.0.1", wearable.port, "Home")
        wearable.pressed.set()
        assert await pairing.wait_for_button(5)
        await pairing.finish([url(201), *longest, "http://e"])
        assert wearable.urls == longest, "in a line of at most 1,024 bytes, which the wearable here checks"
