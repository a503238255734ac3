"""The wearable's logic against a real home over real sockets, on CPython and on MicroPython."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import hashlib
import itertools
from pathlib import Path
import secrets
import ssl
import struct
from typing import Any

from certificates import certificate
from home_simulator import Home
import pytest
from slow_relay import slow_relay
from wearable_processes import LineProcess, device

KEY = bytes(range(32))
NOTHING: dict[str, Any] = {"type": "capture", "audio": False, "video": None, "still": None}

both = pytest.mark.parametrize("python", ["cpython", "micropython"])


@contextlib.asynccontextmanager
async def linked(python: str, home: Home, **options: Any) -> AsyncIterator[LineProcess]:
    async with device(python, key=home.key.hex(), urls=[home.url], **options) as wearable:
        await wearable.until("connected")
        yield wearable


def samples(pcm: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(pcm) // 2}H", pcm))


@both
async def test_hello_says_who_it_is_and_what_it_has(python: str) -> None:
    async with Home(KEY) as home, linked(python, home):
        hello = home.hellos[0]
    assert (hello["protocol"], hello["name"], hello["model"]) == (1, "Memory", "memory")
    assert hello["camera"] == {"sizes": [[640, 480]], "rate_hz": 5}
    assert hello["speaker"] == {"rate_hz": 24000, "buffer_ms": 400}
    assert hello["led"] is True


@both
async def test_from_a_press_on_the_home_gets_the_button_then_sound_without_a_gap_and_whole_pictures(
    python: str,
) -> None:
    async with Home(KEY) as home, linked(python, home) as wearable:
        picture = await wearable.until("picture")
        assert (await wearable.tell())["led"] is False
        await wearable.send("down")
        await home.until(lambda: len(home.heard.sound) >= 640 * 30 and home.heard.pictures)
        told = await wearable.tell()
        assert told["led"] and told["camera"] and told["microphone"]
        await home.send({**NOTHING, "press": 1})
        await wearable.until("capture", on=False)
        heard = home.heard
        assert heard.order[0] == "button"
        assert heard.texts[0] == {**heard.texts[0], "event": "press", "press": 1}
        assert samples(bytes(heard.sound)) == [number & 0xFFFF for number in range(len(heard.sound) // 2)]
        assert heard.sound_sequences == list(range(len(heard.sound_sequences)))
        steps = {later - earlier for earlier, later in itertools.pairwise(heard.sound_times_ms)}
        assert steps == {20}
        assert hashlib.sha256(heard.pictures[0]).hexdigest() == picture["sha"]
        first = await wearable.until("first_microphone_chunk_sent")
        assert first["after_ms"] < 120, "20 ms of sound and little more"
        told = await wearable.tell()
        assert not told["led"] and not told["camera"] and not told["microphone"] and told["released"]


@both
async def test_nothing_is_captured_while_nobody_asks_and_settings_decide_what_is(python: str) -> None:
    settings = {"capture": {"audio": True, "video": None}, "volume": 35, "cues": False}
    async with Home(KEY, settings=settings) as home, linked(python, home) as wearable:
        assert home.heard.order == []
        await wearable.send("down")
        await home.until(lambda: len(home.heard.sound) >= 640 * 10)
        told = await wearable.tell()
        assert (told["camera"], told["volume"]) == (False, 35)
        assert "part" not in home.heard.order
        assert not wearable.all("cue", name="listening"), "cues are off"
        await home.send({**NOTHING, "press": 1, "still": {"width": 320, "height": 240, "quality": 60}})
        await home.until(lambda: len(home.heard.pictures) == 1)
        await wearable.until("capture", on=False)
        assert (await wearable.tell())["wishes"] == [[320, 240, 60]]
        sound = len(home.heard.sound)
        await home.send({"type": "settings", "settings": {"cues": True}})
        await home.send({"type": "cue", "name": "thinking"})
        await wearable.until("cue", name="thinking")
        assert len(home.heard.sound) == sound


@both
async def test_an_order_that_does_not_know_of_the_newest_press_is_ignored(python: str) -> None:
    async with Home(KEY) as home, linked(python, home) as wearable:
        await wearable.send("down")
        await home.until(lambda: home.texts("button", event="press", press=1))
        await wearable.send("up")
        await home.until(lambda: home.texts("button", event="release", press=1))
        await wearable.send("down")
        await home.until(lambda: home.texts("button", event="press", press=2))
        await home.send({**NOTHING, "press": 1})
        sound = len(home.heard.sound)
        await home.until(lambda: len(home.heard.sound) > sound + 640 * 10)
        assert wearable.all("capture") == [wearable.all("capture", on=True)[0]]
        await home.send({**NOTHING, "press": 2})
        await wearable.until("capture", on=False)


@both
async def test_without_a_word_from_the_home_capturing_ends_by_itself_and_the_person_hears_so(python: str) -> None:
    async with Home(KEY) as home, linked(python, home, safety_ms=700) as wearable:
        await wearable.send("down")
        await wearable.until("capture", on=False)
        await wearable.until("safety_stop")
        await wearable.until("cue", name="error")
        assert not (await wearable.tell())["led"]


@both
async def test_an_answer_is_heard_bit_for_bit_and_its_progress_told(python: str) -> None:
    pcm = secrets.token_bytes(48 * 1000)
    async with Home(KEY) as home, linked(python, home) as wearable:
        await home.speak(7, pcm, piece_bytes=4096)
        await home.until(lambda: home.texts("played", turn=7, done=True))
        answers = (await wearable.tell())["answers"]
        played = home.texts("played", turn=7)
    assert answers == {"7": [len(pcm), hashlib.sha256(pcm).hexdigest()]}
    assert played[-1]["position_ms"] == 1000
    positions = [message["position_ms"] for message in played]
    assert positions == sorted(positions)
    assert 3 <= len(played) <= 7, "every 200 ms, and once done"


@both
async def test_a_flush_silences_and_says_how_far_it_was_heard(python: str) -> None:
    async with Home(KEY) as home, linked(python, home) as wearable:
        speaking = asyncio.create_task(home.speak(8, bytes(48 * 3000)))
        await home.until(lambda: [text for text in home.texts("played") if text["position_ms"] >= 400])
        await home.send({"type": "flush"})
        done = (await home.until(lambda: home.texts("played", turn=8, done=True)))[0]
        assert 400 <= done["position_ms"] < 1500
        await speaking
        await home.speak(9, bytes(48 * 200))
        await home.until(lambda: home.texts("played", turn=9, done=True))
        answers = (await wearable.tell())["answers"]
        assert answers["9"][0] == 48 * 200, "nothing of the flushed answer got into the next"


@both
async def test_a_press_silences_the_answer_at_once_and_what_still_comes_of_it_is_dropped(python: str) -> None:
    async with Home(KEY) as home, linked(python, home) as wearable:
        speaking = asyncio.create_task(home.speak(3, bytes(48 * 2000)))
        await home.until(lambda: home.texts("played", turn=3))
        await wearable.send("down")
        done = (await home.until(lambda: home.texts("played", turn=3, done=True)))[0]
        await home.until(lambda: home.texts("button", press=1))
        await wearable.until("cue", name="listening")
        before = (await wearable.tell())["answers"]["3"][0]
        await speaking
        assert (await wearable.tell())["answers"]["3"][0] == before
        assert done["position_ms"] < 1000
        assert len(home.texts("played", turn=3, done=True)) == 1


@both
async def test_an_answer_on_its_way_while_the_person_pressed_again_is_not_heard(python: str) -> None:
    async with Home(KEY) as home, linked(python, home) as wearable:
        await wearable.send("down")
        await home.until(lambda: home.texts("button", event="press"))
        press = home.texts("button", event="press")[0]["press"]
        await home.speak(1, bytes(24000), press=press - 1)
        await home.send({"type": "flush"})
        await home.until(lambda: home.texts("played", turn=1, position_ms=0, done=True))
        assert not wearable.all("speak"), "that was the answer to what was asked before"
        await home.speak(2, bytes(24000), press=press)
        await home.until(lambda: home.texts("played", turn=2, position_ms=500, done=True))
        assert [one["turn"] for one in wearable.all("speak")] == [2]


@both
async def test_what_it_cannot_do_is_told_to_the_home_and_heard(python: str) -> None:
    async with Home(KEY) as home, linked(python, home) as wearable:
        await wearable.send("fail camera yes", "down")
        refused = (await home.until(lambda: home.texts("refused", what="camera")))[0]
        assert refused["reason"] == "the lens is gone"
        await wearable.until("cue", name="error")
        await home.until(lambda: len(home.heard.sound) > 640 * 5)
        await home.send({"type": "cue", "name": "fanfare"})
        await home.until(lambda: home.texts("refused", what="cue"))
        await home.send({"type": "speak", "turn": 1, "rate_hz": 8000})
        await home.until(lambda: home.texts("refused", what="speaker"))
        assert len(home.texts("refused", what="camera")) == 1, "said once, not for every picture"


@both
async def test_when_the_home_dies_it_is_said_once_and_the_return_too(python: str) -> None:
    home = Home(KEY)
    await home.open()
    async with linked(python, home, first_ms=50, longest_ms=200) as wearable:
        await home.close()
        await wearable.until("lost")
        await wearable.until("cue", name="lost")
        await wearable.until("dial_failed", 4)
        await home.open()
        await wearable.until("connected", 2)
        await wearable.until("back")
        await wearable.until("cue", name="back", count=2)
        await wearable.send("down")
        await home.until(lambda: home.texts("button", event="press"))
        assert len(wearable.all("lost")) == len(wearable.all("back")) == 1
        await home.close()


@both
async def test_a_press_while_the_link_is_lost_is_answered_and_dials_at_once(python: str) -> None:
    home = Home(KEY)
    await home.open()
    async with linked(python, home, first_ms=20000, longest_ms=30000) as wearable:
        await home.close()
        await wearable.until("disconnected")
        await home.open()
        await wearable.send("down")
        await wearable.until("cue", name="lost")
        await wearable.until("connected", 2, timeout_s=8)
        assert not wearable.all("capture")
        await home.close()


@both
async def test_losing_the_link_during_a_question_is_heard_at_once_and_capturing_ends(python: str) -> None:
    home = Home(KEY)
    await home.open()
    async with linked(python, home, first_ms=20000, longest_ms=30000) as wearable:
        await wearable.send("down")
        await home.until(lambda: len(home.heard.sound) > 640 * 5)
        await home.close()
        await wearable.until("lost")
        assert not (await wearable.tell())["led"]


@both
@pytest.mark.parametrize("moment", ["all was heard", "it thinks", "a phrase is over"])
async def test_losing_the_link_while_an_answer_is_waited_for_is_heard_at_once(python: str, moment: str) -> None:
    home = Home(KEY)
    await home.open()
    async with linked(python, home, first_ms=50, longest_ms=200) as wearable:
        await wearable.send("down")
        await home.until(lambda: len(home.heard.sound) > 640 * 5)
        await home.send({**NOTHING, "press": 1})
        await wearable.until("capture", on=False)
        if moment == "it thinks":
            await home.send({"type": "cue", "name": "thinking"})
            await wearable.until("cue", name="thinking")
        elif moment == "a phrase is over":
            await home.send({"type": "speak", "turn": 1, "rate_hz": 24000})
            await home.send({"type": "spoken", "turn": 1})
            await wearable.until("answer")
        await home.close()
        await home.open()
        await wearable.until("lost")
        await wearable.until("cue", name="lost")
        assert not wearable.all("dial_failed"), "it is not said only because nobody answers"
        await wearable.until("connected", 2)
        await home.close()


@both
async def test_losing_the_link_when_a_question_is_over_is_not_said_while_the_home_answers_again(python: str) -> None:
    home = Home(KEY)
    await home.open()
    async with linked(python, home, first_ms=50, longest_ms=200) as wearable:
        await wearable.send("down")
        await home.until(lambda: len(home.heard.sound) > 640 * 5)
        await home.send({**NOTHING, "press": 1})
        await wearable.until("capture", on=False)
        await home.send({"type": "cue", "name": "done"})
        await wearable.until("cue", name="done")
        await home.close()
        await home.open()
        await wearable.until("connected", 2)
        assert not wearable.all("lost")
        await home.close()


@both
async def test_it_tries_every_url_it_knows(python: str) -> None:
    async with Home(KEY) as home:
        urls = ["http://127.0.0.1:1", "not a url", home.url]
        async with device(python, key=KEY.hex(), urls=urls) as wearable:
            connected = await wearable.until("connected")
            assert connected["url"] == home.url
            assert not wearable.all("lost")


@both
async def test_a_home_with_a_wrong_proof_gets_nothing_but_hello(python: str) -> None:
    async with Home(KEY) as home:
        home.wrong_proof = True
        async with device(python, key=KEY.hex(), urls=[home.url], first_ms=50, longest_ms=100) as wearable:
            await wearable.until("refused", what="link")
            await wearable.send("down")
            await home.until(lambda: len(home.connections) >= 3 and home.connections[2].close_code is not None)
            assert all(heard.texts == [] and heard.order == [] for heard in home.connections)
            assert len(wearable.all("refused")) == 1, "said once"
            assert not wearable.all("connected") and not wearable.all("capture")


@both
async def test_a_home_that_does_not_want_it_is_said_once_and_tried_again_with_the_longest_wait(python: str) -> None:
    home = Home(bytes(32))
    await home.open()
    async with device(python, key=KEY.hex(), urls=[home.url], first_ms=10, longest_ms=600) as wearable:
        refused = await wearable.until("refused", what="link")
        assert refused["reason"] == "proof"
        await wearable.until("cue", name="refused")
        began_s = asyncio.get_running_loop().time()
        await home.until(lambda: len(home.hellos) >= 3)
        assert asyncio.get_running_loop().time() - began_s > 0.25
        assert len(wearable.all("refused")) == 1
        home.key = KEY
        await wearable.until("connected")
        await wearable.until("ready")
        await home.close()


@both
async def test_a_home_that_is_only_shutting_down_is_tried_again_soon_and_not_called_a_refusal(python: str) -> None:
    async with Home(KEY) as home:
        home.instead_of_welcome = '{"type": "bye", "reason": "shutdown"}'
        async with device(python, key=KEY.hex(), urls=[home.url], first_ms=20, longest_ms=20000) as wearable:
            await home.until(lambda: len(home.connections) >= 3)
            home.instead_of_welcome = None
            await wearable.until("connected", timeout_s=8)
            assert not wearable.all("refused")


@both
async def test_a_home_that_removes_it_makes_it_forget_the_key(python: str) -> None:
    async with Home(KEY) as home, linked(python, home) as wearable:
        await home.send({"type": "bye", "reason": "removed"})
        await wearable.until("removed")
        told = await wearable.tell()
        assert (told["key"], told["urls"], told["state"]) == (None, [], "unpaired")
        await wearable.until("cue", name="error")
        await wearable.send("down", "up")
        await wearable.until("cue", name="error", count=2)


GARBAGE: dict[str, Any] = {
    "text that is no JSON": lambda socket: socket.send_str("no json"),
    "a list": lambda socket: socket.send_str("[1]"),
    "deep nesting": lambda socket: socket.send_str("[" * 10000),
    "a wrong type": lambda socket: socket.send_json({"type": "capture", "press": "x", "audio": True}),
    "a setting out of range": lambda socket: socket.send_json({"type": "settings", "settings": {"volume": 1000}}),
    "too long a text": lambda socket: socket.send_str('{"type": "' + "x" * 17000 + '"}'),
    "too long a binary": lambda socket: socket.send_bytes(b"\x03" + bytes(5000)),
    "half a sample": lambda socket: socket.send_bytes(b"\x03" + bytes(8)),
    "an empty binary": lambda socket: socket.send_bytes(b""),
    "another stream": lambda socket: socket.send_bytes(b"\x01" + bytes(9)),
    "a frame with reserved bits": lambda socket: write_raw(socket, b"\xf1\x00"),
    "a masked frame": lambda socket: write_raw(socket, b"\x81\x85\x00\x00\x00\x00hello"),
    "a huge length": lambda socket: write_raw(socket, b"\x82\x7f" + b"\xff" * 8),
    "a continuation of nothing": lambda socket: write_raw(socket, b"\x80\x01x"),
}


async def write_raw(websocket: Any, data: bytes) -> None:
    websocket._req.transport.write(data)


@both
async def test_garbage_from_the_home_is_answered_with_bye_and_survived(python: str) -> None:
    async with Home(KEY) as home, linked(python, home, first_ms=20, longest_ms=40) as wearable:
        for number, (name, send) in enumerate(GARBAGE.items(), 2):
            heard = home.heard
            await send(home.socket)
            await wearable.until("connected", number)
            await home.until(lambda heard=heard: heard.close_code is not None)
            assert heard.texts[-1] == {"type": "bye", "reason": "protocol"}, name
            assert heard.close_code == 1008, name


@both
async def test_unknown_messages_and_fields_are_ignored(python: str) -> None:
    async with Home(KEY) as home, linked(python, home) as wearable:
        await home.send({"type": "from the future", "x": 1})
        await home.send({"type": "challenge", "protocol": 1, "nonce": "00" * 16})
        await home.send({"type": "cue", "name": "done", "from": "the future"})
        await wearable.until("cue", name="done")
        assert not wearable.all("disconnected")


@both
@pytest.mark.parametrize("instead", ["no json", '{"type": "capture", "press": 0, "audio": true}', "x" * 5000])
async def test_before_proof_nothing_is_done_for_the_home(python: str, instead: str) -> None:
    async with Home(KEY) as home:
        home.instead_of_welcome = instead
        async with device(python, key=KEY.hex(), urls=[home.url], first_ms=20, longest_ms=50) as wearable:
            await home.until(lambda: len(home.connections) >= 2)
            await wearable.until("lost")
            assert not wearable.all("connected") and not wearable.all("capture")
            home.instead_of_welcome = None
            await wearable.until("connected")


@both
async def test_a_server_that_is_no_home_is_survived(python: str) -> None:
    answers = [
        b"",
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        b"x" * 5000,
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"\x00",
    ]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answers[len(served) % len(answers)])
        served.append(1)
        writer.close()

    served: list[int] = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with device(python, key=KEY.hex(), urls=[url], first_ms=20, longest_ms=40) as wearable:
        await wearable.until("dial_failed", len(answers) + 1)
        assert len(wearable.all("lost")) == 1
    server.close()


@both
async def test_a_ping_is_answered_with_its_payload(python: str) -> None:
    async with Home(KEY) as home, linked(python, home):
        # aiohttp answers pongs itself; its own heartbeat closes the socket when none comes.
        assert home.socket is not None
        home.socket._heartbeat = 0.2
        home.socket._pong_heartbeat = 0.1
        home.socket._reset_heartbeat()
        await asyncio.sleep(1)
        assert not home.socket.closed


@both
async def test_a_home_that_falls_silent_is_left_and_dialled_again(python: str) -> None:
    async with Home(KEY) as home, linked(python, home, silent_ms=800, first_ms=20) as wearable:
        assert (await wearable.until("disconnected"))["reason"] == "silent"
        await wearable.until("connected", 2)


@both
async def test_on_a_slow_network_sound_goes_before_the_rest_of_a_picture(python: str) -> None:
    async with Home(KEY) as home, slow_relay(home.port, bytes_per_s=150_000) as relay:
        urls = [f"http://127.0.0.1:{relay.port}"]
        async with device(python, key=KEY.hex(), urls=urls, jpeg_bytes=300_000) as wearable:
            await wearable.until("connected")
            await wearable.send("down")
            await home.until(lambda: home.heard.pictures)
            await home.send({**NOTHING, "press": 1})
            order = [kind for kind in home.heard.order if kind in ("sound", "part")]
    # 32 kB/s of sound leave 118 kB/s for the picture: about 1.2 short parts for each 20 ms of sound.
    between = [len(run) for run in "".join(kind[0] for kind in order).strip("p").replace("s", " ").split()]
    assert 74 <= order.count("part") <= 147
    assert order.count("sound") > 60, "2.5 s of picture were sent in the midst of as much sound"
    assert max(between) <= 6


@both
async def test_an_https_home_is_reached_over_tls(python: str, tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    pcm = secrets.token_bytes(48 * 300)
    async with (
        Home(KEY, tls=context) as home,
        linked(python, home, environment={"SSL_CERT_FILE": str(pem)}) as wearable,
    ):
        picture = await wearable.until("picture")
        await wearable.send("down")
        await home.until(lambda: len(home.heard.sound) >= 640 * 10 and home.heard.pictures)
        assert hashlib.sha256(home.heard.pictures[0]).hexdigest() == picture["sha"]
        await home.send({**NOTHING, "press": 1})
        await home.speak(1, pcm)
        await home.until(lambda: home.texts("played", done=True))
        assert (await wearable.tell())["answers"]["1"][1] == hashlib.sha256(pcm).hexdigest()


async def test_on_cpython_a_certificate_nobody_signed_is_not_accepted(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    async with Home(KEY, tls=context) as home, device("cpython", key=KEY.hex(), urls=[home.url]) as wearable:
        assert "certificate" in (await wearable.until("dial_failed"))["reason"].lower()
        assert home.hellos == []
