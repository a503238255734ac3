"""Nothing is typed twice: who answers another entry already, a key that several entries have, servers that make themselves known."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from homeassistant.components import zeroconf
from homeassistant.core import HomeAssistant

from custom_components.shelfsight import nearby
from custom_components.shelfsight.nearby import FoundServer, read_server
from local_live.announcing import announced, describe
from local_live.server import Server
from tests.home.flows import Flow, as_gemini, choose_local, leave_nothing
from tests.home.parts import local_answerer, wearable_entry
from tests.home.plain import stream_entry

GEMINI = {"api_key": "right", "model": "gemini-3.8-live"}


@pytest_asyncio.fixture(autouse=True)
async def _unload(hass: HomeAssistant) -> AsyncIterator[None]:
    yield
    await leave_nothing(hass)


@pytest.fixture
def gemini(live: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    return as_gemini(live, monkeypatch)


def gemini_entry(hass: HomeAssistant, title: str, **changes: str) -> MockConfigEntry:
    """An entry that Gemini answers; it is not set up."""
    entry = MockConfigEntry(domain="shelfsight", title=title, unique_id=title, data={"answerer": {**GEMINI, **changes}})
    entry.add_to_hass(hass)
    return entry


# --- who answers already ----------------------------------------------------------------------------------------------


async def test_who_answers_another_entry_is_offered_by_a_name_without_its_key(
    hass: HomeAssistant, gemini: Server
) -> None:
    first = gemini_entry(hass, "Desk")
    gemini_entry(hass, "Kitchen")
    other = gemini_entry(hass, "Pantry", api_key="another")
    local = wearable_entry(gemini, "ffffffffffffffff", host="192.168.1.5", port=8443)
    local.add_to_hass(hass)
    flow = await (await (await Flow.begin(hass)).choose("cameras")).shows("answerer").choose("reuse")
    flow.shows("reuse")
    assert flow.choices("answerer") == {
        first.entry_id: "Gemini, as for Desk, Kitchen",
        other.entry_id: "Gemini, as for Pantry",
        local.entry_id: "Live server 192.168.1.5:8443, as for Desk",
    }
    shown = json.dumps([str(flow.result["data_schema"].schema), flow.choices("answerer")])
    assert "right" not in shown and "another" not in shown
    (await flow.give(answerer=other.entry_id)).shows("reuse", answerer="invalid_auth")
    assert flow.suggested() == {"answerer": other.entry_id}
    assert (await flow.give(answerer=first.entry_id)).creates("Shelfsight") == {"answerer": GEMINI}


async def test_a_live_server_is_taken_over_with_the_certificate_that_was_compared(
    hass: HomeAssistant, live: Server
) -> None:
    entry = stream_entry(live)
    entry.add_to_hass(hass)
    flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("reuse")
    assert list(flow.choices("answerer").values()) == [f"Live server 127.0.0.1:{live.port}, as for {entry.title}"]
    data = (await flow.give(answerer=entry.entry_id)).creates("Shelfsight")
    assert data["answerer"] == entry.data["answerer"]


async def test_a_server_of_ipv6_is_told_as_an_address(hass: HomeAssistant, live: Server) -> None:
    entry = wearable_entry(live, host="2001:db8::1", port=8443)
    entry.add_to_hass(hass)
    flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("reuse")
    assert list(flow.choices("answerer").values()) == ["Live server [2001:db8::1]:8443, as for Desk"]


async def test_a_spoiled_certificate_is_told_and_no_error(hass: HomeAssistant, live: Server) -> None:
    entry = wearable_entry(live, certificate="-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
    entry.add_to_hass(hass)
    flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("reuse")
    (await flow.give(answerer=entry.entry_id)).shows("reuse", answerer="certificate_changed")


async def test_without_another_entry_there_is_nothing_to_take_over(hass: HomeAssistant, live: Server) -> None:
    flow = await (await Flow.begin(hass)).choose("cameras")
    assert flow.shows("answerer").result["menu_options"] == ["gemini", "local"]


async def test_what_an_entry_has_itself_is_not_offered_to_it(hass: HomeAssistant, gemini: Server) -> None:
    entry = gemini_entry(hass, "Desk")
    flow = Flow(hass, await entry.start_reconfigure_flow(hass))
    assert flow.shows("answerer").result["menu_options"] == ["gemini", "local"]
    local = wearable_entry(gemini)
    local.add_to_hass(hass)
    flow = await Flow(hass, await local.start_reconfigure_flow(hass)).choose("reuse")
    (await flow.give(answerer=entry.entry_id)).aborts("reconfigure_successful")
    assert local.data["answerer"] == GEMINI and local.data["link_key"]


async def test_an_entry_that_is_removed_meanwhile_is_told_at_the_field(hass: HomeAssistant, gemini: Server) -> None:
    entries = [gemini_entry(hass, "Desk"), gemini_entry(hass, "Kitchen", api_key="another")]
    flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("reuse")
    await hass.config_entries.async_remove(entries[0].entry_id)
    (await flow.give(answerer=entries[0].entry_id)).shows("reuse", answerer="answerer_gone")
    assert list(flow.choices("answerer")) == [entries[1].entry_id]
    await hass.config_entries.async_remove(entries[1].entry_id)
    flow = await flow.give(answerer=entries[1].entry_id)
    assert flow.shows("answerer").result["menu_options"] == ["gemini", "local"]


# --- a key that several entries have ----------------------------------------------------------------------------------


async def test_a_new_key_is_typed_once_for_all_that_had_the_old_one(hass: HomeAssistant, gemini: Server) -> None:
    desk, kitchen = (
        gemini_entry(hass, "Desk", api_key="old"),
        gemini_entry(hass, "Kitchen", api_key="old", model="gemini-3.1-flash-live-preview"),
    )
    other = gemini_entry(hass, "Pantry", api_key="of another account")
    await kitchen.start_reauth_flow(hass)
    flow = Flow(hass, await desk.start_reauth_flow(hass)).shows("reauth_confirm")
    assert flow.result["description_placeholders"]["others"] == "Kitchen"
    (await flow.give(api_key="wrong", everywhere=True)).shows("reauth_confirm", api_key="invalid_auth")
    assert kitchen.data["answerer"]["api_key"] == "old"
    (await flow.give(api_key=" right ", everywhere=True)).aborts("reauth_successful")
    await hass.async_block_till_done()
    assert desk.data["answerer"] == GEMINI
    assert kitchen.data["answerer"] == {"api_key": "right", "model": "gemini-3.1-flash-live-preview"}
    assert other.data["answerer"]["api_key"] == "of another account"
    assert hass.config_entries.flow.async_progress() == [], "nobody is asked for it again"


async def test_a_new_key_can_be_for_one_entry_alone(hass: HomeAssistant, gemini: Server) -> None:
    desk, kitchen = gemini_entry(hass, "Desk", api_key="old"), gemini_entry(hass, "Kitchen", api_key="old")
    flow = Flow(hass, await desk.start_reauth_flow(hass))
    (await flow.give(api_key="right", everywhere=False)).aborts("reauth_successful")
    assert (desk.data["answerer"]["api_key"], kitchen.data["answerer"]["api_key"]) == ("right", "old")


async def test_nobody_is_asked_about_others_where_there_are_none(hass: HomeAssistant, gemini: Server) -> None:
    desk = gemini_entry(hass, "Desk", api_key="old")
    gemini_entry(hass, "Kitchen", api_key="another")
    flow = Flow(hass, await desk.start_reauth_flow(hass)).shows("reauth_confirm")
    assert [str(key) for key in flow.result["data_schema"].schema] == ["api_key"]
    gemini._door = type(gemini._door)(key="right", max_sessions=0)
    (await flow.give(api_key="right")).shows("reauth_confirm", base="quota")


# --- servers that make themselves known -------------------------------------------------------------------------------


@asynccontextmanager
async def on_loopback(hass: HomeAssistant) -> AsyncIterator[None]:
    """Home Assistant's own zeroconf, on the loopback interface, which it would leave out."""
    shared = AsyncZeroconf(interfaces=["127.0.0.1"])
    hass.data[zeroconf.DATA_INSTANCE] = shared  # type: ignore[assignment]
    hass.config.components.add("zeroconf")
    try:
        yield
    finally:
        await shared.async_close()


async def test_a_server_that_makes_itself_known_is_chosen_from_a_list_and_its_certificate_compared(
    hass: HomeAssistant, live: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real mDNS: what the server announces is what the flow finds."""
    assert nearby.LISTEN_S == 2.0
    service = describe("shelf-three", live.port, ["127.0.0.1"], wants_key=False)
    async with on_loopback(hass), announced(service):
        flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("local")
    flow.shows("servers")
    assert flow.choices("server") == {
        f"127.0.0.1 {live.port}": f"shelf-three (127.0.0.1:{live.port})", "typed": "typed",
    }  # fmt: skip
    await flow.give(server=f"127.0.0.1 {live.port}")
    flow.shows("certificate")
    assert flow.result["description_placeholders"]["fingerprint"] == live.fingerprint
    answerer = (await flow.give()).creates("Shelfsight")["answerer"]
    assert answerer == {**local_answerer(live), "follows_instructions": False}


@pytest.fixture
def nearby_servers(monkeypatch: pytest.MonkeyPatch) -> list[FoundServer]:
    """What is found, in place of two seconds of listening to the network."""
    servers: list[FoundServer] = []

    async def found(_hass: HomeAssistant) -> list[FoundServer]:
        return servers

    monkeypatch.setattr("custom_components.shelfsight.answerer_flow.find_servers", found)
    return servers


async def to_servers(hass: HomeAssistant) -> Flow:
    return await (await (await Flow.begin(hass)).choose("cameras")).choose("local")


async def test_a_server_that_wants_a_key_gets_its_address_filled_in(
    hass: HomeAssistant, live: Server, nearby_servers: list[FoundServer]
) -> None:
    live._door = type(live._door)(key="right", max_sessions=8)
    nearby_servers.append(FoundServer("Attic", "127.0.0.1", live.port, wants_key=True, follows_instructions=True))
    flow = (await (await to_servers(hass)).give(server=f"127.0.0.1 {live.port}")).shows("local")
    assert flow.suggested() == {"host": "127.0.0.1", "port": live.port, "follows_instructions": True}
    await flow.give(**flow.suggested(), api_key="right")
    answerer = (await flow.shows("certificate").give()).creates("Shelfsight")["answerer"]
    assert (answerer["api_key"], answerer["follows_instructions"]) == ("right", True)


async def test_a_server_that_says_nothing_of_a_key_and_wants_one_is_asked_for_it(
    hass: HomeAssistant, live: Server, nearby_servers: list[FoundServer]
) -> None:
    live._door = type(live._door)(key="right", max_sessions=8)
    nearby_servers.append(FoundServer("Attic", "127.0.0.1", live.port, wants_key=False, follows_instructions=False))
    flow = await (await to_servers(hass)).give(server=f"127.0.0.1 {live.port}")
    (await flow.shows("certificate").give()).shows("local", api_key="invalid_auth")
    assert flow.suggested()["port"] == live.port


async def test_another_server_than_those_found_can_be_typed(
    hass: HomeAssistant, live: Server, nearby_servers: list[FoundServer]
) -> None:
    nearby_servers.append(FoundServer("Attic", "192.0.2.9", 8443, wants_key=False, follows_instructions=False))
    flow = (await (await to_servers(hass)).shows("servers").give(server="typed")).shows("local")
    assert flow.suggested() == {}
    await (await flow.give(host="127.0.0.1", port=live.port)).shows("certificate").give()
    flow.creates("Shelfsight")


async def test_a_server_that_has_gone_since_it_was_found_is_told_at_the_list(
    hass: HomeAssistant, live: Server, nearby_servers: list[FoundServer]
) -> None:
    nearby_servers.append(FoundServer("Attic", "127.0.0.1", live.port, wants_key=False, follows_instructions=False))
    flow = await to_servers(hass)
    await live.close()
    (await flow.give(server=f"127.0.0.1 {live.port}")).shows("servers", server="cannot_connect")


async def test_where_home_assistant_does_not_listen_to_the_network_the_address_is_typed(
    hass: HomeAssistant, live: Server
) -> None:
    await choose_local(await (await Flow.begin(hass)).choose("cameras"), live)


def told(*addresses: str, port: int | None = 8443, **properties: str) -> AsyncServiceInfo:
    return AsyncServiceInfo(
        nearby.SERVICE_TYPE,
        f"x.{nearby.SERVICE_TYPE}",
        port=port,
        properties={"v": "1", "name": "Attic", **properties},
        parsed_addresses=list(addresses),
    )


def test_what_a_server_tells_of_itself_is_read_with_care() -> None:
    plain = FoundServer("Attic", "192.0.2.9", 8443, wants_key=False, follows_instructions=False)
    assert read_server(told("2001:db8::1", "192.0.2.9")) == plain
    assert plain.label == "Attic (192.0.2.9:8443)"
    able = read_server(told("2001:db8::1", key="1", instructions="1"))
    assert able == FoundServer("Attic", "2001:db8::1", 8443, wants_key=True, follows_instructions=True)
    assert able.label == "Attic ([2001:db8::1]:8443)"
    nameless = read_server(told("192.0.2.9", name="\x00\u202e"))
    assert nameless is not None and nameless.name == "Live server"
    long = read_server(told("192.0.2.9", name="n" * 200))
    assert long is not None and long.name == "n" * 40


@pytest.mark.parametrize(
    "info",
    [
        told("192.0.2.9", v="2"),
        told("192.0.2.9", port=0),
        told(),
        told("fe80::1"),
        told("224.0.0.251"),
        told("0.0.0.0"),
    ],
    ids=["another version", "no port", "no address", "link-local", "multicast", "unspecified"],
)
def test_what_could_not_be_dialled_is_not_offered(info: AsyncServiceInfo) -> None:
    assert read_server(info) is None


async def test_servers_that_go_are_forgotten_and_no_more_than_eight_are_offered(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is left out: its browser is told of a street full of servers, one of which goes again."""
    added, removed = nearby.ServiceStateChange.Added, nearby.ServiceStateChange.Removed

    class Browser:
        def __init__(self, network: object, kind: str, handlers: list[Any]) -> None:
            for number in range(12):
                handlers[0](zeroconf=network, service_type=kind, name=f"{number}.{kind}", state_change=added)
            handlers[0](zeroconf=network, service_type=kind, name=f"0.{kind}", state_change=removed)

        async def async_cancel(self) -> None:
            pass

    monkeypatch.setattr(nearby, "AsyncServiceBrowser", Browser)
    names = await nearby._listen(SimpleNamespace(), 0)  # type: ignore[arg-type]
    assert names == [f"{number}.{nearby.SERVICE_TYPE}" for number in range(1, 8)]
