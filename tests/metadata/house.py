"""A project as the rules see it: its files, read once, and the integration in it."""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
import json
from pathlib import Path
import shutil
from typing import Any

import probatio as vol
from probatio.humanize import humanize_error
import yaml

from homeassistant.const import Platform

# The recordings and pictures of the project are not looked at by any rule, and there are many.
_NOT_COPIED = shutil.ignore_patterns("*.wav", "__pycache__", "phrases", "frontend")


@lru_cache(maxsize=1024)
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


@lru_cache(maxsize=256)
def _loaded(text: str, *, is_json: bool) -> dict[str, Any]:
    try:
        loaded = json.loads(text) if is_json else yaml.safe_load(text)
    except ValueError, yaml.YAMLError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


@dataclass(frozen=True)
class House:
    """A project at `root` with one integration in `custom_components`."""

    root: Path

    @cached_property
    def folder(self) -> Path:
        """The integration's folder: the only one there is."""
        folders = [path for path in (self.root / "custom_components").iterdir() if (path / "manifest.json").is_file()]
        return min(folders)

    def text(self, path: str) -> str | None:
        """A file of the integration, None where there is none."""
        file = self.folder / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    def data(self, path: str) -> dict[str, Any]:
        """What a JSON or YAML file of the integration holds; empty where it is missing or broken: another rule complains of that."""
        return _loaded(self.text(path) or "{}", is_json=path.endswith(".json"))

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The integration's manifest."""
        return self.data("manifest.json")

    @cached_property
    def modules(self) -> dict[str, ast.Module]:
        """All code of the integration, by its path in the folder."""
        return {
            path.relative_to(self.folder).as_posix(): _parsed(path.read_text(encoding="utf-8"))
            for path in sorted(self.folder.rglob("*.py"))
        }

    @cached_property
    def flows(self) -> list[ast.Module]:
        """The code of the flows, which may be kept in many files: whatever has steps, but for what mends issues."""
        return [
            tree
            for path, tree in self.modules.items()
            if path != "repairs.py"
            and any(
                isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("async_step_")
                for node in ast.walk(tree)
            )
        ]

    @cached_property
    def platforms(self) -> dict[str, ast.Module]:
        """The code of the entities' platforms, by their names."""
        names = {platform.value for platform in Platform}
        return {
            path.removesuffix(".py"): tree
            for path, tree in self.modules.items()
            if path.removesuffix(".py") in names and "async_setup_entry" in functions(tree)
        }


type Check = Callable[[House], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it is called, where it comes from, and what it has to say of a house."""

    name: str
    source: str
    check: Check

    def complaints(self, house: House) -> list[str]:
        """In words; empty where the rule is kept."""
        return list(self.check(house))


@dataclass
class Rules:
    """The rules of one subject, in the order in which they were written."""

    source: str
    kept: list[Rule] = field(default_factory=list)

    def rule(self, check: Check) -> Check:
        """Take a function as a rule; it is called what it is called, and its docstring says what it holds."""
        self.kept.append(Rule(check.__name__, self.source, check))
        return check


def copy_of(root: Path, target: Path) -> House:
    """A copy of what the rules look at, to be broken."""
    for path in ("custom_components", ".github", "blueprints"):
        shutil.copytree(root / path, target / path, ignore=_NOT_COPIED)
    for path in ("hacs.json", "README.md", "LICENSE", "pyproject.toml"):
        shutil.copy(root / path, target / path)
    return House(target)


def against(schema: Any, data: Any, where: str) -> Iterator[str]:
    """What a schema has to say."""
    try:
        schema(data)
    except vol.Invalid as err:
        yield f"{where}: {humanize_error(data, err)}"


def functions(tree: ast.Module) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a module that stand by themselves."""
    return {item.name: item for item in tree.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)}


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Calls of a function or a method with one of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if called in names:
                yield node


def assigned(tree: ast.Module) -> dict[str, ast.expr | None]:
    """The names a module gives, and what they are."""
    named: dict[str, ast.expr | None] = {}
    for item in tree.body:
        targets = (
            item.targets if isinstance(item, ast.Assign) else [item.target] if isinstance(item, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name):
                named[target.id] = item.value  # type: ignore[union-attr]  # only assignments have targets
    return named
