"""How long words, sound and pictures of the last questions are kept, once the person has switched that on for a bug report.

| what happens | what becomes of it |
| --- | --- |
| the option is switched on | kept from the next question on; an issue says so, and until when |
| a day is over | off, and forgotten |
| the option, or the issue's flow, switches it off | off, and forgotten |
| the entry is unloaded, or loaded anew | forgotten; loaded again, it goes on to the same hour |
| Home Assistant starts | off: the option is taken back before any entry is set up |

Nothing of it is ever written to a disk but by whoever downloads the diagnostics.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from . import issues
from .const import DOMAIN
from .flight_recorder import FlightRecorder
from .options import options_of

OPTION: Final = "record_media"
AT_MOST: Final = timedelta(hours=24)
_ENDS: HassKey[dict[str, datetime]] = HassKey(f"{DOMAIN}_media_ends")


@callback
def switch_off_all(hass: HomeAssistant) -> None:
    """Home Assistant starts: whatever was on before that is not any more."""
    hass.data[_ENDS] = {}
    for entry in hass.config_entries.async_entries(DOMAIN):
        take_back(hass, entry)


@callback
def follow(hass: HomeAssistant, entry: ConfigEntry[Any], recorder: FlightRecorder) -> None:
    """Do as the option of an entry says that is being set up, until it is unloaded."""
    ends = hass.data[_ENDS]
    if not options_of(entry).record_media:
        ends.pop(entry.entry_id, None)
        issues.clear_media_kept(hass, entry)
        return
    now = dt_util.utcnow()
    end = ends.setdefault(entry.entry_id, now + AT_MOST)
    if end <= now:
        switch_off(hass, entry, recorder)
        return
    recorder.keep_media()
    issues.report_media_kept(hass, entry, f"{dt_util.as_local(end):%Y-%m-%d %H:%M}")

    @callback
    def over(_now: datetime) -> None:
        switch_off(hass, entry, recorder)

    stop: CALLBACK_TYPE = async_call_later(
        hass, (end - now).total_seconds(), HassJob(over, "shelfsight media kept long enough", cancel_on_shutdown=True)
    )
    entry.async_on_unload(stop)
    entry.async_on_unload(recorder.forget_media)


@callback
def switch_off(hass: HomeAssistant, entry: ConfigEntry[Any], recorder: FlightRecorder) -> None:
    """Keep nothing any more, and forget what was kept. Nothing is loaded anew, and no wearable sent away, for it."""
    hass.data[_ENDS].pop(entry.entry_id, None)
    recorder.forget_media()
    take_back(hass, entry)
    issues.clear_media_kept(hass, entry)


@callback
def forget(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """The entry is removed."""
    hass.data[_ENDS].pop(entry.entry_id, None)


@callback
def take_back(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Set the option back to what it is for everybody else."""
    if OPTION in entry.options:
        kept = {name: value for name, value in entry.options.items() if name != OPTION}
        hass.config_entries.async_update_entry(entry, options=kept)
