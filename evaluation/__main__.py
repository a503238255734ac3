"""``scripts/evaluate``: how true are the answers?

Asks the questions of a folder of photos, or of drawn shelves, over the whole path (the integration's Live session, TLS, the
local Live server or Gemini), scores what is said, and prints a table, the figures, and which shelf and side was taken for which.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
import logging
import os
from pathlib import Path
import sys

from custom_components.shelfsight.live.answerer import Answerer
from demo.processes import DemoError
from evaluation.asking import Asker, gemini_answerer, local_answerer
from evaluation.cases import CasesError, read_folder
from evaluation.reporting import Result, as_json, confusion, table
from evaluation.running import Run


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--photos",
        type=Path,
        metavar="FOLDER",
        help="pictures with a truth.json; its form stands in evaluation/cases.py",
    )
    parser.add_argument("--answerer", choices=("local", "gemini"), default="local", help="gemini needs GEMINI_API_KEY")
    parser.add_argument(
        "--spoken", action="store_true", help="ask aloud, in six voices at three speeds, in the noise of a shop"
    )
    parser.add_argument(
        "--measure",
        action="store_true",
        help="also time an OCR pass of each picture, to compare the answers' times with",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report into FILE")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="save the pictures with the answers drawn in")
    return parser.parse_args(arguments)


@asynccontextmanager
async def answerer(name: str) -> AsyncIterator[Answerer]:
    """Who is to answer, ready."""
    if name == "gemini":
        yield gemini_answerer(os.environ["GEMINI_API_KEY"])
        return
    async with local_answerer() as local:
        yield local


async def run(options: argparse.Namespace) -> list[Result]:
    """Ask everything; raises CasesError, DemoError."""
    pictures = read_folder(options.photos)
    async with answerer(options.answerer) as chosen:
        asker = Asker(chosen)
        try:
            evaluation = Run(asker, _tell, spoken=options.spoken, marked=options.pictures, measures=options.measure)
            return await evaluation.ask_all(pictures)
        finally:
            await asker.close()


def _tell(result: Result) -> None:
    mark = "x" if result.score.wrong_claim else "+" if result.score.right else "-"
    sys.stderr.write(f"{mark} {result.picture.name}: {result.case.ask}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 whatever the score is, 2 where nothing could be asked."""
    options = parse_arguments(arguments)
    logging.basicConfig(level=logging.WARNING)
    if options.answerer == "gemini" and not os.environ.get("GEMINI_API_KEY"):
        sys.stderr.write("GEMINI_API_KEY is not set.\n")
        return 2
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    try:
        results = asyncio.run(run(options))
    except (CasesError, DemoError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{table(results)}\n\n{confusion(results)}\n")
    if options.json:
        options.json.write_text(json.dumps(as_json(results), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
