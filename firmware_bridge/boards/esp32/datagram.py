"""UDP sockets that do not hold up the loop, the same on the ESP32 and on the unix port.

An address is whatever `socket.getaddrinfo` gives for one: a tuple on the ESP32, packed bytes on unix.
"""

import asyncio
import socket

_POLL_S = 0.02
_MAX_BYTES = 1500
_IPPROTO_IP = 0


def address_of(host: str, port: int) -> object:
    """The socket address of numbers (`192.168.1.2`); asks nobody.

    Raises:
        OSError: not such an address.
    """
    return socket.getaddrinfo(host, port)[0][-1]


def ipv4_bytes(host: str) -> bytes:
    """The 4 bytes of a dotted address.

    Raises:
        ValueError: not one.
    """
    parts = [int(part) if part.isdigit() else 256 for part in host.split(".")]
    if len(parts) != 4 or max(parts) > 255:
        raise ValueError("not an IPv4 address")
    return bytes(parts)


def port_of(address: object) -> int:
    """The port in a socket address."""
    if isinstance(address, tuple):
        return address[1]
    return address[2] << 8 | address[3]  # struct sockaddr_in: the port in network order after the family


class Datagrams:
    """One socket; at most one task receives."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection

    @classmethod
    def any_port(cls) -> object:
        """A socket with a port of the system's choice."""
        return cls(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    def send(self, data: bytes, address: object) -> bool:
        """Sends, if there is a way and room; datagrams may be lost anyway."""
        try:
            self._socket.sendto(data, address)
        except OSError:
            return False
        return True

    def receive_now(self) -> tuple | None:
        """(data, address) of a datagram that is there."""
        try:
            return self._socket.recvfrom(_MAX_BYTES)
        except OSError:
            # Nothing there; or what an earlier datagram met with (nobody listens, no route), which comes out here.
            return None

    async def receive(self, timeout_s: float) -> tuple | None:
        """(data, address) of the next datagram, None after the time."""
        for _ in range(max(1, int(timeout_s / _POLL_S))):
            received = self.receive_now()
            if received is not None:
                return received
            await asyncio.sleep(_POLL_S)
        return None

    def join(self, option: int, membership: bytes) -> bool:
        """Joins a multicast group: 4 bytes of the group, 4 of the interface; False if the system does not let us."""
        try:
            self._socket.setsockopt(_IPPROTO_IP, option, membership)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Gives the socket back."""
        self._socket.close()
