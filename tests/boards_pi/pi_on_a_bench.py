"""The Pi's own program with a fake camera and gpiozero's mock pins, moved by lines on standard input.

`low 17`, `high 17` drive a pin, `dark 27` asks whether a pin is low.
"""

import json
import sys
import threading

import fake_picamera2
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from firmware_bridge.boards.pi.__main__ import main


def follow() -> None:
    for line in sys.stdin:
        command, number = line.split()
        pin = Device.pin_factory.pin(int(number))
        if command == "low":
            pin.drive_low()
        elif command == "high":
            pin.drive_high()
        else:
            sys.stdout.write(json.dumps({"event": "pin", "number": int(number), "state": bool(pin.state)}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    fake_picamera2.install()
    Device.pin_factory = MockFactory()
    threading.Thread(target=follow, daemon=True).start()
    sys.exit(main())
