"""A result that is kept: beside the benchmark as data, and in the documentation as tables and plots."""

from collections.abc import Mapping
import json
from pathlib import Path
import re
from typing import Any, Final

from demo.processes import ROOT

from . import sizes
from .report import RESULTS, markdown

DOCS: Final = ROOT / "docs"
BLOCKS: Final = {"benchmark.md": {"figures": markdown}, "scale.md": {"sizes": sizes.table}}
"""Which tables stand in which page; each between `<!-- bench: NAME -->` and `<!-- end -->`."""


def with_blocks(page: str, tables: Mapping[str, str]) -> str:
    """A page with its tables replaced.

    Raises:
        ValueError: the page has no place for one of them.
    """
    for name, table in tables.items():
        start = re.escape(f"<!-- bench: {name} -->")
        page, count = re.subn(
            rf"({start}\n).*?(<!-- end -->)", lambda m, t=table: f"{m[1]}{t}\n{m[2]}", page, flags=re.DOTALL
        )
        if count != 1:
            raise ValueError(f"{count} places for the table {name}")
    return page


def gaps(data: Mapping[str, Any]) -> list[str]:
    """The house's own figures that a loaded machine did not give; those of the baseline and of single pieces may be missing."""
    return [name for name in data["loaded"] if not name.startswith(("baseline.", "costs."))]


def keep(data: dict[str, Any]) -> Path:
    """Write the result and the pages' tables; the plots are drawn by whoever has matplotlib."""
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"{data['setting']['day']}.json"
    kept.write_text(f"{json.dumps(data, indent=2)}\n", encoding="utf-8")
    for name, blocks in BLOCKS.items():
        path = DOCS / name
        tables = {block: made(data) for block, made in blocks.items()}
        path.write_text(with_blocks(path.read_text(encoding="utf-8"), tables), encoding="utf-8")
    return kept
