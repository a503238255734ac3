"""One TLS dial with the board's own streams, on MicroPython: `OPTIONS=JSON micropython tls_device.py`.

Options: host, port, roots (a path), name_server ([host, port]), clock (whether the date is known). Prints one JSON line.
"""

import asyncio
import json
import os

from boards.esp32 import clock, resolver, streams
import check_runner  # noqa: F401 -- it puts a played `_thread` in place


async def main():
    options = json.loads(os.getenv("OPTIONS"))
    if not options["clock"]:
        clock.is_set = lambda: False
    names = resolver.Resolver(lambda: tuple(options["name_server"]), lambda: tuple(options["name_server"]))
    dialled = streams.Streams(names, options["roots"])
    outcome = {}
    try:
        reader, writer = await dialled.open(options["host"], options["port"], options["tls"])
        writer.write(b"secret\n")
        await writer.drain()
        outcome["answer"] = (await reader.readline()).decode()
    except (OSError, ValueError) as error:
        outcome["error"] = repr(error)
    outcome["clock_missed"] = dialled.clock_missed
    print(json.dumps(outcome))  # noqa: T201 -- what the test reads


asyncio.run(main())
