"""What may be shown in a bug report: nothing that lets anybody in or says who and where somebody is, nothing said or seen.

Only while the person has switched it on for this very report (`media_keeping.py`), the words, sound and pictures of the newest
questions are in it. A wearable has no diagnostics beside those of its entry: there is one wearable in each.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_API_KEY, CONF_HOST, CONF_NAME
from homeassistant.core import HomeAssistant

from . import flight_media, issues
from .const import (
    CONF_CERTIFICATE,
    CONF_HOME_ADDRESS,
    CONF_LINK_KEY,
    CONF_STREAM_ID,
    CONF_STREAM_KEY,
    CONF_USER_ID,
    CONF_WEARABLE_ID,
)
from .live.prices import PRICES_READ
from .options import Options, told_mode
from .runtime import ShelfsightConfigEntry

if TYPE_CHECKING:
    from .outcome import Outcome

_PRIVATE: Final = frozenset(
    {
        CONF_API_KEY,
        CONF_CERTIFICATE,
        CONF_HOME_ADDRESS,
        CONF_HOST,
        CONF_LINK_KEY,
        CONF_NAME,  # people call things after people
        CONF_STREAM_ID,
        CONF_STREAM_KEY,
        CONF_USER_ID,
        CONF_WEARABLE_ID,
    }
)


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: ShelfsightConfigEntry) -> dict[str, Any]:
    """The entry without its secrets, what was chosen, and the last questions as timelines."""
    runtime = entry.runtime_data
    recorder = runtime.recorder
    timelines = recorder.timelines
    kept = [timeline.media.kept() for timeline in timelines if timeline.media is not None]
    return {
        "entry": async_redact_data(dict(entry.data), _PRIVATE),
        "options": _told(runtime.answering.options),
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
        "issues": issues.open_issues(hass, entry),
        "last_question": _figures(runtime.last) if runtime.last is not None else None,
        "questions": [timeline.as_dict() for timeline in timelines],
        "media_kept": recorder.keeps_media,
        "media": await hass.async_add_executor_job(lambda: [flight_media.as_dict(one) for one in kept]),
    }


def _told(options: Options) -> dict[str, Any]:
    """What was chosen, but for what somebody has written or named."""
    return options.stored() | {
        "mode": told_mode(options.mode),
        "own_modes": len(options.own_modes),
        "tts_entity": bool(options.tts_entity),
        "llm_api": bool(options.llm_api),
    }


def _figures(last: Outcome) -> dict[str, Any]:
    return {
        "reason": last.phrase,
        "press_to_sound_ms": last.press_to_sound_ms,
        "first_audio_ms": last.first_audio_ms,
        "frames_sent": last.frames_sent,
        "frame_bytes_sent": last.frame_bytes_sent,
        "mode": told_mode(last.mode),
        "tries": last.tries,
        "tokens": asdict(last.usage),
        "cost_usd": last.cost_usd,
    }
