"""The board's mDNS responder alone, on MicroPython: `OPTIONS=JSON micropython mdns_device.py`.

Options: address, id, port, taken (somebody has port 5353). Lines on standard input: start, stop, move ADDRESS, quit. Tells of each.
"""

import asyncio
import json
import os
import sys

from boards.esp32 import clock, mdns
import check_runner  # noqa: F401 -- it puts a played `_thread` in place


async def main():
    options = json.loads(os.getenv("OPTIONS"))
    address = [options["address"]]
    if options.get("taken"):
        mdns.open_socket = lambda: None
    advertiser = mdns.MdnsAdvertiser(lambda: address[0], clock.BoardClock())
    properties = {"id": options["id"], "name": "Ana. Glasses", "v": "1", "model": "esp32"}
    lines = asyncio.StreamReader(sys.stdin)
    while True:
        words = (await lines.readline()).decode().split()
        if words == ["start"]:
            await advertiser.start(options["port"], properties)
        elif words == ["stop"]:
            await advertiser.stop()
        elif words[:1] == ["move"]:
            address[0] = words[1] if len(words) > 1 else None
        elif not words or words == ["quit"]:
            await advertiser.stop()
            return
        told = {"event": words[0], "listens": advertiser.listens, "ignored": advertiser.ignored}
        print(json.dumps(told))  # noqa: T201 -- what the test reads


asyncio.run(main())
