"""Setting up: what shall see, who answers, done.

```
zeroconf -> discovery_confirm -+
user -> pair ------------------+-> answerer -> ... -+-> digits -> entry         (pairing_flow.py)
user -> phone -----------------+                    +-> phone_page -> entry
user -> streams ---------------+                    +-> addresses -> entry
user -> cameras ---------------+                    `-> entry
import (a phone, asked for by its user) ---------------> entry
reauth -> reauth_confirm                                                        (key_flow.py)
reconfigure -> answerer -> ...                                                  (answerer_flow.py)
```
"""

from typing import Any, override

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.core import callback
from homeassistant.helpers.selector import SelectOptionDict, SelectSelectorMode, TextSelector

from . import plain_streams, repairs
from .const import CONF_ANSWERER, CONF_STREAM_ID, CONF_USER_ID, CONF_WEARABLE_ID, DOMAIN
from .form_fields import choice
from .key_flow import KeyFlow
from .options_flow import ShelfsightOptionsFlow
from .pairing_flow import PairingFlow
from .phones import PhoneError, async_people, async_read_phone, user_of_this_request
from .runtime import ShelfsightConfigEntry
from .typed import in_markdown, read_fields, read_name


class ShelfsightConfigFlow(PairingFlow, KeyFlow, domain=DOMAIN):
    """One flow; what is known so far is kept in its attributes."""

    VERSION = 1

    def __init__(self) -> None:
        super().__init__()
        self._streams: dict[str, str] = {}
        self._phone: dict[str, str] = {}

    @staticmethod
    @override
    @callback
    def async_get_options_flow(config_entry: ShelfsightConfigEntry) -> ShelfsightOptionsFlow:
        """What can be changed later without setting up again."""
        return ShelfsightOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """By hand: a wearable by its address, a phone, a wearable without our software, or none."""
        return self.async_show_menu(step_id="user", menu_options=["pair", "phone", "streams", "cameras"])

    # --- what shall see -----------------------------------------------------------------------------------------------

    async def async_step_phone(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """A page in Home Assistant's frontend as the wearable of one user."""
        errors: dict[str, str] = {}
        people = await async_people(self.hass)
        if user_input is not None:
            try:
                self._phone = await async_read_phone(self.hass, user_input)
            except PhoneError as err:
                errors[CONF_USER_ID if err.reason == "user_gone" else CONF_NAME] = err.reason
            else:
                await self.async_set_unique_id(self._phone[CONF_WEARABLE_ID])
                return await self.async_step_answerer()
        choices = [SelectOptionDict(value=user.id, label=user.name or user.id) for user in people]
        mine = user_of_this_request()
        usual = mine if mine in {user.id for user in people} else next((user.id for user in people), vol.UNDEFINED)
        schema = vol.Schema(
            {
                vol.Required(CONF_NAME): TextSelector(),
                vol.Required(CONF_USER_ID, default=usual): choice(choices, SelectSelectorMode.DROPDOWN),
            }
        )
        return self.async_show_form(
            step_id="phone", data_schema=self.add_suggested_values_to_schema(schema, user_input), errors=errors
        )

    async def async_step_import(self, import_data: dict[str, Any]) -> ConfigFlowResult:
        """A phone that its user has asked for (`phones.async_add_phone`); who answers was checked for another entry."""
        try:
            self._phone = await async_read_phone(self.hass, import_data)
        except PhoneError as err:
            return self.async_abort(reason=err.reason)
        await self.async_set_unique_id(self._phone[CONF_WEARABLE_ID])
        self._answerer = import_data[CONF_ANSWERER]
        return await self.async_step_phone_page({})

    async def async_step_streams(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """A wearable without our software: whatever sends plain streams."""
        errors: dict[str, str] = {}
        if user_input is not None:
            values, errors = read_fields(user_input, {CONF_NAME: read_name})
            if not errors:
                self._name = values[CONF_NAME]
                self._streams = plain_streams.new_credentials()
                await self.async_set_unique_id(self._streams[CONF_STREAM_ID])
                return await self.async_step_answerer()
        schema = vol.Schema({vol.Required(CONF_NAME): TextSelector()})
        return self.async_show_form(
            step_id="streams", data_schema=self.add_suggested_values_to_schema(schema, user_input), errors=errors
        )

    async def async_step_cameras(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """No wearable: questions are asked about Home Assistant's cameras."""
        await self.async_set_unique_id("cameras")
        self._abort_if_unique_id_configured()
        return await self.async_step_answerer()

    # --- the entry ----------------------------------------------------------------------------------------------------

    @override
    async def _answerer_chosen(self, answerer: dict[str, Any]) -> ConfigFlowResult:
        self._answerer = answerer
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            repairs.clear(self.hass, entry)  # who was chosen has just answered the check
            return self.async_update_reload_and_abort(entry, data_updates={CONF_ANSWERER: answerer})
        if self._phone:
            return await self.async_step_phone_page()
        if self._streams:
            return await self.async_step_addresses()
        if self._host is None:
            return self.async_create_entry(title="Shelfsight", data={CONF_ANSWERER: answerer})
        return await self.async_step_digits()

    async def async_step_phone_page(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Where the page is, and what a browser wants before it gives it a camera and a microphone."""
        name = self._phone[CONF_NAME]
        if user_input is not None:
            return self.async_create_entry(title=name, data={**self._phone, CONF_ANSWERER: self._answerer})
        return self.async_show_form(
            step_id="phone_page", description_placeholders={"name": in_markdown(name), "path": f"/{DOMAIN}"}
        )

    async def async_step_addresses(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Where the plain streams go, and their key; the options show both again."""
        if user_input is not None:
            data = {**self._streams, CONF_NAME: self._name, CONF_ANSWERER: self._answerer}
            return self.async_create_entry(title=self._name, data=data)
        fields = plain_streams.shown_fields(plain_streams.shown(self.hass, self._streams))
        return self.async_show_form(
            step_id="addresses",
            data_schema=vol.Schema(fields),
            description_placeholders={"name": in_markdown(self._name)},
        )
