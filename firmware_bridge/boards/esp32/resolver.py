"""Names to addresses without holding up the loop: the firmware's own `getaddrinfo` blocks everything for seconds.

Names under `.local` are asked for by multicast from a port of our own, which is answered to us alone (RFC 6762, section
6.7); others are asked of the network's name server. An answer that is forged leads to a home that fails its proof, or a
certificate that does not fit.
"""

import os

from .datagram import Datagrams, address_of, ipv4_bytes
from .dns import A, PacketError, name_of, query, read_packet

MDNS_GROUP, MDNS_PORT = "224.0.0.251", 5353
_DNS_PORT = 53
_TRIES = 3
_TRY_S = 1.0
_NAME_NOT_KNOWN = -2  # as getaddrinfo says it


def multicast_target() -> tuple:
    """Where names under `.local` are asked for: (host, port)."""
    return MDNS_GROUP, MDNS_PORT


class Resolver:
    """Asks anew each time: a wearable asks rarely, and homes move."""

    def __init__(self, name_server: object, multicast: object = multicast_target) -> None:
        """`name_server()` gives (host, port) of the network's, or None; `multicast()` where `.local` is asked."""
        self._name_server = name_server
        self._multicast = multicast

    async def address(self, host: str) -> str:
        """The IPv4 address of a host, dotted.

        Raises:
            OSError: nobody knows it.
        """
        try:
            ipv4_bytes(host)
        except ValueError:
            return await self._ask(host)
        return host

    async def _ask(self, host: str) -> str:
        name = name_of(host)
        local = name[-1:] == (b"local",)
        target = self._multicast() if local else self._name_server()
        if target is None or not name or max(len(label) for label in name) > 63:
            raise OSError(_NAME_NOT_KNOWN, "no such name, or nobody to ask")
        socket = Datagrams.any_port()
        try:
            for _ in range(_TRIES):
                packet_id = int.from_bytes(os.urandom(2), "big")
                socket.send(query(packet_id, name, A, not local), address_of(*target))
                found = await _answer(socket, packet_id, name)
                if found is not None:
                    return found
        finally:
            socket.close()
        raise OSError(_NAME_NOT_KNOWN, "nobody knows " + host[:60])


async def _answer(socket: Datagrams, packet_id: int, name: tuple) -> str | None:
    """The first address in the answer to our question; what is none is passed over."""
    for _ in range(8):
        received = await socket.receive(_TRY_S)
        if received is None:
            return None
        try:
            packet = read_packet(received[0])
        except PacketError:
            continue
        if not packet.response or packet.id != packet_id or any(asked.name != name for asked in packet.questions):
            continue
        for answer in packet.answers:  # an alias comes first, then the address of what it stands for
            if answer.type == A and len(answer.data) == 4:
                return ".".join(str(byte) for byte in answer.data)
    return None


def name_server_of(wlan: object) -> tuple | None:
    """The name server that the network gave us."""
    server = wlan.ifconfig()[3]
    return None if server in ("", "0.0.0.0") else (server, _DNS_PORT)  # noqa: S104 -- means none
