"""axe-core, the accessibility checker: pinned with its integrity hash in node/, installed once into .tools/browser."""

from dataclasses import dataclass
import hashlib
from pathlib import Path
import shutil
from typing import Any

from tests.clients.environments import NotToBeHadError, _build, _node

from .page import Page

_HERE = Path(__file__).parent
_HOME = Path(__file__).parents[2] / ".tools" / "browser"
_SOURCE = _HOME / "node_modules" / "axe-core" / "axe.min.js"
_PINS = ("package.json", "package-lock.json")

__all__ = ["Findings", "NotToBeHadError", "checker", "findings"]


def checker() -> str:
    """The checker's source; npm gets it when it is not there yet, or another version is wanted. Blocks.

    Raises:
        NotToBeHadError: there is no npm, or no way to the registry.
    """
    key = hashlib.sha256((_HERE / "node" / "package-lock.json").read_bytes()).hexdigest()
    built = _HOME / "built"
    if not (built.exists() and built.read_text() == key and _SOURCE.exists()):
        _node()
        _HOME.mkdir(parents=True, exist_ok=True)
        for name in _PINS:
            shutil.copyfile(_HERE / "node" / name, _HOME / name)
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        _build([shutil.which("npm") or "npm", "ci", *options], "axe-core", _HOME)
        built.write_text(key)
    return _SOURCE.read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found wrong, in words; and how many rules had something to look at and found it right."""

    found: list[str]
    rules: int


async def findings(page: Page, source: str, element: str) -> Findings:
    """Look at a page with all rules, best practices too; what is wrong within elements of this tag, or could not be decided.

    The whole page is looked at because some rules are about what stands around an element, such as the order of headings.
    """
    await page.at_rest()
    if not await page.script("typeof axe === 'object'"):
        await page.command("Runtime.evaluate", expression=source)
    told: dict[str, Any] = await page.script("axe.run(document)")

    def nodes(kind: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Rules with what they say of nodes within the element: a target is the path through the shadow roots."""
        return [
            (rule, node)
            for rule in told[kind]
            for node in rule["nodes"]
            if element in [*map(str, node["target"][0])][:-1]
        ]

    found = [
        f"{kind}: {rule['id']} ({rule['help']}) at {node['target']}: {_reasons(node)}"
        for kind in ("violations", "incomplete")
        for rule, node in nodes(kind)
    ]
    return Findings(found, len({rule["id"] for rule, _ in nodes("passes")}))


def _reasons(node: dict[str, Any]) -> list[str]:
    return [check["message"] for kind in ("any", "all", "none") for check in node[kind]]
