"""Why NetworkManager could not join a network: it tells once, in a signal, and then only that it is not joined.

Its signal StateChanged(new state, old state, reason) is read from `gdbus monitor` (Debian package libglib2.0-bin), a line
each. Numbers are those of NMDeviceState and NMDeviceStateReason in NetworkManager's D-Bus reference.
"""

import asyncio
import re
import shutil
from typing import Self

_SIGNAL = re.compile(r"Device\.StateChanged \((?:uint32 )?(\d+), (?:uint32 )?(\d+), (?:uint32 )?(\d+)\)")
_ACTIVATED, _FAILED, _NEED_AUTH = 100, 120, 60
_REFUSED = (7, 8, 9, 10, 11)  # no secrets; supplicant: disconnected, config failed, failed, timeout
_NO_ADDRESS = (5, 6, 15, 16, 17)  # IP configuration: unavailable, expired; DHCP: start failed, error, failed
_NOT_HERE = (53,)  # SSID not found
_COMMAND = ("monitor", "--system", "--dest", "org.freedesktop.NetworkManager")
_RETRY_S = 30


def failure_after(line: str, before: str | None) -> str | None:
    """What is known to be wrong, as the name of a phrase, after a line of `gdbus monitor`. Pure."""
    signal = _SIGNAL.search(line)
    if signal is None:
        return before
    new, old, reason = (int(number) for number in signal.groups())
    if new == _ACTIVATED:
        return None
    if new != _FAILED:
        return before
    if reason in _NOT_HERE:
        return "no_wifi"
    if reason in _NO_ADDRESS:
        return "no_address"
    if reason in _REFUSED and (reason == _REFUSED[0] or old == _NEED_AUTH):
        return "wifi_refused"
    return before


class NetworkManager:
    """Follows what NetworkManager says while the wearable runs."""

    def __init__(self, gdbus: str) -> None:
        """`gdbus` is the program's path."""
        self._gdbus = gdbus
        self._task: asyncio.Task[None] | None = None
        self.failure: str | None = None

    @classmethod
    def find(cls) -> Self | None:
        """None where the program is not installed."""
        gdbus = shutil.which("gdbus")
        return None if gdbus is None else cls(gdbus)

    def start(self) -> None:
        """Begins to follow."""
        if self._task is None:
            self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Ends the program."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        """For ever: where there is no bus the program ends at once, and there may be one later."""
        while True:
            process = await asyncio.create_subprocess_exec(
                self._gdbus,
                *_COMMAND,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                assert process.stdout is not None
                while line := await process.stdout.readline():
                    self.failure = failure_after(line.decode(errors="replace"), self.failure)
            finally:
                if process.returncode is None:
                    process.kill()
                await process.wait()
            await asyncio.sleep(_RETRY_S)
