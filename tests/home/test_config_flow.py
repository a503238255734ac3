"""Setting up: find the wearable, choose who answers, compare six digits. Real sockets, a real Live server over TLS."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import pytest_asyncio

from homeassistant.config_entries import SOURCE_ZEROCONF
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.helpers.translation import async_get_translations

from custom_components.shelfsight import DOORBOOK, pairing_flow, plain_streams
from custom_components.shelfsight.link.doorbook import Doorbook
from local_live.server import Server
from tests.home.flows import Flow, as_gemini, choose_local, leave_nothing
from tests.home.pairing_wearable import WEARABLE_ID, PairingWearable
from tests.home.parts import FakeWearable, camera_entry, eventually, wearable_entry
from tests.home.plain import BEARER, PATH, STREAM_KEY, Player, stream_entry
from tests.local_live.server_parts import Brains, running

OTHER_ID = "ffffffffffffffff"


@pytest_asyncio.fixture(autouse=True)
async def _unload(hass: HomeAssistant) -> AsyncIterator[None]:
    yield
    await leave_nothing(hass)


@pytest.fixture
def gemini(live: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    return as_gemini(live, monkeypatch)


@pytest_asyncio.fixture
async def wearable() -> AsyncIterator[PairingWearable]:
    """A wearable in pairing mode."""
    async with PairingWearable() as one:
        yield one


def found(port: int, **properties: str) -> ZeroconfServiceInfo:
    address = ip_address("127.0.0.1")
    return ZeroconfServiceInfo(
        ip_address=address, ip_addresses=[address], hostname="desk.local.", port=port, type="_shelfsight._tcp.local.",
        name="desk._shelfsight._tcp.local.", properties={"id": WEARABLE_ID, "name": "Desk", "v": "1", **properties},
    )  # fmt: skip


async def test_a_wearable_that_was_found_is_set_up_and_dials_in(
    hass: HomeAssistant, live: Server, wearable: PairingWearable, hass_client_no_auth: Any
) -> None:
    flow = await Flow.begin(hass, SOURCE_ZEROCONF, found(wearable.port))
    flow.shows("discovery_confirm")
    shown = flow.result["description_placeholders"]
    assert (shown["name"], shown["host"]) == ("Desk", "127.0.0.1")
    await flow.give()
    await choose_local(flow, live)
    flow.shows("digits")
    shown = flow.result["description_placeholders"]
    await eventually(lambda: wearable.digits)
    assert shown == {"digits": " ".join(wearable.digits), "name": "Desk"}
    wearable.pressed.set()
    await flow.give()
    data = flow.creates("Desk")
    await wearable.stored.wait()
    assert data == {
        "wearable_id": WEARABLE_ID,
        "name": "Desk",
        "link_key": wearable.key.hex(),
        "home_address": "127.0.0.1",
        "answerer": {
            "host": "127.0.0.1",
            "port": live.port,
            "api_key": "",
            "certificate": data["answerer"]["certificate"],
            "model": "gemini-3.8-live",
            "follows_instructions": False,
        },
    }
    assert flow.result["result"].unique_id == WEARABLE_ID
    assert wearable.urls[0].startswith("http://127.0.0.1:")
    await hass.async_block_till_done()
    dialled = await FakeWearable.dial(await hass_client_no_auth(), key=wearable.key)
    await dialled.leave()


async def test_a_wearable_can_be_set_up_by_its_address_and_gemini_answers(
    hass: HomeAssistant, gemini: Server, wearable: PairingWearable
) -> None:
    flow = await (await Flow.begin(hass)).shows("user").choose("pair")
    await flow.shows("pair").give(host=" 127.0.0.1 ", port=wearable.port)
    await flow.shows("answerer").choose("gemini")
    await flow.shows("gemini").give(api_key=" right ", model="gemini-3.8-live")
    flow.shows("digits")
    wearable.pressed.set()
    data = (await flow.give()).creates("Desk")
    assert data["answerer"] == {"api_key": "right", "model": "gemini-3.8-live"}


async def test_without_a_wearable_the_cameras_of_home_assistant_are_asked_about_once(
    hass: HomeAssistant, live: Server
) -> None:
    flow = await (await Flow.begin(hass)).choose("cameras")
    data = (await choose_local(flow, live)).creates("Shelfsight")
    assert set(data) == {"answerer"}
    (await (await Flow.begin(hass)).choose("cameras")).aborts("already_configured")


@pytest.mark.parametrize(
    ("properties", "reason"),
    [({"id": "desk"}, "not_a_wearable"), ({"id": ""}, "not_a_wearable"), ({"v": "2"}, "other_version"),
     ({"v": ""}, "other_version")],
)  # fmt: skip
async def test_what_is_found_and_is_no_wearable_of_this_version_is_left_alone(
    hass: HomeAssistant, properties: dict[str, str], reason: str
) -> None:
    (await Flow.begin(hass, SOURCE_ZEROCONF, found(1, **properties))).aborts(reason)


@pytest.mark.parametrize(
    ("model", "picture", "words"),
    [
        ("desk", "desk", "webcam"), ("xiao_esp32s3_sense", "esp32", "camera board"), ("Raspberry Pi Zero 2 W", "pi", "cable"),
        ("something new", "any", "shelf"), (None, "any", "shelf"), ("![x](http://192.0.2.1)", "any", "shelf"),
    ],
)  # fmt: skip
async def test_what_was_found_is_shown_in_a_picture_with_words_for_who_does_not_see_it(
    hass: HomeAssistant, hass_client_no_auth: Any, model: str | None, picture: str, words: str
) -> None:
    flow = await Flow.begin(hass, SOURCE_ZEROCONF, found(1, **({} if model is None else {"model": model})))
    shown = flow.result["description_placeholders"]
    assert shown["picture"] == f"/shelfsight/portraits/{picture}.svg" and words in shown["what"]
    text = (await async_get_translations(hass, "en", "config", {"shelfsight"}))[
        "component.shelfsight.config.step.discovery_confirm.description"
    ]
    assert text.startswith("![{what}]({picture})")
    response = await (await hass_client_no_auth()).get(shown["picture"])
    assert (response.status, response.content_type) == (200, "image/svg+xml")
    ET.fromstring(await response.read())  # noqa: S314  # a file of the project


async def test_a_wearable_cannot_bring_links_or_pictures_of_its_own_into_the_form(hass: HomeAssistant) -> None:
    flow = await Flow.begin(hass, SOURCE_ZEROCONF, found(1, name="![a](http://x.y/z)\u202e\n<b>"))
    assert flow.result["description_placeholders"]["name"] == r"\!\[a\]\(http\://x\.y/z\) \<b\>"


async def test_a_wearable_without_a_name_is_called_by_its_id(hass: HomeAssistant) -> None:
    flow = await Flow.begin(hass, SOURCE_ZEROCONF, found(1, name=""))
    assert flow.result["description_placeholders"]["name"] == WEARABLE_ID


async def test_a_wearable_found_twice_is_offered_once(hass: HomeAssistant) -> None:
    (await Flow.begin(hass, SOURCE_ZEROCONF, found(1))).shows("discovery_confirm")
    (await Flow.begin(hass, SOURCE_ZEROCONF, found(1))).aborts("already_in_progress")


async def test_a_wrong_key_can_be_mended_and_is_not_shown_again(hass: HomeAssistant, gemini: Server) -> None:
    flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("gemini")
    await flow.give(api_key="wrong", model="gemini-3.1-flash-live-preview")
    flow.shows("gemini", api_key="invalid_auth")
    assert flow.suggested() == {"model": "gemini-3.1-flash-live-preview"}
    (await flow.give(api_key="right", model="gemini-3.8-live")).creates("Shelfsight")


async def test_a_model_that_does_not_exist_is_told(hass: HomeAssistant, gemini: Server) -> None:
    flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("gemini")
    (await flow.give(api_key="right", model="gemini-moon")).shows("gemini", model="model_refused")
    (await flow.give(api_key="right", model="gemini-3.8-live")).creates("Shelfsight")


async def test_a_used_up_quota_is_told(hass: HomeAssistant, gemini: Server) -> None:
    gemini._door = type(gemini._door)(key="right", max_sessions=0)
    flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("gemini")
    (await flow.give(api_key="right", model="gemini-3.8-live")).shows("gemini", base="quota")


async def test_where_gemini_cannot_be_reached_it_is_told(hass: HomeAssistant, gemini: Server) -> None:
    await gemini.close()
    flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("gemini")
    (await flow.give(api_key="right", model="gemini-3.8-live")).shows("gemini", base="cannot_connect")


async def test_a_live_server_that_is_not_there_is_told_and_can_be_mended(hass: HomeAssistant, live: Server) -> None:
    port = live.port
    await live.close()
    flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("local")
    (await flow.give(host="127.0.0.1", port=port, api_key="secret")).shows("local", host="cannot_connect")
    assert flow.suggested() == {"host": "127.0.0.1", "port": port, "follows_instructions": False}
    await live.start("127.0.0.1", port)
    (await flow.give(host="127.0.0.1", port=port)).shows("certificate")


async def test_a_server_that_speaks_no_tls_is_told(hass: HomeAssistant) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("local")
        await flow.give(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
        flow.shows("local", host="no_tls")


async def test_a_live_server_with_a_key_wants_it(hass: HomeAssistant, live: Server) -> None:
    live._door = type(live._door)(key="right", max_sessions=8)
    flow = await choose_local(await (await Flow.begin(hass)).choose("cameras"), live)
    flow.shows("local", api_key="invalid_auth")  # where it can be typed
    await (await flow.give(host="127.0.0.1", port=live.port, api_key="right")).shows("certificate").give()
    assert flow.creates("Shelfsight")["answerer"]["api_key"] == "right"


async def test_a_server_that_shows_another_certificate_than_the_confirmed_one_is_told(
    hass: HomeAssistant, live: Server, tmp_path: Any
) -> None:
    flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("local")
    await flow.give(host="127.0.0.1", port=live.port)
    port = live.port
    await live.close()
    async with running(tmp_path / "other", Brains()) as stranger:
        await stranger.close()
        await stranger.start("127.0.0.1", port)
        (await flow.shows("certificate").give()).shows("certificate", base="certificate_changed")


async def test_a_server_that_has_gone_since_is_told(hass: HomeAssistant, live: Server) -> None:
    flow = await (await (await Flow.begin(hass)).choose("cameras")).choose("local")
    await flow.give(host="127.0.0.1", port=live.port)
    await live.close()
    (await flow.shows("certificate").give()).shows("certificate", base="cannot_connect")


async def to_digits(hass: HomeAssistant, live: Server, port: int, **properties: str) -> Flow:
    flow = await Flow.begin(hass, SOURCE_ZEROCONF, found(port, **properties))
    return await choose_local(await flow.give(), live)


async def test_a_button_that_is_not_pressed_is_waited_for_again(
    hass: HomeAssistant, live: Server, wearable: PairingWearable, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pairing_flow._BUTTON_WAIT_S == 20
    monkeypatch.setattr(pairing_flow, "_BUTTON_WAIT_S", 0.05)
    flow = await to_digits(hass, live, wearable.port)
    digits = flow.result["description_placeholders"]["digits"]
    (await flow.give()).shows("digits", base="button_not_pressed")
    assert flow.result["description_placeholders"]["digits"] == digits
    monkeypatch.setattr(pairing_flow, "_BUTTON_WAIT_S", 5)
    wearable.pressed.set()
    (await flow.give()).creates("Desk")


async def test_a_wearable_that_is_not_there_any_more_ends_the_flow(hass: HomeAssistant, live: Server) -> None:
    async with PairingWearable() as gone:
        port = gone.port
    (await to_digits(hass, live, port)).aborts("pairing_unreachable")


async def test_pairing_that_the_network_broke_off_goes_on_in_the_same_flow_with_new_digits(
    hass: HomeAssistant, live: Server, wearable: PairingWearable
) -> None:
    flow = await to_digits(hass, live, wearable.port)
    digits = flow.result["description_placeholders"]["digits"]
    wearable.hang_up()
    (await flow.give()).shows("pair_again")
    (await flow.give()).shows("digits")
    assert flow.result["description_placeholders"]["digits"] != digits
    wearable.pressed.set()
    (await flow.give()).creates("Desk")


@pytest.mark.parametrize("reason", ["busy", "commit", "digits", "time", "protocol", "storage"])
async def test_a_wearable_that_refuses_ends_the_flow_with_its_reason(
    hass: HomeAssistant, live: Server, reason: str
) -> None:
    refusal = f'{{"type": "pair_failed", "reason": "{reason}"}}'
    async with PairingWearable(pair_reply=lambda _message: refusal) as wearable:
        (await to_digits(hass, live, wearable.port)).aborts(f"pairing_{reason}")


async def test_a_wearable_that_fails_after_the_digits_ends_the_flow(hass: HomeAssistant, live: Server) -> None:
    async with PairingWearable(pair_confirm=lambda message: {**message, "proof": "00" * 32}) as wearable:
        flow = await to_digits(hass, live, wearable.port)
        wearable.pressed.set()
        (await flow.give()).aborts("pairing_digits")
        await asyncio.wait_for(wearable.closed.wait(), 5)
    assert hass.config_entries.async_entries("shelfsight") == []


@pytest.mark.parametrize("is_first", [True, False], ids=["before the first entry", "later"])
async def test_a_wearable_that_could_not_keep_its_key_is_not_waited_for(
    hass: HomeAssistant, live: Server, is_first: bool
) -> None:
    doorbook = Doorbook()
    if not is_first:
        hass.data[DOORBOOK] = doorbook
    full = '{"type": "pair_failed", "reason": "storage"}'
    async with PairingWearable(pair_stored=lambda _message: full) as wearable:
        flow = await to_digits(hass, live, wearable.port)
        wearable.pressed.set()
        (await flow.give()).aborts("pairing_storage")
    assert doorbook.expected == set()


async def test_another_wearable_than_was_found_is_not_paired(hass: HomeAssistant, live: Server) -> None:
    async with PairingWearable(OTHER_ID) as other:
        (await to_digits(hass, live, other.port)).aborts("pairing_protocol")
        await asyncio.wait_for(other.closed.wait(), 5)


async def test_a_flow_that_is_closed_lets_the_wearable_go(
    hass: HomeAssistant, live: Server, wearable: PairingWearable
) -> None:
    flow = await to_digits(hass, live, wearable.port)
    flow.shows("digits")
    hass.config_entries.flow.async_abort(flow.result["flow_id"])
    await asyncio.wait_for(wearable.closed.wait(), 5)


async def test_a_known_wearable_gets_a_new_key_and_keeps_who_answers(
    hass: HomeAssistant, live: Server, wearable: PairingWearable
) -> None:
    entry = wearable_entry(live)
    entry.add_to_hass(hass)
    before = dict(entry.data)
    assert await hass.config_entries.async_setup(entry.entry_id)
    flow = await Flow.begin(hass, SOURCE_ZEROCONF, found(wearable.port))
    await flow.shows("discovery_confirm").give()
    wearable.pressed.set()
    (await flow.shows("digits").give()).aborts("paired_again")
    assert dict(entry.data) == {**before, "link_key": wearable.key.hex(), "home_address": "127.0.0.1"}
    assert wearable.key.hex() != before["link_key"]
    await hass.async_block_till_done()
    assert entry.runtime_data.wearable.link_key == wearable.key, "it was reloaded"
    assert len(hass.config_entries.async_entries("shelfsight")) == 1


async def test_a_known_wearable_can_be_paired_again_by_its_address(
    hass: HomeAssistant, live: Server, wearable: PairingWearable
) -> None:
    entry = wearable_entry(live)
    entry.add_to_hass(hass)
    flow = await (await Flow.begin(hass)).choose("pair")
    await flow.give(host="127.0.0.1", port=wearable.port)
    await choose_local(flow, live)
    wearable.pressed.set()
    (await flow.shows("digits").give()).aborts("paired_again")
    assert entry.data["link_key"] == wearable.key.hex()


async def test_a_key_that_was_refused_is_replaced(hass: HomeAssistant, live: Server) -> None:
    entry = wearable_entry(live, api_key="old")
    entry.add_to_hass(hass)
    live._door = type(live._door)(key="new", max_sessions=8)
    flow = Flow(hass, await entry.start_reauth_flow(hass))
    flow.shows("reauth_confirm")
    assert flow.result["description_placeholders"]["name"] == "Desk"
    (await flow.give(api_key="wrong")).shows("reauth_confirm", api_key="invalid_auth")
    (await flow.give(api_key=" new ")).aborts("reauth_successful")
    assert entry.data["answerer"] == {**wearable_entry(live).data["answerer"], "api_key": "new"}
    assert entry.data["link_key"]


async def test_who_answers_can_be_chosen_again(hass: HomeAssistant, gemini: Server) -> None:
    entry = camera_entry(gemini)
    entry.add_to_hass(hass)
    flow = Flow(hass, await entry.start_reconfigure_flow(hass))
    await flow.shows("answerer").choose("gemini")
    (await flow.give(api_key="right", model="gemini-3.8-live")).aborts("reconfigure_successful")
    assert dict(entry.data) == {"answerer": {"api_key": "right", "model": "gemini-3.8-live"}}


async def test_no_key_gets_into_the_log(
    hass: HomeAssistant, gemini: Server, wearable: PairingWearable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "custom_components.shelfsight")
    flow = await (await Flow.begin(hass, SOURCE_ZEROCONF, found(wearable.port))).give()
    await flow.choose("gemini")
    await flow.give(api_key="very-secret", model="gemini-3.8-live")
    await flow.give(api_key="right", model="gemini-3.8-live")
    wearable.pressed.set()
    (await flow.give()).creates("Desk")
    own = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("custom_components"))
    assert own
    for secret in ("very-secret", wearable.key.hex(), wearable.digits):
        assert secret not in own


async def test_a_wearable_without_our_software_gets_an_id_and_a_key_to_copy(hass: HomeAssistant, live: Server) -> None:
    await hass.config.async_update(internal_url="http://192.168.1.2:8123")
    flow = await (await Flow.begin(hass)).shows("user").choose("streams")
    await flow.shows("streams").give(name="   ")
    await flow.shows("streams", name="name_empty").give(name=f"My webcam {'x' * 31}")
    await flow.shows("streams", name="name_long").give(name=f"  My   webcam {'x' * 30} ")
    await choose_local(flow, live)
    flow.shows("addresses")
    shown = shown_values(flow.result)
    await flow.give(**shown)
    data = flow.creates(f"My webcam {'x' * 30}")
    stream_id, key = data["stream_id"], data["stream_key"]
    assert (len(stream_id), len(key)) == (16, 64)
    base = f"http://192.168.1.2:8123/api/shelfsight/stream/{stream_id}"
    assert shown == {"key": key, **{what: f"{base}/{what}" for what in ("video", "audio", "speaker", "button")}}
    assert flow.result["result"].unique_id == stream_id
    assert set(data) == {"stream_id", "stream_key", "name", "answerer"}


async def test_two_wearables_without_our_software_share_neither_id_nor_key(hass: HomeAssistant, live: Server) -> None:
    made = []
    for name in ("One", "Two"):
        flow = await (await Flow.begin(hass)).choose("streams")
        await flow.give(name=name)
        await choose_local(flow, live)
        made.append((await flow.give()).creates(name))
    assert made[0]["stream_id"] != made[1]["stream_id"]
    assert made[0]["stream_key"] != made[1]["stream_key"]


async def test_the_options_show_the_addresses_and_make_a_new_key(
    hass: HomeAssistant, live: Server, hass_client_no_auth: Any
) -> None:
    entry = stream_entry(live)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    client = await hass_client_no_auth()
    player = await Player.begin(client)

    shown = await options_step(hass, entry, "streams")
    old = shown_values(shown)
    assert old["key"] == STREAM_KEY and old["video"].endswith(f"{PATH}/video")
    again = await hass.config_entries.options.async_configure(shown["flow_id"], {**old, "renew": True})
    new = shown_values(again)
    assert again["step_id"] == "streams" and new["key"] == entry.data["stream_key"] != STREAM_KEY
    assert len(new["key"]) == 64
    await player.until(lambda: player.over)  # what came in with the old key ends
    assert (await client.get(f"{PATH}/speaker", headers=BEARER)).status == 401
    await hass.async_block_till_done()
    response = await client.get(f"{PATH}/speaker", headers={"Authorization": f"Bearer {new['key']}"})
    assert response.status == 200
    response.close()

    done = await hass.config_entries.options.async_configure(again["flow_id"], {**new, "renew": False})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert entry.data["stream_key"] == new["key"]


async def test_only_wearables_of_plain_streams_have_addresses_in_their_options(
    hass: HomeAssistant, live: Server
) -> None:
    entry = wearable_entry(live)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert "streams" not in menu["menu_options"]


async def test_without_any_address_of_home_assistant_the_paths_are_shown(
    hass: HomeAssistant, live: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hass.config, "internal_url", None)
    monkeypatch.setattr(hass.config, "external_url", None)
    monkeypatch.setattr(hass.config, "api", None)
    entry = stream_entry(live)
    assert plain_streams.shown(hass, entry.data)["button"] == f"{PATH}/button"


async def options_step(hass: HomeAssistant, entry: Any, step: str) -> Any:
    """The first form behind a choice of the options' menu."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    return await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": step})


def shown_values(form: Any) -> dict[str, str]:
    """What stands in the read-only fields of a form."""
    return {
        marker.schema: marker.default()
        for marker, selector in form["data_schema"].schema.items()
        if selector.config.get("read_only")
    }
