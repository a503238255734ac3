"""A phone of a user: set up in the flow or at the user's own wish, without pairing, and known by whose it is."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from homeassistant.auth.models import User
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from custom_components.shelfsight import answerers
from custom_components.shelfsight.phones import PhoneError, async_add_phone, phones_of
from local_live.server import Server
from tests.home.flows import Flow, choose_local, leave_nothing
from tests.home.parts import FakeWearable, camera_entry


@pytest_asyncio.fixture(autouse=True)
async def _unload(hass: HomeAssistant) -> AsyncIterator[None]:
    yield
    await leave_nothing(hass)


async def to_phone(hass: HomeAssistant) -> Flow:
    return (await (await Flow.begin(hass)).shows("user").choose("phone")).shows("phone")


async def test_a_phone_is_set_up_without_pairing_and_dials_in_with_its_key(
    hass: HomeAssistant, live: Server, hass_owner_user: User, hass_client_no_auth: Any
) -> None:
    flow = await to_phone(hass)
    await flow.give(name="  My   phone ", user_id=hass_owner_user.id)
    await choose_local(flow, live)
    flow.shows("phone_page")
    assert flow.result["description_placeholders"] == {"name": "My phone", "path": "/shelfsight"}
    data = (await flow.give()).creates("My phone")
    assert set(data) == {"wearable_id", "link_key", "name", "user_id", "answerer"}
    assert (data["name"], data["user_id"], data["answerer"]["port"]) == ("My phone", hass_owner_user.id, live.port)
    entry = flow.result["result"]
    assert entry.unique_id == data["wearable_id"]
    await hass.async_block_till_done()
    dialled = await FakeWearable.dial(
        await hass_client_no_auth(), key=bytes.fromhex(data["link_key"]), wearable_id=data["wearable_id"]
    )
    assert entry.runtime_data.wearable.connected
    await dialled.leave()


async def test_two_phones_share_neither_id_nor_key(hass: HomeAssistant, live: Server, hass_owner_user: User) -> None:
    made = []
    for _ in range(2):
        flow = await (await to_phone(hass)).give(name="Phone", user_id=hass_owner_user.id)
        made.append((await (await choose_local(flow.shows("answerer"), live)).give()).creates("Phone"))
    assert made[0]["wearable_id"] != made[1]["wearable_id"]
    assert made[0]["link_key"] != made[1]["link_key"]
    assert [entry.title for entry in phones_of(hass, hass_owner_user.id)] == ["Phone", "Phone"]


async def test_only_people_can_have_a_phone(
    hass: HomeAssistant, hass_owner_user: User, hass_read_only_user: User
) -> None:
    helper = await hass.auth.async_create_system_user("A helper")
    gone = await hass.auth.async_create_user("Gone")
    await hass.auth.async_update_user(gone, is_active=False)
    flow = await to_phone(hass)
    assert flow.choices("user_id") == {
        hass_owner_user.id: hass_owner_user.name, hass_read_only_user.id: hass_read_only_user.name,
    }  # fmt: skip
    assert helper.id not in flow.choices("user_id")


async def test_who_sets_it_up_is_whose_phone_it_usually_is(
    hass: HomeAssistant, hass_owner_user: User, hass_admin_user: User, hass_client: Any
) -> None:
    """Over HTTP, as the frontend does it: the request says who runs the flow."""
    assert await async_setup_component(hass, "config", {}) and await async_setup_component(hass, "shelfsight", {})
    client = await hass_client()  # of the administrator, who is not the first user
    begun = await (await client.post("/api/config/config_entries/flow", json={"handler": "shelfsight"})).json()
    path = f"/api/config/config_entries/flow/{begun['flow_id']}"
    form = await (await client.post(path, json={"next_step_id": "phone"})).json()
    field = next(field for field in form["data_schema"] if field["name"] == "user_id")
    assert field["default"] == hass_admin_user.id != hass_owner_user.id
    assert (await to_phone(hass)).result["data_schema"]({"name": "x"})["user_id"] == hass_owner_user.id


async def test_a_user_who_is_removed_meanwhile_is_told_at_the_field(hass: HomeAssistant, hass_owner_user: User) -> None:
    other = await hass.auth.async_create_user("Other")
    flow = await to_phone(hass)
    await hass.auth.async_remove_user(other)
    (await flow.give(name="Phone", user_id=other.id)).shows("phone", user_id="user_gone")
    assert flow.suggested() == {"name": "Phone", "user_id": other.id}
    (await flow.give(name="\u202eenohP", user_id=hass_owner_user.id)).shows("phone", name="name_odd")
    (await flow.give(name="Phone", user_id=hass_owner_user.id)).shows("answerer")


async def test_a_user_adds_a_phone_with_who_answers_another_entry(
    hass: HomeAssistant, live: Server, hass_read_only_user: User
) -> None:
    entry = camera_entry(live)
    entry.add_to_hass(hass)
    (known,) = answerers.known(hass)
    made = await async_add_phone(hass, hass_read_only_user.id, "Her phone", known.data)
    assert (made.title, made.state) == ("Her phone", ConfigEntryState.LOADED)
    assert made.data["answerer"] == entry.data["answerer"]
    assert phones_of(hass, hass_read_only_user.id) == [made]
    assert phones_of(hass, "nobody") == []
    await hass.config_entries.async_remove(made.entry_id)
    assert phones_of(hass, hass_read_only_user.id) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "name_empty"), (" \n ", "name_empty"), ("n" * 41, "name_long"), ("a\x00b", "name_odd")],
)
async def test_a_phone_with_an_impossible_name_is_not_added(
    hass: HomeAssistant, live: Server, hass_owner_user: User, name: str, reason: str
) -> None:
    with pytest.raises(PhoneError) as caught:
        await async_add_phone(hass, hass_owner_user.id, name, camera_entry(live).data["answerer"])
    assert caught.value.reason == reason
    assert hass.config_entries.async_entries("shelfsight") == []


async def test_a_phone_of_nobody_is_not_added(hass: HomeAssistant, live: Server) -> None:
    helper = await hass.auth.async_create_system_user("A helper")
    for user_id in ("nobody", helper.id):
        with pytest.raises(PhoneError, match="user_gone"):
            await async_add_phone(hass, user_id, "Phone", camera_entry(live).data["answerer"])
