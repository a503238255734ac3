"""The network as the kernel tells of it; changes are real ones, in a network namespace made for the test."""

import asyncio
from pathlib import Path
import shutil
import subprocess
import sys
from typing import Any

import pytest
from waiting import until
from wearable_processes import LineProcess, missing

from firmware_bridge.boards.linux.advertiser import ZeroconfAdvertiser
from firmware_bridge.boards.linux.netlink import Picture, attributes, messages
from firmware_bridge.boards.linux.network import joined, signal_dbm, usable, wireless_interfaces
from firmware_bridge.boards.linux.network_manager import NetworkManager, failure_after
from firmware_bridge.boards.linux.notify import Notifier

# Says a line for every change of the network, and obeys lines that are commands for `ip`, in a namespace of its own.
LISTENER = """
import asyncio, json, subprocess, sys, time
from firmware_bridge.boards.linux.network import open_network

async def main():
    network = open_network()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    async def follow():
        while True:
            await network.changed()
            print(json.dumps({"event": "changed", "time_s": time.monotonic()}), flush=True)
    following = asyncio.create_task(follow())
    await asyncio.sleep(0.5)
    print(json.dumps({"event": "ready"}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        began_s = time.monotonic()
        subprocess.run(["ip", *line.split()], check=True)
        print(json.dumps({"event": "done", "time_s": began_s}), flush=True)
    following.cancel()
    await network.close()

asyncio.run(main())
"""


def require_namespaces() -> None:
    if shutil.which("ip") is None or shutil.which("unshare") is None:
        missing("ip and unshare are not installed (Debian: iproute2 util-linux)")
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        missing("network namespaces cannot be made here (it needs root)")


async def test_an_interface_an_address_and_a_route_that_come_or_go_are_noticed_and_nothing_else() -> None:
    require_namespaces()
    running = await LineProcess.start(["unshare", "-n", sys.executable, "-c", LISTENER])
    try:
        await running.until("ready")
        count = len(running.all("changed"))
        for number, command in enumerate(
            (
                "link add wlan9 type veth peer name far",
                "link set wlan9 up",
                "address add 192.0.2.7/24 dev wlan9",
                "route add default via 192.0.2.1",
                "route del default",
                "address del 192.0.2.7/24 dev wlan9",
                "link del wlan9",
            )
        ):
            await running.send(command)
            done = await running.until("done", number + 1)
            told = await running.until("changed", count + 1)
            assert told["time_s"] - done["time_s"] < 1, command
            await asyncio.sleep(0.35)  # an interface that comes up is given an address of IPv6 a moment later
            count = len(running.all("changed"))
        await running.send("link add wlan9 type veth peer name far")
        await running.until("done", 8)
        await running.until("changed", count + 1)
        await asyncio.sleep(0.35)
        count = len(running.all("changed"))
        await running.send("link set wlan9 mtu 1400", "link set wlan9 alias the-same")
        await running.until("done", 10)
        await asyncio.sleep(0.35)
        assert len(running.all("changed")) == count, "nobody who dials needs to know that"
        assert not running.errors, running.errors.decode()
    finally:
        await running.close()


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_messages_of_the_kernel_that_are_cut_off_are_survived(cut: int) -> None:
    body = bytes((2, 24, 0, 0)) + (3).to_bytes(4, "little") + b"\x08\x00\x02\x00\xc0\x00\x02\x07"
    message = (16 + len(body)).to_bytes(4, "little") + (20).to_bytes(2, "little") + bytes(10) + body
    assert list(messages(message)) == [(20, body)]
    assert dict(attributes(body[8:])) == {2: b"\xc0\x00\x02\x07"}
    picture = Picture()
    assert picture.take(message)
    assert not picture.take(message), "the lease was renewed"
    assert not Picture().take(message[:cut] if cut < len(message) else b"\xff" * cut)
    gone = message[:4] + (21).to_bytes(2, "little") + message[6:]
    assert picture.take(gone) and not picture.take(gone)


WIRELESS = """Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   58.  -52.  -256        0      0      0      0      0        0
 wlan1: 0000   70.  190.  0           0      0      0      0      0        0
"""


def test_the_signal_is_read_in_dbm() -> None:
    assert signal_dbm(WIRELESS) == -52
    assert signal_dbm(WIRELESS, "wlan1") is None, "a scale of its own"
    assert signal_dbm(WIRELESS, "wlan2") is None
    assert signal_dbm("") is None
    assert signal_dbm("a\nb\nwlan0: x y z") is None


def test_addresses_that_lead_nowhere_are_none() -> None:
    assert not usable([]) and not usable(["127.0.0.1", "169.254.7.7"])
    assert usable(["169.254.7.7", "192.0.2.7"])


def test_wireless_interfaces_and_whether_they_are_joined(tmp_path: Path) -> None:
    (tmp_path / "wlan0" / "wireless").mkdir(parents=True)
    (tmp_path / "eth0").mkdir()
    (tmp_path / "wlan0" / "carrier").write_text("1\n")
    assert wireless_interfaces(tmp_path) == ["wlan0"]
    assert joined("wlan0", tmp_path) and not joined("eth0", tmp_path)
    assert wireless_interfaces(tmp_path / "none") == []


LINE = (
    "/org/freedesktop/NetworkManager/Devices/3: "
    "org.freedesktop.NetworkManager.Device.StateChanged (uint32 {}, {}, {})\n"
)


@pytest.mark.parametrize(
    ("state", "before", "reason", "phrase"),
    [
        (120, 60, 7, "wifi_refused"),
        (120, 60, 8, "wifi_refused"),
        (120, 50, 11, None),
        (120, 40, 53, "no_wifi"),
        (120, 70, 17, "no_address"),
        (100, 90, 0, None),
        (30, 120, 0, "kept"),
    ],
)
def test_what_network_manager_says_becomes_a_phrase(state: int, before: int, reason: int, phrase: str | None) -> None:
    known = "kept" if phrase == "kept" else None
    assert failure_after(LINE.format(state, before, reason), known) == phrase


async def test_network_manager_is_followed_line_by_line(tmp_path: Path) -> None:
    """A script stands for gdbus: there is no NetworkManager on this machine."""
    gdbus = tmp_path / "gdbus"
    (tmp_path / "lines").write_text("Monitoring signals\n" + LINE.format(120, 60, 7))
    gdbus.write_text(f"#!/bin/sh\ncat {tmp_path}/lines\nexec sleep 60\n")
    gdbus.chmod(0o755)
    manager = NetworkManager(str(gdbus))
    manager.start()
    await until(lambda: manager.failure == "wifi_refused")
    await manager.close()


class Changes:
    """A network that changes when it is told to."""

    def __init__(self) -> None:
        self.happened = asyncio.Event()

    async def changed(self) -> None:
        await self.happened.wait()
        self.happened.clear()


async def test_what_may_be_paired_is_announced_anew_when_the_network_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real zeroconf; the addresses are given, as this machine keeps its own."""
    from firmware_bridge.boards.linux import advertiser

    told: list[tuple[str, dict[str, Any]]] = []
    addresses = ["127.0.0.1"]
    monkeypatch.setattr(advertiser, "local_addresses", lambda: list(addresses))
    network = Changes()
    announcing = ZeroconfAdvertiser(lambda event, **details: told.append((event, details)), network)  # type: ignore[arg-type]
    await announcing.start(4711, {"id": "00c0ffee12345678", "name": "Test", "v": "1", "model": "pi"})
    network.happened.set()
    await asyncio.sleep(0.1)
    assert len(told) == 1, "the addresses are the same"
    addresses[:] = ["192.0.2.7"]
    network.happened.set()
    await until(lambda: len(told) == 2)
    await announcing.stop()
    assert [event for event, _ in told] == ["advertised", "advertised"]
    assert [details["addresses"] for _, details in told] == [["127.0.0.1"], ["192.0.2.7"]]


def test_without_a_service_manager_nobody_is_told() -> None:
    notifier = Notifier({}, lambda: 0)
    notifier.ready()
    notifier.alive()
    notifier = Notifier({"NOTIFY_SOCKET": "/nowhere/at/all", "WATCHDOG_USEC": "20000000"}, lambda: 0)
    notifier.alive()
    notifier.stopping()
