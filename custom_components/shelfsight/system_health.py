"""What Home Assistant's page about its own health shows of Shelfsight: figures and nothing private, as it is copied into bug reports.

Nothing here waits for a network but what is shown when it comes: the tries to reach who answers, a few seconds each at the
most. They open a connection and no session, so they cost nothing.
"""

import asyncio
from collections.abc import Iterable
import ssl
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components import system_health
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .live.answerer import Answerer
from .live.certificate import pinned_context
from .runtime import ShelfsightConfigEntry

if TYPE_CHECKING:
    from .outcome import Outcome

# Where the SDK goes for Gemini. Without a key it answers that there is nothing here, which is an answer.
GEMINI_URL: Final = "https://generativelanguage.googleapis.com/"
_TRY_LIMIT_S = 4.0


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Home Assistant asks who has something to tell."""
    register.async_register_info(system_health_info, f"/config/integrations/integration/{DOMAIN}")


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """By the keys of the translated texts; what is a coroutine is awaited and shown later. What is not known is left out."""
    entries: list[ShelfsightConfigEntry] = [
        entry for entry in hass.config_entries.async_entries(DOMAIN) if entry.state is ConfigEntryState.LOADED
    ]
    info: dict[str, Any] = {}
    answerers = [entry.runtime_data.answering.answerer for entry in entries]
    if any(not answerer.is_local for answerer in answerers):
        info["gemini"] = system_health.async_check_can_reach_url(hass, GEMINI_URL)
    servers = {(one.host, one.port): one for one in answerers if one.is_local}
    if servers:
        info["live_servers"] = _reach_all(hass, servers.values())
    wearables = [entry.runtime_data.wearable for entry in entries]
    there = [wearable for wearable in wearables if wearable is not None]
    info["wearables"] = f"{sum(wearable.connected for wearable in there)}/{len(there)}"
    if (newest := _newest(entries)) is not None:
        info["first_audio"] = f"{newest.first_audio_ms} ms"
    today = dt_util.now().date()
    info["questions_today"] = sum(entry.runtime_data.recorder.asked_on(today) for entry in entries)
    if (spent := _spent_today_usd(hass, entries)) is not None:
        info["spent_today"] = f"{spent:.3f} USD"
    return info


def _newest(entries: list[ShelfsightConfigEntry]) -> Outcome | None:
    """The question of all entries that was answered last with sound."""
    lasts = [entry.runtime_data.last for entry in entries]
    heard = [last for last in lasts if last is not None and last.first_audio_ms is not None]
    return max(heard, key=lambda last: last.first_sound_s or 0.0, default=None)


def _spent_today_usd(hass: HomeAssistant, entries: list[ShelfsightConfigEntry]) -> float | None:
    """What the entries' own sensors say, which go on over restarts; None where there is no price, or they are off."""
    registry = er.async_get(hass)
    spent: list[float] = []
    for entry in entries:
        wearable = entry.runtime_data.wearable
        of = wearable.wearable_id if wearable is not None else entry.entry_id
        entity_id = registry.async_get_entity_id(Platform.SENSOR, DOMAIN, f"{of}_cost_today")
        state = hass.states.get(entity_id) if entity_id is not None else None
        try:
            spent.append(float(state.state) if state is not None else 0.0)
        except ValueError:
            continue  # it is not available, or not known yet
    return sum(spent) if spent else None


async def _reach_all(hass: HomeAssistant, servers: Iterable[Answerer]) -> str | dict[str, str]:
    """How many of them can be reached: which ones these are is private."""
    reached = await asyncio.gather(*(_reaches(hass, server) for server in servers))
    figure = f"{sum(reached)}/{len(reached)}"
    return figure if all(reached) else {"type": "failed", "error": figure}


async def _reaches(hass: HomeAssistant, server: Answerer) -> bool:
    """Whether a Live server is there and shows the certificate that was accepted."""
    try:
        context = await hass.async_add_executor_job(pinned_context, server.certificate_pem)
        async with asyncio.timeout(_TRY_LIMIT_S):
            _reader, writer = await asyncio.open_connection(server.host, server.port, ssl=context)
    except OSError, TimeoutError, ssl.SSLError, UnicodeError:
        return False
    writer.transport.abort()  # it is not kept waiting for a goodbye either
    return True
