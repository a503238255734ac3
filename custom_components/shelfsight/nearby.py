"""Live servers that make themselves known on this network, by DNS-SD (RFC 6763).

A server registers `_shelfsight-live._tcp.local.` with its port and a TXT record:

| key | value |
| --- | --- |
| `v` | `1` |
| `name` | what a person calls the machine, at most 40 characters |
| `key` | `1` if it lets nobody in without a key, else `0` |
| `instructions` | `1` if it follows instructions (a language model), `0` or nothing for a shelf reader |

Anybody in the network can say this: whoever is chosen from it still has to show a certificate that the person compares.
"""

import asyncio
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
import logging
from typing import Final

from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo

from homeassistant.core import HomeAssistant

from .typed import tidy_name

SERVICE_TYPE: Final = "_shelfsight-live._tcp.local."
# Who is there answers within 120 ms (RFC 6762, 6), and is asked again after a second in case that was lost.
LISTEN_S: Final = 2.0
_RESOLVE_MS: Final = 1000
# A list that is read out; more is no network that somebody lives in.
_SERVERS_LIMIT: Final = 8

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A Live server as it tells of itself."""

    name: str
    host: str
    """An IP address."""
    port: int
    wants_key: bool
    follows_instructions: bool

    @property
    def label(self) -> str:
        """How it is offered: two servers may have the same name."""
        return f"{self.name} ({f'[{self.host}]' if ':' in self.host else self.host}:{self.port})"


async def find_servers(hass: HomeAssistant, listen_s: float = LISTEN_S) -> list[FoundServer]:
    """The Live servers of this version that answer within `listen_s`, at most eight, by name.

    Asks through Home Assistant's own zeroconf; where that is not set up, nothing is found.
    """
    if "zeroconf" not in hass.config.components:
        return []
    from homeassistant.components import zeroconf

    network = (await zeroconf.async_get_async_instance(hass)).zeroconf
    names = await _listen(network, listen_s)
    infos = [AsyncServiceInfo(SERVICE_TYPE, name) for name in names]
    await asyncio.gather(*(info.async_request(network, _RESOLVE_MS) for info in infos))
    servers = {server for info in infos if (server := read_server(info)) is not None}
    _LOGGER.debug("Found %d Live servers", len(servers))
    return sorted(servers, key=lambda server: (server.name.casefold(), server.host, server.port))


async def _listen(network: Zeroconf, listen_s: float) -> list[str]:
    """The names of services of the type that are there at the end of `listen_s`."""
    names: dict[str, None] = {}

    def heard(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if state_change is ServiceStateChange.Removed:
            names.pop(name, None)
        elif len(names) < _SERVERS_LIMIT:
            names[name] = None

    browser = AsyncServiceBrowser(network, SERVICE_TYPE, handlers=[heard])
    try:
        await asyncio.sleep(listen_s)
    finally:
        await browser.async_cancel()
    return list(names)


def read_server(info: AsyncServiceInfo) -> FoundServer | None:
    """What a service tells of itself; None where it speaks another version, or nobody could dial it."""
    properties = info.decoded_properties
    addresses = [address for address in info.ip_addresses_by_version(IPVersion.All) if _can_be_dialled(address)]
    if properties.get("v") != "1" or not addresses or not info.port:
        return None
    # A home network's names of IPv4 live longer than those of IPv6, which change every day where privacy is on (RFC 8981).
    addresses.sort(key=lambda address: address.version)
    return FoundServer(
        name=tidy_name(properties.get("name"), "Live server"),
        host=str(addresses[0]),
        port=info.port,
        wants_key=properties.get("key") == "1",
        follows_instructions=properties.get("instructions") == "1",
    )


def _can_be_dialled(address: IPv4Address | IPv6Address) -> bool:
    """A link-local address of IPv6 means nothing without the name of an interface, which has no place in a URL."""
    return not (address.is_unspecified or address.is_multicast or (address.version == 6 and address.is_link_local))
