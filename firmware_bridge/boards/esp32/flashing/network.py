"""The Wi-Fi network's name and password: how they get in, and how they get to the board.

They are read from the keyboard without echo, from standard input or from a file descriptor, and go to the board through a
pipe: never into arguments (the process list, the shell's history), the environment or a file.
"""

from __future__ import annotations

from collections.abc import Callable
import getpass
import json
import os

_MAX_SSID_BYTES = 32
_KEY_BYTES = range(8, 64)


class NetworkError(Exception):
    """What was given cannot be a network; the text is a sentence for a person."""


def check(ssid: str, key: str) -> None:
    """Raises NetworkError unless this may be a network; an empty key means an open one."""
    if not 0 < len(ssid.encode()) <= _MAX_SSID_BYTES:
        raise NetworkError("The network's name must have 1 to 32 bytes.")
    if key and len(key.encode()) not in _KEY_BYTES:
        raise NetworkError("The password must have 8 to 63 characters, or none for an open network.")


def ask(
    read_line: Callable[[str], str] = input, read_secret: Callable[[str], str] = getpass.getpass
) -> tuple[str, str]:
    """Asks at the terminal; the password is not shown while it is typed.

    Raises:
        NetworkError: it cannot be a network.
    """
    ssid = read_line("Name of the Wi-Fi network: ")
    key = read_secret("Its password (nothing is shown while you type): ")
    check(ssid, key)
    return ssid, key


def read(descriptor: int) -> tuple[str, str]:
    """Two lines from an open file descriptor: the name, then the password.

    Raises:
        NetworkError: something else.
    """
    with os.fdopen(os.dup(descriptor), encoding="utf-8") as lines:
        ssid, key = lines.readline().rstrip("\r\n"), lines.readline().rstrip("\r\n")
    check(ssid, key)
    return ssid, key


def program(ssid: str, key: str) -> bytes:
    """What the board runs to keep the network."""
    # JSON in ASCII is also how both Pythons write these strings.
    name, secret = json.dumps(ssid), json.dumps(key)
    return (
        f"from boards.esp32.store import NvsStore\nNvsStore().add_network({name}, {secret})\nprint('kept')\n".encode()
    )
