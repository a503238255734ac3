"""The desk as people run it: a process with files for camera, microphone and speaker, paired and linked for real."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import io
import itertools
import json
from pathlib import Path
import shutil
import struct
import subprocess
import sys
import time
from typing import Any
import wave

from home_simulator import Home
from pairing_home import PairingHome
from PIL import Image
import pytest
from wearable_processes import LineProcess, missing
from zeroconf import ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

KEY = bytes(range(32))
DESK = [sys.executable, "-m", "firmware_bridge.boards.desk"]
NOTHING: dict[str, Any] = {"type": "capture", "audio": False, "video": None, "still": None}


@contextlib.asynccontextmanager
async def desk(state: Path, *arguments: object) -> AsyncIterator[LineProcess]:
    running = await LineProcess.start([*DESK, "--state", str(state), *map(str, arguments)])
    try:
        yield running
        assert b"Traceback" not in running.errors, running.errors.decode()
    finally:
        await running.close()


@contextlib.asynccontextmanager
async def linked(folder: Path, home: Home, *arguments: object) -> AsyncIterator[LineProcess]:
    state = folder / "state"
    state.mkdir()
    (state / "wearable.json").write_text(json.dumps({"id": home.device_id, "key": KEY.hex(), "urls": [home.url]}))
    async with desk(state, *arguments) as running:
        await running.until("connected")
        yield running


def write_wav(path: Path, pcm: bytes, rate_hz: int = 16000, channels: int = 1, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(pcm)
    return path


def read_wav(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24000, 1, 2)
        return file.readframes(file.getnframes())


def ramp(count: int, step: int = 37) -> bytes:
    """Samples that are never zero and never the same twice in a row, so that a lost or changed one shows."""
    return struct.pack(f"<{count}h", *((index * step) % 32000 + 1 for index in range(count)))


def picture(path: Path, size: tuple[int, int], colour: str) -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    image.load()
    return image


def require_ffmpeg() -> None:
    if shutil.which("ffmpeg") is None:
        missing("ffmpeg is not installed; scripts/setup installs it")


async def test_a_sound_file_queued_before_the_press_arrives_bit_for_bit_from_its_first_sample(tmp_path: Path) -> None:
    require_ffmpeg()
    pcm = ramp(16000)
    question = write_wav(tmp_path / "question.wav", pcm)
    async with Home(KEY) as home, linked(tmp_path, home) as running:
        await running.send(f"hear {question}", "hold 1500")
        await home.until(lambda: len(home.heard.sound) >= len(pcm) + 640)
        assert bytes(home.heard.sound[: len(pcm)]) == pcm
        assert not any(home.heard.sound[len(pcm) :]), "silence follows"
        after_ms = (await running.until("first_microphone_chunk_sent"))["after_ms"]
        assert after_ms < 150, "20 ms of sound and little more"


async def test_a_sound_file_queued_while_capturing_begins_with_the_next_sample_and_ends_with_the_capture(
    tmp_path: Path,
) -> None:
    require_ffmpeg()
    pcm = ramp(48000)
    question = write_wav(tmp_path / "question.wav", pcm)
    async with Home(KEY) as home, linked(tmp_path, home) as running:
        await running.send("tap", f"hear {question}")
        await home.until(lambda: bytes(home.heard.sound).find(pcm[:6400]) >= 0)
        before = bytes(home.heard.sound).index(pcm[:6400])
        assert before > 0 and before % 640 == 0 and not any(home.heard.sound[:before])
        await home.send({**NOTHING, "press": 1})
        await running.until("capture", on=False)
        count = len(home.heard.sound)
        await running.send("tap")
        await home.until(lambda: len(home.heard.sound) > count + 6400)
        assert not any(home.heard.sound[count:]), "a voice does not wait for a microphone"


@pytest.mark.parametrize(("rate_hz", "channels", "width"), [(44100, 2, 2), (8000, 1, 1), (48000, 2, 3), (24000, 1, 4)])
async def test_sound_files_of_other_kinds_are_converted(
    tmp_path: Path, rate_hz: int, channels: int, width: int
) -> None:
    require_ffmpeg()
    # Half a second at half of full loudness, the same in each channel.
    level = {1: b"\xc0", 2: b"\x00\x40", 3: b"\x00\x00\x40", 4: b"\x00\x00\x00\x40"}[width]
    path = write_wav(tmp_path / "question.wav", level * channels * (rate_hz // 2), rate_hz, channels, width)
    async with Home(KEY) as home, linked(tmp_path, home, "--microphone", path) as running:
        await running.send("tap")
        await home.until(lambda: len(home.heard.sound) >= 16000 + 3200)
        heard = struct.unpack(f"<{len(home.heard.sound) // 2}h", home.heard.sound)
    assert all(abs(sample - 16384) < 700 for sample in heard[1000:7000])
    loud = sum(sample > 8192 for sample in heard)
    assert abs(loud - 8000) < 40, "half a second of it at 16 kHz"


async def test_an_answer_becomes_a_wav_file_bit_for_bit_without_cues_and_everything_is_in_the_recording(
    tmp_path: Path,
) -> None:
    pcm = ramp(24000)
    out = tmp_path / "out"
    async with Home(KEY) as home, linked(tmp_path, home, "--speaker", out) as running:
        await running.send("tap")
        await running.until("cue", name="listening")
        await home.until(lambda: home.texts("button", event="release"))
        await home.send({**NOTHING, "press": 1})
        await asyncio.sleep(0.5)  # the listening cue is over; what is measured is the answer's own time
        began_s = asyncio.get_running_loop().time()
        await home.speak(1, pcm)
        answer = await running.until("answer", turn=1)
        took_s = asyncio.get_running_loop().time() - began_s
        assert 0.95 < took_s < 1.8, "a loudspeaker takes as long as the sound is"
        assert answer["duration_ms"] == 1000
        assert read_wav(Path(answer["wav"])) == pcm
        assert Path(answer["wav"]).name == "answer-1.wav"
        await home.speak(2, pcm[:9600])
        assert Path((await running.until("answer", turn=2))["wav"]).name == "answer-2.wav"
        await running.send("quit")
        await running.until("stopped")
    recording = read_wav(out / "speaker.wav")
    assert pcm in recording
    assert recording.index(pcm) > 0, "cues were heard before it"
    assert read_wav(out / "answer-2.wav") == pcm[:9600]


async def test_a_file_that_still_waits_is_not_heard_after_silence(tmp_path: Path) -> None:
    require_ffmpeg()
    question = write_wav(tmp_path / "question.wav", ramp(16000))
    async with Home(KEY) as home, linked(tmp_path, home) as running:
        await running.send(f"hear {question}", "silence", "hold 500")
        await home.until(lambda: len(home.heard.sound) >= 6400)
        assert not any(home.heard.sound)


async def test_what_was_flushed_was_not_heard(tmp_path: Path) -> None:
    out = tmp_path / "out"
    pcm = ramp(72000)
    async with Home(KEY) as home, linked(tmp_path, home, "--speaker", out) as running:
        speaking = asyncio.create_task(home.speak(1, pcm))
        await home.until(lambda: [text for text in home.texts("played") if text["position_ms"] >= 400])
        await home.send({"type": "flush"})
        answer = await running.until("answer", turn=1)
        await speaking
        heard = read_wav(Path(answer["wav"]))
    assert pcm.startswith(heard)
    assert abs(len(heard) // 48 - answer["duration_ms"]) <= 30
    assert len(heard) < len(pcm) // 2


async def test_pictures_fit_the_asked_size_and_a_folder_gives_its_next_one_each_time(tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for number, colour in enumerate(("red", "lime", "blue")):
        picture(shelf / f"{number}.png", (1200, 600), colour)
    video = {"width": 400, "height": 400, "rate_hz": 20, "quality": 90}
    async with (
        Home(KEY, settings={"capture": {"video": video}}) as home,
        linked(tmp_path, home, "--camera", shelf) as running,
    ):
        await running.send("tap")
        await home.until(lambda: len(home.heard.pictures) >= 4)
        seen = [opened(jpeg) for jpeg in home.heard.pictures[:4]]
        assert {image.size for image in seen} == {(400, 200)}
        strongest = [max(range(3), key=image.getpixel((200, 100)).__getitem__) for image in seen]
        assert strongest == [0, 1, 2, 0]
        small = {"width": 100, "height": 100, "quality": 20}
        await home.send({**NOTHING, "press": 1, "still": small})
        await running.until("capture", on=False)
        await home.until(lambda: opened(home.heard.pictures[-1]).size == (100, 50))
        yellow = picture(tmp_path / "yellow.jpg", (64, 48), "yellow")
        await running.send(f"look {yellow}", "tap")
        count = len(home.heard.pictures)
        await home.until(lambda: len(home.heard.pictures) > count)
        assert opened(home.heard.pictures[-1]).size == (64, 48), "never enlarged"


async def test_what_cannot_be_seen_or_heard_is_one_line_a_message_to_the_home_and_a_sound(tmp_path: Path) -> None:
    require_ffmpeg()
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    noise = tmp_path / "noise.wav"
    noise.write_bytes(b"RIFF this is no sound")
    whole = picture(tmp_path / "whole.jpg", (64, 48), "red")
    async with Home(KEY) as home, linked(tmp_path, home, "--camera", whole) as running:
        await running.send(f"look {tmp_path / 'nowhere.jpg'}")
        assert "nowhere.jpg" in (await running.until("error"))["message"]
        await home.until(lambda: home.texts("refused", what="camera"))
        await running.until("cue", name="no_camera")
        await running.send(f"hear {noise}")
        assert "noise.wav" in (await running.until("error", 2))["message"]
        await home.until(lambda: home.texts("refused", what="microphone"))
        await running.send(f"look {broken}", "tap")
        refused = (await home.until(lambda: len(home.texts("refused", what="camera")) == 2 and home.texts("refused")))[
            -1
        ]
        assert "broken.jpg" in refused["reason"]
        await running.send("dance", "hold long", "look", f"look {tmp_path}/state")
        await running.until("error", 6)
        await running.send(f"look {whole}", "tap")
        await home.until(lambda: home.heard.pictures)


@pytest.mark.parametrize("kind", ["lavfi", "mp4", "mjpeg"])
async def test_a_video_gives_pictures_only_while_asked_and_leaves_no_process_behind(tmp_path: Path, kind: str) -> None:
    require_ffmpeg()
    source = "lavfi:testsrc=size=640x360:rate=25"
    if kind != "lavfi":
        source = str(tmp_path / f"shelf.{kind}")
        command = [
            "ffmpeg",
            "-loglevel",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc=size=640x360:rate=25:duration=2",
            source,
        ]
        await asyncio.to_thread(subprocess.run, command, check=True, timeout=60)
    video = {"width": 320, "height": 320, "rate_hz": 5, "quality": 80}
    async with Home(KEY, settings={"capture": {"video": video}}) as home:
        async with linked(tmp_path, home, "--camera", source) as running:
            assert children(running) == []
            await running.send("tap")
            await home.until(lambda: len(home.heard.pictures) >= 3)
            assert len(children(running)) == 1
            assert opened(home.heard.pictures[0]).size == (320, 180)
            assert len(set(home.heard.pictures)) == len(home.heard.pictures), "each is a new frame"
            await home.send({**NOTHING, "press": 1})
            await running.until("capture", on=False)
            await asyncio.to_thread(gone, children(running))
            await running.send("tap")
            count = len(home.heard.pictures)
            await home.until(lambda: len(home.heard.pictures) > count)
            process = children(running)[0]
            await running.send("quit")
            await running.until("stopped")
        await asyncio.to_thread(gone, [process])


async def test_a_sound_card_is_recorded_through_ffmpeg_while_asked(tmp_path: Path) -> None:
    """A test tone stands in for the card: this machine has none."""
    require_ffmpeg()
    async with Home(KEY) as home, linked(tmp_path, home, "--microphone", "lavfi:sine=frequency=440") as running:
        await running.send("tap")
        await home.until(lambda: len(home.heard.sound) >= 32000)
        await home.send({**NOTHING, "press": 1})
        await running.until("capture", on=False)
    heard = struct.unpack("<16000h", home.heard.sound[:32000])
    rising = sum(before < 0 <= after for before, after in itertools.pairwise(heard))
    assert abs(rising - 440) <= 3


def gone(processes: list[int]) -> None:
    """Waits until none of them is left."""
    until_s = time.monotonic() + 5
    while any(Path(f"/proc/{process}").exists() for process in processes):
        assert time.monotonic() < until_s
        time.sleep(0.02)


def children(running: LineProcess) -> list[int]:
    process = running.process.pid
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


async def test_an_unpaired_desk_is_found_paired_and_linked(tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with desk(state, "--name", "Kitchen desk") as running:
        started = await running.until("started")
        info = await found_on_the_network("Kitchen desk")
        properties = info.decoded_properties
        assert info.port == started["port"]
        assert (properties["v"], properties["model"], properties["name"]) == ("1", "desk", "Kitchen desk")
        assert started["address"] in info.parsed_addresses()
        pairing = await PairingHome.dial(started["address"], started["port"])
        assert (await pairing.begin())["id"] == properties["id"]
        digits = await pairing.reveal()
        assert (await running.until("pairing_digits"))["digits"] == digits
        await running.send("")  # Enter
        async with Home(pairing.key, properties["id"]) as home:
            assert await pairing.finish([home.url]) == {"type": "pair_stored"}
            await running.until("paired")
            await running.until("connected")
        await pairing.close()
    stored = state / "wearable.json"
    assert stored.stat().st_mode & 0o777 == 0o600
    assert json.loads(stored.read_text())["key"] == pairing.key.hex()
    async with desk(state, "--forget") as running:
        started = await running.until("started")
        assert started["id"] == properties["id"], "the id stays"
        assert json.loads(stored.read_text())["key"] is None


async def found_on_the_network(name: str) -> AsyncServiceInfo:
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def changed(service_type: str, name: str, state_change: ServiceStateChange, **_rest: object) -> None:
        if state_change is ServiceStateChange.Added and name.startswith(wanted) and not found.done():
            found.set_result(name)

    wanted = name
    network = AsyncZeroconf()
    browser = AsyncServiceBrowser(network.zeroconf, "_shelfsight._tcp.local.", handlers=[changed])
    try:
        async with asyncio.timeout(15):
            info = AsyncServiceInfo("_shelfsight._tcp.local.", await found)
            assert await info.async_request(network.zeroconf, 3000)
            return info
    finally:
        await browser.async_cancel()
        await network.async_close()


async def test_what_it_cannot_start_with_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "empty").mkdir()
    for arguments, words in (
        (["--state", tmp_path / "file"], "cannot use"),
        (["--state", tmp_path / "a", "--camera", "nowhere.jpg"], "no such picture or video"),
        (["--state", tmp_path / "a", "--camera", tmp_path / "empty"], "no pictures"),
        (["--state", tmp_path / "a", "--microphone", "nowhere.wav"], "no such sound file"),
    ):
        process = await asyncio.create_subprocess_exec(
            *DESK, *map(str, arguments), stderr=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL
        )
        _, errors = await process.communicate()
        lines = errors.decode().strip().splitlines()
        assert process.returncode == 2, lines
        assert len(lines) == 1 and words in lines[0]


async def test_a_damaged_store_is_set_aside_and_the_desk_can_be_paired_again(tmp_path: Path) -> None:
    (tmp_path / "wearable.json").write_text('{"id": "00c0ffee12345678", "key": "00')
    async with desk(tmp_path) as running:
        assert "set aside" in (await running.until("store_damaged"))["reason"]
        started = await running.until("started")
    assert (tmp_path / "wearable.json.damaged").read_text().startswith('{"id"')
    stored = json.loads((tmp_path / "wearable.json").read_text())
    assert stored == {"id": started["id"], "key": None, "urls": []}


async def test_plain_events_are_for_people(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *DESK, "--state", str(tmp_path), "--plain", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(b"quit\n")
    assert process.returncode == 0
    assert output.decode().strip().endswith("stopped")
    assert "{" not in output.decode()


async def test_a_sound_card_that_cannot_be_opened_is_said_in_one_line(tmp_path: Path) -> None:
    try:
        import sounddevice
    except ImportError, OSError:
        sounddevice = None
    if sounddevice is not None and sounddevice.query_devices():
        pytest.skip("this machine has a sound card; what is tested is one without")
    process = await asyncio.create_subprocess_exec(
        *DESK, "--state", str(tmp_path), "--speaker", "device", stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode().count("\n") == 1 and "sound card" in errors.decode()
