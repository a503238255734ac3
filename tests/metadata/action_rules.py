"""services.yaml, and the files that triggers and conditions would need."""

from collections.abc import Iterator

import probatio as vol

from homeassistant.helpers import selector

from .house import House, Rules, against, calls

services = Rules("script/hassfest/services.py")
triggers = Rules("script/hassfest/triggers.py")
conditions = Rules("script/hassfest/conditions.py")
ALL = (services, triggers, conditions)


def _there(value: object) -> object:
    if value is None:
        raise vol.Invalid("is empty")
    return value


# Names and descriptions stand in the translations; hassfest would let a custom integration write them here, in English only.
_FIELD = vol.Schema(
    {
        vol.Optional("default"): _there,
        vol.Optional("example"): _there,
        vol.Optional("required"): bool,
        vol.Required("selector"): selector.validate_selector,
    }
)
_SECTION = vol.Schema({vol.Optional("collapsed"): bool, vol.Required("fields"): {str: _FIELD}})
_SERVICE = vol.Schema(
    {
        vol.Optional("target"): vol.Any(selector.TargetSelector.CONFIG_SCHEMA, None),
        vol.Optional("fields"): {vol.Match(r"^[a-z][a-z0-9_]*$"): vol.Any(_FIELD, _SECTION)},
    }
)
SCHEMA = vol.Schema({vol.Match(r"^[a-z][a-z0-9_]*$"): vol.Any(_SERVICE, None)})


@services.rule
def actions_are_described(house: House) -> Iterator[str]:
    """Fields with selectors that exist."""
    yield from against(SCHEMA, house.data("services.yaml"), "services.yaml")


@services.rule
def actions_that_are_registered_have_their_file(house: House) -> Iterator[str]:
    """Whoever registers actions describes them."""
    registers = any(
        next(calls(tree, "async_register", "async_register_admin_service", "async_register_entity_service"), None)
        and "services" in path
        for path, tree in house.modules.items()
    )
    if registers and house.text("services.yaml") is None:
        yield "actions are registered, and there is no services.yaml"


@services.rule
def every_field_stands_once(house: House) -> Iterator[str]:
    """The same field in two sections would be one in the call."""
    for name, service in house.data("services.yaml").items():
        seen: set[str] = set()
        for key, field in ((service or {}).get("fields") or {}).items():
            for one in (field or {}).get("fields", {key: None}):
                if one in seen:
                    yield f"{name} has the field {one} twice"
                seen.add(one)


@services.rule
def actions_have_words_and_icons(house: House) -> Iterator[str]:
    """A name and an explanation for each action and each field, an icon for each action, words for each list to choose from."""
    words, icons = house.data("translations/en.json"), house.data("icons.json").get("services", {})
    told = words.get("services", {})
    described = house.data("services.yaml")
    yield from (f"{name} has words and is no action" for name in set(told) - set(described))
    for name, service in described.items():
        if name not in icons:
            yield f"{name} has no icon"
        if not {"name", "description"} <= set(told.get(name, {})):
            yield f"{name} has no words"
        fields = (service or {}).get("fields") or {}
        named = told.get(name, {}).get("fields", {})
        yield from (f"{name} explains {key}, which is no field of it" for key in set(named) - set(fields))
        for key, field in fields.items():
            if not {"name", "description"} <= set(named.get(key, {})):
                yield f"the field {key} of {name} has no words"
            choice = ((field or {}).get("selector") or {}).get("select") or {}
            listed = words.get("selector", {}).get(choice.get("translation_key"), {}).get("options", {})
            for option in choice.get("options", []):
                if option not in listed:
                    yield f"the choice {option} of {key} of {name} has no words"


@triggers.rule
def triggers_have_their_file(house: House) -> Iterator[str]:
    """A platform for triggers needs triggers.yaml."""
    if (tree := house.modules.get("trigger.py")) is not None and house.text("triggers.yaml") is None:
        yield f"there is trigger.py ({len(tree.body)} statements) and no triggers.yaml"


@conditions.rule
def conditions_have_their_file(house: House) -> Iterator[str]:
    """A platform for conditions needs conditions.yaml."""
    if (tree := house.modules.get("condition.py")) is not None and house.text("conditions.yaml") is None:
        yield f"there is condition.py ({len(tree.body)} statements) and no conditions.yaml"
