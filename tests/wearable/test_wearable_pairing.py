"""Pairing over a real socket, on CPython and on MicroPython, with `cryptography` on the home's side."""

import asyncio

from home_simulator import Home
from pairing_home import PairingHome, free_port
import pytest
from wearable_processes import LineProcess, device

URLS = ["http://127.0.0.1:1", "https://home.example"]

ANOTHER = "127.0.0.2"

both = pytest.mark.parametrize("python", ["cpython", "micropython"])


async def begun(wearable: LineProcess, pairing: int = 1) -> PairingHome:
    """A home that has said `pair_begin` and got its reply, in the wearable's so-manieth time of pairing."""
    home = await PairingHome.dial("127.0.0.1", (await wearable.until("pairing", pairing))["port"])
    await home.begin()
    return home


async def shown(wearable: LineProcess, count: int = 1) -> PairingHome:
    """A home whose digits, the wearable's so-manieth, are being said."""
    home = await begun(wearable)
    digits = await home.reveal()
    assert (await wearable.until("pairing_digits", count))["digits"] == digits
    return home


async def confirmed(wearable: LineProcess, home: PairingHome) -> None:
    """The person presses, and both keep what they agreed on."""
    await wearable.send("down")
    assert await home.finish(URLS) == {"type": "pair_stored"}
    await wearable.until("paired")
    told = await wearable.tell()
    assert (told["key"], told["urls"]) == (home.key.hex(), URLS)
    await home.close()


async def another(wearable: LineProcess) -> PairingHome:
    """A home at another address of this machine."""
    return await PairingHome.dial("127.0.0.1", (await wearable.until("pairing"))["port"], ANOTHER)


@both
async def test_both_show_the_same_digits_and_share_a_key_after_the_press(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        home = await begun(wearable)
        assert (home.reply["id"], home.reply["name"], home.reply["protocol"]) == ("00c0ffee12345678", "Memory", 1)
        digits = await home.reveal()
        assert (await wearable.until("pairing_digits"))["digits"] == digits
        await confirmed(wearable, home)


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
        home = await shown(wearable)
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
async def test_another_home_is_told_busy_which_is_no_failure_and_its_turn_comes(python: str) -> None:
    async with device(python, port=free_port(), new_digits_ms=0) as wearable:
        first = await begun(wearable)
        for _ in range(4):
            second = await another(wearable)
            await second.begin()
            assert second.reply == {"type": "pair_failed", "reason": "busy"}
            await second.close()
        assert not wearable.all("pairing_failed")
        await first.close()
        await wearable.until("pairing_failed", reason="gone")
        third = await another(wearable)
        await third.begin()
        await third.reveal()
        await wearable.until("pairing_digits")
        await wearable.send("down")
        assert await third.finish(URLS) == {"type": "pair_stored"}
        await third.close()


@both
async def test_a_home_that_dials_again_takes_the_place_of_its_own_ghost(python: str) -> None:
    async with device(python, port=free_port(), new_digits_ms=0) as wearable:
        ghost = await begun(wearable)
        await ghost.reveal()
        await wearable.until("pairing_digits")
        home = await begun(wearable)
        await wearable.until("pairing_failed", reason="replaced")
        assert await ghost.receive() == {"type": "pair_failed", "reason": "busy"}
        digits = await home.reveal()
        assert digits != ghost.digits
        assert (await wearable.until("pairing_digits", 2))["digits"] == digits
        await wearable.send("down")
        assert await home.finish(URLS) == {"type": "pair_stored"}
        assert (await wearable.tell())["key"] == home.key.hex()
        await ghost.close()
        await home.close()


@both
async def test_a_press_that_was_meant_for_the_digits_before_does_not_confirm_new_ones(python: str) -> None:
    async with device(python, port=free_port(), new_digits_ms=1000) as wearable:
        await (await shown(wearable)).close()
        await wearable.until("pairing_failed", reason="gone")
        stranger = await shown(wearable, 2)
        await wearable.send("down", "up")
        await wearable.until("release")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await stranger.receive()
        assert (await wearable.tell())["key"] is None
        await wearable.send("down")
        assert (await stranger.finish(URLS)) == {"type": "pair_stored"}, "later it is an answer to these"
        await stranger.close()


@both
async def test_the_third_failure_ends_pairing_and_the_person_hears_so(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        port = (await wearable.until("pairing"))["port"]
        for number in range(1, 4):
            home = await begun(wearable)
            home.nonce = bytes(16)
            await home.reveal()
            assert await home.receive() == {"type": "pair_failed", "reason": "commit"}
            await wearable.until("pairing_failed", number, reason="commit")
            await home.close()
        assert (await wearable.until("pairing_over"))["outcome"] == "failed"
        assert (await wearable.tell())["state"] == "unpaired"
        with pytest.raises(ConnectionError):
            await PairingHome.dial("127.0.0.1", port)
        assert (await wearable.tell())["cue_bytes"] > 0
        await wearable.send("pair")
        again = await begun(wearable, 2)
        assert await again.reveal() == (await wearable.until("pairing_digits"))["digits"]
        await again.close()


@both
async def test_who_connects_and_says_nothing_is_no_failure_and_in_nobodys_way(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        port = (await wearable.until("pairing"))["port"]
        silent = [await PairingHome.dial("127.0.0.1", port) for _ in range(3)]
        home = await begun(wearable)
        assert await home.reveal() == (await wearable.until("pairing_digits"))["digits"]
        for one in silent:
            await one.close()
        assert not wearable.all("pairing_failed")
        await wearable.send("down")
        assert await home.finish(URLS) == {"type": "pair_stored"}
        await home.close()


@both
async def test_after_two_minutes_the_home_under_way_is_told_and_the_wearable_says_that_it_is_over(python: str) -> None:
    async with device(python, port=free_port(), pairing_s=2) as wearable:
        home = await shown(wearable)
        assert await home.receive() == {"type": "pair_failed", "reason": "time"}
        assert (await wearable.until("pairing_over"))["outcome"] == "time"
        assert not wearable.all("pairing_failed"), "that it is over says it all"
        await wearable.send("down")
        await wearable.until("press")
        told = await wearable.tell()
        assert (told["state"], told["key"]) == ("unpaired", None)
        await home.close()


@both
async def test_a_key_that_cannot_be_stored_is_not_kept_and_home_and_person_are_told(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        home = await shown(wearable)
        await wearable.send("fail store yes", "down")
        assert await home.finish(URLS) == {"type": "pair_failed", "reason": "storage"}
        await wearable.until("pairing_failed", reason="storage")
        assert (await wearable.tell())["key"] is None
        await home.close()


@both
async def test_a_wearable_that_pairs_again_keeps_the_old_key_until_it_has_a_new_one(python: str) -> None:
    async with device(python, port=free_port(), key="ab" * 32, urls=["http://127.0.0.1:1"]) as wearable:
        await wearable.until("dial_failed")
        await wearable.send("pair")
        home = await shown(wearable)
        assert (await wearable.tell())["key"] == "ab" * 32
        await confirmed(wearable, home)


@both
async def test_a_home_that_says_the_digits_differ_ends_the_attempt(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        home = await shown(wearable)
        await home.send({"type": "pair_failed", "reason": "digits"})
        await wearable.until("pairing_failed", reason="digits")
        await wearable.send("down")
        assert (await wearable.tell())["key"] is None
        await home.close()


@both
async def test_pair_done_before_the_press_or_with_changed_urls_stores_nothing(python: str) -> None:
    async with device(python, port=free_port(), new_digits_ms=0) as wearable:
        home = await shown(wearable)
        await home.send({"type": "pair_done", "proof": "00" * 32, "urls": URLS})
        assert await home.receive() == {"type": "pair_failed", "reason": "protocol"}
        await home.close()
        home = await shown(wearable, 2)
        await wearable.send("down")
        await home.receive()
        await home.send({"type": "pair_done", "proof": "00" * 32, "urls": URLS})
        assert await home.receive() == {"type": "pair_failed", "reason": "digits"}
        assert (await wearable.tell())["key"] is None
        await home.close()


GARBAGE = (b"x" * 5000, b"[]\n", b"\xff\xfe\n", b'{"type": "pair_begin"}\n', b"{" * 900 + b"\n")


@both
@pytest.mark.parametrize("line", GARBAGE, ids=["endless", "a list", "no text", "no commitment", "a nest"])
async def test_garbage_and_endless_lines_are_survived(python: str, line: bytes) -> None:
    async with device(python, port=free_port()) as wearable:
        stranger = await another(wearable)
        await stranger.send_bytes(line)
        await wearable.until("pairing_failed", reason="protocol")
        await stranger.close()
        home = await begun(wearable)
        assert await home.reveal() == (await wearable.until("pairing_digits"))["digits"]
        await home.close()
