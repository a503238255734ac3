"""Wearables without Shelfsight's software: where their plain streams come in, and what is shown of that."""

import asyncio
from collections.abc import Mapping
import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import web
import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig
from homeassistant.util.hass_dict import HassKey

from .const import CONF_STREAM_ID, CONF_STREAM_KEY, DOMAIN
from .crowd import Crowd
from .household import Household
from .link.streams.door import STREAM_PATH, PlainStreams, Resident, new_key
from .runtime import ShelfsightConfigEntry
from .sight.intake import RunsInExecutor
from .wearable import Wearable

if TYPE_CHECKING:
    from .link.streams.view import StreamView
    from .link.streams.way import StreamsWay

_LOADED: HassKey[dict[str, PlainStreams]] = HassKey(f"{DOMAIN}_plain_streams")

_ID_BYTES = 8
WHERE = ("video", "audio", "speaker", "button")


def register(hass: HomeAssistant, household: Household) -> None:
    """Open the door for plain streams."""
    hass.data[_LOADED] = {}
    hass.http.register_view(StreamDoor(hass, household))


class StreamDoor(HomeAssistantView):
    """Leads to `StreamView`, which few homes need: it is imported for the first who comes, if not before."""

    url = f"{STREAM_PATH}/{{wearable_id}}/{{what}}"
    name = "api:shelfsight:stream"
    requires_auth = False

    def __init__(self, hass: HomeAssistant, household: Household) -> None:
        self._hass = hass
        self._household = household
        self._view: StreamView | None = None

    async def get(self, request: web.Request, wearable_id: str, what: str) -> web.StreamResponse:
        """Fetch what the wearable says."""
        return await (await self._opened()).get(request, wearable_id, what)

    async def post(self, request: web.Request, wearable_id: str, what: str) -> web.StreamResponse:
        """Bring pictures, sound, or what was done with the button."""
        return await (await self._opened()).post(request, wearable_id, what)

    put = post  # what curl and GStreamer upload with, unless told otherwise

    async def _opened(self) -> StreamView:
        await async_import_module(self._hass, f"{__package__}.link.streams.view")
        from .link.streams.view import StreamView

        if self._view is None:
            self._view = StreamView(
                lambda wearable_id: _find(self._hass, wearable_id),
                self._household.count_wrong_proof,
                asyncio.get_running_loop().time,
            )
        return self._view


def _find(hass: HomeAssistant, wearable_id: str) -> Resident | None:
    entry = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, wearable_id)
    if entry is None or entry.disabled_by is not None or CONF_STREAM_KEY not in entry.data:
        return None
    loaded = entry.state is ConfigEntryState.LOADED
    return Resident(entry.data[CONF_STREAM_KEY], hass.data[_LOADED].get(wearable_id) if loaded else None)


def make_wearable(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, in_executor: RunsInExecutor, crowd: Crowd
) -> Wearable:
    """The wearable of an entry for plain streams, whose streams may come from the end of its setup on."""
    # Nobody holds its link key: it has no link.
    wearable = Wearable(entry.data[CONF_STREAM_ID], entry.data[CONF_NAME], secrets.token_bytes(32), in_executor, crowd)

    def live_with(way: StreamsWay) -> None:
        entry.async_create_background_task(hass, wearable.live_with(way), "shelfsight plain streams")

    loaded = hass.data[_LOADED]
    loaded[wearable.wearable_id] = PlainStreams(
        wearable.wearable_id, wearable.name, live_with, lambda: wearable.private
    )

    def forget() -> None:
        loaded.pop(wearable.wearable_id, None)

    entry.async_on_unload(forget)
    return wearable


def new_credentials() -> dict[str, str]:
    """An id and a key for a new entry."""
    return {CONF_STREAM_ID: secrets.token_hex(_ID_BYTES), CONF_STREAM_KEY: new_key()}


def shown(hass: HomeAssistant, data: Mapping[str, Any]) -> dict[str, str]:
    """What the person copies into a program: the key and, by the address that this page was opened with, where to."""
    base = f"{_own_url(hass)}{STREAM_PATH}/{data[CONF_STREAM_ID]}"
    return {"key": data[CONF_STREAM_KEY], **{what: f"{base}/{what}" for what in WHERE}}


def _own_url(hass: HomeAssistant) -> str:
    for wanted in ({"require_current_request": True}, {}):
        try:
            return get_url(hass, **wanted)
        except NoURLAvailableError:
            continue
    return ""


def shown_fields(values: dict[str, str]) -> dict[vol.Marker, TextSelector]:
    """Fields to copy from; what is typed into them changes nothing."""
    selector = TextSelector(TextSelectorConfig(read_only=True))
    return {vol.Optional(name, default=value): selector for name, value in values.items()}
