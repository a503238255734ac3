"""A key that was refused is replaced: for the entry that was refused, and for all that have the same one."""

from collections.abc import Mapping
from typing import Any, Final

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_API_KEY
from homeassistant.core import HomeAssistant

from . import answerers, repairs
from .answerer_flow import AnswererFlow
from .const import CONF_ANSWERER
from .form_fields import FLAG, PASSWORD
from .typed import read_fields, read_key

_EVERYWHERE: Final = "everywhere"


class KeyFlow(AnswererFlow):
    """The steps of reauthentication: reauth -> reauth_confirm."""

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """The key was refused."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """A new key for who answered so far; where others have the old one too, it is offered to them."""
        errors: dict[str, str] = {}
        entry = self._get_reauth_entry()
        sharing = answerers.sharing_key(self.hass, entry)
        if user_input is not None:
            values, errors = read_fields(user_input, {CONF_API_KEY: read_key})
            if not errors and (error := await self._check(entry.data[CONF_ANSWERER] | values)) is not None:
                errors[CONF_API_KEY if error == "invalid_auth" else "base"] = error
            if not errors:
                for other in sharing if user_input.get(_EVERYWHERE, False) else []:
                    _give(self.hass, other, values[CONF_API_KEY])
                repairs.clear(self.hass, entry)  # what was wrong with the old key is over
                return self.async_update_reload_and_abort(
                    entry, data_updates={CONF_ANSWERER: entry.data[CONF_ANSWERER] | values}
                )
        fields: dict[vol.Marker, Any] = {vol.Required(CONF_API_KEY): PASSWORD}
        if sharing:
            fields[vol.Required(_EVERYWHERE, default=True)] = FLAG
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(fields), {name: value for name, value in (user_input or {}).items() if name == _EVERYWHERE}
            ),
            errors=errors,
            description_placeholders={
                "name": entry.title,
                "others": ", ".join(other.title for other in sharing),
            },
        )


def _give(hass: HomeAssistant, entry: ConfigEntry[Any], key: str) -> None:
    """The new key for another entry that had the old one, whose own question for it Home Assistant then takes back."""
    repairs.clear(hass, entry)
    answerer = {**entry.data[CONF_ANSWERER], CONF_API_KEY: key}
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_ANSWERER: answerer})
    hass.config_entries.async_schedule_reload(entry.entry_id)
