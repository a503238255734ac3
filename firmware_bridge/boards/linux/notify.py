"""Telling systemd that this program is ready and alive: sd_notify(3) in a few lines, so no library is needed."""

from collections.abc import Callable, Mapping
import contextlib
import socket


class Notifier:
    """Speaks to the service manager, or to nobody where there is none."""

    def __init__(self, environment: Mapping[str, str], now_ms: Callable[[], int]) -> None:
        """`environment` has NOTIFY_SOCKET and WATCHDOG_USEC when systemd started this program; `now_ms` is the clock."""
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._now_ms = now_ms
        period_us = environment.get("WATCHDOG_USEC", "")
        # Half of the time allowed is what sd_watchdog_enabled(3) asks for; a third leaves room for a slow moment.
        self._every_ms = int(period_us) // 3000 if period_us.isdigit() else None
        self._last_ms: int | None = None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) if address else None

    def ready(self) -> None:
        """The program has started."""
        self._send("READY=1")

    def alive(self) -> None:
        """To be called often; sends as often as the watchdog wants it."""
        now_ms = self._now_ms()
        if self._every_ms is not None and (self._last_ms is None or now_ms - self._last_ms >= self._every_ms):
            self._last_ms = now_ms
            self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send("STATUS=" + text.replace("\n", " "))

    def stopping(self) -> None:
        """The program is about to end: nothing is told after this."""
        self._send("STOPPING=1")
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, text: str) -> None:
        if self._socket is not None:
            # A manager that went away, or is too busy to listen, is no reason to fail; it starts us anew if it must.
            with contextlib.suppress(OSError):
                self._socket.sendto(text.encode(), socket.MSG_DONTWAIT, self._address)
