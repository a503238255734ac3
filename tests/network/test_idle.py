"""A wearable that nobody uses says next to nothing, and captures nothing.

Counted on the wire, at the wearable's interface, for 70 s from 10 s after its pairing on: a desk (CPython) and the logic on a board
of memory (MicroPython), both linked to a real Home Assistant. Packets with TCP payload are the link's own; bare TCP
acknowledgements, ARP and other hosts' mDNS are told of apart, they are the systems'.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests import pictures

from .figures import tell
from .household import household
from .packets import Kind, Watcher, most_in_window, table
from .worn import Worn, desk, memory_device, now_ms

_SETTLED_S = 10
_WATCHED_S = 70
_WINDOW_S = 10.0
_PAIRING_PORT = 4242  # on a host of its own any will do; MicroPython cannot say which one it was given


@pytest.mark.timeout(180)
async def test_an_idle_wearable_sends_and_gets_at_most_one_packet_in_10_s_and_captures_nothing(tmp_path: Path) -> None:
    camera = tmp_path / "view.jpg"
    camera.write_bytes(pictures.jpeg())
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(household(tmp_path))
        glasses = await stack.enter_async_context(desk(home.network.host(10), "Desk", tmp_path / "desk", camera))
        small = await stack.enter_async_context(memory_device(home.network.host(11), "micropython", port=_PAIRING_PORT))
        await home.pair(glasses)
        await home.pair_by_address(small)
        idle: list[Worn] = [glasses, small]
        watchers = [stack.enter_context(Watcher(wearable.host)) for wearable in idle]
        await asyncio.sleep(_SETTLED_S)
        for watcher in watchers:
            watcher.packets()
        since_ms = now_ms()
        await asyncio.sleep(_WATCHED_S)
        seen = [watcher.packets() for watcher in watchers]
        captured = [
            wearable.since(since_ms, "capture", "frame_sent", "first_microphone_chunk_sent") for wearable in idle
        ]
        lost = [wearable.since(since_ms, "disconnected") for wearable in idle]
    most = {}
    for wearable, packets in zip(idle, seen, strict=True):
        most[wearable.name] = [most_in_window(packets, out, _WINDOW_S) for out in (True, False)]
        tell(f"\n{wearable.name}, {_WATCHED_S} s idle: {table(packets)}")
        tell(f"    most with payload in any {_WINDOW_S:g} s: {most[wearable.name][0]} out, {most[wearable.name][1]} in")
        times = [(packet.at_s - since_ms / 1000, packet) for packet in packets if packet.kind is Kind.PAYLOAD]
        tell(
            "    " + ", ".join(f"{at_s:.2f} {'out' if each.out else 'in'} {each.payload_bytes}" for at_s, each in times)
        )
    assert captured == [[], []] and lost == [[], []]
    assert all(counts == [1, 1] for counts in most.values()), most
