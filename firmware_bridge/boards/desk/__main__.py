"""Start-up of a desk: `python -m firmware_bridge.boards.desk --help`."""

import argparse
import asyncio
from pathlib import Path
import signal
import sys

from ...wearable.drivers import DriverError
from ..linux.clock import MonotonicClock
from ..linux.events import Events
from ..linux.store import FolderStore, StateError
from .commands import HELP
from .console import follow_input, new_queue
from .desk import Desk, build


def read_arguments() -> argparse.Namespace:
    """What the person wants."""
    parser = argparse.ArgumentParser(
        prog="python -m firmware_bridge.boards.desk",
        description="A wearable made of this computer. Without a key it pairs first.",
        epilog=f"Commands on standard input: {HELP}.",
    )
    parser.add_argument("--state", type=Path, required=True, metavar="FOLDER", help="where id and key are kept")
    parser.add_argument("--name", default="Desk", help="what people call it")
    parser.add_argument(
        "--camera",
        default="none",
        metavar="SOURCE",
        help="picture, folder of pictures, video file, URL, /dev/videoN, lavfi:... (any ffmpeg test source), or none",
    )
    parser.add_argument(
        "--microphone",
        default="none",
        metavar="SOURCE",
        help="sound file (heard at every press), device (sound card), alsa:NAME, pulse:NAME, lavfi:..., or none (silence)",
    )
    parser.add_argument(
        "--speaker",
        default="none",
        metavar="SINK",
        help="FILE.wav (everything heard), FOLDER (that as speaker.wav, and each answer-N.wav), device, or none",
    )
    parser.add_argument("--port", type=int, default=0, help="TCP port for pairing; 0 is any free one")
    parser.add_argument("--forget", action="store_true", help="forget the home it is paired with")
    parser.add_argument("--plain", action="store_true", help="events for people instead of JSON lines")
    return parser.parse_args()


async def run(arguments: argparse.Namespace, report: Events) -> None:
    """Until quit, or until the system asks to end."""
    store = FolderStore(arguments.state, report)
    if arguments.forget:
        store.forget()
    sources = arguments.camera, arguments.microphone, arguments.speaker
    board = await build(store, arguments.name, arguments.port, *sources, report)
    desk = Desk(board, report)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, desk.quit)
    lines = new_queue()
    follow_input(lines)
    await desk.run(lines)


def main() -> int:
    """Returns the exit code: 0, or 2 when it cannot start."""
    arguments = read_arguments()
    report = Events(MonotonicClock().ms, arguments.plain)
    try:
        asyncio.run(run(arguments, report))
    except (StateError, DriverError, ValueError) as error:
        print(f"desk: {error}", file=sys.stderr)
        return 2
    report("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
