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
from drawn_shelves.difficulty import KNOBS
from evaluation.asking import Asker, gemini_answerer, local_answerer
from evaluation.cases import CasesError, read_folder
from evaluation.curves import levels, plot
from evaluation.drawn import drawn
from evaluation.hearing import hear
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
    what.add_argument(
        "--drawn", type=int, metavar="N", help="N questions about drawn shelves, every difficulty at its middle setting"
    )
    what.add_argument(
        "--curves",
        type=int,
        metavar="N",
        help="N questions about drawn shelves at each setting of each difficulty, the others in the middle",
    )
    what.add_argument(
        "--heard",
        type=int,
        metavar="N",
        help="only the ears: N spoken questions about drawn shelves, nothing is looked at",
    )
    parser.add_argument(
        "--held-out", action="store_true", help="with --heard: voices, shelves and noises with which nothing was tuned"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the drawn shelves (1)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        type=setting,
        help=f"a difficulty at another setting: {', '.join(KNOBS)}",
    )
    parser.add_argument(
        "--along", action="append", choices=tuple(KNOBS), help="with --curves: only this difficulty; may be repeated"
    )
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="with --curves: draw the curves into FOLDER (SVG)")
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


def setting(text: str) -> tuple[str, float]:
    """A difficulty and its setting from the command line."""
    name, _, value = text.partition("=")
    if name not in KNOBS:
        raise argparse.ArgumentTypeError(f"there is no difficulty {name!r}; there are {', '.join(KNOBS)}")
    try:
        return name, float(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value!r} is no number") from error


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
    async with answerer(options.answerer) as chosen:
        asker = Asker(chosen)
        try:
            evaluation = Run(asker, _tell, spoken=options.spoken, marked=options.pictures, measures=options.measure)
            if options.curves:
                return await along_the_curves(evaluation, options.along or list(KNOBS), options.curves, options.seed)
            pictures = (
                read_folder(options.photos) if options.photos else drawn(options.drawn, options.seed, dict(options.set))
            )
            return await evaluation.ask_all(pictures)
        finally:
            await asker.close()


async def along_the_curves(evaluation: Run, names: list[str], questions: int, seed: int) -> list[Result]:
    """Each difficulty at each of its settings, so many questions each, the other difficulties in the middle."""
    results: list[Result] = []
    for name in names:
        for number, value in enumerate(KNOBS[name].settings):
            uneven = name == "bays" and number >= 3
            pictures = drawn(questions, seed + number, {name: value}, uneven=uneven)
            results += await evaluation.ask_all(pictures, name, number)
    return results


def _tell(result: Result) -> None:
    mark = "x" if result.score.wrong_claim else "+" if result.score.right else "-"
    sys.stderr.write(f"{mark} {result.picture.name}: {result.case.ask}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 whatever the score is, 2 where nothing could be asked."""
    options = parse_arguments(arguments)
    logging.basicConfig(level=logging.WARNING)
    if options.heard:
        return hear(options.heard, options.seed, options.json, held_out=options.held_out)
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
    if options.curves:
        sys.stdout.write(f"\n{levels(results)}\n")
        if options.plots:
            options.plots.mkdir(parents=True, exist_ok=True)
            for name in options.along or KNOBS:
                (options.plots / f"{name}.svg").write_text(plot(name, results))
    if options.json:
        options.json.write_text(json.dumps(as_json(results), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
