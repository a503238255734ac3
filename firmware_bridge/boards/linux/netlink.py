"""What the kernel says over a route socket (rtnetlink(7)), reduced to what matters to somebody who dials. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
import struct

# The multicast groups of linux/rtnetlink.h.
RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE = 0x1, 0x10, 0x40
RTMGRP_IPV6_IFADDR, RTMGRP_IPV6_ROUTE = 0x100, 0x400
GROUPS = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE

NEWLINK, DELLINK, NEWADDR, DELADDR, NEWROUTE, DELROUTE = 16, 17, 20, 21, 24, 25
_UP, _RUNNING, _LOWER_UP = 0x1, 0x40, 0x10000
_TABLE_MAIN = 254
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_RTA_DST, _RTA_OIF, _RTA_GATEWAY = 1, 4, 5
_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBi")
_ROUTE = struct.Struct("=BBBBBBBBI")


@dataclass(slots=True)
class Picture:
    """The network as far as it was told: (kind, identity) of what is there, and the state of each interface."""

    interfaces: dict[int, int] = field(default_factory=dict)
    things: set[tuple[object, ...]] = field(default_factory=set)
    gone: set[tuple[object, ...]] = field(default_factory=set)

    def take(self, datagram: bytes) -> bool:
        """Takes what the socket gave; returns whether an interface, an address or a route came or went.

        The kernel also tells of what stays: a Wi-Fi driver of every scan, DHCP of every renewed lease.
        """
        changed = False
        for kind, body in messages(datagram):
            changed |= self._message(kind, body)
        return changed

    def _message(self, kind: int, body: bytes) -> bool:
        if kind in (NEWLINK, DELLINK) and len(body) >= _LINK.size:
            _, _, index, flags, _ = _LINK.unpack_from(body)
            return self._interface(index, flags & (_UP | _RUNNING | _LOWER_UP) if kind == NEWLINK else None)
        if kind in (NEWADDR, DELADDR) and len(body) >= _ADDRESS.size:
            family, prefix, _, _, index = _ADDRESS.unpack_from(body)
            told = dict(attributes(body[_ADDRESS.size :]))
            address = told.get(_IFA_LOCAL) or told.get(_IFA_ADDRESS) or b""
            return self._thing(("address", family, prefix, index, address), kind == NEWADDR)
        if kind in (NEWROUTE, DELROUTE) and len(body) >= _ROUTE.size:
            family, prefix, _, _, table, _, _, _, _ = _ROUTE.unpack_from(body)
            if table != _TABLE_MAIN:
                return False  # local and broadcast routes come with their addresses
            told = dict(attributes(body[_ROUTE.size :]))
            route = (told.get(_RTA_DST), told.get(_RTA_GATEWAY), told.get(_RTA_OIF))
            return self._thing(("route", family, prefix, *route), kind == NEWROUTE)
        return False

    def _interface(self, index: int, state: int | None) -> bool:
        before = self.interfaces.get(index)
        if state is None:
            self.interfaces.pop(index, None)
        else:
            self.interfaces[index] = state
        return before != state

    def _thing(self, thing: tuple[object, ...], there: bool) -> bool:
        """What was there before this socket was opened is not known: the first word about a thing counts."""
        known, unknown = (self.things, self.gone) if there else (self.gone, self.things)
        changed = thing not in known
        known.add(thing)
        unknown.discard(thing)
        if len(self.gone) > _MOST_GONE:
            self.gone.clear()
        return changed


_MOST_GONE = 256  # a day of travelling leaves many addresses behind


def messages(datagram: bytes) -> Iterator[tuple[int, bytes]]:
    """The (type, body) of each message in a datagram; stops at one that is cut off."""
    offset = 0
    while offset + _HEADER.size <= len(datagram):
        length, kind, _, _, _ = _HEADER.unpack_from(datagram, offset)
        if length < _HEADER.size or offset + length > len(datagram):
            return
        yield kind, datagram[offset + _HEADER.size : offset + length]
        offset += (length + 3) & ~3


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The (type, value) of each attribute; stops at one that is cut off."""
    offset = 0
    while offset + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, offset)
        if length < 4 or offset + length > len(data):
            return
        yield kind & 0x3FFF, data[offset + 4 : offset + length]
        offset += (length + 3) & ~3
