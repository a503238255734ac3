"""Pairing over a real socket, on CPython and on MicroPython, with `cryptography` on the home's side."""

import asyncio
import socket

from home_simulator import Home
from pairing_home import PairingHome
import pytest
from wearable_processes import LineProcess, device

URLS = ["http://127.0.0.1:1", "https://home.example"]

both = pytest.mark.parametrize("python", ["cpython", "micropython"])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


async def begun(wearable: LineProcess) -> PairingHome:
    home = await PairingHome.dial("127.0.0.1", (await wearable.until("pairing"))["port"])
    await home.begin()
    return home


@both
async def test_both_show_the_same_digits_and_share_a_key_after_the_press(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        home = await begun(wearable)
        assert (home.reply["id"], home.reply["name"], home.reply["protocol"]) == ("00c0ffee12345678", "Memory", 1)
        digits = await home.reveal()
        shown = await wearable.until("pairing_digits")
        assert shown["digits"] == digits
        await wearable.send("down")
        assert await home.finish(URLS) == {"type": "pair_stored"}
        await wearable.until("paired")
        told = await wearable.tell()
        assert (told["key"], told["urls"]) == (home.key.hex(), URLS)
        await home.close()


@both
async def test_after_pairing_it_dials_the_home_with_the_new_key(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        pairing = await begun(wearable)
        await pairing.reveal()
        await wearable.until("pairing_digits")
        await wearable.send("down", "up")
        async with Home(pairing.key) as home:
            await pairing.finish([home.url])
            await wearable.until("connected")
        await pairing.close()


@both
async def test_a_press_before_the_digits_were_said_confirms_nothing(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        await wearable.until("pairing")
        await wearable.send("down", "up")
        await wearable.until("release")
        home = await begun(wearable)
        await home.reveal()
        await wearable.until("pairing_digits")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await home.receive()
        assert (await wearable.tell())["key"] is None
        await home.close()


@both
async def test_a_home_that_reveals_another_key_than_it_was_bound_to_is_refused(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        home = await begun(wearable)
        home.nonce = bytes(16)
        await home.reveal()
        assert await home.receive() == {"type": "pair_failed", "reason": "commit"}
        await wearable.until("pairing_failed", reason="commit")
        assert not wearable.all("pairing_digits")
        await home.close()


@both
async def test_one_home_at_a_time_and_the_next_may_try_after_it(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        first = await begun(wearable)
        second = await PairingHome.dial("127.0.0.1", (await wearable.until("pairing"))["port"])
        assert await second.receive() == {"type": "pair_failed", "reason": "busy"}
        await second.close()
        await first.close()
        await wearable.until("pairing_failed", reason="gone")
        third = await begun(wearable)
        await third.reveal()
        await wearable.until("pairing_digits")
        await wearable.send("down")
        assert await third.finish(URLS) == {"type": "pair_stored"}
        await third.close()


@both
async def test_a_home_that_says_the_digits_differ_ends_the_attempt(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        home = await begun(wearable)
        await home.reveal()
        await wearable.until("pairing_digits")
        await home.send({"type": "pair_failed", "reason": "digits"})
        await wearable.until("pairing_failed", reason="digits")
        await wearable.send("down")
        assert (await wearable.tell())["key"] is None
        await home.close()


@both
async def test_pair_done_before_the_press_or_with_changed_urls_stores_nothing(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        home = await begun(wearable)
        await home.reveal()
        await wearable.until("pairing_digits")
        await home.send({"type": "pair_done", "proof": "00" * 32, "urls": URLS})
        assert await home.receive() == {"type": "pair_failed", "reason": "protocol"}
        await home.close()
        home = await begun(wearable)
        await home.reveal()
        await wearable.until("pairing_digits", 2)
        await wearable.send("down")
        await home.receive()
        await home.send({"type": "pair_done", "proof": "00" * 32, "urls": URLS})
        assert await home.receive() == {"type": "pair_failed", "reason": "digits"}
        assert (await wearable.tell())["key"] is None
        await home.close()


@both
async def test_garbage_and_endless_lines_are_survived(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        port = (await wearable.until("pairing"))["port"]
        for number, line in enumerate(
            (b"x" * 5000, b"[]\n", b"\xff\xfe\n", b'{"type": "pair_begin"}\n', b"{" * 900 + b"\n"), 1
        ):
            stranger = await PairingHome.dial("127.0.0.1", port)
            await stranger.send_bytes(line)
            await wearable.until("pairing_failed", number, reason="protocol")
            await stranger.close()
        home = await begun(wearable)
        assert await home.reveal() == (await wearable.until("pairing_digits"))["digits"]
        await home.close()
