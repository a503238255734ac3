"""icons.json: where an icon may stand, that it exists, and that it says more than the device class already does."""

from collections.abc import Iterator
import importlib.util
from itertools import pairwise
import json
from pathlib import Path
import re
from typing import Any

import probatio as vol

from .house import House, Rules, against

hassfest = Rules("script/hassfest/icons.py")
pylint = Rules("pylint/plugins/pylint_home_assistant/checkers/mdi_icons.py")
scale = Rules("developers.home-assistant.io, quality scale, icon-translations")
ALL = (hassfest, pylint, scale)

_ICON = re.compile(r"mdi:[a-z0-9]+(?:-[a-z0-9]+)*")
_KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


def _icon(value: object) -> object:
    if not isinstance(value, str) or not _ICON.fullmatch(value):
        raise vol.Invalid(f"{value!r} is no icon of Material Design Icons")
    return value


def _key(value: object) -> object:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise vol.Invalid(f"{value!r} is no key")
    return value


def _range(value: dict[str, object]) -> dict[str, object]:
    numbers = [float(key) for key in value]
    if any(after <= before for before, after in pairwise(numbers)):
        raise vol.Invalid("the ranges do not ascend")
    return value


_ICONS = vol.Schema({_key: _icon})
_RANGES = vol.All({vol.Match(r"^-?\d+(?:\.\d+)?$"): _icon}, _range)
_ATTRIBUTE = {vol.Optional("default"): _icon, vol.Optional("state"): _ICONS, vol.Optional("range"): _RANGES}
_ENTITY = {**_ATTRIBUTE, vol.Optional("state_attributes"): vol.Schema({_key: _ATTRIBUTE})}
_FLOW = vol.Schema({"step": {_key: {"sections": _ICONS}}})
_SERVICE = vol.Any(_icon, {vol.Optional("service"): _icon, vol.Optional("sections"): _ICONS})
SCHEMA = vol.Schema(
    {
        vol.Optional("conditions"): vol.Schema({_key: {"condition": _icon}}),
        vol.Optional("config"): _FLOW,
        vol.Optional("entity"): vol.Schema({_key: vol.Schema({_key: _ENTITY})}),
        vol.Optional("issues"): vol.Schema({_key: {"fix_flow": _FLOW}}),
        vol.Optional("options"): _FLOW,
        vol.Optional("services"): vol.Schema({_key: _SERVICE}),
        vol.Optional("triggers"): vol.Schema({_key: {"trigger": _icon}}),
    }
)


def known_icons() -> set[str] | None:
    """The icons that Home Assistant's frontend has; None where it is not installed."""
    if (found := importlib.util.find_spec("hass_frontend")) is None or not found.submodule_search_locations:
        return None
    listed = Path(next(iter(found.submodule_search_locations))) / "static" / "mdi" / "iconList.json"
    return (
        {f"mdi:{icon['name']}" for icon in json.loads(listed.read_text(encoding="utf-8"))} if listed.is_file() else None
    )


def icons_in(data: dict[str, Any]) -> Iterator[str]:
    """Every icon that is named."""
    for value in data.values():
        if isinstance(value, dict):
            yield from icons_in(value)
        elif isinstance(value, str):
            yield value


@hassfest.rule
def icons_are_in_their_places(house: House) -> Iterator[str]:
    """Known places, and icons of Material Design Icons."""
    yield from against(SCHEMA, house.data("icons.json"), "icons.json")


@hassfest.rule
def icons_belong_to_something_that_has_words(house: House) -> Iterator[str]:
    """An icon for an entity, a state, an action or a section that nobody names is seen by nobody.

    hassfest looks at actions only, from the other side; the rest is ours.
    """
    words, icons = house.data("translations/en.json"), house.data("icons.json")
    for platform, keys in icons.get("entity", {}).items():
        for key, icon in keys.items():
            named = words.get("entity", {}).get(platform, {}).get(key)
            if named is None:
                yield f"{platform}.{key} has an icon and no words"
                continue
            for state in set(icon.get("state", {})) - set(named.get("state", {})) - {"on", "off"}:
                yield f"the state {state} of {platform}.{key} has an icon and no words"
    for action in set(icons.get("services", {})) - set(words.get("services", {})):
        yield f"the action {action} has an icon and no words"
    for flow in ("config", "options"):
        for step, icon in icons.get(flow, {}).get("step", {}).items():
            named = words.get(flow, {}).get("step", {}).get(step, {}).get("sections", {})
            for section in set(icon.get("sections", {})) - set(named):
                yield f"the section {section} of {flow}.{step} has an icon and no words"


@pylint.rule
def icons_exist(house: House) -> Iterator[str]:
    """In the frontend that is installed with Home Assistant."""
    known = known_icons()
    if known is None:
        yield "the frontend is not installed: nobody knows which icons there are"
        return
    for icon in sorted(set(icons_in(house.data("icons.json"))) - known):
        yield f"there is no icon {icon}"


# What the device class of an entity brings along, by platform and key of ours. The class's own icon follows the level of a battery
# and what a speaker does; one of ours would hide that.
OF_DEVICE_CLASS = {
    "binary_sensor": {"charging"},
    "event": {"button"},
    "media_player": {"speaker"},
    "sensor": {"battery", "signal"},
}


@scale.rule
def icons_do_not_hide_those_of_device_classes(house: House) -> Iterator[str]:
    """Where an entity is just what its device class says, the class's icon is used."""
    for platform, keys in house.data("icons.json").get("entity", {}).items():
        for key in sorted(set(keys) & OF_DEVICE_CLASS.get(platform, set())):
            yield f"{platform}.{key} has the icon of its device class already"
