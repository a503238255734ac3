"""Makes the desk known on the local network while it may be paired (PROTOCOL.md, section 1)."""

from collections.abc import Callable
import socket

import ifaddr
from zeroconf import Error, InterfaceChoice, IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from ...wearable import drivers

SERVICE = "_shelfsight._tcp.local."


def local_addresses() -> list[str]:
    """This computer's IPv4 addresses, the loopback one only if there is no other."""
    addresses = [address.ip for adapter in ifaddr.get_adapters() for address in adapter.ips if address.is_IPv4]
    others = [str(address) for address in addresses if not str(address).startswith("127.")]
    return others or ["127.0.0.1"]


class ZeroconfAdvertiser(drivers.Advertiser):
    """mDNS on every interface."""

    def __init__(self, report: Callable[..., None]) -> None:
        """`report(event, **details)` is told when the network does not allow it."""
        self._report = report
        self._zeroconf: AsyncZeroconf | None = None

    async def start(self, port: int, properties: dict[str, str]) -> None:
        """Registers the service; where that is impossible the desk can still be paired by its address."""
        name = properties["name"].replace(".", " ")
        info = AsyncServiceInfo(
            SERVICE,
            f"{name} {properties['id'][-4:]}.{SERVICE}",
            port=port,
            properties=properties,
            server=f"shelfsight-{properties['id']}.local.",
            addresses=[socket.inet_aton(address) for address in local_addresses()],
        )
        try:
            self._zeroconf = AsyncZeroconf(interfaces=InterfaceChoice.All, ip_version=IPVersion.V4Only)
            await (await self._zeroconf.async_register_service(info, allow_name_change=True))
        except (OSError, Error) as error:
            self._report("not_advertised", reason=repr(error))

    async def stop(self) -> None:
        """Says goodbye on the network."""
        if self._zeroconf is not None:
            await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()
            self._zeroconf = None
