"""Run the Live server: ``python -m local_live --state FOLDER``.

Prints one line of JSON when it listens: ``{"event": "ready", "host", "port", "fingerprint"}``. The log goes to stderr.
"""

import argparse
import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack
import json
import logging
from pathlib import Path
import signal
import ssl
import sys
from typing import Final

from local_live.announcing import announced, describe, resolved, this_machine, to_announce
from local_live.brain import BrainMaker
from local_live.certificate import local_addresses
from local_live.profiles import DEFAULT_NAME, find, profile_names
from local_live.server import Server, serve

_READERS: Final = 2  # threads that look and listen; OCR uses several cores by itself


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m local_live", description="A Gemini Live server for this network.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8443, help="the port, 0 for a free one (8443)")
    parser.add_argument("--state", type=Path, required=True, help="the folder that keeps the server's certificate")
    parser.add_argument("--key", help="the only API key to let in; without it any key is")
    parser.add_argument(
        "--no-announce",
        dest="announce",
        action="store_false",
        help="do not make the server known on the network; without it Home Assistant finds it by itself",
    )
    parser.add_argument("--keep-sound", type=Path, metavar="FOLDER", help="write the sound of each session into FOLDER")
    parser.add_argument(
        "--model-profile",
        choices=profile_names(),
        help=f"behave as this model whatever the client asks for; without it as asked ({DEFAULT_NAME} and others)",
    )
    return parser.parse_args(arguments)


def shelf_brains(executor: Executor) -> BrainMaker:
    """Load what reads shelves."""
    from local_live.reading.brain import make_shelf_brains  # loads the models' libraries: not needed for --help

    return make_shelf_brains(executor)


async def run(options: argparse.Namespace, load_brains: Callable[[Executor], BrainMaker]) -> None:
    """Serve until interrupted."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    # The voice stays out of this executor: a word must not wait for a picture.
    with ThreadPoolExecutor(_READERS, thread_name_prefix="local_live") as executor:
        server = await serve(
            options.host,
            options.port,
            options.state,
            load_brains(executor),
            key=options.key,
            keep_sound_dir=options.keep_sound,
            profile=find(options.model_profile, "v1beta") if options.model_profile else None,
        )
        async with server, AsyncExitStack() as announcement:
            ready = {"event": "ready", "host": server.host, "port": server.port, "fingerprint": server.fingerprint}
            print(json.dumps(ready), flush=True)
            if options.announce:
                await announce(announcement, server, wants_key=options.key is not None)
            await stopped.wait()


async def announce(announcement: AsyncExitStack, server: Server, *, wants_key: bool) -> None:
    """Make the server known for as long as `announcement` lasts, where others can reach it."""
    in_executor = asyncio.get_running_loop().run_in_executor
    listens_on = await in_executor(None, resolved, server.host)
    if addresses := to_announce(listens_on, await in_executor(None, local_addresses)):
        service = describe(this_machine(), server.port, addresses, wants_key=wants_key)
        await announcement.enter_async_context(announced(service))


def main(arguments: list[str] | None = None, load_brains: Callable[[Executor], BrainMaker] = shelf_brains) -> int:
    """Run the command; returns the exit status."""
    options = parse_arguments(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s: %(message)s")
    try:
        if options.keep_sound:
            options.keep_sound.mkdir(parents=True, exist_ok=True)
        asyncio.run(run(options, load_brains))
    except (OSError, ssl.SSLError, ValueError, OverflowError) as error:
        sys.stderr.write(f"The Live server cannot run: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
