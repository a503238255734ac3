"""Makes what an entry runs on, from its data and options."""

from collections.abc import Awaitable, Callable, Mapping
import logging
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_API_KEY, CONF_HOST, CONF_MODEL, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM

from .answering import Answering, HouseVoice
from .const import CONF_ANSWERER, CONF_CERTIFICATE, CONF_FOLLOWS_INSTRUCTIONS, DOMAIN
from .house_voice import VoiceError, synthesise
from .live.answerer import Answerer
from .live.faults import LiveError, Trouble
from .live.models import DEFAULT_MODEL
from .live.tools import Toolbox
from .options import Options, options_of

if TYPE_CHECKING:
    from .house_tools import HouseTools
    from .runtime import ShelfsightConfigEntry

_LOGGER = logging.getLogger(__name__)


def answerer_from(data: Mapping[str, Any]) -> Answerer:
    """Who answers, from the part of an entry's data that says so."""
    host = data.get(CONF_HOST)
    return Answerer(
        name=f"local Live server {host}:{data[CONF_PORT]}" if host else "Gemini",
        api_key=data.get(CONF_API_KEY, ""),
        host=host,
        port=data.get(CONF_PORT, 0),
        certificate_pem=data.get(CONF_CERTIFICATE, ""),
        model=data.get(CONF_MODEL, DEFAULT_MODEL),
        follows_instructions=data.get(CONF_FOLLOWS_INSTRUCTIONS, not host),
    )


def make_answering(hass: HomeAssistant, entry: ShelfsightConfigEntry) -> Answering:
    """The answering of an entry."""
    options = options_of(entry)
    return Answering(
        answerer_from(entry.data[CONF_ANSWERER]),
        options,
        hass.config.language,
        hass.async_add_executor_job,
        imperial_home=hass.config.units is US_CUSTOMARY_SYSTEM,
        house_voice=_house_voice(hass, options),
        toolbox=_toolbox(hass, entry, options),
        local=lambda: _local_answering(hass, entry) if options.fallback_local else None,
    )


def _toolbox(
    hass: HomeAssistant, entry: ShelfsightConfigEntry, options: Options
) -> Callable[[], Awaitable[Toolbox | None]] | None:
    """The house's tools, if the person allows them; made anew for each session, as what there is may change."""
    if not options.llm_api:
        return None
    language = options.language or hass.config.language

    async def toolbox() -> Toolbox | None:
        device = next(iter(dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)), None)
        try:
            house_tools = await hass.async_add_executor_job(_house_tools)
            return await house_tools.create(
                hass, options.llm_api, device_id=device.id if device is not None else None, language=language
            )
        except HomeAssistantError as err:
            _LOGGER.warning("The session goes without the tools of Home Assistant: %s", err)
            return None

    return toolbox


def _house_tools() -> type[HouseTools]:
    """Its room imports the SDK: run it in an executor."""
    from .house_tools import HouseTools

    return HouseTools


def _house_voice(hass: HomeAssistant, options: Options) -> HouseVoice | None:
    if not options.tts_entity:
        return None

    async def voice(text: str, language: str) -> bytes:
        try:
            return await synthesise(hass, options.tts_entity, text, language)
        except VoiceError as err:
            raise LiveError(Trouble.NO_ANSWER, f"the voice: {err.translation_key}") from err

    return voice


def _local_answering(hass: HomeAssistant, entry: ShelfsightConfigEntry) -> Answering | None:
    """The Live server of this network that may stand in: that of another entry, if it is not the one that failed."""
    mine = entry.runtime_data.answering.answerer
    others: list[ShelfsightConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    for other in others:
        if other.entry_id == entry.entry_id or other.state is not ConfigEntryState.LOADED:
            continue
        answering = other.runtime_data.answering
        theirs = answering.answerer
        if theirs.is_local and (theirs.host, theirs.port) != (mine.host, mine.port):
            return answering
    return None
