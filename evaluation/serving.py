"""The local Live server for an evaluation: as ``python -m local_live``, but answers are not held back until they were heard.

``python -m evaluation.serving --state FOLDER`` prints the same line when it listens.
"""

import argparse
import asyncio
from concurrent.futures import ThreadPoolExecutor
import json
from pathlib import Path
import signal
import sys
from typing import Final

from local_live.__main__ import shelf_brains
from local_live.server import serve

_SPEED: Final = 100.0  # nobody listens: 500 answers would take two hours to be heard
_READERS: Final = 2


async def _run(state: Path) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with ThreadPoolExecutor(_READERS, thread_name_prefix="local_live") as executor:
        server = await serve("127.0.0.1", 0, state, shelf_brains(executor), speed=_SPEED)
        async with server:
            sys.stdout.write(json.dumps({"event": "ready", "host": server.host, "port": server.port}) + "\n")
            sys.stdout.flush()
            await stopped.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m evaluation.serving", description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    asyncio.run(_run(parser.parse_args().state))
