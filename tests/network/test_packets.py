"""The counting itself: what the suite says of an idle wearable rests on it."""

import asyncio
import socket

import pytest

from .namespaces import network
from .packets import Kind, Packet, Watcher, most_in_window


def test_any_window_is_one_that_begins_with_a_packet() -> None:
    packets = [Packet(at_s, True, Kind.PAYLOAD, 2) for at_s in (0.0, 10.0, 19.9, 25.0)]
    packets += [Packet(10.5, False, Kind.PAYLOAD, 2), Packet(11.0, True, Kind.ACK)]
    assert most_in_window(packets, out=True, window_s=10.0) == 2
    assert most_in_window(packets, out=False, window_s=10.0) == 1
    assert most_in_window([], out=True, window_s=10.0) == 0


@pytest.mark.parametrize("count", [1, 5])
async def test_payload_is_told_from_acknowledgements_and_counted_in_both_directions(count: int) -> None:
    with network() as (made, home):
        near = made.host(10)
        served = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for _ in range(count):
                writer.write(await reader.readexactly(10) + b"!")
            await reader.read()
            writer.close()
            served.set()

        server = await asyncio.start_server(serve, "0.0.0.0", 0)
        with Watcher(near) as watcher:
            with near.namespace.entered():
                dialling = socket.socket()
            dialling.setblocking(False)
            await asyncio.get_running_loop().sock_connect(dialling, (home.address, server.sockets[0].getsockname()[1]))
            reader, writer = await asyncio.open_connection(sock=dialling)
            for _ in range(count):
                writer.write(b"0123456789")
                assert await reader.readexactly(11) == b"0123456789!"
            writer.close()
            await served.wait()
            packets = watcher.packets()
        server.close()
    payloads = [(packet.out, packet.payload_bytes) for packet in packets if packet.kind is Kind.PAYLOAD]
    assert payloads == [(True, 10), (False, 11)] * count
    assert sum(packet.kind is Kind.ACK for packet in packets) >= 3  # the handshake alone is three
