"""The network as a wearable needs it: when it changed, why there is none, how strong it is."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
import socket

import ifaddr

from ...wearable import drivers
from .netlink import GROUPS, Picture
from .network_manager import NetworkManager

_MAX_DATAGRAM_BYTES = 65536
_SETTLE_S = 0.2  # one change of network is a volley of messages
_INTERFACES = Path("/sys/class/net")


def local_addresses() -> list[str]:
    """This computer's IPv4 addresses, the loopback one only if there is no other."""
    addresses = [address.ip for adapter in ifaddr.get_adapters() for address in adapter.ips if address.is_IPv4]
    others = [str(address) for address in addresses if not str(address).startswith("127.")]
    return others or ["127.0.0.1"]


def usable(addresses: list[str]) -> bool:
    """Whether one of these IPv4 addresses leads anywhere: not loopback, not what a computer gives itself (RFC 3927)."""
    return any(not address.startswith(("127.", "169.254.")) for address in addresses)


def signal_dbm(text: str, interface: str | None = None) -> int | None:
    """The signal in /proc/net/wireless in dBm, of one interface or of the first; None if there is none.

    Its third column of numbers is the level; drivers that know only a scale of 0 to 255 say nothing useful there.
    """
    for line in text.splitlines()[2:]:
        name, _, rest = line.partition(":")
        columns = rest.split()
        if len(columns) >= 3 and interface in (None, name.strip()):
            try:
                level = int(float(columns[2]))
            except ValueError:
                return None
            return level if -120 <= level < 0 else None
    return None


def wireless_interfaces(folder: Path = _INTERFACES) -> list[str]:
    """The names of the Wi-Fi interfaces."""
    try:
        return sorted(path.name for path in folder.iterdir() if (path / "wireless").exists())
    except OSError:
        return []


def joined(interface: str, folder: Path = _INTERFACES) -> bool:
    """Whether an interface is connected to its network, address or not."""
    try:
        return (folder / interface / "carrier").read_text().strip() == "1"
    except OSError:
        return False  # the kernel refuses to tell while the interface is down


class LinuxNetwork(drivers.Network):
    """Listens to the kernel and, where there is one, to NetworkManager."""

    def __init__(self, manager: NetworkManager | None = None) -> None:
        """`manager` knows why joining a Wi-Fi failed; None where nobody does.

        Raises:
            OSError: this system has no route socket.
        """
        self._manager = manager
        self._picture = Picture()
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self._socket.setblocking(False)
        self._socket.bind((0, GROUPS))
        self._listening: asyncio.Task[None] | None = None
        self._changes = 0
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Returns when something came or went after the call, and the volley of changes is over. For many at once."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        seen = self._changes
        while seen == self._changes:
            if self._listening.done():
                self._listening.result()
            self._changed.clear()
            await self._changed.wait()

    def trouble(self) -> str | None:
        """Why there is no network, as far as it is known."""
        if usable(local_addresses()):
            return None
        wireless = wireless_interfaces()
        if not wireless:
            return None
        if any(joined(name) for name in wireless):
            return "no_address"
        told = None if self._manager is None else self._manager.failure
        return told or "no_wifi"

    def signal_dbm(self) -> int | None:
        """How strong the Wi-Fi is."""
        try:
            return signal_dbm(Path("/proc/net/wireless").read_text())
        except OSError:
            return None

    async def close(self) -> None:
        """Listens no more."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        self._socket.close()
        if self._manager is not None:
            await self._manager.close()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        if self._manager is not None:
            self._manager.start()
        while True:
            if self._take(await _received(loop.sock_recv(self._socket, _MAX_DATAGRAM_BYTES))):
                # Whoever dials at the first message of a volley dials before there is a route.
                await asyncio.sleep(_SETTLE_S)
                self._drain()
                self._changes += 1
                self._changed.set()

    def _drain(self) -> None:
        """Takes what is there already: it belongs to the same change."""
        while True:
            try:
                self._take(self._socket.recv(_MAX_DATAGRAM_BYTES))
            except BlockingIOError:
                return
            except OSError:
                continue  # ENOBUFS, told once

    def _take(self, datagram: bytes | None) -> bool:
        return datagram is None or self._picture.take(datagram)


async def _received(receiving: Awaitable[bytes]) -> bytes | None:
    """A datagram, or None if the kernel had more to tell than the socket could hold (ENOBUFS)."""
    try:
        return await receiving
    except OSError:
        return None


def open_network(manager: NetworkManager | None = None) -> LinuxNetwork | None:
    """The network of this computer, or None on a system that is not Linux."""
    return LinuxNetwork(manager) if hasattr(socket, "AF_NETLINK") else None
