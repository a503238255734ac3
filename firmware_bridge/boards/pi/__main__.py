"""Start-up of a Pi: `python -m firmware_bridge.boards.pi --help`."""

import argparse
import asyncio
import os
from pathlib import Path
import signal
import sys

from ...wearable import cues
from ...wearable.drivers import DriverError
from ...wearable.wearable import Wearable
from ..linux.card_speaker import CardSpeaker
from ..linux.cards import SoundCards
from ..linux.clock import MonotonicClock
from ..linux.events import Events
from ..linux.notify import Notifier
from ..linux.store import FolderStore, StateError
from .board import PiBoard, read_hardware
from .settings import Settings, SettingsError, read_settings

SETTINGS = Path("/etc/shelfsight-wearable/wearable.toml")
STATE = Path("/var/lib/shelfsight-wearable")
_CANNOT_START = (SettingsError, StateError, DriverError)


def read_arguments() -> argparse.Namespace:
    """What the service or a person wants."""
    parser = argparse.ArgumentParser(
        prog="python -m firmware_bridge.boards.pi", description="A wearable made of a Raspberry Pi."
    )
    parser.add_argument("--settings", type=Path, default=SETTINGS, metavar="FILE", help=f"settings, TOML ({SETTINGS})")
    parser.add_argument("--state", type=Path, default=STATE, metavar="FOLDER", help=f"where the key is kept ({STATE})")
    parser.add_argument("--check", action="store_true", help="check the settings and end")
    parser.add_argument("--forget", action="store_true", help="forget the home it is paired with and end")
    parser.add_argument("--plain", action="store_true", help="events for people instead of JSON lines")
    return parser.parse_args()


def load(path: Path) -> Settings:
    """The settings of a file.

    Raises:
        SettingsError: it cannot be read, or something in it is wrong; the text is one line and names the file.
    """
    try:
        return read_settings(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


async def run(settings: Settings, folder: Path, report: Events, notifier: Notifier) -> None:
    """Until the system asks to end."""
    hardware = read_hardware()
    store = FolderStore(folder, report, hardware.serial)
    board = PiBoard(settings, store, notifier, report)
    quitting = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, quitting.set)
    tasks: list[asyncio.Task[object]] = []
    try:
        await board.prepare(settings, os.environ)  # type: ignore[arg-type]  # what it needs of a dictionary it has
        report("started", id=store.device_id, hardware=hardware.model, echo_cancellation=board.about.echo_cancellation)
        wearable = Wearable(board, report)
        tasks = [asyncio.create_task(each) for each in (wearable.run(), quitting.wait(), *board.runs())]
        notifier.ready()
        if store.trouble is not None:
            wearable.refuse("storage", store.trouble)
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        notifier.stopping()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await board.close()


async def complain() -> None:
    """Plays the sound of a failure on the default card: whoever wears it must not take a refusal to start for silence."""
    cards = SoundCards()
    speaker = CardSpeaker(cards, "default")
    try:
        for piece in cues.pieces(cues.notes_of("error"), speaker.rate_hz):
            await speaker.write(memoryview(piece))
        await asyncio.sleep(speaker.queued_ms() / 1000)
    except DriverError as error:
        print(f"wearable: and no sound either: {error}", file=sys.stderr)
    finally:
        await speaker.close()
        await cards.shutdown()


def main() -> int:
    """Returns the exit code: 0, or 2 when it cannot start."""
    arguments = read_arguments()
    clock = MonotonicClock()
    report = Events(clock.ms, arguments.plain)
    try:
        settings = load(arguments.settings)
        if arguments.check:
            print("the settings are good")
            return 0
        if arguments.forget:
            FolderStore(arguments.state, report, read_hardware().serial).forget()
            return 0
        asyncio.run(run(settings, arguments.state, report, Notifier(os.environ, clock.ms)))
    except _CANNOT_START as error:
        print(f"wearable: {error}", file=sys.stderr)
        if not arguments.check and not arguments.forget:
            asyncio.run(complain())
        return 2
    report("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
