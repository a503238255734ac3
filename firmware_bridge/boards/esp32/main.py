"""What the ESP32 runs by itself at power on (copied to `/main.py`).

The file `/service` keeps the program from starting, and the watchdog with it, while a computer writes files: scripts/flash
makes and removes it. If it is left behind, it is removed after ten minutes of `error` cues.
"""

import os
import time

_SERVICE = "service"
_AGAIN_S = 30
_TIMES = 20


def serve() -> None:
    """Says every half a minute that nothing runs, then starts all the same."""
    from boards.esp32 import service

    for _ in range(_TIMES):
        time.sleep(_AGAIN_S)
        service.say()
    os.remove(_SERVICE)


if _SERVICE in os.listdir("/"):
    serve()

from boards.esp32 import start  # noqa: E402 -- only when it is to run

start.run()
