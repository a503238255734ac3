"""Who has dialled and not yet proven who they are: few of them at a time, so that a crowd keeps nobody out.

A wearable proves itself within milliseconds. When the porch is full it is the oldest who goes, of the address that has the
most: whoever comes from an address of their own is not pushed out by a crowd from other ones.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

PER_ADDRESS = 16
IN_ALL = 64
_ONE_SITE_BITS = 64  # whoever has one IPv6 address has all of its /64 (RFC 4291, section 2.5.1)


def address_of(remote: str | None) -> str:
    """The address that is counted for a peer: an IPv4 address, an IPv6 network of 64 bits, or `local` for a Unix socket."""
    if remote is None:
        return "local"
    address = ip_address(remote)
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), _ONE_SITE_BITS), strict=False))


def who_goes(present: Sequence[str], newcomer: str, per_address: int = PER_ADDRESS, in_all: int = IN_ALL) -> int | None:
    """Which of those present makes room for one more; `present` are their addresses, the oldest first. None: there is room."""
    if present.count(newcomer) >= per_address:
        return present.index(newcomer)
    if len(present) < in_all:
        return None
    counts = Counter(present)
    most = max(counts.values())
    return next(at for at, address in enumerate(present) if counts[address] == most)


@dataclass(slots=True, eq=False)
class Guest:
    """Somebody unproven; `make_go` ends their visit."""

    address: str
    make_go: Callable[[], None]
    sent_away: bool = False


class Porch:
    """Those who are unproven now."""

    def __init__(self) -> None:
        self._guests: list[Guest] = []

    def __len__(self) -> int:
        return len(self._guests)

    @contextmanager
    def visit(self, address: str, make_go: Callable[[], None]) -> Iterator[Guest]:
        """One more is here while the context lasts, and may be sent away for another one meanwhile."""
        at = who_goes([guest.address for guest in self._guests], address)
        if at is not None:
            going = self._guests.pop(at)
            going.sent_away = True
            going.make_go()
        guest = Guest(address, make_go)
        self._guests.append(guest)
        try:
            yield guest
        finally:
            if not guest.sent_away:
                self._guests.remove(guest)
