"""A long way between a host and the rest: every packet takes a fixed time, as over a mobile network to a home far away.

A program on the switch takes the host's port out of the switch and carries frames between the two by hand, since this kernel may
have no `netem`. It is meant for a few Mbit/s.
"""

import array
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
import select
import socket
import struct
import threading
import time

from .namespaces import Host, Namespace

_SIOCETHTOOL = 0x8946
# Frames are carried as they are: their checksums must be in them, and none may be larger than a cable allows (ethtool.h).
_SWITCHED_OFF = {"checksums": 0x17, "segmentation": 0x1F, "generic segmentation": 0x24}
_ALL_PROTOCOLS = 0x0003
_MAX_FRAME_BYTES = 2048


@contextmanager
def far_away(host: Host, home: Host, one_way_s: float) -> Iterator[None]:
    """While this lasts the packets between the two take `one_way_s` longer, in both directions."""
    switch, port = host.switch, host.port
    switch.run("ip", "link", "add", "way", "type", "veth", "peer", "name", "end")
    switch.run("ip", "link", "set", port, "nomaster")
    switch.run("ip", "link", "set", "end", "master", "switch", "up")
    switch.run("ip", "link", "set", "way", "up")
    # All senders are asked to cut their own segments: whatever enters at either end is a frame of a cable's size.
    for each in (host, home):
        _plain(each.namespace, "eth0")
    for device in (port, home.port, "way", "end"):
        _plain(switch, device)
    ends = [_raw(switch, port), _raw(switch, "way")]
    over = threading.Event()
    carrying = threading.Thread(target=_carry, args=(*ends, one_way_s, over), name="distance")
    carrying.start()
    try:
        yield
    finally:
        over.set()
        carrying.join()
        for end in ends:
            end.close()
        switch.run("ip", "link", "delete", "way")
        switch.run("ip", "link", "set", port, "master", "switch")


def _plain(namespace: Namespace, device: str) -> None:
    with namespace.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for command in _SWITCHED_OFF.values():
            value = array.array("B", struct.pack("II", command, 0))
            fcntl.ioctl(asking, _SIOCETHTOOL, struct.pack("16sP", device.encode(), value.buffer_info()[0]))


def _raw(namespace: Namespace, device: str) -> socket.socket:
    with namespace.entered():
        end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS))
        end.bind((device, 0))
    return end


def _carry(one: socket.socket, other: socket.socket, one_way_s: float, over: threading.Event) -> None:
    """From each end to the other; a thread of its own, so that this process's loop does not add to it."""
    on_the_way: deque[tuple[float, socket.socket, bytes]] = deque()
    while not over.is_set():
        wait_s = max(0.0, on_the_way[0][0] - time.monotonic()) if on_the_way else 0.1
        for end in select.select([one, other], [], [], wait_s)[0]:
            frame, address = end.recvfrom(_MAX_FRAME_BYTES)
            if address[2] != socket.PACKET_OUTGOING:
                on_the_way.append((time.monotonic() + one_way_s, other if end is one else one, frame))
        while on_the_way and on_the_way[0][0] <= time.monotonic():
            _due, end, frame = on_the_way.popleft()
            end.send(frame)
