"""The wearable's speaker as a media player: real media over real HTTP, decoded by the real ffmpeg."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
import shutil
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
import numpy as np
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.media_player.const import MediaPlayerEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import decoding, player as player_room
from custom_components.shelfsight.link.connection import LinkClosedError
from local_live.server import Server
from tests import pictures
from tests.home.conftest import Dial
from tests.home.hearing import spoken, tones, utterances
from tests.home.hum import VOICE, Hum, set_up, tone
from tests.home.parts import (
    WEARABLE_ID,
    FakeWearable,
    entity_id,
    eventually,
    running_tasks,
    state,
    states_from_now,
    until_state,
)
from tests.home.plain import STREAM_ID, Player as PlainPlayer, stream_entry
from tests.local_live.server_parts import Brains

BROWSE = MediaPlayerEntityFeature.BROWSE_MEDIA
SHELF = pictures.jpeg(1, (1600, 1200))
# A buffer as real wearables have: what is played longer than that is played in real time.
SMALL = {"rate_hz": 24_000, "buffer_ms": 200}

pytestmark = [
    pytest.mark.usefixtures("clean_log"),
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not on this machine"),
]


@pytest.fixture
def live_options() -> dict[str, Any]:
    return {"voice": tones}


@pytest_asyncio.fixture
async def rooms(hass: HomeAssistant) -> None:
    """What must be set up before Home Assistant's web server of the tests has begun."""
    assert await async_setup_component(hass, "media_source", {})
    assert await async_setup_component(hass, "tts", {})
    assert await async_setup_component(hass, "websocket_api", {})


class Station:
    """A web server with sounds: `/440/3.wav` is a tone of 440 Hz and three seconds."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.silent = asyncio.Event()
        app = web.Application()
        app.router.add_get("/{hz}/{seconds}.wav", self._tone)
        app.router.add_get("/text", self._text)
        app.router.add_get("/silent", self._nothing)
        self._server = TestServer(app)

    async def _tone(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        hz, seconds = int(request.match_info["hz"]), float(request.match_info["seconds"])
        sound = np.sin(2 * np.pi * hz * np.arange(round(24_000 * seconds)) / 24_000) * 16_000
        wav = tone(24_000, seconds=seconds)
        return web.Response(body=wav[:44] + sound.astype("<i2").tobytes(), content_type="audio/wav")

    async def _text(self, request: web.Request) -> web.Response:
        return web.Response(text="No sound at all. " * 100)

    async def _nothing(self, request: web.Request) -> web.Response:
        await self.silent.wait()
        return web.Response()

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.silent.set()
        await self._server.close()

    def url(self, path: str) -> str:
        return str(self._server.make_url(path))


@pytest_asyncio.fixture
async def station() -> AsyncIterator[Station]:
    """Somewhere on the network."""
    async with Station() as one:
        yield one


async def until_speaker(hass: HomeAssistant, wanted: str, of: str = WEARABLE_ID) -> None:
    registry = er.async_get(hass)

    def is_so() -> bool:
        found = registry.async_get_entity_id("media_player", "shelfsight", f"{of}_speaker")
        return found is not None and (told := hass.states.get(found)) is not None and told.state == wanted

    await until_state(hass, is_so)


async def act(hass: HomeAssistant, action: str, **data: Any) -> None:
    target = {"entity_id": entity_id(hass, "media_player", "speaker")}
    await hass.services.async_call("media_player", action, {**target, **data}, blocking=True)


async def play(hass: HomeAssistant, media: str, **data: Any) -> None:
    await act(hass, "play_media", media_content_id=media, media_content_type="music", **data)


async def refused(hass: HomeAssistant, media: str) -> str | None:
    with pytest.raises(HomeAssistantError) as caught:
        await play(hass, media)
    return caught.value.translation_key


async def act_on_button(hass: HomeAssistant, key: str) -> None:
    await hass.services.async_call("button", "press", {"entity_id": entity_id(hass, "button", key)}, blocking=True)


def attributes(hass: HomeAssistant) -> dict[str, Any]:
    told = hass.states.get(entity_id(hass, "media_player", "speaker"))
    assert told is not None
    return dict(told.attributes)


def heard_hz(pcm: bytes, rate_hz: int = 24_000) -> int:
    """The loudest frequency, to ten hertz."""
    sound = np.frombuffer(pcm, "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    return round(spectrum.argmax() * rate_hz / sound.size / 10) * 10


def pitches(wearable: FakeWearable) -> list[int]:
    return [heard_hz(one) for one in utterances(wearable)]


def ffmpegs() -> list[str]:
    """The decoders that are alive: children of this process."""
    alive = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if name.startswith("ffmpeg") and rest.split()[0] != "Z" and rest.split()[1] == str(_PID):
            alive.append(name)
    return alive


_PID = int(Path("/proc/self").resolve().name)


@pytest_asyncio.fixture
async def worn(hass: HomeAssistant, dial: Dial) -> AsyncIterator[FakeWearable]:
    """A wearable that is there, with its speaker; nothing is decoded for it at the end."""
    wearable = await dial(speaker=SMALL)
    await until_speaker(hass, "idle")
    yield wearable
    if not wearable.socket.closed:
        await act(hass, "media_stop")
    await eventually(lambda: not ffmpegs())
    await eventually(lambda: "shelfsight player" not in running_tasks())


# --- playing ----------------------------------------------------------------------------------------------------------


async def test_any_media_is_heard_whole_at_the_speakers_rate(hass: HomeAssistant, dial: Dial, station: Station) -> None:
    wearable = await dial(speaker={"rate_hz": 16_000, "buffer_ms": 10_000})
    await until_speaker(hass, "idle")
    seen = states_from_now(hass, "media_player.desk_speaker")
    await play(hass, station.url("/440/2.wav"), extra={"metadata": {"title": "A tone"}})
    assert attributes(hass)["media_title"] == "A tone"
    assert (
        attributes(hass)["media_content_id"].endswith("/440/2.wav")
        and attributes(hass)["media_content_type"] == "music"
    )
    await until_speaker(hass, "idle")
    (whole,) = utterances(wearable)
    assert heard_hz(whole, 16_000) == 440 and abs(len(whole) / 32_000 - 2) < 0.02
    assert [one["rate_hz"] for one in wearable.all("speak")] == [16_000] and len(wearable.all("spoken")) == 1
    assert seen == ["buffering", "playing", "idle"]
    assert "media_title" not in attributes(hass)


async def test_it_is_played_in_real_time_never_further_ahead_than_the_speakers_buffer(
    hass: HomeAssistant, worn: FakeWearable, station: Station
) -> None:
    began_s = hass.loop.time()
    await play(hass, station.url("/440/30.wav"))
    await worn.until(lambda: len(worn.played_pcm) >= 48_000 * 0.6)
    await act(hass, "media_stop")
    ahead_s = len(worn.played_pcm) / 48_000 - (hass.loop.time() - began_s)
    assert ahead_s < 0.2 + 0.05


async def test_stop_is_silence_at_once_and_nothing_is_decoded_any_more(
    hass: HomeAssistant, worn: FakeWearable, station: Station
) -> None:
    await play(hass, station.url("/440/30.wav"))
    await play(hass, station.url("/880/1.wav"), enqueue="add")
    await worn.heard("speak")
    await act(hass, "media_stop")
    assert state(hass, "media_player", "speaker") == "idle"
    await worn.heard("flush")
    assert not worn.all("spoken") and not ffmpegs()
    assert [one for one in station.asked if one.startswith("/880")] == []


async def test_what_is_played_next_replaces_what_is_played(
    hass: HomeAssistant, worn: FakeWearable, station: Station
) -> None:
    await play(hass, station.url("/440/30.wav"))
    await worn.heard("speak")
    await play(hass, station.url("/880/0.5.wav"))
    await until_speaker(hass, "idle")
    assert pitches(worn) == [440, 880] and worn.order.index("flush") > worn.order.index("speak")


async def test_a_queue_is_played_in_its_order(hass: HomeAssistant, worn: FakeWearable, station: Station) -> None:
    await play(hass, station.url("/440/0.4.wav"), enqueue="add")
    await play(hass, station.url("/660/0.4.wav"), enqueue="add")
    await play(hass, station.url("/gone"), enqueue="add")
    await play(hass, station.url("/550/0.4.wav"), enqueue="next")
    await worn.heard("spoken", count=3)
    await until_speaker(hass, "idle")
    assert pitches(worn) == [440, 550, 660], "what cannot be played is left out"


async def test_play_keeps_what_waits_and_clearing_forgets_it(
    hass: HomeAssistant, worn: FakeWearable, station: Station
) -> None:
    await play(hass, station.url("/440/30.wav"))
    await play(hass, station.url("/660/0.4.wav"), enqueue="add")
    await play(hass, station.url("/550/0.4.wav"), enqueue="play")
    await until_speaker(hass, "idle")
    assert pitches(worn)[-2:] == [550, 660]
    worn.forget()
    await play(hass, station.url("/440/0.6.wav"))
    await play(hass, station.url("/660/0.4.wav"), enqueue="add")
    await act(hass, "clear_playlist")
    await until_speaker(hass, "idle")
    assert pitches(worn) == [440]


async def test_a_queue_has_an_end(
    hass: HomeAssistant, worn: FakeWearable, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player_room, "QUEUE_LIMIT", 1)
    await play(hass, station.url("/440/30.wav"))
    await play(hass, station.url("/660/0.4.wav"), enqueue="add")
    with pytest.raises(HomeAssistantError) as caught:
        await play(hass, station.url("/660/0.4.wav"), enqueue="add")
    assert caught.value.translation_key == "too_much_media"


# --- who else talks ---------------------------------------------------------------------------------------------------


async def test_a_press_of_the_person_always_wins(
    hass: HomeAssistant, worn: FakeWearable, station: Station, brains: Brains
) -> None:
    brains.first.text = "Third shelf."
    await play(hass, station.url("/440/30.wav"))
    await play(hass, station.url("/880/30.wav"), enqueue="add")
    await worn.heard("speak")
    worn.forget()
    await worn.ask(SHELF)
    await until_speaker(hass, "idle")
    await worn.heard("spoken")
    await until_state(hass, lambda: state(hass, "sensor", "last_answer") == "Third shelf.")
    assert utterances(worn)[-1] == spoken("Third shelf.")
    assert [one for one in station.asked if one.startswith("/880")] == []
    assert not ffmpegs()


async def test_a_question_in_writing_is_answered_in_between_and_the_music_goes_on_where_it_was(
    hass: HomeAssistant, worn: FakeWearable, station: Station, brains: Brains
) -> None:
    worn.still_jpeg = SHELF
    brains.first.text = "Third shelf."
    await play(hass, station.url("/440/2.wav"))
    await worn.until(lambda: len(worn.played_pcm) > 48_000 * 0.4)
    asking = asyncio.create_task(
        hass.services.async_call(
            "shelfsight", "ask", {"question": "Where is the bread?"}, blocking=True, return_response=True
        )
    )
    await until_speaker(hass, "paused")
    assert (await asking)["answer"] == "Third shelf."
    await until_speaker(hass, "playing")
    await until_speaker(hass, "idle")
    before, answer, after = utterances(worn)
    assert answer == spoken("Third shelf.")
    assert heard_hz(before) == heard_hz(after) == 440
    assert 1.5 < (len(before) + len(after)) / 48_000 <= 2.0, "what the wearable had not played yet is lost, no more"
    assert station.asked == ["/440/2.wav"]


async def test_an_announcement_silences_the_music_for_as_long_as_it_takes(
    hass: HomeAssistant, worn: FakeWearable, station: Station
) -> None:
    await play(hass, station.url("/440/2.wav"))
    await worn.until(lambda: len(worn.played_pcm) > 48_000 * 0.3)
    await play(hass, station.url("/880/0.4.wav"), announce=True)
    await until_speaker(hass, "idle")
    assert pitches(worn) == [440, 880, 440]


async def test_an_announcement_waits_for_the_answer_that_is_being_said_and_a_press_ends_it(
    hass: HomeAssistant, worn: FakeWearable, station: Station, brains: Brains
) -> None:
    brains.first.text = "Third shelf."
    await worn.ask(SHELF)
    await worn.heard("speak")
    announcing = asyncio.create_task(play(hass, station.url("/880/30.wav"), announce=True))
    await worn.heard("speak", count=2)
    assert utterances(worn)[0] == spoken("Third shelf.")
    await worn.press()
    await announcing
    await worn.heard("flush")
    await eventually(lambda: not ffmpegs())
    assert len(worn.all("spoken")) == 1


async def test_no_announcement_while_a_mode_goes_on(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, station: Station, brains: Brains
) -> None:
    brains.first.text = "<nothing>"
    await entry.runtime_data.choose(mode="watch")
    wearable = await dial()
    await until_speaker(hass, "idle")
    await wearable.press()
    await wearable.heard("spoken")
    with pytest.raises(HomeAssistantError) as caught:
        await play(hass, station.url("/880/1.wav"), announce=True)
    assert caught.value.translation_key == "mode_running"


async def test_too_many_announcements_are_refused(hass: HomeAssistant, worn: FakeWearable, station: Station) -> None:
    results = await asyncio.gather(
        *(play(hass, station.url("/880/0.2.wav"), announce=True) for _ in range(8)), return_exceptions=True
    )
    errors = [one.translation_key for one in results if isinstance(one, HomeAssistantError)]
    assert errors and set(errors) == {"too_many_questions"}
    assert len(worn.all("spoken")) == 8 - len(errors) >= 4
    assert [one for one in results if isinstance(one, BaseException) and not isinstance(one, HomeAssistantError)] == []


async def test_a_wearable_that_leaves_ends_its_announcement(
    hass: HomeAssistant, entry: MockConfigEntry, worn: FakeWearable, station: Station
) -> None:
    announcing = asyncio.create_task(play(hass, station.url("/880/30.wav"), announce=True))
    await worn.heard("speak")
    await worn.leave()
    await announcing
    await eventually(lambda: not running_tasks() & {"shelfsight conversation", "shelfsight question"})


async def test_a_line_that_is_cut_just_when_something_is_silenced_is_no_fault(
    hass: HomeAssistant, entry: MockConfigEntry, worn: FakeWearable, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = entry.runtime_data.wearable.flush

    async def cut() -> None:
        await flush()
        raise LinkClosedError("cut")

    monkeypatch.setattr(entry.runtime_data.wearable, "flush", cut)
    await play(hass, station.url("/440/30.wav"))
    await act(hass, "media_stop")
    assert state(hass, "media_player", "speaker") == "idle"
    announcing = asyncio.create_task(play(hass, station.url("/880/30.wav"), announce=True))
    await worn.heard("speak", count=2)
    await act_on_button(hass, "stop")
    await announcing
    await eventually(lambda: not running_tasks() & {"shelfsight conversation", "shelfsight question"})


async def test_a_speaker_that_is_there_no_more_announces_nothing(
    hass: HomeAssistant, dial: Dial, station: Station
) -> None:
    await (await dial()).leave()
    await until_speaker(hass, "unavailable")
    await dial(speaker=None)
    await until_state(hass, lambda: state(hass, "sensor", "state") == "idle")
    speaker = hass.data["entity_components"]["media_player"].get_entity("media_player.desk_speaker")
    with pytest.raises(HomeAssistantError) as caught:
        await speaker.async_play_media("music", station.url("/880/1.wav"), announce=True)
    assert caught.value.translation_key == "wearable_not_connected"
    with pytest.raises(HomeAssistantError) as caught:
        await speaker.async_play_media("music", station.url("/880/1.wav"))
    assert caught.value.translation_key == "wearable_not_connected"


async def test_a_voice_of_the_house_speaks_through_it(
    hass: HomeAssistant, rooms: None, http: TestClient, worn: FakeWearable, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_up(hass, monkeypatch, Hum(("wav", tone(22_050)), []))
    await hass.config.async_update(internal_url=str(http.make_url("")).rstrip("/"))
    speaker = entity_id(hass, "media_player", "speaker")
    await hass.services.async_call(
        "tts", "speak", {"entity_id": VOICE, "media_player_entity_id": speaker, "message": "Dinner."}, blocking=True
    )
    (said,) = utterances(worn)
    assert heard_hz(said) == 440 and 0.5 <= len(said) / 48_000 < 0.6, (
        "by way of mp3, which begins and ends with silence"
    )


# --- what cannot be played --------------------------------------------------------------------------------------------


async def test_what_cannot_be_played_is_told_and_leaves_nothing_behind(
    hass: HomeAssistant, worn: FakeWearable, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await refused(hass, "file:///etc/hostname") == "media_address"
    assert await refused(hass, "rtsp://127.0.0.1/stream") == "media_address"
    assert await refused(hass, station.url("/gone")) == "media_failed"
    assert await refused(hass, station.url("/text")) == "media_failed"
    monkeypatch.setattr(decoding, "_FIRST_SOUND_S", 0.3)
    assert await refused(hass, station.url("/silent")) == "media_silent"
    assert state(hass, "media_player", "speaker") == "idle" and not ffmpegs()
    assert worn.texts == []
    monkeypatch.setenv("PATH", "")
    assert await refused(hass, station.url("/440/1.wav")) == "no_ffmpeg"


async def test_a_playlist_cannot_make_it_read_files_of_this_machine(
    hass: HomeAssistant, worn: FakeWearable, tmp_path: Path
) -> None:
    (tmp_path / "secret.wav").write_bytes(tone(24_000))
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{tmp_path}/secret.wav\n#EXT-X-ENDLIST\n"

    async def serve(_request: web.Request) -> web.Response:
        return web.Response(text=playlist, content_type="application/vnd.apple.mpegurl")

    app = web.Application()
    app.router.add_get("/list.m3u8", serve)
    async with TestServer(app) as server:
        assert await refused(hass, str(server.make_url("/list.m3u8"))) == "media_failed"


async def test_stop_while_nothing_has_come_yet_is_the_end_of_it(
    hass: HomeAssistant, worn: FakeWearable, station: Station
) -> None:
    playing = asyncio.create_task(play(hass, station.url("/silent")))
    await until_speaker(hass, "buffering")
    await eventually(ffmpegs)
    await act(hass, "media_stop")
    await playing
    assert state(hass, "media_player", "speaker") == "idle"
    assert not ffmpegs() and not worn.all("speak")


async def test_a_wearable_that_leaves_takes_the_music_along(
    hass: HomeAssistant, entry: MockConfigEntry, worn: FakeWearable, station: Station
) -> None:
    await play(hass, station.url("/440/30.wav"))
    await play(hass, station.url("/880/1.wav"), enqueue="add")
    await worn.heard("speak")
    await worn.leave()
    await until_speaker(hass, "unavailable")
    await eventually(lambda: not ffmpegs() and entry.runtime_data.player.state == "idle")
    with pytest.raises(HomeAssistantError) as caught:
        await (
            hass.data["entity_components"]["media_player"]
            .get_entity("media_player.desk_speaker")
            .async_play_media("music", station.url("/880/1.wav"))
        )
    assert caught.value.translation_key == "wearable_not_connected"


async def test_an_entry_that_is_unloaded_plays_nothing_any_more(
    hass: HomeAssistant, entry: MockConfigEntry, worn: FakeWearable, station: Station
) -> None:
    await play(hass, station.url("/440/30.wav"))
    await worn.heard("speak")
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not ffmpegs() and not running_tasks() & {"shelfsight player", "shelfsight playing"}
    await worn.until(lambda: "closed" in worn.order)


# --- volume, browsing, and wearables of others ------------------------------------------------------------------------


async def test_its_volume_is_the_wearables(hass: HomeAssistant, worn: FakeWearable) -> None:
    await act(hass, "volume_set", volume_level=0.4)
    assert (await worn.heard("settings"))["settings"]["volume"] == 40
    assert attributes(hass)["volume_level"] == 0.4 and state(hass, "number", "volume") == "40"
    await act(hass, "volume_up")
    assert state(hass, "number", "volume") == "45"


async def test_where_home_assistant_has_no_media_there_is_nothing_to_browse_and_all_else_is_played(
    hass: HomeAssistant, worn: FakeWearable, station: Station
) -> None:
    assert not attributes(hass)["supported_features"] & BROWSE
    assert await refused(hass, "media-source://tts/hum") == "media_address"
    await play(hass, station.url("/440/0.2.wav"))
    await until_speaker(hass, "idle")
    assert pitches(worn) == [440]


async def test_the_media_of_home_assistant_can_be_browsed(
    hass: HomeAssistant, rooms: None, worn: FakeWearable, hass_ws_client: Any
) -> None:
    assert attributes(hass)["supported_features"] & BROWSE
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "media_player/browse_media", "entity_id": "media_player.desk_speaker"})
    told = await client.receive_json()
    assert told["success"] and told["result"]["can_expand"]
    with pytest.raises(HomeAssistantError):
        await play(hass, "media-source://nobody/nothing")


async def test_ffmpeg_is_the_one_that_home_assistant_is_told_to_use(
    hass: HomeAssistant, worn: FakeWearable, station: Station, tmp_path: Path
) -> None:
    used, program = tmp_path / "used", tmp_path / "my-ffmpeg"
    program.write_text(f'#!/bin/sh\ntouch {used}\nexec {shutil.which("ffmpeg")} "$@"\n')
    program.chmod(0o755)
    assert await async_setup_component(hass, "ffmpeg", {"ffmpeg": {"ffmpeg_bin": str(program)}})
    await hass.async_block_till_done()
    used.unlink(missing_ok=True)  # Home Assistant asks it for its version
    await play(hass, station.url("/440/0.2.wav"))
    await until_speaker(hass, "idle")
    assert used.exists() and pitches(worn) == [440]


async def test_a_wearable_without_our_software_is_as_loud_as_it_is(
    hass: HomeAssistant, live: Server, hass_client_no_auth: Any, station: Station
) -> None:
    entry = stream_entry(live)
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, "http", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    plain = await PlainPlayer.begin(await hass_client_no_auth())
    await until_speaker(hass, "idle", STREAM_ID)
    told = hass.states.get(entity_id(hass, "media_player", "speaker", STREAM_ID))
    assert told is not None
    assert not told.attributes["supported_features"] & MediaPlayerEntityFeature.VOLUME_SET
    assert er.async_get(hass).async_get_entity_id("number", "shelfsight", f"{STREAM_ID}_volume") is None
    await partial(hass.services.async_call, "media_player", "play_media", blocking=True)(
        {"entity_id": told.entity_id, "media_content_id": station.url("/440/0.5.wav"), "media_content_type": "music"}
    )
    await until_speaker(hass, "idle", STREAM_ID)
    await plain.until(lambda: plain.loud_ms >= 450)
    assert await hass.config_entries.async_unload(entry.entry_id)
