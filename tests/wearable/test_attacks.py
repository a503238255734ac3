"""Strangers in the wire between a real home's pairing and a real wearable, on both interpreters: they get nowhere."""

import asyncio
import json
import secrets

from aiohttp import web
from attackers import LateChooser, ManInTheMiddle
from home_simulator import PATH, Home
from pairing_home import PairingHome, free_port
import pytest
from tape import Replay, Tape
from wearable_processes import LineProcess, device

from custom_components.shelfsight.link.pairing import Pairing, PairingError

KEY = secrets.token_bytes(32)
URLS = ["http://127.0.0.1:1"]

both = pytest.mark.parametrize("python", ["cpython", "micropython"])


async def port_of(wearable: LineProcess, count: int = 1) -> int:
    return (await wearable.until("pairing", count))["port"]


@both
@pytest.mark.parametrize("wearable_first", [True, False], ids=["wearable first", "home first"])
async def test_a_man_in_the_middle_gets_different_digits_at_both_ends_and_no_confirmation_through(
    python: str, wearable_first: bool
) -> None:
    async with device(python, port=free_port()) as wearable:
        async with ManInTheMiddle(await port_of(wearable), wearable_first=wearable_first) as man:
            home = await Pairing.open("127.0.0.1", man.port, "Home")
            said = (await wearable.until("pairing_digits"))["digits"]
            assert said == man.digits_at_wearable, "towards the wearable he keeps the rules"
            assert said != home.digits, "one chance in a million that this fails"
            await wearable.send("down")  # somebody who did not compare
            with pytest.raises(PairingError, match="digits"):
                await home.wait_for_button(10)
            assert man.passed_on.is_set()
            await home.close()
        assert (await wearable.tell())["key"] is None


@both
async def test_who_has_seen_both_keys_is_bound_to_the_one_that_was_announced(python: str) -> None:
    async with device(python, port=free_port()) as wearable, LateChooser(await port_of(wearable)) as man:
        home = await Pairing.open("127.0.0.1", man.port, "Home")
        with pytest.raises(PairingError, match="commit"):
            await home.wait_for_button(10)
        await home.close()
        await wearable.until("pairing_failed", reason="commit")
        assert man.refusal == {"type": "pair_failed", "reason": "commit"}
        assert not wearable.all("pairing_digits")


async def recorded_pairing(wearable: LineProcess) -> tuple[Tape, bytes]:
    """A pairing from begin to end, and the key it made."""
    async with Tape(await port_of(wearable)) as tape:
        home = await Pairing.open("127.0.0.1", tape.port, "Home")
        assert (await wearable.until("pairing_digits"))["digits"] == home.digits
        await wearable.send("down", "up")
        assert await home.wait_for_button(10)
        paired = await home.finish(URLS)
        await wearable.until("paired")
        await wearable.until("release")
    return tape, paired.link_key


@both
async def test_a_recorded_pairing_replayed_to_the_wearable_changes_nothing(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        tape, key = await recorded_pairing(wearable)
        assert tape.said.count(b"\n") == 3, "begin, reveal and done"
        await wearable.send("pair")
        stranger = await PairingHome.dial("127.0.0.1", await port_of(wearable, 2))
        begin, reveal, done = bytes(tape.said).splitlines(keepends=True)
        await stranger.send_bytes(begin + reveal)
        digits = (await wearable.until("pairing_digits", 2))["digits"]
        assert digits != wearable.all("pairing_digits")[0]["digits"], "the wearable's part is new"
        await wearable.send("down")
        assert [(await stranger.receive() or {})["type"] for _ in range(2)] == ["pair_reply", "pair_confirm"]
        await stranger.send_bytes(done)
        assert await stranger.receive() == {"type": "pair_failed", "reason": "digits"}
        assert (await wearable.tell())["key"] == key.hex()
        await stranger.close()


@both
async def test_a_recorded_pairing_replayed_to_a_home_confirms_nothing(python: str) -> None:
    async with device(python, port=free_port()) as wearable:
        tape, _key = await recorded_pairing(wearable)
    async with Replay(bytes(tape.heard)) as replay:
        home = await Pairing.open("127.0.0.1", replay.port, "Home")
        with pytest.raises(PairingError, match="digits"):
            await home.wait_for_button(10)
        await home.close()


async def recorded_opening(python: str) -> Tape:
    """A link from the wearable's first byte until it is open."""
    async with (
        Home(KEY) as home,
        Tape(home.port) as tape,
        device(python, key=KEY.hex(), urls=[f"http://127.0.0.1:{tape.port}"]) as wearable,
    ):
        await wearable.until("connected")
    return tape


@both
async def test_a_recorded_home_replayed_byte_for_byte_is_no_home_to_the_wearable(python: str) -> None:
    tape = await recorded_opening(python)
    assert b'"welcome"' in tape.heard
    async with (
        Replay(bytes(tape.heard)) as replay,
        device(python, key=KEY.hex(), urls=[f"http://127.0.0.1:{replay.port}"]) as wearable,
    ):
        await wearable.until("dial_failed")
        assert not wearable.all("connected")


def texts_of(heard: bytes) -> list[str]:
    """The text messages in what a server said (RFC 6455, section 5.2: unmasked, none longer than 64 KiB here)."""
    _, _, frames = heard.partition(b"\r\n\r\n")
    texts = []
    while frames:
        count, begin = frames[1], 2
        if count == 126:
            count, begin = int.from_bytes(frames[2:4], "big"), 4
        if frames[0] == 0x81:
            texts.append(frames[begin : begin + count].decode())
        frames = frames[begin + count :]
    return texts


@both
async def test_recorded_words_of_the_home_said_anew_to_the_wearable_do_not_pass_its_check(python: str) -> None:
    challenge, welcome, *_ = texts_of(bytes((await recorded_opening(python)).heard))
    assert json.loads(welcome)["type"] == "welcome"
    told: list[str] = []

    async def answer(request: web.Request) -> web.WebSocketResponse:
        """A stranger who speaks WebSocket, and has the record."""
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_str(challenge)
        await ws.receive()
        await ws.send_str(welcome)
        told.extend([str(message.data) async for message in ws])
        return ws

    application = web.Application()
    application.router.add_get(PATH, answer)
    runner = web.AppRunner(application, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with device(python, key=KEY.hex(), urls=[url]) as wearable:
        await wearable.until("refused", what="link")
        await wearable.send("down", "up")
        await wearable.until("release")
        assert not wearable.all("connected")
        assert not wearable.all("capture"), "nothing is captured for a stranger"
    await asyncio.wait_for(runner.cleanup(), 5)
    assert told == [], "after his wrong proof the stranger hears nothing more"
