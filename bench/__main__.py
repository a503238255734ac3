"""``scripts/bench``: what the house adds, carries and costs, beside a plain relay in the same run.

Starts a real Home Assistant, a Live server that always takes equally long, wearables on real links, and the baseline; measures,
prints a table beside the last committed result, and says so where the machine was too loaded for a figure.
"""

import argparse
import asyncio
import io
import json
from pathlib import Path
import subprocess
import sys
import tempfile

from demo.processes import ROOT, DemoError
from drawn_shelves import draw

from .costs import costs
from .keeping import DOCS, gaps, keep
from .measuring import measure, profile
from .plan import QUICK, WHOLE
from .report import as_data, committed, profile_text, table
from .subjects import RELAY_PYTHON


def _arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as data")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw them into FOLDER (PNG and SVG)")
    parser.add_argument("--keep", action="store_true", help="keep the result in bench/results and in the documentation")
    parser.add_argument("--quick", action="store_true", help="few wearables and seconds: to see that it works")
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead")
    wanted = parser.parse_args(arguments)
    if wanted.keep and wanted.quick:
        parser.error("a quick run is none to keep")
    return wanted


def _picture() -> bytes:
    """A drawn shelf as a camera of 1600 x 1200 sees it."""
    shelf = io.BytesIO()
    draw()[0].save(shelf, "JPEG", quality=80)
    return shelf.getvalue()


def _say(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0, 3 where the machine was too loaded for a figure, 1 where something did not work."""
    wanted = _arguments(arguments)
    plan, jpeg = QUICK if wanted.quick else WHOLE, _picture()
    try:
        with tempfile.TemporaryDirectory(prefix="shelfsight-bench-") as folder:
            if wanted.profile:
                print(profile_text(asyncio.run(profile(Path(folder), jpeg, plan, _say))))
                return 0
            alone = asyncio.run(costs(jpeg))
            run = asyncio.run(measure(Path(folder), jpeg, plan, _say))
    except DemoError as err:
        _say(str(err))
        return 1
    data = as_data(run, alone, plan, len(jpeg))
    print(table(data, committed()))
    if wanted.json is not None:
        wanted.json.write_text(f"{json.dumps(data, indent=2)}\n", encoding="utf-8")
    if wanted.plots is not None:
        _plot(data, wanted.plots)
    if wanted.keep:
        if missing := gaps(data):
            _say(f"not kept: without {', '.join(missing)} it is none to compare with")
        else:
            _say(f"kept in {keep(data)}")
            _plot(data, DOCS)
    return 3 if data["loaded"] else 0


def _plot(data: dict[str, object], folder: Path) -> None:
    """Matplotlib is in the environment of the baseline."""
    written = json.dumps(data)
    subprocess.run(
        [RELAY_PYTHON, "-m", "bench.plots", folder.resolve()], input=written, text=True, cwd=ROOT, check=True
    )


if __name__ == "__main__":
    sys.exit(main())
