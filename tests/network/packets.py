"""What passes a host's interface: counted on the wire (packet(7)), taken apart by kind. All but `Watcher` is pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
import socket
import struct
import time
from typing import Self

from .namespaces import Host

_ALL_PROTOCOLS = 0x0003
_IPV4, _IPV6, _ARP = 0x0800, 0x86DD, 0x0806
_TCP, _UDP, _IGMP = 6, 17, 2
_MDNS_PORT = 5353
_ETHERNET_BYTES = 14
_SO_TIMESTAMPNS = 35  # asm-generic/socket.h; Python has no name for it


class Kind(Enum):
    """What a packet is."""

    PAYLOAD = "TCP with payload"
    ACK = "bare TCP"
    """Acknowledgements, and the SYN and FIN of connections."""
    MDNS = "mDNS"
    ARP = "ARP"
    OTHER = "other"
    """IGMP, IPv6's own housekeeping, and the like."""


@dataclass(frozen=True, slots=True)
class Packet:
    """When it passed (monotonic seconds), whether it went out, what it is, and the bytes of TCP payload."""

    at_s: float
    out: bool
    kind: Kind
    payload_bytes: int = 0


def read_frame(frame: bytes) -> tuple[Kind, int]:
    """An Ethernet frame's kind, and the bytes of its TCP payload."""
    (protocol,) = struct.unpack_from(">H", frame, 12)
    if protocol == _ARP:
        return Kind.ARP, 0
    if protocol == _IPV4:
        place = _ETHERNET_BYTES
        header_bytes, (total_bytes,) = (frame[place] & 15) * 4, struct.unpack_from(">H", frame, place + 2)
        kind = frame[place + 9]
    elif protocol == _IPV6:
        place, header_bytes = _ETHERNET_BYTES, 40
        total_bytes, kind = 40 + struct.unpack_from(">H", frame, place + 4)[0], frame[place + 6]
    else:
        return Kind.OTHER, 0
    inside = place + header_bytes
    if kind == _UDP and _MDNS_PORT in struct.unpack_from(">HH", frame, inside):
        return Kind.MDNS, 0
    if kind != _TCP:
        return Kind.OTHER, 0
    payload = total_bytes - header_bytes - (frame[inside + 12] >> 4) * 4
    return (Kind.PAYLOAD, payload) if payload else (Kind.ACK, 0)


def most_in_window(packets: Sequence[Packet], out: bool, window_s: float) -> int:
    """The most packets with payload in one direction in any window of that length."""
    times = [packet.at_s for packet in packets if packet.out == out and packet.kind is Kind.PAYLOAD]
    return max((sum(first <= at_s < first + window_s for at_s in times) for first in times), default=0)


def table(packets: Sequence[Packet]) -> str:
    """Counts by kind and direction."""
    counts = Counter((packet.kind, packet.out) for packet in packets)
    return "; ".join(f"{kind.value}: {counts[kind, True]} out, {counts[kind, False]} in" for kind in Kind)


class Watcher:
    """Sees everything that passes `eth0` of a host while it is open; unread packets wait in the kernel."""

    def __init__(self, host: Host) -> None:
        with host.namespace.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS))
            self._socket.bind(("eth0", 0))
        self._socket.setblocking(False)
        # The kernel's own time of each packet: reading may come late (SO_TIMESTAMPNS, socket(7)).
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self._socket.close()

    def packets(self) -> list[Packet]:
        """All since the last call."""
        found = []
        to_monotonic_s = time.monotonic() - time.time()
        while True:
            try:
                frame, extra, _flags, address = self._socket.recvmsg(2048, 64)
            except BlockingIOError:
                return found
            seconds, nanoseconds = struct.unpack("qq", extra[0][2])
            kind, payload_bytes = read_frame(frame)
            at_s = seconds + nanoseconds / 1e9 + to_monotonic_s
            found.append(Packet(at_s, address[2] == socket.PACKET_OUTGOING, kind, payload_bytes))
