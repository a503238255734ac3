"""What the phone's page asks of Home Assistant, each user for their own phones; and how a phone is revoked."""

import asyncio
from typing import Any

import aiohttp
from aiohttp.test_utils import TestClient
import pytest
import pytest_asyncio

from homeassistant.auth.models import User
from homeassistant.components.frontend import DATA_PANELS
from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import answerers, phone_api
from custom_components.shelfsight.phones import async_add_phone, phones_of
from local_live.server import Server
from tests.home.parts import PATH, FakeWearable, camera_entry, eventually, hello_to

type Ask = Any


@pytest_asyncio.fixture
async def answered(hass: HomeAssistant, live: Server) -> ConfigEntry[Any]:
    """Somebody answers questions already."""
    made = camera_entry(live)
    made.add_to_hass(hass)
    assert await hass.config_entries.async_setup(made.entry_id)
    await hass.async_block_till_done()
    return made


async def socket_of(hass: HomeAssistant, hass_ws_client: Any, user: User) -> Ask:
    """Asks over the WebSocket of this user; the whole answer."""
    refresh = await hass.auth.async_create_refresh_token(user, "https://example.com/app")
    socket = await hass_ws_client(hass, hass.auth.async_create_access_token(refresh))

    async def ask(kind: str, **fields: Any) -> dict[str, Any]:
        await socket.send_json_auto_id({"type": f"shelfsight/{kind}", **fields})
        answer: dict[str, Any] = await socket.receive_json()
        return answer

    return ask


async def add(hass: HomeAssistant, user: User, name: str = "Phone") -> ConfigEntry[Any]:
    entry = await async_add_phone(hass, user.id, name, answerers.known(hass)[0].data)
    await hass.async_block_till_done()
    return entry


async def dial(client: TestClient, entry: ConfigEntry[Any], key: str | None = None) -> FakeWearable:
    key = key or entry.data["link_key"]
    return await FakeWearable.dial(client, key=bytes.fromhex(key), wearable_id=entry.data["wearable_id"])


# --- whose phone it is ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("answered")
async def test_an_administrator_adds_a_phone_opens_it_and_its_key_opens_the_link(
    hass: HomeAssistant, hass_ws_client: Any, hass_owner_user: User, hass_client_no_auth: Any
) -> None:
    ask = await socket_of(hass, hass_ws_client, hass_owner_user)
    assert (await ask("phones"))["result"] == {"phones": [], "may_add": True}
    added = (await ask("phone/add", name="  My   phone "))["result"]
    assert added["name"] == "My phone" and not added["connected"]
    (entry,) = phones_of(hass, hass_owner_user.id)
    opened = (await ask("phone/open", wearable_id=added["wearable_id"]))["result"]
    assert opened["link_key"] == entry.data["link_key"]
    await hass.async_block_till_done()
    phone = await dial(await hass_client_no_auth(), entry, opened["link_key"])
    (shown,) = (await ask("phones"))["result"]["phones"]
    assert shown["connected"] and "link_key" not in shown
    await phone.leave()


@pytest.mark.usefixtures("answered")
async def test_nobody_gets_the_key_of_somebody_elses_phone_not_even_an_administrator(
    hass: HomeAssistant, hass_ws_client: Any, hass_owner_user: User, hass_read_only_user: User
) -> None:
    hers = await add(hass, hass_read_only_user)
    mine = await add(hass, hass_owner_user)
    for user, own, other in ((hass_owner_user, mine, hers), (hass_read_only_user, hers, mine)):
        ask = await socket_of(hass, hass_ws_client, user)
        phones = (await ask("phones"))["result"]["phones"]
        assert [phone["wearable_id"] for phone in phones] == [own.data["wearable_id"]]
        assert (await ask("phone/open", wearable_id=own.data["wearable_id"]))["success"]
        refused = await ask("phone/open", wearable_id=other.data["wearable_id"])
        unknown = await ask("phone/open", wearable_id="0123456789abcdef")
        assert refused["error"] == unknown["error"]
        assert refused["error"]["code"] == "not_found"
        removing = await ask("phone/remove", wearable_id=other.data["wearable_id"])
        assert removing["error"] == unknown["error"]
    assert hers.state is mine.state is ConfigEntryState.LOADED


@pytest.mark.usefixtures("answered")
async def test_who_is_no_administrator_is_told_whom_to_ask_and_may_remove_their_own_phone(
    hass: HomeAssistant, hass_ws_client: Any, hass_read_only_user: User
) -> None:
    ask = await socket_of(hass, hass_ws_client, hass_read_only_user)
    assert (await ask("phones"))["result"]["may_add"] is False
    refused = await ask("phone/add", name="Mine")
    assert refused["error"]["translation_key"] == "phone_add_admin"
    hers = await add(hass, hass_read_only_user)
    assert (await ask("phone/remove", wearable_id=hers.data["wearable_id"]))["success"]
    assert phones_of(hass, hass_read_only_user.id) == []


async def test_a_phone_needs_somebody_who_answers_and_a_name(
    hass: HomeAssistant, hass_ws_client: Any, hass_owner_user: User, live: Server
) -> None:
    assert await async_setup_component(hass, "shelfsight", {})
    ask = await socket_of(hass, hass_ws_client, hass_owner_user)
    assert (await ask("phone/add", name="Mine"))["error"]["translation_key"] == "phone_no_answerer"
    camera_entry(live).add_to_hass(hass)
    texts = await async_get_translations(hass, "en", "exceptions", {"shelfsight"})
    for name, key in (("", "phone_name_empty"), ("n" * 41, "phone_name_long"), ("a\x00b", "phone_name_odd")):
        assert (await ask("phone/add", name=name))["error"]["translation_key"] == key
        assert f"component.shelfsight.exceptions.{key}.message" in texts
    assert set(phone_api._REASONS.values()) <= {key.split(".")[3] for key in texts}
    assert phones_of(hass, hass_owner_user.id) == []


@pytest.mark.usefixtures("answered")
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("phone/open", {}), ("phone/open", {"wearable_id": 7}), ("phone/open", {"wearable_id": "x" * 41}), ("phone/open", {"wearable_id": None}),
        ("phone/add", {}), ("phone/add", {"name": ["a"]}), ("phone/add", {"name": "x" * 201}),
        ("phone/remove", {}), ("phone/remove", {"wearable_id": {}}), ("phones", {"more": 1}),
    ],
    ids=str,
)  # fmt: skip
async def test_odd_requests_are_refused_and_leave_no_traceback(
    hass: HomeAssistant,
    hass_ws_client: Any,
    hass_owner_user: User,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    fields: dict[str, Any],
) -> None:
    ask = await socket_of(hass, hass_ws_client, hass_owner_user)
    answer = await ask(kind, **fields)
    assert answer["error"]["code"] == "invalid_format"
    assert "Traceback" not in caplog.text


@pytest.mark.usefixtures("answered")
async def test_no_key_is_logged_however_much_is(
    hass: HomeAssistant, hass_ws_client: Any, hass_owner_user: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "custom_components.shelfsight")
    entry = await add(hass, hass_owner_user)
    ask = await socket_of(hass, hass_ws_client, hass_owner_user)
    assert (await ask("phone/open", wearable_id=entry.data["wearable_id"]))["success"]
    assert entry.data["link_key"] not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("custom_components")
    )


# --- revoked ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("answered")
async def test_a_phone_that_is_removed_is_told_so_and_its_key_opens_nothing(
    hass: HomeAssistant, hass_ws_client: Any, hass_owner_user: User, hass_client_no_auth: Any
) -> None:
    entry = await add(hass, hass_owner_user)
    client = await hass_client_no_auth()
    phone = await dial(client, entry)
    ask = await socket_of(hass, hass_ws_client, hass_owner_user)
    assert (await ask("phone/remove", wearable_id=entry.data["wearable_id"]))["success"]
    await phone.heard("bye")
    again = await dial(client, entry)
    assert (await again.heard("bye"))["reason"] == "removed"
    await again.leave()
    assert (await ask("phone/open", wearable_id=entry.data["wearable_id"]))["error"]["code"] == "not_found"
    assert await last_words(client, entry) == {"type": "bye", "reason": "proof"}


async def last_words(client: TestClient, entry: ConfigEntry[Any]) -> dict[str, Any]:
    """What the home says to somebody with this phone's key."""
    async with client.ws_connect(PATH) as socket:
        hello = hello_to(await socket.receive_json(), bytes.fromhex(entry.data["link_key"]), entry.data["wearable_id"])
        await socket.send_json(hello)
        said: dict[str, Any] = await socket.receive_json(timeout=5)
        return said


@pytest.mark.usefixtures("answered")
async def test_a_user_who_may_not_sign_in_any_more_is_shut_out_at_once_and_let_in_again(
    hass: HomeAssistant, hass_ws_client: Any, hass_read_only_user: User, hass_client_no_auth: Any
) -> None:
    entry = await add(hass, hass_read_only_user)
    client = await hass_client_no_auth()
    phone = await dial(client, entry)
    ask = await socket_of(hass, hass_ws_client, hass_read_only_user)
    await hass.auth.async_update_user(hass_read_only_user, is_active=False)
    await phone.heard("bye")
    await hass.async_block_till_done()
    assert not entry.runtime_data.wearable.connected
    assert (await last_words(client, entry))["reason"] == "proof"
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert (await last_words(client, entry))["reason"] == "proof"
    with pytest.raises(aiohttp.WSMessageTypeError):  # Home Assistant has closed the page's own connection
        await ask("phone/open", wearable_id=entry.data["wearable_id"])
    await hass.auth.async_update_user(hass_read_only_user, is_active=True)
    await hass.async_block_till_done()
    await (await dial(client, entry)).leave()


@pytest.mark.usefixtures("answered")
async def test_with_the_user_the_phone_goes_too(
    hass: HomeAssistant, hass_owner_user: User, hass_client_no_auth: Any
) -> None:
    gone = await hass.auth.async_create_user("Gone")
    entry, other = await add(hass, gone), await add(hass, hass_owner_user)
    phone = await dial(await hass_client_no_auth(), entry)
    await hass.auth.async_remove_user(gone)
    await phone.heard("bye")
    await eventually(lambda: entry not in hass.config_entries.async_entries("shelfsight"))
    assert other.state is ConfigEntryState.LOADED


@pytest.mark.usefixtures("answered")
async def test_other_changes_of_a_user_disturb_nothing(
    hass: HomeAssistant, hass_owner_user: User, hass_client_no_auth: Any
) -> None:
    entry = await add(hass, hass_owner_user)
    phone = await dial(await hass_client_no_auth(), entry)
    await hass.auth.async_update_user(hass_owner_user, name="Another name")
    await hass.async_block_till_done()
    assert entry.runtime_data.wearable.connected
    await phone.leave()


@pytest.mark.usefixtures("answered")
async def test_a_disabled_phone_is_listed_and_not_opened(
    hass: HomeAssistant, hass_ws_client: Any, hass_owner_user: User
) -> None:
    entry = await add(hass, hass_owner_user)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    ask = await socket_of(hass, hass_ws_client, hass_owner_user)
    (shown,) = (await ask("phones"))["result"]["phones"]
    assert shown["disabled"] and not shown["connected"]
    refused = await ask("phone/open", wearable_id=entry.data["wearable_id"])
    assert refused["error"]["translation_key"] == "phone_disabled"


# --- the page's link, and the page -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("answered")
async def test_a_page_of_this_home_may_dial_and_one_of_another_may_not(
    hass: HomeAssistant, hass_owner_user: User, hass_client_no_auth: Any
) -> None:
    client = await hass_client_no_auth()
    own = f"http://{client.host}:{client.port}"
    async with client.ws_connect(PATH, headers={"Origin": own}) as socket:
        assert (await socket.receive_json())["type"] == "challenge"
    for origin in ("https://example.org", f"http://{client.host}:{client.port + 1}", "null"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.ws_connect(PATH, headers={"Origin": origin})
        assert refused.value.status == 403


@pytest.mark.usefixtures("answered")
async def test_a_page_can_ask_whether_the_home_is_there_and_stop_what_is_asked(
    hass: HomeAssistant, hass_owner_user: User, hass_client_no_auth: Any
) -> None:
    entry = await add(hass, hass_owner_user)
    phone = await dial(await hass_client_no_auth(), entry)
    await phone.send({"type": "ping", "number": 4294967295})
    assert (await phone.heard("pong"))["number"] == 4294967295
    pushed: list[str] = []
    stop = entry.runtime_data.wearable.listen_button(lambda button: pushed.append(button.action.value))
    await phone.press()
    await eventually(lambda: entry.runtime_data.wearable.state == "listening")
    await phone.send({"type": "button", "event": "stop", "press": 1, "time_ms": 5})
    await eventually(lambda: entry.runtime_data.wearable.state == "idle")
    await phone.heard("capture", audio=False, video=None)
    stop()
    assert pushed == ["press"]  # no automation takes a stop for a press
    await phone.leave()


async def test_the_page_is_in_the_sidebar_while_there_is_an_entry_and_its_module_is_served(
    hass: HomeAssistant, live: Server, hass_storage: dict[str, Any], hass_client_no_auth: Any
) -> None:
    done = ["user", "core_config", "integration", "analytics"]
    hass_storage["onboarding"] = {"version": 4, "key": "onboarding", "data": {"done": done}}
    assert await async_setup_component(hass, "frontend", {})
    assert await async_setup_component(hass, "shelfsight", {})
    assert "shelfsight" not in hass.data[DATA_PANELS]
    made = camera_entry(live)
    await hass.config_entries.async_add(made)
    await hass.async_block_till_done()
    panel = hass.data[DATA_PANELS]["shelfsight"]
    assert not panel.require_admin
    config = panel.config["_panel_custom"]
    assert not config["embed_iframe"]
    served = await (await hass_client_no_auth()).get(config["module_url"])
    assert served.status == 200 and served.content_type.endswith("javascript")
    assert config["name"] == f"shelfsight-phone-{config['module_url'].split('/')[2]}"
    await hass.config_entries.async_remove(made.entry_id)
    assert "shelfsight" not in hass.data[DATA_PANELS]


async def test_without_a_frontend_there_is_no_page_and_nothing_fails(
    hass: HomeAssistant, answered: ConfigEntry[Any]
) -> None:
    await asyncio.sleep(0)
    assert answered.state is ConfigEntryState.LOADED
    assert DATA_PANELS not in hass.data
