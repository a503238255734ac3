"""The board's mDNS responder on the real MicroPython, found by real zeroconf over real multicast."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import json
import os
import secrets
import socket
import struct
from typing import Any, Self

import board_interpreter
import ifaddr
import pytest
from zeroconf import IPVersion, ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

SERVICE = "_shelfsight._tcp.local."
GROUP = "224.0.0.251"


def own_address() -> str:
    """This computer's address on a network; without one there is no multicast to test."""
    addresses = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    others = [address for address in addresses if not address.startswith("127.")]
    if not others:
        board_interpreter.missing("this computer has no network, so no multicast")
    return others[0]


class Responder:
    """The process with the responder."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, **options: Any) -> Self:
        pipe = asyncio.subprocess.PIPE
        return cls(
            await asyncio.create_subprocess_exec(
                board_interpreter.micropython(),
                str(board_interpreter.HERE / "mdns_device.py"),
                stdin=pipe,
                stdout=pipe,
                env=board_interpreter.environment(**options),
            )
        )

    async def do(self, line: str) -> dict[str, Any]:
        """Has it do something; returns what it tells."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line.encode() + b"\n")
        told = json.loads(await asyncio.wait_for(self._process.stdout.readline(), 10))
        assert isinstance(told, dict)
        return told

    async def close(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(b"quit\n")
            await self._process.stdin.drain()
        await asyncio.wait_for(self._process.wait(), 10)


class Watcher:
    """A real browser that looks for one device."""

    def __init__(self, device_id: str) -> None:
        self._id = device_id
        self._zeroconf = AsyncZeroconf(interfaces=[own_address()], ip_version=IPVersion.V4Only)
        self._browser = AsyncServiceBrowser(self._zeroconf.zeroconf, SERVICE, handlers=[self._changed])
        self._event = asyncio.Event()
        self.names: dict[str, ServiceStateChange] = {}

    def _changed(self, zeroconf: Any, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if name.endswith(f" {self._id[-4:]}.{SERVICE}"):
            self.names[name] = state_change
            self._event.set()

    async def until(self, wanted: ServiceStateChange, timeout_s: float = 10) -> str:
        async with asyncio.timeout(timeout_s):
            while wanted not in self.names.values():
                self._event.clear()
                await self._event.wait()
        return next(name for name, state in self.names.items() if state is wanted)

    async def info(self, name: str) -> AsyncServiceInfo:
        info = AsyncServiceInfo(SERVICE, name)
        assert await info.async_request(self._zeroconf.zeroconf, 5000)
        return info

    async def close(self) -> None:
        await self._browser.async_cancel()
        await self._zeroconf.async_close()


@contextlib.asynccontextmanager
async def watched(**options: Any) -> AsyncIterator[tuple[Responder, Watcher]]:
    device_id = secrets.token_hex(8)
    responder = await Responder.start(address=own_address(), id=device_id, port=8971, **options)
    watcher = Watcher(device_id)
    try:
        yield responder, watcher
    finally:
        await watcher.close()
        await responder.close()


async def test_home_assistants_zeroconf_finds_it_reads_it_and_sees_it_go() -> None:
    async with watched() as (responder, watcher):
        assert (await responder.do("start"))["listens"] is True
        name = await watcher.until(ServiceStateChange.Added)
        assert name.startswith("Ana  Glasses "), "a dot would begin another label"
        info = await watcher.info(name)
        assert (info.port, info.parsed_addresses()) == (8971, [own_address()])
        assert info.server == f"shelfsight-{watcher._id}.local."
        assert info.properties == {
            b"id": watcher._id.encode(),
            b"name": b"Ana. Glasses",
            b"v": b"1",
            b"model": b"esp32",
        }
        await responder.do("stop")
        await watcher.until(ServiceStateChange.Removed)


async def test_one_who_asks_later_is_answered() -> None:
    device_id = secrets.token_hex(8)
    responder = await Responder.start(address=own_address(), id=device_id, port=8971)
    await responder.do("start")
    answered = await ask(question("_shelfsight._tcp.local"), device_id)
    while answered == 0:  # it is only just beginning
        answered = await ask(question("_shelfsight._tcp.local"), device_id)
    watcher = Watcher(device_id)
    try:
        name = await watcher.until(ServiceStateChange.Added)
        assert (await watcher.info(name)).port == 8971
    finally:
        await watcher.close()
        await responder.close()


def question(name: str, kind: int = 12) -> bytes:
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", 77, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


async def ask(packet: bytes, device_id: str, wait_s: float = 1.0) -> int:
    """Sends a packet to the group from a port of its own; returns the length of the answer of this device, 0 for none."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own_address()))
        await loop.sock_sendto(connection, packet, (GROUP, 5353))
        try:
            async with asyncio.timeout(wait_s):
                while True:
                    answer, _address = await loop.sock_recvfrom(connection, 2000)
                    if device_id.encode() in answer:
                        assert answer[:2] == packet[:2], "RFC 6762, section 6.7: the question's id, and the question"
                        assert packet[12:] in answer
                        return len(answer)
        except TimeoutError:
            return 0


async def test_hostile_packets_are_counted_and_it_goes_on() -> None:
    async with watched() as (responder, watcher):
        await responder.do("start")
        await watcher.until(ServiceStateChange.Added)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
            connection.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own_address()))
            for number in range(200):
                junk = (os.urandom(number * 7), b"\x00" * 12, question("a" * 63)[:-3], b"\x00\x00\x00\x00\xff\xff" * 2)
                connection.sendto(junk[number % 4], (GROUP, 5353))
        for _ in range(20):
            if await ask(question("_shelfsight._tcp.local"), watcher._id, 0.3):
                break
        else:
            pytest.fail("it no longer answers")
        assert (await responder.do("tell"))["ignored"] > 0


async def test_questions_for_others_and_a_known_answer_are_not_answered() -> None:
    async with watched() as (responder, watcher):
        await responder.do("start")
        name = await watcher.until(ServiceStateChange.Added)
        assert not await ask(question("_http._tcp.local"), watcher._id)
        packet = question("_shelfsight._tcp.local")
        instance = name.removesuffix("." + SERVICE).encode()
        data = bytes((len(instance),)) + instance + b"\xc0\x0c"
        known = b"\xc0\x0c" + struct.pack(">HHIH", 12, 1, 4500, len(data)) + data
        assert not await ask(packet[:6] + b"\0\1" + packet[8:] + known, watcher._id)
        stale = b"\xc0\x0c" + struct.pack(">HHIH", 12, 1, 100, len(data)) + data
        header = packet[:6] + b"\0\1" + packet[8:12]
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own_address()))
            await loop.sock_sendto(connection, header + packet[12:] + stale, (GROUP, 5353))
            async with asyncio.timeout(5):
                answer, _address = await loop.sock_recvfrom(connection, 2000)
        assert watcher._id.encode() in answer


async def test_where_the_port_is_taken_it_announces_itself_and_is_found_all_the_same() -> None:
    async with watched(taken=True) as (responder, watcher):
        assert (await responder.do("start"))["listens"] is False
        name = await watcher.until(ServiceStateChange.Added)
        info = await watcher.info(name)
        assert (info.port, info.parsed_addresses()) == (8971, [own_address()])
        await responder.do("stop")
        await watcher.until(ServiceStateChange.Removed)


async def test_it_waits_for_a_network_and_says_goodbye_to_one_that_goes() -> None:
    async with watched() as (responder, watcher):
        await responder.do("move")
        await responder.do("start")
        assert not await ask(question("_shelfsight._tcp.local"), watcher._id, 0.5)
        await responder.do(f"move {own_address()}")
        await watcher.until(ServiceStateChange.Added)
