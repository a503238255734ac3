"""A day with the wearable against a real home over real sockets, on CPython and on MicroPython: what goes wrong on the way."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import datetime as dt
from pathlib import Path
import ssl
from typing import Any

from certificates import certificate
from home_simulator import Home
import pytest
from slow_relay import slow_relay
from wearable_processes import LineProcess, device

KEY = bytes(range(32))
NOTHING: dict[str, Any] = {"type": "capture", "audio": False, "video": None, "still": None}
STILL = {"width": 640, "height": 480, "quality": 80}

both = pytest.mark.parametrize("python", ["cpython", "micropython"])


@contextlib.asynccontextmanager
async def worn(python: str, home: Home, *parts: str, **options: Any) -> AsyncIterator[LineProcess]:
    """A wearable that speaks, and has these further parts, once it is linked."""
    parts = ("phrases", *parts)
    async with device(python, key=home.key.hex(), urls=[home.url], **{"with": parts}, **options) as wearable:
        await wearable.until("connected")
        yield wearable


async def asked(home: Home, wearable: LineProcess, press: int) -> None:
    """Presses, and waits until the home hears and sees something of this press."""
    sound, pictures = len(home.heard.sound), len(home.heard.pictures)
    await wearable.send("down", "up")
    await home.until(lambda: home.texts("button", event="press", press=press))
    await home.until(lambda: len(home.heard.sound) > sound + 640 * 3 and len(home.heard.pictures) > pictures)


# privacy


@both
async def test_with_the_privacy_switch_on_a_press_is_told_and_captures_nothing_and_the_person_hears_why(
    python: str,
) -> None:
    async with Home(KEY) as home, worn(python, home, "privacy") as wearable:
        assert home.hellos[0]["privacy"] is True
        await wearable.send("switch on")
        await home.until(lambda: home.texts("state", privacy=True))
        await wearable.until("cue", name="privacy_on")
        await wearable.send("down", "up")
        await home.until(lambda: home.texts("button", event="press", press=1))
        await wearable.until("cue", name="privacy")
        await home.send({"type": "capture", "press": 1, "audio": True, "video": None, "still": STILL})
        refused = await home.until(lambda: len(home.texts("refused", code="privacy")) == 2 and home.texts("refused"))
        assert {message["what"] for message in refused} == {"camera", "microphone"}
        told = await wearable.tell()
        assert told["starts"] == [0, 0] and not told["led"]
        assert "sound" not in home.heard.order and "part" not in home.heard.order
        assert not wearable.all("cue", name="listening")
        await wearable.send("switch off")
        await home.until(lambda: home.texts("state", privacy=False))
        await wearable.until("cue", name="privacy_off")
        await asked(home, wearable, 2)


@both
async def test_privacy_in_the_middle_of_a_question_ends_capturing_at_once(python: str) -> None:
    async with Home(KEY) as home, worn(python, home, "privacy") as wearable:
        await wearable.send("down")
        await home.until(lambda: len(home.heard.sound) > 640 * 3)
        await wearable.send("switch on")
        await wearable.until("capture", on=False)
        told = await wearable.tell()
        assert (told["led"], told["microphone"], told["camera"]) == (False, False, False)


@both
async def test_the_home_can_make_it_private_and_the_switch_cannot_be_overruled(python: str) -> None:
    async with Home(KEY) as home, worn(python, home, "privacy") as wearable:
        await home.send({"type": "settings", "settings": {"privacy": True}})
        await home.until(lambda: home.texts("state", privacy=True))
        await wearable.send("switch on")
        await home.send({"type": "settings", "settings": {"privacy": False}})
        await wearable.send("down", "up")
        await wearable.until("cue", name="privacy")
        assert (await wearable.tell())["starts"] == [0, 0]


# what the home says


@both
async def test_settings_change_urls_language_and_the_led(python: str) -> None:
    async with Home(KEY, settings={"language": "de-AT"}) as home, worn(python, home) as wearable:
        assert (await wearable.tell())["language"] == "de-AT"
        urls = [home.url, "https://home.example"]
        await home.send({"type": "settings", "settings": {"urls": urls, "led": False}})
        await wearable.until("urls")
        assert (await wearable.tell())["urls"] == urls
        await wearable.send("down")
        await home.until(lambda: home.heard.sound)
        assert not (await wearable.tell())["led"]
        await home.send({"type": "settings", "settings": {"led": True}})
        await home.send({"type": "cue", "name": "done"})
        await wearable.until("cue", name="done")
        assert (await wearable.tell())["led"]


@both
async def test_urls_that_cannot_be_stored_are_told_and_the_link_goes_on(python: str) -> None:
    async with Home(KEY) as home, worn(python, home) as wearable:
        await wearable.send("fail store yes")
        await wearable.tell()  # commands and messages come on different ways: now it has failed
        await home.send({"type": "settings", "settings": {"urls": ["http://elsewhere:8123"]}})
        refused = (await home.until(lambda: home.texts("refused", what="storage")))[0]
        assert (refused["code"], refused["reason"]) == ("failed", "storage full")
        assert (await wearable.tell())["urls"] == [home.url]
        await asked(home, wearable, 1)


@both
@pytest.mark.parametrize(("reason", "said"), [("replaced", "replaced"), ("version", "old_version")])
async def test_a_home_that_sends_it_away_is_heard_and_dialled_with_the_longest_wait(
    python: str, reason: str, said: str
) -> None:
    async with Home(KEY) as home, worn(python, home, first_ms=10, longest_ms=600) as wearable:
        began_s = asyncio.get_running_loop().time()
        await home.send({"type": "bye", "reason": reason})
        await wearable.until("cue", name=said)
        await wearable.until("connected", 2)
        assert asyncio.get_running_loop().time() - began_s > 0.28
        assert len(wearable.all("cue", name=said)) == 1


@both
async def test_an_older_home_is_heard_to_be_one(python: str) -> None:
    async with Home(KEY) as home:
        home.instead_of_welcome = '{"type": "bye", "reason": "version", "protocol": 0, "oldest": 0}'
        options: dict[str, Any] = {"urls": [home.url], "with": ["phrases"], "first_ms": 10, "longest_ms": 300}
        async with device(python, key=KEY.hex(), **options) as wearable:
            await wearable.until("cue", name="old_version")
            await wearable.send("down", "up")
            await wearable.until("cue", 2, name="old_version")
            assert not wearable.all("lost")


@both
async def test_a_removed_wearable_says_so_and_forgets(python: str) -> None:
    async with Home(KEY) as home, worn(python, home) as wearable:
        await home.send({"type": "bye", "reason": "removed"})
        await wearable.until("cue", name="removed")
        told = await wearable.tell()
        assert (told["key"], told["urls"], told["state"]) == (None, [], "unpaired")
        await wearable.send("down", "up")
        await wearable.until("cue", name="unpaired")


@both
async def test_codes_say_why_something_was_refused(python: str) -> None:
    async with Home(KEY) as home, worn(python, home, without=["camera"]) as wearable:
        await home.send({"type": "capture", "press": 0, "audio": False, "video": None, "still": STILL})
        await home.until(lambda: home.texts("refused", what="camera", code="missing"))
        await home.send({"type": "cue", "name": "fanfare"})
        await home.until(lambda: home.texts("refused", what="cue", code="unknown"))
        await wearable.send("fail microphone yes", "down")
        await home.until(lambda: home.texts("refused", what="microphone", code="failed"))
        assert not (await wearable.tell())["led"]


@both
async def test_a_button_held_for_half_a_second_is_told_as_hold(python: str) -> None:
    async with Home(KEY) as home, worn(python, home) as wearable:
        await wearable.send("down")
        await home.until(lambda: home.texts("button", event="hold", press=1))
        await wearable.send("up")
        await home.until(lambda: home.texts("button", event="release", press=1))


# what breaks


@both
@pytest.mark.parametrize("how", ["known", "wild", "silent"])
@pytest.mark.parametrize("part", ["camera", "microphone"])
async def test_a_camera_or_microphone_that_fails_midway_works_again_at_the_next_press(
    python: str, part: str, how: str
) -> None:
    options: dict[str, Any] = {"deaf_ms": 300, "blind_ms": 300, "faults": how == "wild"}
    async with Home(KEY) as home, worn(python, home, **options) as wearable:
        await asked(home, wearable, 1)
        await wearable.send(f"fail {part} {how}")
        await home.until(lambda: home.texts("refused", what=part, code="failed"))
        await wearable.until("cue", name=f"no_{part}")
        assert not (await wearable.tell())[part], "the driver was stopped"
        assert bool(wearable.all("fault", what=part)) == (how == "wild")
        await home.send({**NOTHING, "press": 1})
        await wearable.until("capture", on=False)
        await wearable.send(f"fail {part} no")
        await asked(home, wearable, 2)


@both
@pytest.mark.parametrize("how", ["known", "wild"])
async def test_a_speaker_that_fails_in_an_answer_is_told_and_plays_the_next_one(python: str, how: str) -> None:
    async with Home(KEY) as home, worn(python, home, faults=how == "wild") as wearable:
        speaking = asyncio.create_task(home.speak(1, bytes(48 * 1500)))
        await home.until(lambda: home.texts("played", turn=1))
        await wearable.send(f"fail speaker {how}")
        await home.until(lambda: home.texts("refused", what="speaker"))
        await home.until(lambda: home.texts("played", turn=1, done=True))
        await speaking
        await wearable.send("fail speaker no")
        await asked(home, wearable, 1)
        await home.send({**NOTHING, "press": 1})
        await home.speak(2, bytes(48 * 200))
        await home.until(lambda: home.texts("played", turn=2, done=True))
        assert (await wearable.tell())["answers"]["2"][0] == 48 * 200


@both
async def test_a_fault_in_any_driver_is_reported_and_ends_nothing(python: str) -> None:
    async with Home(KEY) as home, worn(python, home, "network", "privacy", faults=True) as wearable:
        await wearable.send("fail led wild", "fail network wild", "fail privacy wild", "fail phrases wild")
        await wearable.send("network", "switch on", "switch off")
        for part in ("network", "privacy"):
            await wearable.until("fault", what=part)
        await wearable.send("fail button wild")
        fault = await wearable.until("fault", what="button")
        assert "ZeroDivisionError" in fault["reason"] and "memory_board" in fault["trace"]
        await wearable.until("cue", name="error")
        await wearable.send("fail button no", "fail led no", "fail privacy no", "fail network no", "fail phrases no")
        await asyncio.wait_for(wearable.until("refused", what="button"), 5)
        await asyncio.sleep(1.1)  # after that long what failed is begun again (tasks.py)
        before = len(home.texts("button", event="press"))
        await wearable.send("down", "up")
        await home.until(lambda: len(home.texts("button", event="press")) == before + 1)
        assert not wearable.all("disconnected")


# battery, state, power


@both
async def test_a_low_battery_is_said_but_not_into_a_question(python: str) -> None:
    state = {"battery_percent": 40, "charging": False, "rssi_dbm": -50, "free_bytes": 1000}
    async with Home(KEY) as home, worn(python, home, state_ms=100, state=state) as wearable:
        await home.until(lambda: home.texts("state", battery_percent=40, rssi_dbm=-50))
        await asked(home, wearable, 1)
        await wearable.send('state {"battery_percent": 14, "charging": false}')
        await home.until(lambda: home.texts("state", battery_percent=14))
        assert not wearable.all("cue", name="battery_low")
        await home.send({**NOTHING, "press": 1})
        await wearable.until("cue", name="battery_low")
        await wearable.send('state {"battery_percent": 4, "charging": false}')
        await wearable.until("cue", 2, name="battery_low")


@both
async def test_the_board_may_rest_while_nothing_happens_and_is_told_that_all_is_well(python: str) -> None:
    async with Home(KEY) as home, worn(python, home) as wearable:
        told = await wearable.tell()
        while told["rests"][-1:] != [True]:
            await asyncio.sleep(0.1)
            told = await wearable.tell()
        await asked(home, wearable, 1)
        later = await wearable.tell()
        assert later["rests"][-1] is False
        assert later["alives"] > told["alives"]


# the network


@both
async def test_a_network_that_comes_back_is_dialled_at_once(python: str) -> None:
    home = Home(KEY)
    await home.open()
    async with worn(python, home, "network", first_ms=20000, longest_ms=30000) as wearable:
        await wearable.send("network no_wifi")
        await wearable.tell()
        await home.close()
        await wearable.until("disconnected")
        await wearable.send("down", "up")
        await wearable.until("cue", name="no_wifi")
        assert not wearable.all("cue", name="lost")
        await home.open()
        await wearable.send("network")
        await wearable.until("connected", 2, timeout_s=5)  # of the 20 that its pause would have left
        await wearable.until("cue", name="back")
        await home.close()


@both
async def test_a_changed_network_over_which_the_home_does_not_answer_ends_the_link_within_seconds(python: str) -> None:
    async with Home(KEY) as home, slow_relay(home.port) as relay:
        urls = [f"http://127.0.0.1:{relay.port}"]
        async with device(python, key=KEY.hex(), urls=urls, **{"with": ["network"]}) as wearable:
            await wearable.until("connected")
            await wearable.send("network")
            await wearable.until("network_changed")
            await home.send({"type": "cue", "name": "done"})
            await wearable.until("cue", name="done")
            assert not wearable.all("disconnected"), "the home answered"
            relay.silent = True
            await wearable.send("network")
            assert (await wearable.until("disconnected", timeout_s=8))["reason"] == "silent"
            relay.silent = False
            await wearable.until("connected", 2)


@both
async def test_a_press_to_a_home_that_is_gone_without_a_word_is_answered_within_seconds(python: str) -> None:
    async with Home(KEY) as home, slow_relay(home.port) as relay:
        urls = [f"http://127.0.0.1:{relay.port}"]
        async with device(python, key=KEY.hex(), urls=urls, **{"with": ["phrases"]}) as wearable:
            await wearable.until("connected")
            relay.silent = True
            await wearable.send("down", "up")
            await wearable.until("cue", name="lost", timeout_s=8)
            assert wearable.all("disconnected")[0]["reason"] == "silent"
            assert not (await wearable.tell())["led"]


async def test_on_cpython_a_clock_that_is_behind_is_said_instead_of_lost(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem = certificate(tmp_path, begins=dt.timedelta(days=300))
    context.load_cert_chain(pem)
    async with (
        Home(KEY, tls=context) as home,
        device(
            "cpython", key=KEY.hex(), urls=[home.url], environment={"SSL_CERT_FILE": str(pem)}, **{"with": ["phrases"]}
        ) as wearable,
    ):
        await wearable.until("cue", name="clock")
        assert not wearable.all("lost")
        assert home.hellos == []
