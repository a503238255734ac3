"""Being found: what is said of a server on the network, where, and for how long. Real mDNS, on the loopback interface."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from zeroconf import ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from local_live import __main__ as command
from local_live.announcing import SERVICE_TYPE, announced, describe, resolved, to_announce

OWN = ["127.0.0.1", "::1", "192.0.2.7"]


@pytest.mark.parametrize(
    ("listens_on", "own", "announced_at"),
    [
        (["127.0.0.1"], OWN, []),
        (["127.0.0.1", "::1"], OWN, []),
        (["0.0.0.0"], OWN, ["192.0.2.7"]),
        (["0.0.0.0"], OWN[:2], []),
        (["::"], OWN, []),
        (["::"], [*OWN, "2001:db8::7"], ["2001:db8::7"]),
        (["0.0.0.0", "::"], [*OWN, "2001:db8::7"], ["192.0.2.7", "2001:db8::7"]),
        (["192.0.2.9"], OWN, ["192.0.2.9"]),
        (["fe80::1"], OWN, []),
    ],
)
def test_it_is_announced_where_others_can_reach_it(
    listens_on: list[str], own: list[str], announced_at: list[str]
) -> None:
    assert to_announce(listens_on, own) == announced_at


def test_a_host_is_listened_on_at_its_addresses() -> None:
    assert resolved("127.0.0.1") == ["127.0.0.1"]
    assert "127.0.0.1" in resolved("localhost")
    assert "0.0.0.0" in resolved("")


@pytest.mark.parametrize(
    ("machine", "name"),
    [("shelf", "shelf"), ("shelf.local", "shelf"), ("  ", "Live server"), ("x" * 64, "x" * 40), ("ä" * 40, "ä" * 40)],
)
def test_it_is_called_like_the_machine(machine: str, name: str) -> None:
    service = describe(machine, 8443, ["192.0.2.7"], wants_key=False)
    assert service.decoded_properties == {"v": "1", "name": name, "key": "0", "instructions": "0"}
    assert len(service.name.removesuffix(f".{SERVICE_TYPE}").encode()) <= 63


@asynccontextmanager
async def listening() -> AsyncIterator[asyncio.Queue[tuple[ServiceStateChange, str]]]:
    """What a client in the same network hears come and go, and the network it hears it on."""
    heard: asyncio.Queue[tuple[ServiceStateChange, str]] = asyncio.Queue(100)

    def changed(zeroconf: object, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        heard.put_nowait((state_change, name))

    network = AsyncZeroconf(interfaces=["127.0.0.1"])
    browser = AsyncServiceBrowser(network.zeroconf, SERVICE_TYPE, handlers=[changed])
    try:
        yield heard
    finally:
        await browser.async_cancel()
        await network.async_close()


async def until(heard: asyncio.Queue[tuple[ServiceStateChange, str]], change: ServiceStateChange, begin: str) -> str:
    async with asyncio.timeout(10):
        while True:
            what, name = await heard.get()
            if what is change and name.startswith(begin):
                return name


async def test_it_is_found_with_its_port_and_what_it_wants_and_gone_when_it_ends() -> None:
    service = describe("shelf-one", 18443, ["127.0.0.1"], wants_key=True)
    async with listening() as heard:
        async with announced(service):
            name = await until(heard, ServiceStateChange.Added, "shelf-one")
            asking = AsyncZeroconf(interfaces=["127.0.0.1"])
            info = AsyncServiceInfo(SERVICE_TYPE, name)
            assert await info.async_request(asking.zeroconf, 3000)
            await asking.async_close()
        assert await until(heard, ServiceStateChange.Removed, "shelf-one") == name
    assert (info.port, info.parsed_addresses()) == (18443, ["127.0.0.1"])
    assert info.decoded_properties == {"v": "1", "name": "shelf-one", "key": "1", "instructions": "0"}


@pytest.mark.filterwarnings(
    "ignore:unclosed <socket:ResourceWarning"
)  # zeroconf 0.151 forgets one when another cannot be had
async def test_an_address_that_is_not_this_machines_is_said_and_the_server_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "local_live.announcing")
    async with announced(describe("shelf-two", 18443, ["192.0.2.1"], wants_key=False)):
        pass
    assert "nobody can find this server by itself" in caplog.text


@pytest.mark.parametrize(("host", "is_announced"), [("127.0.0.1", False), ("192.0.2.7", True)])
async def test_the_command_announces_what_others_can_reach(
    host: str, is_announced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is left out here: it is told what would be announced."""
    told: list[AsyncServiceInfo] = []

    @asynccontextmanager
    async def note(service: AsyncServiceInfo) -> AsyncIterator[None]:
        told.append(service)
        yield

    monkeypatch.setattr(command, "announced", note)
    async with AsyncExitStack() as announcement:
        await command.announce(announcement, SimpleNamespace(host=host, port=8443), wants_key=True)
    assert [service.parsed_addresses() for service in told] == [[host]] * is_announced
    assert all(service.decoded_properties["key"] == "1" for service in told)


def test_it_is_announced_unless_that_is_declined(tmp_path: Path) -> None:
    assert command.parse_arguments(["--state", str(tmp_path)]).announce is True
    assert command.parse_arguments(["--state", str(tmp_path), "--no-announce"]).announce is False
