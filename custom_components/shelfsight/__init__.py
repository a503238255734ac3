"""Shelfsight: ask your glasses where something stands on the shelf, and hear it."""

import asyncio

from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.hass_dict import HassKey

from . import (
    dashboard,
    device,
    firmware_age,
    first_need,
    goodbye,
    home_settings,
    issues,
    media_keeping,
    phone_api,
    phone_panel,
    phone_users,
    plain_streams,
)
from .const import ASSIST_PLATFORMS, CONF_LINK_KEY, CONF_STREAM_KEY, CONF_WEARABLE_ID, DOMAIN, PLATFORMS
from .crowd import Crowd
from .flight_recorder import FlightRecorder
from .household import Household
from .link.doorbook import Doorbook
from .link.view import LinkView
from .making import make_answering
from .reachability import REACHABILITY, Reachability
from .runtime import Runtime, ShelfsightConfigEntry
from .services import async_register_services
from .sight.intake import OneAtATime
from .wearable import Wearable

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
DOORBOOK: HassKey[Doorbook] = HassKey(DOMAIN)
HOUSEHOLD: HassKey[Household] = HassKey(f"{DOMAIN}_household")
DARKROOM: HassKey[OneAtATime] = HassKey(f"{DOMAIN}_darkroom")
CROWD: HassKey[Crowd] = HassKey(f"{DOMAIN}_crowd")
RECORDERS: HassKey[dict[str, FlightRecorder]] = HassKey(f"{DOMAIN}_recorders")


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Open the door that wearables dial, and offer the actions."""
    doorbook = Doorbook()
    doorbook.expected.update(
        entry.data[CONF_WEARABLE_ID]
        for entry in hass.config_entries.async_entries(DOMAIN, include_disabled=False)
        if CONF_WEARABLE_ID in entry.data
    )
    hass.data[DOORBOOK] = doorbook
    household = hass.data[HOUSEHOLD] = Household(hass)
    hass.data[DARKROOM] = OneAtATime(hass.async_add_executor_job)
    hass.data[CROWD] = Crowd()
    hass.data[RECORDERS] = {}
    hass.data[REACHABILITY] = Reachability(hass)
    media_keeping.switch_off_all(hass)
    hass.http.register_view(LinkView(doorbook, household, asyncio.get_running_loop().time))
    plain_streams.register(hass, household)
    async_register_services(hass)
    phone_api.async_register_commands(hass)
    phone_users.async_follow_users(hass, doorbook)
    if "frontend" in hass.config.components:  # else there is nobody to show anything to
        made_of = await hass.async_add_executor_job(dashboard.digest, dashboard.FOLDER)
        await dashboard.async_offer_card(hass, made_of)
        phone_panel.async_offer_page(hass, made_of)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ShelfsightConfigEntry) -> bool:
    """Make the wearable's home: from here on it may connect."""
    answering = make_answering(hass, entry)
    wearable = None
    if CONF_WEARABLE_ID in entry.data:
        wearable = Wearable(
            entry.data[CONF_WEARABLE_ID],
            entry.data[CONF_NAME],
            bytes.fromhex(entry.data[CONF_LINK_KEY]),
            hass.data[DARKROOM],
            hass.data[CROWD],
        )
        home_settings.follow(hass, entry, wearable)
        firmware_age.follow(hass, entry, wearable)
        entry.async_on_unload(hass.data[REACHABILITY].watch())
    elif CONF_STREAM_KEY in entry.data:
        wearable = plain_streams.make_wearable(hass, entry, hass.data[DARKROOM], hass.data[CROWD])
    recorder = hass.data[RECORDERS].setdefault(entry.entry_id, FlightRecorder(hass.loop.time))
    entry.runtime_data = Runtime(hass, entry, answering, wearable, recorder)
    if wearable is not None:
        device.follow(hass, entry, wearable)
    media_keeping.follow(hass, entry, recorder)
    goodbye.follow(hass, entry)
    first_need.follow(hass, entry)
    platforms = entry.runtime_data.platforms
    platforms += PLATFORMS + ASSIST_PLATFORMS if "assist_pipeline" in hass.config.components else PLATFORMS
    await hass.config_entries.async_forward_entry_setups(entry, platforms)
    if wearable is not None and CONF_WEARABLE_ID in entry.data:
        await phone_users.async_admit(hass, entry, wearable, hass.data[DOORBOOK])
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ShelfsightConfigEntry) -> bool:
    """Close the door for this wearable, and end what it was doing."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, entry.runtime_data.platforms)
    if unloaded:
        wearable = entry.runtime_data.wearable
        if wearable is not None and CONF_WEARABLE_ID in entry.data:
            doorbook = hass.data[DOORBOOK]
            doorbook.dismiss(wearable.wearable_id)
            doorbook.expected.add(wearable.wearable_id)  # it may come back with a reload
            hass.data[HOUSEHOLD].forget_rivals(wearable.wearable_id)
        await entry.runtime_data.close()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: ShelfsightConfigEntry) -> None:
    """Forget the wearable but for its goodbye, what it was asked, and what was to be mended."""
    hass.data[RECORDERS].pop(entry.entry_id, None)
    media_keeping.forget(hass, entry)
    issues.clear_all(hass, entry)
    if CONF_WEARABLE_ID in entry.data:
        hass.data[DOORBOOK].remove(entry.data[CONF_WEARABLE_ID], bytes.fromhex(entry.data[CONF_LINK_KEY]))
