"""What may be shown in a bug report: nothing that lets anybody in, nothing that was said or seen."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_API_KEY, CONF_HOST
from homeassistant.core import HomeAssistant

from .const import CONF_CERTIFICATE, CONF_HOME_ADDRESS, CONF_LINK_KEY, CONF_STREAM_ID, CONF_STREAM_KEY, CONF_WEARABLE_ID
from .live.prices import PRICES_READ
from .runtime import ShelfsightConfigEntry

_PRIVATE = {
    CONF_API_KEY,
    CONF_CERTIFICATE,
    CONF_HOME_ADDRESS,
    CONF_HOST,
    CONF_LINK_KEY,
    CONF_STREAM_ID,
    CONF_STREAM_KEY,
    CONF_WEARABLE_ID,
}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: ShelfsightConfigEntry) -> dict[str, Any]:
    """The entry without its secrets, and figures of the last question without its words."""
    runtime = entry.runtime_data
    last = runtime.last
    return {
        "entry": async_redact_data(dict(entry.data), _PRIVATE),
        "wearable": runtime.wearable.diagnostics() if runtime.wearable is not None else None,
        "live_sessions": runtime.answering.sessions_opened,
        "alive": runtime.alive(),
        "accounts": {
            "questions": runtime.accounts.questions,
            "answered": runtime.accounts.answered,
            "tokens": asdict(runtime.accounts.usage),
            "cost_usd": runtime.accounts.cost_usd,
            "prices_of": PRICES_READ.isoformat(),
        },
        "last_question": last
        and {
            "reason": last.phrase,
            "press_to_sound_ms": last.press_to_sound_ms,
            "first_audio_ms": last.first_audio_ms,
            "frames_sent": last.frames_sent,
            "frame_bytes_sent": last.frame_bytes_sent,
            "mode": last.mode,
            "tries": last.tries,
            "tokens": asdict(last.usage),
            "cost_usd": last.cost_usd,
        },
    }
