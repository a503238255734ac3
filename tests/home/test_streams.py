"""Plain streams: a wearable without our software over HTTP, with a real server, a real client and a real Live server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
import json
from typing import Any

from aiohttp.test_utils import TestClient
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.http.ban import KEY_FAILED_LOGIN_ATTEMPTS
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.shelfsight.link.streams import view
from custom_components.shelfsight.link.streams.pictures import BETWEEN_LIMIT_BYTES
from custom_components.shelfsight.sight import intake
from custom_components.shelfsight.sound.cues import cue
from local_live.server import Server
from tests import pictures
from tests.home.parts import SILENCE, eventually, question, running_tasks, state, until_state
from tests.home.plain import BEARER, MULTIPART, PATH, STREAM_ID, STREAM_KEY, PlainWearable, Player, Upload, stream_entry
from tests.local_live.server_parts import hum

SHELF = pictures.jpeg(1, (1600, 1200))
LISTENING, REFUSED = cue("listening", 24_000), cue("refused", 24_000)


@pytest.fixture
def live_options() -> dict[str, Any]:
    """Answers are a second of humming: they are played in real time here."""
    return {"voice": hum}


@pytest_asyncio.fixture
async def entry(hass: HomeAssistant, live: Server) -> AsyncIterator[MockConfigEntry]:
    """A wearable for plain streams that is set up."""
    made = stream_entry(live)
    made.add_to_hass(hass)
    assert await async_setup_component(hass, "http", {"http": {"ip_ban_enabled": True, "login_attempts_threshold": 3}})
    assert await hass.config_entries.async_setup(made.entry_id)
    await hass.async_block_till_done()
    yield made
    if made in hass.config_entries.async_loaded_entries("shelfsight"):
        await hass.config_entries.async_unload(made.entry_id)
    await eventually(lambda: not running_tasks())


@pytest_asyncio.fixture
async def http(entry: MockConfigEntry, hass_client_no_auth: Any) -> TestClient:
    """A client of Home Assistant's web server that has no token."""
    return await hass_client_no_auth()


@pytest_asyncio.fixture
async def worn(http: TestClient) -> AsyncIterator[PlainWearable]:
    """A wearable whose streams are all open."""
    one = await PlainWearable.begin(http)
    yield one
    await one.leave()


def connected(hass: HomeAssistant) -> bool:
    return state(hass, "binary_sensor", "connected", STREAM_ID) == "on"


def doing(hass: HomeAssistant) -> str:
    return state(hass, "sensor", "state", STREAM_ID)


async def ask(worn: PlainWearable) -> None:
    """Tap, show, ask."""
    await worn.button("tap")
    await worn.show(SHELF)
    await worn.say(question() + SILENCE)


# --- asking -----------------------------------------------------------------------------------------------------------


async def test_a_question_over_plain_streams_is_heard_seen_and_answered(
    hass: HomeAssistant, entry: MockConfigEntry, worn: PlainWearable
) -> None:
    await ask(worn)
    await worn.player.until(lambda: worn.player.loud_ms > 1000)
    assert bytes(worn.player.pcm).startswith(LISTENING)
    await eventually(lambda: entry.runtime_data.last is not None)
    assert entry.runtime_data.last.place.found
    assert entry.runtime_data.last.frames_sent == 1


async def test_a_follow_up_needs_no_press(hass: HomeAssistant, entry: MockConfigEntry, worn: PlainWearable) -> None:
    await ask(worn)
    await until_state(hass, lambda: doing(hass) == "answering")
    await until_state(hass, lambda: doing(hass) == "listening")
    worn.player.forget()
    await worn.show(SHELF)
    await worn.say(question("And where is the milk?") + SILENCE)
    await eventually(lambda: entry.runtime_data.accounts.answered == 2)
    assert worn.player.loud_ms > 900


async def test_the_end_of_an_answer_is_waited_for_as_long_as_the_player_needs(
    hass: HomeAssistant, http: TestClient
) -> None:
    worn = await PlainWearable.begin(http, delay_ms="1200")
    await ask(worn)
    await worn.player.until(lambda: worn.player.loud_ms > 1000)
    last_s = hass.loop.time()
    await until_state(hass, lambda: doing(hass) == "listening")
    assert 1.1 < hass.loop.time() - last_s < 1.6
    await worn.leave()


async def test_a_press_stops_the_answer(hass: HomeAssistant, worn: PlainWearable) -> None:
    await ask(worn)
    await worn.player.until(lambda: worn.player.loud_ms > 400)
    worn.player.forget()
    await worn.button("press")
    await worn.player.until(lambda: LISTENING in bytes(worn.player.pcm))
    # What was in the socket and what goes out ahead of time: no more of the old answer than that.
    assert bytes(worn.player.pcm).index(LISTENING) <= 0.25 * 48_000
    assert doing(hass) == "listening"
    await worn.button("release")


async def test_a_held_button_marks_the_end_of_the_question(
    hass: HomeAssistant, entry: MockConfigEntry, worn: PlainWearable
) -> None:
    await worn.button("press")
    await worn.show(SHELF)
    await worn.say(question())
    await asyncio.sleep(0.5)  # held as long as it takes to be held
    await worn.button("release")
    await until_state(hass, lambda: doing(hass) == "thinking")
    await eventually(lambda: entry.runtime_data.last is not None)


async def test_without_a_picture_the_person_hears_so(
    hass: HomeAssistant, entry: MockConfigEntry, worn: PlainWearable
) -> None:
    await worn.video.leave()
    await worn.button("tap")
    await worn.say(question() + SILENCE)
    await eventually(lambda: entry.runtime_data.last is not None)
    assert entry.runtime_data.last.phrase == "no_picture"
    await worn.player.until(lambda: worn.player.loud_ms > 500)


async def test_a_picture_from_before_the_press_does_not_count(
    hass: HomeAssistant, entry: MockConfigEntry, worn: PlainWearable
) -> None:
    await worn.video.send(SHELF[:1000])
    await worn.button("tap")
    await worn.video.send(SHELF[1000:])
    await worn.say(question() + SILENCE)
    await eventually(lambda: entry.runtime_data.last is not None)
    assert entry.runtime_data.last.phrase == "no_picture"


async def test_while_nobody_asks_nothing_is_looked_at_or_kept(
    hass: HomeAssistant, entry: MockConfigEntry, worn: PlainWearable, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    examine = intake.examine
    monkeypatch.setattr(intake, "examine", lambda jpeg, *rest: (looked.append(len(jpeg)), examine(jpeg, *rest))[1])
    told: list[object] = []
    way = entry.runtime_data.wearable._way
    listener = way._listener
    way._listener = lambda event: (told.append(event), listener(event))[1]
    for _ in range(5):
        await worn.show(SHELF)
        await worn.say(question())
    way._tell(way.hello)  # behind all that came before
    assert (looked, told) == ([], [way.hello])


async def test_pictures_come_no_faster_than_they_are_wanted(
    hass: HomeAssistant, entry: MockConfigEntry, worn: PlainWearable, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = entry.runtime_data.wearable._way
    await worn.button("press")
    shown: list[float] = []
    tell = way._tell
    monkeypatch.setattr(
        way, "_tell", lambda event: (shown.append(1) if hasattr(event, "jpeg") else None, tell(event))[1]
    )
    for _ in range(10):
        await worn.show(SHELF)
    await worn.video.send(b"\r\n")
    await eventually(lambda: shown)
    assert len(shown) == 1


async def test_the_camera_entity_shows_the_stream(
    hass: HomeAssistant, entry: MockConfigEntry, worn: PlainWearable
) -> None:
    taking = asyncio.create_task(entry.runtime_data.wearable.still(5))
    await asyncio.sleep(0)
    await worn.show(SHELF)
    seen = await taking
    assert seen is not None and seen.frame is not None and seen.frame.jpeg == SHELF


async def test_while_the_home_wants_privacy_a_press_is_answered_by_knocks_and_nothing_is_taken(
    hass: HomeAssistant, entry: MockConfigEntry, worn: PlainWearable
) -> None:
    wearable = entry.runtime_data.wearable
    await wearable.set_settings(replace(wearable.settings, privacy=True))
    await ask(worn)
    await worn.player.until(lambda: len(worn.player.pcm) >= len(REFUSED))
    assert bytes(worn.player.pcm) == REFUSED
    assert not wearable._way.wants_sound and not wearable._way.wants_picture(hass.loop.time())
    assert entry.runtime_data.answering.sessions_opened == 0


# --- who is there -----------------------------------------------------------------------------------------------------


async def test_it_is_there_while_any_stream_is_open_and_can_do_what_they_allow(
    hass: HomeAssistant, entry: MockConfigEntry, http: TestClient
) -> None:
    wearable = entry.runtime_data.wearable
    assert not connected(hass)
    audio = Upload(http, "audio", "audio/L16;rate=44100;channels=1")
    await audio.send(bytes(100))
    await until_state(hass, lambda: connected(hass))
    assert (wearable.hello.microphone_hz, wearable.has_camera, wearable.has_speaker) == (16_000, False, False)
    player = await Player.begin(http)
    await eventually(lambda: wearable.has_speaker)
    assert (await audio.end()).status == 204
    await eventually(lambda: wearable.hello.microphone_hz is None)
    assert connected(hass)
    await player.leave()
    await until_state(hass, lambda: not connected(hass))


@pytest.mark.parametrize(("content_type", "begin"), [(MULTIPART, "video"), ("audio/pcm;rate=16000", "audio")])
async def test_a_newer_stream_of_a_kind_replaces_the_older(
    hass: HomeAssistant, entry: MockConfigEntry, http: TestClient, content_type: str, begin: str
) -> None:
    older = Upload(http, begin, content_type)
    await older.send(b"\0\0")
    await until_state(hass, lambda: connected(hass))
    newer = Upload(http, begin, content_type)
    await newer.send(b"\0\0")
    assert (await older.answer()).status == 409
    assert connected(hass)
    assert (await newer.end()).status == 204


async def test_a_newer_player_goes_on_where_the_older_was(hass: HomeAssistant, worn: PlainWearable) -> None:
    await ask(worn)
    await worn.player.until(lambda: worn.player.loud_ms > 400)
    newer = await Player.begin(worn.client)
    await worn.player.until(lambda: worn.player.over)
    await newer.until(lambda: newer.loud_ms > 300)
    await newer.leave()


async def test_an_entry_that_is_unloaded_ends_its_streams_and_they_may_come_back(
    hass: HomeAssistant, entry: MockConfigEntry, worn: PlainWearable, http: TestClient
) -> None:
    await worn.show(SHELF)
    await worn.say(bytes(640))
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert (await worn.video.answer()).status == 503
    await worn.player.until(lambda: worn.player.over)
    response = await http.get(f"{PATH}/speaker", headers=BEARER)
    assert (response.status, response.headers["Retry-After"]) == (503, "5")
    assert await hass.config_entries.async_setup(entry.entry_id)
    again = await Player.begin(http)
    await again.leave()
    assert not sum(hass.http.app[KEY_FAILED_LOGIN_ATTEMPTS].values())


# --- who may ----------------------------------------------------------------------------------------------------------

OTHER_KEY = "0" * 64


@pytest.mark.parametrize("how", ["header", "query", "no key"])
async def test_unknown_wearables_and_wrong_keys_are_refused_alike_counted_and_not_logged(
    hass: HomeAssistant, http: TestClient, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    caplog.set_level("DEBUG")
    caplog.set_level("WARNING", "aiohttp.access")  # as Home Assistant does
    headers = {"Authorization": f"Bearer {OTHER_KEY}"} if how == "header" else {}
    params = {"key": OTHER_KEY} if how == "query" else {}
    answers = []
    for path in (PATH, f"/api/shelfsight/stream/{'0' * 16}"):
        response = await http.get(f"{path}/speaker", headers=headers, params=params)
        answers.append((response.status, await response.text()))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401
    await eventually(lambda: sum(hass.http.app[KEY_FAILED_LOGIN_ATTEMPTS].values()) == 2)
    assert OTHER_KEY not in caplog.text


async def test_whoever_keeps_guessing_is_banned(hass: HomeAssistant, http: TestClient) -> None:
    for _ in range(3):
        assert (await http.get(f"{PATH}/speaker")).status == 401
    await eventually(lambda: sum(hass.http.app[KEY_FAILED_LOGIN_ATTEMPTS].values()) >= 3)
    assert (await http.get(f"{PATH}/speaker", headers=BEARER)).status == 403


async def test_the_key_may_come_in_the_address_and_is_not_logged(
    http: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "custom_components")
    caplog.set_level("DEBUG", "homeassistant")
    response = await http.get(f"{PATH}/speaker", params={"key": STREAM_KEY})
    assert response.status == 200
    response.close()
    assert STREAM_KEY not in caplog.text


@pytest.mark.parametrize("content_type", ["text/html", "audio/ogg", "video/mp4"])
@pytest.mark.parametrize("what", ["video", "audio"])
async def test_other_types_are_refused(hass: HomeAssistant, http: TestClient, what: str, content_type: str) -> None:
    response = await http.post(f"{PATH}/{what}", data=b"x", headers={**BEARER, "Content-Type": content_type})
    assert response.status == 415
    assert not connected(hass)


@pytest.mark.parametrize(("what", "method"), [("speaker", "post"), ("video", "get"), ("link", "post")])
async def test_what_is_not_there_is_not_found(http: TestClient, what: str, method: str) -> None:
    response = await http.request(method, f"{PATH}/{what}", headers=BEARER)
    assert response.status == 404


async def test_what_is_no_stream_of_pictures_is_refused(http: TestClient) -> None:
    video = Upload(http, "video", MULTIPART)
    await video.send(bytes(BETWEEN_LIMIT_BYTES + 10))
    assert (await video.answer()).status == 400


async def test_a_flood_ends_the_stream(http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (view._BYTES_PER_S, view._BYTES_BURST) == (4 * 1024 * 1024, 8 * 1024 * 1024)
    monkeypatch.setattr(view, "_BYTES_BURST", 100_000)
    audio = Upload(http, "audio", "audio/pcm;rate=48000")
    for _ in range(40):
        await audio.send(bytes(100_000))
        if audio._posting.done():
            break
    assert (await audio.answer()).status == 429


async def test_a_stream_that_brings_nothing_ends(http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert view._SILENT_S == 15
    monkeypatch.setattr(view, "_SILENT_S", 0.1)
    video = Upload(http, "video", MULTIPART)
    assert (await video.answer()).status == 408


async def test_a_player_that_takes_nothing_is_cut(
    hass: HomeAssistant, entry: MockConfigEntry, http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "_SLOW_S", 0.2)
    monkeypatch.setattr(view.Pace, "wait_s", lambda _self, _now_s: 0.0)  # as fast as it is taken
    player = await Player.begin(http, fill="1", rate="48000")
    player._reading.cancel()  # what comes stays in the socket from here on
    await until_state(hass, lambda: not connected(hass))
    await player.leave()


# --- the player -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "rate_hz"), [({"fill": "1"}, 24_000), ({"fill": "1", "rate": "8000"}, 8_000)])
async def test_silence_fills_what_is_not_said_in_real_time(
    hass: HomeAssistant, http: TestClient, query: dict[str, str], rate_hz: int
) -> None:
    began_s = hass.loop.time()
    player = await Player.begin(http, **query)
    await player.until(lambda: len(player.pcm) >= rate_hz * 2)
    assert 0.8 < hass.loop.time() - began_s < 1.3
    assert not any(player.pcm)
    await player.leave()


async def test_a_wav_begins_with_its_head(http: TestClient, worn: PlainWearable) -> None:
    player = await Player.begin(http, format="wav", rate="16000")
    assert player.response.headers["Content-Type"] == "audio/wav"
    await worn.button("tap")
    await player.until(lambda: len(player.pcm) > 44 + 100 * 32)
    assert bytes(player.pcm[:4]) == b"RIFF" and bytes(player.pcm[36:40]) == b"data"
    await player.leave()


@pytest.mark.parametrize("rate", ["7999", "96000", "fast", "-1"])
async def test_a_rate_that_no_player_has_is_refused(http: TestClient, rate: str) -> None:
    assert (await http.get(f"{PATH}/speaker", headers=BEARER, params={"rate": rate})).status == 415


# --- the button -------------------------------------------------------------------------------------------------------

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("query", "body", "content_type", "events"),
    [
        ({}, b"", FORM, ["press", "release"]),
        ({"event": "press"}, b"", "", ["press"]),
        ({}, b"event=release", FORM, ["release"]),
        ({}, b'{"event": "press"}', "application/json", ["press"]),
        ({}, b"{}", "application/json", ["press", "release"]),
    ],
)
async def test_the_button_may_be_told_of_in_any_way(
    entry: MockConfigEntry,
    worn: PlainWearable,
    query: dict[str, str],
    body: bytes,
    content_type: str,
    events: list[str],
) -> None:
    seen: list[str] = []
    stop = entry.runtime_data.wearable.listen_button(lambda button: seen.append(button.action.value))
    headers = {**BEARER, "Content-Type": content_type} if content_type else BEARER
    response = await worn.client.post(f"{PATH}/button", data=body, headers=headers, params=query)
    assert response.status == 204
    assert seen == events
    stop()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"event=hum", FORM), (b"[1]", "application/json"), (b"{", "application/json"), (b"[" * 1000, "application/json"),
     (json.dumps({"event": 1}).encode(), "application/json"), (b"\xff\xfe=1&event=\xff", FORM)],
)  # fmt: skip
async def test_what_is_no_event_is_refused(worn: PlainWearable, body: bytes, content_type: str) -> None:
    headers = {**BEARER, "Content-Type": content_type}
    assert (await worn.client.post(f"{PATH}/button", data=body, headers=headers)).status == 400


async def test_a_press_that_nobody_could_answer_is_told_so(http: TestClient) -> None:
    assert (await http.post(f"{PATH}/button", headers=BEARER)).status == 409
