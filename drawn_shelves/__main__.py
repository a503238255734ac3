"""``python -m drawn_shelves OUT.jpg``: draw one shelf, and write down the truth about it."""

import argparse
import dataclasses
import json
from pathlib import Path

from drawn_shelves.drawing import draw
from drawn_shelves.scene import DEFAULT, Scene


def main() -> None:
    """Read the command line, draw, write."""
    parser = argparse.ArgumentParser(prog="drawn_shelves", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, help="another shelf than that of the demonstration")
    parser.add_argument("--shelves", type=int, default=DEFAULT.shelves)
    parser.add_argument("--width", type=int, default=DEFAULT.width_px)
    parser.add_argument("--height", type=int, default=DEFAULT.height_px)
    parser.add_argument("--quality", type=int, default=88)
    parser.add_argument("--truth", type=Path)
    given = parser.parse_args()
    scene = DEFAULT if given.seed is None else Scene(seed=given.seed)
    scene = dataclasses.replace(scene, shelves=given.shelves, width_px=given.width, height_px=given.height)
    picture, truth = draw(scene)
    picture.save(given.out, quality=given.quality)
    if given.truth:
        given.truth.write_text(json.dumps(truth.as_json(), indent=1) + "\n")


if __name__ == "__main__":
    main()
