"""The options of an entry, in a form that is read out section by section; modes of one's own have steps of their own.

```
init -> settings
init -> streams                       (where the plain streams go, and their key)
init -> add_mode
init -> edit_mode -> edit_mode_text
init -> remove_mode
```
"""

from collections.abc import Iterable
from typing import Any, Final

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_HOST
from homeassistant.helpers import llm
from homeassistant.helpers.selector import SelectOptionDict, SelectSelectorMode, TextSelector, TextSelectorConfig

from . import plain_streams
from .const import CONF_ANSWERER, CONF_STREAM_KEY
from .form_fields import FLAG, choice, selector_texts
from .link.streams.door import new_key
from .options import OWN_MODES_LIMIT, Options, OwnMode, OwnModeError, make_own_mode, options_of
from .options_form import (
    bounds_of,
    emptied,
    errors_in,
    settings_schema,
    shown_values,
    to_store,
    told_in_sections,
    values_of,
)

_RENEW: Final = "renew"


class ShelfsightOptionsFlow(OptionsFlowWithReload):
    """Settings, and modes of one's own. The entry is reloaded with what was saved."""

    def __init__(self) -> None:
        self._edited = ""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """What shall be changed? Only what can be done is offered."""
        own_modes = options_of(self.config_entry).own_modes
        choices = ["settings", "streams"] if CONF_STREAM_KEY in self.config_entry.data else ["settings"]
        if len(own_modes) < OWN_MODES_LIMIT:
            choices.append("add_mode")
        if own_modes:
            choices += ["edit_mode", "remove_mode"]
        return self.async_show_menu(step_id="init", menu_options=choices)

    # --- settings -----------------------------------------------------------------------------------------------------

    async def async_step_settings(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Everything but the texts of own modes."""
        errors: dict[str, str] = {}
        options = options_of(self.config_entry)
        apis = {api.id: api.name for api in llm.async_get_apis(self.hass)}
        shown = shown_values(options, apis)
        if user_input is not None:
            typed = values_of(user_input)
            errors = told_in_sections(errors_in(self.hass, typed, options))
            if not errors:
                return self._save(to_store(typed))
            # What was emptied stays empty, and what has no field here stays what it is.
            shown = emptied(shown) | typed
        return self.async_show_form(
            step_id="settings",
            data_schema=settings_schema(
                shown,
                options.own_modes,
                apis,
                has_voices=not self.config_entry.data[CONF_ANSWERER].get(CONF_HOST),
                open_sections=errors or ("talk",),
            ),
            errors=errors,
            description_placeholders=await bounds_of(self.hass, errors),
        )

    # --- plain streams ------------------------------------------------------------------------------------------------

    async def async_step_streams(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """To copy from; with another key when the old one is wanted no more."""
        entry = self.config_entry
        if user_input is not None:
            if not user_input[_RENEW]:
                return self._save({})
            self.hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_STREAM_KEY: new_key()})
            self.hass.config_entries.async_schedule_reload(entry.entry_id)  # ends what came in with the old one
        fields = plain_streams.shown_fields(plain_streams.shown(self.hass, entry.data))
        return self.async_show_form(
            step_id="streams", data_schema=vol.Schema({**fields, vol.Required(_RENEW, default=False): FLAG})
        )

    # --- modes of one's own -------------------------------------------------------------------------------------------

    async def async_step_add_mode(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """A new mode."""
        return await self._mode_form("add_mode", None, user_input)

    async def async_step_edit_mode(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Which mode shall be changed?"""
        if user_input is not None:
            self._edited = user_input["mode"]
            return await self.async_step_edit_mode_text()
        return self.async_show_form(step_id="edit_mode", data_schema=self._which_mode())

    async def async_step_edit_mode_text(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Another name, other instructions."""
        edited = options_of(self.config_entry).own_mode(self._edited)
        if edited is None:  # removed meanwhile, in another window
            return self.async_abort(reason="mode_gone")
        return await self._mode_form("edit_mode_text", edited, user_input)

    async def async_step_remove_mode(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Which mode is not needed any more?"""
        if user_input is not None:
            options = options_of(self.config_entry)
            kept = [mode for mode in options.own_modes if mode.key != user_input["mode"]]
            # What was the usual mode falls back to the default, when the options are read.
            return self._save({"own_modes": _stored(kept)})
        return self.async_show_form(step_id="remove_mode", data_schema=self._which_mode())

    async def _mode_form(
        self, step_id: str, edited: OwnMode | None, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Name and instructions; `edited` is the mode that is changed, None for a new one."""
        errors: dict[str, str] = {}
        if user_input is not None:
            options = options_of(self.config_entry)
            others = [mode for mode in options.own_modes if mode != edited]
            # A name that sounds like a built-in one would be chosen by mistake.
            labels = await selector_texts(self.hass, "mode")
            try:
                made = make_own_mode(
                    user_input.get("name", ""), user_input.get("instructions", ""), others, labels.values()
                )
            except OwnModeError as err:
                errors[err.field] = err.key
            else:
                return self._save_mode(options, edited, made)
        shown = user_input or (_stored([edited])[0] if edited is not None else {})
        # Optional to the frontend, so that an empty field is answered by a text that is read out and not by a mere frame.
        schema = vol.Schema(
            {
                vol.Optional("name"): TextSelector(),
                vol.Optional("instructions"): TextSelector(TextSelectorConfig(multiline=True)),
            }
        )
        return self.async_show_form(
            step_id=step_id, data_schema=self.add_suggested_values_to_schema(schema, shown), errors=errors
        )

    def _save_mode(self, options: Options, edited: OwnMode | None, made: OwnMode) -> ConfigFlowResult:
        if edited is None:
            if len(options.own_modes) >= OWN_MODES_LIMIT:  # filled meanwhile, in another window
                return self.async_abort(reason="too_many_modes")
            return self._save({"own_modes": _stored((*options.own_modes, made))})
        changes: dict[str, Any] = {"own_modes": _stored(made if mode == edited else mode for mode in options.own_modes)}
        if options.mode == edited.key:
            changes["mode"] = made.key
        return self._save(changes)

    def _which_mode(self) -> vol.Schema:
        own_modes = options_of(self.config_entry).own_modes
        choices = [SelectOptionDict(value=mode.key, label=mode.name) for mode in own_modes]
        return vol.Schema({vol.Required("mode"): choice(choices, SelectSelectorMode.LIST)})

    def _save(self, changes: dict[str, Any]) -> ConfigFlowResult:
        """End the flow; what is not changed stays, also what other versions have stored."""
        return self.async_create_entry(data={**self.config_entry.options, **changes})


def _stored(modes: Iterable[OwnMode]) -> list[dict[str, str]]:
    return [{"name": mode.name, "instructions": mode.instructions} for mode in modes]
