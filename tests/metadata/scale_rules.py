"""quality_scale.yaml: the rules there are, and what a program can see of those that are done.

`hassfest` looks at this file in core only, and core gives the grades; ours is held to the same, because it is what we say of ourselves.
"""

import ast
from collections.abc import Iterator

import probatio as vol

from .house import House, Rules, against, assigned, calls, functions

hassfest = Rules("script/hassfest/quality_scale.py")
checks = Rules("script/hassfest/quality_scale_validation and pylint_home_assistant/checkers/quality_scale")
ALL = (hassfest, checks)

BRONZE = (
    "action-setup", "appropriate-polling", "brands", "common-modules", "config-flow", "config-flow-test-coverage",
    "dependency-transparency", "docs-actions", "docs-conditions", "docs-high-level-description", "docs-installation-instructions",
    "docs-removal-instructions", "docs-triggers", "entity-event-setup", "entity-unique-id", "has-entity-name", "runtime-data",
    "test-before-configure", "test-before-setup", "unique-config-entry",
)  # fmt: skip
SILVER = (
    "action-exceptions", "config-entry-unloading", "docs-configuration-parameters", "docs-installation-parameters",
    "entity-unavailable", "integration-owner", "log-when-unavailable", "parallel-updates", "reauthentication-flow", "test-coverage",
)  # fmt: skip
GOLD = (
    "devices", "diagnostics", "discovery", "discovery-update-info", "docs-data-update", "docs-examples", "docs-known-limitations",
    "docs-supported-devices", "docs-supported-functions", "docs-troubleshooting", "docs-use-cases", "dynamic-devices",
    "entity-category", "entity-device-class", "entity-disabled-by-default", "entity-translations", "exception-translations",
    "icon-translations", "reconfiguration-flow", "repair-issues", "stale-devices",
)  # fmt: skip
PLATINUM = ("async-dependency", "inject-websession", "strict-typing")
NAMES = (*BRONZE, *SILVER, *GOLD, *PLATINUM)

_STATUS = vol.Any(
    vol.In(["done", "todo"]),
    {
        vol.Required("status"): vol.In(["done", "todo", "exempt"]),
        vol.Required("comment"): vol.All(str, vol.Length(min=1)),
    },
)
SCHEMA = vol.Schema({vol.Required("rules"): {vol.Required(name): _STATUS for name in NAMES}})

# Functions that are given the entry, and where it stands among their arguments.
_GIVEN_THE_ENTRY = {
    "async_setup_entry": 1,
    "async_unload_entry": 1,
    "async_remove_entry": 1,
    "async_migrate_entry": 1,
    "async_get_config_entry_diagnostics": 1,
    "async_get_device_diagnostics": 1,
}


def statuses(house: House) -> dict[str, str]:
    """What is said of each rule."""
    rules = house.data("quality_scale.yaml").get("rules") or {}
    return {name: said.get("status", "") if isinstance(said, dict) else str(said) for name, said in rules.items()}


def _done(house: House, name: str) -> bool:
    return statuses(house).get(name) == "done"


@hassfest.rule
def every_rule_is_answered(house: House) -> Iterator[str]:
    """All 54, with done, todo, or an exemption and its reason."""
    yield from against(SCHEMA, house.data("quality_scale.yaml"), "quality_scale.yaml")


@hassfest.rule
def nothing_is_left_to_do(house: House) -> Iterator[str]:
    """Platinum: every rule of every tier is done or exempt."""
    for name, status in statuses(house).items():
        if status not in {"done", "exempt"}:
            yield f"{name} is left to do"


@checks.rule
def actions_are_registered_once(house: House) -> Iterator[str]:
    """action-setup: in async_setup, so that an automation can be checked while no entry is loaded."""
    if not _done(house, "action-setup"):
        return
    for path, tree in {"__init__": house.modules["__init__.py"], **house.platforms}.items():
        setup = functions(tree).get("async_setup_entry")
        names = ("async_register_entity_service", "async_register_services", "async_register_admin_service")
        if setup is not None and next(calls(setup, *names), None):
            yield f"{path}.py registers actions in async_setup_entry"


@checks.rule
def the_flow_has_its_steps(house: House) -> Iterator[str]:
    """config-flow, discovery, reauthentication-flow, reconfiguration-flow, unique-config-entry."""
    methods = {node.name for tree in house.flows for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)}
    wanted = {
        "config-flow": "async_step_user",
        "discovery": "async_step_zeroconf",
        "reauthentication-flow": "async_step_reauth",
        "reconfiguration-flow": "async_step_reconfigure",
    }
    for rule, step in wanted.items():
        if _done(house, rule) and step not in methods:
            yield f"{rule} is done, and there is no {step}"
    called = {
        name
        for tree in house.flows
        for name in ("_abort_if_unique_id_configured", "_async_abort_entries_match")
        if next(calls(tree, name), None)
    }
    if _done(house, "unique-config-entry") and not called:
        yield "unique-config-entry is done, and nothing is refused that is there already"


@checks.rule
def failures_are_shown_before_an_entry_is_made(house: House) -> Iterator[str]:
    """test-before-configure: a form is shown again with what went wrong."""
    shown = any(
        one.arg == "errors" for tree in house.flows for call in calls(tree, "async_show_form") for one in call.keywords
    )
    if _done(house, "test-before-configure") and not shown:
        yield "test-before-configure is done, and no form shows an error"


@checks.rule
def the_entry_holds_what_runs(house: House) -> Iterator[str]:
    """runtime-data, and with strict-typing its type wherever Home Assistant gives the entry."""
    init = house.modules["__init__.py"]
    setup = functions(init).get("async_setup_entry")
    stores = any(
        isinstance(node, ast.Attribute) and node.attr == "runtime_data" and isinstance(node.ctx, ast.Store)
        for node in ast.walk(setup or ast.Pass())
    )
    if _done(house, "runtime-data") and not stores:
        yield "runtime-data is done, and async_setup_entry stores nothing there"
    if not _done(house, "strict-typing"):
        return
    given = {path: house.modules[path] for path in ("__init__.py", "diagnostics.py") if path in house.modules}
    for path, tree in {**given, **house.platforms}.items():
        for name, function in functions(tree).items():
            place = _GIVEN_THE_ENTRY.get(name)
            annotation = (
                function.args.args[place].annotation if place is not None and len(function.args.args) > place else None
            )
            if place is not None and not (
                isinstance(annotation, ast.Name)
                and annotation.id.endswith("ConfigEntry")
                and annotation.id != "ConfigEntry"
            ):
                yield f"{name} in {path.removesuffix('.py')}.py takes an entry without its type"


@checks.rule
def entries_can_be_unloaded(house: House) -> Iterator[str]:
    """config-entry-unloading."""
    if _done(house, "config-entry-unloading") and "async_unload_entry" not in functions(house.modules["__init__.py"]):
        yield "config-entry-unloading is done, and there is no async_unload_entry"


@checks.rule
def platforms_say_how_much_at_once(house: House) -> Iterator[str]:
    """parallel-updates."""
    for name, tree in house.platforms.items():
        if _done(house, "parallel-updates") and "PARALLEL_UPDATES" not in assigned(tree):
            yield f"{name}.py says no PARALLEL_UPDATES"


@checks.rule
def diagnostics_are_given(house: House) -> Iterator[str]:
    """Diagnostics of an entry, or of a device."""
    tree = house.modules.get("diagnostics.py")
    given = set(functions(tree)) if tree is not None else set()
    if _done(house, "diagnostics") and not given & {
        "async_get_config_entry_diagnostics",
        "async_get_device_diagnostics",
    }:
        yield "diagnostics is done, and diagnostics.py gives none"


@checks.rule
def entities_have_a_common_room(house: House) -> Iterator[str]:
    """common-modules and has-entity-name: the base entity is in entity.py, takes its device's name, and every entity inherits it."""
    classes: dict[str, ast.ClassDef] = {}
    for tree in house.modules.values():
        classes |= {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}

    def named(name: str, seen: frozenset[str] = frozenset()) -> bool:
        node = classes.get(name)
        if node is None or name in seen:
            return False
        says = any(
            isinstance(item, ast.Assign)
            and [target.id for target in item.targets if isinstance(target, ast.Name)] == ["_attr_has_entity_name"]
            and isinstance(item.value, ast.Constant)
            and item.value.value is True
            for item in node.body
        )
        return says or any(named(base, seen | {name}) for base in _bases(node))

    if _done(house, "common-modules") and "entity.py" not in house.modules:
        yield "common-modules is done, and there is no entity.py"
    for name, node in classes.items():
        bases = _bases(node)
        is_entity = any(base.endswith("Entity") for base in bases) and not name.endswith("Description")
        if _done(house, "has-entity-name") and is_entity and bases - {"Entity", "RestoreEntity"} and not named(name):
            yield f"{name} has not the name of its device"


def _bases(node: ast.ClassDef) -> set[str]:
    return {base.id for base in node.bases if isinstance(base, ast.Name)}
