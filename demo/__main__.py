"""`python -m demo`: see scripts/demo."""

import argparse
import asyncio
import json
import os
from pathlib import Path
import signal
import sys
import tempfile
from typing import Any

from .modes import DRAWN_ONLY, MODES
from .parts import LiveServer
from .processes import ROOT, DemoError
from .scenario import Result, Wish, play
from .timeline import Timeline


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="The whole path on this machine: press, ask, hear the answer."
    )
    parser.add_argument("--picture", type=Path, metavar="FILE", help="look at this picture instead of the drawn shelf")
    parser.add_argument("--ask", action="append", default=[], metavar="TEXT", help="ask this instead (repeatable)")
    parser.add_argument("--mode", choices=MODES, help="show this mode instead of finding things")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was seen as data")
    parser.add_argument(
        "--output", type=Path, default=ROOT / "demo-output", metavar="FOLDER", help="where WAVs and pictures go"
    )
    parser.add_argument("--live-server", metavar="HOST:PORT", help="use a Live server that is already running there")
    parser.add_argument(
        "--follows-instructions", action="store_true", help="that Live server has a language model, and can translate"
    )
    parser.add_argument("--stay", action="store_true", help="keep everything up and print the address and login")
    return parser


def _wish(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> Wish:
    if arguments.picture is not None and not arguments.picture.is_file():
        parser.error(f"there is no picture {arguments.picture}")
    if arguments.picture is not None and arguments.mode in DRAWN_ONLY:
        parser.error(f"--mode {arguments.mode} draws what changes; --picture goes with the other modes")
    if arguments.follows_instructions and not arguments.live_server:
        parser.error("--follows-instructions is said of a --live-server")
    server = None
    if arguments.live_server:
        host, _, port = arguments.live_server.rpartition(":")
        if not host or not port.isdigit():
            parser.error("--live-server wants HOST:PORT")
        server = LiveServer(host.strip("[]"), int(port), None, arguments.follows_instructions)
    return Wish(
        output=arguments.output.resolve(),
        picture=arguments.picture and arguments.picture.resolve(),
        questions=tuple(arguments.ask),
        gemini_key=os.environ.get("GEMINI_API_KEY") if server is None else None,
        live_server=server,
        stay=arguments.stay,
        mode=arguments.mode,
    )


async def _main(wish: Wish, json_file: Path | None) -> int:
    timeline, result = Timeline(), Result()
    story = asyncio.current_task()
    assert story is not None
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, story.cancel)
    interrupted = False
    with tempfile.TemporaryDirectory(prefix="shelfsight-demo-") as folder:
        try:
            await play(wish, Path(folder), result, timeline)
        except DemoError as err:
            result.problems.append(str(err))
        except asyncio.CancelledError:
            interrupted = True
            timeline.step("ended by the person at the terminal; all is put away")
    for problem in result.problems:
        timeline.problem(problem)
    if json_file is not None:
        await asyncio.to_thread(_write, json_file, result.as_data(timeline.elapsed_s))
    if interrupted:
        return 0 if wish.stay and result.live_sessions is not None and not result.problems else 130
    if not result.problems:
        timeline.step(f"every step did what it should; sounds and pictures are in {wish.output}")
    return 1 if result.problems else 0


def _write(path: Path, data: dict[str, Any]) -> None:
    path.write_text(f"{json.dumps(data, indent=2)}\n", encoding="utf-8")


def main() -> int:
    """The exit status: 0 only when every step did what it should."""
    parser = _parser()
    arguments = parser.parse_args()
    return asyncio.run(_main(_wish(arguments, parser), arguments.json))


if __name__ == "__main__":
    sys.exit(main())
