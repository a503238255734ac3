"""Bad input and bad luck, with real processes: the person hears something, nothing hangs, the next question works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
import json
from pathlib import Path
import shutil
from typing import Any
import wave

import numpy as np
from PIL import Image
import pytest
import pytest_asyncio

from custom_components.shelfsight.sound.phrases import load
from demo.house import House, house
from demo.pairing import pair
from demo.parts import Desk, LiveServer, desk, live_server, say_question
from demo.processes import DemoError, Program, running
from demo.timeline import Timeline
from drawn_shelves import draw
from drawn_shelves.scene import DEFAULT

from .hearing import read

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

PHRASES = {name: phrase.text for name, phrase in load("en").items()}
ASKED = "where is the gluten free bread"


class WholePath:
    """Everything that runs, and shortcuts to use it."""

    def __init__(self, folder: Path, home: House, wearable: Desk, live: LiveServer) -> None:
        self.folder = folder
        self.home = home
        self.wearable = wearable
        self.live = live
        self.server: Program
        self._servers = AsyncExitStack()
        self.shelf = folder / "shelf.jpg"
        self.question = folder / "question.wav"

    async def start_live_server(self, state: str = "live") -> None:
        """Start the Live server again at the address that Home Assistant knows."""
        arguments = ["-m", "local_live", "--host", "127.0.0.1", "--port", str(self.live.port)]
        arguments += ["--state", str(self.folder / state), "--keep-sound", str(self.folder / "sound")]
        self.server = await self._servers.enter_async_context(running("local live", arguments, self.folder))
        await self.server.event("ready", timeout_s=60)

    async def stop_live_server(self) -> None:
        """It is gone."""
        await self.server.stop()

    async def close(self) -> None:
        """Stop what was started here."""
        await self._servers.aclose()

    async def ask(self, *, look: Path | None = None, hear: Path | None = None) -> tuple[dict[str, Any], Path]:
        """Press, in follow-up time or not; what the last answer says, and the WAV that was heard."""
        self.wearable.program.forget_events()
        await self.wearable.do("silence")  # a question that was cut off before its first word
        if look is not None:
            await self.wearable.look(look)
        await self.wearable.do("tap")
        if hear is not None:
            await self.wearable.do(f"hear {hear}")
        return await self.answer()

    async def answer(self) -> tuple[dict[str, Any], Path]:
        """Wait for the answer to what was asked; the WAV is the last that was said, after what was said on the way to it."""
        entity = await self.home.entity("last_answer")
        before = (await self.home.states())[entity]["last_updated"]
        deadline = asyncio.get_running_loop().time() + 90
        while (state := (await self.home.states())[entity])["last_updated"] == before:
            assert asyncio.get_running_loop().time() < deadline, "Home Assistant did not tell of the answer"
            await asyncio.sleep(0.05)
        said: list[Path] = []
        while True:
            try:
                answer = await self.wearable.event("answer", timeout_s=0.5 if said else 10)
            except DemoError:
                break
            if answer["duration_ms"]:
                said.append(Path(answer["wav"]))
        assert said, "nothing was heard"
        return state["attributes"], said[-1]

    async def until(self, unique_suffix: str, state: str, timeout_s: float = 40) -> None:
        """Wait until an entity has a state."""
        entity = await self.home.entity(unique_suffix)
        deadline = asyncio.get_running_loop().time() + timeout_s
        while (found := (await self.home.states())[entity]["state"]) != state:
            assert asyncio.get_running_loop().time() < deadline, f"{entity} is {found}, not {state}"
            await asyncio.sleep(0.05)

    async def diagnostics(self) -> dict[str, Any]:
        """The integration's own figures."""
        entries = await self.home.get("/api/config/config_entries/entry?domain=shelfsight")
        answer = await self.home.get(f"/api/diagnostics/config_entry/{entries[0]['entry_id']}")
        data: dict[str, Any] = answer["data"]
        return data

    async def still_works(self) -> None:
        """The next question gets its good answer; asked in writing and not spoken, which takes a tenth of the time."""
        await self.wearable.look(self.shelf)
        body = {"question": ASKED, "speak": False, "timeout": 60}
        answer = await self.home.post("/api/services/shelfsight/ask?return_response", body, timeout_s=90)
        response = answer["service_response"]
        assert (response["found"], response["shelf"], response["shelf_count"]) == (True, 3, 5), response

    async def answers_as_ever(self) -> None:
        """The next good question, spoken, gets its good answer."""
        said, _ = await self.ask(look=self.shelf, hear=self.question)
        assert (said["reason"], said["found"], said["shelf"], said["shelf_count"]) == (None, True, 3, 5), said

    async def is_told(self, phrase: str, *, look: Path | None = None, hear: Path | None = None) -> None:
        """A question that cannot be answered: the reason is spoken, and it is the right one."""
        said, wav = await self.ask(look=look, hear=hear)
        assert (said["reason"], said["full_answer"]) == (phrase, PHRASES[phrase]), said
        heard = read(wav)
        assert heard.seconds > 1
        assert heard.peak_dbfs > -20


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def path(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WholePath]:
    """A Live server, a home and a paired wearable, shared by these tests."""
    folder = tmp_path_factory.mktemp("path")
    (folder / "sound").mkdir()
    # A wide frame of a cheap camera, and few packs: what is tested here is not the reading.
    image, _ = draw(replace(DEFAULT, width_px=1280, height_px=960, goods_a_shelf=3, fullness=0.5))
    image.save(folder / "shelf.jpg", quality=92)
    say_question(ASKED, folder / "question.wav")
    async with live_server(folder) as (live, first):
        await first.stop()
    async with house(folder / "house") as home, desk(folder, folder / "shelf.jpg") as wearable:
        whole = WholePath(folder, home, wearable, live)
        await whole.start_live_server()
        try:
            await pair(home, wearable, live, Timeline())
            yield whole
        finally:
            await whole.close()


def samples_of(wav: Path) -> np.ndarray:
    """The samples of a mono s16 WAV."""
    with wave.open(str(wav), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


async def test_not_one_sample_from_the_press_on_is_missing_and_nothing_goes_up_in_follow_up_time(
    path: WholePath,
) -> None:
    await path.until("state", "idle")
    before = set((path.folder / "sound").iterdir())
    path.wearable.program.forget_events()
    await path.wearable.do(f"hear {path.question}")  # queued: its first sample is the first after the press
    await path.wearable.do("tap")
    await path.answer()
    await path.until("state", "idle")  # the session is closed, its sound is written
    kept = [np.frombuffer(file.read_bytes(), "<i2") for file in set((path.folder / "sound").iterdir()) - before]
    received = max(kept, key=len)
    spoken = samples_of(path.question)
    # The file's first sample is the first one after the press; the person's last word is before the silence that ends it.
    shared = min(len(spoken), len(received))
    assert shared > 16_000
    assert np.array_equal(received[:shared], spoken[:shared])
    assert not np.any(spoken[shared:]), "samples of the question were not sent"
    # 0.6 s of silence end the question; the 8 s in which nobody followed up sent nothing.
    assert len(received) - len(spoken) < 16_000 * 2
    assert (await path.diagnostics())["last_question"]["press_to_sound_ms"] < 100


async def test_nothing_goes_up_and_nothing_is_captured_while_nobody_asks(path: WholePath) -> None:
    await path.until("state", "idle")
    sizes = {file: file.stat().st_size for file in (path.folder / "sound").iterdir()}
    path.wearable.program.forget_events()
    with pytest.raises(DemoError, match="did not say"):
        await path.wearable.event("frame_sent", "capture", "first_microphone_chunk_sent", timeout_s=3)
    assert {file: file.stat().st_size for file in (path.folder / "sound").iterdir()} == sizes


async def test_a_question_without_speech_is_answered_by_a_reason(path: WholePath) -> None:
    await path.is_told("no_speech")
    await path.still_works()


async def test_a_picture_that_is_not_there_is_refused_and_the_camera_stays_as_it_was(path: WholePath) -> None:
    path.wearable.program.forget_events()
    await path.wearable.do(f"look {path.folder / 'nowhere.jpg'}")
    error = await path.wearable.event("error", timeout_s=10)
    assert "nowhere.jpg" in error["message"]
    said, _ = await path.ask(hear=path.question)
    assert (said["found"], said["shelf"]) == (True, 3), said


async def test_a_picture_that_is_gone_when_it_is_taken_is_said(path: WholePath) -> None:
    gone = path.folder / "gone.jpg"
    shutil.copyfile(path.shelf, gone)
    await path.until("state", "idle")
    await path.wearable.look(gone)
    gone.unlink()
    await path.is_told("no_picture", hear=path.question)
    await path.still_works()


async def test_a_corrupt_jpeg_is_said(path: WholePath) -> None:
    corrupt = path.folder / "corrupt.jpg"
    corrupt.write_bytes(path.shelf.read_bytes()[:3000])
    said, wav = await path.ask(look=corrupt, hear=path.question)
    assert said["reason"] in {"no_picture", "picture_damaged"}
    assert read(wav).peak_dbfs > -20
    await path.still_works()


async def test_a_black_picture_is_said_to_be_too_dark(path: WholePath) -> None:
    Image.new("RGB", (1600, 1200), (3, 3, 3)).save(path.folder / "black.jpg")
    await path.is_told("picture_dark", look=path.folder / "black.jpg", hear=path.question)
    await path.still_works()


async def test_a_stereo_wav_at_another_rate_is_understood(path: WholePath) -> None:
    spoken = samples_of(path.question).astype(np.float64)
    moments = np.arange(int(len(spoken) * 44_100 / 16_000)) * 16_000 / 44_100
    faster = np.interp(moments, np.arange(len(spoken)), spoken).astype("<i2")
    stereo = path.folder / "stereo.wav"
    with wave.open(str(stereo), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(np.repeat(faster, 2).tobytes())
    said, _ = await path.ask(look=path.shelf, hear=stereo)
    assert (said["found"], said["shelf"]) == (True, 3), said


async def test_a_wav_that_is_none_is_refused_and_the_next_question_works(path: WholePath) -> None:
    nonsense = path.folder / "nonsense.wav"
    nonsense.write_bytes(b"this is no sound" * 100)
    await path.until("state", "idle")
    await path.wearable.do(f"hear {nonsense}")
    await path.wearable.event("error", "refused", timeout_s=15)
    await path.still_works()


async def test_a_live_server_that_is_gone_is_said_and_used_again_when_it_is_back(path: WholePath) -> None:
    await path.until("state", "idle")
    await path.stop_live_server()
    await path.is_told("no_server", look=path.shelf, hear=path.question)
    await path.start_live_server()
    await path.answers_as_ever()


async def test_a_live_server_with_another_certificate_is_not_trusted(path: WholePath) -> None:
    await path.until("state", "idle")
    await path.stop_live_server()
    await path.start_live_server(state="impostor")
    await path.is_told("certificate_changed", look=path.shelf, hear=path.question)
    await path.stop_live_server()
    await path.start_live_server()
    await path.still_works()


async def test_a_wearable_with_a_wrong_key_is_refused_aloud_and_the_right_one_is_not_disturbed(path: WholePath) -> None:
    twin = path.folder / "twin"
    shutil.copytree(path.folder / "desk", twin / "desk")
    changed = 0
    for file in (twin / "desk").iterdir():
        state = json.loads(file.read_text()) if file.suffix == ".json" else {}
        if "key" in state:
            state["key"] = "00" * 32
            file.write_text(json.dumps(state))
            changed += 1
    assert changed == 1, "the twin's key was not found"
    async with desk(twin, path.shelf) as stranger:
        refused = await stranger.event("refused", timeout_s=20)
        assert refused
    await path.until("connected", "on")
    await path.answers_as_ever()


async def test_a_second_home_assistant_on_the_port_ends_with_a_clear_message(path: WholePath) -> None:
    port = int(path.home.url.rpartition(":")[2])
    with pytest.raises(DemoError, match=str(port)):
        async with house(path.folder / "second", port=port):
            pass
    await path.still_works()


async def test_the_log_of_home_assistant_holds_no_error_and_no_secret(path: WholePath) -> None:
    log = path.home.program.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "Detected blocking call" not in log
    key = json.loads(next((path.folder / "desk").glob("*.json")).read_text())["key"]
    assert key not in log
