"""The words in translations/*.json: their order, and what a text may hold. Core checks English; ours hold every language to it."""

from collections.abc import Iterator
import json
import re
import string
from typing import Any

import probatio as vol

from .house import House, Rules, against

hassfest = Rules("script/hassfest/translations.py")
ours = Rules("our own: one language is no better than another, and nobody shall hear a key read out")
ALL = (hassfest, ours)

_HTML = re.compile(r"<[a-z!/].*?>", re.IGNORECASE)
_URL = re.compile(r"(?:\b(?:ftps?|scp|https?|mqtts?|socket|socks5|wss?)://|\bwww\.)[a-z0-9]\S*", re.IGNORECASE)
_REFERENCE = re.compile(r"\[%|%\]")
_QUOTED_PLACEHOLDER = re.compile(r"'\{\w+\}'")
_KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")

type Words = dict[str, Any]


def placeholders(text: str) -> set[str]:
    """The names in braces.

    Raises:
        ValueError: a brace stands alone.
    """
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def faults_of(text: object, *, may_have_placeholders: bool = True) -> Iterator[str]:
    """What is wrong with one text."""
    if not isinstance(text, str):
        yield "is no text"
        return
    if not text:
        yield "is empty"
    if text != text.strip():
        yield "begins or ends with a space"
    if _HTML.search(text):
        yield "has HTML in it"
    if _URL.search(text):
        yield "has an address in it: use a placeholder"
    if _REFERENCE.search(text):
        yield "refers to another text: those of custom integrations are written out"
    if _QUOTED_PLACEHOLDER.search(text):
        yield "has a placeholder between single quotes, which the frontend takes for quoting"
    try:
        names = placeholders(text)
    except ValueError:
        yield "has a brace that stands alone"
        return
    if names and not may_have_placeholders:
        yield "has a placeholder where none is filled in"
    for name in sorted(names):
        if not name.isidentifier():
            yield f"has a placeholder that is no name: {name!r}"


def leaves(words: Words, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every text with the way to it."""
    for key, value in words.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _text(value: object) -> object:
    if faults := list(faults_of(value)):
        raise vol.Invalid("; ".join(faults))
    return value


def _plain(value: object) -> object:
    if faults := list(faults_of(value, may_have_placeholders=False)):
        raise vol.Invalid("; ".join(faults))
    return value


def _key(value: object) -> object:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise vol.Invalid(f"{value!r} is no key: lowercase letters, digits, single underscores")
    return value


def _keyed(values: Any) -> Any:
    return vol.Schema({_key: values})


_TEXTS = _keyed(_text)
_STATES = _keyed(_plain)
_SECTION = {
    vol.Optional("data"): _TEXTS,
    vol.Optional("data_description"): _TEXTS,
    vol.Optional("description"): _text,
    vol.Optional("name"): _text,
}
_STEP = {
    vol.Optional("title"): _text,
    vol.Optional("description"): _text,
    vol.Optional("data"): _TEXTS,
    vol.Optional("data_description"): _TEXTS,
    vol.Optional("menu_options"): _TEXTS,
    vol.Optional("menu_option_descriptions"): _TEXTS,
    vol.Optional("submit"): _text,
    vol.Optional("sections"): _keyed(_SECTION),
}
_FLOW = {
    vol.Optional("flow_title"): _text,
    vol.Required("step"): _keyed(_STEP),
    vol.Optional("error"): _TEXTS,
    vol.Optional("abort"): _TEXTS,
    vol.Optional("progress"): _TEXTS,
    vol.Optional("create_entry"): _TEXTS,
    vol.Optional("initiate_flow"): {vol.Required("user"): _text},
}
_NAMED = {
    vol.Required("name"): _text,
    vol.Required("description"): _text,
    vol.Optional("fields"): _keyed(
        {vol.Required("name"): _text, vol.Required("description"): _text, vol.Optional("example"): _text}
    ),
    vol.Optional("sections"): _keyed({vol.Required("name"): _text, vol.Optional("description"): _text}),
}
_ISSUE = vol.Any(
    {vol.Required("title"): _text, vol.Required("description"): _text},
    {vol.Required("title"): _text, vol.Required("fix_flow"): _FLOW},
)
_ENTITY = {
    vol.Optional("name"): _text,
    vol.Optional("state"): _STATES,
    vol.Optional("state_attributes"): _keyed({vol.Optional("name"): _plain, vol.Optional("state"): _STATES}),
    vol.Optional("unit_of_measurement"): _plain,
}
SCHEMA = vol.Schema(
    {
        vol.Optional("title"): _text,
        vol.Optional("config"): _FLOW,
        vol.Optional("options"): _FLOW,
        vol.Optional("selector"): _keyed(
            {
                vol.Optional("options"): _TEXTS,
                vol.Optional("choices"): _TEXTS,
                vol.Optional("unit_of_measurement"): _TEXTS,
                vol.Optional("fields"): _keyed({vol.Required("name"): _text, vol.Required("description"): _text}),
            }
        ),
        vol.Optional("device_automation"): _keyed(_TEXTS),
        vol.Optional("system_health"): {vol.Optional("info"): _TEXTS},
        vol.Optional("issues"): _keyed(_ISSUE),
        vol.Optional("device"): _keyed({vol.Optional("name"): _text}),
        vol.Optional("entity"): _keyed(_keyed(_ENTITY)),
        vol.Optional("exceptions"): _keyed({vol.Required("message"): _text}),
        vol.Optional("services"): _keyed(_NAMED),
        vol.Optional("conditions"): _keyed(_NAMED),
        vol.Optional("triggers"): _keyed(_NAMED),
        vol.Optional("common"): _TEXTS,
    }
)


def languages(house: House) -> list[str]:
    """The languages there are words in."""
    return sorted(path.stem for path in (house.folder / "translations").glob("*.json"))


@hassfest.rule
def words_are_in_their_places(house: House) -> Iterator[str]:
    """In every language: known places, texts without HTML, addresses, stray spaces and broken placeholders."""
    if "en" not in languages(house):
        yield "there is no translations/en.json"
    for language in languages(house):
        path = f"translations/{language}.json"
        yield from against(SCHEMA, house.data(path), path)


@hassfest.rule
def fields_are_explained_only_where_they_are(house: House) -> Iterator[str]:
    """An explanation of a field that is not in the form."""
    words = house.data("translations/en.json")
    for flow in ("config", "options"):
        for name, step in words.get(flow, {}).get("step", {}).items():
            for part in (step, *step.get("sections", {}).values()):
                for key in set(part.get("data_description", {})) - set(part.get("data", {})):
                    yield f"{flow}.{name} explains {key}, which is no field of it"


@hassfest.rule
def texts_stand_where_home_assistant_reads_them(house: House) -> Iterator[str]:
    """Custom integrations have no strings.json; the folder had another name long ago; a title is the manifest's name already."""
    if (house.folder / "strings.json").exists():
        yield "strings.json is core's; a custom integration has translations/en.json"
    if (house.folder / ".translations").exists():
        yield "the folder is called translations"
    words = house.data("translations/en.json")
    if words.get("title") == house.manifest.get("name"):
        yield "the title is the name in the manifest, and not needed"
    for flow in ("config", "options"):
        for name, step in words.get(flow, {}).get("step", {}).items():
            if step.get("title") == house.manifest.get("name"):
                yield f"the title of {flow}.{name} is the integration's name, which stands there already"


@ours.rule
def every_language_has_every_text(house: House) -> Iterator[str]:
    """The same ways to texts, and the same placeholders in them, as English. (Home Assistant falls back to English, text by text.)"""
    english = dict(leaves(house.data("translations/en.json")))
    for language in languages(house):
        words = dict(leaves(house.data(f"translations/{language}.json")))
        yield from (f"{language} lacks {'.'.join(path)}" for path in english if path not in words)
        yield from (f"{language} has {'.'.join(path)}, which English has not" for path in words if path not in english)
        for path, text in words.items():
            if path in english and _names(text) != _names(english[path]):
                yield f"{language}: {'.'.join(path)} has not the placeholders of the English text"


@ours.rule
def words_are_sorted_and_readable(house: House) -> Iterator[str]:
    """Two spaces, sorted, letters as they are, a line end at the end: so that a change is one line in a comparison."""
    for language in languages(house):
        text = house.text(f"translations/{language}.json")
        wanted = (
            json.dumps(house.data(f"translations/{language}.json"), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        )
        if text != wanted:
            yield f"translations/{language}.json is not sorted, or not indented by two"


def _names(text: object) -> set[str] | None:
    try:
        return placeholders(text) if isinstance(text, str) else None
    except ValueError:
        return None
