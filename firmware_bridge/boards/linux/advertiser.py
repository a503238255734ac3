"""Makes the wearable known on the local network while it may be paired (PROTOCOL.md, section 1)."""

import asyncio
from collections.abc import Callable
import contextlib
import socket

from zeroconf import Error, InterfaceChoice, IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from ...wearable import drivers
from .network import local_addresses

SERVICE = "_shelfsight._tcp.local."
# A network that passed nothing on while the wearable was announced says nothing of it later, and homes ask ever more seldom:
# so it is said again for as long as pairing mode lasts, which is two minutes. RFC 6762, section 8.3, has at most eight
# announcements, ever further apart; a person who stands there and waits is worth thirty small packets.
_AGAIN_S = 4


class ZeroconfAdvertiser(drivers.Advertiser):
    """mDNS on every interface; announced anew when the network changes meanwhile, and now and then."""

    def __init__(self, report: Callable[..., None], network: drivers.Network | None) -> None:
        """`report(event, **details)` is told when the network does not allow it."""
        self._report = report
        self._network = network
        self._zeroconf: AsyncZeroconf | None = None
        self._info: AsyncServiceInfo | None = None
        self._following: asyncio.Task[None] | None = None

    async def start(self, port: int, properties: dict[str, str]) -> None:
        """Registers the service; where that is impossible the wearable can still be paired by its address."""
        await self._announce(port, properties)
        if self._network is not None:
            self._following = asyncio.create_task(self._follow(self._network, port, properties))

    async def stop(self) -> None:
        """Says goodbye on the network."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
            self._following = None
        await self._withdraw()

    async def _follow(self, network: drivers.Network, port: int, properties: dict[str, str]) -> None:
        before = local_addresses()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_S):
                    await network.changed()
            addresses = local_addresses()
            if addresses == before:
                self._repeat()
                continue
            before = addresses
            # Sockets and addresses of the old network are of no use: begun anew, as after power on.
            await self._withdraw()
            await self._announce(port, properties)

    def _repeat(self) -> None:
        if self._zeroconf is not None and self._info is not None:
            network = self._zeroconf.zeroconf
            network.async_send(network.generate_service_broadcast(self._info, None))

    async def _announce(self, port: int, properties: dict[str, str]) -> None:
        addresses = local_addresses()
        name = properties["name"].replace(".", " ")
        info = AsyncServiceInfo(
            SERVICE,
            f"{name} {properties['id'][-4:]}.{SERVICE}",
            port=port,
            properties=properties,
            server=f"shelfsight-{properties['id']}.local.",
            addresses=[socket.inet_aton(address) for address in addresses],
        )
        try:
            self._zeroconf = AsyncZeroconf(interfaces=InterfaceChoice.All, ip_version=IPVersion.V4Only)
            await (await self._zeroconf.async_register_service(info, allow_name_change=True))
            self._info = info
        except (OSError, Error) as error:
            self._report("not_advertised", reason=repr(error))
        else:
            self._report("advertised", addresses=addresses)

    async def _withdraw(self) -> None:
        if self._zeroconf is not None:
            zeroconf, self._zeroconf, self._info = self._zeroconf, None, None
            with contextlib.suppress(OSError, Error):  # the network it was said on may be gone
                await zeroconf.async_unregister_all_services()
            await zeroconf.async_close()
