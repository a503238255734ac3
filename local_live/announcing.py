"""Makes the server known on the local network (DNS-SD, RFC 6763), so that nobody has to type its address.

It registers ``_shelfsight-live._tcp.local.`` with the server's port and a TXT record: ``v`` is 1, ``name`` what a person calls
the machine, ``key`` 1 where nobody is let in without a key and else 0, ``instructions`` 0, as a shelf reader follows none.
What is said there is no secret and no proof: a client still compares the certificate's fingerprint.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address
import logging
import socket
from typing import Final

from zeroconf import Error, IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

SERVICE_TYPE: Final = "_shelfsight-live._tcp.local."
_VERSION: Final = "1"
_NAME_LIMIT: Final = 40
_LABEL_LIMIT_BYTES: Final = 63  # RFC 1035, 2.3.4

_LOGGER = logging.getLogger(__name__)


def to_announce(listens_on: Sequence[str], own: Sequence[str]) -> list[str]:
    """The addresses others can reach the server at.

    Args:
        listens_on: the IP addresses that the server listens on; 0.0.0.0 and :: are all of their version.
        own: this machine's IP addresses.

    Returns:
        IP addresses, the first to be tried first; empty where only this machine can reach the server.
    """
    mine = [ip_address(address) for address in own]
    chosen: dict[IPv4Address | IPv6Address, None] = {}
    for listening in map(ip_address, listens_on):
        of_its_version = [address for address in mine if address.version == listening.version]
        chosen |= dict.fromkeys(of_its_version if listening.is_unspecified else [listening])
    # A link-local address of IPv6 says nothing without the name of an interface, which is another one on every machine.
    return [str(one) for one in chosen if not one.is_loopback and not (one.version == 6 and one.is_link_local)]


def describe(machine: str, port: int, addresses: Sequence[str], *, wants_key: bool) -> AsyncServiceInfo:
    """The service as it is announced. `machine` is this machine's name."""
    name = " ".join(machine.partition(".")[0].split())[:_NAME_LIMIT] or "Live server"
    label = name.encode()[:_LABEL_LIMIT_BYTES].decode(errors="ignore")
    properties: Mapping[str, str] = {"v": _VERSION, "name": name, "key": "01"[wants_key], "instructions": "0"}
    return AsyncServiceInfo(
        SERVICE_TYPE,
        f"{label}.{SERVICE_TYPE}",
        port=port,
        properties=dict(properties),
        # A host name of its own: the machine may announce itself already, with other addresses.
        server=f"shelfsight-live-{port}-{ip_address(addresses[0]).packed.hex()}.local.",
        parsed_addresses=list(addresses),
    )


@asynccontextmanager
async def announced(service: AsyncServiceInfo) -> AsyncIterator[None]:
    """Announce the service while the context lasts; where the network does not allow it, say so and go on without."""
    addresses = service.parsed_addresses()
    version = IPVersion.All if any(":" in address for address in addresses) else IPVersion.V4Only
    try:
        network = AsyncZeroconf(interfaces=addresses, ip_version=version)
    except OSError as error:
        _LOGGER.warning("nobody can find this server by itself: %s", error)
        yield
        return
    try:
        await _register(network, service)
        yield
    finally:
        await network.async_unregister_all_services()
        await network.async_close()


async def _register(network: AsyncZeroconf, service: AsyncServiceInfo) -> None:
    try:
        await (await network.async_register_service(service, allow_name_change=True))
    except (OSError, Error) as error:
        _LOGGER.warning("nobody can find this server by itself: %r", error)
    else:
        _LOGGER.info("announced as %s at %s", service.name, ", ".join(service.parsed_addresses()))


def this_machine() -> str:
    """The machine's name."""
    return socket.gethostname()


def resolved(host: str) -> list[str]:
    """The IP addresses that listening on `host` listens on; blocks.

    Raises:
        OSError: there is no such host.
    """
    found = socket.getaddrinfo(host or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
