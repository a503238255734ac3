"""The commands of docs/plain-streams.md with the real programs: each asks a question aloud and hears its answer.

Home Assistant is a process of its own; the Live server answers a coded question with its number in tones, so that it is sure
that the question that was asked is the one that was answered.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
import os
from pathlib import Path
import shutil
import signal
import subprocess

import pytest
import pytest_asyncio

from demo.house import House, house
from local_live import wire
from tests import pictures
from tests.rig.board import Speech
from tests.rig.coded_sound import question_chunk
from tests.rig.live import Live, live_server

from .devices import Voice, heard_answers, into_pipe, phone, write_program
from .document import DOCUMENT, STANDS_FOR, commands

pytestmark = pytest.mark.timeout(120)
in_one_loop = pytest.mark.asyncio(loop_scope="module")

_FLOWS = "/api/config/config_entries/flow"
_GRACE_S = 3


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def gstreamer_lacks() -> str:
    """Which of GStreamer is missing here; empty when nothing is."""
    if shutil.which("gst-launch-1.0") is None:
        return "GStreamer is not installed (Debian: gstreamer1.0-tools)"
    for element, package in (
        ("curlhttpsink", "plugins-bad"),
        ("souphttpsrc", "plugins-good"),
        ("jpegenc", "plugins-good"),
    ):
        if subprocess.run(["gst-inspect-1.0", "--exists", element], check=False).returncode:
            return f"GStreamer lacks {element} (Debian: gstreamer1.0-{package})"
    return ""


class Desk:
    """A person at a PC: runs the page's commands, speaks, and hears."""

    def __init__(self, home: House, live: Live, folder: Path, entry: str, environment: dict[str, str]) -> None:
        self.home = home
        self.live = live
        self.voice = Voice()
        self.commands = commands()
        self._folder = folder
        self._entry = entry
        self._environment = environment
        self._number = 100

    @property
    def heard(self) -> bytes:
        """What has come out of the loudspeaker."""
        path = self._folder / "heard"
        return path.read_bytes() if path.exists() else b""

    @asynccontextmanager
    async def running(self, *names: str) -> AsyncIterator[None]:
        """While this lasts these commands of the page run; they have ended when it is left."""
        (self._folder / "heard").unlink(missing_ok=True)
        async with AsyncExitStack() as stack:
            for name in names:
                await stack.enter_async_context(self._run(name))
            yield

    @asynccontextmanager
    async def _run(self, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", self.commands[name], cwd=self._folder, env=self._environment, start_new_session=True,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield process
        finally:
            for sign in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(process.pid, sign)  # its own session: what it has started ends with it
                    async with asyncio.timeout(_GRACE_S):
                        await process.wait()
                except ProcessLookupError, TimeoutError:
                    continue

    async def run(self, name: str) -> None:
        """Run a command of the page to its end."""
        async with self._run(name) as process, asyncio.timeout(20):
            assert await process.wait() == 0, name

    async def there(self, **abilities: bool) -> None:
        """Wait until Home Assistant has these streams."""
        async with asyncio.timeout(15):
            while True:
                answer = await self.home.get(f"/api/diagnostics/config_entry/{self._entry}")
                told = answer["data"]["wearable"]
                if told["connected"] and all(told[name] is wanted for name, wanted in abilities.items()):
                    return
                await asyncio.sleep(0.1)

    async def ask(self, button: str = "curl button") -> None:
        """Press, ask, and hear the answer to what was asked."""
        self._number += 1
        self.live.log.forget()
        pressing = asyncio.create_task(self.run(button))
        if button == "curl button":
            await pressing
        self.voice.ask(self._number)
        await pressing
        await self.hears(self._number)

    async def hears(self, number: int) -> None:
        """Wait for the answer to this question, and check that a picture went up with it."""
        try:
            async with asyncio.timeout(15):
                while number not in heard_answers(self.heard):  # noqa: ASYNC110  # a file grows: nothing tells of it
                    await asyncio.sleep(0.1)
        except TimeoutError:
            told = await self.home.get(f"/api/diagnostics/config_entry/{self._entry}")
            raise AssertionError(
                f"{len(self.heard)} bytes with {heard_answers(self.heard)} were heard, not {number}: {told['data']}"
            ) from None
        assert any(isinstance(came.message, wire.Picture) for came in self.live.log.came)


async def set_up(home: House, live: Live) -> tuple[str, dict[str, str]]:
    """Add a wearable without our software, as the page says; its entry, and what was shown to copy."""
    flow_id = (await home.post(_FLOWS, {"handler": "shelfsight"}))["flow_id"]
    await home.step(flow_id, {"next_step_id": "streams"})
    await home.step(flow_id, {"name": "Desk"})
    await home.step(flow_id, {"next_step_id": "local"})
    await home.step(flow_id, {"host": live.server.host, "port": live.server.port, "api_key": live.key})
    form = await home.step(flow_id, {})
    assert form.get("step_id") == "addresses", form
    done = await home.step(flow_id, {})
    shown: dict[str, str] = {field["name"]: field["default"] for field in form["data_schema"]}
    return done["result"]["entry_id"], shown


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """Everything that is needed, with the file of the key made as the page says."""
    folder = tmp_path_factory.mktemp("streams")
    async with house(folder / "house") as home, live_server(folder / "live") as live, AsyncExitStack() as stack:
        entry, shown = await set_up(home, live)
        programs = folder / "programs"
        programs.mkdir()
        write_program(programs, "arecord", 'exec cat "$MICROPHONE"')
        write_program(programs, "aplay", 'exec cat > "$HEARD"')
        pipe = folder / "microphone"
        os.mkfifo(pipe)
        address = shown["video"].removesuffix("/video")
        environment = {
            **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "MICROPHONE": str(pipe),
            "HEARD": str(folder / "heard"), "KEY": shown["key"], "WEARABLE": address,
        }  # fmt: skip
        desk = Desk(home, live, folder, entry, environment)
        environment["PHONE"] = await stack.enter_async_context(phone(desk.voice, pictures.jpeg(1, (1280, 720))))
        prepared = await asyncio.to_thread(
            subprocess.run,
            ["bash", "-c", desk.commands["prepare"] + 'echo "$WEARABLE"'], input=f"{shown['key']}\n", text=True,
            capture_output=True, check=True, cwd=folder, env={**environment, "ADDRESS": address},
        )  # fmt: skip
        assert prepared.stdout.strip() == address
        assert (folder / "key.txt").stat().st_mode & 0o077 == 0
        speaking = asyncio.create_task(into_pipe(desk.voice, pipe))
        yield desk
        speaking.cancel()
        log = home.program.log.read_text(encoding="utf-8", errors="replace")
        assert shown["key"] not in log
        assert "Traceback" not in log


def test_every_command_of_the_page_is_run_here_and_everything_that_is_replaced_stands_there() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{name}"' in source for name in commands())
    page = DOCUMENT.read_text(encoding="utf-8")
    assert all(written in page for written in STANDS_FOR)


@in_one_loop
@needs("curl")
async def test_curl_asks_and_hears(desk: Desk) -> None:
    async with desk.running("curl speaker", "curl audio", "curl video"):
        await desk.there(camera=True, microphone=True, speaker=True)
        await desk.ask()
        await desk.ask("curl held")


@in_one_loop
@needs("ffmpeg", "curl")
async def test_ffmpeg_asks_and_hears(desk: Desk) -> None:
    async with desk.running("ffmpeg speaker", "ffmpeg webcam"):
        await desk.there(camera=True, microphone=True, speaker=True)
        await desk.ask()


@in_one_loop
@needs("ffmpeg", "curl")
async def test_a_phone_asks_through_ffmpeg(desk: Desk) -> None:
    async with desk.running("curl speaker", "phone"):
        await desk.there(camera=True, microphone=True, speaker=True)
        await desk.ask()


@in_one_loop
@needs("ffmpeg", "curl")
async def test_a_film_asks_through_ffmpeg(desk: Desk, tmp_path: Path) -> None:
    film(desk._folder / "film.mkv", tmp_path / "sound", number=77)
    async with desk.running("curl speaker", "ffmpeg film"):
        await desk.there(camera=True, microphone=True, speaker=True)
        desk.live.log.forget()
        await desk.run("curl button")
        await desk.hears(77)


@in_one_loop
@pytest.mark.skipif(bool(gstreamer_lacks()), reason=gstreamer_lacks() or "all is there")
async def test_gstreamer_asks_and_hears(desk: Desk) -> None:
    async with desk.running("gstreamer speaker", "gstreamer audio", "gstreamer video"):
        await desk.there(camera=True, microphone=True, speaker=True)
        await desk.ask()


def film(path: Path, sound: Path, number: int) -> None:
    """A film of a test picture in which a question is asked after 2.5 s."""
    speech = Speech(number, before_ms=2500, voiced_ms=1000)
    sound.write_bytes(b"".join(question_chunk(speech.chunk(at)) for at in range(1000)))
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=5", "-f", "s16le", "-ar", "16000",
         "-ac", "1", "-i", sound, "-t", "20", "-c:v", "mjpeg", "-q:v", "5", "-c:a", "pcm_s16le", path], check=True,
    )  # fmt: skip
