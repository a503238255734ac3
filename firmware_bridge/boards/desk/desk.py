"""The desk itself: its drivers put together, its commands carried out."""

import asyncio
from collections.abc import Callable
from pathlib import Path
import sys

from ...wearable import drivers, transport
from ...wearable.drivers import DriverError
from ...wearable.phrases import FilePhrases
from ...wearable.wearable import Wearable
from ..linux.advertiser import ZeroconfAdvertiser
from ..linux.card_speaker import CardSpeaker
from ..linux.cards import SoundCards
from ..linux.clock import MonotonicClock
from ..linux.network import local_addresses, open_network
from ..linux.store import FolderStore
from .camera import DeskCamera
from .commands import Command, read_command
from .microphone import FileMicrophone, StreamMicrophone, read_sound
from .phrases import SpokenPhrases, find_voice
from .sources import Kind, camera_source, microphone_source
from .speaker import WavSpeaker

FIRMWARE = "0.1.0"
PHRASES = Path(__file__).parents[2] / "phrases"
_TAP_MS = 80


class LineButton(drivers.Button):
    """A button that commands push."""

    def __init__(self, clock: MonotonicClock) -> None:
        self._clock = clock
        self._edges: asyncio.Queue[tuple[bool, int]] = asyncio.Queue(200)

    def push(self, down: bool) -> None:
        """Down or up, now."""
        self._edges.put_nowait((down, self._clock.ms()))

    async def edge(self) -> tuple[bool, int]:
        """The next change."""
        return await self._edges.get()


class DeskBoard(drivers.Board):
    """The parts of one desk."""

    def __init__(self, store: FolderStore, name: str, port: int, report: Callable[..., None]) -> None:
        """Cameras and the like are set by `build`."""
        self.about = drivers.About(name[:40], "desk", FIRMWARE)
        self.store = store
        self.clock = MonotonicClock()
        self.button = LineButton(self.clock)
        self.microphone: FileMicrophone | StreamMicrophone | None = None
        self.camera: DeskCamera | None = None
        self.speaker: WavSpeaker | CardSpeaker | None = None
        self.cards: SoundCards | None = None
        self.network = open_network()
        self.advertiser = ZeroconfAdvertiser(report, self.network)
        self.pairing_port = port
        self.open_stream = transport.open_stream

    def rest(self, idle: bool) -> None:
        """The sound card sleeps while nothing is said."""
        if isinstance(self.speaker, CardSpeaker):
            self.speaker.rest(idle)

    async def close(self) -> None:
        """Ends every process, closes every file and card."""
        for part in (self.camera, self.microphone, self.speaker, self.network):
            if part is not None:
                await part.close()
        if self.cards is not None:
            await self.cards.shutdown()


async def build(
    store: FolderStore, name: str, port: int, camera: str, microphone: str, speaker: str, report: Callable[..., None]
) -> DeskBoard:
    """A board from what the person wrote.

    Raises:
        ValueError, DriverError: one of the sources cannot be used; the text says why in one line.
    """
    board = DeskBoard(store, name, port, report)
    seen = camera_source(camera)
    if seen.kind is not Kind.NONE:
        board.camera = DeskCamera(seen, board.clock.ms)
    heard = microphone_source(microphone, sys.platform)
    if heard.kind is Kind.STREAM:
        board.microphone = StreamMicrophone(heard.input_arguments)
    else:
        board.microphone = FileMicrophone(await read_sound(heard.paths[0]) if heard.paths else b"")
    if speaker == "device":
        board.cards = SoundCards()
        board.speaker = CardSpeaker(board.cards, "default")
        await board.speaker.open()
    else:
        board.speaker = _files(speaker, board.clock.ms)
    voice = find_voice()
    board.phrases = FilePhrases(str(PHRASES)) if voice is None else SpokenPhrases(voice)
    return board


def _files(text: str, now_ms: Callable[[], int]) -> WavSpeaker:
    if text == "none":
        return WavSpeaker(None, None, now_ms)
    path = Path(text).expanduser()
    if path.suffix.lower() == ".wav":
        path.parent.mkdir(parents=True, exist_ok=True)
        return WavSpeaker(path, None, now_ms)
    path.mkdir(parents=True, exist_ok=True)
    return WavSpeaker(path / "speaker.wav", path, now_ms)


class Desk:
    """A running desk."""

    def __init__(self, board: DeskBoard, report: Callable[..., None]) -> None:
        """`report(event, **details)` is told what happens."""
        self._board = board
        self._tell = report
        self._wearable = Wearable(board, self._report)
        self._quit = asyncio.Event()

    def quit(self) -> None:
        """Ends `run`."""
        self._quit.set()

    async def run(self, lines: asyncio.Queue[str]) -> None:
        """Until `quit`; then every process and file is closed."""
        if self._board.store.key is not None:
            self._tell("started", address=local_addresses()[0], port=None, id=self._board.store.device_id)
        tasks = [
            asyncio.create_task(self._wearable.run(pair_at_once=True)),
            asyncio.create_task(self._commands(lines)),
            asyncio.create_task(self._quit.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._board.close()

    def _report(self, event: str, **details: object) -> None:
        if event == "pairing":
            address, device_id = local_addresses()[0], self._board.store.device_id
            self._tell("started", address=address, port=details["port"], id=device_id)
        elif event == "answer":
            wav = self._board.speaker.last_answer if self._board.speaker else None
            self._tell("answer", **details, wav=str(wav) if wav else None)
        else:
            self._tell(event, **details)

    async def _commands(self, lines: asyncio.Queue[str]) -> None:
        while not self._quit.is_set():
            line = await lines.get()
            try:
                await self._obey(read_command(line))
            except ValueError as error:
                self._tell("error", message=str(error))

    async def _obey(self, command: Command) -> None:
        match command.name:
            case "press" | "release":
                self._board.button.push(command.name == "press")
            case "tap" | "hold":
                self._board.button.push(True)
                await asyncio.sleep((command.ms or _TAP_MS) / 1000)
                self._board.button.push(False)
            case "hear":
                await self._hear(command.text)
            case "silence":
                if isinstance(self._board.microphone, FileMicrophone):
                    self._board.microphone.forget()
            case "look":
                self._look(command.text)
            case "pair":
                self._wearable.pair()
            case "quit":
                self.quit()

    async def _hear(self, text: str) -> None:
        microphone = self._board.microphone
        if microphone is None or isinstance(microphone, StreamMicrophone):
            raise ValueError("this desk hears with its sound card, not with files")
        try:
            microphone.hear(await read_sound(Path(text)))
        except DriverError as error:
            self._wearable.refuse("microphone", str(error))
            raise ValueError(str(error)) from error

    def _look(self, text: str) -> None:
        if self._board.camera is None:
            raise ValueError("this desk was started without a camera")
        try:
            source = camera_source(text)
        except ValueError as error:
            self._wearable.refuse("camera", str(error))
            raise
        self._board.camera.look(source)
        self._tell("looking", source=text)
