"""The options of an entry, in a form that is read out section by section; modes of one's own have steps of their own.

```
init -> settings
init -> streams                       (where the plain streams go, and their key)
init -> add_mode
init -> edit_mode -> edit_mode_text
init -> remove_mode
```
"""

from collections.abc import Iterable, Mapping
from typing import Any

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import UnitOfTime
from homeassistant.data_entry_flow import section
from homeassistant.helpers import llm
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    LanguageSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)
from homeassistant.helpers.translation import async_get_translations

from . import plain_streams
from .const import CONF_STREAM_KEY, DOMAIN
from .link.streams.door import new_key
from .options import (
    COMPRESSION_TOKENS,
    FOLLOW_UP_S,
    OWN_MODES_LIMIT,
    ROTATE_AFTER_S,
    SESSION_LIMIT_S,
    SESSION_LIMIT_TOKENS,
    Options,
    OwnMode,
    OwnModeError,
    TurnEnd,
    make_own_mode,
    options_of,
)
from .spatial import Mode

# The empty text cannot be a choice in a list; in the stored options "" says that no API is used.
_NO_API = "off"
_RENEW = "renew"

_FLAG = BooleanSelector()
_LANGUAGE = LanguageSelector()
_TOKENS = "tokens"

# Which option is in which section, in the order in which they are read out.
SECTIONS = {
    "talk": ("mode", "language"),
    "turns": ("turn_end", "follow_up_s"),
    "limits": ("session_limit_s", "session_limit_tokens", "compression_tokens", "rotate_after_s"),
    "fallback": ("fallback_generate", "fallback_local", "tts_entity"),
    "tools": ("llm_api", "places_by_second_call"),
    "translation": ("translate_from", "translate_to"),
}
# Empty fields are not sent at all: what is not there was emptied.
_MAY_BE_EMPTY = ("language", "tts_entity")


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
            shown = {key: value for name in SECTIONS for key, value in user_input[name].items()}
            if shown["translate_from"] != shown["translate_to"]:
                return self._save({**dict.fromkeys(_MAY_BE_EMPTY, ""), **shown, "llm_api": _api_id(shown["llm_api"])})
            errors["base"] = "same_language"
        return self.async_show_form(
            step_id="settings", data_schema=settings_schema(shown, options.own_modes, apis), errors=errors
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
            step_id="streams", data_schema=vol.Schema({**fields, vol.Required(_RENEW, default=False): _FLAG})
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
            try:
                made = make_own_mode(
                    user_input.get("name", ""), user_input.get("instructions", ""), others, await self._mode_labels()
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

    async def _mode_labels(self) -> list[str]:
        """What the built-in modes are called on the screen: a name that sounds the same would be chosen by mistake."""
        texts = await async_get_translations(self.hass, self.hass.config.language, "selector", {DOMAIN})
        prefix = f"component.{DOMAIN}.selector.mode.options."
        return [text for key, text in texts.items() if key.startswith(prefix)]

    def _which_mode(self) -> vol.Schema:
        own_modes = options_of(self.config_entry).own_modes
        choices = [SelectOptionDict(value=mode.key, label=mode.name) for mode in own_modes]
        return vol.Schema({vol.Required("mode"): _choice(choices, SelectSelectorMode.LIST)})

    def _save(self, changes: dict[str, Any]) -> ConfigFlowResult:
        """End the flow; what is not changed stays, also what other versions have stored."""
        return self.async_create_entry(data={**self.config_entry.options, **changes})


def shown_values(options: Options, apis: Mapping[str, str]) -> dict[str, Any]:
    """The options as the form shows them. An API that is gone is shown as off, which is what it is."""
    values = {key: value for key, value in options.stored().items() if key not in _MAY_BE_EMPTY or value}
    return values | {"llm_api": options.llm_api if options.llm_api in apis else _NO_API}


def settings_schema(shown: Mapping[str, Any], own_modes: Iterable[OwnMode], apis: Mapping[str, str]) -> vol.Schema:
    """The form with `shown` in its fields. `apis` are names of APIs of Home Assistant, by their identifiers."""
    modes = [SelectOptionDict(value=mode.value, label=mode.value) for mode in Mode]
    modes += [SelectOptionDict(value=mode.key, label=mode.name) for mode in own_modes]
    llm_apis = [SelectOptionDict(value=key, label=name) for key, name in {_NO_API: _NO_API, **apis}.items()]
    fields: dict[str, Any] = {
        "mode": _choice(modes, SelectSelectorMode.DROPDOWN, "mode"),
        "language": _LANGUAGE,
        "turn_end": _choice([end.value for end in TurnEnd], SelectSelectorMode.LIST, "turn_end"),
        "follow_up_s": _number(FOLLOW_UP_S, UnitOfTime.SECONDS),
        "session_limit_s": _number(SESSION_LIMIT_S, UnitOfTime.SECONDS),
        "session_limit_tokens": _number(SESSION_LIMIT_TOKENS, _TOKENS),
        "compression_tokens": _number(COMPRESSION_TOKENS, _TOKENS),
        "rotate_after_s": _number(ROTATE_AFTER_S, UnitOfTime.SECONDS),
        "fallback_generate": _FLAG,
        "fallback_local": _FLAG,
        "tts_entity": EntitySelector(EntitySelectorConfig(domain="tts")),
        "llm_api": _choice(llm_apis, SelectSelectorMode.DROPDOWN, "llm_api"),
        "places_by_second_call": _FLAG,
        "translate_from": _LANGUAGE,
        "translate_to": _LANGUAGE,
    }
    return vol.Schema(
        {
            # Only the first is open: what most people come for is heard without the rest.
            vol.Required(name): section(
                vol.Schema({_marker(key, shown): fields[key] for key in keys}), {"collapsed": name != "talk"}
            )
            for name, keys in SECTIONS.items()
        }
    )


def _marker(key: str, shown: Mapping[str, Any]) -> vol.Marker:
    """A field that may be empty must have no default, which would fill it again."""
    if key in _MAY_BE_EMPTY:
        return vol.Optional(key, description={"suggested_value": shown.get(key)})
    return vol.Required(key, default=shown[key])


def _api_id(choice: str) -> str:
    return "" if choice == _NO_API else choice


def _stored(modes: Iterable[OwnMode]) -> list[dict[str, str]]:
    return [{"name": mode.name, "instructions": mode.instructions} for mode in modes]


def _choice(
    options: list[SelectOptionDict] | list[str], mode: SelectSelectorMode, translation_key: str | None = None
) -> SelectSelector:
    config = SelectSelectorConfig(options=options, mode=mode)
    if translation_key is not None:
        config["translation_key"] = translation_key
    return SelectSelector(config)


def _number(bounds: tuple[int, int], unit: str) -> Any:
    selector = NumberSelector(
        NumberSelectorConfig(
            min=bounds[0], max=bounds[1], step=1, mode=NumberSelectorMode.BOX, unit_of_measurement=unit
        )
    )
    return vol.All(selector, vol.Coerce(int))
