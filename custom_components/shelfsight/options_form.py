"""The form of the options: which field is in which section, what stands in it, and what is wrong with what was typed."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import probatio as vol  # voluptuous is its alias since 2026.10

from homeassistant.const import UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    LanguageSelector,
    SelectOptionDict,
    SelectSelectorMode,
)
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN
from .form_fields import FLAG, choice, whole_number
from .live.models import VOICES
from .options import (
    COMPRESSION_TOKENS,
    FOLLOW_UP_S,
    ROTATE_AFTER_S,
    SESSION_LIMIT_S,
    SESSION_LIMIT_TOKENS,
    Options,
    OwnMode,
    TurnEnd,
    Units,
)
from .spatial import Mode, Verbosity
from .typed import is_language, is_whole

# Which option is in which section, in the order in which they are read out.
SECTIONS: Final = {
    "talk": ("mode", "language", "voice", "verbosity", "units"),
    "turns": ("turn_end", "follow_up_s"),
    "limits": ("session_limit_s", "session_limit_tokens", "compression_tokens", "rotate_after_s"),
    "fallback": ("fallback_generate", "fallback_local", "tts_entity"),
    "tools": ("llm_api", "places_by_second_call"),
    "translation": ("translate_from", "translate_to"),
    "privacy": ("keep_words", "record_media"),
}

# The empty text cannot be a choice in a list; it is stored where one of these was chosen.
_NO_CHOICE: Final = {"llm_api": "off", "voice": "default"}
# Empty fields are not sent at all: what is not there was emptied.
_MAY_BE_EMPTY: Final = ("language", "tts_entity")
_LANGUAGES: Final = ("language", "translate_from", "translate_to")
_LANGUAGE: Final = LanguageSelector()
_TOKENS: Final = "tokens"
# Bounds and unit of each number.
_NUMBERS: Final = {
    "follow_up_s": (FOLLOW_UP_S, UnitOfTime.SECONDS),
    "session_limit_s": (SESSION_LIMIT_S, UnitOfTime.SECONDS),
    "session_limit_tokens": (SESSION_LIMIT_TOKENS, _TOKENS),
    "compression_tokens": (COMPRESSION_TOKENS, _TOKENS),
    "rotate_after_s": (ROTATE_AFTER_S, UnitOfTime.SECONDS),
}


def shown_values(options: Options, apis: Mapping[str, str]) -> dict[str, Any]:
    """The options as the form shows them. An API that is gone is shown as off, which is what it is."""
    values = {key: value for key, value in options.stored().items() if key not in _MAY_BE_EMPTY or value}
    return values | {
        "llm_api": options.llm_api if options.llm_api in apis else _NO_CHOICE["llm_api"],
        "voice": options.voice or _NO_CHOICE["voice"],
    }


def emptied(shown: Mapping[str, Any]) -> dict[str, Any]:
    """What is shown, with nothing in the fields that may be empty."""
    return {key: value for key, value in shown.items() if key not in _MAY_BE_EMPTY}


def values_of(user_input: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What was sent, by field, without its sections."""
    return {key: value for fields in user_input.values() for key, value in fields.items()}


def to_store(typed: Mapping[str, Any]) -> dict[str, Any]:
    """What the entry keeps of what was typed."""
    chosen = {key: "" for key, nothing in _NO_CHOICE.items() if typed.get(key) == nothing}
    numbers = {key: int(typed[key]) for key in _NUMBERS}
    return {**dict.fromkeys(_MAY_BE_EMPTY, ""), **typed, **chosen, **numbers}


def settings_schema(
    shown: Mapping[str, Any],
    own_modes: Iterable[OwnMode],
    apis: Mapping[str, str],
    *,
    has_voices: bool,
    open_sections: Iterable[str] = ("talk",),
) -> vol.Schema:
    """The form with `shown` in its fields.

    `apis` are names of APIs of Home Assistant, by their identifiers; a Live server of this network has a voice of its own, and
    no choice. Only `open_sections` are open: what most people come for is heard without the rest.
    """
    modes = [SelectOptionDict(value=mode.value, label=mode.value) for mode in Mode]
    modes += [SelectOptionDict(value=mode.key, label=mode.name) for mode in own_modes]
    names = {_NO_CHOICE["llm_api"]: _NO_CHOICE["llm_api"], **apis}
    fields: dict[str, Any] = {
        "mode": choice(modes, SelectSelectorMode.DROPDOWN, "mode"),
        "language": _LANGUAGE,
        "verbosity": choice([one.value for one in Verbosity], SelectSelectorMode.LIST, "verbosity"),
        "units": choice([one.value for one in Units], SelectSelectorMode.LIST, "units"),
        "turn_end": choice([end.value for end in TurnEnd], SelectSelectorMode.LIST, "turn_end"),
        "fallback_generate": FLAG,
        "fallback_local": FLAG,
        "tts_entity": EntitySelector(EntitySelectorConfig(domain="tts")),
        "llm_api": choice(
            [SelectOptionDict(value=key, label=name) for key, name in names.items()],
            SelectSelectorMode.DROPDOWN,
            "llm_api",
        ),
        "places_by_second_call": FLAG,
        "translate_from": _LANGUAGE,
        "translate_to": _LANGUAGE,
        "keep_words": FLAG,
        "record_media": FLAG,
        **{key: whole_number(bounds, unit) for key, (bounds, unit) in _NUMBERS.items()},
    }
    if has_voices:
        fields["voice"] = choice([_NO_CHOICE["voice"], *VOICES], SelectSelectorMode.DROPDOWN, "voice")
    return vol.Schema(
        {
            vol.Required(name): section(
                vol.Schema({_marker(key, shown): fields[key] for key in keys if key in fields}),
                {"collapsed": name not in open_sections},
            )
            for name, keys in SECTIONS.items()
        }
    )


def _marker(key: str, shown: Mapping[str, Any]) -> vol.Marker:
    """A field that may be empty must have no default, which would fill it again."""
    if key in _MAY_BE_EMPTY:
        return vol.Optional(key, description={"suggested_value": shown.get(key)})
    return vol.Required(key, default=shown[key])


def errors_in(hass: HomeAssistant, typed: Mapping[str, Any], stored: Options) -> dict[str, str]:
    """What is wrong in fields that take any text or number: keys of translated texts, by field.

    Of numbers only the first is named, with the placeholders of `bounds_of`.
    """
    errors: dict[str, str] = {}
    for key in _LANGUAGES:
        if not typed.get(key):
            errors |= {} if key in _MAY_BE_EMPTY else {key: "language_empty"}
        elif not is_language(typed[key]):
            errors[key] = "language_odd"
    if typed["translate_from"] == typed["translate_to"]:
        errors.setdefault("translate_to", "same_language")
    voice = typed.get("tts_entity", "")
    # A voice that was chosen once and is away today stays chosen: it is not this form's to complain.
    if voice and voice != stored.tts_entity and not _is_there(hass, voice):
        errors["tts_entity"] = "voice_gone"
    wrong = next((key for key, (bounds, _) in _NUMBERS.items() if not is_whole(typed[key], bounds)), None)
    return errors | ({wrong: "number_odd"} if wrong is not None else {})


async def bounds_of(hass: HomeAssistant, errors: Mapping[str, str]) -> dict[str, str]:
    """Placeholders for the text about a number: what its field is called, and its bounds."""
    key = next((key for key, error in errors.items() if error == "number_odd" and key in _NUMBERS), None)
    if key is None:
        return {}
    texts = await async_get_translations(hass, hass.config.language, "options", {DOMAIN})
    name = next(name for name, keys in SECTIONS.items() if key in keys)
    (low, high), _ = _NUMBERS[key]
    label = texts[f"component.{DOMAIN}.options.step.settings.sections.{name}.data.{key}"]
    return {"field": label, "low": str(low), "high": str(high)}


def _is_there(hass: HomeAssistant, entity_id: str) -> bool:
    return hass.states.get(entity_id) is not None or er.async_get(hass).async_is_registered(entity_id)


def told_in_sections(errors: Mapping[str, str]) -> dict[str, str]:
    """The errors, also under the names of their sections.

    The frontend shows no error at a field inside a section, only at the section itself (`ha-form-expandable`, 2026.9): that is
    where it is seen and read out, and its text names the field.
    """
    return {name: errors[key] for name, keys in SECTIONS.items() for key in keys if key in errors} | dict(errors)
