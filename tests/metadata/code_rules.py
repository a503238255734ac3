"""What hassfest and core's linter read in code: what is used of Home Assistant, and the functions and names it expects."""

import ast
from collections.abc import Iterator

from .house import House, Rules, assigned, calls, functions
from .manifest_rules import COMPONENTS

dependencies = Rules("script/hassfest/dependencies.py")
config_schema = Rules("script/hassfest/config_schema.py")
config_flow = Rules("script/hassfest/config_flow.py")
pylint = Rules("pylint/plugins/pylint_home_assistant/checkers (config_flow/menu_options.py, sorted_platforms.py)")
ALL = (dependencies, config_schema, config_flow, pylint)

# Parts that Home Assistant always has, and platforms: what is asked of them is there without being set up first.
_ALWAYS_THERE = {"diagnostics", "homeassistant", "repairs", "system_health"}


class _Used(ast.NodeVisitor):
    """Collects what is imported of Home Assistant's integrations, but for what is only read by a type checker."""

    def __init__(self) -> None:
        self.domains: set[str] = set()

    def visit_If(self, node: ast.If) -> None:  # the name is ast's
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:  # the name is ast's
        module = node.module or ""
        if module == "homeassistant.components":
            self.domains.update(name.name for name in node.names)
        elif module.startswith("homeassistant.components."):
            self.domains.add(module.split(".")[2])

    def visit_Import(self, node: ast.Import) -> None:  # the name is ast's
        self.domains.update(
            name.name.split(".")[2] for name in node.names if name.name.startswith("homeassistant.components.")
        )


@dependencies.rule
def whatever_is_imported_is_declared(house: House) -> Iterator[str]:
    """In dependencies or after_dependencies, but for the platforms this integration has and what is always there.

    hassfest lets more through (`frontend` and every platform, among others): there, core sees to it that they are set up.
    """
    used = _Used()
    for tree in house.modules.values():
        used.visit(tree)
    declared = {*house.manifest.get("dependencies", []), *house.manifest.get("after_dependencies", [])}
    discovery = {"zeroconf"} & set(house.manifest)  # set up for whoever has something discovered
    for domain in sorted(used.domains - declared - set(house.platforms) - discovery - _ALWAYS_THERE):
        yield f"{domain} is used and not declared"


@dependencies.rule
def whatever_is_declared_exists_once(house: House) -> Iterator[str]:
    """As an integration of Home Assistant, in one of the two lists, and somewhere in the code."""
    first, after = house.manifest.get("dependencies", []), house.manifest.get("after_dependencies", [])
    yield from (f"{domain} is declared twice" for domain in sorted(set(first) & set(after)))
    code = "\n".join(path.read_text(encoding="utf-8") for path in house.folder.rglob("*.py"))
    for domain in (*first, *after):
        if not (COMPONENTS / domain / "manifest.json").is_file():
            yield f"there is no integration {domain}"
        elif domain not in code:
            yield f"{domain} is declared and not used"
    yield from (
        f"{name} is not sorted"
        for name, listed in (("dependencies", first), ("after_dependencies", after))
        if listed != sorted(listed)
    )


@config_schema.rule
def it_says_what_it_takes_from_yaml(house: House) -> Iterator[str]:
    """Whoever has async_setup names a CONFIG_SCHEMA."""
    init = house.modules.get("__init__.py")
    if init is None:
        yield "there is no __init__.py"
    elif {"async_setup", "setup"} & set(functions(init)) and "CONFIG_SCHEMA" not in assigned(init):
        yield "__init__.py has async_setup and no CONFIG_SCHEMA"


@config_flow.rule
def discovered_things_get_a_unique_id(house: House) -> Iterator[str]:
    """Else they would be discovered again and again."""
    discovers = any("async_step_zeroconf" in ast.dump(tree) for tree in house.flows)
    if discovers and not any(next(calls(tree, "async_set_unique_id"), None) for tree in house.flows):
        yield "the flow is discoverable and sets no unique id"


@config_flow.rule
def the_flow_is_where_home_assistant_looks(house: House) -> Iterator[str]:
    """config_flow in the manifest and config_flow.py go together."""
    if bool(house.manifest.get("config_flow")) != ("config_flow.py" in house.modules):
        yield "config_flow.py and config_flow in the manifest do not go together"


@pylint.rule
def every_choice_of_a_menu_leads_to_a_step(house: House) -> Iterator[str]:
    """A choice without a step would end the flow with an error."""
    steps = {name for tree in house.flows for name in _names(tree)}
    for tree in house.flows:
        for call in calls(tree, "async_show_menu"):
            options = next((one.value for one in call.keywords if one.arg == "menu_options"), None)
            for leaf in ast.walk(options) if isinstance(options, ast.List | ast.Tuple | ast.Dict) else ():
                if (
                    isinstance(leaf, ast.Constant)
                    and isinstance(leaf.value, str)
                    and f"async_step_{leaf.value}" not in steps
                ):
                    yield f"the menu's choice {leaf.value} has no step"


@pylint.rule
def platforms_are_sorted(house: House) -> Iterator[str]:
    """By the alphabet."""
    for path, tree in house.modules.items():
        for name, value in assigned(tree).items():
            if name.endswith("PLATFORMS") and isinstance(value, ast.List):
                listed = [ast.unparse(one) for one in value.elts]
                if listed != sorted(listed):
                    yield f"{name} in {path} is not sorted"


def _names(tree: ast.Module) -> Iterator[str]:
    return (node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef))
